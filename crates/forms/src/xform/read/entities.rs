//! The entities that a record makes: `<meta><entity dataset="…">` and what binds say of it.

use super::{Reader, plain_path};
use crate::source::DefinedEntity;

impl Reader<'_> {
    /// Reads a declaration inside the node at `meta`; false for an element that is none.
    pub(super) fn entity(&mut self, element: u32, meta: Option<u32>) -> bool {
        let found = self.xml.element(element);
        let nodes = &self.definition.nodes;
        let Some(group) = meta.and_then(|place| nodes.get(place as usize)).filter(|node| node.name == "meta") else {
            return false;
        };
        let Some(list) = found.attribute("dataset").map(str::trim).filter(|list| !list.is_empty()) else {
            return false;
        };
        self.definition.entities.push(DefinedEntity {
            list: list.to_owned(),
            // A record that changes an entity has to say which; a new one gets an id of its own.
            entity_id: found.attribute("update").map(|_| String::new()),
            create_if: None,
            update_if: None,
            label: None,
            container: group.parent,
        });
        true
    }

    /// Reads what a bind says of a declaration; false for a bind of anything else.
    pub(super) fn entity_bind(&mut self, element: u32, nodeset: &str) -> bool {
        let Some((group, part)) = nodeset.rsplit_once("/meta/entity/") else { return false };
        // What is declared in the record itself has no group around it.
        let container = plain_path(group, "").and_then(|path| self.places.get(&path).copied());
        let calculation = self.xml.element(element).attribute("calculate").map(|text| text.trim().to_owned());
        let declared = self.definition.entities.iter_mut().find(|entity| entity.container == container);
        let Some(entity) = declared else { return false };
        let calculation = calculation.filter(|text| !text.is_empty());
        match part.trim() {
            "@id" if entity.entity_id.is_some() => entity.entity_id = calculation,
            "@create" => entity.create_if = calculation,
            "@update" => entity.update_if = calculation,
            "label" => entity.label = calculation,
            // The id of a new one, and what is known of the one that changes.
            _ => {}
        }
        true
    }
}
