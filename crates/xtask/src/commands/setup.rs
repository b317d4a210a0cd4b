//! `cargo xtask setup`: everything that the other commands need.

use crate::error::TaskError;
use crate::setup::{self, Need};

pub(super) fn run() -> Result<(), TaskError> {
    setup::prepare(Need::Tests)
}
