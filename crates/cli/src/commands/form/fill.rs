//! A form filled in by a script, for authors who test their forms.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaski_forms::view::{IssueAt, Language};
use chaski_forms::{Environment, Form, Lookups, NodeState, Session, SessionError, Strictness, languages};
use chaski_values::{NodePath, RecordId, RowId, Timestamp};
use clap::Args;
use serde_json::{Value, json};

use crate::Outcome;
use crate::failure::Failure;
use crate::output::{complain, say_json};

/// Fill in a form by a script and print what each step changed
///
/// STEPS.json is a list, each step one of:
///   {"answer": "T/part[2]/p_nombre", "value": "Julia"}   a text as the form keeps it; null takes the answer back
///   {"add": "T/part"}    {"remove": "T/part[2]"}         rows are numbered from 1
///   {"language": "en"}                                   its code or name
///   {"finalize": true}
/// A text as the form keeps it: a choice by its name, several with spaces between them, a day as 2026-05-31, a time as
/// 09:30:00, a position as "-13.16 -74.22 2746 5" (metres), a photo by the name of its file.
///
/// The result is a list of {"step", "nodes", "gone"}: after each step the nodes that stand differently now, computed ones among
/// them, and the places that are gone; first, as step 0, every node after opening. Finalizing adds "issues". A node has
///   path, place          where it is, with the ids of rows and with their numbers, which steps use
///   part                 value, group, repeat or row
///   value                as expressions see it; blank while it is not relevant
///   relevant, required, readonly
///   label                in the language in use, where the form says one
///   issue                what is wrong with the answer, if anything: required, constraint, …
///   choices              of a select: the names that can be taken now
/// The same script gives the same result when `--now` is given.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(after_help = "Examples:
  chaski form fill visit.xlsx steps.json
  chaski form fill visit.xlsx steps.json --lists lists --now 2026-11-12T09:30:00-05:00

Exit codes: 0 every step was taken (its answers may have issues), 1 the form or a step cannot be used, 3 a file could not be
read.")]
pub(crate) struct Fill {
    /// The form (.xlsx, .xls, .csv, .xml)
    #[arg(value_name = "FORM")]
    form: PathBuf,
    /// The script
    #[arg(value_name = "STEPS.json")]
    steps: PathBuf,
    /// The folder of the tables the form looks things up in; the form's own folder if not given
    #[arg(long, value_name = "FOLDER")]
    lists: Option<PathBuf>,
    /// What the form takes for now, as 2026-11-12T09:30:00-05:00
    #[arg(long, value_name = "MOMENT")]
    now: Option<chrono::DateTime<chrono::FixedOffset>>,
}

/// One step of a script.
enum Step {
    Answer(String, Option<String>),
    Add(String),
    Remove(String),
    Language(String),
    Finalize,
}

impl Step {
    /// Reads a step.
    ///
    /// # Errors
    /// With what to write instead.
    fn of(step: &Value) -> Result<Self, String> {
        const KNOWN: [&str; 5] = ["answer", "add", "remove", "language", "finalize"];
        let known = "`answer`, `add`, `remove`, `language` or `finalize`";
        let Value::Object(said) = step else { return Err(format!("a step is an object with {known}")) };
        let acts: Vec<&str> = KNOWN.into_iter().filter(|act| said.contains_key(*act)).collect();
        let [act] = acts.as_slice() else {
            return Err(format!("a step has exactly one of {known}, this has {}", acts.len()));
        };
        if let Some(stray) = said.keys().find(|key| *key != act && !(*act == "answer" && *key == "value")) {
            return Err(format!("`{stray}` does not go with `{act}`"));
        }
        let value = &step[*act];
        if *act == "finalize" {
            return match value {
                Value::Bool(true) => Ok(Self::Finalize),
                _ => Err("`finalize` is `true`; leave the step out if it is not".to_owned()),
            };
        }
        let Value::String(text) = value else { return Err(format!("what stands at `{act}` is a text in quotes")) };
        let text = text.clone();
        match *act {
            "add" => Ok(Self::Add(text)),
            "remove" => Ok(Self::Remove(text)),
            "language" => Ok(Self::Language(text)),
            _ => match said.get("value") {
                None => Err("an answer needs its `value`; `null` takes the answer back".to_owned()),
                Some(Value::Null) => Ok(Self::Answer(text, None)),
                Some(Value::String(value)) => Ok(Self::Answer(text, Some(value.clone()))),
                Some(number @ (Value::Number(_) | Value::Bool(_))) => Ok(Self::Answer(text, Some(number.to_string()))),
                Some(_) => {
                    Err("the `value` is a text, a number or null; several choices have spaces between them".to_owned())
                }
            },
        }
    }
}

/// Peru's.
const ZONE_MINUTES: i32 = -300;

impl Fill {
    pub(super) fn run(self) -> Outcome {
        let source = super::usable(&self.form, Strictness::Lenient)?;
        let form = match Form::from_source(&source) {
            Ok(form) => Arc::new(form),
            Err(errors) => {
                errors.0.iter().for_each(|problem| complain(&format!("{}: {problem}", self.form.display())));
                return Err(Failure::NotRight);
            }
        };
        let steps: Vec<Value> = match serde_json::from_slice(&super::bytes(&self.steps)?) {
            Ok(steps) => steps,
            Err(error) => return Err(wrong(&self.steps, &format!("not a list of steps: {error}"))),
        };
        let folder = self.lists.as_deref().or_else(|| self.form.parent()).unwrap_or(Path::new("."));
        let lookups = tables(folder, &source.files())?;
        let (now, zone_minutes) = match self.now {
            Some(now) => (now.timestamp_millis(), now.offset().local_minus_utc() / 60),
            None => (chrono::Utc::now().timestamp_millis(), ZONE_MINUTES),
        };
        let now =
            Timestamp::from_millis(now).map_err(|_| wrong(&self.steps, "--now is outside the years 0 to 9999"))?;
        let environment = Environment {
            now,
            zone_minutes,
            device: "script".to_owned(),
            person: "script".to_owned(),
            seed: [0; 32],
            lookups,
        };
        let record = RecordId::from_bytes([0; 16]);
        let known = languages(&source);
        let (mut session, _) = Session::open(form, environment, record, &BTreeMap::new());
        let mut before = session.states();
        let mut results = vec![json!({ "step": 0, "nodes": before })];
        for (number, step) in (1_u64..).zip(steps) {
            match take(&mut session, &known, &before, &step, number, now) {
                Ok(issues) => {
                    let after = session.states();
                    let (nodes, gone) = difference(&before, &after);
                    let mut told = json!({ "step": number, "nodes": nodes, "gone": gone });
                    if let Some(issues) = issues {
                        told["issues"] = json!(issues);
                    }
                    results.push(told);
                    before = after;
                }
                Err(reason) => {
                    // What was done before it may tell why.
                    say_json(&Value::Array(results));
                    return Err(wrong(&self.steps, &format!("step {number}: {reason}: {step}")));
                }
            }
        }
        say_json(&Value::Array(results));
        Ok(())
    }
}

fn wrong(path: &Path, reason: &str) -> Failure {
    complain(&format!("{}: {reason}", path.display()));
    Failure::NotRight
}

/// The tables that are there; a question whose table is not has no choices, as on a tablet.
fn tables(folder: &Path, files: &[String]) -> Outcome<Lookups> {
    let mut lookups = Lookups::default();
    for name in files {
        let path = folder.join(name);
        if !path.exists() {
            complain(&format!("{}: not there; what is looked up in it stays blank (see --lists)", path.display()));
            continue;
        }
        lookups.insert_file(name, &super::bytes(&path)?).map_err(|cause| wrong(&path, &cause.to_string()))?;
    }
    Ok(lookups)
}

/// Takes a step from where things stand; gives what finalizing found missing.
fn take(
    session: &mut Session,
    known: &[Language],
    standing: &[NodeState],
    step: &Value,
    number: u64,
    now: Timestamp,
) -> Result<Option<Vec<IssueAt>>, String> {
    match Step::of(step)? {
        Step::Answer(place, text) => {
            let path = path_of(standing, &place)?;
            let answer = match text {
                None => None,
                Some(text) => {
                    let answer = session.parse(&path, &text).map_err(|error| spoken(&error, &path, &place))?;
                    Some(answer.ok_or_else(|| format!("`{text}` is no answer to this kind of question"))?)
                }
            };
            session.answer(&path, answer).map(|_| None).map_err(|error| spoken(&error, &path, &place))
        }
        Step::Add(place) => {
            let path = path_of(standing, &place)?;
            let row = RowId::from_bytes(number.to_be_bytes());
            session.add_row(&path, row).map(|_| None).map_err(|error| spoken(&error, &path, &place))
        }
        Step::Remove(place) => {
            let path = path_of(standing, &place)?;
            session.remove_row(&path).map(|_| None).map_err(|error| spoken(&error, &path, &place))
        }
        Step::Language(wanted) => {
            let is_wanted = |language: &&Language| {
                let whole = format!("{} ({})", language.name, language.code);
                [&language.code, &language.name, &whole].iter().any(|name| name.eq_ignore_ascii_case(&wanted))
            };
            let Some(found) = known.iter().find(is_wanted) else {
                let codes: Vec<&str> = known.iter().map(|language| language.code.as_str()).collect();
                return Err(format!("the form is not written in `{wanted}`; it is in: {}", codes.join(", ")));
            };
            session.set_language(&found.code).map(|_| None).map_err(|error| error.to_string())
        }
        Step::Finalize => Ok(Some(session.finalize(now).issues)),
    }
}

/// What a session refuses, with the place as the script writes it.
fn spoken(error: &SessionError, path: &NodePath, place: &str) -> String {
    error.to_string().replace(&path.to_string(), place)
}

/// The path of a place such as `T/part[2]/p_nombre`: rows are counted from 1, as they stand.
fn path_of(standing: &[NodeState], place: &str) -> Result<NodePath, String> {
    let place = place.trim_matches('/');
    if let Some(found) = standing.iter().find(|state| state.place == place) {
        return Ok(found.path.clone());
    }
    let last = |place: &str| place.rsplit('/').next().and_then(|name| name.split('[').next()).map(str::to_owned);
    let meant = standing.iter().find(|state| last(&state.place) == last(place));
    Err(match meant {
        Some(meant) => format!("the form has no `{place}` now; did you mean `{}`?", meant.place),
        None => format!("the form has no `{place}` now; the nodes of step 0 have their places beside them"),
    })
}

/// What looks different from before, and what is gone.
fn difference(before: &[NodeState], after: &[NodeState]) -> (Vec<NodeState>, Vec<String>) {
    let known: BTreeMap<&NodePath, &NodeState> = before.iter().map(|state| (&state.path, state)).collect();
    let stands: BTreeSet<&NodePath> = after.iter().map(|state| &state.path).collect();
    let changed = after.iter().filter(|state| known.get(&state.path) != Some(state)).cloned().collect();
    let gone = before.iter().filter(|state| !stands.contains(&state.path)).map(|state| state.place.clone()).collect();
    (changed, gone)
}
