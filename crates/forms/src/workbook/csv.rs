//! A form as CSV files, one a sheet.

use super::{Limits, Sheet, Workbook, of_file};
use crate::{Cause, FormErrors};

/// Reads `(sheet name, bytes)`.
pub(crate) fn read(sheets: &[(&str, &[u8])], limits: &Limits) -> Result<Workbook, FormErrors> {
    let sheets = sheets.iter().map(|(name, bytes)| sheet(name, bytes, limits)).collect::<Result<_, _>>()?;
    Ok(Workbook { sheets })
}

fn sheet(name: &str, bytes: &[u8], limits: &Limits) -> Result<Sheet, FormErrors> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(of_file(Cause::TooLarge { limit: limits.file_bytes, unit: "bytes" }));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut sheet = Sheet { name: name.to_owned(), rows: Vec::new() };
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| of_file(Cause::NotAWorkbook { detail: error.to_string() }))?;
        let row = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if row > limits.rows {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.rows), unit: "rows" }));
        }
        if record.len() > limits.columns as usize {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.columns), unit: "columns" }));
        }
        for (column, text) in record.iter().enumerate() {
            sheet.put(row, column as u32, text);
        }
    }
    Ok(sheet)
}
