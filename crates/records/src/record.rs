use std::collections::{BTreeMap, BTreeSet};

use chaski_values::{Key, LogId, RecordId, Scalar, Timestamp};

use crate::{ChangeHash, Held, RawChange, RecordError, Refusal, Step};

/// One record: its changes, what they add up to, and the Automerge document of them.
#[derive(Debug, Clone)]
pub struct Record {
    id: RecordId,
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
    /// The keys whose winning value or other values are not what they were.
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
        Self { id }
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
        let _ = changes;
        todo!()
    }

    /// Reads what [`Record::save`] wrote.
    ///
    /// The bytes are taken to be our own cache: they are checked, but their memory is not bounded as a change's is.
    ///
    /// # Errors
    /// When the bytes are not a saved record.
    pub fn load(id: RecordId, bytes: &[u8]) -> Result<Self, RecordError> {
        let _ = bytes;
        todo!()
    }

    /// The Automerge document, uncompressed: the same bytes wherever the same changes were applied, in whatever order.
    pub fn save(&self) -> &[u8] {
        todo!()
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
        let _ = (log, at, writes);
        todo!()
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
        let _ = (log, at, writes);
        todo!()
    }

    /// Judges a change against the record at the change's own dependencies. Applies nothing.
    ///
    /// # Errors
    /// The reason why no node may apply it.
    pub fn admit(&self, change: &RawChange) -> Result<Admission, Refusal> {
        let _ = change;
        todo!()
    }

    /// Admits a change and merges it. If it is refused or waits, the record is as it was.
    ///
    /// # Errors
    /// As [`Record::admit`], or because the document engine does not take it.
    pub fn apply(&mut self, change: &RawChange) -> Result<Applied, Refusal> {
        let _ = change;
        todo!()
    }

    /// Applies what can be applied of many changes, given in any order, laying out the document once.
    pub fn apply_all<'a>(&mut self, changes: impl IntoIterator<Item = &'a RawChange>) -> Batch {
        let _ = changes.into_iter().count();
        todo!()
    }

    /// What a key holds; nothing when it was never written. A cleared answer is [`Scalar::Null`].
    pub fn get(&self, key: &Key) -> Option<Held> {
        let _ = key;
        todo!()
    }

    /// Everything the record holds.
    pub fn keys(&self) -> BTreeMap<Key, Held> {
        todo!()
    }

    /// The winning value of every key.
    pub fn values(&self) -> BTreeMap<Key, Scalar> {
        todo!()
    }

    /// The keys whose standing values differ.
    pub fn conflicts(&self) -> BTreeMap<Key, Held> {
        todo!()
    }

    /// Every change in canonical causal order: what a change was made on top of comes before it.
    pub fn history(&self) -> Vec<Step> {
        todo!()
    }

    /// The changes no other is made on top of, in the order of their hashes.
    pub fn heads(&self) -> Vec<ChangeHash> {
        todo!()
    }

    pub fn contains(&self, change: &ChangeHash) -> bool {
        let _ = change;
        todo!()
    }

    /// The changes, byte for byte as they were written, in canonical causal order.
    pub fn changes(&self) -> impl Iterator<Item = &RawChange> {
        std::iter::empty()
    }

    pub fn change_hashes(&self) -> BTreeSet<ChangeHash> {
        todo!()
    }

    /// How many operations the record's changes have together.
    pub fn len_ops(&self) -> usize {
        todo!()
    }
}
