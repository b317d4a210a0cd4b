//! Elements of the document, and how they are written: indented, except where text stands among elements.

use std::borrow::Cow;

/// An element with its attributes and what it holds. Most of it is what the definition says already, so it is borrowed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element<'a> {
    name: Cow<'a, str>,
    attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    content: Vec<Content<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content<'a> {
    Element(Element<'a>),
    Text(Cow<'a, str>),
}

impl<'a> Element<'a> {
    pub(super) fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), content: Vec::new() }
    }

    /// Sets an attribute, or replaces its value.
    pub(super) fn set(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let name = name.into();
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value.into(),
            None => self.attributes.push((name, value.into())),
        }
    }

    pub(super) fn attribute(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.set(name, value);
        self
    }

    pub(super) fn has_attributes(&self) -> bool {
        !self.attributes.is_empty()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(known, _)| known == name)
    }

    /// How many attributes it has.
    pub(super) fn count(&self) -> usize {
        self.attributes.len()
    }

    pub(super) fn push(&mut self, element: Self) {
        self.content.push(Content::Element(element));
    }

    pub(super) fn extend(&mut self, element: Option<Self>) {
        self.content.extend(element.map(Content::Element));
    }

    pub(super) fn with(mut self, element: Self) -> Self {
        self.push(element);
        self
    }

    pub(super) fn text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.content.push(Content::Text(text));
        }
        self
    }

    pub(super) fn content(mut self, mut content: Vec<Content<'a>>) -> Self {
        match self.content.is_empty() {
            true => self.content = content,
            false => self.content.append(&mut content),
        }
        self
    }

    /// Writes the element, `depth` deep in others.
    pub(super) fn write_at(&self, xml: &mut String, depth: usize) {
        self.write(xml, Some(depth));
    }

    /// Writes the element around what `inside` writes, one deeper. It holds nothing itself.
    pub(super) fn around(&self, xml: &mut String, depth: usize, inside: impl FnOnce(&mut String)) {
        indent(xml, depth);
        self.begin(xml);
        xml.push_str(">\n");
        inside(xml);
        indent(xml, depth);
        self.end(xml, "\n");
    }

    /// Writes the element; `depth` is nothing where white space would be text.
    fn write(&self, xml: &mut String, depth: Option<usize>) {
        let end = if depth.is_some() { "\n" } else { "" };
        indent(xml, depth.unwrap_or(0));
        self.begin(xml);
        if self.content.is_empty() {
            xml.push_str("/>");
            xml.push_str(end);
            return;
        }
        xml.push('>');
        let has_text = self.content.iter().any(|content| matches!(content, Content::Text(_)));
        let inner = depth.filter(|_| !has_text).map(|depth| depth + 1);
        if inner.is_some() {
            xml.push_str(end);
        }
        // A value beside text stands apart from the element's edge.
        let is_mixed = has_text && self.content.len() > 1;
        if is_mixed && matches!(self.content.first(), Some(Content::Text(_))) {
            xml.push(' ');
        }
        for content in &self.content {
            match content {
                Content::Element(element) => element.write(xml, inner),
                Content::Text(text) => put(xml, text, in_text),
            }
        }
        if is_mixed {
            xml.push(' ');
        }
        if inner.is_some() {
            indent(xml, depth.unwrap_or(0));
        }
        self.end(xml, end);
    }

    /// The start tag but for its last character.
    fn begin(&self, xml: &mut String) {
        xml.push('<');
        xml.push_str(&self.name);
        for (name, value) in &self.attributes {
            xml.push(' ');
            xml.push_str(name);
            xml.push_str("=\"");
            put(xml, value, |byte| match byte {
                b'"' => Some("&quot;"),
                b'\n' => Some("&#10;"),
                other => in_text(other),
            });
            xml.push('"');
        }
    }

    fn end(&self, xml: &mut String, after: &str) {
        xml.push_str("</");
        xml.push_str(&self.name);
        xml.push('>');
        xml.push_str(after);
    }
}

fn indent(xml: &mut String, depth: usize) {
    (0..depth).for_each(|_| xml.push_str("  "));
}

/// What stands for a byte of text. Control characters are left out: no XML may hold them.
fn in_text(byte: u8) -> Option<&'static str> {
    match byte {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        b'\r' => Some("&#13;"),
        b'\t' | b'\n' => None,
        0..b' ' => Some(""),
        _ => None,
    }
}

/// Puts text with some of its ASCII characters replaced. U+FFFE and U+FFFF are left out: no XML may hold them either.
fn put(xml: &mut String, text: &str, replaced: impl Fn(u8) -> Option<&'static str>) {
    let bytes = text.as_bytes();
    let (mut done, mut at) = (0, 0);
    while let Some(step) = bytes[at..].iter().position(|byte| MAY_BE_REPLACED[usize::from(*byte)]) {
        at += step;
        let found = match bytes[at] {
            0xef => matches!(bytes[at..], [_, 0xbf, 0xbe | 0xbf, ..]).then_some(("", 3)),
            byte => replaced(byte).map(|other| (other, 1)),
        };
        let Some((other, length)) = found else {
            at += 1;
            continue;
        };
        xml.push_str(&text[done..at]);
        xml.push_str(other);
        at += length;
        done = at;
    }
    xml.push_str(&text[done..]);
}

/// The bytes that are worth a look; most text has none.
const MAY_BE_REPLACED: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut control = 0;
    while control < b' ' {
        bytes[control as usize] = true;
        control += 1;
    }
    let others = [b'<', b'>', b'&', b'"', 0xef];
    let mut place = 0;
    while place < others.len() {
        bytes[others[place] as usize] = true;
        place += 1;
    }
    bytes
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_left_out_and_nothing_else() {
        let element = Element::new("a").attribute("b", "\"\n\t\u{1}ﬀ\u{fffe}'").text("ﬁ\u{ffff}\r\n\u{1f}\u{fffd}>\"");
        let mut xml = String::new();
        element.write_at(&mut xml, 0);
        assert_eq!(xml, "<a b=\"&quot;&#10;\tﬀ'\">ﬁ&#13;\n\u{fffd}&gt;\"</a>\n");
    }

    #[test]
    fn text_is_escaped_and_elements_indented() {
        let value = Element::new("output").attribute("value", "a < \"b\"");
        let label = Element::new("label").text("1 < 2 & ").content(vec![Content::Element(value)]);
        let group = Element::new("group").with(label).with(Element::new("note").text("x\u{0}y\u{ffff}"));
        let mut xml = String::new();
        group.write_at(&mut xml, 0);
        let label = "<label> 1 &lt; 2 &amp; <output value=\"a &lt; &quot;b&quot;\"/> </label>";
        assert_eq!(xml, format!("<group>\n  {label}\n  <note>xy</note>\n</group>\n"));
    }
}
