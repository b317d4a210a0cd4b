//! From a workbook to a form's definition: rows are checked, named one way, nested, and every problem is told with its place.
//!
//! Reading goes on after a problem, so that an author sees them all at once. The definition is then compiled, because a
//! form whose expressions cannot be compiled is no form either.

use crate::source::Definition;
use crate::workbook::{Workbook, csv, markdown, xlsx};
use crate::{Cause, FormErrors, FormSource, Limits, Problem, Severity};

use sheet::{Languages, ListTable, SurveyTable};
pub(crate) use span::Spans;

mod choices;
mod sheet;
mod span;
mod survey;

/// A workbook that was read: the form it defines and what is doubtful in it.
#[derive(Debug)]
pub struct Reading {
    pub source: FormSource,
    /// All of severity warning.
    pub warnings: Vec<Problem>,
}

/// Reads an Excel workbook.
///
/// # Errors
/// With every problem found, each with its place.
pub fn read_xlsx(bytes: &[u8], limits: &Limits) -> Result<Reading, FormErrors> {
    read(&xlsx::read(bytes, limits)?)
}

/// Reads a form whose sheets are CSV files: `(sheet name, bytes)`.
///
/// # Errors
/// As [`read_xlsx`].
pub fn read_csv(sheets: &[(&str, &[u8])], limits: &Limits) -> Result<Reading, FormErrors> {
    read(&csv::read(sheets, limits)?)
}

/// Reads a form written as Markdown tables. The first column names a sheet where it begins and is blank below:
///
/// ```text
/// | survey |      |      |       |
/// |        | type | name | label |
/// |        | text | a    | A     |
/// ```
///
/// # Errors
/// As [`read_xlsx`].
pub fn read_markdown(text: &str) -> Result<Reading, FormErrors> {
    read(&markdown::read(text))
}

fn read(workbook: &Workbook) -> Result<Reading, FormErrors> {
    let mut problems = Problems::default();
    let (source, spans) = define(workbook, &mut problems);
    // Expressions about rows that could not be read would only repeat the problems of those rows.
    if let Some(source) = source.filter(|_| !problems.has_error()) {
        match crate::form::compile(&source, &spans) {
            Ok(compiled) => problems.0.extend(compiled.warnings),
            Err(FormErrors(found)) => problems.0.extend(found),
        }
        if !problems.has_error() {
            return Ok(Reading { source, warnings: problems.0 });
        }
    }
    Err(FormErrors(problems.0))
}

fn define(workbook: &Workbook, problems: &mut Problems) -> (Option<FormSource>, Spans) {
    let Some(survey) = workbook.sheet("survey") else {
        problems.error(Place::default(), Cause::MissingSheet { sheet: "survey", holds: "questions" });
        return (None, Spans::default());
    };
    let settings = choices::settings(workbook.sheet("settings"), problems);
    let languages = Languages::of(survey, workbook.sheet("choices"), &settings, problems);
    let lists = ListTable::of(workbook.sheet("choices"), &languages);
    let mut lists = choices::lists(lists, &settings, problems);
    let table = SurveyTable::of(survey, &languages, problems);
    if problems.0.iter().any(|problem| matches!(problem.cause, Cause::MissingColumn { .. })) {
        return (None, Spans::default());
    }
    let (nodes, spans) = survey::nodes(&table, &mut lists, workbook.sheet("choices").is_some(), problems);
    let definition = Definition {
        form_id: settings.form_id,
        title: settings.title,
        author_version: settings.author_version,
        languages: languages.into_defined(),
        instance_name: settings.instance_name,
        nodes,
        lists,
    };
    match FormSource::new(definition) {
        Ok(source) => (Some(source), spans),
        Err(_) => {
            let limit = FormSource::MAX_BYTES as u64;
            problems.error(Place::default(), Cause::TooLarge { limit, unit: "bytes" });
            (None, spans)
        }
    }
}

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

/// Where in a workbook.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) sheet: Option<String>,
    pub(crate) row: Option<u32>,
    pub(crate) column: Option<crate::Column>,
}

impl Problems {
    pub(crate) fn error(&mut self, place: Place, cause: Cause) {
        self.push(Severity::Error, place, cause);
    }

    pub(crate) fn warn(&mut self, place: Place, cause: Cause) {
        self.push(Severity::Warning, place, cause);
    }

    fn push(&mut self, severity: Severity, place: Place, cause: Cause) {
        self.0.push(Problem { severity, sheet: place.sheet, row: place.row, column: place.column, cause });
    }

    pub(crate) fn has_error(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }
}

#[cfg(test)]
mod tests;
