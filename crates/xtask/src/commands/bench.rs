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

/// The area that measures others beside us.
const FORMS: &str = "forms";
/// The area that starts the app itself.
const WINDOW: &str = "window";

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    let window = arguments.area.as_deref().is_none_or(|area| area == WINDOW);
    let forms = arguments.area.as_deref().is_none_or(|area| area == FORMS);
    setup::prepare(if window { Need::Tests } else { Need::Engine })?;
    let metadata = workspace::metadata()?;
    let app: &[&str] = if window { &["--package", "chaski-app"] } else { &[] };
    process::step(cargo().args(["build", "--release", "--package", "chaski-tests"]).args(app).arg("--bins"))?;
    let binaries = metadata.target.join("release");
    let mut bench = Command::new(binaries.join("bench"));
    if forms {
        bench.env("CHASKI_PEERS", setup::peers(&metadata.target)?);
    }
    process::step(bench.args(&arguments.area).env("CHASKI_BINARIES", &binaries))
}
