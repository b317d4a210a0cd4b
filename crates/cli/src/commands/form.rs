use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use chaski_forms::{
    FormErrors, FormSource, Options, Problem, Reading, Severity, Strictness, gathered, languages, questionnaire,
    read_form, told, write_xform,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::Outcome;
use crate::failure::Failure;
use crate::output::{complain, right, say, say_json};

mod fill;

#[derive(Debug, Subcommand)]
pub(crate) enum Form {
    Check(Check),
    Xform(Xform),
    Fill(fill::Fill),
    Docs(Docs),
}

impl Form {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Check(check) => check.run(),
            Self::Xform(xform) => xform.run(),
            Self::Fill(fill) => fill.run(),
            Self::Docs(docs) => docs.run(),
        }
    }
}

/// Read forms and say everything that is wrong with them, with sheet, row, column and remedy
///
/// A form is an XLSForm workbook (.xlsx, .xls), a CSV whose first column names the sheets, or an ODK XForm (.xml). Nothing
/// is stored. Warnings are things that are doubtful; the form works all the same.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski form check visit.xlsx
  chaski form check forms/*.xlsx --strict --json

Exit codes: 0 every form can be used (there may be warnings), 1 some form cannot, 3 a file could not be read.")]
pub(crate) struct Check {
    /// The forms (.xlsx, .xls, .csv, .xml); `-` is the standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Refuse what the reference converter of XLSForm refuses, instead of warning
    #[arg(long)]
    strict: bool,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Check {
    fn run(self) -> Outcome {
        let strictness = if self.strict { Strictness::Strict } else { Strictness::Lenient };
        let mut results = Vec::new();
        let mut usable = true;
        let mut unread = Vec::new();
        for path in &self.files {
            let file = path.display().to_string();
            let outcome = match read(path, strictness) {
                Ok(outcome) => outcome,
                Err(failure) => {
                    if self.json {
                        results.push(json!({ "file": file, "usable": false, "unreadable": failure.to_string() }));
                    }
                    unread.push(failure);
                    continue;
                }
            };
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

/// All of a file, or of the standard input for `-`, unless it is too large to be a form.
fn bytes(path: &Path) -> Outcome<Vec<u8>> {
    let unreadable = |source| Failure::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(std::fs::File::open(path).map_err(unreadable)?),
    };
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(Failure::TooLarge { path: path.to_owned(), limit: FILE_BYTES });
    }
    Ok(bytes)
}

/// Write a form as an ODK XForm (XML), as other programs take it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski form xform visit.xlsx > visit.xml
  chaski form xform visit.xlsx --out visit.xml

Exit codes: 0 it was written, 1 the form cannot be used, 3 a file could not be read or written.")]
pub(crate) struct Xform {
    /// The form (.xlsx, .xls, .csv, .xml); `-` is the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Refuse what the reference converter of XLSForm refuses, instead of warning
    #[arg(long)]
    strict: bool,
    /// Where to write; the standard output if not given
    #[arg(long, value_name = "FILE.xml")]
    out: Option<PathBuf>,
}

impl Xform {
    fn run(self) -> Outcome {
        let strictness = if self.strict { Strictness::Strict } else { Strictness::Lenient };
        let source = usable(&self.file, strictness)?;
        put(self.out.as_deref(), &write_xform(&source))
    }
}

/// Write a form as a questionnaire to print (HTML), in one of its languages or in each
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski form docs visit.xlsx --language es > visit.html
  chaski form docs visit.xlsx --out paper        (writes paper/visit.es.html, paper/visit.qu.html …)

Exit codes: 0 it was written, 1 the form cannot be used or has no such language, 3 a file could not be read or written.")]
pub(crate) struct Docs {
    /// The form (.xlsx, .xls, .csv, .xml); `-` is the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language's code or name; the default one if not given
    #[arg(long, conflicts_with = "out")]
    language: Option<String>,
    /// A folder for one file a language
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Docs {
    fn run(self) -> Outcome {
        let source = usable(&self.file, Strictness::Lenient)?;
        let languages = languages(&source);
        let Some(folder) = self.out else {
            let wanted = self.language.unwrap_or_default();
            let is_wanted = |name: &str| name.eq_ignore_ascii_case(&wanted);
            let found = languages.iter().position(|known| is_wanted(&known.code) || is_wanted(&known.name));
            let Some(index) = found.or(wanted.is_empty().then_some(0)) else {
                let known: Vec<String> = languages.iter().map(|known| known.code.clone()).collect();
                complain(&format!("the form is not written in `{wanted}`; it is in: {}", known.join(", ")));
                return Err(Failure::NotRight);
            };
            return put(None, &questionnaire(&source, index));
        };
        std::fs::create_dir_all(&folder).map_err(|source| Failure::Unwritable { path: folder.clone(), source })?;
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (index, language) in languages.iter().enumerate() {
            let code: String = language.code.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect();
            let name = if code.is_empty() { format!("{stem}.html") } else { format!("{stem}.{code}.html") };
            let path = folder.join(name);
            put(Some(&path), &questionnaire(&source, index))?;
            say(&path.display().to_string());
        }
        Ok(())
    }
}

/// Reads a form of any kind.
fn read(path: &Path, strictness: Strictness) -> Result<Result<Reading, FormErrors>, Failure> {
    let bytes = bytes(path)?;
    let stem = path.file_stem().filter(|stem| *stem != "-");
    let form_id = stem.map(|stem| stem.to_string_lossy().into_owned());
    Ok(read_form(&bytes, &Options { strictness, form_id, ..Options::default() }))
}

/// Reads a form that can be used, or says why it cannot.
fn usable(path: &Path, strictness: Strictness) -> Result<FormSource, Failure> {
    let file = path.display();
    match read(path, strictness)? {
        Ok(reading) => {
            complain_of(&file.to_string(), &reading.warnings);
            Ok(reading.source)
        }
        Err(FormErrors(problems)) => {
            complain_of(&file.to_string(), &problems);
            Err(Failure::NotRight)
        }
    }
}

/// Tells of problems where they are not the command's result.
fn complain_of(file: &str, problems: &[Problem]) {
    for (problem, rows) in gathered(problems) {
        let severity = if problem.severity == Severity::Warning { "warning: " } else { "" };
        complain(&format!("{file}: {severity}{}", told(problem, &rows)));
    }
}

/// Writes text to a file, or says it.
fn put(path: Option<&Path>, text: &str) -> Outcome {
    match path {
        None => say(text.trim_end()),
        Some(path) => {
            std::fs::write(path, text).map_err(|source| Failure::Unwritable { path: path.to_path_buf(), source })?;
        }
    }
    Ok(())
}

fn tell(file: &str, outcome: &Result<Reading, FormErrors>) {
    let problems = match outcome {
        Ok(reading) => &reading.warnings,
        Err(FormErrors(problems)) => problems,
    };
    for (problem, rows) in gathered(problems) {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        say(&format!("{file}: {severity}: {}", told(problem, &rows)));
    }
    let problems = distinct(problems);
    let errors = count(&problems, Severity::Error);
    let warnings = counted(count(&problems, Severity::Warning), "warning");
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

/// Each problem once: one cell may name what is not there several times.
fn distinct(problems: &[Problem]) -> Vec<&Problem> {
    let mut known = BTreeSet::new();
    problems.iter().filter(|problem| known.insert((problem.severity, problem.to_string()))).collect()
}

fn described(problems: &[Problem]) -> Vec<Value> {
    let describe = |problem: &Problem| {
        let mut value = json!(problem);
        value["message"] = json!(problem.to_string());
        value
    };
    distinct(problems).into_iter().map(describe).collect()
}

fn count(problems: &[&Problem], severity: Severity) -> usize {
    problems.iter().filter(|problem| problem.severity == severity).count()
}

fn counted(number: usize, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}
