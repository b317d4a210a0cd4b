//! What is wrong with a workbook, where, and what its author can do about it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::kind::{Instead, Kind};

/// Whether a form can be used in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// One thing wrong with a workbook.
///
/// Shown as `survey, row 12, column G (relevant): …`. What is not known is left out: a workbook that is no zip has no rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub severity: Severity,
    pub sheet: Option<String>,
    /// From 1, as the spreadsheet counts.
    pub row: Option<u32>,
    pub column: Option<Column>,
    pub cause: Cause,
}

/// A column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// As the spreadsheet names it, such as `G`.
    pub letter: String,
    /// As the author headed it, such as `relevant`.
    pub header: String,
}

/// What is wrong. As JSON `{code, params}`, so that a screen can say it in its own language; its `Display` is plain English
/// with the remedy.
#[derive(Debug, Clone, PartialEq, Error, Serialize)]
#[serde(tag = "code", content = "params", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Cause {
    #[error("this is not an Excel workbook (.xlsx, .xls): {detail}; save it again as .xlsx")]
    NotAWorkbook { detail: String },
    #[error("this is no table to look things up in: {detail}")]
    BadTable { detail: String },
    #[error("line {line}: this is not XML that can be read: {detail}")]
    NotXml { line: u32, detail: String },
    #[error("line {line}, `{element}`: {detail}")]
    BadElement { line: u32, element: String, detail: String },
    #[error("line {line}, `{element}`: {cause}")]
    InElement { line: u32, element: String, cause: Box<Cause> },
    #[error("the file holds more than {limit} {unit}; remove what is not needed from it, or split it")]
    TooLarge { limit: u64, unit: &'static str },
    #[error("the workbook has no sheet `{sheet}` with {holds}; add it, or rename the sheet that holds them")]
    MissingSheet { sheet: &'static str, holds: &'static str },
    #[error(
        "the form has no id and takes the name of its file; write one in the sheet `settings`, in the column `form_id`, so that \
         it stays the same"
    )]
    MissingFormId,
    #[error("the sheet has no column `{column}`; add it to the first row")]
    MissingColumn { column: &'static str },
    #[error("the sheet has no column `{column}`, without which its lists are empty; add it to the first row")]
    MissingChoiceColumn { column: &'static str },
    #[error("no expression can name the column `{column}`; write it without spaces")]
    SpacedColumn { column: String },
    #[error("the column `{column}` is there twice; remove one")]
    DuplicateColumn { column: String },
    #[error("the column `{column}` is not known and was left out{}", suggestion(.nearest))]
    UnknownColumn { column: String, nearest: Option<String> },
    #[error("the setting `{name}` changes nothing: {reason}")]
    UnreadSetting { name: &'static str, reason: &'static str },
    #[error("the sheet asks no question; add rows below the first")]
    Empty,
    #[error(
        "more than {} blank rows stand above this one, so it and what follows are not read; delete the blank rows, or clear \
         what follows",
        crate::workbook::MAX_BLANK_ROWS
    )]
    FarRow,
    #[error("the row has no type; write one, such as `text`, or clear the row")]
    MissingType,
    #[error("`{given}` is not a type of question{}", or_else(.nearest, &of_another_program(.given)))]
    UnknownType { given: String, nearest: Option<String> },
    #[error("only {program} knows the type `{given}`: {instead}")]
    ForeignType { given: String, program: &'static str, instead: &'static str },
    #[error("the type `{given}` is kept, but this version cannot ask it")]
    UnsupportedType { given: String },
    #[error("this app tells no form what `{given}` asks for: it stays blank; ask a person instead")]
    Undisclosed { given: String },
    #[error("this is a record of the form `{found}`, not of `{form}`")]
    OtherForm { found: String, form: String },
    #[error("the app records no sound unasked: `{given}` stays blank")]
    NotRecorded { given: String },
    #[error(
        "no one is asked why they change a record: `{given}` is left out; the record's history says who changed what"
    )]
    NoReasons { given: String },
    #[error("the row has no name; every question needs one, without spaces")]
    MissingName,
    #[error("`{name}` cannot be a name: use letters, digits, `_`, `-` and `.`, and begin with a letter or `_`")]
    BadName { name: String },
    #[error("the name `{name}` is already used in row {first}; give one of them another name")]
    DuplicateName { name: String, first: u32 },
    #[error("the name `{name}` is too long once its groups are put before it; shorten the names")]
    LongName { name: String },
    #[error("`{begin}` is never closed; add `{end}` after its last question")]
    Unclosed { begin: String, end: String },
    #[error("`{end}` closes nothing that is open here{}; remove it, or add `{begin}` above", .open.as_ref().map(|open| format!(" (open is `{open}`)")).unwrap_or_default())]
    Unopened { end: String, begin: String, open: Option<String> },
    #[error("there is no question `{name}`{}", or_else(.nearest, "write a name that stands in the column `name`"))]
    UnknownReference { name: String, nearest: Option<String> },
    #[error("`${{{name}}}` is more than one question: rows {}; give them different names", .rows.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))]
    AmbiguousReference { name: String, rows: Vec<u32> },
    #[error("the expression cannot be read at character {at}: {detail}")]
    BadExpression { at: u32, detail: String },
    #[error("`a < b < c` asks whether `a < b` holds, and compares that with `c`; write `a < b and b < c`")]
    ChainedComparison,
    #[error("`{given}` has no `%`, so that it is shown as it stands; write a date as `%d/%m/%Y`, a time as `%H:%M`")]
    PlainFormat { given: String },
    #[error(
        "`.` stands for the answer itself and is allowed only in a constraint; name the question that is meant, as `${{name}}`"
    )]
    SelfReference,
    #[error("the questions depend on each other in a circle: {}; break it at one of them", .path.join(" → "))]
    Cycle { path: Vec<String> },
    #[error("there is no list `{list}` in the sheet `choices`{}", or_else(.nearest, "add its choices there"))]
    MissingList { list: String, nearest: Option<String> },
    #[error("the type needs the name of a list, such as `{kind} yes_no`")]
    MissingListName { kind: String },
    #[error("the list `{list}` has the choice `{choice}` twice; the second is left out")]
    DuplicateChoice { list: String, choice: String },
    #[error(
        "`{choice}` cannot be a choice's name; write 1 to 255 characters, without spaces in a list to choose several from"
    )]
    BadChoice { choice: String },
    #[error("the list `{list}` has no choice `{code}`{}", or_else(.nearest, "write the `name` of a choice, not its label"))]
    UnknownCode { code: String, list: String, nearest: Option<String> },
    #[error("the list `{list}` has no column `{column}`{}", or_else(.nearest, "add it, or write one that is there"))]
    UnknownListColumn { column: String, list: String, nearest: Option<String> },
    #[error("the appearance `{given}` is not known; did you mean `{nearest}`?")]
    UnknownAppearance { given: String, nearest: String },
    #[error("`{name}` alone means nothing here; write {}", meant(.name, .nearest))]
    BareName { name: String, nearest: Option<String> },
    #[error("the choice has no {what}; write it, or clear the row")]
    IncompleteChoice { what: &'static str },
    #[error("a calculation needs an expression in the column `calculation`")]
    MissingCalculation,
    #[error("there is no text in any language to show; write one, such as a `label`")]
    MissingLabel,
    #[error("`{given}` does not belong in this column; write {expected}")]
    BadValue { given: String, expected: &'static str },
    #[error("`{form_id}` cannot be a form's id: write 1 to 120 characters without spaces at the ends")]
    BadFormId { form_id: String },
    #[error("a sheet `{sheet}` is missing; is `{found}` it? Rename it, or put `_` before a name that means nothing")]
    MisspeltSheet { sheet: &'static str, found: String },
    #[error("`{name}` is the name of something every form has; write another")]
    ReservedName { name: String },
    #[error(
        "the name `{name}` differs from the one in row {first} only in capital letters; some programs take them as one"
    )]
    AlikeName { name: String, first: u32 },
    #[error("`{given}` is no parameter: write `name=value` with spaces between them, such as `start=0 end=10`")]
    BadParameters { given: String },
    #[error("the parameter `{name}` is not one of this type's: {known}")]
    UnknownParameter { name: String, known: String },
    #[error("`{given}` cannot be the parameter `{name}`; write one of: {known}")]
    UnknownParameterValue { name: String, given: String, known: String },
    #[error("`{given}` cannot be the parameter `{name}`; write {expected}")]
    BadParameter { name: String, given: String, expected: &'static str },
    #[error(
        "a picture is as large as the camera takes it; write `max-pixels=1024` in the column `parameters` to keep it small"
    )]
    LargePictures,
    #[error("a `big-image` stands only beside an `image`; add the small one")]
    LoneBigImage,
    #[error("`search()` does not go with choices from a file; use one of them")]
    SearchInFile,
    #[error("the list `{list}` is searched in here and chosen from elsewhere; give one of them a list of its own")]
    SharedSearch { list: String },
    #[error("`{name}` would be two things that expressions read; rename the file or the list")]
    DuplicateInstance { name: String },
    #[error("the row names no list of entities; write it in the column `list_name`")]
    MissingEntityName,
    #[error("`{name}` cannot name a list of entities: use letters, digits and `_`, and do not begin with `__`")]
    BadEntityName { name: String },
    #[error("the list of entities `{list}` is declared twice; remove one")]
    DuplicateEntity { list: String },
    #[error("the list of entities `{list}` lacks its `{column}`; write it")]
    IncompleteEntity { list: String, column: &'static str },
    #[error("there is no place left for these entities{}; put their questions in a group of their own", .other.map(|row| format!(": those of row {row} have it")).unwrap_or_default())]
    CrowdedEntity { other: Option<u32> },
    #[error("the entities `{list}` take their properties from rows that do not go together; take them from one repeat")]
    ScatteredEntity { list: String },
    #[error("`{given}` cannot be read as a reference; write `${{name}}`")]
    BadReference { given: String },
    #[error("what is read in `{language}` lacks its `{column}`; add a column `{column}::{language}`")]
    MissingTranslation { language: String, column: String },
    #[error("`{other}` is another language than `{one}`; if they are one, write it in the same way in every column")]
    SimilarLanguages { one: String, other: String },
    #[error("there is no language `{language}` among the columns")]
    UnknownLanguage { language: String },
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// What may be meant, or else what to do.
fn or_else(nearest: &Option<String>, remedy: &str) -> String {
    match nearest {
        Some(_) => suggestion(nearest),
        None => format!("; {remedy}"),
    }
}

/// What to do about a type that XLSForm does not have, some of which one other program does.
fn of_another_program(given: &str) -> String {
    match crate::kind::foreign(given) {
        Some(foreign) => {
            let remedy = match foreign.instead {
                Instead::Question(Kind::Calculate) => "write `calculate` instead",
                Instead::Question(_) => "remove the row",
                Instead::Begin(_) | Instead::End(_) | Instead::OfGroup => {
                    "write a `select_one` for each row, in a group, instead"
                }
            };
            format!("only {} knows it; {remedy}", foreign.program)
        }
        None => "write one that XLSForm has, such as `text`".to_owned(),
    }
}

/// What an author may mean by a word that stands alone in an expression.
fn meant(name: &str, nearest: &Option<String>) -> String {
    let function = match name.to_lowercase().as_str() {
        "today" | "hoy" => "today",
        "now" | "ahora" => "now",
        "true" | "verdadero" => "true",
        "false" | "falso" => "false",
        "uuid" => "uuid",
        "random" => "random",
        "position" => "position",
        _ => {
            let question = nearest.as_deref().unwrap_or(name);
            return format!("`${{{question}}}` for a question or `'{name}'` for a text");
        }
    };
    format!("`{function}()`")
}

/// Problems as a person wants them told: what is wrong in one way in several rows once, with the first of them and then the
/// other rows. What was found twice at one place is one.
pub fn gathered(problems: &[Problem]) -> Vec<(&Problem, Vec<u32>)> {
    let mut gathered: Vec<(&Problem, Vec<u32>)> = Vec::new();
    let mut places: BTreeMap<(Severity, String), usize> = BTreeMap::new();
    for problem in problems {
        let without_row = Problem { row: None, ..problem.clone() };
        let place = *places.entry((problem.severity, without_row.to_string())).or_insert(gathered.len());
        match (gathered.get_mut(place), problem.row) {
            (Some((first, rows)), Some(row)) if first.row != Some(row) && rows.last() != Some(&row) => rows.push(row),
            (Some(_), _) => {}
            (None, _) => gathered.push((problem, Vec::new())),
        }
    }
    gathered
}

/// A problem with the other rows that have it.
pub fn told(problem: &Problem, rows: &[u32]) -> String {
    /// More are only counted.
    const NAMED: usize = 8;
    let named: Vec<String> = rows.iter().take(NAMED).map(u32::to_string).collect();
    let more = rows.len().saturating_sub(NAMED);
    match (named.as_slice(), more) {
        ([], _) => problem.to_string(),
        ([one], _) => format!("{problem} (also in row {one})"),
        (named, 0) => format!("{problem} (also in rows {})", named.join(", ")),
        (named, more) => format!("{problem} (also in rows {} and {more} more)", named.join(", ")),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        place.extend(self.sheet.clone());
        place.extend(self.row.map(|row| format!("row {row}")));
        place.extend(self.column.as_ref().map(|column| format!("column {} ({})", column.letter, column.header)));
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        write!(f, "{}", self.cause)
    }
}

/// Why a form cannot be used: at least one problem of severity error, and the warnings found with it.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("the form has {} problem(s); the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
pub struct FormErrors(pub Vec<Problem>);

impl From<Problem> for FormErrors {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_in_one_way_is_told_once_with_its_rows() {
        let problem = |row: u32, name: &str| Problem {
            severity: Severity::Error,
            sheet: Some("survey".to_owned()),
            row: Some(row),
            column: Some(Column { letter: "D".to_owned(), header: "relevant".to_owned() }),
            cause: Cause::UnknownReference { name: name.to_owned(), nearest: None },
        };
        let problems = [problem(4, "a"), problem(4, "a"), problem(4, "b"), problem(6, "a"), problem(9, "a")];
        let told: Vec<String> = gathered(&problems).iter().map(|(problem, rows)| super::told(problem, rows)).collect();
        let remedy = "write a name that stands in the column `name`";
        assert_eq!(
            told,
            [
                format!("survey, row 4, column D (relevant): there is no question `a`; {remedy} (also in rows 6, 9)"),
                format!("survey, row 4, column D (relevant): there is no question `b`; {remedy}"),
            ]
        );
        let many: Vec<Problem> = (2..40).map(|row| problem(row, "a")).collect();
        let (first, rows) = &gathered(&many)[0];
        assert!(super::told(first, rows).ends_with("(also in rows 3, 4, 5, 6, 7, 8, 9, 10 and 29 more)"));
    }

    #[test]
    fn a_word_that_stands_alone_is_told_with_what_it_may_mean() {
        let told = |name: &str, nearest: Option<&str>| {
            Cause::BareName { name: name.to_owned(), nearest: nearest.map(str::to_owned) }.to_string()
        };
        assert_eq!(told("today", None), "`today` alone means nothing here; write `today()`");
        assert_eq!(told("VERDADERO", None), "`VERDADERO` alone means nothing here; write `true()`");
        assert!(told("edda", Some("edad")).ends_with("write `${edad}` for a question or `'edda'` for a text"));
    }
}
