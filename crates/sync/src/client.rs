//! A device's side: a session of as many exchanges as it takes until both sides hold the same.
//!
//! One exchange is one request and one response. With the vector go, without waiting, the entries that this hub has not
//! acknowledged yet; the response brings what the device lacks. So a day's work takes one round trip. After an attempt that
//! did not come to its end the device sends no entry before it has seen the hub's vector: on a link that drops every half
//! minute, what already arrived is not sent again.

mod event;
mod outcome;

use std::collections::{BTreeMap, BTreeSet};

use chaski_values::{LogId, Partition, Timestamp};

use crate::exchange::{Inbox, Introduced, Outbox, Progress, Sending, Then};
use crate::message::{Acknowledgement, Denied, End, Hello, Problem, ProblemCode, Refusal, Rest, Welcome};
use crate::wire::{self, Part, PartKind, StreamReader, Versions};
use crate::{Effort, Head, PartitionVector, Vector, limits};

pub use event::{Acknowledged, ClientConfig, ClientEffect, ClientEvent, Push, Round};
pub use outcome::{Fault, Frozen, Outcome, Summary};

/// A device's side of a session.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    phase: Phase,
    reader: StreamReader,
    inbox: Inbox,
    /// What the hub is known or, at first, thought to hold.
    theirs: Vector,
    push: Push,
    certificate: Shown,
    round: Option<Round>,
    ingesting: usize,
    /// Of this round.
    response_bytes: usize,
    /// New entries of this round.
    new: u64,
    /// Whether this round taught what the hub holds otherwise than was thought.
    learnt: Learnt,
    sent_before: u64,
    received_before: u64,
    summary: Summary,
}

#[derive(Debug)]
enum Phase {
    /// Waiting for a round to begin.
    Idle,
    Sending(Outbox),
    Preamble,
    Greeting,
    Taking,
    /// The hub said that this is all.
    Ended(Rest),
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    No,
    Yes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Learnt {
    Nothing,
    Something,
}

impl Client {
    pub fn new(config: ClientConfig) -> Self {
        let certificate = if config.acknowledged.0.is_empty() { Shown::Yes } else { Shown::No };
        Self {
            phase: Phase::Idle,
            reader: StreamReader::default(),
            inbox: Inbox::new(config.codec.clone(), config.roster.clone()),
            theirs: config.acknowledged.clone(),
            push: config.push,
            certificate,
            round: None,
            ingesting: 0,
            response_bytes: 0,
            new: 0,
            learnt: Learnt::Nothing,
            sent_before: 0,
            received_before: 0,
            summary: Summary {
                outcome: Outcome::Complete,
                progress: Progress::default(),
                new: 0,
                rounds: 0,
                problems: BTreeSet::new(),
                denied: BTreeMap::new(),
                hub_time: None,
            },
            config,
        }
    }

    /// What to do about an event. `now` is the device's clock, which is only told, never believed.
    pub fn step(&mut self, now: Timestamp, event: ClientEvent) -> Vec<ClientEffect> {
        let mut effects = Vec::new();
        if matches!(self.phase, Phase::Done) {
            return effects;
        }
        if let Err(outcome) = self.on(now, event, &mut effects) {
            self.finish(outcome, &mut effects);
        }
        effects
    }

    fn on(&mut self, now: Timestamp, event: ClientEvent, effects: &mut Vec<ClientEffect>) -> Result<(), Outcome> {
        match event {
            ClientEvent::Round(round) => {
                if matches!(self.phase, Phase::Idle) {
                    self.begin(now, round, effects);
                }
                Ok(())
            }
            ClientEvent::Received(bytes) => {
                self.summary.progress.received.bytes += bytes.len() as u64;
                self.response_bytes = self.response_bytes.saturating_add(bytes.len());
                if self.response_bytes > limits::RESPONSE_BYTES {
                    return Err(Outcome::Faulty(Fault::TooLong));
                }
                self.reader.give(&bytes);
                self.read(effects)
            }
            ClientEvent::ResponseEnded => match self.phase {
                Phase::Ended(_) | Phase::Idle => Ok(()),
                Phase::Sending(_) | Phase::Preamble | Phase::Greeting | Phase::Taking | Phase::Done => {
                    Err(Outcome::Interrupted)
                }
            },
            ClientEvent::Cut => match self.phase {
                // The round was over; the next one will find out for itself whether there is a link.
                Phase::Idle => Ok(()),
                Phase::Sending(_)
                | Phase::Preamble
                | Phase::Greeting
                | Phase::Taking
                | Phase::Ended(_)
                | Phase::Done => Err(Outcome::Interrupted),
            },
            ClientEvent::Ingested(ingested) => {
                self.ingesting = self.ingesting.saturating_sub(1);
                self.summary.progress.received.entries += ingested.new + ingested.known;
                self.summary.new += ingested.new;
                self.new += ingested.new;
                self.note(ingested.problems);
                effects.push(ClientEffect::Progress(self.summary.progress));
                self.take_all(effects)
            }
            ClientEvent::NotOpened(problem) => {
                self.note([problem]);
                Ok(())
            }
            ClientEvent::Loaded(loaded) => {
                let Phase::Sending(outbox) = &mut self.phase else { return Ok(()) };
                let (sendings, then) = outbox.loaded(loaded);
                self.send(sendings, effects);
                self.proceed(then, effects);
                Ok(())
            }
            ClientEvent::StoreFailed => Err(Outcome::StoreFailed),
        }
    }

    fn begin(&mut self, now: Timestamp, round: Round, effects: &mut Vec<ClientEffect>) {
        self.summary.rounds += 1;
        self.reader = StreamReader::default();
        self.inbox = Inbox::new(self.config.codec.clone(), self.config.roster.clone());
        self.response_bytes = 0;
        self.new = 0;
        self.learnt = Learnt::Nothing;
        let lacking: Vec<_> = match self.push {
            Push::AfterVector => Vec::new(),
            Push::AtOnce => self.lacking(&round.vector),
        };
        self.sent_before = self.summary.progress.sent.entries;
        self.received_before = self.summary.progress.received.entries;
        self.summary.progress.to_send = self.sent_before + self.behind(&round.vector);
        let hello = Hello {
            hub: self.config.hub.device_id(),
            device: self.config.key.verifying_key().device_id(),
            nonce: round.nonce,
            time: now,
            vector: round.vector.clone(),
            certificate: self.config.certificate.clone().filter(|_| self.certificate == Shown::Yes),
        };
        let mut bytes = wire::request_preamble(Versions::OURS);
        bytes.extend(wire::part(PartKind::Hello, &hello.sign(&self.config.key)));
        self.send([Sending { bytes, entries: 0 }], effects);
        self.round = Some(round);
        let mut outbox = Outbox::new(self.config.codec.clone(), Effort::Thorough, self.config.budget, lacking);
        let then = outbox.next();
        self.phase = Phase::Sending(outbox);
        self.proceed(then, effects);
    }

    /// The partitions of which the hub lacks something, with what it holds of them.
    fn lacking(&self, ours: &Vector) -> Vec<(Partition, PartitionVector)> {
        let served = |partition: &Partition| self.summary.denied.get(partition) != Some(&Denied::Everything);
        let held = |partition: Partition| self.theirs.partition(partition).cloned().unwrap_or_default();
        let partitions = ours.0.iter().filter(|(partition, _)| served(partition));
        let beyond = partitions.map(|(partition, heads)| (*partition, heads, held(*partition)));
        beyond
            .filter(|(_, heads, theirs)| self.level(heads).entries_beyond(theirs) > 0)
            .map(|(partition, _, theirs)| (partition, theirs))
            .collect()
    }

    /// How many entries the hub lacks.
    fn behind(&self, ours: &Vector) -> u64 {
        let beyond = |(partition, theirs): (Partition, PartitionVector)| {
            ours.partition(partition).map_or(0, |heads| self.level(heads).entries_beyond(&theirs))
        };
        self.lacking(ours).into_iter().map(beyond).sum()
    }

    /// Without the logs that forked: neither side can take the other's branch, and both know.
    fn level(&self, heads: &PartitionVector) -> PartitionVector {
        let mut heads = heads.clone();
        for problem in self.summary.problems.iter().filter(|problem| problem.code == ProblemCode::Forked) {
            heads.0.remove(&problem.log);
        }
        heads
    }

    fn send(&mut self, sendings: impl IntoIterator<Item = Sending>, effects: &mut Vec<ClientEffect>) {
        for sending in sendings {
            self.summary.progress.sent.bytes += sending.bytes.len() as u64;
            self.summary.progress.sent.entries += sending.entries;
            effects.push(ClientEffect::Send(sending.bytes));
            if sending.entries > 0 {
                effects.push(ClientEffect::Progress(self.summary.progress));
            }
        }
    }

    fn proceed(&mut self, then: Then, effects: &mut Vec<ClientEffect>) {
        match then {
            Then::Load(wanted) => effects.push(ClientEffect::Load(wanted)),
            Then::Finished { rest, problems } => {
                self.note(problems.iter().copied());
                let bytes = wire::part(PartKind::End, &End { rest, problems }.to_bytes());
                self.send([Sending { bytes, entries: 0 }], effects);
                effects.push(ClientEffect::EndRequest);
                self.phase = Phase::Preamble;
            }
        }
    }

    fn read(&mut self, effects: &mut Vec<ClientEffect>) -> Result<(), Outcome> {
        // A hub may refuse before the request is whole.
        if matches!(self.phase, Phase::Preamble | Phase::Sending(_)) {
            let Some((chosen, theirs)) = self.reader.response_preamble().map_err(faulty)? else { return Ok(()) };
            match chosen {
                None => return Err(Outcome::Refused(Refusal::Version { theirs, ours: Versions::OURS })),
                Some(version) if Versions::OURS.common(Versions { least: version, most: version }).is_none() => {
                    return Err(Outcome::Faulty(Fault::VersionNotOffered(version)));
                }
                Some(_) => self.phase = Phase::Greeting,
            }
        }
        self.take_all(effects)
    }

    /// Takes what is whole, one frame at a time: what a frame becomes is many times what it was.
    fn take_all(&mut self, effects: &mut Vec<ClientEffect>) -> Result<(), Outcome> {
        while self.ingesting == 0
            && let Some(part) = self.reader.part().map_err(faulty)?
        {
            self.take(&part, effects)?;
        }
        Ok(())
    }

    fn take(&mut self, part: &Part, effects: &mut Vec<ClientEffect>) -> Result<(), Outcome> {
        match (&self.phase, part.kind) {
            (_, PartKind::Unknown) => {}
            (Phase::Greeting | Phase::Taking, PartKind::Refusal) => {
                let refusal = Refusal::from_bytes(&part.body).map_err(faulty)?;
                if refusal == Refusal::CertificateNeeded && self.certificate == Shown::No {
                    self.certificate = Shown::Yes;
                    self.phase = Phase::Idle;
                    effects.push(ClientEffect::BeginRound);
                    return Ok(());
                }
                return Err(Outcome::Refused(refusal));
            }
            (Phase::Greeting, PartKind::Welcome) => {
                self.welcomed(&part.body, effects)?;
                self.phase = Phase::Taking;
            }
            (Phase::Taking, PartKind::Opening) => match self.inbox.opening(&part.body).map_err(faulty)? {
                Introduced::Admitted(introduction) => {
                    self.check_served(introduction.opening.partition())?;
                    effects.push(ClientEffect::Open(introduction));
                }
                Introduced::Refused(problem) => self.note([problem]),
            },
            (Phase::Taking, PartKind::Frame) => {
                let frame = self.inbox.frame(&part.body).map_err(faulty)?;
                self.check_served(frame.partition)?;
                self.ingesting += 1;
                effects.push(ClientEffect::Ingest(frame));
            }
            (Phase::Taking, PartKind::End) => {
                let end = End::from_bytes(&part.body).map_err(faulty)?;
                self.note(end.problems);
                self.phase = Phase::Ended(end.rest);
                self.conclude(effects)?;
            }
            (
                Phase::Idle
                | Phase::Sending(_)
                | Phase::Preamble
                | Phase::Greeting
                | Phase::Taking
                | Phase::Ended(_)
                | Phase::Done,
                PartKind::Hello
                | PartKind::Welcome
                | PartKind::Opening
                | PartKind::Frame
                | PartKind::End
                | PartKind::Refusal,
            ) => return Err(Outcome::Faulty(Fault::OutOfPlace)),
        }
        Ok(())
    }

    /// Only what was asked for is taken.
    fn check_served(&self, partition: Partition) -> Result<(), Outcome> {
        let asked = self.round.as_ref().is_some_and(|round| round.vector.0.contains_key(&partition));
        if asked { Ok(()) } else { Err(Outcome::Faulty(Fault::OutOfPlace)) }
    }

    fn welcomed(&mut self, body: &[u8], effects: &mut Vec<ClientEffect>) -> Result<(), Outcome> {
        let (welcome, hash, signature) = Welcome::from_bytes(body).map_err(faulty)?;
        let Some(round) = &self.round else { return Err(Outcome::Faulty(Fault::OutOfPlace)) };
        let mut vector = Vector::default();
        let none = BTreeMap::new();
        for (partition, ours) in &round.vector.0 {
            if welcome.denied.get(partition) != Some(&Denied::Everything) {
                let difference = welcome.differences.get(partition).unwrap_or(&none);
                vector.0.insert(*partition, ours.with_difference(difference));
            }
        }
        let acknowledgement = Acknowledgement {
            hub: self.config.hub.device_id(),
            device: self.config.key.verifying_key().device_id(),
            nonce: round.nonce,
            time: welcome.time,
            vectors: vector.0.iter().map(|(partition, heads)| (*partition, heads.hash())).collect(),
            welcome: hash,
        };
        if !acknowledgement.is_signed_by(&self.config.hub, &signature) {
            return Err(Outcome::Faulty(Fault::BadSignature));
        }
        self.learnt = if self.theirs == vector { Learnt::Nothing } else { Learnt::Something };
        self.theirs = vector.clone();
        self.summary.denied = welcome.denied;
        self.summary.hub_time = Some(welcome.time);
        self.summary.progress.to_receive = self.received_before.saturating_add(welcome.entries);
        self.note(welcome.problems);
        self.find_forks();
        effects.push(ClientEffect::Acknowledged(Acknowledged { vector, acknowledgement, signature }));
        effects.push(ClientEffect::Progress(self.summary.progress));
        Ok(())
    }

    /// Which logs the hub holds otherwise: of this device, so that it must stop, or of another, to be told.
    fn find_forks(&mut self) {
        let Some(round) = &self.round else { return };
        let mut forked = Vec::new();
        let mut ahead = None;
        for (partition, theirs) in &self.theirs.0 {
            for (log, theirs) in &theirs.0 {
                let ours = round.vector.partition(*partition).and_then(|heads| heads.0.get(log)).copied();
                if ours.is_some_and(|ours| ours.seq == theirs.seq && ours.hash != theirs.hash) {
                    forked.push(Problem { log: *log, code: ProblemCode::Forked, seq: theirs.seq });
                } else if round.own.contains(log) && theirs.seq > ours.map_or(0, |head| head.seq) {
                    ahead = Some((*log, ours, Frozen::Ahead(*theirs)));
                }
            }
        }
        self.note(forked);
        if let Some((log, ours, theirs)) = ahead {
            self.freeze(log, ours, theirs);
        }
    }

    fn note(&mut self, problems: impl IntoIterator<Item = Problem>) {
        for problem in problems {
            let round = self.round.as_ref();
            if problem.code == ProblemCode::Forked && round.is_some_and(|round| round.own.contains(&problem.log)) {
                let head = |heads: &PartitionVector| heads.0.get(&problem.log).copied();
                let ours = round.and_then(|round| round.vector.0.values().find_map(head));
                self.freeze(problem.log, ours, Frozen::Forked { seq: problem.seq });
            }
            if self.summary.problems.len() < limits::PROBLEMS {
                self.summary.problems.insert(problem);
            }
        }
    }

    /// Notes that this is how the session ends; from here on nothing is sent, and what the hub has is still received.
    fn freeze(&mut self, log: LogId, ours: Option<Head>, theirs: Frozen) {
        if !matches!(self.summary.outcome, Outcome::Frozen { .. }) {
            self.summary.outcome = Outcome::Frozen { log, ours, theirs };
        }
    }

    /// Ends the round, when all that came is stored: with another one, or with the session.
    fn conclude(&mut self, effects: &mut Vec<ClientEffect>) -> Result<(), Outcome> {
        let Phase::Ended(rest) = self.phase else { return Ok(()) };
        let Some(round) = &self.round else { return Ok(()) };
        let frozen = matches!(self.summary.outcome, Outcome::Frozen { .. });
        let to_push = !frozen && self.behind(&round.vector) > 0;
        let to_pull = rest == Rest::More;
        let moved = self.new > 0 || self.learnt == Learnt::Something || (to_push && self.push == Push::AfterVector);
        self.push = if frozen { Push::AfterVector } else { Push::AtOnce };
        if !to_push && !to_pull {
            let outcome = if self.is_level(round) { Outcome::Complete } else { Outcome::Stalled };
            return Err(outcome);
        }
        if !moved || self.summary.rounds >= limits::ROUNDS {
            return Err(Outcome::Stalled);
        }
        self.phase = Phase::Idle;
        effects.push(ClientEffect::BeginRound);
        Ok(())
    }

    /// Whether the device now has all that the hub said it has for it.
    fn is_level(&self, round: &Round) -> bool {
        let receives = |partition: &Partition| !self.summary.denied.contains_key(partition);
        let lacked: u64 = self
            .theirs
            .0
            .iter()
            .filter(|(partition, _)| receives(partition))
            .filter_map(|(partition, theirs)| {
                Some(self.level(theirs).entries_beyond(round.vector.partition(*partition)?))
            })
            .sum();
        self.new >= lacked
    }

    fn finish(&mut self, outcome: Outcome, effects: &mut Vec<ClientEffect>) {
        self.phase = Phase::Done;
        // What froze the device outweighs how the session then ended.
        if !matches!(self.summary.outcome, Outcome::Frozen { .. }) {
            self.summary.outcome = outcome;
        }
        effects.push(ClientEffect::Done(self.summary.clone()));
    }
}

fn faulty(fault: impl Into<Fault>) -> Outcome {
    Outcome::Faulty(fault.into())
}
