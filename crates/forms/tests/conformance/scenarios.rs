//! Forms as XML, filled in step by step as another engine did: after each step, every node must be as it was there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chaski_forms::view::IssueKind;
use chaski_forms::{Environment, Form, Limits, Lookups, NodeState, Part, Session, read_xform, write_xform};
use chaski_values::{Answer, CivilTime, Hash32, MediaRef, NodePath, RecordId, RowId, Timestamp};
use chaski_xpath::Moment;
use serde_json::Value as Json;

use crate::report::{Outcome, Report};
use crate::xpath::{PHOENIX, RECORDED};

/// What is expected of the nodes, by their place.
type Expected = BTreeMap<String, Json>;

struct Filling {
    session: Session,
    expected: Expected,
    rows: u8,
    /// Where a file was given: it is known by its content here and by its name there.
    files: BTreeSet<String>,
    is_written: bool,
}

/// Why a trace cannot go on.
type Step = Result<(), String>;

pub(crate) fn scenarios(cases: &Json, report: &mut Report) {
    fill_in(cases, report, false);
}

fn fill_in(cases: &Json, report: &mut Report, is_written: bool) {
    let mut forms: BTreeMap<&str, Result<Arc<Form>, String>> = BTreeMap::new();
    for trace in cases["traces"].as_array().unwrap() {
        let id = trace["form"].as_str().unwrap();
        let xml = cases["forms"][id].as_str().unwrap();
        let form = forms.entry(id).or_insert_with(|| read(xml));
        let outcome = match form {
            Ok(form) => run(form, xml, trace, is_written),
            Err(error) => Outcome::Failed(format!("not read: {error}")),
        };
        report.add(trace["test"].as_str().unwrap(), &format!("{} {id}", trace["file"].as_str().unwrap()), outcome);
    }
}

/// The same with each form written as an XForm and read again: nothing of it may be lost on the way.
pub(crate) fn written(cases: &Json, report: &mut Report) {
    report.rename(", each form written and read again");
    let mut forms = cases.clone();
    for (_, xml) in forms["forms"].as_object_mut().unwrap() {
        let reading = read_xform(xml.as_str().unwrap().as_bytes(), &Limits::default());
        if let Ok(reading) = reading {
            *xml = write_xform(&reading.source).into();
        }
    }
    fill_in(&forms, report, true);
}

fn read(xml: &str) -> Result<Arc<Form>, String> {
    let told = |errors: chaski_forms::FormErrors| {
        let told: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        told.join("\n       ")
    };
    let reading = read_xform(xml.as_bytes(), &Limits::default()).map_err(told)?;
    Form::from_source(&reading.source).map(Arc::new).map_err(told)
}

fn run(form: &Arc<Form>, xml: &str, trace: &Json, is_written: bool) -> Outcome {
    if xml.contains("src=\"jr://file") {
        return Outcome::Skipped("the files beside its form were not recorded");
    }
    if trace["steps"].as_array().unwrap().iter().any(|step| {
        step["args"].as_array().into_iter().flatten().any(|value| value == "[object Object]" && step["op"] == "answer")
    }) {
        return Outcome::Skipped("an answer was not recorded");
    }
    let environment = Environment {
        now: Timestamp::from_millis(RECORDED).unwrap(),
        zone_minutes: PHOENIX.into(),
        device: String::new(),
        person: String::new(),
        seed: [7; 32],
        lookups: Lookups::default(),
    };
    let record = RecordId::from_bytes([1; 16]);
    // A trace that is about a record of another sitting begins with it.
    let is_edited = trace["test"].as_str().unwrap().to_lowercase().contains("edit");
    let saved = match trace["steps"][0]["xml"].as_str().filter(|_| is_edited) {
        Some(begun) => match form.read_instance(record, begun.as_bytes(), PHOENIX.into()) {
            Ok(instance) => instance.saved,
            Err(cause) => return Outcome::Failed(format!("its record is not read: {cause}")),
        },
        None => BTreeMap::new(),
    };
    let (session, _) = Session::open(form.clone(), environment, record, &saved);
    let mut filling = Filling { session, expected: Expected::new(), rows: 0, files: BTreeSet::new(), is_written };
    for (index, step) in trace["steps"].as_array().unwrap().iter().enumerate() {
        if step["state"].get("err").is_some() {
            // Their engine came to no state of its own here.
            break;
        }
        if let Err(why) = filling.step(step) {
            return Outcome::Failed(format!("step {index}, {} {}: {why}", step["op"], step["args"]));
        }
    }
    Outcome::Passed
}

/// A reference without the outermost name and without prefixes: `/data/orx:meta/x` gives `meta/x`.
fn place(reference: &str) -> String {
    let names = reference.split('/').skip(2).map(|name| name.rsplit(':').next().unwrap());
    names.collect::<Vec<_>>().join("/")
}

impl Filling {
    fn step(&mut self, step: &Json) -> Step {
        let arguments = step["args"].as_array().map(Vec::as_slice).unwrap_or_default();
        let word = |index: usize| arguments.get(index).and_then(Json::as_str).unwrap_or_default();
        match step["op"].as_str().unwrap() {
            "answer" => {
                let values = if word(0).starts_with('/') { &arguments[1..] } else { arguments };
                let answered = self.answer(&place(step["at"].as_str().unwrap()), values);
                if step.get("error").is_none() {
                    answered?;
                }
            }
            "createNewRepeat" if step.get("error").is_none() => {
                let at = place(step["at"].as_str().unwrap());
                let repeat = at.rsplit_once('[').map_or(at.as_str(), |(repeat, _)| repeat);
                let path = self.path(repeat)?;
                self.rows += 1;
                let row = RowId::from_bytes([200, 0, 0, 0, 0, 0, 0, self.rows]);
                self.session.add_row(&path, row).map_err(|error| error.to_string())?;
            }
            "removeRepeat" => {
                let path = self.path(&place(word(0)))?;
                self.session.remove_row(&path).map_err(|error| error.to_string())?;
            }
            "setLanguage" => {
                self.session.set_language(&language(word(0))).map_err(|error| error.to_string())?;
            }
            // What its own types hold was not always recorded.
            "answerOf" if step.get("result").is_some() => {
                let found = self.states().remove(&place(word(0))).ok_or("no such node")?;
                let wanted = step["result"].as_str().unwrap_or_default();
                let is_file = self.files.contains(&found.place);
                return match is_file || alike(&found.value, wanted) {
                    true => Ok(()),
                    false => Err(format!("{wanted:?}, not {:?}", found.value)),
                };
            }
            "countRepeatInstancesOf" => {
                let (repeat, states) = (place(word(0)), self.states());
                let rows = states.values().filter(|state| {
                    state.part == Part::Row && state.relevant && state.place.rsplit_once('[').unwrap().0 == repeat
                });
                let (rows, wanted) = (rows.count() as u64, step["result"].as_u64().unwrap_or(0));
                return if rows == wanted { Ok(()) } else { Err(format!("{wanted} rows, not {rows}")) };
            }
            "answerOf" => return Ok(()),
            _ => {}
        }
        self.expect(step);
        self.compare()
    }

    fn states(&self) -> BTreeMap<String, NodeState> {
        self.session.states().into_iter().map(|state| (state.place.clone(), state)).collect()
    }

    fn path(&self, place: &str) -> Result<NodePath, String> {
        let state = self.session.states().into_iter().find(|state| state.place == place);
        state.map(|state| state.path).ok_or_else(|| format!("there is no {place}"))
    }

    fn answer(&mut self, place: &str, values: &[Json]) -> Step {
        let path = self.path(place)?;
        let is_trigger = self.expected.get(place).is_some_and(|node| node["t"] == "trigger");
        let words: Vec<String> = values
            .iter()
            .map(|value| match value {
                Json::String(text) => text.clone(),
                Json::Bool(truth) if is_trigger => if *truth { "OK" } else { "" }.to_owned(),
                Json::Bool(truth) => u8::from(*truth).to_string(),
                Json::Null => String::new(),
                value => value.to_string(),
            })
            .collect();
        let text = words.join(" ");
        let mut answer = self.session.parse(&path, &text).map_err(|error| error.to_string())?;
        if answer.is_none() && !text.is_empty() {
            let hash = Hash32::of_content(text.as_bytes());
            let media = Answer::Media(MediaRef { hash, length: 1, media_type: "text/plain".to_owned() });
            if self.session.answer(&path, Some(media)).is_ok() {
                self.files.insert(place.to_owned());
                return Ok(());
            }
            answer = None;
        }
        self.session.answer(&path, answer).map(drop).map_err(|error| error.to_string())
    }

    /// What the step changed there is expected from now on.
    fn expect(&mut self, step: &Json) {
        for gone in step["gone"].as_array().into_iter().flatten() {
            let reference = gone.as_str().unwrap().split_once(' ').unwrap().1;
            self.expected.remove(&place(reference));
        }
        for changed in step["changed"].as_array().into_iter().flatten() {
            self.expected.insert(place(changed["ref"].as_str().unwrap()), changed.clone());
        }
    }

    fn compare(&self) -> Step {
        let states = self.states();
        // A form that is written gives every record an id of its own making.
        let is_own = |place: &str| place.is_empty() || self.is_written && place == "meta/instanceID";
        for (place, wanted) in self.expected.iter().filter(|(place, _)| !is_own(place)) {
            let Some(found) = states.get(place) else {
                // Their engine adds these to every form that has none.
                if place == "meta" || place == "meta/instanceID" || is_hidden(place, &self.expected) {
                    continue;
                }
                return Err(format!("there is no {place}"));
            };
            differs(found, wanted).map_or(Ok(()), |difference| Err(format!("{place} {difference}")))?;
        }
        let extra = states
            .values()
            .find(|state| state.relevant && state.part == Part::Row && !self.expected.contains_key(&state.place));
        extra.map_or(Ok(()), |state| Err(format!("{} is there", state.place)))
    }
}

/// Whether a node is in a row or group that does not count: what it holds there is not what a record would hold.
fn is_hidden(place: &str, expected: &Expected) -> bool {
    expected.get(place).is_some_and(|wanted| wanted["relevant"] == Json::Bool(false))
}

fn language(argument: &str) -> String {
    match argument.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((_, code)) => code.to_owned(),
        None => argument.to_owned(),
    }
}

/// Equal; or both drawn by chance; or the same moment, time or numbers, which either engine writes in its own way: with the
/// zone or without, `0.0` or `0`, a position to the centimetre.
fn alike(found: &str, wanted: &str) -> bool {
    let is_id = |text: &str| text.trim_start_matches("uuid:").len() == 36 && text.matches('-').count() == 4;
    let numbers = |text: &str| -> Option<Vec<f64>> {
        let parts = text.split([' ', ';']).filter(|part| !part.is_empty());
        parts.map(|part| part.parse().ok()).collect::<Option<Vec<f64>>>().filter(|found| !found.is_empty())
    };
    let are_same_numbers = || match (numbers(found), numbers(wanted)) {
        (Some(found), Some(wanted)) if found.len() == wanted.len() => {
            found.iter().zip(&wanted).all(|(one, other)| (one - other).abs() < 1e-7)
        }
        _ => false,
    };
    let moment = |text: &str| Moment::parse(text, PHOENIX).filter(|_| text.contains('T')).map(Moment::timestamp);
    let time = |text: &str| {
        let (bare, _) = text.split_once(['-', '+']).unwrap_or((text, ""));
        bare.parse::<CivilTime>().ok().filter(|_| text.contains(':'))
    };
    found == wanted
        || is_id(found) && is_id(wanted)
        || are_same_numbers()
        || moment(found).is_some_and(|at| moment(wanted).is_some_and(|wanted| is_same_moment(at, wanted)))
        || time(found).is_some_and(|at| time(wanted) == Some(at))
}

/// Equal; or both the moment of the recording, which took some minutes.
fn is_same_moment(found: Timestamp, wanted: Timestamp) -> bool {
    let apart = (found.millis() - wanted.millis()).abs();
    apart == 0 || found.millis() == RECORDED && apart < 3_600_000
}

/// The words of a label as far as they were recorded.
fn recorded(label: &str) -> String {
    label.trim().chars().take(190).collect::<String>().trim_end().to_owned()
}

fn differs(found: &NodeState, wanted: &Json) -> Option<String> {
    let is = |field: &str| wanted[field].as_bool();
    let differ = |field: &str, found: &dyn std::fmt::Debug, wanted: &dyn std::fmt::Debug| {
        Some(format!("{field}: {wanted:?} expected, found {found:?}"))
    };
    let relevant = is("relevant").unwrap_or(true);
    if found.relevant != relevant {
        return differ("relevant", &found.relevant, &relevant);
    }
    if !relevant {
        return None;
    }
    if let Some(value) = wanted["value"].as_str().filter(|_| found.part == Part::Value) {
        let is_file = wanted["t"] == "upload";
        let is_kept = is_file && found.value.is_empty() == value.is_empty();
        if !is_kept && !alike(&found.value, value) {
            return differ("value", &found.value, &value);
        }
    }
    let (required, readonly) = (is("required").unwrap_or(false), is("readonly").unwrap_or(false));
    // Only a question can be answered.
    if found.required != required && found.part == Part::Value {
        return differ("required", &found.required, &required);
    }
    // A note is there to be read, and says so there.
    if found.readonly != readonly && wanted["t"] != "note" {
        return differ("readonly", &found.readonly, &readonly);
    }
    if let Some(options) = wanted["options"].as_array() {
        let options: Vec<&str> = options.iter().filter_map(Json::as_str).collect();
        if found.choices.as_deref().unwrap_or_default() != options {
            return differ("options", &found.choices, &options);
        }
    }
    if let Some(label) = wanted["label"].as_str()
        && recorded(found.label.as_deref().unwrap_or_default()) != recorded(label)
    {
        return differ("label", &found.label, &label);
    }
    // What no one is asked is no one's to mend.
    if wanted["t"] == "model-value" || wanted["t"] == "note" || found.readonly {
        return None;
    }
    let issue = match () {
        () if is("requiredViolated") == Some(true) => Some(IssueKind::Required),
        () if is("constraintViolated") == Some(true) => Some(IssueKind::Constraint),
        () => None,
    };
    (found.issue != issue).then(|| differ("issue", &found.issue, &issue)).flatten()
}
