//! Speed and memory against their limits: one line a figure, and exit code 1 when one is over its limit.
//!
//! `cargo xtask bench [area]` builds everything with optimisation and runs this.
#![allow(clippy::print_stdout)]

mod window;

use std::process::ExitCode;

/// One measured figure beside its limit, both in the same unit.
#[derive(Debug, Clone, PartialEq)]
struct Figure {
    name: &'static str,
    measured: f64,
    limit: f64,
    unit: &'static str,
}

/// Measures the figures of one area.
type Area = fn() -> Result<Vec<Figure>, Box<dyn std::error::Error>>;

/// The areas by name.
const AREAS: &[(&str, Area)] = &[("window", window::measure)];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    let mut exit = ExitCode::SUCCESS;
    let mut ran = false;
    for (name, measure) in AREAS {
        if wanted.as_deref().is_some_and(|wanted| wanted != *name) {
            continue;
        }
        ran = true;
        match measure() {
            Ok(figures) => {
                for figure in figures {
                    println!("{name}: {}", line(&figure));
                    if figure.measured > figure.limit {
                        exit = ExitCode::FAILURE;
                    }
                }
            }
            Err(error) => {
                println!("{name}: not measured: {error}");
                exit = ExitCode::FAILURE;
            }
        }
    }
    if !ran {
        let known: Vec<&str> = AREAS.iter().map(|(name, _)| *name).collect();
        println!("there is no such area; there are: {}", known.join(", "));
        exit = ExitCode::FAILURE;
    }
    exit
}

fn line(figure: &Figure) -> String {
    let Figure { name, measured, limit, unit } = figure;
    let verdict = if measured > limit { "OVER" } else { "ok" };
    format!("{name:<44} {measured:>10.2} {unit:<4} limit {limit:>10.2} {unit:<4} {verdict}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_over_its_limit_says_so() {
        let figure = Figure { name: "memory", measured: 221.0, limit: 220.0, unit: "MB" };
        assert!(line(&figure).ends_with("OVER"));
        assert!(line(&Figure { measured: 220.0, ..figure }).ends_with("ok"));
    }
}
