//! A hub's side of one exchange.
//!
//! What it takes in is stored frame by frame as it comes; what it then says it holds is read from the store after that, so
//! its signed word is never ahead of its disk. It looks at certificates, chains and signatures, never into an entry.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaski_trust::{Roster, SigningKey};
use chaski_values::{DeviceId, Partition, Timestamp};

use crate::exchange::{Amount, Inbox, Introduced, Loaded, Outbox, Sending, Then, Wanted};
use crate::message::{Acknowledgement, Denied, End, Hello, Problem, ProblemCode, Refusal, SignedHello, Welcome, note};
use crate::standing::Peer;
use crate::wire::{self, Part, PartKind, StreamReader, Versions, WireError};
use crate::{Codec, Effort, Frame, FrameError, Ingested, Introduction, Malformed, PartitionVector, Vector, limits};

/// What a hub brings to an exchange.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    pub key: SigningKey,
    pub roster: Arc<Roster>,
    pub codec: Arc<Codec>,
    /// Bytes after which a response ends with "there is more", at most one frame over: [`limits::EXCHANGE_BYTES`].
    pub budget: usize,
}

/// What happened. Give them in the order in which they happened; an answer to an effect before anything else that comes.
#[derive(Debug)]
pub enum ServerEvent {
    /// Bytes of the request, in whatever pieces.
    Received(Vec<u8>),
    /// The request came to its end.
    RequestEnded,
    /// The connection is gone.
    Cut,
    /// A log of [`ServerEffect::Open`] was not kept.
    NotOpened(Problem),
    /// Answers [`ServerEffect::Ingest`].
    Ingested(Ingested),
    /// Answers [`ServerEffect::LoadVector`]: what is held of each of the partitions.
    Vector(Vector),
    /// Answers [`ServerEffect::Load`].
    Loaded(Loaded),
    /// The store could not do what an effect asked.
    StoreFailed,
}

/// What to do, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum ServerEffect {
    /// Keep a log's opening and certificate, if they are new. Answer with [`ServerEvent::NotOpened`] when it is one too many
    /// of its device; else there is nothing to answer.
    Open(Box<Introduction>),
    /// Verify against the store and append ([`crate::plan_ingest`]), durably; answer with [`ServerEvent::Ingested`].
    Ingest(Frame),
    /// Answer with [`ServerEvent::Vector`].
    LoadVector(Vec<Partition>),
    /// Answer with [`ServerEvent::Loaded`].
    Load(Wanted),
    /// Bytes of the response.
    Send(Vec<u8>),
    /// End the response. Nothing comes after it.
    Done(ServerSummary),
}

/// What an exchange came to, for the hub's log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerSummary {
    /// Who asked, once its signature was verified.
    pub device: Option<DeviceId>,
    /// The device's clock, as it said.
    pub claimed_time: Option<Timestamp>,
    pub refusal: Option<Refusal>,
    pub received: Amount,
    /// Of those received, the ones that were new.
    pub new: u64,
    pub sent: Amount,
    /// The first [`limits::PROBLEMS`].
    pub problems: Vec<Problem>,
}

/// A hub's side of one exchange: one request, one response.
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    reader: StreamReader,
    inbox: Inbox,
    phase: Phase,
    ingesting: usize,
    summary: ServerSummary,
}

#[derive(Debug)]
enum Phase {
    Preamble,
    Greeting,
    /// Taking in what the device sends.
    Taking(Box<Guest>),
    /// The device said that this is all.
    Ended(Box<Guest>),
    Sending(Outbox),
    Done,
}

/// Who is being served, and what they hold.
#[derive(Debug)]
struct Guest {
    peer: Peer,
    hello: Hello,
}

/// Why an exchange stops.
#[derive(Debug)]
enum Stop {
    Refuse(Refusal),
    /// Without a word: the other side is gone.
    Silently,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}

impl From<WireError> for Stop {
    fn from(error: WireError) -> Self {
        match error {
            WireError::PartTooLarge { .. } => Self::Refuse(Refusal::TooLarge),
            WireError::NotOurs | WireError::BadLength => Self::Refuse(Refusal::Malformed),
        }
    }
}

impl From<Malformed> for Stop {
    fn from(error: Malformed) -> Self {
        match error {
            Malformed::TooLarge { .. } => Self::Refuse(Refusal::TooLarge),
            Malformed::Syntax { .. } | Malformed::Version { .. } | Malformed::NotCanonical { .. } => {
                Self::Refuse(Refusal::Malformed)
            }
        }
    }
}

impl From<FrameError> for Stop {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge { .. } | FrameError::Compression { .. } => Self::Refuse(Refusal::TooLarge),
            FrameError::Malformed(malformed) => malformed.into(),
            FrameError::Format { .. } | FrameError::Dictionary(_) => Self::Refuse(Refusal::Malformed),
        }
    }
}

impl Server {
    pub fn new(config: ServerConfig) -> Self {
        let inbox = Inbox::new(config.codec.clone(), config.roster.clone());
        Self {
            config,
            reader: StreamReader::default(),
            inbox,
            phase: Phase::Preamble,
            ingesting: 0,
            summary: ServerSummary::default(),
        }
    }

    /// Who asks, once its signature was verified.
    pub fn device(&self) -> Option<DeviceId> {
        self.summary.device
    }

    /// What to do about an event. `now` is the hub's clock.
    pub fn step(&mut self, now: Timestamp, event: ServerEvent) -> Vec<ServerEffect> {
        let mut effects = Vec::new();
        if matches!(self.phase, Phase::Done) {
            return effects;
        }
        if let Err(stop) = self.on(now, event, &mut effects) {
            if let Stop::Refuse(refusal) = stop {
                self.refuse(refusal, &mut effects);
            }
            self.finish(&mut effects);
        }
        effects
    }

    fn on(&mut self, now: Timestamp, event: ServerEvent, effects: &mut Vec<ServerEffect>) -> Result<(), Stop> {
        match event {
            ServerEvent::Received(bytes) => {
                self.summary.received.bytes += bytes.len() as u64;
                if self.summary.received.bytes > limits::REQUEST_BYTES as u64 {
                    return Err(Refusal::TooLarge.into());
                }
                self.reader.give(&bytes);
                self.read(now, effects)
            }
            ServerEvent::RequestEnded => match &self.phase {
                Phase::Preamble | Phase::Greeting | Phase::Taking(_) => Err(Refusal::Malformed.into()),
                Phase::Ended(_) | Phase::Sending(_) | Phase::Done => Ok(()),
            },
            ServerEvent::Cut => Err(Stop::Silently),
            ServerEvent::NotOpened(problem) => {
                note(&mut self.summary.problems, [problem]);
                Ok(())
            }
            ServerEvent::Ingested(ingested) => {
                self.ingesting = self.ingesting.saturating_sub(1);
                self.summary.received.entries += ingested.new + ingested.known;
                self.summary.new += ingested.new;
                note(&mut self.summary.problems, ingested.problems);
                self.read(now, effects)
            }
            ServerEvent::Vector(vector) => {
                self.welcome(now, &vector, effects);
                Ok(())
            }
            ServerEvent::Loaded(loaded) => {
                let Phase::Sending(outbox) = &mut self.phase else { return Ok(()) };
                let (sendings, then) = outbox.loaded(loaded);
                self.send(sendings, effects);
                self.proceed(then, effects);
                Ok(())
            }
            ServerEvent::StoreFailed => match self.phase {
                // What was said already cannot be taken back: the device sees a cut and asks again.
                Phase::Sending(_) | Phase::Done => Err(Stop::Silently),
                Phase::Preamble | Phase::Greeting | Phase::Taking(_) | Phase::Ended(_) => {
                    Err(Refusal::Unavailable.into())
                }
            },
        }
    }

    fn read(&mut self, now: Timestamp, effects: &mut Vec<ServerEffect>) -> Result<(), Stop> {
        if matches!(self.phase, Phase::Preamble) {
            let Some(theirs) = self.reader.request_preamble()? else { return Ok(()) };
            if Versions::OURS.common(theirs).is_none() {
                return Err(Refusal::Version { theirs, ours: Versions::OURS }.into());
            }
            self.phase = Phase::Greeting;
        }
        // One frame at a time: what a frame becomes is many times what it was.
        while self.ingesting == 0
            && let Some(part) = self.reader.part()?
        {
            self.take(now, &part, effects)?;
        }
        Ok(())
    }

    fn take(&mut self, now: Timestamp, part: &Part, effects: &mut Vec<ServerEffect>) -> Result<(), Stop> {
        match (&self.phase, part.kind) {
            (_, PartKind::Unknown) => {}
            (Phase::Greeting, PartKind::Hello) => {
                let guest = self.greet(now, &part.body)?;
                self.summary.device = Some(guest.peer.device);
                self.summary.claimed_time = Some(guest.hello.time);
                self.phase = Phase::Taking(Box::new(guest));
            }
            (Phase::Taking(guest), PartKind::Opening) => match self.inbox.opening(&part.body)? {
                Introduced::Refused(problem) => note(&mut self.summary.problems, [problem]),
                Introduced::Admitted(introduction) => {
                    let partition = introduction.opening.partition();
                    if guest.peer.may_bring(&self.config.roster, partition, now) {
                        effects.push(ServerEffect::Open(introduction));
                    } else {
                        let log = introduction.opening.log();
                        note(&mut self.summary.problems, [Problem { log, code: ProblemCode::OutOfScope, seq: 0 }]);
                    }
                }
            },
            (Phase::Taking(guest), PartKind::Frame) => {
                let frame = self.inbox.frame(&part.body)?;
                if guest.peer.may_bring(&self.config.roster, frame.partition, now) {
                    self.ingesting += 1;
                    effects.push(ServerEffect::Ingest(frame));
                } else {
                    let refused =
                        |run: &crate::Run| Problem { log: run.log, code: ProblemCode::OutOfScope, seq: run.first };
                    note(&mut self.summary.problems, frame.runs.iter().map(refused));
                }
            }
            (Phase::Taking(_), PartKind::End) => {
                End::from_bytes(&part.body)?;
                if let Phase::Taking(guest) = std::mem::replace(&mut self.phase, Phase::Done) {
                    self.phase = Phase::Ended(guest);
                }
                self.answer(now, effects);
            }
            (
                Phase::Preamble
                | Phase::Greeting
                | Phase::Taking(_)
                | Phase::Ended(_)
                | Phase::Sending(_)
                | Phase::Done,
                PartKind::Hello
                | PartKind::Welcome
                | PartKind::Opening
                | PartKind::Frame
                | PartKind::End
                | PartKind::Refusal,
            ) => return Err(Refusal::Malformed.into()),
        }
        Ok(())
    }

    /// Who asks, before anything of theirs is looked at.
    fn greet(&self, now: Timestamp, body: &[u8]) -> Result<Guest, Stop> {
        let signed = SignedHello::from_bytes(body)?;
        if signed.hello.hub != self.me() {
            return Err(Refusal::WrongHub.into());
        }
        let certificate = signed.hello.certificate.as_ref();
        let peer = Peer::known(&self.config.roster, signed.hello.device, certificate, now)?;
        if !signed.is_signed_by(&peer.key) {
            return Err(Refusal::BadSignature.into());
        }
        Ok(Guest { peer, hello: signed.hello })
    }

    fn me(&self) -> DeviceId {
        self.config.key.verifying_key().device_id()
    }

    /// All that came is stored: what it makes the hub hold is asked for.
    fn answer(&self, now: Timestamp, effects: &mut Vec<ServerEffect>) {
        let Phase::Ended(guest) = &self.phase else { return };
        let roster = &self.config.roster;
        let served = |partition: &Partition| {
            guest.peer.may_receive(roster, *partition, now) || guest.peer.may_bring(roster, *partition, now)
        };
        effects.push(ServerEffect::LoadVector(guest.hello.vector.0.keys().copied().filter(served).collect()));
    }

    /// The welcome, and the first of what the device lacks.
    fn welcome(&mut self, now: Timestamp, ours: &Vector, effects: &mut Vec<ServerEffect>) {
        let guest = match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Ended(guest) => *guest,
            other => {
                self.phase = other;
                return;
            }
        };
        let mut differences = BTreeMap::new();
        let mut denied = BTreeMap::new();
        let mut vectors = BTreeMap::new();
        let mut lacking = Vec::new();
        let mut entries = 0;
        let nothing = PartitionVector::default();
        for (partition, theirs) in &guest.hello.vector.0 {
            let receives = guest.peer.may_receive(&self.config.roster, *partition, now);
            if !receives && !guest.peer.may_bring(&self.config.roster, *partition, now) {
                denied.insert(*partition, Denied::Everything);
                continue;
            }
            let mut held = ours.partition(*partition).unwrap_or(&nothing).clone();
            if receives {
                let beyond = held.entries_beyond(theirs);
                entries += beyond;
                if beyond > 0 {
                    lacking.push((*partition, theirs.clone()));
                }
            } else {
                // It may not see the others' logs, but it has to learn that its own late work arrived.
                held.0.retain(|log, _| theirs.0.contains_key(log));
                denied.insert(*partition, Denied::Receiving);
            }
            vectors.insert(*partition, held.hash());
            let difference = held.difference_from(theirs);
            if !difference.is_empty() {
                differences.insert(*partition, difference);
            }
        }
        let effort = if entries > limits::HISTORY_ENTRIES { Effort::Quick } else { Effort::Thorough };
        let problems = self.summary.problems.clone();
        let welcome = Welcome { time: now, differences, denied, problems, entries };
        let body = welcome.to_bytes(|welcome| {
            let hub = self.config.key.verifying_key().device_id();
            let (device, nonce) = (guest.hello.device, guest.hello.nonce);
            Acknowledgement { hub, device, nonce, time: now, vectors, welcome }.sign(&self.config.key)
        });
        let mut bytes = wire::response_preamble(Some(Versions::OURS.most), Versions::OURS);
        bytes.extend(wire::part(PartKind::Welcome, &body));
        self.send([Sending { bytes, entries: 0 }], effects);
        let mut outbox = Outbox::new(self.config.codec.clone(), effort, self.config.budget, lacking);
        let then = outbox.next();
        self.phase = Phase::Sending(outbox);
        self.proceed(then, effects);
    }

    fn send(&mut self, sendings: impl IntoIterator<Item = Sending>, effects: &mut Vec<ServerEffect>) {
        for sending in sendings {
            self.summary.sent.bytes += sending.bytes.len() as u64;
            self.summary.sent.entries += sending.entries;
            effects.push(ServerEffect::Send(sending.bytes));
        }
    }

    fn proceed(&mut self, then: Then, effects: &mut Vec<ServerEffect>) {
        match then {
            Then::Load(wanted) => effects.push(ServerEffect::Load(wanted)),
            Then::Finished { rest, problems } => {
                note(&mut self.summary.problems, problems.iter().copied());
                let bytes = wire::part(PartKind::End, &End { rest, problems }.to_bytes());
                self.send([Sending { bytes, entries: 0 }], effects);
                self.finish(effects);
            }
        }
    }

    fn refuse(&mut self, refusal: Refusal, effects: &mut Vec<ServerEffect>) {
        let chosen = if matches!(refusal, Refusal::Version { .. }) { None } else { Some(Versions::OURS.most) };
        let mut bytes = Vec::new();
        if !matches!(self.phase, Phase::Sending(_)) {
            bytes = wire::response_preamble(chosen, Versions::OURS);
        }
        bytes.extend(wire::part(PartKind::Refusal, &refusal.to_bytes()));
        self.summary.refusal = Some(refusal);
        self.send([Sending { bytes, entries: 0 }], effects);
    }

    fn finish(&mut self, effects: &mut Vec<ServerEffect>) {
        self.phase = Phase::Done;
        effects.push(ServerEffect::Done(std::mem::take(&mut self.summary)));
    }
}

/// A response for a hub that cannot even begin an exchange, such as one that is stopping or serving too many.
pub fn refusal_response(refusal: &Refusal) -> Vec<u8> {
    let mut bytes = wire::response_preamble(Some(Versions::OURS.most), Versions::OURS);
    bytes.extend(wire::part(PartKind::Refusal, &refusal.to_bytes()));
    bytes
}
