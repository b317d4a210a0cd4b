//! A tree of elements that expressions read through `instance()`: an XML file beside the form, or one inside it.

use std::borrow::Cow;

use crate::problem::Cause;
use crate::source::{DefinedElement, DefinedTree};
use crate::xform::xml::{Content, Xml};

/// An XML document as expressions see it: elements, attributes and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    elements: Vec<Element>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Element {
    /// Without its prefix; an attribute's begins with `@`.
    name: String,
    /// Its own text, without that of what it holds.
    text: String,
    parent: Option<u32>,
    children: Vec<u32>,
    attributes: Vec<u32>,
}

impl Document {
    /// The outermost element.
    pub(crate) const ROOT: u32 = 0;

    /// Reads an XML file.
    ///
    /// # Errors
    /// When it is not XML, or larger than a form may be.
    pub fn from_xml(bytes: &[u8]) -> Result<Self, Cause> {
        let xml = Xml::read(bytes, &crate::Limits::default())?;
        Ok(Self::of(&defined(&xml, Xml::ROOT)))
    }

    /// The tree of a definition. One that came over the network may say anything of its nesting: what stands before its
    /// parent is left out.
    pub(crate) fn of(tree: &[DefinedElement]) -> Self {
        let mut elements: Vec<Element> = Vec::with_capacity(tree.len());
        for (index, defined) in tree.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let parent = defined.parent.filter(|parent| *parent < index);
            if let Some(parent) = parent.and_then(|parent| elements.get_mut(parent as usize)) {
                let list = if defined.name.starts_with('@') { &mut parent.attributes } else { &mut parent.children };
                list.push(index);
            }
            elements.push(Element {
                name: defined.name.clone(),
                text: defined.text.clone(),
                parent,
                children: Vec::new(),
                attributes: Vec::new(),
            });
        }
        Self { elements }
    }

    /// A document whose elements stand in document order: name, parent and text of each.
    pub(crate) fn of_elements(elements: Vec<(String, Option<u32>, String)>) -> Self {
        let defined = |(name, parent, text)| DefinedElement { name, parent, text };
        Self::of(&elements.into_iter().map(defined).collect::<Vec<_>>())
    }

    /// The first element of this name.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let place = self.elements.iter().position(|element| element.name == name)?;
        u32::try_from(place).ok()
    }

    pub(crate) fn name(&self, element: u32) -> &str {
        self.elements.get(element as usize).map_or("", |found| found.name.trim_start_matches('@'))
    }

    pub(crate) fn is_attribute(&self, element: u32) -> bool {
        self.elements.get(element as usize).is_some_and(|found| found.name.starts_with('@'))
    }

    /// The text of an element and all it holds.
    pub(crate) fn text(&self, element: u32) -> Cow<'_, str> {
        let Some(found) = self.elements.get(element as usize) else { return Cow::Borrowed("") };
        if found.children.is_empty() {
            return Cow::Borrowed(&found.text);
        }
        let (mut text, mut waiting) = (String::new(), vec![element]);
        while let Some(found) = waiting.pop().and_then(|at| self.elements.get(at as usize)) {
            text.push_str(&found.text);
            waiting.extend(found.children.iter().rev());
        }
        Cow::Owned(text)
    }

    pub(crate) fn parent(&self, element: u32) -> Option<u32> {
        self.elements.get(element as usize)?.parent
    }

    pub(crate) fn children(&self, element: u32) -> &[u32] {
        self.elements.get(element as usize).map_or(&[], |found| &found.children)
    }

    pub(crate) fn attributes(&self, element: u32) -> &[u32] {
        self.elements.get(element as usize).map_or(&[], |found| &found.attributes)
    }
}

/// An element of an XML document with all it holds, as a definition keeps it.
pub(crate) fn defined(xml: &Xml, root: u32) -> Vec<DefinedElement> {
    let mut elements = Vec::new();
    let mut waiting = vec![(root, None)];
    while let Some((at, parent)) = waiting.pop() {
        let place = u32::try_from(elements.len()).unwrap_or(u32::MAX);
        let found = xml.element(at);
        let own: String = found.content.iter().filter_map(Content::text).collect();
        // Space between elements is the layout of the file.
        let has_elements = found.content.iter().any(|content| content.text().is_none());
        let text = if has_elements && own.trim().is_empty() { String::new() } else { own };
        elements.push(DefinedElement { name: found.local().to_owned(), parent, text });
        for (name, value) in &found.attributes {
            if !name.starts_with("xmlns") {
                let name = format!("@{}", crate::xform::xml::local(name));
                elements.push(DefinedElement { name, parent: Some(place), text: value.clone() });
            }
        }
        let inside: Vec<u32> = found.content.iter().filter_map(Content::element).collect();
        waiting.extend(inside.into_iter().rev().map(|child| (child, Some(place))));
    }
    elements
}

/// A definition's tree, called as expressions call it.
pub(crate) fn tree(name: &str, xml: &Xml, root: u32) -> DefinedTree {
    DefinedTree { name: name.to_owned(), elements: defined(xml, root) }
}
