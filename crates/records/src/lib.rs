//! One record as one flat Automerge document: answers, merging, conflicts, history, and which changes are let in.
//!
//! A record is a root map of scalars and nothing else: no nested maps (two tablets that make the same one hide each other's
//! fields), no deletion, no counters, no floating point. Its truth is the set of its changes, kept byte for byte as they
//! were written; the document is a cache of them. Two replicas that hold the same changes hold the same document, to the
//! byte, in whatever order the changes came: [`Record::save`] lays them out in one canonical order.
//!
//! Changes come from outside, so nothing of a change reaches Automerge before we have read all of it ourselves, in bounded
//! memory. Admission has two stages. The first needs no document and is cheap enough for a hub that only stores and relays:
//! [`RawChange::parse`] (size, checksum, header, number of operations by walking run lengths) and [`RawChange::check_shape`]
//! (every operation is a put of a scalar at a valid key, and the bytes are the one canonical encoding of that). The second,
//! [`Record::admit`], compares the change with the record at the change's own dependencies. Both depend only on the change
//! and its causal past, so every node comes to the same verdict.
//!
//! The alternative, handing changes to Automerge and looking at the outcome, was rejected: 0.12 panics on crafted input,
//! expands 113 bytes to gigabytes, ignores a change's checksum, and accepts changes whose document no longer loads.
//!
//! This crate knows no form, person, log or clock; whoever calls it says when something was written and in which log.

mod change;
mod document;
mod held;
mod ledger;
mod record;
mod refusal;

pub use change::{ChangeHash, OpId, Put, RawChange, Shape};
pub use held::{Alternative, Held, Step, Written};
pub use record::{Admission, Applied, Batch, Delta, Record};
pub use refusal::{RecordError, Refusal};

/// What one change and one record may hold. Above every honest use, below what a tablet can hold in memory.
pub mod limits {
    /// The longest change, in bytes: 256 KiB, some 150 times a long survey.
    pub const CHANGE_BYTES: usize = 256 * 1024;
    /// The most operations in one change. The longest demo form has 87 questions; a hundred rows of forty answers fit.
    pub const CHANGE_OPERATIONS: usize = 5_000;
    /// The most operations in one change's causal past, the change included.
    pub const RECORD_OPERATIONS: usize = 50_000;
    /// The most changes in one change's causal past, the change included: one a sitting, so years of daily edits.
    pub const RECORD_CHANGES: usize = 10_000;
    /// The most logs in one change's causal past, its own included: every tablet of a large district reinstalled some times.
    /// What a change weighs in memory grows with it.
    pub const RECORD_LOGS: usize = 256;
    /// The most heads one change may join.
    pub const CHANGE_DEPENDENCIES: usize = 1_024;
    /// The most values, over all its keys, that one change may replace.
    pub const CHANGE_PREDECESSORS: usize = 4 * CHANGE_OPERATIONS;
}

#[cfg(test)]
mod tests;
