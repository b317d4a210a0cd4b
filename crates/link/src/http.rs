//! The HTTPS client: short, plain requests to one hub.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chaski_device::SharedDevice;
use chaski_device::view::Enrolled;
use futures::StreamExt;
use reqwest::{Body, Client, Response};
use tokio::time::{Instant, sleep_until, timeout};

use crate::LinkError;
use crate::driver::with;
use crate::pin::{Pin, tls};

/// How long a hub may take to accept a connection: three round trips of a bad mobile link.
const CONNECT: Duration = Duration::from_secs(15);
/// How long it may be silent in between. What came before is kept.
const SILENCE: Duration = Duration::from_secs(45);
/// Half of the slowest link we promise to serve. What the connection has taken may wait in this machine's buffers for as long
/// as that link needs for it, and until all of it is through a hub says nothing.
const LEAST_BYTES_PER_SECOND: u64 = 1_250;
/// A body is handed over in pieces of this size.
const PIECE: usize = 4 * 1024;
/// An enrolment reply carries at most what `trust` reads.
const REPLY_BYTES: usize = 2 * 1024 * 1024;
const MEDIA_TYPE: &str = "application/vnd.chaski";

/// Speaks to one hub.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    silence: Duration,
}

/// How much of a body the connection has taken.
#[derive(Debug)]
struct Pace {
    began: Instant,
    silence: Duration,
    taken: Mutex<(Instant, u64)>,
}

impl Pace {
    fn new(silence: Duration) -> Self {
        let began = Instant::now();
        Self { began, silence, taken: Mutex::new((began, 0)) }
    }

    fn take(&self, bytes: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = (Instant::now(), taken.1.saturating_add(bytes as u64));
    }

    /// When the hub's silence is too long: counted from the last piece that was taken, and never before the slowest link
    /// would have carried them all.
    fn deadline(&self) -> Instant {
        let (last, bytes) = *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let carried = self.began + Duration::from_secs(bytes / LEAST_BYTES_PER_SECOND);
        last.max(carried) + self.silence
    }
}

impl Http {
    pub(crate) fn new(pin: Pin) -> Result<Self, LinkError> {
        let builder = Client::builder()
            .tls_backend_preconfigured(tls(pin)?)
            .http1_only()
            .no_proxy()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none());
        // A link that died while bytes are on their way is noticed at once, however many wait.
        #[cfg(any(target_os = "android", target_os = "linux"))]
        let builder = builder.tcp_user_timeout(SILENCE);
        let client = builder.build().map_err(|error| LinkError::Tls(error.into()))?;
        Ok(Self { client, silence: SILENCE })
    }

    /// Sends a body and gives the answer as it begins to come. However long the body takes on a slow link, the hub counts as
    /// silent only when nothing moves.
    pub(crate) async fn post(&self, address: &str, path: &str, body: Vec<u8>) -> Result<Answer, LinkError> {
        let url = format!("{}{path}", address.trim_end_matches('/'));
        let length = body.len();
        let pace = Arc::new(Pace::new(self.silence));
        let taking = Arc::clone(&pace);
        let pieces: Vec<Vec<u8>> = body.chunks(PIECE).map(<[u8]>::to_vec).collect();
        let body = futures::stream::iter(pieces).map(move |piece| {
            taking.take(piece.len());
            Ok::<_, Infallible>(piece)
        });
        let request = self.client.post(url).header("content-type", MEDIA_TYPE).header("content-length", length);
        let mut sending = pin!(request.body(Body::wrap_stream(body)).send());
        let response = loop {
            tokio::select! {
                response = &mut sending => break response.map_err(failed)?,
                () = sleep_until(pace.deadline()) => {
                    if pace.deadline() <= Instant::now() {
                        return Err(LinkError::Silent);
                    }
                }
            }
        };
        let answer = Answer { response, silence: self.silence };
        match answer.response.status().as_u16() {
            200 => Ok(answer),
            status => Err(refusal(answer, status).await),
        }
    }
}

/// An answer that comes.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response,
    silence: Duration,
}

impl Answer {
    /// The next piece of it; nothing at its end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        match timeout(self.silence, self.response.chunk()).await {
            Ok(piece) => Ok(piece.map_err(LinkError::Cut)?.map(|piece| piece.to_vec())),
            Err(_) => Err(LinkError::Silent),
        }
    }

    /// All of it, up to a limit.
    pub(crate) async fn collect(mut self, limit: usize) -> Result<Vec<u8>, LinkError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next().await? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > limit {
                return Err(LinkError::TooLong { limit });
            }
        }
        Ok(bytes)
    }
}

/// A hub that refuses says why in a short code; anything else that refuses is not a hub.
async fn refusal(answer: Answer, status: u16) -> LinkError {
    const CODE_BYTES: usize = 256;
    let Ok(bytes) = answer.collect(CODE_BYTES).await else { return LinkError::Status(status) };
    let code = serde_json::from_slice::<Refusal>(&bytes).ok().map(|refusal| refusal.code);
    code.map_or(LinkError::Status(status), LinkError::Refused)
}

#[derive(serde::Deserialize)]
struct Refusal {
    code: String,
}

fn failed(error: reqwest::Error) -> LinkError {
    if error.is_connect() || error.is_timeout() { LinkError::Unreachable(error) } else { LinkError::Cut(error) }
}

/// Enrols the device, or a further person on it: asks the hub the ticket names, and takes in its answer.
///
/// # Errors
/// When the ticket or PIN cannot be used, the hub cannot be reached or refuses, or its answer does not hold. The same ticket
/// can be tried again.
pub async fn enrol(
    device: &SharedDevice,
    ticket: String,
    hub: String,
    device_name: String,
    pin: String,
    pin_again: String,
) -> Result<Enrolled, LinkError> {
    let begin =
        move |device: &mut chaski_device::Device| device.begin_enrolment(&ticket, &hub, &device_name, &pin, &pin_again);
    let pending = with(device, begin).await??;
    let noted = Arc::new(Mutex::new(None));
    let http = Http::new(Pin::Noted(Arc::clone(&noted)))?;
    let answer = http.post(pending.hub.as_str(), "/v1/enrol", pending.request.clone()).await?;
    let reply = answer.collect(REPLY_BYTES).await?;
    let key = *noted.lock().unwrap_or_else(PoisonError::into_inner);
    let key = key.ok_or(LinkError::NotTheHub)?;
    Ok(with(device, move |device| device.finish_enrolment(&pending, &reply, &key)).await??)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    const SHORT: Duration = Duration::from_millis(400);

    fn impatient() -> Http {
        Http { silence: SHORT, ..Http::new(Pin::Noted(Arc::default())).unwrap() }
    }

    /// Listens with little room for what is not read yet.
    fn listener() -> (TcpListener, String) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        (listener, address)
    }

    /// Reads as fast as a slow link brings it, and answers when all of it is there.
    #[tokio::test]
    async fn a_long_body_on_a_slow_link_is_not_cut() {
        const BYTES: usize = 6 * 1024 * 1024;
        let (listener, address) = listener();
        let reading = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 64 * 1024];
            let mut tick = tokio::time::interval(Duration::from_millis(10));
            let mut read = 0;
            while read < BYTES {
                tick.tick().await;
                read += stream.read(&mut buffer).await.unwrap();
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let began = Instant::now();
        let answer = impatient().post(&address, "/v1/sync", vec![7; BYTES]).await.unwrap();
        assert!(began.elapsed() > 2 * SHORT, "the link was too fast to show anything: {:?}", began.elapsed());
        assert_eq!(answer.collect(10).await.unwrap(), b"ok");
        reading.await.unwrap();
    }

    #[tokio::test]
    async fn a_hub_that_takes_a_request_and_says_nothing_is_given_up() {
        let (listener, address) = listener();
        let began = Instant::now();
        let refused = impatient().post(&address, "/v1/sync", vec![7; 100]).await.unwrap_err();
        assert!(matches!(refused, LinkError::Silent), "{refused}");
        assert!(refused.is_offline());
        assert!(began.elapsed() >= SHORT);
        drop(listener);
    }

    #[tokio::test]
    async fn a_hub_that_falls_silent_in_its_answer_is_given_up() {
        let (listener, address) = listener();
        let holding = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(&[7; 100]) {
                stream.read_buf(&mut request).await.unwrap();
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok").await.unwrap();
            std::future::pending::<()>().await;
        });
        let answer = impatient().post(&address, "/v1/sync", vec![7; 100]).await.unwrap();
        let refused = answer.collect(10).await.unwrap_err();
        assert!(matches!(refused, LinkError::Silent), "{refused}");
        holding.abort();
    }

    /// What the connection has taken may be on its way for as long as the slowest link needs.
    #[tokio::test(start_paused = true)]
    async fn silence_is_counted_from_when_the_slowest_link_would_be_through() {
        let pace = Pace::new(SILENCE);
        assert_eq!(pace.deadline(), pace.began + SILENCE);
        pace.take(1_000_000);
        assert_eq!(pace.deadline(), pace.began + Duration::from_secs(800) + SILENCE);
        tokio::time::advance(Duration::from_secs(1_000)).await;
        pace.take(4_096);
        assert_eq!(pace.deadline(), pace.began + Duration::from_secs(1_000) + SILENCE);
    }
}
