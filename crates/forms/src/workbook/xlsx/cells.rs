//! The cells of a sheet, one by one.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::not_a_workbook;
use super::xml::{local, refer};
use crate::FormErrors;

/// A cell that holds something; its place is counted from 0.
pub(super) struct Cell<'a> {
    pub(super) row: u32,
    pub(super) column: u32,
    pub(super) value: Value<'a>,
}

pub(super) enum Value<'a> {
    Text(&'a str),
    /// The place of a text that cells share.
    Shared(usize),
    /// A number as it is written, and the place of its cell's style.
    Number {
        written: &'a str,
        style: usize,
    },
}

/// What a cell says it holds.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Shared,
    /// In the cell itself, or what a formula came to.
    Text,
    Truth,
}

/// Reads the cells of a sheet.
pub(super) struct Cells<'x> {
    reader: Reader<&'x [u8]>,
    /// Where the next cell stands that does not say so.
    row: u32,
    column: u32,
    kind: Kind,
    style: usize,
    /// What the cell holds so far.
    text: String,
}

impl<'x> Cells<'x> {
    pub(super) fn new(xml: &'x str) -> Self {
        let reader = Reader::from_str(xml);
        Self { reader, row: 0, column: 0, kind: Kind::Number, style: 0, text: String::new() }
    }

    /// The next cell that holds anything.
    ///
    /// # Errors
    /// When the sheet cannot be read.
    pub(super) fn next(&mut self) -> Result<Option<Cell<'_>>, FormErrors> {
        let Some((row, column)) = self.advance()? else { return Ok(None) };
        let text = self.text.as_str();
        let value = match self.kind {
            Kind::Text => Value::Text(text),
            Kind::Shared => Value::Shared(text.trim().parse().unwrap_or(usize::MAX)),
            Kind::Truth => Value::Text(if matches!(text.trim(), "0" | "false") { "FALSE" } else { "TRUE" }),
            Kind::Number => Value::Number { written: text, style: self.style },
        };
        Ok(Some(Cell { row, column, value }))
    }

    /// Reads on to the end of the next cell that holds anything: its row and column.
    fn advance(&mut self) -> Result<Option<(u32, u32)>, FormErrors> {
        let (mut is_value, mut is_sound) = (false, false);
        loop {
            match self.reader.read_event().map_err(not_a_workbook)? {
                Event::Start(start) => match local(start.name().into_inner()) {
                    "c" => self.begin(&start)?,
                    "v" | "t" => is_value = !is_sound,
                    "rPh" => is_sound = true,
                    "row" => self.row(&start)?,
                    _ => {}
                },
                Event::Empty(empty) => match local(empty.name().into_inner()) {
                    "c" => {
                        self.begin(&empty)?;
                        self.column = self.column.saturating_add(1);
                    }
                    "row" => {
                        self.row(&empty)?;
                        self.row = self.row.saturating_add(1);
                    }
                    "sheetData" => return Ok(None),
                    _ => {}
                },
                Event::End(end) => match local(end.name().into_inner()) {
                    "v" | "t" => is_value = false,
                    "rPh" => is_sound = false,
                    "c" => {
                        let (row, column) = (self.row, self.column);
                        self.column = column.saturating_add(1);
                        if !self.text.is_empty() {
                            return Ok(Some((row, column)));
                        }
                    }
                    "row" => self.row = self.row.saturating_add(1),
                    "sheetData" => return Ok(None),
                    _ => {}
                },
                Event::Text(text) if is_value => self.text.push_str(&text),
                Event::CData(text) if is_value => self.text.push_str(&text),
                Event::GeneralRef(reference) if is_value => refer(&reference, &mut self.text)?,
                Event::Eof => return Err(not_a_workbook("a sheet has no end")),
                _ => {}
            }
        }
    }

    fn row(&mut self, start: &BytesStart<'_>) -> Result<(), FormErrors> {
        self.column = 0;
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(not_a_workbook)?;
            if attribute.key.into_inner() == "r" {
                let number: Option<u32> = attribute.value.parse().ok();
                self.row =
                    number.and_then(|number| number.checked_sub(1)).ok_or_else(|| misplaced(&attribute.value))?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), FormErrors> {
        self.text.clear();
        (self.kind, self.style) = (Kind::Number, 0);
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(not_a_workbook)?;
            match attribute.key.into_inner() {
                "r" => {
                    let place = place(&attribute.value).ok_or_else(|| misplaced(&attribute.value))?;
                    (self.row, self.column) = place;
                }
                "s" => self.style = attribute.value.parse().unwrap_or_default(),
                "t" => {
                    self.kind = match &*attribute.value {
                        "s" => Kind::Shared,
                        // What a formula failed with is text too, so that a condition made of it is refused.
                        "str" | "inlineStr" | "d" | "e" => Kind::Text,
                        "b" => Kind::Truth,
                        _ => Kind::Number,
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn misplaced(place: &str) -> FormErrors {
    not_a_workbook(format!("`{place}` is no place of a cell"))
}

/// The row and column of a place such as `AB12`, from 0.
fn place(text: &str) -> Option<(u32, u32)> {
    let mut column: u32 = 0;
    let mut row: u32 = 0;
    for byte in text.bytes().filter(|byte| *byte != b'$') {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' if row == 0 => {
                let letter = u32::from(byte.to_ascii_uppercase() - b'A') + 1;
                column = column.checked_mul(26)?.checked_add(letter)?;
            }
            b'0'..=b'9' => row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?,
            _ => return None,
        }
    }
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}
