//! A form as ODK XForms XML, as other programs take it: the structure is the one that the reference converter of XLSForm
//! writes, so that what reads its forms reads ours.
//!
//! The definition is written and not the compiled form: expressions leave as their author wrote them, with each `${name}` put
//! as a path.

use crate::FormSource;
use crate::reading::settings::OF_XFORM;
use crate::source::Definition;

use element::Element;
use tree::{ItemId, Items, Role, Tree};

pub(crate) mod actions;
mod binds;
mod body;
mod element;
mod instances;
mod itemset;
mod paths;
mod tree;
mod words;

/// The version of the XForms specification that forms are written to.
const XFORMS_VERSION: &str = "1.0.0";

const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
];
const ENTITIES: (&str, &str) = ("xmlns:entities", "http://www.opendatakit.org/xforms/entities");

/// Writes a form as an XForm.
pub fn write_xform(source: &FormSource) -> String {
    let definition = source.definition();
    let tree = Tree::of(definition);
    let items = Items::of(&tree);
    let writer = Writer { definition, tree: &tree, items: &items };
    let mut xml = String::with_capacity(2 * source.as_bytes().len());
    xml.push_str("<?xml version=\"1.0\"?>\n");
    writer.document(&mut xml);
    xml
}

/// What every part of the document is written from.
#[derive(Clone, Copy)]
struct Writer<'a> {
    definition: &'a Definition,
    tree: &'a Tree<'a>,
    items: &'a Items<'a>,
}

impl<'a> Writer<'a> {
    /// Writes the document. What is long is written part by part, so that it never stands in memory as a whole.
    fn document(self, xml: &mut String) {
        let mut html = Element::new("h:html");
        NAMESPACES.iter().for_each(|(name, value)| html.set(*name, *value));
        for pair in self.setting("namespaces").unwrap_or_default().split_whitespace() {
            let Some((prefix, place)) = pair.split_once('=').filter(|(prefix, _)| !prefix.is_empty()) else { continue };
            let name = format!("xmlns:{prefix}");
            if !NAMESPACES.iter().any(|(known, _)| *known == name) {
                html.set(name, place.replace(['"', '\''], ""));
            }
        }
        if !self.definition.entities.is_empty() {
            html.set(ENTITIES.0, ENTITIES.1);
        }
        let mut body = Element::new("h:body");
        if let Some(style) = self.setting("style") {
            body.set("class", style);
        }
        html.around(xml, 0, |xml| {
            Element::new("h:head").around(xml, 1, |xml| {
                Element::new("h:title").text(self.definition.title.as_str()).write_at(xml, 2);
                self.model(xml, 2);
            });
            let mut controls = self.tree.children(Tree::ROOT).iter().filter_map(|item| self.control(*item)).peekable();
            match controls.peek() {
                Some(_) => body.around(xml, 1, |xml| controls.for_each(|control| control.write_at(xml, 2))),
                None => body.write_at(xml, 1),
            }
        });
    }

    fn model(self, xml: &mut String, depth: usize) {
        let mut model = Element::new("model");
        model.set("odk:xforms-version", XFORMS_VERSION);
        if !self.definition.entities.is_empty() {
            model.set("entities:entities-version", self.entities_version());
        }
        model.around(xml, depth, |xml| {
            let mut put = |element: Element<'a>| element.write_at(xml, depth + 1);
            self.submission().into_iter().for_each(&mut put);
            self.itext(xml, depth + 1);
            let mut put = |element: Element<'a>| element.write_at(xml, depth + 1);
            put(Element::new("instance").with(self.primary()));
            self.secondary().into_iter().for_each(&mut put);
            for item in self.items.order.iter().copied() {
                self.bind(item).into_iter().for_each(&mut put);
                self.first_load_actions(item).into_iter().for_each(&mut put);
            }
        });
    }

    /// Entities in repeats, and more lists than one, came with a later version of their specification.
    fn entities_version(self) -> &'static str {
        let entities = &self.definition.entities;
        let is_entity = |item: &ItemId| matches!(self.tree.item(*item).role, Role::Entity);
        let in_repeat = self.items.order.iter().any(|item| is_entity(item) && self.tree.is_in_repeat(*item));
        if entities.len() > 1 || in_repeat { "2025.1.0" } else { "2024.1.0" }
    }

    fn setting(self, name: &str) -> Option<&'a str> {
        debug_assert!(OF_XFORM.contains(&name));
        self.definition.settings.get(name).map(String::as_str)
    }

    fn submission(self) -> Option<Element<'a>> {
        let mut submission = Element::new("submission");
        if let Some(address) = self.setting("submission_url") {
            submission.set("action", address);
            submission.set("method", "post");
        }
        for (setting, attribute) in
            [("public_key", "base64RsaPublicKey"), ("auto_send", "orx:auto-send"), ("auto_delete", "orx:auto-delete")]
        {
            if let Some(value) = self.setting(setting) {
                submission.set(attribute, value);
            }
        }
        let is_editable = self.setting("client_editable").is_some_and(is_true);
        if is_editable {
            submission.set("odk:client-editable", "true");
        }
        submission.has_attributes().then_some(submission)
    }
}

fn is_true(value: &str) -> bool {
    ["yes", "true", "true()", "1"].iter().any(|truth| truth.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests;
