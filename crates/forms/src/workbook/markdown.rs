//! A form as Markdown tables: how tests and examples write one.

use super::{Limits, Sheet, Workbook, of_file};
use crate::{Cause, FormErrors};

/// Reads tables whose first column names the sheet where it begins and is blank below. A bar inside a cell is `\|`.
/// Rows are numbered within their sheet, the header being row 1.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Workbook, FormErrors> {
    if text.len() as u64 > limits.file_bytes {
        return Err(of_file(Cause::TooLarge { limit: limits.file_bytes, unit: "bytes" }));
    }
    let mut workbook = Workbook::default();
    let mut counted = 0;
    let mut row = 0;
    for line in text.lines().map(str::trim).filter(|line| line.starts_with('|')) {
        let cells = cells(line, limits.columns as usize);
        if cells.iter().skip(1).all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':')))
            && cells.len() > 1
        {
            continue;
        }
        let Some((name, cells)) = cells.split_first() else { continue };
        if !name.is_empty() {
            workbook.sheets.push(Sheet { name: name.clone(), ..Sheet::default() });
            row = 0;
            if cells.iter().all(String::is_empty) {
                continue;
            }
        }
        row += 1;
        if row > limits.rows {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.rows), unit: "rows" }));
        }
        if cells.len() > limits.columns as usize {
            return Err(of_file(Cause::TooLarge { limit: u64::from(limits.columns), unit: "columns" }));
        }
        limits.count(&mut counted, cells.len())?;
        if let Some(sheet) = workbook.sheets.last_mut() {
            for (column, text) in cells.iter().enumerate() {
                sheet.put(row, column as u32, text);
            }
        }
    }
    Ok(workbook)
}

/// The cells of a line, the one that names the sheet first; of more than `most` beside it, one too many.
fn cells(line: &str, most: usize) -> Vec<String> {
    let inner = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'|') => {
                chars.next();
                if let Some(cell) = cells.last_mut() {
                    cell.push('|');
                }
            }
            '|' if cells.len() > most + 2 => break,
            '|' => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    // What follows the closing bar is no cell.
    cells.pop();
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_rows_and_escaped_bars_are_read() {
        let workbook = read(
            r"
            | survey |      |            |
            |        | type | constraint |
            |        | text | a \| b     |
            | settings |         |
            |          | form_id |
            ",
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(workbook.sheets.len(), 2);
        let rows = &workbook.sheets[0].rows;
        assert_eq!(rows[0].number, 1);
        assert_eq!(rows[1].number, 2);
        assert_eq!(rows[1].cells.get(1).unwrap(), "a | b");
        assert_eq!(workbook.sheet("Settings").map(|sheet| sheet.rows.len()), Some(1));
    }
}
