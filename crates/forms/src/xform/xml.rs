//! An XML document in memory, with the line of each element, read with care: it comes from outside.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::Limits;
use crate::problem::Cause;

/// A document's elements, the outermost first, in document order.
#[derive(Debug)]
pub(crate) struct Xml {
    elements: Vec<XmlElement>,
    /// How many attributes all of them have.
    attributes: usize,
}

#[derive(Debug)]
pub(crate) struct XmlElement {
    /// As written, with its prefix.
    pub(crate) name: String,
    /// From 1.
    pub(crate) line: u32,
    /// As written, in order.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) content: Vec<Content>,
}

#[derive(Debug)]
pub(crate) enum Content {
    Text(String),
    Element(u32),
}

impl Content {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Element(_) => None,
        }
    }

    pub(crate) fn element(&self) -> Option<u32> {
        match self {
            Self::Text(_) => None,
            Self::Element(element) => Some(*element),
        }
    }
}

impl XmlElement {
    /// The name without its prefix.
    pub(crate) fn local(&self) -> &str {
        local(&self.name)
    }

    /// An attribute by its name without a prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| local(found) == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

impl Xml {
    pub(crate) const ROOT: u32 = 0;
    /// How deep elements may stand in each other.
    pub(crate) const MAX_DEPTH: usize = 200;
    /// Elements and attributes, together.
    const MAX_ELEMENTS: usize = 1_000_000;

    /// Reads a document. Entities that it declares itself are refused, so that a small file stays small.
    ///
    /// # Errors
    /// When it is not XML, larger than `limits` allow, or nested too deep.
    pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Cause> {
        if bytes.len() as u64 > limits.file_bytes {
            return Err(Cause::TooLarge { limit: limits.file_bytes, unit: "bytes" });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes)
            .map_err(|error| not_xml(text_lines(bytes, error.valid_up_to()), "it is not UTF-8".to_owned()))?;
        let mut lines = Lines { text, at: 0, line: 1 };
        let mut reader = Reader::from_str(text);
        let mut xml = Self { elements: Vec::new(), attributes: 0 };
        let mut open: Vec<u32> = Vec::new();
        loop {
            let line = lines.of(reader.buffer_position());
            let event = reader.read_event().map_err(|error| {
                let line = lines.of(reader.error_position());
                not_xml(line, error.to_string())
            })?;
            match event {
                Event::Eof => break,
                Event::Start(start) => {
                    let element = xml.open(&start, &open, line)?;
                    open.push(element);
                    if open.len() > Self::MAX_DEPTH {
                        return Err(not_xml(line, format!("it is nested more than {} deep", Self::MAX_DEPTH)));
                    }
                }
                Event::Empty(start) => {
                    xml.open(&start, &open, line)?;
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) => xml.text(&open, &text),
                Event::CData(text) => xml.text(&open, &text),
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().ok().flatten().map(String::from);
                    let known = || quick_xml::escape::resolve_xml_entity(&reference).map(str::to_owned);
                    match character.or_else(known) {
                        Some(text) => xml.text(&open, &text),
                        None => return Err(not_xml(line, format!("`&{};` is not known", &*reference))),
                    }
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
            }
        }
        match (xml.elements.is_empty(), open.last()) {
            (false, None) => Ok(xml),
            (true, _) => Err(not_xml(1, "it holds no element".to_owned())),
            (false, Some(element)) => {
                let found = xml.element(*element);
                Err(not_xml(found.line, format!("`<{}>` is never closed", found.name)))
            }
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, open: &[u32], line: u32) -> Result<u32, Cause> {
        let index = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        let too_many = Cause::TooLarge { limit: Self::MAX_ELEMENTS as u64, unit: "elements and attributes" };
        if self.elements.len() + self.attributes >= Self::MAX_ELEMENTS {
            return Err(too_many);
        }
        let parent = open.last().copied();
        if parent.is_none() && index > 0 {
            return Err(not_xml(line, "it has more than one outermost element".to_owned()));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            self.attributes += 1;
            if self.elements.len() + self.attributes >= Self::MAX_ELEMENTS {
                return Err(too_many);
            }
            let attribute = attribute.map_err(|error| not_xml(line, error.to_string()))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| not_xml(line, error.to_string()))?
                .into_owned();
            attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        if let Some(parent) = parent {
            self.elements[parent as usize].content.push(Content::Element(index));
        }
        let name = start.name().as_ref().to_owned();
        self.elements.push(XmlElement { name, line, attributes, content: Vec::new() });
        Ok(index)
    }

    fn text(&mut self, open: &[u32], text: &str) {
        let Some(element) = open.last().and_then(|element| self.elements.get_mut(*element as usize)) else { return };
        match element.content.last_mut() {
            Some(Content::Text(before)) => before.push_str(text),
            _ => element.content.push(Content::Text(text.to_owned())),
        }
    }

    pub(crate) fn element(&self, index: u32) -> &XmlElement {
        // Indexes come from this document alone, and it has at least one element.
        &self.elements[index as usize]
    }

    /// The elements directly inside one.
    pub(crate) fn children(&self, index: u32) -> impl Iterator<Item = (u32, &XmlElement)> {
        self.element(index).content.iter().filter_map(Content::element).map(|child| (child, self.element(child)))
    }

    /// The first element of this name directly inside one; prefixes aside.
    pub(crate) fn child(&self, index: u32, name: &str) -> Option<u32> {
        self.children(index).find(|(_, child)| child.local() == name).map(|(child, _)| child)
    }

    /// The text directly inside an element.
    pub(crate) fn own_text(&self, index: u32) -> String {
        self.element(index).content.iter().filter_map(Content::text).collect()
    }
}

fn not_xml(line: u32, detail: String) -> Cause {
    Cause::NotXml { line, detail }
}

fn text_lines(bytes: &[u8], until: usize) -> u32 {
    let breaks = bytes.iter().take(until).filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// Counts lines on the way through a text, each byte once.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, position: u64) -> u32 {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        if position > self.at {
            self.line = self.line.saturating_add(text_lines(&self.text.as_bytes()[self.at..position], usize::MAX) - 1);
            self.at = position;
        }
        self.line
    }
}
