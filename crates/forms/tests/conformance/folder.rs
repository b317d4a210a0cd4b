//! The folder of cases, and what each of its files is about.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::report::Report;

/// What the cases of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `docs`, and `cases` with `evals`: expressions in a document.
    Evaluations,
    /// `eval` and `parse`: expressions by themselves.
    Rows,
    /// `forms` and `traces`: forms as XML, filled in step by step.
    Scenarios,
    /// `cases` with `assert`: workbooks, and what their XForm must be.
    Workbooks,
}

impl Shape {
    fn of(json: &Json) -> Option<Self> {
        let has = |field: &str| json.get(field).is_some();
        let first = &json["cases"][0];
        Some(match () {
            () if has("eval") && has("parse") => Self::Rows,
            () if has("forms") && has("traces") => Self::Scenarios,
            () if has("docs") && first.get("evals").is_some() => Self::Evaluations,
            () if first.get("assert").is_some() => Self::Workbooks,
            () => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Evaluations | Self::Rows => "xpath",
            Self::Scenarios => "scenario",
            Self::Workbooks => "xlsform",
        }
    }
}

fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("CHASKI_CONFORMANCE") {
        return folder.into();
    }
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("CHASKI_SHARED").map_or(beside, PathBuf::from).join("conformance")
}

/// Runs every file of a shape, then compares all of them with their floors.
pub(crate) fn each(shape: Shape, run: fn(&Json, &mut Report)) {
    let folder = folder();
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no folder {}", folder.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut reports = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")) {
        let json: Json = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        if Shape::of(&json) == Some(shape) {
            let mut report = Report::new(file.file_name().unwrap().to_string_lossy().into_owned(), shape);
            run(&json, &mut report);
            report.print();
            reports.push(report);
        }
    }
    if reports.is_empty() {
        println!("skipped: no file in {} has {} cases", folder.display(), shape.name());
    }
    let below: Vec<String> = reports.iter().filter_map(Report::below_floor).collect();
    assert!(below.is_empty(), "{}", below.join("; "));
}
