//! `cargo xtask`: every task of the project, one file per command.
//!
//! The tasks install what they need before they start, through apt, npm and cargo only, and say what they do. They use
//! no crate of the workspace, so that they compile in seconds and still run when the workspace does not build.
#![allow(clippy::print_stdout)]

mod commands;
mod error;
mod process;
mod setup;
mod tidy;
mod workspace;

use clap::Parser;

use crate::commands::Command;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The tasks of the Chaski project", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    process::reap_on_interrupt();
    match commands::run(arguments.command) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprint!("\nxtask: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(because) = cause {
                eprint!(": {because}");
                cause = because.source();
            }
            eprintln!();
            std::process::ExitCode::from(error.exit_code())
        }
    }
}
