//! Plays one run of the simulation again, step by step.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

/// Plays the simulation of a seed and tells what happened: who did what, what the network did, and which promise broke.
#[derive(Debug, Parser)]
struct Arguments {
    /// The seed of the run, as a failure names it.
    #[arg(long)]
    seed: u64,
    /// How many seeds to play, from that one on. The steps of the last are told.
    #[arg(long, default_value_t = 1)]
    count: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    let mut played = None;
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.count.max(1)) {
        let run = chaski_sim::run(seed);
        let broken = run.broken.is_some();
        played = Some(run);
        if broken {
            break;
        }
    }
    let Some(run) = played else { return ExitCode::FAILURE };
    for line in &run.trace {
        // Whoever reads may have seen enough.
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "\nseed {}: {:?}", run.seed, run.figures);
    match run.broken {
        None => {
            let _ = writeln!(out, "every promise was kept");
            ExitCode::SUCCESS
        }
        Some(broken) => {
            let _ = writeln!(out, "{broken}");
            ExitCode::FAILURE
        }
    }
}
