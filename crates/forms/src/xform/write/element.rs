//! Elements of the document, and how they are written: indented, except where text stands among elements.

use quick_xml::escape::{escape, partial_escape};

/// An element with its attributes and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    content: Vec<Content>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Element(Element),
    Text(String),
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: Vec::new(), content: Vec::new() }
    }

    /// Sets an attribute, or replaces its value.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.into(),
            None => self.attributes.push((name.to_owned(), value.into())),
        }
    }

    pub(super) fn attribute(mut self, name: &str, value: impl Into<String>) -> Self {
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

    pub(super) fn text(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.content.push(Content::Text(text.to_owned()));
        }
        self
    }

    pub(super) fn content(mut self, content: Vec<Content>) -> Self {
        self.content.extend(content);
        self
    }

    pub(super) fn to_xml(&self) -> String {
        let mut xml = String::new();
        self.write(&mut xml, Some(0));
        xml
    }

    /// Writes the element; `depth` is nothing where white space would be text.
    fn write(&self, xml: &mut String, depth: Option<usize>) {
        let indent = |xml: &mut String, depth: Option<usize>| {
            (0..depth.unwrap_or(0)).for_each(|_| xml.push_str("  "));
        };
        let end = if depth.is_some() { "\n" } else { "" };
        indent(xml, depth);
        xml.push('<');
        xml.push_str(&self.name);
        for (name, value) in &self.attributes {
            xml.push_str(&format!(
                " {name}=\"{}\"",
                escape(legal(value)).replace('\n', "&#10;").replace("&apos;", "'")
            ));
        }
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
                Content::Text(text) => xml.push_str(&partial_escape(legal(text))),
            }
        }
        if is_mixed {
            xml.push(' ');
        }
        if inner.is_some() {
            indent(xml, depth);
        }
        xml.push_str(&format!("</{}>{end}", self.name));
    }
}

/// Text without the characters that no XML may hold.
fn legal(text: &str) -> String {
    let is_legal =
        |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_legal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_elements_indented() {
        let value = Element::new("output").attribute("value", "a < \"b\"");
        let label = Element::new("label").text("1 < 2 & ").content(vec![Content::Element(value)]);
        let xml = Element::new("group").with(label).with(Element::new("note").text("x\u{0}y")).to_xml();
        let label = "<label> 1 &lt; 2 &amp; <output value=\"a &lt; &quot;b&quot;\"/> </label>";
        assert_eq!(xml, format!("<group>\n  {label}\n  <note>xy</note>\n</group>\n"));
    }
}
