//! `setvalue`: what puts a value where, and when; and what the device captures, `setgeopoint` and `recordaudio`.

use super::{Reader, plain_path, without_predicates};
use crate::kind::Kind;
use crate::source::{DefinedAction, DefinedValue, Event};

/// What the device is to put into a node.
pub(super) struct Capture {
    element: u32,
    target: u32,
    kind: Kind,
    action: Option<DefinedAction>,
}

/// Whether an element puts something into a node.
pub(super) fn is_action(name: &str) -> bool {
    matches!(name, "setvalue" | "setgeopoint" | "recordaudio")
}

impl Reader<'_> {
    /// Reads one action; `trigger` is the control or group it stands in, with its path.
    pub(super) fn set_value(&mut self, element: u32, trigger: Option<(u32, &str)>) {
        let xml = self.xml;
        let found = xml.element(element);
        let context = trigger.map(|(_, path)| path).unwrap_or_default();
        let path = match found.attribute("bind").and_then(|id| self.binds.get(id)) {
            Some(bound) => bound.clone(),
            None => found.attribute("ref").or_else(|| found.attribute("nodeset")).unwrap_or_default().to_owned(),
        };
        if path.contains("/meta/entity/@") {
            return;
        }
        if path.contains("/@") {
            self.warn(element, "attributes are not computed here; it was left out".to_owned());
            return;
        }
        let target = plain_path(&path, context).and_then(|path| self.places.get(&path).copied());
        let Some(target) = target else {
            self.error(element, "it sets nothing that is in the instance: check its `ref`".to_owned());
            return;
        };
        let mut on = Vec::new();
        for event in found.attribute("event").unwrap_or_default().split_whitespace() {
            on.push(match event {
                "odk-instance-first-load" | "xforms-ready" => Event::FirstLoad,
                "odk-instance-load" => Event::Load,
                "odk-new-repeat" | "jr-insert" => Event::NewRow,
                "xforms-value-changed" => Event::ValueChanged,
                other => {
                    self.error(element, format!("the event `{other}` is not known"));
                    return;
                }
            });
        }
        let value = match found.attribute("value").map(str::trim).filter(|value| !value.is_empty()) {
            Some(expression) => DefinedValue::Computed(expression.to_owned()),
            None => DefinedValue::Text(xml.own_text(element).trim().to_owned()),
        };
        let has_predicates = without_predicates(&path) != path;
        let captured = match found.local() {
            "setgeopoint" if trigger.is_some() => Some(Kind::BackgroundGeopoint),
            "setgeopoint" => Some(Kind::StartGeopoint),
            "recordaudio" => Some(Kind::BackgroundAudio),
            _ => None,
        };
        let action =
            DefinedAction { on, trigger: trigger.map(|(place, _)| place), value, at: has_predicates.then_some(path) };
        if let Some(kind) = captured {
            let action = Some(action).filter(|_| kind == Kind::BackgroundGeopoint);
            self.captures.push(Capture { element, target, kind, action });
        } else if let Some(node) = self.node(target) {
            node.actions.push(action);
        }
    }

    /// Makes what the device captures of the nodes that are to hold it.
    pub(super) fn captures(&mut self) {
        for Capture { element, target, kind, action } in std::mem::take(&mut self.captures) {
            if self.controls.contains_key(&target) {
                self.warn(
                    element,
                    "a person is asked for this; what the device would put there was left out".to_owned(),
                );
                continue;
            }
            let quality = self.xml.element(element).attribute("quality").map(str::to_owned);
            if let Some(node) = self.node(target).filter(|node| !node.kind.is_container()) {
                node.kind = kind;
                node.parameters.extend(quality.map(|quality| ("quality".to_owned(), quality)));
                node.actions.extend(action);
            }
        }
    }
}
