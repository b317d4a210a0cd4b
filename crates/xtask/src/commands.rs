//! The commands, one file each.

mod bench;
mod bindings;
mod check;
mod conformance;
mod demo;
mod fuzz;
mod setup;
mod test;
mod tidy;

use clap::Subcommand;

use crate::error::TaskError;

/// What a person can ask for.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a hub and two tablets on the demo programme
    Demo(demo::Arguments),
    /// Run every test: unit, property, integration, and the story in real windows
    Test(test::Arguments),
    /// Check formatting, lints, house rules, types and screens, exactly as CI does
    Check,
    /// Check the house rules that no compiler knows
    Tidy,
    /// Write the TypeScript types that the screens share with Rust
    Bindings(bindings::Arguments),
    /// Install what the other commands need
    Setup,
    /// Run the forms engine over a folder of recorded cases
    Conformance(conformance::Arguments),
    /// Look for inputs that break a reader, an expression or a fill-in, and keep what is found
    Fuzz(fuzz::Arguments),
    /// Measure speed and memory against their limits
    Bench(bench::Arguments),
}

/// Runs one command to its end.
///
/// # Errors
/// The command failed; what it ran has said why.
pub(crate) fn run(command: Command) -> Result<(), TaskError> {
    match command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Check => check::run(),
        Command::Tidy => tidy::run(),
        Command::Bindings(arguments) => bindings::run(&arguments),
        Command::Setup => setup::run(),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    }
}
