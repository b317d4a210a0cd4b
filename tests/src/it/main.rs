//! What crosses crates, under test: the story of two tablets, hubs that fail them, and journeys in real windows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod attachments;
mod audits;
mod faults;
mod journey;
mod renewal;
mod stories;
mod windows;
