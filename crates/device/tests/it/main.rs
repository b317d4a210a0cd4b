//! A tablet's use cases, on a real database in a temporary folder.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod attachments;
mod audits;
mod confirms;
mod enrols;
mod fills;
mod keeps;
mod last_saved;
mod office;
mod positions;
mod reads;
mod unlocks;
mod versions;
