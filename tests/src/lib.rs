//! What crosses crates: the harness of the tests that open real windows, and the stories told in them.
//!
//! A test that opens windows needs the programs that `cargo xtask test` builds and installs; everything else runs with
//! `cargo nextest run`.

pub mod office;
pub mod process;
pub mod story;
pub mod tablet;
pub mod window;
