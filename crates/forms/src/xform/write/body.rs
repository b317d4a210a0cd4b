//! What asks each question.

use super::Writer;
use super::element::Element;
use super::paths::From;
use super::tree::ItemId;
use crate::kind::{Control, Kind};
use crate::source::{DefinedChoices, DefinedNode};

impl<'a> Writer<'a> {
    /// What shows an item; nothing for what is not shown.
    pub(super) fn control(self, item: ItemId) -> Option<Element<'a>> {
        let node = self.tree.defined(item)?;
        match node.kind {
            // What an XForm that was read says of the record itself.
            Kind::Group if self.tree.is_meta(item) => None,
            Kind::Group => Some(self.group(item, node)),
            Kind::Repeat => Some(self.repeat(item, node)),
            _ => self.question(item, node),
        }
    }

    fn children_of(self, item: ItemId, mut element: Element<'a>) -> Element<'a> {
        self.tree.children(item).iter().for_each(|child| element.extend(self.control(*child)));
        element
    }

    fn group(self, item: ItemId, node: &'a DefinedNode) -> Element<'a> {
        let mut group = Element::new("group").attribute("ref", &self.tree.item(item).path);
        self.attributes(&mut group, item, node);
        if !node.label.is_empty() {
            group.push(self.label(item, node));
        }
        self.children_of(item, group)
    }

    fn repeat(self, item: ItemId, node: &'a DefinedNode) -> Element<'a> {
        let path = &self.tree.item(item).path;
        let mut repeat = Element::new("repeat").attribute("nodeset", path);
        self.attributes(&mut repeat, item, node);
        if let Some(count) = &node.repeat_count {
            repeat.set("jr:count", self.expression(count, Some(item), From::Context));
        }
        let mut repeat = self.children_of(item, repeat);
        self.new_rows(item).into_iter().for_each(|action| repeat.push(action));
        Element::new("group").attribute("ref", path).with(self.label(item, node)).with(repeat)
    }

    /// What happens in a new row; a repeat inside it looks after its own.
    fn new_rows(self, container: ItemId) -> Vec<Element<'a>> {
        let mut actions = Vec::new();
        for child in self.tree.children(container).iter().filter(|child| !self.tree.is_repeat(**child)) {
            actions.extend(self.new_row_actions(*child));
            actions.extend(self.new_rows(*child));
        }
        actions
    }

    fn question(self, item: ItemId, node: &'a DefinedNode) -> Option<Element<'a>> {
        let says = !node.label.is_empty() || !node.hint.is_empty();
        let is_computed = node.kind == Kind::Calculate || node.calculation.is_some() || node.trigger.is_some();
        if node.kind == Kind::Calculate || is_computed && !says {
            return None;
        }
        let is_external = matches!(node.choices, Some(DefinedChoices::External(_)));
        let name = match node.kind.facts().control {
            Control::Nothing if node.kind == Kind::BackgroundGeopoint && says => "trigger",
            Control::Select1 if is_external => "input",
            control => control.element()?,
        };
        let mut control = Element::new(name).attribute("ref", &self.tree.item(item).path);
        if let Control::Upload(media) = node.kind.facts().control {
            control.set("mediatype", media);
        }
        self.of_parameters_asked(&mut control, node);
        self.attributes(&mut control, item, node);
        if let Some(query) = self.query(item, node) {
            control.set("query", query);
        }
        self.label_and_hint(item, node).into_iter().for_each(|words| control.push(words));
        self.choices(item, node).into_iter().for_each(|choices| control.push(choices));
        control.extend(self.beside(item, node));
        self.tags(node).into_iter().for_each(|tag| control.push(tag));
        self.triggered_actions(item).into_iter().for_each(|action| control.push(action));
        Some(control)
    }

    /// What the author says of how an item is shown.
    fn attributes(self, element: &mut Element<'a>, item: ItemId, node: &'a DefinedNode) {
        if !node.appearance.is_empty() {
            let words = node.appearance.join(" ");
            element.set(
                "appearance",
                match node.kind {
                    Kind::Group => words.into(),
                    _ => self.expression(words, Some(item), From::Context),
                },
            );
        }
        for (name, value) in &node.body {
            element.set(name, self.expression(value, Some(item), From::Context));
        }
    }

    fn of_parameters_asked(self, control: &mut Element<'a>, node: &'a DefinedNode) {
        let names: &[(&str, &str)] = match node.kind {
            Kind::Text => &[("rows", "rows")],
            Kind::Geopoint => {
                &[("capture-accuracy", "accuracyThreshold"), ("warning-accuracy", "unacceptableAccuracyThreshold")]
            }
            Kind::Range => &[
                ("start", "start"),
                ("end", "end"),
                ("step", "step"),
                ("tick_interval", "odk:tick-interval"),
                ("placeholder", "odk:placeholder"),
            ],
            _ => &[],
        };
        if node.kind == Kind::Range {
            [("start", "1"), ("end", "10"), ("step", "1")].iter().for_each(|(name, value)| control.set(*name, *value));
        }
        for (parameter, attribute) in names {
            if let Some(value) = node.parameters.get(*parameter) {
                control.set(*attribute, value);
            }
        }
        if matches!(node.kind, Kind::Geotrace | Kind::Geoshape) && node.parameters.contains_key("incremental") {
            control.set("incremental", "true");
        }
        let looks_plain = node.appearance.is_empty() || node.appearance == ["annotate"];
        if let Some(app) = node.parameters.get("app").filter(|_| node.kind == Kind::Image && looks_plain) {
            control.set("intent", app);
        }
    }

    /// The tags of a map feature, each with its own values.
    fn tags(self, node: &'a DefinedNode) -> Vec<Element<'a>> {
        let Some(DefinedChoices::Tags(name)) = &node.choices else { return Vec::new() };
        let Some(list) = self.definition.tags.iter().find(|list| list.name == *name) else { return Vec::new() };
        let tags = list.choices.iter().map(|choice| {
            let label = Element::new("label").text(self.choice_label(choice).unwrap_or_default());
            Element::new("tag").attribute("key", &choice.code).with(label)
        });
        tags.collect()
    }
}
