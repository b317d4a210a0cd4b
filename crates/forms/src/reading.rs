//! From a workbook to a form's definition: rows are checked, named one way, nested, and every problem is told with its place.
//!
//! Reading goes on after a problem, so that an author sees them all at once. The definition is then compiled, because a
//! form whose expressions cannot be compiled is no form either.

use std::collections::{BTreeMap, BTreeSet};

use crate::columns::{self, Property, SurveyHeader};
use crate::source::Definition;
use crate::workbook::{Workbook, csv, in_utf8, markdown, xls, xlsx};
use crate::xform::read::read_xform;
use crate::{Cause, FormErrors, FormSource, Limits, Problem, Severity};

use choices::{Duplicates, Kept};
use sheet::{Languages, ListTable, SurveyTable};
pub(crate) use span::Spans;

mod choices;
mod entities;
pub(crate) mod parameters;
pub(crate) mod references;
pub(crate) mod settings;
mod sheet;
mod span;
pub(crate) mod survey;

/// A workbook that was read: the form it defines and what is doubtful in it.
#[derive(Debug)]
pub struct Reading {
    pub source: FormSource,
    /// All of severity warning.
    pub warnings: Vec<Problem>,
}

/// What becomes of small faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strictness {
    /// They are told as warnings, and what is wrong is left out.
    #[default]
    Lenient,
    /// They refuse the form, as the reference converter would.
    Strict,
}

/// How a workbook is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub limits: Limits,
    pub strictness: Strictness,
    /// The form's id when the workbook names none, such as the name of its file.
    pub form_id: Option<String>,
    /// What the form's outermost element is called in an XForm when the workbook does not say; `data` if nothing is given.
    pub root: Option<String>,
}

impl Options {
    fn within(limits: &Limits) -> Self {
        Self { limits: limits.clone(), ..Self::default() }
    }
}

/// Reads a form from a file of any kind, told by its bytes and never by its name: an Excel workbook (.xlsx or .xls), an ODK
/// XForm (XML), or text whose first column names the sheets, as CSV or as Markdown tables.
///
/// An XForm is read as it is: `options` are about workbooks, but for the limits.
///
/// # Errors
/// With every problem found, each with its place.
pub fn read_form(bytes: &[u8], options: &Options) -> Result<Reading, FormErrors> {
    const ZIP: &[u8] = b"PK";
    const COMPOUND: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];
    let limits = &options.limits;
    if bytes.starts_with(ZIP) {
        return read(&xlsx::read(bytes, limits)?, options);
    }
    if bytes.starts_with(COMPOUND) {
        return read(&xls::read(bytes, limits)?, options);
    }
    limits.admit_file(bytes)?;
    let bytes = in_utf8(bytes)?;
    let text = bytes.trim_ascii_start();
    if text.starts_with(b"<") {
        return read_xform(&bytes, limits);
    }
    match std::str::from_utf8(text) {
        Ok(text) if text.starts_with('|') => read(&markdown::read(text, limits)?, options),
        _ => read(&csv::read_whole(text, limits)?, options),
    }
}

/// Reads an Excel workbook (.xlsx).
///
/// # Errors
/// As [`read_form`].
pub fn read_xlsx(bytes: &[u8], limits: &Limits) -> Result<Reading, FormErrors> {
    read(&xlsx::read(bytes, limits)?, &Options::within(limits))
}

/// Reads a form whose sheets are CSV files: `(sheet name, bytes)`.
///
/// # Errors
/// As [`read_form`].
pub fn read_csv(sheets: &[(&str, &[u8])], options: &Options) -> Result<Reading, FormErrors> {
    read(&csv::read(sheets, &options.limits)?, options)
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
/// As [`read_form`].
pub fn read_markdown(text: &str) -> Result<Reading, FormErrors> {
    let options = Options::default();
    read(&markdown::read(text, &options.limits)?, &options)
}

fn read(workbook: &Workbook, options: &Options) -> Result<Reading, FormErrors> {
    let mut problems = Problems(Vec::new(), options.strictness);
    let outcome = read_into(workbook, options, &mut problems);
    let mut found = problems.0;
    in_order(&mut found);
    match outcome {
        Some(source) => Ok(Reading { source, warnings: found }),
        None => Err(FormErrors(found)),
    }
}

fn read_into(workbook: &Workbook, options: &Options, problems: &mut Problems) -> Option<FormSource> {
    let (source, spans) = define(workbook, options, problems);
    let source = source?;
    if problems.has_error() {
        // An author corrects all at once, not one fault a try.
        if !problems.are_enough()
            && let Err(FormErrors(found)) = crate::form::compile(&source, &spans)
        {
            let names = names(workbook);
            problems.0.extend(found.into_iter().filter(|problem| stands_alone(problem, &names)));
        }
        return None;
    }
    match crate::form::compile(&source, &spans) {
        Ok(compiled) => {
            problems.0.extend(compiled.warnings);
            crate::form::doubts(&compiled.form, &spans, problems);
        }
        Err(FormErrors(found)) => problems.0.extend(found),
    }
    (!problems.has_error()).then_some(source)
}

/// Everything that the survey has in a column of names, of rows that cannot be read too.
fn names(workbook: &Workbook) -> BTreeSet<&str> {
    let Some(survey) = workbook.sheet("survey") else { return BTreeSet::new() };
    let is_of_names = |header: &str| match columns::survey(header) {
        Some(SurveyHeader::Property(found)) => found.property == Property::Name,
        _ => false,
    };
    let header = survey.rows.first();
    let columns: Vec<u32> = header
        .into_iter()
        .flat_map(|row| row.cells.iter())
        .filter(|(_, header)| is_of_names(header))
        .map(|(column, _)| column)
        .collect();
    let cells = survey.rows.iter().flat_map(|row| columns.iter().filter_map(|column| row.cells.get(*column)));
    cells.collect()
}

/// Whether a problem of an expression is one of its own, and does not follow from rows that could not be read.
fn stands_alone(problem: &Problem, names: &BTreeSet<&str>) -> bool {
    match &problem.cause {
        Cause::BadExpression { .. } | Cause::SelfReference => true,
        Cause::UnknownReference { name, .. } => !names.contains(name.as_str()),
        _ => false,
    }
}

/// Puts problems in the order in which an author walks through the workbook: sheet by sheet, from the first row on.
fn in_order(problems: &mut [Problem]) {
    let mut sheets: Vec<Option<String>> = Vec::new();
    for problem in problems.iter() {
        if !sheets.contains(&problem.sheet) {
            sheets.push(problem.sheet.clone());
        }
    }
    problems.sort_by_key(|problem| (sheets.iter().position(|sheet| *sheet == problem.sheet), problem.row));
}

fn define(workbook: &Workbook, options: &Options, problems: &mut Problems) -> (Option<FormSource>, Spans) {
    let misspelt = workbook.misspelt();
    let Some(survey) = workbook.sheet("survey") else {
        let cause = match misspelt.get("survey") {
            Some(found) => Cause::MisspeltSheet { sheet: "survey", found: found.clone() },
            None => Cause::MissingSheet { sheet: "survey", holds: "questions" },
        };
        problems.error(Place::default(), cause);
        return (None, Spans::default());
    };
    for (sheet, found) in misspelt.iter().filter(|(sheet, _)| ["settings", "entities"].contains(sheet)) {
        problems.warn(Place::default(), Cause::MisspeltSheet { sheet, found: found.clone() });
    }
    for sheet in &workbook.sheets {
        if let Some(row) = sheet.far {
            let place = Place { sheet: Some(sheet.name.clone()), row: Some(row), column: None };
            problems.warn(place, Cause::FarRow);
        }
    }
    let settings = settings::settings(workbook.sheet("settings"), options, problems);
    let cleaned;
    let survey = if settings.cleans_texts {
        cleaned = survey.with_single_spaces();
        cleaned.as_ref()
    } else {
        survey
    };
    let parted;
    let survey = match problems.strictness() {
        Strictness::Lenient => survey,
        Strictness::Strict => {
            parted = sheet::parted_one_way(survey, problems);
            parted.as_ref()
        }
    };
    let languages = Languages::of(survey, workbook.sheet("choices"), &settings, problems);
    let duplicates = if settings.allow_choice_duplicates { Duplicates::Kept } else { Duplicates::LeftOut };
    // Here a text that a language lacks is shown in the default one; in other programs it is a dash.
    if problems.strictness() == Strictness::Strict {
        sheet::compare_languages(survey, sheet::survey_texts(survey), problems);
        if let Some(choices) = workbook.sheet("choices") {
            sheet::compare_languages(choices, sheet::choice_texts(choices), problems);
        }
    }
    let table = ListTable::of(workbook.sheet("choices"), &languages, options.strictness);
    table.check(problems);
    let lists = choices::lists(&table, duplicates, Kept::InForm, problems);
    let mut others = |sheet| {
        let table = ListTable::of(workbook.sheet(sheet), &languages, options.strictness);
        choices::lists(&table, Duplicates::Kept, Kept::Outside, problems)
    };
    let (external, tags) = (others("external_choices"), others("osm"));
    let table = SurveyTable::of(survey, &languages, problems);
    if problems.0.iter().any(|problem| matches!(problem.cause, Cause::MissingColumn { .. })) {
        return (None, Spans::default());
    }
    let entities = entities::read(workbook.sheet("entities"), problems);
    let mut named =
        survey::Named { settings: &settings, lists, external, tags, entities, misspelt, attached: Vec::new() };
    let (nodes, rows, spans) = survey::nodes(&table, &mut named, problems);
    references::check(workbook, survey, &nodes, &table, problems);
    let survey::Named { lists, external, tags, entities, attached, .. } = named;
    let entities = entities.allocate(&nodes, &rows, problems);
    let definition = Definition {
        form_id: settings.form_id,
        title: settings.title,
        author_version: settings.author_version,
        languages: languages.into_defined(),
        instance_name: settings.instance_name,
        nodes,
        lists,
        root: settings.root,
        settings: settings.attributes,
        attached,
        entities,
        external,
        tags,
        texts: BTreeMap::new(),
        trees: Vec::new(),
    };
    references::instances(&definition, &spans, problems);
    match FormSource::new(definition) {
        Ok(source) => (Some(source), spans),
        Err(_) => {
            let limit = FormSource::MAX_BYTES as u64;
            problems.error(Place::default(), Cause::TooLarge { limit, unit: "bytes" });
            (None, spans)
        }
    }
}

#[derive(Debug, PartialEq)]
enum Truth {
    Yes,
    No,
    Neither,
}

fn truth(cell: &str) -> Truth {
    match cell.to_lowercase().as_str() {
        "yes" | "true" | "true()" | "1" | "si" | "sí" => Truth::Yes,
        "no" | "false" | "false()" | "0" => Truth::No,
        _ => Truth::Neither,
    }
}

/// An expression that may be written as a word, as the reference converter takes it: `yes`, or a cell that Excel made `TRUE`.
fn expression(cell: &str) -> String {
    match cell.to_lowercase().as_str() {
        "yes" | "true" | "true()" => "true()".to_owned(),
        "no" | "false" | "false()" => "false()".to_owned(),
        _ => cell.to_owned(),
    }
}

/// What was found wrong so far, and how small faults are taken.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>, Strictness);

/// Where in a workbook.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) sheet: Option<String>,
    pub(crate) row: Option<u32>,
    pub(crate) column: Option<crate::Column>,
}

impl Problems {
    /// After so many problems an author has enough to do.
    pub(crate) const ENOUGH: usize = 500;

    /// Whether the form is refused for so much that looking for more is not worth it: each problem is dear to find, because
    /// what was meant is looked for too.
    pub(crate) fn are_enough(&self) -> bool {
        self.0.len() >= Self::ENOUGH && self.has_error()
    }

    pub(crate) fn error(&mut self, place: Place, cause: Cause) {
        self.push(Severity::Error, place, cause);
    }

    pub(crate) fn warn(&mut self, place: Place, cause: Cause) {
        self.push(Severity::Warning, place, cause);
    }

    /// What refuses a form only where reading is strict.
    pub(crate) fn fault(&mut self, place: Place, cause: Cause) {
        match self.1 {
            Strictness::Lenient => self.warn(place, cause),
            Strictness::Strict => self.error(place, cause),
        }
    }

    pub(crate) fn strictness(&self) -> Strictness {
        self.1
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
