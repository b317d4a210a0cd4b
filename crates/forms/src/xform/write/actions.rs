//! What puts a value into a node when something happens: defaults that are computed, positions, recordings.

use chaski_values::{begins_name, continues_name};
use std::borrow::Cow;

use super::Writer;
use super::element::{Content, Element};
use super::paths::From;
use super::tree::{ItemId, Role, Tree};
use crate::kind::Kind;
use crate::source::{DefinedAction, DefinedValue, Event};

const FIRST_LOAD: &str = "odk-instance-first-load";
const LOAD: &str = "odk-instance-load";
const NEW_REPEAT: &str = "odk-new-repeat";
const VALUE_CHANGED: &str = "xforms-value-changed";

impl<'a> Writer<'a> {
    /// What happens to an item when a record is new or opened.
    pub(super) fn first_load_actions(self, item: ItemId) -> Vec<Element<'a>> {
        let mut actions: Vec<Element<'a>> =
            self.computed(item).map(|value| self.set_value(item, FIRST_LOAD, value)).into_iter().collect();
        if let Some(node) = self.tree.defined(item) {
            let path = &self.tree.item(item).path;
            let action = |name: &'static str, event: &'static str| {
                Element::new(name).attribute("ref", path).attribute("event", event)
            };
            match node.kind {
                Kind::StartGeopoint => actions.push(action("odk:setgeopoint", FIRST_LOAD)),
                Kind::BackgroundAudio => {
                    let mut record = action("odk:recordaudio", LOAD);
                    if let Some(quality) = node.parameters.get("quality") {
                        record.set("odk:quality", quality);
                    }
                    actions.push(record);
                }
                _ => {}
            }
            for action in &node.actions {
                let in_repeat = self.tree.is_in_repeat(item);
                let events = action.on.iter().filter_map(|event| match event {
                    Event::FirstLoad => Some(FIRST_LOAD),
                    Event::Load => Some(LOAD),
                    // Stands in the repeat itself.
                    Event::NewRow => (!in_repeat).then_some(NEW_REPEAT),
                    Event::ValueChanged => None,
                });
                let events: Vec<&str> = events.collect();
                if !events.is_empty() {
                    actions.push(self.put(item, action, events.join(" ")));
                }
            }
        }
        actions
    }

    /// What other nodes get when this item's value changes, where the definition says so itself.
    fn actions_of_trigger(self, trigger: ItemId) -> Vec<Element<'a>> {
        let path = &self.tree.item(trigger).path;
        let is_trigger = |place: u32| self.path_in_definition(place).as_ref() == Some(path);
        let mut actions = Vec::new();
        for target in self.items.acting.iter().copied() {
            let Some(node) = self.tree.defined(target) else { continue };
            for action in &node.actions {
                if action.on.contains(&Event::ValueChanged) && action.trigger.is_some_and(is_trigger) {
                    actions.push(self.put(target, action, VALUE_CHANGED));
                }
            }
        }
        actions
    }

    pub(super) fn path_in_definition(self, place: u32) -> Option<String> {
        let mut names = Vec::new();
        let mut at = Some(place);
        while let Some(place) = at {
            let node = self.definition.nodes.get(place as usize)?;
            names.push(node.name.as_str());
            at = node.parent;
        }
        names.push(&self.tree.item(Tree::ROOT).name);
        names.reverse();
        Some(format!("/{}", names.join("/")))
    }

    fn put(self, target: ItemId, action: &'a DefinedAction, event: impl Into<Cow<'a, str>>) -> Element<'a> {
        let path = action.at.as_ref().unwrap_or(&self.tree.item(target).path);
        if self.tree.defined(target).is_some_and(|node| node.kind == Kind::BackgroundGeopoint) {
            return Element::new("odk:setgeopoint").attribute("ref", path).attribute("event", event);
        }
        let set = Element::new("setvalue").attribute("ref", path).attribute("event", event);
        match &action.value {
            DefinedValue::Computed(text) => set.attribute("value", self.expression(text, Some(target), From::Context)),
            DefinedValue::Text(text) if text.is_empty() => set,
            DefinedValue::Text(text) => set.content(vec![Content::Text(text.into())]),
        }
    }

    /// What happens to an item when the row it stands in is added.
    pub(super) fn new_row_actions(self, item: ItemId) -> Vec<Element<'a>> {
        let mut actions: Vec<Element<'a>> =
            self.computed(item).map(|value| self.set_value(item, NEW_REPEAT, value)).into_iter().collect();
        let defined = self.tree.defined(item).map(|node| node.actions.as_slice()).unwrap_or_default();
        let of_rows = defined.iter().filter(|action| action.on.contains(&Event::NewRow));
        actions.extend(of_rows.map(|action| self.put(item, action, NEW_REPEAT)));
        actions
    }

    /// What happens to other items when this one's value changes.
    pub(super) fn triggered_actions(self, item: ItemId) -> Vec<Element<'a>> {
        let triggered = self.items.triggered.get(self.tree.item(item).name.as_ref());
        let action = |target: &ItemId| {
            let node = self.tree.defined(*target)?;
            let path = &self.tree.item(*target).path;
            if node.kind == Kind::BackgroundGeopoint {
                let set = Element::new("odk:setgeopoint").attribute("ref", path);
                return Some(set.attribute("event", VALUE_CHANGED));
            }
            let value = node.calculation.as_deref().unwrap_or_default();
            Some(self.set_value(*target, VALUE_CHANGED, self.expression(value, Some(item), From::Context)))
        };
        let by_column = triggered.into_iter().flatten().filter_map(action);
        by_column.chain(self.actions_of_trigger(item)).collect()
    }

    /// The value that is computed when a record or row is new.
    fn computed(self, item: ItemId) -> Option<Cow<'a, str>> {
        match &self.tree.item(item).role {
            Role::Node(node) => {
                let text = node.default.as_deref().filter(|text| is_dynamic(text, node.kind))?;
                Some(self.expression(text, Some(item), From::Context))
            }
            Role::Attribute { is_first: true, .. } => Some("uuid()".into()),
            _ => None,
        }
    }

    fn set_value(self, item: ItemId, event: &'static str, value: Cow<'a, str>) -> Element<'a> {
        let mut action =
            Element::new("setvalue").attribute("ref", &self.tree.item(item).path).attribute("event", event);
        if !value.is_empty() {
            action.set("value", value);
        }
        action
    }
}

/// Whether a default is an expression and not text: it adds, joins, calls or refers. `2026-05-31` and `a-b` do not.
pub(crate) fn is_dynamic(text: &str, kind: Kind) -> bool {
    let takes_hyphens = matches!(kind, Kind::Date | Kind::DateTime | Kind::Geopoint | Kind::Geotrace | Kind::Geoshape);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '*' | '+' | '|' => return true,
            '\'' | '"' => rest[1..].find(first).map_or(1, |end| end + 2),
            _ if rest.starts_with("${") && rest.contains('}') => return true,
            _ if rest.starts_with(" mod ") || rest.starts_with(" div ") => return true,
            '-' | '.' | '0'..='9' => match number_length(rest) {
                0 if first == '-' => return !takes_hyphens,
                0 => 1,
                length => length,
            },
            _ if begins_name(first) => {
                let length = rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
                match rest[length..].strip_prefix(':') {
                    _ if rest[length..].starts_with('(') => return true,
                    Some(after) if after.starts_with(begins_name) => {
                        let local = after.find(|c| !continues_name(c)).unwrap_or(after.len());
                        if after[local..].starts_with('(') {
                            return true;
                        }
                        length + 1 + local
                    }
                    _ => length,
                }
            }
            other => other.len_utf8(),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    false
}

/// The length of the number, date or time that a text begins with; 0 for none.
fn number_length(text: &str) -> usize {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || digits == "." {
        return 0;
    }
    // A date's own hyphens and a time's colons are part of it.
    let shape: String = digits.chars().take(26).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let sign = text.len() - digits.len();
    if let Some(rest) = shape.strip_prefix("0000-00-00") {
        let time = rest.strip_prefix('T').map_or(0, time_length);
        return sign + 10 + if time > 0 { time + 1 } else { 0 };
    }
    let time = time_length(&shape);
    if time > 0 {
        return sign + time;
    }
    let length = digits.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(digits.len());
    match digits[..length].chars().any(|c| c.is_ascii_digit()) {
        true => text.len() - digits.len() + length,
        false => 0,
    }
}

/// The length of the time with its zone that a text begins with, every digit of which is 0; 0 for none.
fn time_length(shape: &str) -> usize {
    let Some(rest) = shape.strip_prefix("00:00:00") else { return 0 };
    let zone = match rest.chars().next() {
        Some('Z') => 1,
        Some('+' | '-') if rest[1..].starts_with("00:00") => 6,
        _ => 0,
    };
    8 + zone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_that_adds_calls_or_refers_is_an_expression() {
        for text in ["1 + 2", "2 - 1", "now()", "${a}", "a | b", "3 div 2", "jr:itext('x')", "concat('-', 'b')"] {
            assert!(is_dynamic(text, Kind::Text), "{text}");
        }
        for text in
            ["a", "2026-05-31", "-1", "a-b", "foo bar-baz", "'1 + 2'", "jr://images/a-b.png", "1.5", "12:30:00+10:00"]
        {
            assert!(!is_dynamic(text, Kind::Text), "{text}");
        }
        assert!(!is_dynamic("10 - 2", Kind::Date));
    }
}
