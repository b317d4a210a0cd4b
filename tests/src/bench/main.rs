//! Speed, size and memory against their limits: one table, and exit code 1 when a figure is over its limit.
//!
//! `cargo xtask bench [area]` builds everything with optimisation and runs this. Each figure is taken from the code that
//! ships, on the disk that the build lies on. What depends on the machine is measured as a ratio inside one run.
#![allow(clippy::print_stdout)]

mod answers;
mod forms;
mod table;
mod times;
mod window;

use std::error::Error;
use std::process::ExitCode;

use table::{Section, Verdict};

/// Measures the figures of one area.
type Area = fn() -> Result<Section, Box<dyn Error>>;

/// The areas by name.
const AREAS: &[(&str, Area)] = &[("forms", forms::measure), ("window", window::measure)];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
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

/// The demo programme.
fn programme() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("programme")
}
