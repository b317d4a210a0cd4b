//! `cargo xtask test`: every test there is.
//!
//! All of it is built in one go with one set of features, so that no dependency is compiled twice: the window, the
//! command line and the tests share what they stand on.

use crate::commands::bindings;
use crate::error::TaskError;
use crate::process;
use crate::setup::{self, Need};
use crate::workspace::{self, cargo, npm};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Run only the Rust tests whose names contain one of these words
    filters: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Tests)?;
    let metadata = workspace::metadata()?;
    let features = bindings::features(&metadata);
    if arguments.filters.is_empty() {
        println!("\n-- tests of the screens");
        process::step(npm().args(["run", "--silent", "test"]))?;
    }
    println!("\n-- build");
    process::step(cargo().args(["build", "--workspace", "--bins", "--tests"]).args(&features))?;
    println!("\n-- tests");
    let exported = metadata.target.join("bindings");
    process::step(
        cargo()
            .args(["nextest", "run", "--workspace"])
            .args(&features)
            .args(&arguments.filters)
            .env("CHASKI_BINARIES", metadata.target.join("debug"))
            .env("CHASKI_PICTURES", metadata.target.join("pictures"))
            // The tests that ts-rs adds write their types; these belong to `cargo xtask bindings`.
            .env("TS_RS_EXPORT_DIR", exported),
    )
}
