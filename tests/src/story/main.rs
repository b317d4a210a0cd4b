//! The story, printed step by step: what each tablet and the hub hold. Ends with code 1 where anything differs.
//!
//! `story` plays it in a temporary folder. `story prepare FOLDER` makes a hub and two enrolled tablets in FOLDER, for windows
//! to be opened on, and prints their PIN.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

use std::path::Path;
use std::process::ExitCode;

use chaski_tests::story::{self, Broken, Tell};

/// Tells it to whoever reads the terminal.
#[derive(Debug, Default)]
struct Aloud {
    steps: u32,
}

impl Tell for Aloud {
    fn step(&mut self, words: &str) {
        self.steps += 1;
        println!("\n{}. {words}", self.steps);
    }

    fn holds(&mut self, who: &str, words: &str) {
        println!("   {who:<18} {words}");
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => play().await,
        ["prepare", folder] => story::prepare(Path::new(folder), &mut Aloud::default()).await,
        _ => Err("usage: story [prepare FOLDER]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(broken) => {
            eprintln!("\nThe story broke off: {broken}");
            ExitCode::FAILURE
        }
    }
}

async fn play() -> Result<(), Broken> {
    let folder = tempfile::tempdir()?;
    story::play(folder.path(), &mut Aloud::default()).await?;
    println!("\nBoth tablets and the hub hold the same, to the byte.");
    Ok(())
}
