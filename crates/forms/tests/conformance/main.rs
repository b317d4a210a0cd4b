//! The public cases of other engines, which nobody of this project wrote, run on ours.
//!
//! The cases are never part of this tree: they lie in the folder that `CHASKI_CONFORMANCE` names, or else in `conformance/`
//! of the folder that `CHASKI_SHARED` names, or else beside the project. Without them the tests say so and pass.
//! `cargo xtask conformance DIR` runs all of it and shows what the tests print. `CHASKI_FAILURES=1` shows each case that fails;
//! any other value, those whose key contains it.
//!
//! What a file is about is told from what is in it, never from its name. What does not pass stands in `reasons.txt` with its
//! reason, and `floors.json` says how many must pass.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_debug_implementations)]

mod folder;
mod report;
mod scenarios;
mod xlsform;
mod xpath;

use folder::Shape;

#[test]
fn xpath_evaluations() {
    folder::each(Shape::Evaluations, xpath::evaluations);
}

#[test]
fn xpath_rows() {
    folder::each(Shape::Rows, xpath::rows);
}

#[test]
fn form_scenarios() {
    folder::each(Shape::Scenarios, scenarios::scenarios);
}

#[test]
fn written_form_scenarios() {
    folder::each(Shape::Scenarios, scenarios::written);
}

#[test]
fn workbooks() {
    folder::each(Shape::Workbooks, xlsform::workbooks);
}
