//! `chaski`: what an operator and a form's author type. It holds no logic: each command reads its arguments, calls one
//! function of the crate that knows, and says in plain words what came of it.

mod commands;
mod failure;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Run a hub, check forms, verify logs and rebuild documents.
#[derive(Debug, Parser)]
#[command(name = "chaski", version, max_term_width = 100, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  what was given is not right: a form with errors, a log that does not verify
  2  the command was not understood
  3  it could not be done: a file, the disk, a key, the network

Set CHASKI_LOG=info (or debug) to see the program's own log on the standard error.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Make, serve and publish to a hub
    #[command(subcommand)]
    Hub(commands::hub::Hub),
    /// Check, convert, try out and print forms
    #[command(subcommand)]
    Form(commands::form::Form),
    /// Check logs
    #[command(subcommand)]
    Log(commands::log::Log),
    Rebuild(commands::rebuild::Rebuild),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("CHASKI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let outcome = match cli.command {
        Command::Hub(command) => command.run(),
        Command::Form(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Rebuild(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.code()
        }
    }
}

/// The outcome of a command.
type Outcome<T = ()> = Result<T, Failure>;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_sound() {
        super::Cli::command().debug_assert();
    }
}
