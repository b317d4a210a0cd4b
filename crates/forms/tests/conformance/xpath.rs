//! Expressions, evaluated in the documents they were recorded in.

use std::collections::BTreeMap;

use chaski_values::Timestamp;
use chaski_xpath::{
    Context, EvalError, Expr, Several, Slot, Text, Value, evaluate, evaluate_boolean, evaluate_nodes, evaluate_number,
    evaluate_text, parse, parse_deferring,
};
use serde_json::Value as Json;

pub(crate) mod dom;

use crate::report::{Outcome, Report};
use dom::{Document, Node};

/// When the cases were recorded: 2026-11-23T12:06:02.586-07:00.
pub(crate) const RECORDED: i64 = 1_795_460_762_586;
/// Minutes east of UTC in Phoenix, where they were recorded.
pub(crate) const PHOENIX: i16 = -420;
const UTC: i16 = 0;

pub(crate) struct Scene<'d> {
    pub(crate) document: &'d Document,
    pub(crate) current: Node,
    pub(crate) offset: i16,
    /// The language that texts are shown in; the document's default if nothing is given.
    pub(crate) language: Option<&'d str>,
}

impl Context for Scene<'_> {
    type Tree = Document;

    fn tree(&self) -> &Document {
        self.document
    }

    fn current(&self) -> Node {
        self.current
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(RECORDED).unwrap()
    }

    fn offset_minutes(&self) -> i16 {
        self.offset
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn slot(&self, _slot: Slot) -> Result<Value<Node>, EvalError> {
        Ok(Value::blank())
    }

    fn slot_nodes(&self, _slot: Slot) -> Result<Vec<Node>, EvalError> {
        Ok(Vec::new())
    }

    fn instance(&self, name: &str) -> Option<Node> {
        self.document.elements("instance").find(|node| self.document.attribute(*node, "id") == Some(name))
    }

    fn itext(&self, id: &str) -> Option<Text> {
        use chaski_xpath::Tree;
        let translations: Vec<Node> = self.document.elements("translation").collect();
        let having = |name: &str, value: Option<&str>| {
            let found = |node: &&Node| {
                self.document.attribute(**node, name).is_some_and(|v| value.is_none_or(|value| v == value))
            };
            translations.iter().find(found)
        };
        let shown = self.language.and_then(|language| having("lang", Some(language)));
        let language = *shown.or(having("default", None)).or(translations.first())?;
        let mut texts = Vec::new();
        self.document.children(language, &mut texts);
        let text = texts.into_iter().find(|node| self.document.attribute(*node, "id") == Some(id))?;
        Some(self.document.text(self.document.child(text, "value")?).into())
    }

    fn several(&self) -> Several {
        Several::First
    }
}

fn text<'j>(json: &'j Json, field: &str) -> &'j str {
    json[field].as_str().unwrap_or_default()
}

/// A number as the cases write it.
fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            "Math.PI / 2" => Some(std::f64::consts::FRAC_PI_2),
            _ => None,
        },
        _ => None,
    }
}

/// Equal but for the last bits, which differ between mathematics libraries.
fn same(left: f64, right: f64) -> bool {
    left.is_nan() && right.is_nan() || left == right || (left - right).abs() <= 1e-12 * left.abs().max(right.abs())
}

fn judge<T: std::fmt::Debug, E: std::fmt::Debug>(
    found: Result<T, E>,
    wanted: &impl std::fmt::Debug,
    holds: impl Fn(&T) -> bool,
) -> Outcome {
    match found {
        Ok(found) if holds(&found) => Outcome::Passed,
        found => Outcome::Failed(format!("wanted {wanted:?}, found {found:?}")),
    }
}

fn run(case: &Json, documents: &BTreeMap<String, Result<Document, String>>, language: Option<&str>) -> Outcome {
    let expression = text(case, "expr");
    if ["random()", "uuid(", "now()"].iter().any(|call| expression.contains(call)) && case.get("error").is_none() {
        return Outcome::Skipped("depends on chance or the clock");
    }
    if expression.starts_with("randomize(")
        && !expression.contains("],")
        && !expression.contains("div, ")
        && case.get("error").is_none()
    {
        return Outcome::Skipped("depends on chance or the clock");
    }
    let empty = Document::parse("<root/>").unwrap();
    let document = match documents.get(text(case, "doc")) {
        Some(Ok(document)) => document,
        Some(Err(_)) => return Outcome::Skipped("its document is not XML"),
        None => &empty,
    };
    let parsed = parse_deferring(expression);
    let wants_error = case.get("error").is_some();
    let expr: Expr = match parsed {
        Ok(expr) => expr,
        Err(_) if wants_error => return Outcome::Passed,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let Some(current) = document.at(text(case, "ctx")) else {
        return Outcome::Skipped("its context node is not in the document");
    };
    let scene = Scene { document, current, offset: PHOENIX, language };
    if wants_error {
        return match evaluate(&expr, &scene) {
            Err(_) => Outcome::Passed,
            found => Outcome::Failed(format!("wanted an error, found {found:?}")),
        };
    }
    match case["resultType"].as_i64() {
        Some(1) => {
            let Some(wanted) = number(&case["number"]) else { return only_evaluated(&expr, &scene) };
            judge(evaluate_number(&expr, &scene), &wanted, |found| same(*found, wanted))
        }
        Some(2) => {
            let wanted = text(case, "string");
            judge(evaluate_text(&expr, &scene), &wanted, |found| **found == *wanted)
        }
        Some(3) => {
            let Some(wanted) = case["boolean"].as_bool() else { return only_evaluated(&expr, &scene) };
            judge(evaluate_boolean(&expr, &scene), &wanted, |found| *found == wanted)
        }
        Some(kind @ 4..=7) => {
            let Some(wanted) = case["nodes"].as_array() else { return only_evaluated(&expr, &scene) };
            // A document type is a node to a browser, not to XPath: `at` does not find it.
            let mut wanted: Vec<Node> =
                wanted.iter().filter_map(|path| document.at(path.as_str().unwrap_or("?"))).collect();
            wanted.sort_unstable_by_key(|node| if kind % 2 == 0 { *node } else { 0 });
            judge(evaluate_nodes(&expr, &scene), &wanted, |found| {
                let mut found = found.clone();
                found.sort_unstable_by_key(|node| if kind % 2 == 0 { *node } else { 0 });
                found == wanted
            })
        }
        Some(8 | 9) => {
            let wanted = case["node"].as_str().and_then(|path| document.at(path));
            judge(evaluate_nodes(&expr, &scene), &wanted, |found| found.first().copied() == wanted)
        }
        _ => only_evaluated(&expr, &scene),
    }
}

/// Where nothing says what comes of it, an expression must at least come to something.
fn only_evaluated(expr: &Expr, scene: &Scene<'_>) -> Outcome {
    match evaluate(expr, scene) {
        Ok(_) => Outcome::Skipped("no result recorded: it was only evaluated"),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// The language that a test names: `… in language 'fr'`.
fn language(test: &str) -> Option<&str> {
    let (_, named) = test.rsplit_once("in language '")?;
    named.split_once('\'').map(|(language, _)| language)
}

pub(crate) fn evaluations(cases: &Json, report: &mut Report) {
    let documents: BTreeMap<String, Result<Document, String>> = cases["docs"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(id, xml)| (id.clone(), Document::parse(xml.as_str().unwrap_or_default())))
        .collect();
    for case in cases["cases"].as_array().unwrap() {
        for evaluation in case["evals"].as_array().unwrap() {
            let place = format!("{} {}", text(evaluation, "doc"), text(evaluation, "ctx"));
            report.add(text(evaluation, "expr"), &place, run(evaluation, &documents, language(text(case, "test"))));
        }
    }
}

pub(crate) fn rows(cases: &Json, report: &mut Report) {
    let document = Document::parse("<root/>").unwrap();
    let scene = Scene { document: &document, current: 0, offset: UTC, language: None };
    for case in cases["eval"].as_array().unwrap() {
        let expression = text(case, "expr");
        report.add(expression, "", run_row(case, expression, &scene));
    }
    for row in cases["parse"].as_array().unwrap() {
        let expression = row[0].as_str().unwrap_or_default();
        let outcome = match (parse_deferring(expression), row[1].is_null()) {
            (Ok(_), false) | (Err(_), true) => Outcome::Passed,
            (Ok(expr), true) => Outcome::Failed(format!("wanted a refusal, read {expr:?}")),
            (Err(error), false) => Outcome::Failed(format!("{error}; wanted {}", row[1])),
        };
        report.add(expression, "", outcome);
    }
}

fn run_row(case: &Json, expression: &str, scene: &Scene<'_>) -> Outcome {
    if !case["instance"].is_null() {
        return Outcome::Skipped("its tree is built in code");
    }
    let wants_error = case.get("error").is_some();
    // Where the other engine fails while a form is filled in, a form with that expression is not even read.
    if wants_error && parse(expression).is_err() {
        return Outcome::Passed;
    }
    let expr = match parse_deferring(expression) {
        Ok(expr) => expr,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    if wants_error {
        return judge(
            match evaluate(&expr, scene) {
                Err(error) => Ok(error),
                Ok(value) => Err(value),
            },
            &"an error",
            |_| true,
        );
    }
    if let Some(wanted) = case.get("boolean").and_then(Json::as_bool) {
        return judge(evaluate_boolean(&expr, scene), &wanted, |found| *found == wanted);
    }
    if let Some(wanted) = case.get("string").and_then(Json::as_str) {
        return judge(evaluate_text(&expr, scene), &wanted, |found| **found == *wanted);
    }
    if let Some(wanted) = case.get("number").and_then(number) {
        return judge(evaluate_number(&expr, scene), &wanted, |found| {
            (found - wanted).abs() < 1e-9 || same(*found, wanted)
        });
    }
    if let Some([year, month, day]) = case["date"].as_array().map(Vec::as_slice) {
        let wanted =
            format!("{:04}-{:02}-{:02}", year.as_i64().unwrap(), month.as_i64().unwrap(), day.as_i64().unwrap());
        return judge(evaluate_text(&expr, scene), &wanted, |found| **found == *wanted);
    }
    Outcome::Skipped("no result recorded")
}
