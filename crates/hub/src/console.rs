//! What an operator's console reads: JSON, read-only, behind the token in `keys/console.token`.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use chaski_store::{RecordCounts, Standing};
use chaski_values::Hash32;
use serde_json::{Value, json};

use crate::routes::{Desk, blocking, json as answer, refused};
use crate::strangers::Acquaintance;
use crate::{Hub, Result};

/// The console's part of the routes, which each ask for the token first.
pub(crate) fn router() -> Router<Desk> {
    Router::new()
        .route("/devices", get(|desk| tell(desk, devices)))
        .route("/records", get(|desk| tell(desk, records)))
        .route("/quarantine", get(|desk| tell(desk, quarantine)))
        .layer(from_fn(no_store))
}

async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    response
}

async fn tell(Authorised(desk): Authorised, read: fn(&Hub) -> Result<Value>) -> Response {
    match blocking(move || read(&desk.hub)).await {
        Ok(Ok(value)) => answer(&value),
        Ok(Err(error)) => {
            tracing::error!(%error, "the console could not read the store");
            refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
        Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}

/// Whoever shows the token.
struct Authorised(Desk);

impl axum::extract::FromRequestParts<Desk> for Authorised {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        desk: &Desk,
    ) -> std::result::Result<Self, Response> {
        let State(desk) = State::<Desk>::from_request_parts(parts, desk).await.unwrap_or_else(|never| match never {});
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        // Hashes are compared, so that the time it takes tells nothing of the token.
        if Hash32::of_content(shown.as_bytes()) == Hash32::of_content(desk.console_token.as_bytes()) {
            if let Some(peer) = parts.extensions.get::<Acquaintance>() {
                peer.make();
            }
            Ok(Self(desk))
        } else {
            Err(refused(StatusCode::UNAUTHORIZED, "console_token"))
        }
    }
}

fn devices(hub: &Hub) -> Result<Value> {
    let devices = hub.devices()?.into_iter().map(|note| {
        json!({
            "device": note.device,
            "name": note.name,
            "people": note.people,
            "certifiedUntil": note.certified_until,
            "revoked": note.revoked,
            "lastSync": note.visit,
        })
    });
    Ok(json!({ "devices": devices.collect::<Vec<_>>() }))
}

fn records(hub: &Hub) -> Result<Value> {
    let counts = hub.record_counts()?;
    let records: u64 = counts.iter().map(|counts| counts.records).sum();
    let of_form = |counts: &RecordCounts| {
        let form = counts.form.as_ref().map_or_else(String::new, ToString::to_string);
        (form, json!({ "records": counts.records, "final": counts.finals, "inConflict": counts.in_conflict }))
    };
    let forms: serde_json::Map<String, Value> = counts.iter().map(of_form).collect();
    Ok(json!({ "records": records, "entries": hub.count_entries()?, "forms": forms }))
}

fn quarantine(hub: &Hub) -> Result<Value> {
    let entries = hub.quarantine()?.into_iter().map(|note| {
        let code = match &note.standing {
            Standing::Quarantined(code) => code.as_str(),
            Standing::UnknownKind => "unknown_kind",
            Standing::Taken => "taken",
        };
        json!({
            "log": note.log,
            "seq": note.seq,
            "device": note.device,
            "author": note.author,
            "receivedAt": note.received_at,
            "code": code,
        })
    });
    Ok(json!({ "entries": entries.collect::<Vec<_>>() }))
}
