//! Workbooks of Excel before 2007 (BIFF in a compound file).
//!
//! Their reader believes what a file says of itself: how large a sheet is, how often a text stands in it, what a formula is
//! made of. So the file is read through once before, within limits, and what no form needs is struck out: sizes, names and
//! formulas. A formula's last value stays.

use std::io::{Cursor, Read, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataType, Reader, Xls};

use super::xlsx::{moment, not_a_workbook};
use super::{Limits, Sheet, Workbook, is_ours, of_file};
use crate::{Cause, FormErrors};

/// The most sheets a workbook may have.
const MAX_SHEETS: usize = 64;

const FORMULA: u16 = 0x0006;
const END: u16 = 0x000a;
const EXTERN_SHEET: u16 = 0x0017;
const NAME: u16 = 0x0018;
const CONTINUE: u16 = 0x003c;
const BOUND_SHEET: u16 = 0x0085;
const MULTIPLE_NUMBERS: u16 = 0x00bd;
const SHARED_TEXTS: u16 = 0x00fc;
const SHARED_TEXT: u16 = 0x00fd;
const DIMENSIONS: u16 = 0x0200;
/// A cell that is only formatted: nothing reads it.
const BLANK: u16 = 0x0201;
const BEGIN: u16 = 0x0809;
/// Further records that are one cell: a text with formats, a number, a text, a truth, a short number.
const CELLS: [u16; 5] = [0x00d6, 0x0203, 0x0204, 0x0205, 0x027e];

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, FormErrors> {
    limits.admit_file(bytes)?;
    let mut stream = book(bytes, limits)?;
    tame(&mut stream, limits)?;
    let tamed = in_a_file(&stream).map_err(not_a_workbook)?;
    // The reader is not ours: a workbook that makes it panic is a workbook that cannot be read.
    catch_unwind(AssertUnwindSafe(|| sheets(tamed, limits)))
        .unwrap_or_else(|_| Err(not_a_workbook("its parts do not fit together")))
}

/// The stream that holds the sheets.
fn book(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, FormErrors> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(not_a_workbook)?;
    let name = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name));
    let name = name.ok_or_else(|| {
        let is_locked = file.is_stream("/EncryptedPackage");
        not_a_workbook(if is_locked { "it is locked by a password: take that away" } else { "it holds no sheets" })
    })?;
    let mut stream = Vec::new();
    let part = file.open_stream(name).map_err(not_a_workbook)?;
    part.take(limits.file_bytes).read_to_end(&mut stream).map_err(not_a_workbook)?;
    Ok(stream)
}

fn in_a_file(stream: &[u8]) -> std::io::Result<Vec<u8>> {
    // A file of the newer version must have small streams to be read, and one large stream is none.
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
    file.create_stream("/Workbook")?.write_all(stream)?;
    file.flush()?;
    Ok(file.into_inner().into_inner())
}

fn sheets(bytes: Vec<u8>, limits: &Limits) -> Result<Workbook, FormErrors> {
    let mut xls: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(not_a_workbook)?;
    let mut left = limits.unpacked_bytes;
    let mut workbook = Workbook { is_spreadsheet: true, ..Workbook::default() };
    let names = xls.sheet_names();
    let is_alone = names.len() == 1;
    for name in names {
        let mut sheet = Sheet { name: name.clone(), ..Sheet::default() };
        if is_ours(&name) || is_alone {
            let range = xls.worksheet_range(&name).map_err(not_a_workbook)?;
            let (first_row, first_column) = range.start().unwrap_or_default();
            for (row, column, cell) in range.used_cells() {
                let Some(text) = text(cell) else { continue };
                left = left
                    .checked_sub(text.len() as u64)
                    .ok_or_else(|| of_file(Cause::TooLarge { limit: limits.unpacked_bytes, unit: "bytes" }))?;
                let (row, column) = (first_row + row as u32, first_column + column as u32);
                limits.admit(row, column)?;
                sheet.put(row + 1, column, &text);
            }
        }
        sheet.close();
        workbook.sheets.push(sheet);
    }
    Ok(workbook)
}

/// A cell as its author reads it; nothing for an empty cell.
fn text(value: &impl DataType) -> Option<String> {
    if let Some(error) = value.get_error() {
        return Some(error.to_string());
    }
    if let Some(text) = value.get_string().or(value.get_datetime_iso()).or(value.get_duration_iso()) {
        return Some(text.to_owned());
    }
    if let Some(found) = value.get_datetime() {
        return Some(moment(found));
    }
    if let Some(truth) = value.get_bool() {
        return Some(if truth { "TRUE" } else { "FALSE" }.to_owned());
    }
    // `Display` of a double never writes an exponent and leaves `.0` out.
    value.get_int().map(|number| number.to_string()).or(value.get_float().map(|number| number.to_string()))
}

/// One record: its type and where its content stands.
struct Record {
    kind: u16,
    content: Range<usize>,
}

/// The record that begins at a byte.
fn record(stream: &[u8], at: usize) -> Option<Record> {
    let kind = number(stream, at)?;
    let length = usize::from(number(stream, at + 2)?);
    let content = at + 4..at + 4 + length;
    (content.end <= stream.len()).then_some(Record { kind, content })
}

fn number(stream: &[u8], at: usize) -> Option<u16> {
    let (bytes, _) = stream.get(at..)?.split_first_chunk::<2>()?;
    Some(u16::from_le_bytes(*bytes))
}

fn long(stream: &[u8], at: usize) -> Option<u32> {
    let (bytes, _) = stream.get(at..)?.split_first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

fn put(stream: &mut [u8], at: usize, value: u16) {
    if let Some(bytes) = stream.get_mut(at..at + 2) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
}

/// Refuses a workbook that would cost too much, and strikes out what could mislead its reader.
fn tame(stream: &mut [u8], limits: &Limits) -> Result<(), FormErrors> {
    let too_large = |limit: u64, unit| of_file(Cause::TooLarge { limit, unit });
    let mut sheets = Vec::new();
    let mut lengths = Vec::new();
    let mut at = 0;
    while let Some(Record { kind, content }) = record(stream, at) {
        match kind {
            BOUND_SHEET => sheets.extend(long(stream, content.start)),
            SHARED_TEXTS => lengths = shared_lengths(stream, at),
            NAME | EXTERN_SHEET => put(stream, at, BLANK),
            END => break,
            _ => {}
        }
        at = content.end;
    }
    if sheets.len() > MAX_SHEETS {
        return Err(too_large(MAX_SHEETS as u64, "sheets"));
    }
    let (mut cells, mut bytes) = (0_u64, 0_u64);
    for sheet in sheets {
        let mut spanned = Spanned::default();
        let mut depth = 0_usize;
        let mut at = sheet as usize;
        while let Some(Record { kind, content }) = record(stream, at) {
            let place = (number(stream, content.start), number(stream, content.start + 2));
            match (kind, place) {
                (BEGIN, _) => depth += 1,
                (END, _) if depth <= 1 => break,
                (END, _) => depth -= 1,
                (DIMENSIONS, _) => put(stream, at, BLANK),
                (MULTIPLE_NUMBERS, (Some(row), Some(column))) => {
                    let last = number(stream, content.end.saturating_sub(2)).unwrap_or(column);
                    spanned.add(row, column);
                    spanned.add(row, last);
                    // A reader may count from the first column instead of believing the last.
                    spanned.add(row, column.saturating_add(u16::try_from(content.len() / 6).unwrap_or(u16::MAX)));
                }
                (FORMULA, (Some(row), Some(column))) => {
                    spanned.add(row, column);
                    // The length of its tokens.
                    put(stream, content.start + 20, 0);
                }
                (SHARED_TEXT, (Some(row), Some(column))) => {
                    spanned.add(row, column);
                    let index = long(stream, content.start + 6).unwrap_or_default() as usize;
                    bytes += 3 * u64::from(lengths.get(index).copied().unwrap_or_default());
                }
                (kind, (Some(row), Some(column))) if CELLS.contains(&kind) => spanned.add(row, column),
                _ => {}
            }
            at = content.end;
        }
        cells += spanned.cells();
        if cells > u64::from(limits.cells) {
            return Err(too_large(u64::from(limits.cells), "cells"));
        }
        if bytes > limits.unpacked_bytes {
            return Err(too_large(limits.unpacked_bytes, "bytes"));
        }
    }
    Ok(())
}

/// The rows and columns that cells stand in.
#[derive(Default)]
struct Spanned(Option<(Range<u64>, Range<u64>)>);

impl Spanned {
    fn add(&mut self, row: u16, column: u16) {
        let (row, column) = (u64::from(row), u64::from(column));
        let (rows, columns) = self.0.get_or_insert((row..row + 1, column..column + 1));
        *rows = rows.start.min(row)..rows.end.max(row + 1);
        *columns = columns.start.min(column)..columns.end.max(column + 1);
    }

    fn cells(&self) -> u64 {
        self.0.as_ref().map_or(0, |(rows, columns)| (rows.end - rows.start) * (columns.end - columns.start))
    }
}

/// The length in characters of each text that cells share, from the record at a byte and those that continue it.
fn shared_lengths(stream: &[u8], at: usize) -> Vec<u16> {
    let Some(first) = record(stream, at) else { return Vec::new() };
    let mut parts = vec![first.content.clone()];
    let mut next = first.content.end;
    while let Some(more) = record(stream, next).filter(|record| record.kind == CONTINUE) {
        next = more.content.end;
        parts.push(more.content);
    }
    let mut texts = Shared { stream, parts, part: 0, at: first.content.start + 8 };
    std::iter::from_fn(|| texts.next_length()).collect()
}

/// Walks over the texts that cells share.
struct Shared<'a> {
    stream: &'a [u8],
    parts: Vec<Range<usize>>,
    part: usize,
    at: usize,
}

impl Shared<'_> {
    /// The bytes left in this part, or in the next where this one is used up.
    fn left(&mut self) -> Option<usize> {
        while self.at >= self.parts.get(self.part)?.end {
            self.part += 1;
            self.at = self.parts.get(self.part)?.start;
        }
        Some(self.parts.get(self.part)?.end - self.at)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            let step = self.left()?.min(bytes);
            self.at += step;
            bytes -= step;
        }
        Some(())
    }

    fn next_length(&mut self) -> Option<u16> {
        self.left()?;
        let length = number(self.stream, self.at)?;
        let flags = *self.stream.get(self.at + 2)?;
        self.skip(3)?;
        let mut after = 0;
        if flags & 0x08 != 0 {
            self.left()?;
            after += 4 * usize::from(number(self.stream, self.at)?);
            self.skip(2)?;
        }
        if flags & 0x04 != 0 {
            self.left()?;
            after += long(self.stream, self.at)? as usize;
            self.skip(4)?;
        }
        let mut width = 1 + usize::from(flags & 1);
        let mut characters = usize::from(length);
        while characters > 0 {
            let before = self.part;
            let left = self.left()?;
            if self.part != before {
                // Each part says anew how wide its characters are.
                width = 1 + usize::from(*self.stream.get(self.at)? & 1);
                self.at += 1;
                continue;
            }
            let step = (left / width).min(characters);
            if step == 0 {
                self.at += left;
                continue;
            }
            self.at += step * width;
            characters -= step;
        }
        self.skip(after)?;
        Some(length)
    }
}

#[cfg(test)]
mod tests;
