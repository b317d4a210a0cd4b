//! Excel workbooks: a zip of XML parts. Only the parts that a form is made of are unpacked, each within what is left of the
//! limit and never by the zip's own word for its size. Cells are read one by one, so that a lone cell in the last row of a
//! sheet costs one cell, not the million rows above it.
//!
//! `calamine` reads the older kind, and could read this one; but it unpacks without a limit, keeps formats and formulas that no
//! form has, and takes four times as long.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Cursor, Read};

use super::{Limits, Sheet, Workbook, in_utf8, is_ours, of_file};
use crate::{Cause, FormErrors};

use cells::{Cells, Value};
use dates::Dates;
use texts::Texts;

mod cells;
mod dates;
mod texts;
mod xml;

pub(super) use dates::moment;

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, FormErrors> {
    limits.admit_file(bytes)?;
    let mut parts = Parts::open(bytes, limits)?;
    let book = Book::read(&mut parts)?;
    let mut texts = None;
    let mut dates = None;
    let mut left = limits.unpacked_bytes;
    let mut counted = 0;
    let mut workbook = Workbook { is_spreadsheet: true, ..Workbook::default() };
    for (name, part) in &book.sheets {
        let mut sheet = Sheet { name: name.clone(), ..Sheet::default() };
        // Of other sheets only the name matters: it may be one of ours, misspelt.
        let Some(part) = part.as_ref().filter(|_| is_ours(name) || book.sheets.len() == 1) else {
            workbook.sheets.push(sheet);
            continue;
        };
        let xml = parts.text(part)?.ok_or_else(|| not_a_workbook(format!("`{part}` is missing")))?;
        let texts: &Texts = match &mut texts {
            Some(texts) => texts,
            unread => unread.insert(Texts::read(&parts.optional(book.texts.as_deref())?)?),
        };
        let mut cells = Cells::new(&xml);
        while let Some(cell) = cells.next()? {
            let text = match cell.value {
                Value::Text(text) => text.into(),
                Value::Shared(index) => texts.get(index).unwrap_or_default().into(),
                Value::Number { written, style } => {
                    let dates: &Dates = match &mut dates {
                        Some(dates) => dates,
                        unread => {
                            let styles = parts.optional(book.styles.as_deref())?;
                            unread.insert(Dates::read(&styles, book.counts_from_1904)?)
                        }
                    };
                    dates.as_seen(written, style)
                }
            };
            let Some(rest) = left.checked_sub(text.len() as u64) else {
                return Err(of_file(Cause::TooLarge { limit: limits.unpacked_bytes, unit: "bytes" }));
            };
            left = rest;
            limits.admit(cell.row, cell.column)?;
            limits.count(&mut counted, 1)?;
            sheet.put(cell.row + 1, cell.column, &text);
        }
        sheet.close();
        workbook.sheets.push(sheet);
    }
    Ok(workbook)
}

pub(super) fn not_a_workbook(detail: impl ToString) -> FormErrors {
    of_file(Cause::NotAWorkbook { detail: detail.to_string() })
}

/// The files inside the zip.
struct Parts<'a> {
    zip: zip::ZipArchive<Cursor<&'a [u8]>>,
    /// By name in lower case with `/`: programs differ in both.
    places: HashMap<String, usize>,
    /// Bytes that may still be unpacked.
    left: u64,
    limit: u64,
}

impl<'a> Parts<'a> {
    fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, FormErrors> {
        let zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(not_a_workbook)?;
        if zip.len() as u64 > limits.entries {
            return Err(of_file(Cause::TooLarge { limit: limits.entries, unit: "files" }));
        }
        let name = |place| zip.name_for_index(place)?.ok().map(|name| (usual(&name), place));
        let places = (0..zip.len()).filter_map(name).collect();
        Ok(Self { zip, places, left: limits.unpacked_bytes, limit: limits.unpacked_bytes })
    }

    /// The text of a part; nothing if there is none of this name.
    fn text(&mut self, name: &str) -> Result<Option<String>, FormErrors> {
        let Some(place) = self.places.get(&usual(name)) else { return Ok(None) };
        let part = self.zip.by_index(*place).map_err(not_a_workbook)?;
        let mut bytes =
            Vec::with_capacity(usize::try_from(part.size().min(self.left)).unwrap_or_default().min(1 << 20));
        part.take(self.left + 1).read_to_end(&mut bytes).map_err(not_a_workbook)?;
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(of_file(Cause::TooLarge { limit: self.limit, unit: "bytes" }));
        };
        self.left = left;
        let bytes = match in_utf8(&bytes)? {
            Cow::Borrowed(text) if text.len() == bytes.len() => bytes,
            text => text.into_owned(),
        };
        String::from_utf8(bytes).map(Some).map_err(|_| not_a_workbook(format!("`{name}` is not UTF-8")))
    }

    /// The text of a part that a workbook may lack; then it is blank.
    fn optional(&mut self, name: Option<&str>) -> Result<String, FormErrors> {
        Ok(name.map(|name| self.text(name)).transpose()?.flatten().unwrap_or_default())
    }
}

fn usual(name: &str) -> String {
    name.trim_start_matches(['/', '\\']).replace('\\', "/").to_lowercase()
}

/// What a workbook says of its parts.
#[derive(Default)]
struct Book {
    /// The name of each sheet and its part; nothing for what is no sheet of cells.
    sheets: Vec<(String, Option<String>)>,
    texts: Option<String>,
    styles: Option<String>,
    counts_from_1904: bool,
}

/// The most parts that a workbook may name, and the most sheets.
const MAX_NAMED: usize = 1_000;

fn too_many(unit: &'static str) -> FormErrors {
    of_file(Cause::TooLarge { limit: MAX_NAMED as u64, unit })
}

impl Book {
    fn read(parts: &mut Parts<'_>) -> Result<Self, FormErrors> {
        let all = parts.optional(Some("_rels/.rels"))?;
        let book = relations(&all, "")?.into_iter().find(|relation| relation.kind == "officeDocument");
        let place = book.map_or_else(|| "xl/workbook.xml".to_owned(), |found| found.target);
        let text = parts.text(&place)?.ok_or_else(|| not_a_workbook("it holds no sheets"))?;
        let (folder, file) = place.rsplit_once('/').unwrap_or(("", &place));
        let relations = relations(&parts.optional(Some(&format!("{folder}/_rels/{file}.rels")))?, folder)?;
        let of_kind = |kind: &str| relations.iter().find(|found| found.kind == kind).map(|found| found.target.clone());
        let mut book = Self { texts: of_kind("sharedStrings"), styles: of_kind("styles"), ..Self::default() };
        xml::each(&text, |element| {
            match element.name() {
                "workbookPr" => {
                    book.counts_from_1904 =
                        element.value("date1904")?.is_some_and(|value| value == "1" || value == "true");
                }
                "sheet" => {
                    let id = element.value("r:id")?.or(element.value("id")?);
                    let part = relations.iter().find(|found| Some(found.id.as_str()) == id.as_deref());
                    let part = part.filter(|found| found.kind == "worksheet").map(|found| found.target.clone());
                    if book.sheets.len() == MAX_NAMED {
                        return Err(too_many("sheets"));
                    }
                    book.sheets.push((element.value("name")?.unwrap_or_default().into_owned(), part));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(book)
    }
}

/// That one part belongs to another.
struct Relation {
    id: String,
    /// The last word of its type, such as `worksheet`.
    kind: String,
    /// From the zip's root.
    target: String,
}

/// The relations of a part that stands in a folder.
fn relations(text: &str, folder: &str) -> Result<Vec<Relation>, FormErrors> {
    let mut found = Vec::new();
    xml::each(text, |element| {
        if element.name() == "Relationship" {
            let value = |name: &str| element.value(name).map(|found| found.unwrap_or_default().into_owned());
            let kind = value("Type")?;
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            if found.len() == MAX_NAMED {
                return Err(too_many("parts"));
            }
            found.push(Relation { id: value("Id")?, kind, target: from_root(&value("Target")?, folder) });
        }
        Ok(())
    })?;
    Ok(found)
}

/// A path from the zip's root: `../a` and `a` are seen from the folder, `/a` is not.
fn from_root(target: &str, folder: &str) -> String {
    let mut steps: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.join("/")
}

#[cfg(test)]
mod tests;
