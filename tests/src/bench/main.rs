//! Speed, size and memory against their limits: one table, and exit code 1 when a figure is over its limit.
//!
//! `cargo xtask bench [area]` builds everything with optimisation and runs this. Each figure is taken from the code that
//! ships, on the disk that the build lies on. What depends on the machine is measured as a ratio inside one run.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod answers;
mod forms;
mod meter;
mod records;
mod sync;
mod table;
mod tablet;
mod times;
mod window;

use std::process::ExitCode;

use chaski_tests::story::Broken;
use table::{Section, Verdict};

/// Measures the figures of one area.
type Area = fn() -> Result<Section, Broken>;

/// The areas by name.
const AREAS: &[(&str, Area)] =
    &[("answer", answer::measure), ("forms", forms::measure), ("sync", sync::measure), ("window", window::measure)];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    if wanted.as_deref() == Some(forms::ALONE) {
        return alone();
    }
    let areas: Vec<_> =
        AREAS.iter().filter(|(name, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name)).collect();
    if areas.is_empty() {
        let known: Vec<&str> = AREAS.iter().map(|(name, _)| *name).collect();
        println!("there is no such area; there are: {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    let mut over = 0;
    println!("{}", table::heading());
    for (name, measure) in areas {
        match measure() {
            Ok(section) => {
                print!("{}", table::section(name, &section));
                over += section.figures.iter().filter(|figure| figure.verdict() == Verdict::Over).count();
            }
            Err(error) => {
                println!("{name}: not measured: {error}");
                over += 1;
            }
        }
    }
    if over == 0 {
        println!("\nEvery figure is within its limit.");
        ExitCode::SUCCESS
    } else {
        println!("\n{over} over the limit or not measured.");
        ExitCode::FAILURE
    }
}

/// Measures the memory of one form in this process, for a run of the bench that started it.
fn alone() -> ExitCode {
    match std::env::args_os().nth(2).ok_or("no workbook".into()).and_then(|path| forms::alone(path.as_ref())) {
        Ok(bytes) => {
            println!("{bytes}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A folder on the disk that the build lies on: a folder for temporary files may be in memory, where a commit costs nothing.
fn folder() -> Result<tempfile::TempDir, Broken> {
    let program = std::env::current_exe()?;
    let beside = program.parent().ok_or("the program lies in no folder")?;
    Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(beside)?)
}
