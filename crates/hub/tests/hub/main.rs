//! A real hub on a random port of 127.0.0.1, and tablets that speak to it over TLS.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod client;
mod tablet;
mod world;

mod enrolment;
mod exchanges;
mod hostile;
mod killed;
mod publishing;
