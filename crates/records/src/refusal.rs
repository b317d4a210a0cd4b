use chaski_values::{Key, KeyError, LogId};
use thiserror::Error;

use crate::{ChangeHash, limits};

/// Why a change is not let in. The same change with the same causal past gets the same refusal on every node, except for
/// [`Refusal::Forked`], which only a node that holds both branches can see.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("the change has {bytes} bytes, at most {max} are accepted", max = limits::CHANGE_BYTES)]
    TooLarge { bytes: usize },
    #[error("not a change: {what}")]
    NotAChange { what: &'static str },
    #[error("the change's checksum does not match its content")]
    Checksum,
    #[error("the change's {part} cannot be read")]
    Malformed { part: &'static str },
    #[error("the change's {part} is not in its canonical encoding")]
    NotCanonical { part: &'static str },
    #[error("the change has {operations} operations, at most {max} are accepted", max = limits::CHANGE_OPERATIONS)]
    TooManyOperations { operations: u64 },
    #[error("the change has no operation")]
    Empty,
    #[error("the change has {dependencies} dependencies, at most {max} are accepted", max = limits::CHANGE_DEPENDENCIES)]
    TooManyDependencies { dependencies: u64 },
    #[error("the change replaces {predecessors} values, at most {max} are accepted", max = limits::CHANGE_PREDECESSORS)]
    TooManyPredecessors { predecessors: u64 },
    #[error("the change's actor has {bytes} bytes, a log id has 16")]
    BadActor { bytes: u64 },
    #[error("the change was written by log {found}, but stands in log {expected}")]
    ForeignActor { expected: LogId, found: LogId },
    #[error("the change's time {millis} is outside the years 0 to 9999")]
    BadTime { millis: i64 },
    #[error("the change carries a {what}, which records do not use")]
    Unused { what: &'static str },
    #[error("operation {operation} is a {what}, not a put of a text, integer, boolean, time, bytes or null")]
    NotAScalarPut { operation: usize, what: &'static str },
    #[error("operation {operation} is not at a record key: {source}")]
    BadKey { operation: usize, source: KeyError },
    #[error(
        "the key `{key}` does not stand after the key before it: operations are in the order of their keys, one a key"
    )]
    KeysOutOfOrder { key: Key },
    #[error("the change says it is the {found}th of its log in this record, but its past makes it the {expected}th")]
    WrongSeq { expected: u64, found: u64 },
    #[error("the change starts at operation {found}, but its past ends before {expected}")]
    WrongStart { expected: u64, found: u64 },
    #[error("the change names dependency {change}, which its other dependencies already include")]
    RedundantDependency { change: ChangeHash },
    #[error("the values the change replaces at `{key}` are not the ones that stood there in its past")]
    WrongPredecessors { key: Key },
    #[error("`{key}` is written once and never again")]
    WrittenOnce { key: Key },
    #[error("the record would have {operations} operations, at most {max} are accepted", max = limits::RECORD_OPERATIONS)]
    RecordFull { operations: u64 },
    #[error("the record would have {changes} changes, at most {max} are accepted", max = limits::RECORD_CHANGES)]
    RecordTooLong { changes: u64 },
    #[error("the record would be of {logs} logs, at most {max} are accepted", max = limits::RECORD_LOGS)]
    TooManyLogs { logs: usize },
    #[error("log {log} wrote two different changes number {seq} of this record")]
    Forked { log: LogId, seq: u64 },
    #[error("the document engine does not take the change: {reason}")]
    Unusable { reason: String },
    #[error("the document engine panicked")]
    Panicked,
}

impl Refusal {
    /// A name for this kind of refusal that stays the same, to be stored and translated.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::NotAChange { .. } => "not_a_change",
            Self::Checksum => "checksum",
            Self::Malformed { .. } => "malformed",
            Self::NotCanonical { .. } => "not_canonical",
            Self::TooManyOperations { .. } => "too_many_operations",
            Self::Empty => "empty",
            Self::TooManyDependencies { .. } => "too_many_dependencies",
            Self::TooManyPredecessors { .. } => "too_many_predecessors",
            Self::BadActor { .. } => "bad_actor",
            Self::ForeignActor { .. } => "foreign_actor",
            Self::BadTime { .. } => "bad_time",
            Self::Unused { .. } => "unused_part",
            Self::NotAScalarPut { .. } => "not_a_scalar_put",
            Self::BadKey { .. } => "bad_key",
            Self::KeysOutOfOrder { .. } => "keys_out_of_order",
            Self::WrongSeq { .. } => "wrong_seq",
            Self::WrongStart { .. } => "wrong_start",
            Self::RedundantDependency { .. } => "redundant_dependency",
            Self::WrongPredecessors { .. } => "wrong_predecessors",
            Self::WrittenOnce { .. } => "written_once",
            Self::RecordFull { .. } => "record_full",
            Self::RecordTooLong { .. } => "record_too_long",
            Self::TooManyLogs { .. } => "too_many_logs",
            Self::Forked { .. } => "forked",
            Self::Unusable { .. } => "unusable",
            Self::Panicked => "panicked",
        }
    }
}

/// Why a record cannot be built, read or written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    #[error("change {change} of the record is refused: {source}")]
    Refused { change: ChangeHash, source: Refusal },
    #[error("change {change} of the record is made on top of {} that are not there", missing.len())]
    Missing { change: ChangeHash, missing: Vec<ChangeHash> },
    #[error("the saved record cannot be read: {0}")]
    Unreadable(#[source] Refusal),
    #[error("the record's document cannot be laid out: {0}")]
    Unusable(#[source] Refusal),
    #[error("the answers cannot be written: {0}")]
    Unwritable(#[source] Refusal),
}
