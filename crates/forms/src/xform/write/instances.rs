//! The record's own instance, and those that expressions read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Writer;
use super::actions::is_dynamic;
use super::element::Element;
use super::paths::From;
use super::tree::{ItemId, Role, Tree};
use crate::Lookups;
use crate::kind::Kind;
use crate::reading::references::pulled;
use crate::source::{DefinedChoices, DefinedList, DefinedNode, DefinedRow, DefinedTree};
use crate::xform::xml::Xml;

/// A row that differs in nothing from a new one.
const BLANK: &DefinedRow = &DefinedRow { values: BTreeMap::new(), inside: BTreeMap::new() };

/// Whether a repeat is put with its template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Templates {
    Put,
    /// They are there already: this is inside the first row of a repeat.
    LeftOut,
}

impl<'a> Writer<'a> {
    /// The record as it is when nothing is answered.
    pub(super) fn primary(self) -> Element<'a> {
        let root = self.tree.item(Tree::ROOT);
        let mut element = Element::new(root.name.as_ref());
        for (name, value) in &self.definition.settings {
            if let Some(attribute) = name.strip_prefix("attribute::") {
                element.set(attribute, value);
            }
        }
        element.set("id", &self.definition.form_id);
        if !self.definition.author_version.is_empty() {
            element.set("version", &self.definition.author_version);
        }
        for (setting, attribute) in
            [("instance_xmlns", "xmlns"), ("prefix", "odk:prefix"), ("delimiter", "odk:delimiter")]
        {
            if let Some(value) = self.setting(setting) {
                element.set(attribute, value);
            }
        }
        self.fill(element, Tree::ROOT, Templates::Put)
    }

    fn fill(self, mut element: Element<'a>, container: ItemId, templates: Templates) -> Element<'a> {
        for child in self.tree.children(container) {
            let mut templates = templates;
            if self.tree.is_repeat(*child) && templates == Templates::Put {
                element.push(self.template(*child));
                templates = Templates::LeftOut;
                let node = self.tree.defined(*child);
                let rows = node.map(|node| node.rows.as_slice()).unwrap_or_default();
                for row in rows {
                    element.push(self.row(*child, row));
                }
                if !rows.is_empty() || node.is_some_and(|node| node.begins_empty) {
                    continue;
                }
            }
            if let Role::Attribute { value, .. } = &self.tree.item(*child).role {
                element.set(self.tree.item(*child).name.as_ref(), *value);
            } else {
                element.push(self.instance(*child, templates));
            }
        }
        element
    }

    /// A row that is there from the beginning.
    fn row(self, container: ItemId, like: &'a DefinedRow) -> Element<'a> {
        let mut element = Element::new(self.tree.item(container).name.as_ref());
        for child in self.tree.children(container) {
            let place = self.place_in_definition(*child);
            if self.tree.is_repeat(*child) {
                let usual = self.tree.defined(*child).map(|node| node.rows.as_slice()).unwrap_or_default();
                let count = place.and_then(|place| like.inside.get(&place).copied());
                for index in 0..count.map_or(usual.len(), |count| count as usize) {
                    element.push(self.row(*child, usual.get(index).unwrap_or(BLANK)));
                }
                continue;
            }
            let is_group = !self.tree.children(*child).is_empty();
            element.push(match place.and_then(|place| like.values.get(&place)) {
                Some(text) => Element::new(self.tree.item(*child).name.as_ref()).text(text),
                None if is_group => self.row(*child, like),
                None => self.instance(*child, Templates::LeftOut),
            });
        }
        element
    }

    fn place_in_definition(self, item: ItemId) -> Option<u32> {
        let path = &self.tree.item(item).path;
        let count = u32::try_from(self.definition.nodes.len()).unwrap_or(u32::MAX);
        (0..count).find(|place| self.path_in_definition(*place).as_ref() == Some(path))
    }

    /// What a new row of a repeat is copied from.
    fn template(self, repeat: ItemId) -> Element<'a> {
        let mut element = Element::new(self.tree.item(repeat).name.as_ref()).attribute("jr:template", "");
        for child in self.tree.children(repeat) {
            element.push(match self.tree.is_repeat(*child) {
                true => self.template(*child),
                false => self.instance(*child, Templates::Put),
            });
        }
        element
    }

    fn instance(self, item: ItemId, templates: Templates) -> Element<'a> {
        let found = self.tree.item(item);
        let mut element = Element::new(found.name.as_ref());
        if let Some(node) = self.tree.defined(item) {
            for (name, value) in &node.instance {
                element.set(name, self.expression(value, Some(item), From::Context));
            }
            if let Some(text) = static_default(node) {
                element = element.text(text);
            }
        }
        self.fill(element, item, templates)
    }

    /// Lists, files, and the record saved last.
    pub(super) fn secondary(self) -> Vec<Element<'a>> {
        let mut instances: Vec<Element<'a>> = Vec::new();
        let mut known = BTreeSet::new();
        let mut add = |name: Cow<'a, str>, instance: Element<'a>| {
            if known.insert(name.clone()) {
                instances.push(instance.attribute("id", name));
            }
        };
        let from = |src: String| Element::new("instance").attribute("src", src);
        let mut reads_last_saved = false;
        let attached: BTreeMap<u32, Vec<_>> = self.definition.attached.iter().fold(BTreeMap::new(), |mut by, file| {
            by.entry(file.before).or_insert_with(Vec::new).push(file);
            by
        });
        let attach = |before: u32, add: &mut dyn FnMut(Cow<'a, str>, Element<'a>)| {
            for file in attached.get(&before).into_iter().flatten() {
                add(file.name.as_str().into(), from(place_of(&file.file)));
            }
        };
        self.definition.trees.iter().for_each(|tree| add(tree.name.as_str().into(), document(tree)));
        let lists: BTreeSet<&str> = self.definition.lists.iter().map(|list| list.name.as_str()).collect();
        // Adds the tables that an expression reads, and says whether it reads the record saved last.
        let looks_up = |text: &str, add: &mut dyn FnMut(Cow<'a, str>, Element<'a>)| {
            for name in pulled(text).into_iter().filter(|name| !lists.contains(name.as_str())) {
                let place = format!("jr://file-csv/{name}.csv");
                add(name.into(), from(place));
            }
            text.contains("${last-saved#")
        };
        for (index, node) in self.definition.nodes.iter().enumerate() {
            attach(index as u32, &mut add);
            node.expressions().for_each(|text| reads_last_saved |= looks_up(text, &mut add));
            if let Some(DefinedChoices::File(file)) = &node.choices {
                let name = file.rsplit_once('.').map_or(file.as_str(), |(name, _)| name);
                add(name.into(), from(place_of(file)));
            }
        }
        attach(self.definition.nodes.len() as u32, &mut add);
        let name = self.definition.instance_name.as_deref();
        reads_last_saved |= name.is_some_and(|text| looks_up(text, &mut add));
        if reads_last_saved {
            add("__last-saved".into(), from("jr://instance/last-saved".to_owned()));
        }
        let searched = self.searched();
        for list in self.definition.lists.iter().filter(|list| !searched.contains(list.name.as_str())) {
            add(list.name.as_str().into(), self.list(list));
        }
        instances
    }

    fn list(self, list: &'a DefinedList) -> Element<'a> {
        let in_itext = self.list_is_in_itext(list);
        let mut root = Element::new("root");
        for (index, choice) in list.choices.iter().enumerate() {
            let mut item = Element::new("item");
            if in_itext {
                item.push(Element::new("itextId").text(format!("{}-{index}", list.name)));
            }
            item.push(Element::new("name").text(choice.code.as_str()));
            if let Some(label) = self.choice_label(choice).filter(|_| !in_itext) {
                item.push(Element::new("label").text(label));
            }
            // A column whose name no element can have is no use to an expression.
            // The id is the one above where the labels are looked up by it.
            let columns = choice.extra.iter().filter(|(column, _)| {
                crate::reading::parameters::is_name(column) && !(in_itext && *column == "itextId")
            });
            columns.for_each(|(column, text)| item.push(Element::new(column).text(text)));
            root.push(item);
        }
        Element::new("instance").with(root)
    }
}

/// A document of the form's own.
fn document(tree: &DefinedTree) -> Element<'_> {
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); tree.elements.len()];
    let mut depths = vec![0; tree.elements.len()];
    for (place, element) in tree.elements.iter().enumerate().skip(1) {
        // A definition from the network may say anything; what is nested deeper than a reader goes is left out.
        let parent = element.parent.map(|parent| parent as usize).filter(|parent| *parent < place);
        let Some(parent) = parent.filter(|parent| depths[*parent] < Xml::MAX_DEPTH) else { continue };
        depths[place] = depths[parent] + 1;
        inside[parent].push(place);
    }
    // What an element holds stands after it, so it is made before.
    let mut made: Vec<Option<Element<'_>>> = tree.elements.iter().map(|_| None).collect();
    for (place, defined) in tree.elements.iter().enumerate().rev() {
        let mut element = Element::new(&defined.name).text(&defined.text);
        for held in &inside[place] {
            let Some(found) = tree.elements.get(*held) else { continue };
            match (found.name.strip_prefix('@'), made.get_mut(*held).and_then(Option::take)) {
                (Some(name), _) => element.set(name, &found.text),
                (None, Some(held)) => element.push(held),
                (None, None) => {}
            }
        }
        made[place] = Some(element);
    }
    let root = made.first_mut().and_then(Option::take);
    root.map_or_else(|| Element::new("instance"), |root| Element::new("instance").with(root))
}

/// Where a file that comes with the form is found.
fn place_of(file: &str) -> String {
    if file == Lookups::LAST_SAVED {
        return "jr://instance/last-saved".to_owned();
    }
    match file.rsplit_once('.') {
        Some((_, "csv")) => format!("jr://file-csv/{file}"),
        _ => format!("jr://file/{file}"),
    }
}

/// What a question holds before anything is computed.
fn static_default(node: &DefinedNode) -> Option<Cow<'_, str>> {
    let text = node.default.as_deref().filter(|text| !is_dynamic(text, node.kind))?;
    Some(match node.kind {
        Kind::Image if !text.starts_with("jr://images/") => format!("jr://images/{text}").into(),
        _ => text.into(),
    })
}
