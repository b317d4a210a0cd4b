use std::collections::BTreeMap;

use chaski_values::{Key, LogId, Scalar, Timestamp};

use crate::ChangeHash;

/// One value written to a key, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    pub scalar: Scalar,
    /// The log, so the tablet, that wrote it.
    pub log: LogId,
    pub change: ChangeHash,
    /// When the writer's clock said it was: to be shown, never to be decided by.
    pub at: Timestamp,
}

/// What a key holds: one value, or several written without knowledge of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The value every replica shows meanwhile. It is chosen by logical clock and log id, so it means nothing to a person.
    pub winner: Alternative,
    /// Every other value that stands, latest first; some may be equal to the winner's.
    pub others: Vec<Alternative>,
}

impl Held {
    /// Whether the values that stand differ, so that a person has to choose.
    pub fn is_conflict(&self) -> bool {
        self.others.iter().any(|other| other.scalar != self.winner.scalar)
    }

    /// The winner, then the others.
    pub fn alternatives(&self) -> impl Iterator<Item = &Alternative> {
        std::iter::once(&self.winner).chain(&self.others)
    }
}

/// One change in a record's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub change: ChangeHash,
    pub log: LogId,
    /// The change's number among that log's changes to this record, from 1.
    pub seq: u64,
    pub at: Timestamp,
    /// The changes this one was made on top of. More than one: it joined what was written apart.
    pub deps: Vec<ChangeHash>,
    pub writes: BTreeMap<Key, Written>,
}

/// What one step did to one key, as its writer saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The value shown before; nothing when the key was new to the writer.
    pub before: Option<Scalar>,
    /// The other values that stood then and that this write put aside.
    pub settled: Vec<Scalar>,
    pub after: Scalar,
}

impl Written {
    /// Whether this write settled a conflict.
    pub fn resolves(&self) -> bool {
        self.settled.iter().any(|other| Some(other) != self.before.as_ref())
    }
}
