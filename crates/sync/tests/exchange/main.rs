//! The exchange, played whole in memory: stories with named people, and storms of cuts and nonsense.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod bounds;
mod sizes;
mod stories;
mod storms;
mod surveys;
mod world;
