use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use chaski_values::{Key, LogId, Scalar, Timestamp};

use crate::change::{Header, encode};
use crate::{Alternative, ChangeHash, Held, OpId, Put, RawChange, Refusal, Shape, Step, Written, limits};

/// The keys of a record's head that are written once: what kind of record it is, and in whose district.
const WRITTEN_ONCE: [&str; 2] = ["_t", "_p"];

/// The changes of one record and what follows from them: who came before whom, and what stands at each key.
///
/// For a flat map of puts the rule of merging is one line: a value stands until a later operation names it as replaced, and
/// of several the greatest [`OpId`] wins. Keeping that here makes the state at any point of the past cheap to ask for,
/// which admission and history need, and keeps outside changes away from the document engine until they are judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// In the order they were let in: a change stands after what it was made on top of.
    changes: Vec<Arc<Judged>>,
    places: BTreeMap<ChangeHash, usize>,
    heads: BTreeSet<ChangeHash>,
    /// Each log's changes, by sequence.
    logs: BTreeMap<LogId, Vec<Own>>,
    keys: BTreeMap<Key, Slot>,
    /// Places in the canonical order, unless `disordered`.
    order: Vec<usize>,
    disordered: bool,
    operations: usize,
}

/// One change of a log, with the number of operations in the log up to its end.
#[derive(Debug, Clone, Copy)]
struct Own {
    operations: u64,
}

/// A change that was let in.
#[derive(Debug)]
struct Judged {
    raw: RawChange,
    shape: Shape,
    past: Past,
}

/// A change's causal past, itself not included: the last sequence of each log in it, and what that adds up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Past {
    clock: BTreeMap<LogId, u64>,
    /// The greatest logical time in it.
    end: u64,
    operations: u64,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    /// Every operation at the key.
    all: BTreeMap<OpId, Found>,
    /// Those that none replaced, in ascending order: the winner last.
    standing: Vec<OpId>,
}

/// Where an operation is found, and which changes replaced its value.
#[derive(Debug, Clone)]
struct Found {
    change: usize,
    put: usize,
    replaced_by: Vec<usize>,
}

/// A change that was judged admissible but not yet let in.
#[derive(Debug)]
pub(crate) struct Admissible {
    raw: RawChange,
    shape: Shape,
    past: Past,
}

/// What judging found, other than a reason to refuse.
#[derive(Debug)]
pub(crate) enum Verdict {
    Ready(Admissible),
    Known,
    Waiting(Vec<ChangeHash>),
}

impl Judged {
    fn end(&self) -> u64 {
        self.raw.start() + self.raw.operations() as u64 - 1
    }
}

impl Admissible {
    pub(crate) fn hash(&self) -> ChangeHash {
        self.raw.hash()
    }
}

impl Past {
    fn holds(&self, log: LogId, seq: u64) -> bool {
        self.clock.get(&log).is_some_and(|last| *last >= seq)
    }
}

impl Ledger {
    /// Judges a change by itself and by its causal past.
    pub(crate) fn judge(&self, change: &RawChange) -> Result<Verdict, Refusal> {
        if self.contains(&change.hash()) {
            return Ok(Verdict::Known);
        }
        let shape = change.check_shape()?;
        let missing: Vec<_> = change.deps().iter().filter(|dep| !self.contains(dep)).copied().collect();
        if !missing.is_empty() {
            return Ok(Verdict::Waiting(missing));
        }
        let past = self.past_of(change.deps())?;
        self.check_place(change, &past)?;
        let at_heads = change.deps().len() == self.heads.len() && change.deps().iter().eq(&self.heads);
        for put in shape.puts() {
            let standing = match at_heads {
                true => self.keys.get(&put.key).map_or_else(Vec::new, |slot| slot.standing.clone()),
                false => self.standing_in(&past, &put.key),
            };
            if !standing.is_empty() && WRITTEN_ONCE.contains(&put.key.as_str()) {
                return Err(Refusal::WrittenOnce { key: put.key.clone() });
            }
            if standing != put.preds {
                return Err(Refusal::WrongPredecessors { key: put.key.clone() });
            }
        }
        // Last, since only this depends on what else the record holds.
        if self.logs.get(&change.log()).is_some_and(|own| own.len() as u64 >= change.seq()) {
            return Err(Refusal::Forked { log: change.log(), seq: change.seq() });
        }
        Ok(Verdict::Ready(Admissible { raw: change.clone(), shape, past }))
    }

    fn past_of(&self, deps: &[ChangeHash]) -> Result<Past, Refusal> {
        let deps: Vec<&Judged> = deps.iter().filter_map(|dep| self.at(dep)).collect();
        let mut past = Past::default();
        for dep in &deps {
            for (log, seq) in &dep.past.clock {
                let last = past.clock.entry(*log).or_default();
                *last = (*last).max(*seq);
            }
            // Looked at on the way: joining a thousand heads must not hold a thousand pasts.
            if past.clock.len() > limits::RECORD_LOGS {
                return Err(Refusal::TooManyLogs { logs: past.clock.len() });
            }
        }
        for dep in &deps {
            if past.holds(dep.raw.log(), dep.raw.seq()) {
                return Err(Refusal::RedundantDependency { change: dep.raw.hash() });
            }
        }
        for dep in &deps {
            past.clock.insert(dep.raw.log(), dep.raw.seq());
            past.end = past.end.max(dep.end());
        }
        past.operations = past.clock.iter().map(|(log, seq)| self.operations_of(*log, *seq)).sum();
        Ok(past)
    }

    /// How many operations the first `seq` changes of `log` have.
    fn operations_of(&self, log: LogId, seq: u64) -> u64 {
        let own = self.logs.get(&log).map_or(&[][..], Vec::as_slice);
        own.iter().take(seq as usize).next_back().map_or(0, |last| last.operations)
    }

    fn check_place(&self, change: &RawChange, past: &Past) -> Result<(), Refusal> {
        let logs = past.clock.len() + usize::from(!past.clock.contains_key(&change.log()));
        if logs > limits::RECORD_LOGS {
            return Err(Refusal::TooManyLogs { logs });
        }
        let expected = past.clock.get(&change.log()).map_or(1, |last| last + 1);
        if change.seq() != expected {
            return Err(Refusal::WrongSeq { expected, found: change.seq() });
        }
        let expected = past.end + 1;
        if change.start() != expected {
            return Err(Refusal::WrongStart { expected, found: change.start() });
        }
        let changes = past.clock.values().sum::<u64>() + 1;
        if changes > limits::RECORD_CHANGES as u64 {
            return Err(Refusal::RecordTooLong { changes });
        }
        let operations = past.operations + change.operations() as u64;
        if operations > limits::RECORD_OPERATIONS as u64 {
            return Err(Refusal::RecordFull { operations });
        }
        Ok(())
    }

    /// The operations that stood at `key` for someone who knew `past` and nothing else, in ascending order.
    fn standing_in(&self, past: &Past, key: &Key) -> Vec<OpId> {
        let Some(slot) = self.keys.get(key) else { return Vec::new() };
        let is_known = |change: usize| past.holds(self.changes[change].raw.log(), self.changes[change].raw.seq());
        // Down from what stands today, through what was not known, to what was: the cost is that of what was not known.
        let mut standing = BTreeSet::new();
        let mut seen: BTreeSet<OpId> = slot.standing.iter().copied().collect();
        let mut next = slot.standing.clone();
        while let Some(id) = next.pop() {
            let Some(found) = slot.all.get(&id) else { continue };
            if !is_known(found.change) {
                let preds = self.put(found).map_or(&[][..], |put| &put.preds);
                next.extend(preds.iter().filter(|pred| seen.insert(**pred)));
            } else if !found.replaced_by.iter().any(|change| is_known(*change)) {
                standing.insert(id);
            }
        }
        standing.into_iter().collect()
    }

    /// Lets a change in. `judge` was asked of this very ledger.
    pub(crate) fn let_in(&mut self, Admissible { raw, shape, past }: Admissible) {
        let change = self.changes.len();
        // What is made on top of everything is the last in any order.
        self.disordered |= !raw.deps().iter().eq(&self.heads);
        self.order.push(change);
        for (put, Put { key, preds, .. }) in shape.puts().iter().enumerate() {
            let id = OpId { counter: raw.start() + put as u64, log: raw.log() };
            let slot = self.keys.entry(key.clone()).or_default();
            for pred in preds {
                if let Some(found) = slot.all.get_mut(pred) {
                    found.replaced_by.push(change);
                }
            }
            slot.all.insert(id, Found { change, put, replaced_by: Vec::new() });
            slot.standing.retain(|standing| preds.binary_search(standing).is_err());
            let at = slot.standing.partition_point(|standing| *standing < id);
            slot.standing.insert(at, id);
        }
        self.operations += raw.operations();
        raw.deps().iter().for_each(|dep| {
            self.heads.remove(dep);
        });
        self.heads.insert(raw.hash());
        self.places.insert(raw.hash(), change);
        let own = self.logs.entry(raw.log()).or_default();
        let before = own.last().map_or(0, |last| last.operations);
        own.push(Own { operations: before + raw.operations() as u64 });
        self.changes.push(Arc::new(Judged { raw, shape, past }));
    }

    /// Puts the changes in canonical order, after some were let in.
    pub(crate) fn settle(&mut self) {
        if std::mem::take(&mut self.disordered) {
            self.order = canonical_order(&self.raw_changes().collect::<Vec<_>>());
        }
    }

    fn raw_changes(&self) -> impl Iterator<Item = &RawChange> {
        self.changes.iter().map(|judged| &judged.raw)
    }

    fn at(&self, change: &ChangeHash) -> Option<&Judged> {
        self.places.get(change).map(|place| &*self.changes[*place])
    }

    fn put(&self, found: &Found) -> Option<&Put> {
        self.changes.get(found.change)?.shape.puts().get(found.put)
    }

    pub(crate) fn contains(&self, change: &ChangeHash) -> bool {
        self.places.contains_key(change)
    }

    pub(crate) fn heads(&self) -> &BTreeSet<ChangeHash> {
        &self.heads
    }

    pub(crate) fn hashes(&self) -> impl Iterator<Item = &ChangeHash> {
        self.places.keys()
    }

    pub(crate) fn operations(&self) -> usize {
        self.operations
    }

    /// The changes in canonical order.
    pub(crate) fn in_order(&self) -> impl ExactSizeIterator<Item = &RawChange> {
        self.order.iter().map(|place| &self.changes[*place].raw)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.keys()
    }

    /// The keys a change wrote.
    pub(crate) fn keys_of(&self, change: &ChangeHash) -> impl Iterator<Item = &Key> {
        self.at(change).into_iter().flat_map(|judged| judged.shape.puts()).map(|put| &put.key)
    }

    pub(crate) fn winner(&self, key: &Key) -> Option<&Scalar> {
        self.standing(key).last()
    }

    /// The values that stand at `key`, the winner last.
    fn standing(&self, key: &Key) -> impl DoubleEndedIterator<Item = &Scalar> {
        let slot = self.keys.get(key).into_iter();
        slot.flat_map(|slot| slot.standing.iter().filter_map(|id| slot.all.get(id)))
            .filter_map(|found| self.put(found))
            .map(|put| &put.scalar)
    }

    pub(crate) fn is_conflict(&self, key: &Key) -> bool {
        let mut standing = self.standing(key);
        standing.next().is_some_and(|first| standing.any(|other| other != first))
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Held> {
        let slot = self.keys.get(key)?;
        let (winner, others) = slot.standing.split_last()?;
        let read = |id: &OpId| {
            let found = slot.all.get(id)?;
            let judged = self.changes.get(found.change)?;
            Some(Alternative {
                scalar: self.put(found)?.scalar.clone(),
                log: judged.raw.log(),
                change: judged.raw.hash(),
                at: judged.raw.at(),
            })
        };
        Some(Held { winner: read(winner)?, others: others.iter().rev().filter_map(read).collect() })
    }

    pub(crate) fn history(&self) -> Vec<Step> {
        self.order.iter().map(|place| self.step(&self.changes[*place])).collect()
    }

    fn step(&self, judged: &Judged) -> Step {
        let written = |put: &Put| {
            let mut replaced: Vec<Scalar> = put.preds.iter().filter_map(|id| self.scalar_of(*id, &put.key)).collect();
            let before = replaced.pop();
            replaced.reverse();
            (put.key.clone(), Written { before, settled: replaced, after: put.scalar.clone() })
        };
        Step {
            change: judged.raw.hash(),
            log: judged.raw.log(),
            seq: judged.raw.seq(),
            at: judged.raw.at(),
            deps: judged.raw.deps().to_vec(),
            writes: judged.shape.puts().iter().map(written).collect(),
        }
    }

    fn scalar_of(&self, id: OpId, key: &Key) -> Option<Scalar> {
        self.put(self.keys.get(key)?.all.get(&id)?).map(|put| put.scalar.clone())
    }

    /// The bytes of the change that writes `writes` on top of everything; nothing when none of them alters anything.
    pub(crate) fn write(&self, log: LogId, at: Timestamp, writes: &[(Key, Scalar)]) -> Option<Vec<u8>> {
        let writes: BTreeMap<&Key, &Scalar> = writes.iter().map(|(key, scalar)| (key, scalar)).collect();
        let puts: Vec<Put> = writes
            .into_iter()
            .filter(|(key, scalar)| {
                self.winner(key).is_none() || self.standing(key).any(|standing| standing != *scalar)
            })
            .map(|(key, scalar)| Put {
                key: key.clone(),
                scalar: scalar.clone(),
                preds: self.keys.get(key).map_or_else(Vec::new, |slot| slot.standing.clone()),
            })
            .collect();
        let header = Header {
            log,
            seq: self.logs.get(&log).map_or(0, |own| own.len() as u64) + 1,
            start: self.heads.iter().filter_map(|head| self.at(head)).map(Judged::end).max().unwrap_or(0) + 1,
            at,
            deps: self.heads.iter().copied().collect(),
        };
        (!puts.is_empty()).then(|| encode(&header, &puts))
    }
}

/// The one order of a set of changes that depends on nothing but the set: of the changes whose dependencies have been
/// named, the one with the smallest hash comes next. Dependencies outside the set are taken as named.
pub(crate) fn canonical_order(changes: &[&RawChange]) -> Vec<usize> {
    let places: BTreeMap<ChangeHash, usize> =
        changes.iter().enumerate().map(|(place, change)| (change.hash(), place)).collect();
    let mut waits = vec![0usize; changes.len()];
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); changes.len()];
    for place in places.values() {
        for dep in changes[*place].deps().iter().filter_map(|dep| places.get(dep)) {
            waits[*place] += 1;
            waiting[*dep].push(*place);
        }
    }
    let mut ready: BinaryHeap<Reverse<(ChangeHash, usize)>> =
        places.iter().filter(|(_, place)| waits[**place] == 0).map(|(hash, place)| Reverse((*hash, *place))).collect();
    let mut order = Vec::with_capacity(changes.len());
    while let Some(Reverse((_, place))) = ready.pop() {
        order.push(place);
        for next in &waiting[place] {
            waits[*next] -= 1;
            if waits[*next] == 0 {
                ready.push(Reverse((changes[*next].hash(), *next)));
            }
        }
    }
    order
}
