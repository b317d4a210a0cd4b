//! One session: as many exchanges as it takes until device and hub hold the same.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use chaski_device::view::{SyncProgress, SyncState};
use chaski_device::{Device, SharedDevice, Wish};
use chaski_sync::{Client, ClientEffect, ClientEvent, Outcome, Refusal, Summary};

use crate::http::Http;
use crate::pin::Pin;
use crate::{LinkError, LinkEvent};

/// Runs a step on the device, on a thread that may wait.
///
/// # Errors
/// When the step panicked. What was saved before stands, and the device serves the next one.
pub(crate) async fn with<T: Send + 'static>(
    device: &SharedDevice,
    step: impl FnOnce(&mut Device) -> T + Send + 'static,
) -> Result<T, LinkError> {
    let device = SharedDevice::clone(device);
    let task = tokio::task::spawn_blocking(move || {
        // Each step is one transaction, so a device whose last one broke off is whole and may be used.
        device.clear_poison();
        let mut device = device.lock().unwrap_or_else(PoisonError::into_inner);
        step(&mut device)
    });
    task.await.map_err(|error| {
        tracing::error!(%error, "a step on the device broke off");
        LinkError::BrokeOff
    })
}

/// Exchanges everything with the hub. `tell` hears what changes on the way.
///
/// A certificate that is about to end is renewed first; one that the hub says has ended, and then the exchange is tried again.
///
/// # Errors
/// When the hub cannot be reached at all, or the device is shut. How a session that did begin ended is in its summary.
pub async fn exchange(
    device: &SharedDevice,
    wish: Wish,
    mut tell: impl FnMut(LinkEvent) + Send,
) -> Result<Summary, LinkError> {
    // Asked first: a device that is shut says so, and that is no failure.
    let renewal = with(device, Device::begin_renewal).await??;
    let endpoint = with(device, |device| device.hub_endpoint()).await?.ok_or(LinkError::NoHub)?;
    let stranger = Arc::new(AtomicBool::new(false));
    let http = Http::new(Pin::Exactly(endpoint.spki, Arc::clone(&stranger)))?;
    let meeting = Meeting { device, http, address: endpoint.address, stranger };
    if let Some(request) = renewal {
        meeting.renew(request).await;
    }
    let summary = meeting.exchange(wish, &mut tell).await?;
    if summary.outcome == Outcome::Refused(Refusal::CertificateExpired)
        && let Some(request) = with(device, Device::ask_for_renewal).await??
        && meeting.renew(request).await
    {
        return meeting.exchange(wish, &mut tell).await;
    }
    Ok(summary)
}

/// A device and the hub it meets.
struct Meeting<'a> {
    device: &'a SharedDevice,
    http: Http,
    address: String,
    /// Set when somebody else answers in the hub's place.
    stranger: Arc<AtomicBool>,
}

impl Meeting<'_> {
    /// One session of the protocol.
    async fn exchange(&self, wish: Wish, tell: &mut (impl FnMut(LinkEvent) + Send)) -> Result<Summary, LinkError> {
        let config = with(self.device, move |device| device.begin_exchange(wish)).await??;
        let mut session = Session { device: self.device, client: Client::new(config), reached: false };
        let outcome = match session.run(&self.http, &self.address, tell).await {
            Err(_) if self.stranger.load(Ordering::Relaxed) => Err(LinkError::NotTheHub),
            outcome => outcome,
        };
        if let Ok(summary) = &outcome {
            let summary = summary.clone();
            with(self.device, move |device| device.end_exchange(&summary)).await??;
        }
        session.settle(tell).await?;
        outcome
    }

    /// Asks the hub for the device's next certificate; whether it came. If not, the exchange says what is wrong in its own
    /// words, should the old certificate not serve.
    async fn renew(&self, request: Vec<u8>) -> bool {
        let renewed = self.try_renew(request).await;
        if let Err(error) = &renewed {
            tracing::warn!(%error, "no new certificate");
        }
        renewed.is_ok()
    }

    async fn try_renew(&self, request: Vec<u8>) -> Result<(), LinkError> {
        let answer = self.http.post(&self.address, "/v1/renew", request).await?;
        let answer = answer.collect(CERTIFICATE_BYTES).await?;
        Ok(with(self.device, move |device| device.finish_renewal(&answer)).await??)
    }
}

/// A certificate for some hundred districts, as `sync` bounds one on its way.
const CERTIFICATE_BYTES: usize = chaski_sync::limits::CERTIFICATE_BYTES;

struct Session<'a> {
    device: &'a SharedDevice,
    client: Client,
    /// Whether the hub answered at all.
    reached: bool,
}

/// What a step of the machine asks of the network.
enum Ask {
    /// A new request.
    Round,
    /// Nothing: read on.
    Read,
    Over(Summary),
}

impl Session<'_> {
    async fn run(
        &mut self,
        http: &Http,
        address: &str,
        tell: &mut (impl FnMut(LinkEvent) + Send),
    ) -> Result<Summary, LinkError> {
        loop {
            let round = with(self.device, Device::begin_round).await??;
            let mut body = Vec::new();
            if let Ask::Over(summary) = self.step(ClientEvent::Round(round), &mut body, tell).await? {
                return Ok(summary);
            }
            match self.response(http, address, body, tell).await? {
                Ask::Round => {}
                Ask::Over(summary) => return Ok(summary),
                // A response that ends without an end is a cut.
                Ask::Read => {
                    let mut nothing = Vec::new();
                    return match self.step(ClientEvent::Cut, &mut nothing, tell).await? {
                        Ask::Over(summary) => Ok(summary),
                        Ask::Round | Ask::Read => Err(LinkError::NotTheHub),
                    };
                }
            }
        }
    }

    /// Sends one request and takes in its response as it comes.
    async fn response(
        &mut self,
        http: &Http,
        address: &str,
        body: Vec<u8>,
        tell: &mut (impl FnMut(LinkEvent) + Send),
    ) -> Result<Ask, LinkError> {
        let mut nothing = Vec::new();
        let mut answer = match http.post(address, "/v1/sync", body).await {
            Ok(answer) => answer,
            // The hub was there a moment ago: what came stands, and the session says so.
            Err(_) if self.reached => return self.step(ClientEvent::Cut, &mut nothing, tell).await,
            Err(error) => {
                // Whether anything of the request arrived is not known: the next one asks before it sends.
                if let Ask::Over(summary) = self.step(ClientEvent::Cut, &mut nothing, tell).await? {
                    with(self.device, move |device| device.note_cut(&summary)).await??;
                }
                return Err(error);
            }
        };
        self.reached = true;
        loop {
            let event = match answer.next().await {
                Ok(Some(piece)) => ClientEvent::Received(piece),
                Ok(None) => ClientEvent::ResponseEnded,
                Err(error) => {
                    tracing::info!(%error, "the hub's answer was cut");
                    ClientEvent::Cut
                }
            };
            let ended = !matches!(event, ClientEvent::Received(_));
            match self.step(event, &mut nothing, tell).await? {
                Ask::Read if !ended => {}
                other => return Ok(other),
            }
        }
    }

    /// Gives the machine an event and does what it asks, until it asks for the network.
    async fn step(
        &mut self,
        event: ClientEvent,
        body: &mut Vec<u8>,
        tell: &mut (impl FnMut(LinkEvent) + Send),
    ) -> Result<Ask, LinkError> {
        let mut events = std::collections::VecDeque::from([event]);
        let mut ask = Ask::Read;
        while let Some(event) = events.pop_front() {
            let now = with(self.device, |device| device.now()).await?;
            for effect in self.client.step(now, event) {
                match effect {
                    ClientEffect::BeginRound => ask = Ask::Round,
                    ClientEffect::Send(bytes) => body.extend(bytes),
                    ClientEffect::EndRequest => {}
                    ClientEffect::Load(wanted) => {
                        let loaded = with(self.device, move |device| device.load_entries(&wanted)).await?;
                        events.push_back(loaded.map_or_else(failure, ClientEvent::Loaded));
                    }
                    ClientEffect::Open(introduction) => {
                        let told = with(self.device, move |device| device.introduce(&introduction)).await?;
                        events.extend(
                            told.map_or_else(|error| Some(failure(error)), |told| told.map(ClientEvent::NotOpened)),
                        );
                    }
                    ClientEffect::Ingest(frame) => {
                        let told = with(self.device, move |device| device.ingest(&frame)).await?;
                        events.push_back(told.map_or_else(failure, ClientEvent::Ingested));
                    }
                    ClientEffect::Acknowledged(word) => {
                        if let Err(error) = with(self.device, move |device| device.acknowledge(&word)).await? {
                            events.push_back(failure(error));
                        }
                    }
                    ClientEffect::Progress(progress) => {
                        let shown = SyncProgress {
                            sent: small(progress.sent.entries),
                            to_send: small(progress.to_send),
                            received: small(progress.received.entries),
                            to_receive: small(progress.to_receive),
                        };
                        let standing = move |device: &mut Device| {
                            device.set_standing(|standing| {
                                standing.state = Some(SyncState::Syncing);
                                standing.progress = Some(shown);
                            });
                        };
                        with(self.device, standing).await?;
                        tell(LinkEvent::Sync);
                    }
                    ClientEffect::Done(summary) => ask = Ask::Over(summary),
                }
            }
        }
        Ok(ask)
    }

    /// Brings records up to date with what came, a few at a time, so that nobody who is answering waits.
    async fn settle(&mut self, tell: &mut (impl FnMut(LinkEvent) + Send)) -> Result<(), LinkError> {
        loop {
            let (more, changed) = with(self.device, Device::settle_exchange).await??;
            if changed != chaski_device::view::Changed::default() {
                tell(LinkEvent::Changed(changed));
            }
            if !more {
                return Ok(());
            }
        }
    }
}

fn failure(error: chaski_device::DeviceError) -> ClientEvent {
    tracing::error!(code = error.code(), "the store failed during an exchange");
    ClientEvent::StoreFailed
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How a session that ended is told in one word.
pub(crate) fn problem(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Complete => None,
        Outcome::Stalled => Some("stalled"),
        Outcome::Interrupted => Some("interrupted"),
        Outcome::Refused(refusal) => Some(refusal.code()),
        Outcome::Frozen { .. } => Some("frozen"),
        Outcome::Faulty(_) => Some("faulty"),
        Outcome::StoreFailed => Some("store_failed"),
    }
}
