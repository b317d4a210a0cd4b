//! Drives a device's exchange with its hub over HTTPS: when to try, how to retry, what to tell.
//!
//! What is exchanged is decided by `sync`'s state machine and what it means by `device`; here are only sockets, timers and
//! patience. A [`Link`] is one task with one owner: it tries by itself, sooner when asked, later when nobody answers, and
//! ends when it is told to or dropped. The device is locked for one short step at a time and never across an await, so that
//! somebody who answers a question does not wait for a slow hub.

mod driver;
mod error;
mod http;
mod link;
mod pin;

pub use driver::exchange;
pub use error::LinkError;
pub use http::enrol;
pub use link::{Link, LinkEvent, Patience};
