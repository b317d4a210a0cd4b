//! Which numbers are dates: those whose cell is formatted as one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use calamine::{ExcelDateTime, ExcelDateTimeType};

use super::xml::each;
use crate::FormErrors;

/// The formats of a workbook.
pub(super) struct Dates {
    /// By style: whether it shows numbers as dates.
    styles: Vec<bool>,
    counts_from_1904: bool,
}

impl Dates {
    /// Reads the part that holds the styles; a workbook may have none, and then it is blank.
    pub(super) fn read(xml: &str, counts_from_1904: bool) -> Result<Self, FormErrors> {
        let mut formats: BTreeMap<String, bool> = BTreeMap::new();
        let mut styles = Vec::new();
        // The formats of cells stand among those of other things.
        let mut is_of_cells = false;
        each(xml, |element| {
            match element.name() {
                "numFmt" => {
                    let shows = element.value("formatCode")?.is_some_and(|code| shows_dates(&code));
                    formats.insert(element.value("numFmtId")?.unwrap_or_default().into_owned(), shows);
                }
                "xf" if is_of_cells => {
                    let format = element.value("numFmtId")?.unwrap_or_default();
                    styles.push(formats.get(&*format).copied().unwrap_or_else(|| is_usual_date(&format)));
                }
                "xf" | "alignment" | "protection" | "extLst" | "ext" => {}
                name => is_of_cells = name == "cellXfs",
            }
            Ok(())
        })?;
        Ok(Self { styles, counts_from_1904 })
    }

    /// A number as its author sees it: as a date where its style shows one, else without exponent and without `.0`.
    pub(super) fn as_seen<'a>(&self, written: &'a str, style: usize) -> Cow<'a, str> {
        let written = written.trim();
        let is_date = self.styles.get(style).copied().unwrap_or_default();
        let is_plain = written.len() <= 15
            && written.bytes().all(|byte| byte.is_ascii_digit())
            && (written.len() == 1 || !written.starts_with('0'));
        if is_plain && !is_date {
            return written.into();
        }
        match written.parse::<f64>() {
            Ok(number) if is_date => {
                moment(ExcelDateTime::new(number, ExcelDateTimeType::DateTime, self.counts_from_1904)).into()
            }
            // `Display` of a double never writes an exponent and leaves `.0` out.
            Ok(number) if number.is_finite() => number.to_string().into(),
            Ok(_) | Err(_) => written.into(),
        }
    }
}

/// `2026-05-31`, and the time after it unless it is midnight; a number of less than a day is a time alone, `12:30:00`.
pub(in crate::workbook) fn moment(moment: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    match (hour, minute, second, milli) {
        _ if (0.0..1.0).contains(&moment.as_f64()) => format!("{hour:02}:{minute:02}:{second:02}{fraction}"),
        (0, 0, 0, 0) => date,
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

/// Whether a format that every workbook has is one of dates: ECMA-376, part 1, 18.8.30, and those of other languages.
fn is_usual_date(id: &str) -> bool {
    matches!(id.parse(), Ok(14..=22 | 27..=36 | 45..=47 | 50..=58))
}

/// Whether a format writes a part of a date: a letter that is neither quoted, escaped, nor the name of a colour or language.
fn shows_dates(code: &str) -> bool {
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            // The formats of negative numbers and texts follow.
            ';' => return false,
            '"' => drop(characters.by_ref().find(|character| *character == '"')),
            '\\' | '_' | '*' => drop(characters.next()),
            '[' => {
                let inside: String = characters.by_ref().take_while(|character| *character != ']').collect();
                if matches!(inside.to_ascii_lowercase().as_str(), "h" | "hh" | "m" | "mm" | "s" | "ss") {
                    return true;
                }
            }
            'd' | 'm' | 'h' | 'y' | 's' | 'D' | 'M' | 'H' | 'Y' | 'S' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_shows_dates_where_it_writes_a_part_of_one() {
        for code in ["yyyy-mm-dd", "[$-409]d-mmm-yy", "h:mm AM/PM", "[h]:mm", "dd/mm/yyyy;@"] {
            assert!(shows_dates(code), "{code}");
        }
        for code in ["General", "0.00", "[Red]0", "0\" days\"", "#,##0\\d", "_-* #,##0_d", "0;yyyy", "\"S/\" 0.00"] {
            assert!(!shows_dates(code), "{code}");
        }
    }

    #[test]
    fn numbers_are_as_their_author_sees_them() {
        let dates = Dates { styles: vec![false, true], counts_from_1904: false };
        for (written, style, seen) in [
            ("3", 0, "3"),
            ("3.0", 0, "3"),
            ("1E-3", 0, "0.001"),
            ("1e21", 0, "1000000000000000000000"),
            ("007", 0, "7"),
            ("0", 0, "0"),
            ("46173", 1, "2026-05-31"),
            ("46173.5", 1, "2026-05-31T12:00:00.000"),
            ("0.5", 1, "12:00:00"),
            ("x", 1, "x"),
        ] {
            assert_eq!(dates.as_seen(written, style), seen, "{written}");
        }
    }
}
