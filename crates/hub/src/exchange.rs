//! One exchange with one device: `sync`'s state machine over the hub's store, without any socket.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chaski_sync::{Server, ServerConfig, ServerEffect, ServerEvent, ServerSummary, limits};

use crate::{Hub, HubEvent, Result, Visit};

/// A hub's side of one exchange. It blocks on the store: give it its turns on a thread that may wait.
#[derive(Debug)]
pub struct Exchange {
    hub: Hub,
    server: Server,
    waiting: VecDeque<ServerEvent>,
    over: bool,
}

/// What a turn came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Turn {
    /// Bytes of the response.
    pub bytes: Vec<u8>,
    pub next: Next,
}

/// What to do after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Give it more of the request, or its end.
    Receive,
    /// Send the bytes and give it another turn: there is more to say.
    Continue,
    /// The response ends here.
    Over,
}

/// Bytes after which a turn ends, so that a long response is never held in memory.
const TURN_BYTES: usize = 64 * 1024;

impl Hub {
    /// Begins an exchange, with the roster as it stands.
    ///
    /// # Errors
    /// When the store fails.
    pub fn exchange(&self) -> Result<Exchange> {
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let config = ServerConfig {
            key: self.0.key.clone(),
            roster: Arc::clone(&holdings.rules.roster),
            codec: Arc::clone(&self.0.codec),
            budget: limits::EXCHANGE_BYTES,
        };
        drop(holdings);
        Ok(Exchange { hub: self.clone(), server: Server::new(config), waiting: VecDeque::new(), over: false })
    }
}

impl Exchange {
    /// Whether the device that asks has shown that it is the one it says.
    pub fn is_with_a_device(&self) -> bool {
        self.server.device().is_some()
    }

    /// Takes in what happened, and does what it asks of the store. What it says is stored is durable.
    pub fn turn(&mut self, event: Option<ServerEvent>) -> Turn {
        self.waiting.extend(event);
        let mut bytes = Vec::new();
        while let Some(event) = self.waiting.pop_front() {
            if self.over {
                break;
            }
            for effect in self.server.step(self.hub.now(), event) {
                if let Some(answer) = self.carry_out(effect, &mut bytes) {
                    self.waiting.push_back(answer);
                }
            }
            if bytes.len() >= TURN_BYTES {
                break;
            }
        }
        let next = match (self.over, self.waiting.is_empty()) {
            (true, _) => Next::Over,
            (false, true) => Next::Receive,
            (false, false) => Next::Continue,
        };
        Turn { bytes, next }
    }

    fn carry_out(&mut self, effect: ServerEffect, bytes: &mut Vec<u8>) -> Option<ServerEvent> {
        let answered = match effect {
            ServerEffect::Send(more) => {
                bytes.extend(more);
                return None;
            }
            ServerEffect::Done(summary) => {
                self.over = true;
                self.note(&summary);
                return None;
            }
            ServerEffect::Open(introduction) => match self.hub.holdings().store.introduce(&introduction) {
                Ok(problem) => return problem.map(ServerEvent::NotOpened),
                Err(error) => Err(error.into()),
            },
            ServerEffect::Ingest(frame) => self.ingest(&frame),
            ServerEffect::LoadVector(partitions) => {
                let vector = self.hub.holdings().store.vector(&partitions);
                vector.map(ServerEvent::Vector).map_err(Into::into)
            }
            ServerEffect::Load(wanted) => {
                let loaded = self.hub.holdings().store.load(&wanted);
                loaded.map(ServerEvent::Loaded).map_err(Into::into)
            }
        };
        Some(answered.unwrap_or_else(|error| {
            tracing::error!(%error, "the store failed during an exchange");
            ServerEvent::StoreFailed
        }))
    }

    fn ingest(&self, frame: &chaski_sync::Frame) -> Result<ServerEvent> {
        let mut holdings = self.hub.holdings();
        let rules = Arc::clone(&holdings.rules);
        let now = self.hub.now();
        let (ingested, _) = holdings.store.take_frame(frame, now, &*rules)?;
        drop(holdings);
        if ingested.new > 0 {
            self.hub.0.unsettled.notify_one();
        }
        Ok(ServerEvent::Ingested(ingested))
    }

    fn note(&self, summary: &ServerSummary) {
        let (received, sent) = (summary.received, summary.sent);
        if !summary.problems.is_empty() {
            let mut codes: BTreeMap<_, u64> = BTreeMap::new();
            summary.problems.iter().for_each(|problem| *codes.entry(problem.code).or_default() += 1);
            let device = summary.device.map(tracing::field::display);
            tracing::warn!(device, ?codes, "entries not taken");
        }
        let event = match (&summary.refusal, summary.device) {
            (Some(refusal), device) => {
                let code = refusal.code();
                let named = device.map(tracing::field::display);
                tracing::info!(device = named, code, "exchange refused");
                HubEvent::ExchangeRefused { device, code }
            }
            (None, Some(device)) if sent.bytes > 0 => {
                let (new, entries) = (summary.new, sent.entries);
                tracing::info!(%device, new, sent = entries, bytes_in = received.bytes, bytes_out = sent.bytes, "exchanged");
                self.hub.0.visits.keep(device, Visit { at: self.hub.now(), new, sent: entries });
                HubEvent::Exchanged { device, new, sent: entries, bytes_in: received.bytes, bytes_out: sent.bytes }
            }
            (None, Some(device)) => {
                tracing::info!(%device, new = summary.new, "exchange cut");
                HubEvent::ExchangeCut { device, new: summary.new }
            }
            (None, None) => {
                tracing::debug!("a connection ended before it said anything");
                return;
            }
        };
        self.hub.tell(event);
    }
}

impl Drop for Exchange {
    /// Whoever stops in the middle is a connection that was cut: what came stands, and it is told.
    fn drop(&mut self) {
        if !self.over {
            self.waiting.clear();
            let _ = self.turn(Some(ServerEvent::Cut));
        }
    }
}
