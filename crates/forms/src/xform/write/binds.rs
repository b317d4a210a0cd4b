//! What is known of each node besides its place: its type, when it is asked, what it must be, what it computes.

use super::Writer;
use super::element::Element;
use super::paths::From;
use super::tree::{ItemId, Role};
use super::words::messages;
use crate::kind::Kind;
use crate::source::DefinedNode;

impl<'a> Writer<'a> {
    /// The bind of an item; nothing where there is nothing to say.
    pub(super) fn bind(self, item: ItemId) -> Option<Element<'a>> {
        let found = self.tree.item(item);
        let bind = Element::new("bind").attribute("nodeset", &found.path);
        let text = |bind: Element<'a>| bind.attribute("type", "string").attribute("readonly", "true()");
        match &found.role {
            Role::Root | Role::Meta | Role::Entity | Role::Attribute { is_bound: false, .. } => None,
            Role::Node(node) => self.of_node(bind, item, node),
            Role::Made(node) => self.of_node(bind, item, node),
            Role::InstanceId => {
                let preload = self.setting("instance_id").unwrap_or("uid");
                Some(text(bind).attribute("jr:preload", preload))
            }
            Role::InstanceName(name) => {
                let value = self.expression(*name, Some(item), From::Context);
                Some(bind.attribute("type", "string").attribute("calculate", value))
            }
            Role::EntityLabel(label) => {
                Some(text(bind).attribute("calculate", self.expression(*label, Some(item), From::Context)))
            }
            Role::Attribute { calculate, .. } => {
                let value = calculate.as_deref().map(|text| self.expression(text, Some(item), From::Context));
                let bind = text(bind);
                Some(match value {
                    Some(value) => bind.attribute("calculate", value),
                    None => bind,
                })
            }
        }
    }

    fn of_node(self, mut bind: Element<'a>, item: ItemId, node: &'a DefinedNode) -> Option<Element<'a>> {
        let facts = node.kind.facts();
        match node.kind {
            Kind::Range if !is_whole_range(node) => bind.set("type", "decimal"),
            _ if !facts.bind.is_empty() => bind.set("type", facts.bind),
            _ => {}
        }
        if node.kind == Kind::Note {
            bind.set("readonly", "true()");
        }
        if let Some((preload, parameters)) = facts.preload {
            bind.set("jr:preload", preload);
            bind.set("jr:preloadParams", parameters);
        }
        let calculation = node.calculation.as_ref().filter(|_| node.trigger.is_none());
        for (name, text) in [
            ("relevant", node.relevant.as_ref()),
            ("required", node.required.as_ref()),
            ("readonly", node.readonly.as_ref()),
            ("constraint", node.constraint.as_ref()),
            ("calculate", calculation),
        ] {
            if let Some(text) = text {
                bind.set(name, self.expression(text, Some(item), From::Context));
            }
        }
        for message in messages(node) {
            if let Some(said) = self.message(item, message) {
                bind.set(message.0, said);
            }
        }
        self.of_parameters(&mut bind, node);
        for (name, value) in &node.bind {
            bind.set(name, self.expression(value, Some(item), From::Context));
        }
        if let Some(property) = &node.save_to {
            bind.set("entities:saveto", property);
        }
        let is_said = bind.has("type") || !node.kind.is_container() || bind.count() > 1;
        is_said.then_some(bind)
    }

    fn of_parameters(self, bind: &mut Element<'a>, node: &'a DefinedNode) {
        let names: &[(&str, &str)] = match node.kind {
            Kind::Image => &[("max-pixels", "orx:max-pixels")],
            Kind::Audio => &[("quality", "odk:quality")],
            Kind::Geopoint | Kind::Geotrace | Kind::Geoshape => &[("allow-mock-accuracy", "odk:allow-mock-accuracy")],
            Kind::Audit => &[
                ("identify-user", "odk:identify-user"),
                ("location-max-age", "odk:location-max-age"),
                ("location-min-interval", "odk:location-min-interval"),
                ("location-priority", "odk:location-priority"),
                ("track-changes", "odk:track-changes"),
                ("track-changes-reasons", "odk:track-changes-reasons"),
            ],
            _ => &[],
        };
        for (parameter, attribute) in names {
            if let Some(value) = node.parameters.get(*parameter) {
                bind.set(*attribute, value);
            }
        }
    }
}

/// Whether every number of a range is whole, also one written `2.0`.
fn is_whole_range(node: &DefinedNode) -> bool {
    let numbers = ["start", "end", "step", "tick_interval", "placeholder"];
    let mut given = numbers.iter().filter_map(|name| node.parameters.get(*name)?.parse::<f64>().ok());
    given.all(|number| number.fract() == 0.0)
}
