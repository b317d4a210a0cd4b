//! The tree an expression walks, as its caller offers it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Debug;

use crate::expr::QName;
use crate::value::{Text, Value};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    Root,
    Element,
    Attribute,
    Text,
    Comment,
    Instruction,
    Namespace,
}

/// One or several trees of nodes: the answers of a record, and the lists its form refers to.
///
/// A node is a small copyable handle. Only nodes that count are offered: a question that is not relevant is no one's
/// child. Attributes and namespaces are no one's children either, but have a parent.
pub trait Tree {
    type Node: Copy + Eq + Debug;

    /// The root of the tree that holds `node`; its children are the topmost elements.
    fn root(&self, node: Self::Node) -> Self::Node;

    fn kind(&self, node: Self::Node) -> NodeKind;

    /// The name without its prefix; empty for nodes that have none.
    fn local_name(&self, node: Self::Node) -> &str;

    fn parent(&self, node: Self::Node) -> Option<Self::Node>;

    /// Adds the children of `node` in document order.
    fn children(&self, node: Self::Node, into: &mut Vec<Self::Node>);

    /// The text of the node and all within it; for a question, its answer as stored.
    fn text(&self, node: Self::Node) -> Cow<'_, str>;

    /// Which of two nodes comes first. Nodes of different trees have a fixed order too.
    fn order(&self, left: Self::Node, right: Self::Node) -> Ordering;

    /// The place of a node among its siblings of that name, from 1, where the caller knows it: rows that do not count may
    /// keep theirs.
    fn position(&self, _node: Self::Node) -> Option<u32> {
        None
    }

    /// The value a node has in an expression: its text, or what the caller knows better, such as a date.
    fn value(&self, node: Self::Node) -> Value<Self::Node> {
        Value::Text(Text::from(self.text(node)))
    }

    fn prefix(&self, _node: Self::Node) -> Option<&str> {
        None
    }

    /// The namespace of the node's name; empty for none.
    fn namespace(&self, _node: Self::Node) -> &str {
        ""
    }

    fn attributes(&self, _node: Self::Node, _into: &mut Vec<Self::Node>) {}

    fn namespaces(&self, _node: Self::Node, _into: &mut Vec<Self::Node>) {}

    /// Whether the node has the name that a path writes. The default compares names and prefixes as text.
    fn is_named(&self, node: Self::Node, name: &QName) -> bool {
        *self.local_name(node) == *name.local && self.prefix(node) == name.prefix.as_deref()
    }

    /// Whether the node is in the namespace that a path calls `prefix`. The default compares prefixes as text.
    fn is_in_namespace(&self, node: Self::Node, prefix: &str) -> bool {
        self.prefix(node) == Some(prefix)
    }

    /// Adds the children of that name in document order. A tree with an index by name answers faster.
    fn children_named(&self, node: Self::Node, name: &QName, into: &mut Vec<Self::Node>) {
        let first = into.len();
        self.children(node, into);
        let mut kept = first;
        for at in first..into.len() {
            let child = into[at];
            if self.kind(child) == NodeKind::Element && self.is_named(child, name) {
                into[kept] = child;
                kept += 1;
            }
        }
        into.truncate(kept);
    }

    /// The children named `name` whose child `column` has exactly the text `wanted`, from an index.
    ///
    /// Asked for `item[column = expression]` where the expression gives text that is not a date.
    /// `None`, the default, when there is no index: the items are then tested one by one.
    fn children_where(
        &self,
        _node: Self::Node,
        _name: &QName,
        _column: &QName,
        _wanted: &str,
    ) -> Option<Vec<Self::Node>> {
        None
    }

    /// What to call the node in a message: its path as an author knows it, with the place of a row.
    fn label(&self, node: Self::Node) -> String {
        let mut names = Vec::new();
        let mut at = Some(node);
        while let Some(here) = at {
            let parent = self.parent(here);
            let mut alike = Vec::new();
            if let Some(parent) = parent {
                self.children(parent, &mut alike);
                alike.retain(|sibling| self.local_name(*sibling) == self.local_name(here));
            }
            let place = alike.iter().position(|sibling| *sibling == here).map_or(1, |before| before + 1);
            let name = self.local_name(here);
            names.push(if alike.len() > 1 { format!("{name}[{place}]") } else { name.to_owned() });
            at = parent;
        }
        names.reverse();
        names.join("/")
    }
}
