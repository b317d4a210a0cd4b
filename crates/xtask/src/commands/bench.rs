//! `cargo xtask bench`: speed and memory, each figure beside its limit.

use std::process::Command;

use crate::error::TaskError;
use crate::process;
use crate::setup::{self, Need};
use crate::workspace::{self, cargo};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only this area, such as `answer`, `forms`, `sync` or `window`
    area: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Tests)?;
    let metadata = workspace::metadata()?;
    process::step(cargo().args([
        "build",
        "--release",
        "--package",
        "chaski-app",
        "--package",
        "chaski-cli",
        "--package",
        "chaski-tests",
        "--bins",
    ]))?;
    let binaries = metadata.target.join("release");
    process::step(Command::new(binaries.join("bench")).args(&arguments.area).env("CHASKI_BINARIES", &binaries))
}
