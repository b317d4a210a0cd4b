//! How a form is cut into pages: one group a page.
//!
//! A group at the top is a page, and so is a repeat. A group that mostly holds other groups and repeats is only a wrapper:
//! what is in it is cut in its place. Questions that stand loose after a repeat belong to the repeat's page, where its totals
//! and remarks are looked for; other loose questions make a page of their own under the name of what holds them.

use super::{Node, NodeId};
use crate::kind::Kind;

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// The node whose label is the page's; nothing for loose questions of the form itself.
    pub(crate) titled: Option<NodeId>,
    /// The node whose path is the page's.
    pub(crate) node: NodeId,
    /// What stands at the top of the page.
    pub(crate) roots: Vec<NodeId>,
}

/// Cuts a form into pages.
pub(crate) fn cut(nodes: &[Node], top: &[NodeId]) -> Vec<Page> {
    let mut pages = Vec::new();
    cut_inside(nodes, top, None, &mut pages);
    pages
}

fn cut_inside(nodes: &[Node], children: &[NodeId], wrapper: Option<NodeId>, pages: &mut Vec<Page>) {
    /// What a loose question would join.
    enum Before {
        Joinable,
        Apart,
    }
    let mut before = Before::Apart;
    for id in children {
        let node = &nodes[id.at()];
        match node.kind {
            Kind::Group if is_wrapper(nodes, node) => {
                cut_inside(nodes, &node.children, Some(*id), pages);
                before = Before::Apart;
            }
            Kind::Group => {
                if has_shown(nodes, node) {
                    pages.push(Page { titled: Some(*id), node: *id, roots: shown(nodes, &node.children) });
                }
                before = Before::Apart;
            }
            Kind::Repeat => {
                pages.push(Page { titled: Some(*id), node: *id, roots: vec![*id] });
                before = Before::Joinable;
            }
            _ if !is_shown(node) => {}
            _ => {
                match (&before, pages.last_mut()) {
                    (Before::Joinable, Some(page)) => page.roots.push(*id),
                    _ => pages.push(Page { titled: wrapper, node: *id, roots: vec![*id] }),
                }
                before = Before::Joinable;
            }
        }
    }
}

/// Whether a node is drawn at all.
fn is_shown(node: &Node) -> bool {
    node.kind == Kind::Note || node.kind.asked_as().is_some()
}

fn has_shown(nodes: &[Node], node: &Node) -> bool {
    node.kind == Kind::Repeat
        || is_shown(node)
        || node.children.iter().any(|child| has_shown(nodes, &nodes[child.at()]))
}

/// The children that are drawn or hold something that is.
pub(crate) fn shown(nodes: &[Node], children: &[NodeId]) -> Vec<NodeId> {
    children.iter().copied().filter(|child| has_shown(nodes, &nodes[child.at()])).collect()
}

fn is_wrapper(nodes: &[Node], group: &Node) -> bool {
    if group.appearance.iter().any(|word| word == "field-list") {
        return false;
    }
    let inside = group.children.iter().map(|child| &nodes[child.at()]);
    let held = inside.clone().filter(|node| node.kind.is_container()).count();
    let loose = inside.filter(|node| node.kind.asked_as().is_some()).count();
    held >= 2 && held >= loose
}
