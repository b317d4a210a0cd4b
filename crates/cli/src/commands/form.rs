use std::io::Read;
use std::path::{Path, PathBuf};

use chaski_forms::{FormErrors, Limits, Problem, Reading, Severity, read_xlsx};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::Outcome;
use crate::failure::Failure;
use crate::output::{right, say, say_json};

#[derive(Debug, Subcommand)]
pub(crate) enum Form {
    Check(Check),
}

impl Form {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Check(check) => check.run(),
        }
    }
}

/// Read XLSForm workbooks and say everything that is wrong with them, with sheet, row, column and remedy
///
/// Nothing is stored. Warnings are things that are doubtful; the form works all the same.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski form check visit.xlsx
  chaski form check forms/*.xlsx --json

Exit codes: 0 every form can be used (there may be warnings), 1 some form cannot, 3 a file could not be read.")]
pub(crate) struct Check {
    /// The workbooks (.xlsx)
    #[arg(value_name = "FILE.xlsx", required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Check {
    fn run(self) -> Outcome {
        let mut results = Vec::new();
        let mut usable = true;
        let mut unread = Vec::new();
        for path in &self.files {
            let file = path.display().to_string();
            let bytes = match read(path) {
                Ok(bytes) => bytes,
                Err(failure) => {
                    if self.json {
                        results.push(json!({ "file": file, "usable": false, "unreadable": failure.to_string() }));
                    }
                    unread.push(failure);
                    continue;
                }
            };
            let outcome = read_xlsx(&bytes, &Limits::default());
            usable &= outcome.is_ok();
            if self.json {
                results.push(as_json(&file, outcome));
            } else {
                tell(&file, &outcome);
            }
        }
        if self.json {
            say_json(&Value::Array(results));
        }
        if unread.is_empty() { right(usable) } else { Err(Failure::Files(unread)) }
    }
}

/// The most bytes a workbook may have, as the hub takes them.
const FILE_BYTES: u64 = 32 << 20;

/// All of a file, unless it is too large to be a form.
fn read(path: &Path) -> Outcome<Vec<u8>> {
    let unreadable = |source| Failure::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(Failure::TooLarge { path: path.to_owned(), limit: FILE_BYTES });
    }
    Ok(bytes)
}

fn tell(file: &str, outcome: &Result<Reading, FormErrors>) {
    let problems = match outcome {
        Ok(reading) => &reading.warnings,
        Err(FormErrors(problems)) => problems,
    };
    for problem in problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        say(&format!("{file}: {severity}: {problem}"));
    }
    let errors = count(problems, Severity::Error);
    let warnings = counted(count(problems, Severity::Warning), "warning");
    match outcome {
        Ok(reading) => {
            let source = &reading.source;
            let version = source.version().to_string();
            say(&format!(
                "{file}: “{}” ({}) can be used; version {}; {warnings}",
                source.title(),
                source.form_id(),
                &version[..12]
            ));
            if !source.files().is_empty() {
                say(&format!("{file}: it looks things up in {}", source.files().join(", ")));
            }
        }
        Err(_) => say(&format!("{file}: cannot be used: {}, {warnings}", counted(errors, "error"))),
    }
}

fn as_json(file: &str, outcome: Result<Reading, FormErrors>) -> Value {
    match outcome {
        Ok(reading) => json!({
            "file": file,
            "usable": true,
            "form": reading.source.form_id(),
            "title": reading.source.title(),
            "version": reading.source.version(),
            "lists": reading.source.files(),
            "problems": described(&reading.warnings),
        }),
        Err(FormErrors(problems)) => json!({ "file": file, "usable": false, "problems": described(&problems) }),
    }
}

fn described(problems: &[Problem]) -> Vec<Value> {
    let describe = |problem: &Problem| {
        let mut value = json!(problem);
        value["message"] = json!(problem.to_string());
        value
    };
    problems.iter().map(describe).collect()
}

fn count(problems: &[Problem], severity: Severity) -> usize {
    problems.iter().filter(|problem| problem.severity == severity).count()
}

fn counted(number: usize, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}
