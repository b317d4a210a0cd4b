//! The tables a form looks things up in: lists that ship beside it as CSV, or that the app makes from its own records.

use std::borrow::Cow;
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
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<String>,
    cells: Cells,
    indexes: Indexes,
}

/// Cells one after another in one text: millions of them would each cost several times its own length.
#[derive(Debug, Default)]
struct Cells {
    text: String,
    /// Where in the text each cell ends.
    ends: Vec<u32>,
    /// Where in `ends` each row ends.
    rows: Vec<u32>,
}

impl Cells {
    fn push_row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        for cell in cells {
            self.text.push_str(cell.as_ref());
            self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
        self.rows.push(u32::try_from(self.ends.len()).unwrap_or(u32::MAX));
    }

    fn get(&self, row: u32, column: usize) -> Option<&str> {
        let row = row as usize;
        let first = row.checked_sub(1).map_or(Some(0), |before| self.rows.get(before).copied())? as usize;
        let place =
            first.checked_add(column).filter(|place| *place < self.rows.get(row).map_or(0, |end| *end as usize))?;
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start as usize..*self.ends.get(place)? as usize)
    }
}

/// Columns by value, each indexed when it is first searched: its rows in the order of their cells.
#[derive(Debug, Default)]
pub(crate) struct Indexes(Mutex<BTreeMap<usize, Arc<Vec<u32>>>>);

impl Indexes {
    /// The rows whose cell in a column of `rows` cells holds `wanted`, in order.
    pub(crate) fn rows_where<'c>(
        &self,
        column: usize,
        rows: u32,
        wanted: &str,
        cell: impl Fn(u32) -> &'c str,
    ) -> Vec<u32> {
        // A poisoned lock guards nothing but a cache: a panic elsewhere left it whole or without an entry.
        let mut indexes = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let build = || {
            let mut sorted: Vec<u32> = (0..rows).collect();
            sorted.sort_by_key(|row| cell(*row));
            Arc::new(sorted)
        };
        let sorted = indexes.entry(column).or_insert_with(build).clone();
        drop(indexes);
        let first = sorted.partition_point(|row| cell(*row) < wanted);
        let found = sorted.iter().skip(first).take_while(|row| cell(**row) == wanted);
        found.copied().collect()
    }
}

/// The most cells that a table may have.
const MAX_CELLS: usize = 4_000_000;
/// The most bytes of a file that becomes a table.
const MAX_BYTES: usize = 64 << 20;

impl Table {
    /// The most rows a table may have.
    pub const MAX_ROWS: usize = 200_000;

    /// A row shorter than `columns` has blanks at its end; what is longer is left out.
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        let mut cells = Cells::default();
        rows.into_iter().for_each(|row| cells.push_row(row));
        Self { columns, cells, indexes: Indexes::default() }
    }

    /// Reads CSV whose first line names the columns.
    ///
    /// # Errors
    /// When it is not UTF-8, not CSV, has more than [`Self::MAX_ROWS`] rows or is larger than a table may be.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, Cause> {
        let refused = |detail: String| Cause::BadTable { detail };
        if bytes.len() > MAX_BYTES {
            return Err(Cause::TooLarge { limit: MAX_BYTES as u64 >> 20, unit: "MiB" });
        }
        let too_many_cells = Cause::TooLarge { limit: MAX_CELLS as u64, unit: "cells" };
        // A line is read whole before its cells can be counted. The rest are commas within texts.
        if bytes.iter().filter(|byte| **byte == b',').count() > 2 * MAX_CELLS {
            return Err(too_many_cells);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let headers = reader.headers().map_err(|error| refused(error.to_string()))?;
        if headers.len() > MAX_CELLS {
            return Err(too_many_cells);
        }
        let columns: Vec<String> = headers.iter().map(str::to_owned).collect();
        let mut cells = Cells::default();
        for record in reader.records() {
            if cells.rows.len() == Self::MAX_ROWS {
                return Err(Cause::TooLarge { limit: Self::MAX_ROWS as u64, unit: "rows" });
            }
            let record = record.map_err(|error| refused(error.to_string()))?;
            if cells.ends.len() + record.len() > MAX_CELLS {
                return Err(too_many_cells);
            }
            cells.push_row(&record);
        }
        Ok(Self { columns, cells, indexes: Indexes::default() })
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
        let mut cells = Cells::default();
        for item in items {
            let mut row = vec![Cow::Borrowed(""); columns.len()];
            // The first of a name is the one that a path leads to.
            for child in document.children(*item).iter().rev() {
                if let Ok(column) = columns.binary_search(&document.name(*child)) {
                    row[column] = document.text(*child);
                }
            }
            cells.push_row(row);
        }
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Ok(Self { columns, cells, indexes: Indexes::default() })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn len(&self) -> usize {
        self.cells.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.rows.is_empty()
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
        self.cells.get(row, column).unwrap_or_default()
    }

    /// The rows whose `column` holds exactly `value`, in order.
    pub fn rows_where(&self, column: usize, value: &str) -> Vec<u32> {
        let rows = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.indexes.rows_where(column, rows, value, |row| self.cell(row, column))
    }

    /// `pulldata`: the cell in column `wanted` of the first row whose column `key` holds `value`.
    pub fn pull(&self, wanted: &str, key: &str, value: &str) -> Option<&str> {
        let (wanted, key) = (self.column(wanted)?, self.column(key)?);
        let row = *self.rows_where(key, value).first()?;
        Some(self.cell(row, wanted))
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
        let table = Table::from_csv(b"name,label\na\nb,B,beyond\n").unwrap();
        assert_eq!(table.pull("label", "name", "a"), Some(""));
        assert_eq!((table.cell(1, 0), table.cell(1, 1), table.cell(1, 2), table.cell(2, 0)), ("b", "B", "beyond", ""));
    }

    #[test]
    fn a_file_that_is_too_large_for_a_table_is_refused() {
        let told = |bytes: &[u8]| Table::from_csv(bytes).unwrap_err().to_string();
        assert_eq!(told(&vec![b'a'; MAX_BYTES + 1]), Cause::TooLarge { limit: 64, unit: "MiB" }.to_string());
        let wide = ",".repeat(2 * MAX_CELLS + 1);
        assert_eq!(told(wide.as_bytes()), Cause::TooLarge { limit: MAX_CELLS as u64, unit: "cells" }.to_string());
    }
}
