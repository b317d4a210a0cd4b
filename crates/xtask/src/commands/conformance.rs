//! `cargo xtask conformance DIR`: recorded cases of the forms engine.

use std::path::PathBuf;

use crate::error::TaskError;
use crate::process;
use crate::setup::{self, Need};
use crate::workspace::cargo;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder with the cases
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Engine)?;
    process::step(
        cargo()
            .args(["run", "--package", "chaski-forms", "--example", "conformance", "--"])
            .arg(std::path::absolute(&arguments.folder).map_err(TaskError::file(&arguments.folder))?),
    )
}
