//! `cargo xtask conformance DIR`: recorded cases of the forms engine.

use std::path::PathBuf;

use crate::error::TaskError;
use crate::process;
use crate::setup::{self, Need};
use crate::workspace::cargo;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder with the cases; by default `conformance` of the shared folder beside the project
    folder: Option<PathBuf>,
    /// Show each case that fails without a listed reason
    #[arg(long)]
    failures: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Engine)?;
    let mut command = cargo();
    command.args(["test", "--package", "chaski-forms", "--test", "conformance"]);
    command.args(["--", "--nocapture", "--test-threads=1"]);
    if let Some(folder) = &arguments.folder {
        command.env("CHASKI_CONFORMANCE", std::path::absolute(folder).map_err(TaskError::file(folder))?);
    }
    if arguments.failures {
        command.env("CHASKI_FAILURES", "1");
    }
    process::step(&mut command)
}
