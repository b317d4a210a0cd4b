//! What both ends of an exchange do alike: send what the other lacks, and take in what it sends.

mod inbox;
mod outbox;

use chaski_values::Partition;

use crate::{Divergence, Introduction, PartitionVector, StoredEntry};

pub(crate) use inbox::{Inbox, Introduced};
pub(crate) use outbox::{Outbox, Sending, Then};

/// A question to the store: the next entries of a partition for somebody who holds `above`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub partition: Partition,
    pub above: PartitionVector,
    /// Raw payload bytes to aim at. One entry is given even when it is larger.
    pub budget: usize,
}

/// The store's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    pub partition: Partition,
    /// The logs among `entries` that `above` did not have.
    pub introductions: Vec<Introduction>,
    /// Entries beyond `above`, **in order of arrival**, so that any prefix is causally closed. Of each log the last one has
    /// a signature: an entry without one is followed by those up to the next signed one, whatever the budget.
    pub entries: Vec<StoredEntry>,
    /// Whether there are more after these.
    pub more: More,
    /// Logs of `above` whose entry at that place is here another one. None of their entries are given.
    pub diverging: Vec<Divergence>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    Yes,
    No,
}

/// How far an exchange is, for a screen. Entries and bytes count from the start of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub sent: Amount,
    pub received: Amount,
    /// Entries to send in all, as far as is known.
    pub to_send: u64,
    /// Entries to receive in all, as far as is known.
    pub to_receive: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    pub entries: u64,
    /// On the wire, all parts counted.
    pub bytes: u64,
}
