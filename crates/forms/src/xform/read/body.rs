//! The body: what is asked, in which words, and with which choices.

use super::{Reader, is_action, shown};
use crate::kind::{self, Kind};
use crate::source::{DefinedChoices, DefinedRow};

/// How a node is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Control {
    /// The name of its element.
    element: String,
    /// What kind of file, for an upload.
    media: String,
}

impl Control {
    /// The kind of question, given the data type its bind names. What can only be read and holds nothing is a note.
    pub(super) fn kind(&self, data_type: &str, is_note: bool) -> Kind {
        match kind::of_control(&self.element, data_type, &self.media) {
            Kind::Text if is_note => Kind::Note,
            kind => kind,
        }
    }
}

impl Reader<'_> {
    pub(super) fn body(&mut self, body: u32) {
        // Elements in document order, each with the path it is seen from.
        let mut waiting = vec![(body, String::new())];
        while let Some((element, context)) = waiting.pop() {
            let context = self.element(element, context);
            let children: Vec<u32> = self.xml.children(element).map(|(child, _)| child).collect();
            waiting.extend(children.into_iter().rev().map(|child| (child, context.clone())));
        }
    }

    /// Reads one element of the body; gives the path that what it holds is seen from.
    fn element(&mut self, element: u32, context: String) -> String {
        let xml = self.xml;
        let found = xml.element(element);
        if matches!(found.local(), "group" | "repeat") {
            return self.container(element, context);
        }
        if !kind::is_control(found.local()) {
            return context;
        }
        let Some((place, path)) = self.target(element, &context) else {
            self.warn(
                element,
                "it asks for nothing that is in the instance and was left out: check its `ref`".to_owned(),
            );
            return context;
        };
        self.lines.entry(path.clone()).or_insert_with(|| (found.line, shown(xml, element)));
        self.words(element, place);
        let names: &[(&str, &str)] = match found.local() {
            "input" => &[
                ("rows", "rows"),
                ("accuracyThreshold", "capture-accuracy"),
                ("unacceptableAccuracyThreshold", "warning-accuracy"),
                ("incremental", "incremental"),
            ],
            "range" => &[
                ("start", "start"),
                ("end", "end"),
                ("step", "step"),
                ("tick-interval", "tick_interval"),
                ("placeholder", "placeholder"),
            ],
            "upload" => &[("intent", "app")],
            _ => &[],
        };
        let given = names.iter();
        let given = given.filter_map(|(name, known)| Some(((*known).to_owned(), found.attribute(name)?.to_owned())));
        let given: Vec<(String, String)> = given.collect();
        let takes_choices = matches!(found.local(), "select" | "select1" | "rank");
        let choices = takes_choices.then(|| self.choices(element, &path, place)).flatten();
        let media = found.attribute("mediatype").unwrap_or_default().to_owned();
        self.controls.insert(place, Control { element: found.local().to_owned(), media });
        if let Some(node) = self.node(place) {
            node.choices = choices;
            node.parameters.extend(given);
        }
        for action in xml.children(element).filter(|(_, child)| is_action(child.local())).map(|(child, _)| child) {
            self.set_value(action, Some((place, &path)));
        }
        path
    }

    /// The words and looks of a control, group or repeat.
    fn words(&mut self, element: u32, place: u32) {
        let xml = self.xml;
        let label = xml.child(element, "label").map(|label| self.itext.of_element(xml, label));
        let hint = xml.child(element, "hint").map(|hint| self.itext.of_element(xml, hint));
        let looks = xml.element(element).attribute("appearance").unwrap_or_default();
        let appearance: Vec<String> = crate::reading::survey::words(looks);
        let Some(node) = self.node(place) else { return };
        node.appearance.extend(appearance);
        if let Some(label) = label {
            (node.label, node.guidance) = (label.label, label.guidance);
            (node.image, node.big_image, node.audio, node.video) =
                (label.image, label.big_image, label.audio, label.video);
        }
        if let Some(hint) = hint {
            node.hint = hint.label;
            if !hint.guidance.is_empty() {
                node.guidance = hint.guidance;
            }
        }
    }

    fn container(&mut self, element: u32, context: String) -> String {
        let xml = self.xml;
        let found = xml.element(element);
        let named = found.attribute("ref").or_else(|| found.attribute("nodeset"));
        let Some((place, path)) = self.target(element, &context) else {
            if named.is_some() && found.local() == "repeat" {
                self.error(element, "it repeats nothing that is in the instance: check its `nodeset`".to_owned());
            }
            // A group that is only for looks may stand around one repeat, whose label it then has.
            let inside = xml.child(element, "repeat").and_then(|repeat| self.target(repeat, &context));
            if let Some((place, _)) = inside {
                self.words(element, place);
            }
            return context;
        };
        self.words(element, place);
        if found.local() == "repeat" {
            let count = found.attribute("count").map(str::trim).filter(|count| !count.is_empty()).map(str::to_owned);
            let is_fixed = found.attribute("noAddRemove").is_some_and(|value| value.trim() == "true()");
            if let Some(node) = self.node(place) {
                node.is_fixed = is_fixed && count.is_none();
                node.repeat_count = count;
                if node.is_fixed && node.rows.is_empty() {
                    node.rows.push(DefinedRow::default());
                }
            }
        }
        for action in xml.children(element).filter(|(_, child)| is_action(child.local())).map(|(child, _)| child) {
            self.set_value(action, Some((place, &path)));
        }
        path
    }

    /// The choices of a select: written in place, or an itemset.
    fn choices(&mut self, element: u32, path: &str, place: u32) -> Option<DefinedChoices> {
        match self.xml.child(element, "itemset") {
            Some(itemset) => self.itemset(itemset, place),
            None => Some(self.items(element, path)),
        }
    }
}
