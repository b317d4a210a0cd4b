//! Excel workbooks. The zip is unpacked once only to be counted, so that a small file that unpacks to gigabytes is refused
//! before anything is built from it; cells are then read one by one, so that a lone cell in the last row of a sheet costs one
//! cell, not the million rows above it.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataType, ExcelDateTime, Reader, Xlsx};

use super::{Limits, SHEETS, Sheet, Workbook, of_file};
use crate::{Cause, FormErrors};

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, FormErrors> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(of_file(Cause::TooLarge { limit: limits.file_bytes, unit: "bytes" }));
    }
    count(bytes, limits)?;
    // The reader is not ours: a workbook that makes it panic is a workbook that cannot be read.
    catch_unwind(AssertUnwindSafe(|| sheets(bytes, limits)))
        .unwrap_or_else(|_| Err(not_a_workbook("its parts do not fit together")))
}

pub(super) fn not_a_workbook(detail: impl ToString) -> FormErrors {
    of_file(Cause::NotAWorkbook { detail: detail.to_string() })
}

/// Refuses a zip with too many entries or too many bytes, by unpacking it into nothing.
fn count(bytes: &[u8], limits: &Limits) -> Result<(), FormErrors> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(not_a_workbook)?;
    if zip.len() as u64 > limits.entries {
        return Err(of_file(Cause::TooLarge { limit: limits.entries, unit: "files" }));
    }
    let mut left = limits.unpacked_bytes;
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(not_a_workbook)?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink()).map_err(not_a_workbook)?;
        left = left
            .checked_sub(unpacked)
            .ok_or_else(|| of_file(Cause::TooLarge { limit: limits.unpacked_bytes, unit: "bytes" }))?;
    }
    Ok(())
}

fn sheets(bytes: &[u8], limits: &Limits) -> Result<Workbook, FormErrors> {
    let mut xlsx: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(not_a_workbook)?;
    let names: Vec<String> = xlsx.sheet_names();
    let mut left = limits.unpacked_bytes;
    let mut workbook = Workbook::default();
    for name in names {
        let mut sheet = Sheet { name: name.clone(), rows: Vec::new() };
        // Of other sheets only the name matters: it may be one of ours, misspelt.
        if !SHEETS.iter().any(|sheet| name.trim().eq_ignore_ascii_case(sheet)) {
            workbook.sheets.push(sheet);
            continue;
        }
        let mut cells = xlsx.worksheet_cells_reader(&name).map_err(not_a_workbook)?;
        while let Some(cell) = cells.next_cell().map_err(not_a_workbook)? {
            let (row, column) = cell.get_position();
            let Some(text) = text(cell.get_value()) else { continue };
            left = left
                .checked_sub(text.len() as u64)
                .ok_or_else(|| of_file(Cause::TooLarge { limit: limits.unpacked_bytes, unit: "bytes" }))?;
            limits.admit(row, column)?;
            sheet.put(row + 1, column, &text);
        }
        // A sheet may list its rows in any order.
        sheet.rows.sort_by_key(|row| row.number);
        workbook.sheets.push(sheet);
    }
    Ok(workbook)
}

/// A cell as its author reads it; nothing for an empty cell or a spreadsheet error.
pub(super) fn text(value: &impl DataType) -> Option<String> {
    if let Some(text) = value.get_string().or(value.get_datetime_iso()).or(value.get_duration_iso()) {
        return Some(text.to_owned());
    }
    if let Some(moment) = value.get_datetime() {
        return Some(date(moment));
    }
    if let Some(truth) = value.get_bool() {
        return Some(if truth { "TRUE" } else { "FALSE" }.to_owned());
    }
    // `Display` of a double never writes an exponent and leaves `.0` out.
    value.get_int().map(|number| number.to_string()).or(value.get_float().map(|number| number.to_string()))
}

/// `2026-05-31`, and the time after it unless it is midnight.
fn date(moment: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) == (0, 0, 0, 0) {
        return date;
    }
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}")
}

#[cfg(test)]
mod tests;
