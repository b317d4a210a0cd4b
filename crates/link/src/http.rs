//! The HTTPS client: short, plain requests to one hub.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chaski_device::SharedDevice;
use chaski_device::view::Enrolled;
use futures::StreamExt;
use reqwest::{Client, Response};

use crate::LinkError;
use crate::driver::with;
use crate::pin::{Pin, tls};

/// How long a hub may take to accept a connection: three round trips of a bad mobile link.
const CONNECT: Duration = Duration::from_secs(15);
/// How long it may be silent in between. What came before is kept.
const SILENCE: Duration = Duration::from_secs(45);
/// An enrolment reply carries at most what `trust` reads.
const REPLY_BYTES: usize = 2 * 1024 * 1024;
const MEDIA_TYPE: &str = "application/vnd.chaski";

pub(crate) fn client(pin: Pin) -> Result<Client, LinkError> {
    Client::builder()
        .tls_backend_preconfigured(tls(pin)?)
        .http1_only()
        .no_proxy()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| LinkError::Tls(error.into()))
}

/// Sends a body and gives the answer as it begins to come.
pub(crate) async fn post(client: &Client, address: &str, path: &str, body: Vec<u8>) -> Result<Response, LinkError> {
    let url = format!("{}{path}", address.trim_end_matches('/'));
    let request = client.post(url).header("content-type", MEDIA_TYPE).body(body);
    let response = request.send().await.map_err(failed)?;
    match response.status().as_u16() {
        200 => Ok(response),
        status => Err(refusal(response, status).await),
    }
}

/// A hub that refuses says why in a short code; anything else that refuses is not a hub.
async fn refusal(response: Response, status: u16) -> LinkError {
    const CODE_BYTES: usize = 256;
    let Ok(bytes) = collect(response, CODE_BYTES).await else { return LinkError::Status(status) };
    let code = serde_json::from_slice::<Refusal>(&bytes).ok().map(|refusal| refusal.code);
    code.map_or(LinkError::Status(status), LinkError::Refused)
}

#[derive(serde::Deserialize)]
struct Refusal {
    code: String,
}

pub(crate) fn failed(error: reqwest::Error) -> LinkError {
    if error.is_connect() || error.is_timeout() { LinkError::Unreachable(error) } else { LinkError::Cut(error) }
}

pub(crate) async fn collect(response: Response, limit: usize) -> Result<Vec<u8>, LinkError> {
    let mut bytes = Vec::new();
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(LinkError::Cut)?);
        if bytes.len() > limit {
            return Err(LinkError::TooLong { limit });
        }
    }
    Ok(bytes)
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
    let client = client(Pin::Noted(Arc::clone(&noted)))?;
    let response = post(&client, pending.hub.as_str(), "/v1/enrol", pending.request.clone()).await?;
    let reply = collect(response, REPLY_BYTES).await?;
    let key = *noted.lock().unwrap_or_else(PoisonError::into_inner);
    let key = key.ok_or(LinkError::NotTheHub)?;
    Ok(with(device, move |device| device.finish_enrolment(&pending, &reply, &key)).await??)
}
