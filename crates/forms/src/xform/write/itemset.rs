//! Where a question's choices come from.

use std::borrow::Cow;

use super::Writer;
use super::element::Element;
use super::paths::From;
use super::tree::ItemId;
use crate::form::columns_of_file;
use crate::kind::Kind;
use crate::reading::references::is_search;
use crate::source::{DefinedChoices, DefinedNode};

impl<'a> Writer<'a> {
    /// What offers the choices of a select.
    pub(super) fn choices(self, item: ItemId, node: &'a DefinedNode) -> Vec<Element<'a>> {
        if let Some(DefinedChoices::List(name)) = &node.choices
            && is_search(node)
        {
            return self.inline(name);
        }
        let (mut nodeset, value, label, from) = match &node.choices {
            Some(DefinedChoices::List(name)) => {
                let list = self.definition.lists.iter().find(|list| list.name == *name);
                let in_itext = list.is_some_and(|list| self.list_is_in_itext(list));
                let label = if in_itext { "jr:itext(itextId)" } else { "label" };
                (format!("instance('{name}')/root/item"), "name".to_owned(), label.to_owned(), None)
            }
            Some(DefinedChoices::File(file)) => {
                let name = file.rsplit_once('.').map_or(file.as_str(), |(name, _)| name);
                let (value, label) = columns_of_file(file);
                let column =
                    |name: &str, usual: &str| node.parameters.get(name).cloned().unwrap_or_else(|| usual.to_owned());
                (format!("instance('{name}')/root/item"), column("value", value), column("label", label), None)
            }
            Some(DefinedChoices::Answers(reference)) => {
                let path = self.all_rows(reference, item, From::Context);
                let (rows, name) = path.trim().rsplit_once('/').unwrap_or(("", path.trim()));
                (rows.to_owned(), name.to_owned(), name.to_owned(), Some(rows.to_owned()))
            }
            Some(DefinedChoices::Nodes(nodes, code, label)) => {
                (self.expression(nodes, Some(item), From::Context).into_owned(), code.clone(), label.clone(), None)
            }
            Some(DefinedChoices::External(_) | DefinedChoices::Tags(_)) | None => return Vec::new(),
        };
        let mut filter = from.as_ref().map(|_| format!("./{value} != ''"));
        if let Some(text) = &node.choice_filter {
            filter = Some(match &from {
                None => self.expression(text, Some(item), From::Current).into_owned(),
                Some(rows) => self.filter_of_rows(text, item, rows),
            });
        }
        if let Some(filter) = filter {
            nodeset.push_str(&format!("[{filter}]"));
        }
        if node.parameters.get("randomize").is_some_and(|value| value == "true") {
            nodeset = match node.parameters.get("seed") {
                Some(seed) => {
                    format!("randomize({nodeset}, {})", self.expression(seed, Some(item), From::Context).trim())
                }
                None => format!("randomize({nodeset})"),
            };
        }
        vec![itemset(nodeset, value, label)]
    }

    /// A filter of rows of the record itself: what it says of them is seen from each.
    fn filter_of_rows(self, text: &str, item: ItemId, rows: &str) -> String {
        let text = self.all_rows(text, item, From::Current);
        text.replace(&format!("current()/{rows}"), ".").replace(rows, ".")
    }

    /// The choices of a list, one by one: `search()` replaces them.
    fn inline(self, name: &str) -> Vec<Element<'a>> {
        let Some(list) = self.definition.lists.iter().find(|list| list.name == name) else { return Vec::new() };
        let in_itext = self.list_is_in_itext(list);
        let choices = list.choices.iter().enumerate().map(|(index, choice)| {
            let label = Element::new("label");
            let label = match in_itext {
                true => label.attribute("ref", format!("jr:itext('{name}-{index}')")),
                false => label.text(self.choice_label(choice).unwrap_or_default()),
            };
            Element::new("item").with(label).with(Element::new("value").text(&choice.code))
        });
        choices.collect()
    }

    /// What a position may be chosen from, and the labels of a range's ticks.
    pub(super) fn beside(self, item: ItemId, node: &'a DefinedNode) -> Option<Element<'a>> {
        let ticks = node.parameters.get("tick_labelset").filter(|_| node.kind == Kind::Range);
        if let Some(list) = ticks {
            let found = self.definition.lists.iter().find(|known| known.name == *list)?;
            let label = if self.list_is_in_itext(found) { "jr:itext(itextId)" } else { "label" };
            return Some(itemset(format!("instance('{list}')/root/item"), "name", label));
        }
        let is_place = matches!(node.kind, Kind::Geopoint | Kind::Geotrace | Kind::Geoshape);
        let name = node.parameters.get("reference-geometry").filter(|_| is_place)?;
        if name.contains("${") {
            let path = self.all_rows(name, item, From::Context);
            let rows = path.trim();
            let filter = node.choice_filter.as_ref().map(|text| self.filter_of_rows(text, item, rows));
            let filter = filter.unwrap_or_else(|| "./geometry != ''".to_owned());
            return Some(itemset(format!("{rows}[{filter}]"), "geometry", "geometry"));
        }
        let list = self.definition.lists.iter().find(|known| known.name == *name);
        let in_itext = list.is_some_and(|list| self.list_is_in_itext(list));
        let label = if in_itext { "jr:itext(itextId)" } else { "label" };
        let mut nodeset = format!("instance('{name}')/root/item");
        if let Some(filter) = &node.choice_filter {
            nodeset.push_str(&format!("[{}]", self.expression(filter, Some(item), From::Current)));
        }
        Some(itemset(nodeset, "name", label))
    }

    /// The look-up of a select whose list is filtered outside the form.
    pub(super) fn query(self, item: ItemId, node: &'a DefinedNode) -> Option<String> {
        let Some(DefinedChoices::External(list)) = &node.choices else { return None };
        let filter = node.choice_filter.as_ref().map(|text| self.expression(text, Some(item), From::Current));
        let filter = filter.map(|filter| format!("[{filter}]")).unwrap_or_default();
        Some(format!("instance('{list}')/root/item{filter}"))
    }
}

fn itemset<'a>(nodeset: String, value: impl Into<Cow<'a, str>>, label: impl Into<Cow<'a, str>>) -> Element<'a> {
    let value = Element::new("value").attribute("ref", value);
    let label = Element::new("label").attribute("ref", label);
    Element::new("itemset").attribute("nodeset", nodeset).with(value).with(label)
}
