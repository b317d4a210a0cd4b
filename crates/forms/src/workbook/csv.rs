//! A form as CSV: files, one a sheet, or one file whose first column names the sheets.

use super::{Limits, Sheet, Workbook, in_utf8, is_ours, of_file};
use crate::columns::usual;
use crate::{Cause, FormErrors};

/// Reads `(sheet name, bytes)`.
pub(crate) fn read(sheets: &[(&str, &[u8])], limits: &Limits) -> Result<Workbook, FormErrors> {
    let sheets = sheets.iter().map(|(name, bytes)| sheet(name, bytes, limits)).collect::<Result<_, _>>()?;
    Ok(Workbook { sheets, ..Workbook::default() })
}

/// Reads one file. Its first column names a sheet where it begins and is blank below; or the file is the survey alone.
pub(crate) fn read_whole(bytes: &[u8], limits: &Limits) -> Result<Workbook, FormErrors> {
    let mut workbook = Workbook::default();
    let mut first = 0;
    let mut is_survey = false;
    records(bytes, limits, |row, record| {
        is_survey |= row == 1 && ["type", "name"].iter().all(|name| record.iter().any(|cell| usual(cell) == *name));
        let mut cells = record.iter();
        let name = cells.next().unwrap_or_default().trim();
        let is_blank = cells.clone().all(|cell| cell.trim().is_empty());
        if !name.is_empty() {
            workbook.sheets.push(Sheet { name: name.to_owned(), ..Sheet::default() });
            // The header of a sheet is its row 1, beside the sheet's name or below it.
            first = if is_blank { row } else { row - 1 };
        }
        if let Some(sheet) = workbook.sheets.last_mut() {
            cells.enumerate().for_each(|(column, text)| sheet.put(row - first, column as u32, text));
        }
    })?;
    let names_sheets = workbook.sheets.iter().any(|sheet| is_ours(&sheet.name)) || !workbook.misspelt().is_empty();
    if is_survey && !names_sheets {
        return Ok(Workbook { sheets: vec![sheet("survey", bytes, limits)?], ..Workbook::default() });
    }
    if !names_sheets {
        return Err(of_file(Cause::NotAWorkbook {
            detail: "nor is it text whose first column names the sheets".to_owned(),
        }));
    }
    Ok(workbook)
}

fn sheet(name: &str, bytes: &[u8], limits: &Limits) -> Result<Sheet, FormErrors> {
    let mut sheet = Sheet { name: name.to_owned(), ..Sheet::default() };
    records(bytes, limits, |row, record| {
        record.iter().enumerate().for_each(|(column, text)| sheet.put(row, column as u32, text));
    })?;
    Ok(sheet)
}

/// A line is read whole before its cells can be counted, so a file has at most so many commas for each cell it may have.
/// Few texts have as many.
const PER_CELL: usize = 4;

/// Hands out every record with its number from 1, within the limits.
fn records(bytes: &[u8], limits: &Limits, mut take: impl FnMut(u32, &::csv::StringRecord)) -> Result<(), FormErrors> {
    limits.admit_file(bytes)?;
    let bytes = in_utf8(bytes)?;
    let delimiter = delimiter(&bytes);
    if bytes.iter().filter(|byte| **byte == delimiter).count() > PER_CELL * limits.cells as usize {
        return Err(of_file(Cause::TooLarge { limit: u64::from(limits.cells), unit: "cells" }));
    }
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&*bytes);
    let mut cells = 0;
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| {
            let detail = match error.kind() {
                ::csv::ErrorKind::Utf8 { pos: Some(place), .. } => {
                    format!("line {} is not UTF-8, as a spreadsheet's `CSV UTF-8` is", place.line())
                }
                _ => error.to_string(),
            };
            of_file(Cause::NotAWorkbook { detail })
        })?;
        let row = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if row > limits.rows {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.rows), unit: "rows" }));
        }
        if record.len() > limits.columns as usize {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.columns), unit: "columns" }));
        }
        limits.count(&mut cells, record.len())?;
        take(row, &record);
    }
    Ok(())
}

/// What parts the cells, by the first lines: `;` where a spreadsheet's language writes commas in numbers, a tab in its
/// "Unicode text", else `,`.
fn delimiter(bytes: &[u8]) -> u8 {
    const LINES: usize = 4;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    let mut lines = 0;
    for byte in bytes {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => lines += 1,
            byte if !is_quoted => {
                counts.iter_mut().filter(|(known, _)| known == byte).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
        if lines == LINES {
            break;
        }
    }
    // Of those found equally often the first is meant.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| *byte)
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

    #[track_caller]
    fn check(bytes: &[u8]) {
        let workbook = read_whole(bytes, &Limits::default()).unwrap();
        let rows = &workbook.sheet("survey").unwrap().rows;
        let cells: Vec<_> = rows.iter().map(|row| (row.number, row.cells.iter().collect::<Vec<_>>())).collect();
        let expected =
            [(1, vec![(0, "type"), (1, "name"), (2, "label")]), (2, vec![(0, "text"), (1, "a"), (2, "Ñ, ;")])];
        assert_eq!(cells, expected);
    }

    #[test]
    fn it_is_read_as_spreadsheets_of_any_language_write_it() {
        let commas = "survey,type,name,label\r\n,text,a,\"Ñ, ;\"\r\n";
        check(commas.as_bytes());
        check(format!("\u{feff}{commas}").as_bytes());
        check("survey;type;name;label\r\n;text;a;\"Ñ, ;\"\r\n".as_bytes());
        let tabs = "survey\ttype\tname\tlabel\r\n\ttext\ta\t\"Ñ, ;\"\r\n";
        let units = std::iter::once(0xfeff).chain(tabs.encode_utf16());
        check(&units.clone().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
        check(&units.flat_map(u16::to_be_bytes).collect::<Vec<_>>());
        check("type,name,label\n text ,a,\"Ñ, ;\"\n".as_bytes());
        let error = read_whole(b"survey,type,name\n,text,\xf1\n", &Limits::default()).unwrap_err();
        assert!(error.0[0].to_string().contains("line 2 is not UTF-8"), "{error:?}");
    }
}
