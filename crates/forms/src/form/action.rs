//! Values that are put into a node when something happens, rather than whenever what they read changes.

use std::collections::BTreeMap;

use super::{ExprId, Node, NodeId};
use crate::source::Event;

/// Puts a value into the node it belongs to.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) on: Vec<Event>,
    /// For a change: the nodes whose values may change.
    pub(crate) triggers: Vec<NodeId>,
    pub(crate) value: Given,
    /// Gives the nodes that are meant, where these are not all rows that share the trigger's.
    pub(crate) at: Option<ExprId>,
}

/// What is put there.
#[derive(Debug)]
pub(crate) enum Given {
    Text(String),
    /// Seen from the node that gets the value.
    Computed(ExprId),
}

impl Action {
    pub(crate) fn is_on(&self, event: Event) -> bool {
        self.on.contains(&event)
    }
}

/// By trigger: the nodes and their actions.
pub(super) fn triggered(nodes: &[Node]) -> BTreeMap<NodeId, Vec<(NodeId, usize)>> {
    let mut triggered: BTreeMap<NodeId, Vec<(NodeId, usize)>> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for (place, action) in node.actions.iter().enumerate().filter(|(_, action)| action.is_on(Event::ValueChanged)) {
            for trigger in &action.triggers {
                triggered.entry(*trigger).or_default().push((NodeId(index as u32), place));
            }
        }
    }
    triggered
}
