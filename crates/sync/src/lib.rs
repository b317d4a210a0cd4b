//! What devices and hubs exchange, and the protocol they exchange it by.
//!
//! An [`Entry`] is one save: hash-chained to the one before it in its log and signed by the device when it is committed.
//! A log is one device's entries for one partition since one install. Who holds what is a [`Vector`]; what one side lacks
//! travels as [`Frame`]s of [`Run`]s, each run carrying only the signature of its last entry.
//!
//! The protocol is two state machines, [`Client`] and [`Server`]: events in, effects out, as data. There is no socket, file,
//! clock, thread, global or hash-ordered map here, so that a whole programme of tablets can be played inside one test and
//! played again from its seed. A side never opens a document: what an entry says is of no matter to whether it is
//! passed on.
//!
//! Rejected: Automerge's own sync protocol, which opens every document on both sides and costs rounds in proportion to
//! documents; and cursors into a feed, which break when either side is restored from a backup.

mod cbor;
mod varint;

mod entry;
mod hlc;
pub mod limits;
mod opening;
mod payload;

mod frame;
mod ingest;
mod run;
mod vector;

mod client;
mod exchange;
mod message;
mod server;
mod standing;
mod wire;

pub use cbor::Malformed;
pub use client::{
    Acknowledged, Client, ClientConfig, ClientEffect, ClientEvent, Fault, Frozen, Outcome, Push, Round, Summary,
};
pub use entry::{Entry, EntryError, EntryHeader, EntryKind, StoredEntry, Tip};
pub use exchange::{Amount, Loaded, More, Progress, Wanted};
pub use frame::{Body, Codec, Effort, Frame, FrameError, Packed, Packer};
pub use hlc::Hlc;
pub use ingest::{IngestPlan, Ingested, KnownLog, plan_ingest};
pub use message::{Acknowledgement, Denied, Introduction, Problem, ProblemCode, Refusal};
pub use opening::LogOpening;
pub use payload::{RecordChange, RecordChanges};
pub use run::{Checked, Fork, Item, Run, RunError, check_run, verify_run};
pub use server::{Server, ServerConfig, ServerEffect, ServerEvent, ServerSummary, refusal_response};
pub use standing::judge;
pub use vector::{Divergence, Head, PartitionVector, Vector};
pub use wire::{Versions, WireError};
