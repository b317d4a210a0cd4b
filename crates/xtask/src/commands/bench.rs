//! `cargo xtask bench`: speed and memory, each figure beside its limit.

use crate::error::TaskError;
use crate::process;
use crate::setup::{self, Need};
use crate::workspace::cargo;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only this area, such as `answer`, `forms`, `sync` or `window`
    area: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Tests)?;
    process::step(
        cargo().args(["run", "--release", "--package", "chaski-tests", "--bin", "bench", "--"]).args(&arguments.area),
    )
}
