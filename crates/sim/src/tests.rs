use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use crate::sabotage::{Sabotage, Sabotaged};
use crate::world::run_with;
use crate::{Figures, run};

/// Seeds that once broke a promise, one a line, with what they found.
const KEPT: &str = include_str!("../seeds.txt");
/// Runs of the short set, divided among the tests below so that two cores share them.
const SHORT: u64 = 32;
const SHARES: u64 = 4;

fn kept() -> BTreeSet<u64> {
    let seed = |line: &str| line.split_whitespace().next().and_then(|word| word.parse().ok());
    KEPT.lines().filter(|line| !line.starts_with('#')).filter_map(seed).collect()
}

/// How many runs were asked for: `SIM_SEEDS=10000 cargo nextest run -p chaski-sim`.
fn wanted() -> u64 {
    std::env::var("SIM_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(SHORT)
}

/// Plays seeds until one breaks a promise; that one is kept.
fn play(seeds: impl Iterator<Item = u64>) -> Figures {
    let mut figures = Figures::default();
    for seed in seeds {
        let run = run(seed);
        figures.add(run.figures);
        if let Some(broken) = run.broken {
            keep(seed, &broken.to_string());
            let mut last = String::new();
            for line in run.trace.iter().rev().take(30).rev() {
                let _ = writeln!(last, "{line}");
            }
            panic!("seed {seed}: {broken}\n{last}replay it: cargo run -p chaski-sim --bin sim -- --seed {seed}");
        }
    }
    figures
}

fn keep(seed: u64, why: &str) {
    if kept().contains(&seed) {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds.txt");
    let why: String = why.lines().next().unwrap_or_default().chars().take(120).collect();
    // Where the sources cannot be written, the message above still names the seed.
    if let Ok(text) = std::fs::read_to_string(&path) {
        let _ = std::fs::write(path, format!("{text}{seed} {why}\n"));
    }
}

fn share(number: u64) {
    let first = std::env::var("SIM_FIRST").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let figures = play((first..first + wanted()).filter(|seed| seed % SHARES == number));
    eprintln!("{figures:?}");
    assert!(
        figures.answers > 0 && figures.conflicts + figures.settled > 0,
        "runs in which nothing happens prove nothing"
    );
}

#[test]
fn every_promise_is_kept_in_the_first_share_of_runs() {
    share(0);
}

#[test]
fn every_promise_is_kept_in_the_second_share_of_runs() {
    share(1);
}

#[test]
fn every_promise_is_kept_in_the_third_share_of_runs() {
    share(2);
}

#[test]
fn every_promise_is_kept_in_the_fourth_share_of_runs() {
    share(3);
}

#[test]
fn what_once_failed_does_not_fail_again() {
    play(kept().into_iter());
}

#[test]
fn a_seed_decides_everything() {
    let (one, other) = (run(77), run(77));
    assert_eq!(one.trace, other.trace);
    assert_eq!(one.figures, other.figures);
}

/// A mistake is noticed within some runs from this seed on.
fn is_noticed(sabotage: Sabotage, first: u64) {
    const RUNS: u64 = 40;
    let noticed = (first..first + RUNS).find_map(|seed| {
        let broken = run_with(seed, Sabotaged { mistake: Some(sabotage) }).broken;
        broken.map(|broken| (seed, broken))
    });
    match noticed {
        Some((seed, broken)) => eprintln!("{sabotage:?}: noticed at seed {seed}: {broken}"),
        None => panic!("{sabotage:?} goes unnoticed for {RUNS} runs"),
    }
}

#[test]
fn a_hub_that_acknowledges_before_it_stores_is_noticed() {
    is_noticed(Sabotage::AcknowledgeBeforeStoring, 1);
}

#[test]
fn a_frame_that_was_skipped_is_noticed() {
    is_noticed(Sabotage::SkipAFrame, 1);
}

#[test]
fn an_incarnation_used_again_after_a_restore_is_noticed() {
    is_noticed(Sabotage::ReuseIncarnation, 12);
}

#[test]
fn a_journal_lost_in_a_power_cut_is_noticed() {
    is_noticed(Sabotage::LoseTheJournal, 1);
}

#[test]
fn an_answer_that_was_never_saved_is_noticed() {
    is_noticed(Sabotage::ShowUnsavedAsSaved, 1);
}

#[test]
fn a_record_that_the_hub_leaves_behind_is_noticed() {
    is_noticed(Sabotage::LeaveARecordBehind, 1);
}
