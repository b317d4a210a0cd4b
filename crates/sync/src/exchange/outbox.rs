use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chaski_values::{LogId, Partition};

use crate::exchange::{Loaded, More, Wanted};
use crate::message::Rest;
use crate::wire::{self, PartKind};
use crate::{Codec, Effort, Head, Introduction, Packer, PartitionVector, Problem, ProblemCode, StoredEntry, limits};

/// Sends what the other side lacks, partition by partition, within a budget.
#[derive(Debug)]
pub(crate) struct Outbox {
    codec: Arc<Codec>,
    effort: Effort,
    /// Bytes that may still be sent.
    budget: usize,
    /// Bytes that may still be sent, as they are before compression.
    raw: usize,
    /// Frames that may still be sent.
    frames: usize,
    queue: VecDeque<(Partition, PartitionVector)>,
    packer: Option<(Wanted, Packer)>,
    introduced: BTreeSet<LogId>,
    problems: Vec<Problem>,
}

/// Bytes to send now, and how many entries are in them.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) bytes: Vec<u8>,
    pub(crate) entries: u64,
}

#[derive(Debug)]
pub(crate) enum Then {
    Load(Wanted),
    Finished { rest: Rest, problems: Vec<Problem> },
}

impl Outbox {
    /// Sends, for each partition, what is beyond what the other side holds.
    pub(crate) fn new(
        codec: Arc<Codec>,
        effort: Effort,
        budget: usize,
        lacking: impl IntoIterator<Item = (Partition, PartitionVector)>,
    ) -> Self {
        Self {
            codec,
            effort,
            budget,
            raw: limits::EXCHANGE_RAW_BYTES,
            frames: limits::EXCHANGE_FRAMES,
            queue: lacking.into_iter().collect(),
            packer: None,
            introduced: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// Turns to the next partition.
    pub(crate) fn next(&mut self) -> Then {
        match self.queue.pop_front() {
            Some((partition, above)) => {
                let wanted = Wanted { partition, above, budget: limits::LOAD_BYTES };
                self.packer = Some((wanted.clone(), Packer::new(partition, self.effort)));
                Then::Load(wanted)
            }
            None => self.finished(Rest::Nothing),
        }
    }

    fn finished(&mut self, rest: Rest) -> Then {
        self.packer = None;
        Then::Finished { rest, problems: std::mem::take(&mut self.problems) }
    }

    pub(crate) fn loaded(&mut self, loaded: Loaded) -> (Vec<Sending>, Then) {
        let mut sendings = Vec::new();
        let Some((mut wanted, mut packer)) =
            self.packer.take().filter(|(wanted, _)| wanted.partition == loaded.partition)
        else {
            return (sendings, self.finished(Rest::Nothing));
        };
        for diverging in loaded.diverging {
            let problem = Problem { log: diverging.log, code: ProblemCode::Forked, seq: diverging.seq };
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        let mut entries = loaded.entries;
        let known = self.introduce(&mut sendings, loaded.introductions, &entries);
        // Nothing may overtake what it rests on: entries from the first of a log that cannot be introduced any more wait for
        // the next exchange.
        let strangers = known < entries.len();
        entries.truncate(known);
        // A store that gives nothing and says that there is more would be asked for ever.
        let more = loaded.more == More::Yes && !strangers && !entries.is_empty();
        for stored in &entries {
            wanted.above.0.insert(stored.entry.log(), Head::from(&stored.entry.tip()));
        }
        packer.add(entries);
        while !self.is_spent() && if more { packer.has_full_frame() } else { packer.waiting() > 0 } {
            let Some(packed) = packer.next(&self.codec) else { break };
            self.raw = self.raw.saturating_sub(packed.raw);
            self.frames = self.frames.saturating_sub(1);
            self.send(&mut sendings, PartKind::Frame, &packed.bytes, packed.entries);
        }
        let waiting = more || packer.waiting() > 0;
        if strangers || self.is_spent() && (waiting || !self.queue.is_empty()) {
            return (sendings, self.finished(Rest::More));
        }
        if more {
            self.packer = Some((wanted.clone(), packer));
            return (sendings, Then::Load(wanted));
        }
        let next = self.next();
        (sendings, next)
    }

    /// Introduces the logs of these entries, as many as one exchange may; gives how many entries are of logs that are known by
    /// then.
    fn introduce(
        &mut self,
        sendings: &mut Vec<Sending>,
        introductions: Vec<Introduction>,
        entries: &[StoredEntry],
    ) -> usize {
        let mut waiting: BTreeMap<LogId, Introduction> =
            introductions.into_iter().map(|introduction| (introduction.opening.log(), introduction)).collect();
        for (known, stored) in entries.iter().enumerate() {
            let log = stored.entry.log();
            let Some(introduction) = waiting.remove(&log).filter(|_| !self.introduced.contains(&log)) else { continue };
            if self.introduced.len() >= limits::EXCHANGE_OPENINGS {
                return known;
            }
            self.introduced.insert(log);
            self.send(sendings, PartKind::Opening, &introduction.to_bytes(), 0);
        }
        entries.len()
    }

    fn is_spent(&self) -> bool {
        self.budget == 0 || self.raw == 0 || self.frames == 0
    }

    fn send(&mut self, sendings: &mut Vec<Sending>, kind: PartKind, body: &[u8], entries: u64) {
        let bytes = wire::part(kind, body);
        self.budget = self.budget.saturating_sub(bytes.len());
        sendings.push(Sending { bytes, entries });
    }
}
