//! The XML of a workbook's parts.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::not_a_workbook;
use crate::FormErrors;

/// A start tag.
pub(super) struct Element<'a>(&'a BytesStart<'a>);

impl<'a> Element<'a> {
    /// The name without its prefix.
    pub(super) fn name(&self) -> &str {
        local(self.0.name().into_inner())
    }

    /// The value of an attribute.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn value(&self, name: &str) -> Result<Option<Cow<'a, str>>, FormErrors> {
        for attribute in self.0.attributes().with_checks(false) {
            let attribute = attribute.map_err(not_a_workbook)?;
            if attribute.key.into_inner() == name {
                return attribute.normalized_value(XmlVersion::Implicit1_0).map(Some).map_err(not_a_workbook);
            }
        }
        Ok(None)
    }
}

pub(super) fn local(name: &str) -> &str {
    name.bytes().position(|byte| byte == b':').map_or(name, |colon| &name[colon + 1..])
}

/// Hands out every element of a part, in order.
///
/// # Errors
/// When it is no XML, or as `take` says.
pub(super) fn each(text: &str, mut take: impl FnMut(Element<'_>) -> Result<(), FormErrors>) -> Result<(), FormErrors> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().map_err(not_a_workbook)? {
            Event::Start(start) | Event::Empty(start) => take(Element(&start))?,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Puts the character that a reference such as `&amp;` stands for.
///
/// # Errors
/// When it stands for none.
pub(super) fn refer(reference: &BytesRef<'_>, text: &mut String) -> Result<(), FormErrors> {
    if let Some(character) = reference.resolve_char_ref().map_err(not_a_workbook)? {
        text.push(character);
        return Ok(());
    }
    let known = quick_xml::escape::resolve_xml_entity(reference);
    text.push_str(known.ok_or_else(|| not_a_workbook(format!("`&{};` is not known", &**reference)))?);
    Ok(())
}
