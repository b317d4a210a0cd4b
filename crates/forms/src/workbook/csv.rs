//! A form as CSV: files, one a sheet, or one file whose first column names the sheets.

use super::{Limits, SHEETS, Sheet, Workbook, of_file};
use crate::{Cause, FormErrors};

/// Reads `(sheet name, bytes)`.
pub(crate) fn read(sheets: &[(&str, &[u8])], limits: &Limits) -> Result<Workbook, FormErrors> {
    let sheets = sheets.iter().map(|(name, bytes)| sheet(name, bytes, limits)).collect::<Result<_, _>>()?;
    Ok(Workbook { sheets })
}

/// Reads one file. Its first column names a sheet where it begins and is blank below.
pub(crate) fn read_whole(bytes: &[u8], limits: &Limits) -> Result<Workbook, FormErrors> {
    let mut workbook = Workbook::default();
    let mut first = 0;
    records(bytes, limits, |row, record| {
        let mut cells = record.iter();
        let name = cells.next().unwrap_or_default().trim();
        let is_blank = cells.clone().all(|cell| cell.trim().is_empty());
        if !name.is_empty() {
            workbook.sheets.push(Sheet { name: name.to_owned(), rows: Vec::new() });
            // The header of a sheet is its row 1, beside the sheet's name or below it.
            first = if is_blank { row } else { row - 1 };
        }
        if let Some(sheet) = workbook.sheets.last_mut() {
            cells.enumerate().for_each(|(column, text)| sheet.put(row - first, column as u32, text));
        }
    })?;
    let is_ours = |sheet: &Sheet| SHEETS.iter().any(|known| known.eq_ignore_ascii_case(sheet.name.trim()));
    if !workbook.sheets.iter().any(is_ours) && workbook.misspelt().is_empty() {
        return Err(of_file(Cause::NotAWorkbook {
            detail: "nor is it text whose first column names the sheets".to_owned(),
        }));
    }
    Ok(workbook)
}

fn sheet(name: &str, bytes: &[u8], limits: &Limits) -> Result<Sheet, FormErrors> {
    let mut sheet = Sheet { name: name.to_owned(), rows: Vec::new() };
    records(bytes, limits, |row, record| {
        record.iter().enumerate().for_each(|(column, text)| sheet.put(row, column as u32, text));
    })?;
    Ok(sheet)
}

/// Hands out every record with its number from 1, within the limits.
fn records(bytes: &[u8], limits: &Limits, mut take: impl FnMut(u32, &::csv::StringRecord)) -> Result<(), FormErrors> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(of_file(Cause::TooLarge { limit: limits.file_bytes, unit: "bytes" }));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| of_file(Cause::NotAWorkbook { detail: error.to_string() }))?;
        let row = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if row > limits.rows {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.rows), unit: "rows" }));
        }
        if record.len() > limits.columns as usize {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.columns), unit: "columns" }));
        }
        take(row, &record);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_holds_all_sheets() {
        let text = "survey,,\n,type,name\n,text,\"a, b\"\n,,\nsettings,form_id\n,f\n";
        let workbook = read_whole(text.as_bytes(), &Limits::default()).unwrap();
        let survey = &workbook.sheet("survey").unwrap().rows;
        assert_eq!((survey[0].number, survey[1].number), (1, 2));
        assert_eq!(survey[1].cells.get(1).unwrap(), "a, b");
        assert_eq!(workbook.sheet("settings").unwrap().rows[1].cells.get(0).unwrap(), "f");
        assert!(read_whole(b"no workbook", &Limits::default()).is_err());
    }
}
