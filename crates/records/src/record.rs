use std::collections::{BTreeMap, BTreeSet};

use chaski_values::{Key, LogId, RecordId, Scalar, Timestamp};

use crate::document;
use crate::ledger::{Admissible, Ledger, Verdict, canonical_order};
use crate::{ChangeHash, Held, RawChange, RecordError, Refusal, Step};

/// One record: its changes, what they add up to, and the Automerge document of them.
#[derive(Debug, Clone)]
pub struct Record {
    id: RecordId,
    ledger: Ledger,
    /// The document of the ledger; nothing while the record is empty.
    saved: Vec<u8>,
}

/// Whether a change may be applied to the record as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    Ready,
    /// The record already holds it.
    Known,
    /// Changes it was made on top of are not here yet; they may be on their way, or quarantined.
    Waiting {
        missing: Vec<ChangeHash>,
    },
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    Merged(Delta),
    Known,
    Waiting { missing: Vec<ChangeHash> },
}

/// What one or more changes did to a record, as a reader sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// The keys that were written: what stands there is not what stood there.
    pub changed: BTreeSet<Key>,
    /// The keys that were not in conflict and now are.
    pub new_conflicts: BTreeSet<Key>,
    /// The keys that were in conflict and are no longer.
    pub settled: BTreeSet<Key>,
}

/// What became of many changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    pub applied: Vec<ChangeHash>,
    pub delta: Delta,
    pub waiting: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    pub refused: BTreeMap<ChangeHash, Refusal>,
}

impl Record {
    /// A record that nothing was written to yet. The first [`Record::commit`] creates it.
    pub fn empty(id: RecordId) -> Self {
        Self { id, ledger: Ledger::default(), saved: Vec::new() }
    }

    /// Builds a record from its changes, in any order.
    ///
    /// # Errors
    /// When a change is refused, or one it depends on is not among them. For changes that may be incomplete or bad, begin
    /// with [`Record::empty`] and use [`Record::apply_all`].
    pub fn from_changes<'a>(
        id: RecordId,
        changes: impl IntoIterator<Item = &'a RawChange>,
    ) -> Result<Self, RecordError> {
        let ledger = judge_all(&changes.into_iter().collect::<Vec<_>>())?;
        if ledger.heads().is_empty() {
            return Ok(Self::empty(id));
        }
        let saved = document::lay_out(&ledger).map_err(RecordError::Unusable)?;
        Ok(Self { id, ledger, saved })
    }

    /// Reads what [`Record::save`] wrote.
    ///
    /// The bytes are taken to be our own cache: every change in them is judged, but the memory to read them is not bounded
    /// as a change's is, and that they are laid out canonically is not checked.
    ///
    /// # Errors
    /// When the bytes are not a saved record.
    pub fn load(id: RecordId, bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.is_empty() {
            return Ok(Self::empty(id));
        }
        let changes = document::read(bytes).map_err(RecordError::Unreadable)?;
        let ledger = judge_all(&changes.iter().collect::<Vec<_>>())?;
        Ok(Self { id, ledger, saved: bytes.to_vec() })
    }

    /// The Automerge document, uncompressed: the same bytes wherever the same changes were applied, in whatever order. No
    /// bytes while the record is empty.
    pub fn save(&self) -> &[u8] {
        &self.saved
    }

    pub fn id(&self) -> RecordId {
        self.id
    }

    /// Makes the change that writes `writes` on top of everything the record holds, without applying it. Nothing when no
    /// write would alter anything: one that repeats the value that stands, without a conflict, is left out.
    ///
    /// If a key is written twice, the last counts.
    ///
    /// # Errors
    /// When the change would be refused by others: it is too large, writes an immutable key again, or overfills the record.
    pub fn prepare(
        &self,
        log: LogId,
        at: Timestamp,
        writes: &[(Key, Scalar)],
    ) -> Result<Option<RawChange>, RecordError> {
        let Some(bytes) = self.ledger.write(log, at, writes) else { return Ok(None) };
        let change = RawChange::parse(bytes).map_err(RecordError::Unwritable)?;
        self.ledger.judge(&change).map_err(RecordError::Unwritable)?;
        Ok(Some(change))
    }

    /// [`Record::prepare`], then applies the change.
    ///
    /// # Errors
    /// As [`Record::prepare`]; the record is then as it was.
    pub fn commit(
        &mut self,
        log: LogId,
        at: Timestamp,
        writes: &[(Key, Scalar)],
    ) -> Result<Option<RawChange>, RecordError> {
        let Some(bytes) = self.ledger.write(log, at, writes) else { return Ok(None) };
        let change = RawChange::parse(bytes).map_err(RecordError::Unwritable)?;
        self.apply(&change).map_err(RecordError::Unwritable)?;
        Ok(Some(change))
    }

    /// Judges a change against the record at the change's own dependencies. Applies nothing.
    ///
    /// # Errors
    /// The reason why no node may apply it.
    pub fn admit(&self, change: &RawChange) -> Result<Admission, Refusal> {
        Ok(match self.ledger.judge(change)? {
            Verdict::Ready(_) => Admission::Ready,
            Verdict::Known => Admission::Known,
            Verdict::Waiting(missing) => Admission::Waiting { missing },
        })
    }

    /// Admits a change and merges it. If it is refused or waits, the record is as it was.
    ///
    /// # Errors
    /// As [`Record::admit`], or because the document engine does not take it.
    pub fn apply(&mut self, change: &RawChange) -> Result<Applied, Refusal> {
        match self.ledger.judge(change)? {
            Verdict::Ready(admissible) => self.merge(admissible).map(Applied::Merged),
            Verdict::Known => Ok(Applied::Known),
            Verdict::Waiting(missing) => Ok(Applied::Waiting { missing }),
        }
    }

    /// Applies what can be applied of many changes, given in any order, laying out the document once.
    pub fn apply_all<'a>(&mut self, changes: impl IntoIterator<Item = &'a RawChange>) -> Batch {
        let changes: Vec<&RawChange> = changes.into_iter().collect();
        let mut batch = Batch::default();
        let mut ledger = self.ledger.clone();
        for place in canonical_order(&changes) {
            let change = changes[place];
            match ledger.judge(change) {
                Ok(Verdict::Ready(admissible)) => {
                    ledger.let_in(admissible);
                    batch.applied.push(change.hash());
                }
                Ok(Verdict::Known) => {}
                Ok(Verdict::Waiting(missing)) => {
                    batch.waiting.insert(change.hash(), missing);
                }
                Err(refusal) => {
                    batch.refused.insert(change.hash(), refusal);
                }
            }
        }
        if batch.applied.is_empty() {
            return batch;
        }
        ledger.settle();
        match document::lay_out(&ledger) {
            Ok(saved) => {
                batch.delta = Delta::between(&self.ledger, &ledger, &batch.applied);
                (self.ledger, self.saved) = (ledger, saved);
                batch
            }
            // Judging let in what the engine does not take: find which, one by one, each on a copy.
            Err(_) => self.apply_each(&changes),
        }
    }

    fn apply_each(&mut self, changes: &[&RawChange]) -> Batch {
        let mut batch = Batch::default();
        for place in canonical_order(changes) {
            let change = changes[place];
            match self.apply(change) {
                Ok(Applied::Merged(delta)) => {
                    batch.applied.push(change.hash());
                    batch.delta.extend(delta);
                }
                Ok(Applied::Known) => {}
                Ok(Applied::Waiting { missing }) => {
                    batch.waiting.insert(change.hash(), missing);
                }
                Err(refusal) => {
                    batch.refused.insert(change.hash(), refusal);
                }
            }
        }
        batch
    }

    fn merge(&mut self, admissible: Admissible) -> Result<Delta, Refusal> {
        let change = admissible.hash();
        let mut ledger = self.ledger.clone();
        ledger.let_in(admissible);
        ledger.settle();
        let saved = document::lay_out(&ledger)?;
        let delta = Delta::between(&self.ledger, &ledger, &[change]);
        (self.ledger, self.saved) = (ledger, saved);
        Ok(delta)
    }

    /// What a key holds; nothing when it was never written. A cleared answer is [`Scalar::Null`].
    pub fn get(&self, key: &Key) -> Option<Held> {
        self.ledger.get(key)
    }

    /// The winning value of a key.
    pub fn value(&self, key: &Key) -> Option<&Scalar> {
        self.ledger.winner(key)
    }

    /// Everything the record holds.
    pub fn keys(&self) -> BTreeMap<Key, Held> {
        self.ledger.keys().filter_map(|key| Some((key.clone(), self.ledger.get(key)?))).collect()
    }

    /// The winning value of every key.
    pub fn values(&self) -> BTreeMap<Key, Scalar> {
        self.ledger.keys().filter_map(|key| Some((key.clone(), self.ledger.winner(key)?.clone()))).collect()
    }

    /// The keys whose standing values differ.
    pub fn conflicts(&self) -> BTreeMap<Key, Held> {
        let keys = self.ledger.keys().filter(|key| self.ledger.is_conflict(key));
        keys.filter_map(|key| Some((key.clone(), self.ledger.get(key)?))).collect()
    }

    /// Every change in canonical causal order: what a change was made on top of comes before it.
    pub fn history(&self) -> Vec<Step> {
        self.ledger.history()
    }

    /// The changes no other is made on top of, in the order of their hashes.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.ledger.heads().iter().copied().collect()
    }

    pub fn contains(&self, change: &ChangeHash) -> bool {
        self.ledger.contains(change)
    }

    /// The changes, byte for byte as they were written, in canonical causal order.
    pub fn changes(&self) -> impl ExactSizeIterator<Item = &RawChange> {
        self.ledger.in_order()
    }

    pub fn change_hashes(&self) -> BTreeSet<ChangeHash> {
        self.ledger.hashes().copied().collect()
    }

    /// How many operations the record's changes have together.
    pub fn len_ops(&self) -> usize {
        self.ledger.operations()
    }
}

fn judge_all(changes: &[&RawChange]) -> Result<Ledger, RecordError> {
    let mut ledger = Ledger::default();
    for place in canonical_order(changes) {
        let change = changes[place];
        match ledger.judge(change) {
            Ok(Verdict::Ready(admissible)) => ledger.let_in(admissible),
            Ok(Verdict::Known) => {}
            Ok(Verdict::Waiting(missing)) => return Err(RecordError::Missing { change: change.hash(), missing }),
            Err(source) => return Err(RecordError::Refused { change: change.hash(), source }),
        }
    }
    ledger.settle();
    Ok(ledger)
}

impl Delta {
    /// What letting `applied` in turned `before` into.
    fn between(before: &Ledger, after: &Ledger, applied: &[ChangeHash]) -> Self {
        let changed: BTreeSet<Key> = applied.iter().flat_map(|change| after.keys_of(change)).cloned().collect();
        let in_state = |was, is| {
            let held = changed.iter().filter(|key| (before.is_conflict(key), after.is_conflict(key)) == (was, is));
            held.cloned().collect()
        };
        Self { new_conflicts: in_state(false, true), settled: in_state(true, false), changed }
    }

    /// Adds what happened next.
    fn extend(&mut self, next: Self) {
        for key in &next.new_conflicts {
            if !self.settled.remove(key) {
                self.new_conflicts.insert(key.clone());
            }
        }
        for key in &next.settled {
            if !self.new_conflicts.remove(key) {
                self.settled.insert(key.clone());
            }
        }
        self.changed.extend(next.changed);
    }
}
