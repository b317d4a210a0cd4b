//! The texts that cells share.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::not_a_workbook;
use super::xml::{local, refer};
use crate::FormErrors;

/// Every text, one after the other.
#[derive(Default)]
pub(super) struct Texts {
    all: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Texts {
    /// Reads the part; a workbook may have none, and then it is blank. How a text sounds (`rPh`) is no part of it.
    pub(super) fn read(xml: &str) -> Result<Self, FormErrors> {
        let mut texts = Self { all: String::with_capacity(xml.len() / 2), ends: Vec::new() };
        let mut reader = Reader::from_str(xml);
        let (mut is_text, mut is_sound) = (false, false);
        loop {
            match reader.read_event().map_err(not_a_workbook)? {
                Event::Start(start) => match local(start.name().into_inner()) {
                    "t" => is_text = !is_sound,
                    "rPh" => is_sound = true,
                    _ => {}
                },
                Event::End(end) => match local(end.name().into_inner()) {
                    "t" => is_text = false,
                    "rPh" => is_sound = false,
                    "si" => texts.ends.push(texts.all.len()),
                    _ => {}
                },
                Event::Empty(empty) if local(empty.name().into_inner()) == "si" => texts.ends.push(texts.all.len()),
                Event::Text(text) if is_text => texts.all.push_str(&text),
                Event::CData(text) if is_text => texts.all.push_str(&text),
                Event::GeneralRef(reference) if is_text => refer(&reference, &mut texts.all)?,
                Event::Eof => return Ok(texts),
                _ => {}
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.all.get(start..*self.ends.get(index)?)
    }
}
