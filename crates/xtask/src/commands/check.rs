//! `cargo xtask check`: what CI asks of a change before it runs the tests.

use crate::commands::{bindings, tidy};
use crate::error::TaskError;
use crate::process;
use crate::setup::{self, Need};
use crate::workspace::{self, cargo, npm};

pub(super) fn run() -> Result<(), TaskError> {
    setup::components()?;
    setup::prepare(Need::Tests)?;
    println!("\n-- format");
    process::step(cargo().args(["fmt", "--all", "--check"]))?;
    println!("\n-- house rules");
    tidy::run()?;
    println!("\n-- screens: lint and types");
    process::step(npm().args(["run", "--silent", "lint"]))?;
    process::step(npm().args(["run", "--silent", "check"]))?;
    println!("\n-- generated types");
    bindings::run(&bindings::Arguments { check: true })?;
    println!("\n-- clippy");
    let metadata = workspace::metadata()?;
    process::step(
        cargo()
            .args(["clippy", "--workspace", "--all-targets", "--keep-going"])
            .args(bindings::features(&metadata))
            .args(["--", "--deny", "warnings"]),
    )
}
