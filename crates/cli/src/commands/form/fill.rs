//! A form filled in by a script, for authors who test their forms.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaski_forms::view::IssueAt;
use chaski_forms::{Environment, Form, Lookups, NodeState, Session, SessionError, Strictness};
use chaski_values::{NodePath, RecordId, RowId, Timestamp};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Outcome;
use crate::failure::Failure;
use crate::output::{complain, say_json};

/// Fill in a form by a script and print what each step changed
///
/// STEPS.json is a list, each step one of:
///   {"answer": "T/part[2]/p_nombre", "value": "Julia"}   a text as the form keeps it; null takes the answer back
///   {"add": "T/part"}    {"remove": "T/part[2]"}         rows are numbered from 1
///   {"language": "English (en)"}
///   {"finalize": true}
///
/// The result is one list of JSON: for each step the nodes that stand differently now, computed ones among them, with value,
/// relevance, choices and issue, and the places that are gone; first, as step 0, everything after opening. The same script
/// gives the same result when `--now` is given.
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
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Step {
    Answer { answer: String, value: Option<Value> },
    Add { add: String },
    Remove { remove: String },
    Language { language: String },
    Finalize { finalize: bool },
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
        let (mut session, _) = Session::open(form, environment, record, &BTreeMap::new());
        let mut before = session.states();
        let mut results = vec![json!({ "step": 0, "nodes": before })];
        for (number, step) in (1_u64..).zip(steps) {
            match take(&mut session, &before, &step, number, now) {
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
    standing: &[NodeState],
    step: &Value,
    number: u64,
    now: Timestamp,
) -> Result<Option<Vec<IssueAt>>, String> {
    let step: Step = Step::deserialize(step).map_err(|_| "not a step; see `chaski form fill --help`".to_owned())?;
    let spoken = |error: SessionError| error.to_string();
    match step {
        Step::Answer { answer: place, value } => {
            let path = path_of(standing, &place)?;
            let text = match value {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text),
                Some(number @ (Value::Number(_) | Value::Bool(_))) => Some(number.to_string()),
                Some(_) => return Err("the value is a text, a number or null".to_owned()),
            };
            let answer = match text {
                None => None,
                Some(text) => {
                    let answer = session.parse(&path, &text).map_err(spoken)?;
                    Some(answer.ok_or_else(|| format!("`{text}` is no answer to this kind of question"))?)
                }
            };
            session.answer(&path, answer).map(|_| None).map_err(spoken)
        }
        Step::Add { add } => {
            let path = path_of(standing, &add)?;
            session.add_row(&path, RowId::from_bytes(number.to_be_bytes())).map(|_| None).map_err(spoken)
        }
        Step::Remove { remove } => {
            let path = path_of(standing, &remove)?;
            session.remove_row(&path).map(|_| None).map_err(spoken)
        }
        Step::Language { language } => session.set_language(&language).map(|_| None).map_err(spoken),
        Step::Finalize { finalize: true } => Ok(Some(session.finalize(now).issues)),
        Step::Finalize { finalize: false } => Err("`finalize` is true or not there".to_owned()),
    }
}

/// The path of a place such as `T/part[2]/p_nombre`: rows are counted from 1, as they stand.
fn path_of(standing: &[NodeState], place: &str) -> Result<NodePath, String> {
    let place = place.trim_matches('/');
    let found = standing.iter().find(|state| state.place == place);
    found
        .map(|state| state.path.clone())
        .ok_or_else(|| format!("the form has no `{place}` now; rows are named as `repeat[1]`"))
}

/// What looks different from before, and what is gone.
fn difference(before: &[NodeState], after: &[NodeState]) -> (Vec<NodeState>, Vec<String>) {
    let known: BTreeMap<&NodePath, &NodeState> = before.iter().map(|state| (&state.path, state)).collect();
    let stands: BTreeSet<&NodePath> = after.iter().map(|state| &state.path).collect();
    let changed = after.iter().filter(|state| known.get(&state.path) != Some(state)).cloned().collect();
    let gone = before.iter().filter(|state| !stands.contains(&state.path)).map(|state| state.place.clone()).collect();
    (changed, gone)
}
