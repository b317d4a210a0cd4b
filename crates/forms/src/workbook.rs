//! Workbooks as authors write them.

use crate::{Cause, FormErrors, FormSource, Problem, Severity};

/// How large a workbook may be. The defaults are far above any real form and far below what would hurt a tablet.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the file itself.
    pub file_bytes: u64,
    /// Bytes after unpacking, counted while unpacking and never taken from the file's word.
    pub unpacked_bytes: u64,
    /// Files inside the zip.
    pub entries: u64,
    /// Rows of one sheet.
    pub rows: u32,
    /// Columns of one sheet.
    pub columns: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 16 << 20, unpacked_bytes: 64 << 20, entries: 1_000, rows: 100_000, columns: 500 }
    }
}

/// A workbook that was read: the form it defines and what is doubtful in it.
#[derive(Debug)]
pub struct Reading {
    pub source: FormSource,
    /// All of severity warning.
    pub warnings: Vec<Problem>,
}

fn not_yet() -> FormErrors {
    let cause = Cause::NotAWorkbook { detail: "not yet read".to_owned() };
    Problem { severity: Severity::Error, sheet: None, row: None, column: None, cause }.into()
}

/// Reads an Excel workbook.
///
/// # Errors
/// With every problem found, each with its place.
pub fn read_xlsx(bytes: &[u8], limits: &Limits) -> Result<Reading, FormErrors> {
    let _ = (bytes, limits);
    Err(not_yet())
}

/// Reads a form whose sheets are CSV files: `(sheet name, bytes)`.
///
/// # Errors
/// As [`read_xlsx`].
pub fn read_csv(sheets: &[(&str, &[u8])], limits: &Limits) -> Result<Reading, FormErrors> {
    let _ = (sheets, limits);
    Err(not_yet())
}

/// Reads a form written as Markdown tables, each row beginning with its sheet's name in the first column of a new sheet:
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
    let _ = text;
    Err(not_yet())
}
