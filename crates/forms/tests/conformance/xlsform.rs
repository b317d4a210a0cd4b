//! Workbooks: the XForm they become, what they are refused for, and what is doubtful in them.
//!
//! A form is read strictly. Where the reference refuses one, ours must refuse it; where the reference's words name a row, so
//! must ours. The words themselves are ours: they are not compared.

use chaski_forms::{FormErrors, Options, Problem, Strictness, read_csv, write_xform};
use chaski_xpath::{Expr, ExprKind, evaluate, evaluate_nodes, parse_deferring};
use serde_json::Value as Json;

use crate::report::{Outcome, Report};
use crate::xpath::Scene;
use crate::xpath::dom::{Document, Node};

mod canonical;

pub(crate) fn workbooks(cases: &Json, report: &mut Report) {
    for case in cases["cases"].as_array().unwrap() {
        let key = case["id"].as_str().unwrap_or_default();
        let number = case["n"].to_string();
        // A test of the reference may judge several forms.
        let key = if number == "0" { key.to_owned() } else { format!("{key} {number}") };
        report.add(&key, &number, run(case));
    }
}

fn run(case: &Json) -> Outcome {
    if case["status"] != "pass" {
        return Outcome::Skipped("the reference itself does not pass it");
    }
    let Some(sheets) = case["sheets"].as_object() else { return Outcome::Skipped("it is no workbook") };
    let asserted = &case["assert"];
    let options = Options {
        strictness: Strictness::Strict,
        form_id: Some("data".to_owned()),
        root: asserted["name"].as_str().map(str::to_owned).or_else(|| Some("test_name".to_owned())),
        ..Options::default()
    };
    let sheets = as_csv(sheets);
    let sheets: Vec<(&str, &[u8])> = sheets.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let read = read_csv(&sheets, &options);
    let is_refused = asserted["errored"] == true;
    match read {
        Err(FormErrors(problems)) if is_refused => same_rows(texts(asserted, "error__contains"), &problems),
        Err(error) => Outcome::Failed(format!("refused: {:?}", lines(&error.0))),
        Ok(reading) if is_refused => {
            let wanted: Vec<&str> = texts(asserted, "error__contains").collect();
            Outcome::Failed(format!("accepted, with {:?}; must be refused: {wanted:?}", lines(&reading.warnings)))
        }
        Ok(reading) => {
            let xml = write_xform(&reading.source);
            let judged = judge(asserted, &xml);
            match judged {
                Ok(()) => same_rows(texts(asserted, "warnings__contains"), &reading.warnings),
                Err(why) => Outcome::Failed(format!("{why}\n{xml}")),
            }
        }
    }
}

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// Every sheet as CSV. Sheets of which only the name is known are empty.
fn as_csv(sheets: &serde_json::Map<String, Json>) -> Vec<(String, Vec<u8>)> {
    let names = sheets.get("sheet_names").and_then(Json::as_array).cloned().unwrap_or_default();
    let mut names: Vec<String> = names.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    for name in sheets.keys().filter(|name| *name != "sheet_names" && !name.ends_with("_header")) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.clone());
        }
    }
    let empty = Vec::new();
    let csv = |name: &String| {
        let rows = sheets.get(&name.to_lowercase()).and_then(Json::as_array).unwrap_or(&empty);
        let mut headers: Vec<&String> = Vec::new();
        let header = sheets.get(&format!("{}_header", name.to_lowercase())).and_then(|header| header[0].as_object());
        for row in header.into_iter().chain(rows.iter().filter_map(Json::as_object)) {
            headers.extend(row.keys().filter(|key| !headers.contains(key)).collect::<Vec<_>>());
        }
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        if !headers.is_empty() {
            writer.write_record(headers.iter().map(|header| header.as_str())).unwrap();
        }
        for row in rows {
            let cell = |header: &&String| match &row[header.as_str()] {
                Json::String(text) => text.clone(),
                Json::Null => String::new(),
                other => other.to_string(),
            };
            writer.write_record(headers.iter().map(cell)).unwrap();
        }
        (name.clone(), writer.into_inner().unwrap())
    };
    names.iter().map(csv).collect()
}

/// The texts under a name: one, or a list of them.
fn texts<'j>(asserted: &'j Json, name: &str) -> impl Iterator<Item = &'j str> {
    let one = asserted[name].as_str();
    let many = asserted[name].as_array();
    one.into_iter().chain(many.into_iter().flatten().filter_map(Json::as_str))
}

/// Where the reference's words name a row, one of ours must name it too.
fn same_rows<'j>(wanted: impl Iterator<Item = &'j str>, problems: &[Problem]) -> Outcome {
    let rows = wanted.flat_map(|text| {
        let named = text.split("[row : ").skip(1).filter_map(|rest| rest.split_once(']')?.0.parse::<u32>().ok());
        named.collect::<Vec<_>>()
    });
    for row in rows {
        // A header's fault is one of the sheet: it need not name its row.
        if row > 1 && !problems.iter().any(|problem| problem.row == Some(row)) {
            return Outcome::Failed(format!("no word of row {row}: {:?}", lines(problems)));
        }
    }
    Outcome::Passed
}

fn judge(asserted: &Json, xml: &str) -> Result<(), String> {
    let document = Document::parse(xml)?;
    let scene = Scene { document: &document, current: 0, offset: 0, language: None };
    for expression in texts(asserted, "xml__xpath_match") {
        let found = nodes(expression, &scene)?;
        if found.len() != 1 {
            return Err(format!("{} nodes, not 1: {expression}", found.len()));
        }
    }
    for pair in asserted["xml__xpath_count"].as_array().into_iter().flatten() {
        let (expression, wanted) = (pair[0].as_str().unwrap_or_default(), pair[1].as_u64().unwrap_or_default());
        let found = nodes(expression, &scene)?.len();
        if found as u64 != wanted {
            return Err(format!("{found} nodes, not {wanted}: {expression}"));
        }
    }
    for pair in asserted["xml__xpath_exact"].as_array().into_iter().flatten() {
        let expression = pair[0].as_str().unwrap_or_default();
        let wanted = pair[1]["set"].as_array().or(pair[1].as_array()).into_iter().flatten();
        let mut wanted: Vec<String> = wanted.filter_map(Json::as_str).map(canonical::of).collect();
        let found = nodes(expression, &scene)?.into_iter();
        let mut found: Vec<String> = found.map(|node| canonical::of(&canonical::source(&document, node))).collect();
        // The reference compares sets.
        [&mut wanted, &mut found].into_iter().for_each(|texts| {
            texts.sort();
            texts.dedup();
        });
        if found != wanted {
            return Err(format!("wanted {wanted:?}, found {found:?}: {expression}"));
        }
    }
    contains(asserted, xml)
}

fn contains(asserted: &Json, xml: &str) -> Result<(), String> {
    let part = |name: &str| {
        let start = xml.find(&format!("<{name}")).unwrap_or(0);
        let end = xml.rfind(&format!("</{name}>")).unwrap_or(xml.len());
        canonical::of(&xml[start.min(end)..end])
    };
    for (prefix, text) in [
        ("xml", canonical::of(xml)),
        ("model", part("model")),
        ("itext", part("itext")),
        ("instance", part("instance")),
    ] {
        for wanted in texts(asserted, &format!("{prefix}__contains")) {
            // What is no element may stand anywhere, also where the canonical form leaves it out.
            let stands = !wanted.contains('<') && xml.contains(wanted);
            if !stands && !text.contains(&canonical::of(wanted)) {
                return Err(format!("{prefix} lacks {wanted}, that is {}", canonical::of(wanted)));
            }
        }
        for unwanted in texts(asserted, &format!("{prefix}__excludes")) {
            if text.contains(&canonical::of(unwanted)) {
                return Err(format!("{prefix} has {unwanted}"));
            }
        }
    }
    Ok(())
}

fn nodes(expression: &str, scene: &Scene<'_>) -> Result<Vec<Node>, String> {
    let expr: Expr = parse_deferring(expression).map_err(|error| format!("{error}: {expression}"))?;
    if !matches!(expr.kind, ExprKind::Path(_) | ExprKind::Union(_)) {
        let value = evaluate(&expr, scene).map_err(|error| format!("{error}: {expression}"))?;
        return Err(format!("{value:?}, not nodes: {expression}"));
    }
    evaluate_nodes(&expr, scene).map_err(|error| format!("{error}: {expression}"))
}
