use std::collections::{BTreeMap, BTreeSet};

use chaski_values::{LogId, Partition, Timestamp};
use thiserror::Error;

use super::Push;
use crate::exchange::Progress;
use crate::{Denied, FrameError, Head, Malformed, Problem, Refusal, WireError};

/// What a session came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub outcome: Outcome,
    pub progress: Progress,
    /// Entries that were new here.
    pub new: u64,
    /// Exchanges that were begun.
    pub rounds: usize,
    /// What was not taken by either side, and why.
    pub problems: BTreeSet<Problem>,
    /// Partitions that the hub denies.
    pub denied: BTreeMap<Partition, Denied>,
    /// The hub's clock, from its last verified answer.
    pub hub_time: Option<Timestamp>,
}

impl Summary {
    /// How the next session should begin.
    pub fn next_push(&self) -> Push {
        match self.outcome {
            Outcome::Complete => Push::AtOnce,
            Outcome::Stalled
            | Outcome::Interrupted
            | Outcome::Refused(_)
            | Outcome::Frozen { .. }
            | Outcome::Faulty(_)
            | Outcome::StoreFailed => Push::AfterVector,
        }
    }
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Both sides hold the same of every partition they share, but for logs that the problems name as forked.
    Complete,
    /// They do not, and another exchange would change nothing: the problems say why.
    Stalled,
    /// The connection failed. What came is kept.
    Interrupted,
    Refused(Refusal),
    /// The hub knows this device's own log otherwise than the device does: the device was restored or cloned. It must not
    /// write another entry to this log; it opens a new one under a new incarnation.
    Frozen {
        log: LogId,
        ours: Option<Head>,
        theirs: Frozen,
    },
    /// The other side is not the hub, or not sound.
    Faulty(Fault),
    StoreFailed,
}

/// What the hub has of the device's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frozen {
    /// Entries that the device does not have. They were received into its store, if nothing cut that short.
    Ahead(Head),
    /// Another entry at this sequence number.
    Forked { seq: u64 },
}

/// What was wrong with a response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the response is over the limit of {limit} bytes", limit = crate::limits::RESPONSE_BYTES)]
    TooLong,
    #[error("a part came where the protocol has none of its kind")]
    OutOfPlace,
    #[error("the hub chose protocol version {0}, which was not offered")]
    VersionNotOffered(u8),
    #[error("the answer was not signed by the hub")]
    BadSignature,
}
