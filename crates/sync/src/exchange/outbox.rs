use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use chaski_values::{LogId, Partition};

use crate::exchange::{Loaded, More, Wanted};
use crate::message::Rest;
use crate::wire::{self, PartKind};
use crate::{Codec, Head, Packer, PartitionVector, Problem, ProblemCode, limits};

/// Sends what the other side lacks, partition by partition, within a budget.
#[derive(Debug)]
pub(crate) struct Outbox {
    codec: Arc<Codec>,
    /// Bytes that may still be sent.
    budget: usize,
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
        budget: usize,
        lacking: impl IntoIterator<Item = (Partition, PartitionVector)>,
    ) -> Self {
        Self {
            codec,
            budget,
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
                self.packer = Some((wanted.clone(), Packer::new(partition)));
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
        for introduction in &loaded.introductions {
            if self.introduced.insert(introduction.opening.log()) {
                self.send(&mut sendings, PartKind::Opening, &introduction.to_bytes(), 0);
            }
        }
        // A store that gives nothing and says that there is more would be asked for ever.
        let more = loaded.more == More::Yes && !loaded.entries.is_empty();
        for stored in &loaded.entries {
            wanted.above.0.insert(stored.entry.log(), Head::from(&stored.entry.tip()));
        }
        packer.add(loaded.entries);
        while self.budget > 0 && if more { packer.has_full_frame() } else { packer.waiting() > 0 } {
            let Some(packed) = packer.next(&self.codec) else { break };
            self.send(&mut sendings, PartKind::Frame, &packed.bytes, packed.entries);
        }
        let waiting = more || packer.waiting() > 0;
        if self.budget == 0 && (waiting || !self.queue.is_empty()) {
            return (sendings, self.finished(Rest::More));
        }
        if more {
            self.packer = Some((wanted.clone(), packer));
            return (sendings, Then::Load(wanted));
        }
        let next = self.next();
        (sendings, next)
    }

    fn send(&mut self, sendings: &mut Vec<Sending>, kind: PartKind, body: &[u8], entries: u64) {
        let bytes = wire::part(kind, body);
        self.budget = self.budget.saturating_sub(bytes.len());
        sendings.push(Sending { bytes, entries });
    }
}
