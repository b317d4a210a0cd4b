//! The tables a form looks things up in: lists that ship beside it as CSV, or that the app makes from its own records.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::Document;
use crate::problem::Cause;

mod geojson;

/// Tables by name, without the ending of the file they may come from. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lookups {
    tables: BTreeMap<String, Arc<Table>>,
    documents: BTreeMap<String, Arc<Document>>,
}

impl Lookups {
    /// The name under which [`crate::Session::answers`] of the record saved last stand, for `${last-saved#…}`.
    pub const LAST_SAVED: &str = "last-saved";

    /// Adds or replaces what a file holds, by the ending of its name: a table of CSV or GeoJSON (`.geojson`), or an XML
    /// document (`.xml`), which is a table too where its outermost element holds items.
    ///
    /// # Errors
    /// When it cannot be read as its name says, or is too large.
    pub fn insert_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), Cause> {
        match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
            Some("geojson") => self.insert(name, Table::from_geojson(bytes)?),
            Some("xml") => {
                let document = Document::from_xml(bytes)?;
                self.insert(name, Table::of_items(&document)?);
                self.insert_document(name, document);
            }
            _ => self.insert(name, Table::from_csv(bytes)?),
        }
        Ok(())
    }

    /// Adds or replaces a table.
    pub fn insert(&mut self, name: &str, table: Table) {
        self.tables.insert(plain_name(name).to_owned(), Arc::new(table));
    }

    /// The table called `name`, with or without its file's ending.
    pub fn get(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(plain_name(name))
    }

    /// Adds or replaces an XML document, under its file's name.
    pub fn insert_document(&mut self, name: &str, document: Document) {
        self.documents.insert(name.to_owned(), Arc::new(document));
    }

    /// The documents with their names, in the order of their names.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (&str, &Arc<Document>)> {
        self.documents.iter().map(|(name, document)| (name.as_str(), document))
    }

    /// Every table with its name, in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Table>)> {
        self.tables.iter().map(|(name, table)| (name.as_str(), table))
    }
}

fn plain_name(name: &str) -> &str {
    [".csv", ".geojson"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Rows of text under named columns, each column indexed by value when it is first searched.
#[derive(Debug)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    indexes: Indexes,
}

/// Columns by value, each indexed when it is first searched.
#[derive(Debug, Default)]
pub(crate) struct Indexes(Mutex<BTreeMap<usize, Arc<ColumnIndex>>>);

impl Indexes {
    /// The index of a column of `rows` cells.
    pub(crate) fn column<'c>(&self, column: usize, rows: u32, cell: impl Fn(u32) -> &'c str) -> Arc<ColumnIndex> {
        // A poisoned lock guards nothing but a cache: a panic elsewhere left it whole or without an entry.
        let mut indexes = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let build = || {
            let mut index = ColumnIndex::new();
            for row in 0..rows {
                index.entry(cell(row).to_owned()).or_default().push(row);
            }
            Arc::new(index)
        };
        indexes.entry(column).or_insert_with(build).clone()
    }
}

/// The most cells a table may have: about 100 MB.
const MAX_CELLS: usize = 4_000_000;

/// The rows that hold each value of one column, in order.
pub(crate) type ColumnIndex = std::collections::HashMap<String, Vec<u32>>;

impl Table {
    /// The most rows a table may have.
    pub const MAX_ROWS: usize = 200_000;

    /// A row shorter than `columns` has blanks at its end; what is longer is left out.
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { columns, rows, indexes: Indexes::default() }
    }

    /// Reads CSV whose first line names the columns.
    ///
    /// # Errors
    /// When it is not UTF-8, not CSV, or has more than [`Self::MAX_ROWS`] rows.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, Cause> {
        let refused = |detail: String| Cause::BadTable { detail };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let columns = reader.headers().map_err(|error| refused(error.to_string()))?.iter().map(str::to_owned).collect();
        let (mut rows, mut cells) = (Vec::new(), 0);
        for record in reader.records() {
            if rows.len() == Self::MAX_ROWS {
                return Err(Cause::TooLarge { limit: Self::MAX_ROWS as u64, unit: "rows" });
            }
            let record = record.map_err(|error| refused(error.to_string()))?;
            cells += record.len();
            if cells > MAX_CELLS {
                return Err(Cause::TooLarge { limit: MAX_CELLS as u64, unit: "cells" });
            }
            rows.push(record.iter().map(str::to_owned).collect());
        }
        Ok(Self::new(columns, rows))
    }

    /// What the outermost element of a document holds: an item a row, the names of what they hold as columns.
    fn of_items(document: &Document) -> Result<Self, Cause> {
        let items = document.children(Document::ROOT);
        let held = items.iter().flat_map(|item| document.children(*item));
        let mut columns: Vec<&str> = held.map(|child| document.name(*child)).collect();
        columns.sort_unstable();
        columns.dedup();
        if columns.len().saturating_mul(items.len()) > MAX_CELLS {
            return Err(Cause::TooLarge { limit: MAX_CELLS as u64, unit: "cells" });
        }
        let row = |item: &u32| {
            let mut row = vec![String::new(); columns.len()];
            // The first of a name is the one that a path leads to.
            for child in document.children(*item).iter().rev() {
                if let Ok(column) = columns.binary_search(&document.name(*child)) {
                    row[column] = document.text(*child).into_owned();
                }
            }
            row
        };
        let rows = items.iter().map(row).collect();
        Ok(Self::new(columns.iter().map(|name| (*name).to_owned()).collect(), rows))
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The position of a column, whatever its capitals.
    pub(crate) fn column_like(&self, name: &str) -> Option<usize> {
        let name = name.trim();
        let alike = || self.columns.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
        self.column(name).or_else(alike)
    }

    /// One cell; blank where there is none.
    pub fn cell(&self, row: u32, column: usize) -> &str {
        self.rows.get(row as usize).and_then(|cells| cells.get(column)).map_or("", String::as_str)
    }

    /// The rows whose `column` holds exactly `value`, in order.
    pub fn rows_where(&self, column: usize, value: &str) -> Vec<u32> {
        self.index(column).get(value).cloned().unwrap_or_default()
    }

    /// `pulldata`: the cell in column `wanted` of the first row whose column `key` holds `value`.
    pub fn pull(&self, wanted: &str, key: &str, value: &str) -> Option<&str> {
        let (wanted, key) = (self.column(wanted)?, self.column(key)?);
        let row = *self.index(key).get(value)?.first()?;
        Some(self.cell(row, wanted))
    }

    fn index(&self, column: usize) -> Arc<ColumnIndex> {
        let rows = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.indexes.column(column, rows, |row| self.cell(row, column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_any_column() {
        let table =
            Table::from_csv("\u{feff}name,label,region\n0501,Huamanga,05\n0502,Cangallo,05\n".as_bytes()).unwrap();
        assert_eq!(table.pull("label", "name", "0502"), Some("Cangallo"));
        assert_eq!(table.pull("label", "name", "09"), None);
        assert_eq!(table.pull("area", "name", "0501"), None);
        assert_eq!(table.rows_where(2, "05"), [0, 1]);
    }

    #[test]
    fn a_short_row_ends_in_blanks() {
        let table = Table::from_csv(b"name,label\na\n").unwrap();
        assert_eq!(table.pull("label", "name", "a"), Some(""));
    }
}
