//! A record for tests: an indented outline for a tree, and slots that a test fills by hand.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use chaski_values::Timestamp;

use crate::{Aggregate, Context, EvalError, NodeKind, QName, Several, Slot, Text, Tree, Value};

/// 2026-05-31T09:30:00.000-05:00
const NOW: &str = "2026-05-31T09:30:00.000-05:00";
pub(super) const PERU: i16 = -300;

#[derive(Debug)]
struct Held {
    name: String,
    text: String,
    parent: Option<usize>,
    children: Vec<usize>,
}

/// Nodes of an outline; node 0 is the root.
#[derive(Debug)]
pub(super) struct Outline {
    nodes: Vec<Held>,
    /// How often the tree was asked for children, to show what an index or a total spares.
    pub(super) walks: Cell<usize>,
    pub(super) index: Cell<Indexed>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Indexed {
    No,
    Yes,
}

/// A context over an outline.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) tree: Outline,
    pub(super) at: usize,
    pub(super) slots: BTreeMap<Slot, Value<usize>>,
    pub(super) totals: BTreeMap<(Aggregate, Slot), f64>,
    pub(super) several: Several,
    chance: Cell<u32>,
}

/// A scene from lines of `name` or `name: text`, one space of indent a level. The expression belongs to the root.
pub(super) fn scene(outline: &str) -> Scene {
    let root = Held { name: String::new(), text: String::new(), parent: None, children: Vec::new() };
    let mut nodes = vec![root];
    let mut open = vec![0];
    for line in outline.lines().filter(|line| !line.trim().is_empty()) {
        let depth = line.len() - line.trim_start().len();
        let (name, text) = line.trim().split_once(':').unwrap_or((line.trim(), ""));
        open.truncate(depth + 1);
        let (node, parent) = (nodes.len(), open[depth]);
        nodes.push(Held { name: name.into(), text: text.trim().into(), parent: Some(parent), children: Vec::new() });
        nodes[parent].children.push(node);
        open.push(node);
    }
    Scene {
        tree: Outline { nodes, walks: Cell::new(0), index: Cell::new(Indexed::No) },
        at: 0,
        slots: BTreeMap::new(),
        totals: BTreeMap::new(),
        several: Several::Refuse,
        chance: Cell::new(1),
    }
}

impl Scene {
    /// The same scene, seen from the nth node of this name.
    pub(super) fn from(mut self, name: &str, nth: usize) -> Self {
        let mut named = self.tree.nodes.iter().enumerate().filter(|(_, held)| held.name == name);
        self.at = named.nth(nth - 1).map(|(node, _)| node).unwrap();
        self
    }

    pub(super) fn slot_is(mut self, slot: u32, value: Value<usize>) -> Self {
        self.slots.insert(Slot(slot), value);
        self
    }

    pub(super) fn named(&self, name: &str) -> Vec<usize> {
        (0..self.tree.nodes.len()).filter(|node| self.tree.nodes[*node].name == name).collect()
    }
}

impl Tree for Outline {
    type Node = usize;

    fn root(&self, _of: usize) -> usize {
        0
    }

    fn kind(&self, node: usize) -> NodeKind {
        if node == 0 { NodeKind::Root } else { NodeKind::Element }
    }

    fn local_name(&self, node: usize) -> &str {
        &self.nodes[node].name
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.nodes[node].parent
    }

    fn children(&self, node: usize, into: &mut Vec<usize>) {
        self.walks.set(self.walks.get() + 1);
        into.extend(&self.nodes[node].children);
    }

    fn text(&self, node: usize) -> Cow<'_, str> {
        Cow::Borrowed(&self.nodes[node].text)
    }

    fn order(&self, left: usize, right: usize) -> Ordering {
        left.cmp(&right)
    }

    fn children_where(&self, node: usize, name: &QName, column: &QName, wanted: &str) -> Option<Vec<usize>> {
        if self.index.get() == Indexed::No {
            return None;
        }
        let has = |item: &usize| {
            self.nodes[*item].children.iter().any(|cell| {
                let cell = &self.nodes[*cell];
                cell.name == *column.local && cell.text == wanted
            })
        };
        let items = self.nodes[node].children.iter().copied();
        Some(items.filter(|item| self.nodes[*item].name == *name.local).filter(has).collect())
    }
}

impl Context for Scene {
    type Tree = Outline;

    fn tree(&self) -> &Outline {
        &self.tree
    }

    fn current(&self) -> usize {
        self.at
    }

    fn now(&self) -> Timestamp {
        crate::Moment::parse(NOW, PERU).unwrap().timestamp()
    }

    fn offset_minutes(&self) -> i16 {
        PERU
    }

    fn random(&self) -> f64 {
        let next = self.chance.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.chance.set(next);
        f64::from(next) / (f64::from(u32::MAX) + 1.0)
    }

    fn slot(&self, slot: Slot) -> Result<Value<usize>, EvalError> {
        Ok(self.slots[&slot].clone())
    }

    fn slot_nodes(&self, slot: Slot) -> Result<Vec<usize>, EvalError> {
        match &self.slots[&slot] {
            Value::Nodes(nodes) => Ok(nodes.clone()),
            value => Err(EvalError::Unavailable { what: format!("{value:?} is not nodes") }),
        }
    }

    fn aggregate(&self, aggregate: Aggregate, slot: Slot) -> Option<f64> {
        self.totals.get(&(aggregate, slot)).copied()
    }

    fn instance(&self, name: &str) -> Option<usize> {
        self.named(name).first().copied()
    }

    fn itext(&self, id: &str) -> Option<Text> {
        (id == "saludo").then(|| "Buenos días".into())
    }

    fn choice_name(&self, code: &str, question: &str) -> Option<Text> {
        (code == "1" && question == "/data/sexo").then(|| "Mujer".into())
    }

    fn pull_data(&self, table: &str, column: &str, key_column: &str, key: &str) -> Result<Text, EvalError> {
        match (table, column, key_column) {
            ("distritos", "nombre", "ubigeo") => Ok(if key == "050401" { "Huanta" } else { "" }.into()),
            _ => Err(EvalError::Unavailable { what: format!("there is no column `{column}` in `{table}`") }),
        }
    }

    fn extract_signed(&self, text: &str, public_key: &str) -> Option<Text> {
        (public_key == "key").then(|| text.trim_start_matches("signed:").into())
    }

    fn several(&self) -> Several {
        self.several
    }
}
