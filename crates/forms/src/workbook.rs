//! Workbooks as authors write them: sheets of rows of text, each cell still knowing where it stood.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::{Cause, Column, FormErrors, Problem, Severity};

pub(crate) mod csv;
pub(crate) mod markdown;
pub(crate) mod xls;
pub(crate) mod xlsx;

/// How large a workbook may be. The defaults are far above any real form and far below what would hurt a tablet.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the file itself.
    pub file_bytes: u64,
    /// Bytes after unpacking, counted while unpacking and never taken from the file's word; also the most bytes of text
    /// its cells may come to, since many cells can share one long text.
    pub unpacked_bytes: u64,
    /// Files inside the zip.
    pub entries: u64,
    /// Rows of one sheet.
    pub rows: u32,
    /// Columns of one sheet.
    pub columns: u32,
    /// Cells of all sheets; of an old workbook, those it spans from the first used to the last.
    pub cells: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 16 << 20,
            unpacked_bytes: 64 << 20,
            entries: 1_000,
            rows: 100_000,
            columns: 500,
            cells: 1_000_000,
        }
    }
}

impl Limits {
    /// Refuses a file that is too large.
    pub(crate) fn admit_file(&self, bytes: &[u8]) -> Result<(), FormErrors> {
        match bytes.len() as u64 > self.file_bytes {
            true => Err(of_file(Cause::TooLarge { limit: self.file_bytes, unit: "bytes" })),
            false => Ok(()),
        }
    }

    /// Refuses a cell that stands too far out, counted from 0.
    fn admit(&self, row: u32, column: u32) -> Result<(), FormErrors> {
        if row >= self.rows {
            return Err(of_file(Cause::TooLarge { limit: u64::from(self.rows), unit: "rows" }));
        }
        if column >= self.columns {
            return Err(of_file(Cause::TooLarge { limit: u64::from(self.columns), unit: "columns" }));
        }
        Ok(())
    }

    /// Counts cells and refuses too many.
    fn count(&self, counted: &mut u64, more: usize) -> Result<(), FormErrors> {
        *counted += more as u64;
        if *counted > u64::from(self.cells) {
            return Err(of_file(Cause::TooLarge { limit: u64::from(self.cells), unit: "cells" }));
        }
        Ok(())
    }
}

/// Every sheet of a workbook, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Workbook {
    pub(crate) sheets: Vec<Sheet>,
    /// Whether a spreadsheet wrote it: each sheet then has a name, whether or not its author gave it one.
    pub(crate) is_spreadsheet: bool,
}

/// One sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    /// Rows that hold anything, in order.
    pub(crate) rows: Vec<SheetRow>,
    /// The first row that stands too far below the others to be meant.
    pub(crate) far: Option<u32>,
}

/// More blank rows than these end a sheet, as they do for the reference converter: what stands below was forgotten there.
pub(crate) const MAX_BLANK_ROWS: u32 = 60;

/// One row: its number from 1 and its cells that hold text, by column from 0. Text is trimmed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SheetRow {
    pub(crate) number: u32,
    pub(crate) cells: RowCells,
}

/// The cells of a row, by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RowCells(Vec<(u32, String)>);

impl RowCells {
    pub(crate) fn get(&self, column: u32) -> Option<&str> {
        self.place(column).ok().and_then(|place| self.0.get(place)).map(|(_, text)| text.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.0.iter().map(|(column, text)| (*column, text.as_str()))
    }

    fn put(&mut self, column: u32, text: String) {
        match self.place(column) {
            Ok(place) => self.0[place].1 = text,
            Err(place) => self.0.insert(place, (column, text)),
        }
    }

    /// Where a cell is, or else would be. Nearly every row is written from left to right.
    fn place(&self, column: u32) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if *last >= column => self.0.binary_search_by_key(&column, |(known, _)| *known),
            _ => Err(self.0.len()),
        }
    }
}

impl Workbook {
    /// The sheet called `name`, in any case. The only sheet of a spreadsheet is its survey, whatever it is called.
    pub(crate) fn sheet(&self, name: &str) -> Option<&Sheet> {
        let named = self.sheets.iter().find(|sheet| sheet.name.trim().eq_ignore_ascii_case(name));
        named.or_else(|| match self.sheets.as_slice() {
            [only] if self.is_spreadsheet && name == "survey" && !is_ours(&only.name) => Some(only),
            _ => None,
        })
    }
}

impl FromIterator<(u32, String)> for RowCells {
    fn from_iter<T: IntoIterator<Item = (u32, String)>>(cells: T) -> Self {
        let mut row = Self::default();
        cells.into_iter().for_each(|(column, text)| row.put(column, text));
        row
    }
}

/// The sheets a form is made of; others are the author's own.
pub(crate) const SHEETS: [&str; 6] = ["survey", "choices", "settings", "entities", "external_choices", "osm"];

/// Whether a sheet of this name belongs to the form.
fn is_ours(name: &str) -> bool {
    SHEETS.iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
}

impl Workbook {
    /// For each of our sheets that is missing, one whose name is almost its own. A name that begins with `_` is no slip.
    pub(crate) fn misspelt(&self) -> BTreeMap<&'static str, String> {
        let mut found = BTreeMap::new();
        for wanted in SHEETS.into_iter().filter(|name| self.sheet(name).is_none()) {
            let others = self.sheets.iter().map(|sheet| sheet.name.trim());
            let free = others
                .filter(|name| !name.starts_with('_') && !SHEETS.iter().any(|known| known.eq_ignore_ascii_case(name)));
            if let Some(name) = crate::nearest::nearest(wanted, free).filter(|_| wanted != "osm") {
                found.insert(wanted, name.to_owned());
            }
        }
        found
    }
}

impl Sheet {
    /// The sheet with one space for each run of them.
    pub(crate) fn with_single_spaces(&self) -> Cow<'_, Self> {
        let has_runs = |row: &SheetRow| row.cells.iter().any(|(_, text)| text.contains("  "));
        if !self.rows.iter().any(has_runs) {
            return Cow::Borrowed(self);
        }
        let single = |text: &str| {
            let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
            words.join(" ")
        };
        let rows = self.rows.iter().map(|row| SheetRow {
            number: row.number,
            cells: row.cells.iter().map(|(column, text)| (column, single(text))).collect(),
        });
        Cow::Owned(Self { name: self.name.clone(), rows: rows.collect(), far: self.far })
    }

    /// Puts the rows of a spreadsheet in order, and leaves out what stands too far below.
    fn close(&mut self) {
        self.rows.sort_by_key(|row| row.number);
        let gap = |rows: &[SheetRow]| rows[1].number - rows[0].number > MAX_BLANK_ROWS + 1;
        if let Some(place) = self.rows.windows(2).position(gap) {
            self.far = self.rows.get(place + 1).map(|row| row.number);
            self.rows.truncate(place + 1);
        }
    }

    /// Puts a cell in its place; blank text is no cell.
    fn put(&mut self, row: u32, column: u32, text: &str) {
        let text = tidy(text);
        if text.is_empty() {
            return;
        }
        if self.rows.last().is_none_or(|last| last.number != row) {
            self.rows.push(SheetRow { number: row, cells: RowCells::default() });
        }
        if let Some(last) = self.rows.last_mut() {
            last.cells.put(column, text);
        }
    }
}

/// A text file in UTF-8 and without its mark: a spreadsheet's "Unicode text" is UTF-16.
pub(crate) fn in_utf8(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FormErrors> {
    let (words, unit): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return Ok(Cow::Borrowed(rest)),
        [0xff, 0xfe, rest @ ..] => (rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => (rest, u16::from_be_bytes),
        bytes => return Ok(Cow::Borrowed(bytes)),
    };
    let units = words.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    let detail = "it begins as UTF-16 and goes on as something else".to_owned();
    text.map(|text| Cow::Owned(text.into_bytes())).map_err(|_| of_file(Cause::NotAWorkbook { detail }))
}

/// A cell's text without white space at its ends, with plain spaces for the ones a word processor puts in.
fn tidy(text: &str) -> String {
    let is_plain = !text.contains('\r') && (text.is_ascii() || !text.contains(['\u{a0}', '\u{202f}']));
    if is_plain {
        return text.trim().to_owned();
    }
    text.replace(['\u{a0}', '\u{202f}'], " ").replace("\r\n", "\n").trim().to_owned()
}

impl Column {
    /// The column at `index` from 0.
    pub(crate) fn new(index: u32, header: &str) -> Self {
        let mut letters = Vec::new();
        let mut rest = index + 1;
        while rest > 0 {
            letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
            rest = (rest - 1) / 26;
        }
        Self { letter: letters.iter().rev().collect(), header: header.to_owned() }
    }
}

/// A problem with the whole file.
fn of_file(cause: Cause) -> FormErrors {
    Problem { severity: Severity::Error, sheet: None, row: None, column: None, cause }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_a_spreadsheet_letters_them() {
        for (index, letter) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(Column::new(index, "").letter, letter);
        }
    }
}
