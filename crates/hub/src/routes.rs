//! What the hub answers over HTTP. Headers are few: an exchange in which nothing was new has to fit in about a kilobyte.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use chaski_sync::ServerEvent;
use chaski_trust::{CertificateRequest, EnrolRefusal, EnrolRequest, RenewalRefusal, Statement, TrustError};

use crate::enrol::EnrolFailure;
use crate::exchange::{Exchange, Next, Turn};
use crate::pace::{BodyEnd, PacedBody};
use crate::renew::RenewFailure;
use crate::strangers::Acquaintance;
use crate::{Hub, HubError, ServeLimits, console};

/// What every handler has.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) hub: Hub,
    pub(crate) limits: ServeLimits,
    pub(crate) console_token: std::sync::Arc<str>,
}

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.chaski");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(crate) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/v1/health", get(health))
        .route("/v1/enrol", post(enrol))
        .route("/v1/renew", post(renew))
        .route("/v1/sync", post(sync))
        .nest("/v1/console", console::router())
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "not_found") })
        .method_not_allowed_fallback(|| async { refused(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed") })
        .with_state(desk)
}

/// Why there is no answer, as a code: `{"code":"…"}`.
pub(crate) fn refused(status: StatusCode, code: &str) -> Response {
    let body = serde_json::json!({ "code": code }).to_string();
    (status, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

pub(crate) fn json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, JSON)], value.to_string()).into_response()
}

/// Runs a step that may wait for the store.
pub(crate) async fn blocking<T: Send + 'static>(step: impl FnOnce() -> T + Send + 'static) -> Result<T, HubError> {
    tokio::task::spawn_blocking(step).await.map_err(|_| HubError::Task)
}

async fn health(State(desk): State<Desk>) -> Response {
    json(&serde_json::json!({ "serving": true, "hub": desk.hub.id() }))
}

fn of_body(end: Option<BodyEnd>) -> Response {
    match end {
        None => refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Some(BodyEnd::TooSlow) => refused(StatusCode::REQUEST_TIMEOUT, "too_slow"),
        Some(BodyEnd::Cut | BodyEnd::Whole) => refused(StatusCode::BAD_REQUEST, "cut"),
    }
}

/// What a signed statement takes beside itself.
const ENVELOPE_BYTES: usize = 256;

async fn enrol(State(desk): State<Desk>, Extension(peer): Extension<Acquaintance>, body: Body) -> Response {
    const BYTES: usize = EnrolRequest::MAX_BYTES + ENVELOPE_BYTES;
    let request = match PacedBody::new(body, desk.limits).collect(BYTES).await {
        Ok(request) => request,
        Err(end) => return of_body(end),
    };
    match blocking(move || desk.hub.enrol(&request)).await {
        Ok(Ok(reply)) => {
            peer.make();
            ([(header::CONTENT_TYPE, MEDIA_TYPE)], reply).into_response()
        }
        Ok(Err(EnrolFailure::Refused(refusal))) => {
            let status = match &refusal {
                EnrolRefusal::Trust(TrustError::Cbor(_)) => StatusCode::BAD_REQUEST,
                _ => StatusCode::FORBIDDEN,
            };
            refused(status, refusal.code())
        }
        Ok(Err(EnrolFailure::Failed(_))) | Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}

async fn renew(State(desk): State<Desk>, Extension(peer): Extension<Acquaintance>, body: Body) -> Response {
    const BYTES: usize = CertificateRequest::MAX_BYTES + ENVELOPE_BYTES;
    let request = match PacedBody::new(body, desk.limits).collect(BYTES).await {
        Ok(request) => request,
        Err(end) => return of_body(end),
    };
    match blocking(move || desk.hub.renew(&request)).await {
        Ok(Ok(item)) => {
            peer.make();
            ([(header::CONTENT_TYPE, MEDIA_TYPE)], item).into_response()
        }
        Ok(Err(RenewFailure::Refused(refusal))) => {
            let status = match &refusal {
                RenewalRefusal::Trust(TrustError::Cbor(_)) => StatusCode::BAD_REQUEST,
                _ => StatusCode::FORBIDDEN,
            };
            refused(status, refusal.code())
        }
        Ok(Err(RenewFailure::Failed(_))) | Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}

/// The request streams into the exchange and the response streams out of it. What the exchange itself refuses it says in
/// its own words under status 200.
async fn sync(State(desk): State<Desk>, Extension(peer): Extension<Acquaintance>, body: Body) -> Response {
    let hub = desk.hub.clone();
    let exchange = match blocking(move || hub.exchange()).await {
        Ok(Ok(exchange)) => exchange,
        Ok(Err(_)) | Err(_) => return refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    let mut pump = Pump::new(exchange, peer, PacedBody::new(body, desk.limits));
    let first = match pump.next().await {
        Piece::Nothing(end) => return of_body(Some(end)),
        Piece::Last(bytes) => return ([(header::CONTENT_TYPE, MEDIA_TYPE)], bytes).into_response(),
        Piece::Bytes(bytes) => bytes,
    };
    let stream = futures::stream::unfold((Some(first), Some(pump)), |(first, pump)| async move {
        if let Some(first) = first {
            return Some((Ok(first), (None, pump)));
        }
        let mut pump = pump?;
        match pump.next().await {
            Piece::Bytes(bytes) => Some((Ok(bytes), (None, Some(pump)))),
            Piece::Last(bytes) => Some((Ok(bytes), (None, None))),
            // The device sees a cut, as it is one.
            Piece::Nothing(_) => Some((Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)), (None, None))),
        }
    });
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], Body::from_stream(stream)).into_response()
}

/// Drives an exchange between a request's body and a response's. Dropped, it cuts the exchange.
struct Pump {
    /// None while a thread has it.
    exchange: Option<Exchange>,
    peer: Acquaintance,
    body: PacedBody,
    next: Next,
    request: Request,
}

#[derive(PartialEq, Eq)]
enum Request {
    Coming,
    Ended(BodyEnd),
}

enum Piece {
    Bytes(Bytes),
    Last(Bytes),
    /// The request ended before there was anything to answer.
    Nothing(BodyEnd),
}

impl Pump {
    fn new(exchange: Exchange, peer: Acquaintance, body: PacedBody) -> Self {
        Self { exchange: Some(exchange), peer, body, next: Next::Receive, request: Request::Coming }
    }

    async fn next(&mut self) -> Piece {
        loop {
            let event = match (self.next, &self.request) {
                (Next::Continue, _) => None,
                (Next::Over, Request::Ended(end)) | (Next::Receive, Request::Ended(end)) => {
                    return Piece::Nothing(*end);
                }
                (Next::Over, Request::Coming) => return Piece::Nothing(BodyEnd::Cut),
                (Next::Receive, Request::Coming) => Some(match self.body.next().await {
                    Ok(bytes) => ServerEvent::Received(bytes.into()),
                    Err(end) => {
                        self.request = Request::Ended(end);
                        match end {
                            BodyEnd::Whole => ServerEvent::RequestEnded,
                            BodyEnd::Cut | BodyEnd::TooSlow => ServerEvent::Cut,
                        }
                    }
                }),
            };
            let Some(turn) = self.turn(event).await else { return Piece::Nothing(BodyEnd::Cut) };
            self.next = turn.next;
            let bytes = Bytes::from(turn.bytes);
            match turn.next {
                Next::Over if bytes.is_empty() => {}
                Next::Over => {
                    if self.request == Request::Coming {
                        self.body.drain().await;
                    }
                    return Piece::Last(bytes);
                }
                Next::Receive | Next::Continue if !bytes.is_empty() => return Piece::Bytes(bytes),
                Next::Receive | Next::Continue => {}
            }
        }
    }

    /// A turn on a thread that may wait. None when that thread failed.
    async fn turn(&mut self, event: Option<ServerEvent>) -> Option<Turn> {
        let mut exchange = self.exchange.take()?;
        let ran = blocking(move || {
            let turn = exchange.turn(event);
            (exchange, turn)
        });
        let (exchange, turn) = ran.await.ok()?;
        if exchange.is_with_a_device() {
            self.peer.make();
        }
        self.exchange = Some(exchange);
        Some(turn)
    }
}
