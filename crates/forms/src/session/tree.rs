//! The answers of a record as the tree that expressions walk, and the form's lists and tables beside it.
//!
//! Most expressions never walk: their paths were resolved when the form was compiled. What is left are predicates,
//! wildcards and `instance()`.

use std::borrow::Cow;
use std::cmp::Ordering;

use chaski_xpath::{NodeKind, QName, Tree};

use super::state::{RowIndex, State, Value};
use crate::form::{ChoiceList, Form, NodeId};
use crate::lookups::Lookups;

/// A node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Handle {
    Document,
    /// The element around all top nodes, whatever the author calls it.
    Top,
    /// A node in the row of its scope; a repeat stands for its row, and `row` is that row.
    Node {
        row: RowIndex,
        node: NodeId,
    },
    /// What `instance()` gives, by its place among lists, the form's documents, tables and the documents beside the form:
    /// the parent of its outermost element.
    Source(u32),
    SourceRoot(u32),
    Item {
        source: u32,
        item: u32,
    },
    Leaf {
        source: u32,
        item: u32,
        column: u32,
    },
    /// An element or attribute of a document.
    Element {
        source: u32,
        element: u32,
    },
}

/// What a source is.
enum Origin<'a> {
    List(&'a ChoiceList),
    Table(&'a crate::Table),
    Document(&'a crate::Document),
    Nothing,
}

/// The tree, borrowed from a session.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) form: &'a Form,
    pub(crate) state: &'a State,
    pub(crate) lookups: &'a Lookups,
    /// The session's language, for the labels of choices.
    pub(crate) language: u16,
}

impl<'a> World<'a> {
    /// The list, table or document called `name`.
    pub(crate) fn source(&self, name: &str) -> Option<Handle> {
        let Self { form, lookups, .. } = self;
        let list = form.lists.iter().position(|list| list.name == name);
        let place = list
            .or_else(|| {
                let place = form.documents.iter().position(|(known, _)| known == name)?;
                Some(form.lists.len() + place)
            })
            .or_else(|| {
                let name = form.files.get(name).map_or(name, String::as_str);
                let own = form.lists.len() + form.documents.len();
                let known = lookups.documents().position(|(known, _)| known == name);
                if let Some(wanted) = lookups.get(name).filter(|_| known.is_none()) {
                    let table = lookups.iter().position(|(_, table)| std::sync::Arc::ptr_eq(table, wanted))?;
                    return Some(own + table);
                }
                // Where no record was saved yet, there is nothing to read.
                let document = known.or_else(|| (name == Lookups::LAST_SAVED).then(|| lookups.documents().count()))?;
                Some(own + lookups.iter().count() + document)
            })?;
        u32::try_from(place).ok().map(Handle::Source)
    }

    /// The first question of this name in the record saved last.
    pub(crate) fn last_saved(&self, name: &str) -> Option<Handle> {
        let Handle::Source(source) = self.source(Lookups::LAST_SAVED)? else { return None };
        let element = self.document(source)?.find(name)?;
        Some(Handle::Element { source, element })
    }

    fn origin(&self, source: u32) -> Origin<'a> {
        let (form, lookups) = (self.form, self.lookups);
        let mut place = source as usize;
        if let Some(list) = form.lists.get(place) {
            return Origin::List(list);
        }
        place -= form.lists.len();
        if let Some((_, document)) = form.documents.get(place) {
            return Origin::Document(document);
        }
        place -= form.documents.len();
        if let Some((_, table)) = lookups.iter().nth(place) {
            return Origin::Table(table);
        }
        place -= lookups.iter().count();
        lookups.documents().nth(place).map_or(Origin::Nothing, |(_, document)| Origin::Document(document))
    }

    fn items(&self, source: u32) -> u32 {
        let count = match self.origin(source) {
            Origin::List(list) => list.choices.len(),
            Origin::Table(table) => table.len(),
            Origin::Document(_) | Origin::Nothing => 0,
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The columns of a list are `name`, `label` and what its author added.
    fn column(&self, source: u32, column: u32) -> &'a str {
        match (self.origin(source), column) {
            (Origin::List(_), 0) => "name",
            (Origin::List(_), 1) => "label",
            (Origin::List(list), _) => list.columns.get(column as usize - 2).map_or("", String::as_str),
            (Origin::Table(table), _) => table.columns().get(column as usize).map_or("", String::as_str),
            (Origin::Document(_) | Origin::Nothing, _) => "",
        }
    }

    fn column_count(&self, source: u32) -> u32 {
        let count = match self.origin(source) {
            Origin::List(list) => list.columns.len() + 2,
            Origin::Table(table) => table.columns().len(),
            Origin::Document(_) | Origin::Nothing => 0,
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn leaf(&self, source: u32, item: u32, column: u32) -> Cow<'a, str> {
        match self.origin(source) {
            Origin::List(list) if column == 1 => {
                let label = list.choices.get(item as usize).map(|choice| &choice.label);
                Cow::Owned(label.map(|label| self.plain(label)).unwrap_or_default())
            }
            Origin::List(list) => Cow::Borrowed(list.cell(item, self.column(source, column))),
            Origin::Table(table) => Cow::Borrowed(table.cell(item, column as usize)),
            Origin::Document(_) | Origin::Nothing => Cow::Borrowed(""),
        }
    }

    /// The document a handle of one leads into.
    fn document(&self, source: u32) -> Option<&'a crate::Document> {
        match self.origin(source) {
            Origin::Document(document) => Some(document),
            Origin::List(_) | Origin::Table(_) | Origin::Nothing => None,
        }
    }

    /// `pulldata` from what is no table: the cell of the first item whose key is this.
    pub(crate) fn pull(&self, source: Handle, column: &str, key_column: &str, key: &str) -> String {
        let (mut roots, mut items) = (Vec::new(), Vec::new());
        self.children(source, &mut roots);
        roots.into_iter().for_each(|root| self.children(root, &mut items));
        let (column, key_column) = ([column.to_owned()], [key_column.to_owned()]);
        let found = items.into_iter().find(|item| self.text_below(*item, &key_column) == key);
        found.map(|item| self.text_below(item, &column)).unwrap_or_default()
    }

    /// The text of the element that names lead to from a node; blank where there is none. `.` is the node itself.
    pub(crate) fn text_below(&self, node: Handle, names: &[String]) -> String {
        self.below(node, names).map(|found| self.text(found).into_owned()).unwrap_or_default()
    }

    /// The element that names lead to from a node.
    pub(crate) fn below(&self, node: Handle, names: &[String]) -> Option<Handle> {
        let mut at = node;
        for name in names.iter().filter(|name| *name != ".") {
            let mut inside = Vec::new();
            let local = name.strip_prefix('@').map_or(crate::xform::xml::local(name), |attribute| attribute);
            if name.starts_with('@') {
                self.attributes(at, &mut inside);
            } else {
                self.children(at, &mut inside);
            }
            at = inside.into_iter().find(|child| self.local_name(*child) == local)?;
        }
        Some(at)
    }

    /// The row a node's element lives in: for a repeat's row, the row around it.
    fn holder(&self, row: RowIndex, node: NodeId) -> RowIndex {
        if self.form.node(node).rows.is_some() { self.state.row(row).parent } else { row }
    }

    fn add(&self, children: &[NodeId], row: RowIndex, into: &mut Vec<Handle>) {
        for child in children {
            let node = self.form.node(*child);
            if !self.state.cell(self.form, *child, row).is_relevant {
                continue;
            }
            match node.rows {
                Some(scope) => {
                    let rows = self.state.seen_rows(row, self.form.scope(scope).ordinal);
                    into.extend(rows.map(|row| Handle::Node { row, node: *child }));
                }
                None => into.push(Handle::Node { row, node: *child }),
            }
        }
    }

    /// Where a node stands in the document, for putting nodes in order: each step from the top, a node's place and, for a
    /// repeat, its row's position. `row` is the row of the node's scope.
    pub(crate) fn place(&self, row: RowIndex, node: NodeId) -> Vec<(u32, u32)> {
        let mut place = vec![(node.0, 0)];
        let (mut row, mut at) = (row, self.form.node(node).parent);
        while let Some(id) = at {
            let is_repeat = self.form.node(id).rows.is_some();
            place.push((id.0, if is_repeat { self.state.row(row).position } else { 0 }));
            if is_repeat {
                row = self.state.row(row).parent;
            }
            at = self.form.node(id).parent;
        }
        place.reverse();
        place
    }

    /// The path of a node or row as an author knows it: rows by position.
    pub(crate) fn place_label(&self, node: Handle) -> String {
        self.label(node)
    }

    /// The path of a repeat, all its rows.
    pub(crate) fn place_of_repeat(&self, repeat: NodeId, row: RowIndex) -> String {
        let above = self.form.node(repeat).parent.map(|parent| self.label(Handle::Node { row, node: parent }));
        let name = &self.form.node(repeat).name;
        above.map_or_else(|| name.clone(), |above| format!("{above}/{name}"))
    }

    fn place_of_element(&self, row: RowIndex, node: NodeId) -> Vec<(u32, u32)> {
        let mut place = self.place(self.holder(row, node), node);
        if let (Some(last), Some(_)) = (place.last_mut(), self.form.node(node).rows) {
            last.1 = self.state.row(row).position;
        }
        place
    }
}

impl Tree for World<'_> {
    type Node = Handle;

    fn root(&self, node: Handle) -> Handle {
        match node {
            Handle::Document | Handle::Top | Handle::Node { .. } => Handle::Document,
            Handle::Source(source)
            | Handle::SourceRoot(source)
            | Handle::Item { source, .. }
            | Handle::Leaf { source, .. }
            | Handle::Element { source, .. } => Handle::Source(source),
        }
    }

    fn kind(&self, node: Handle) -> NodeKind {
        match node {
            Handle::Document | Handle::Source(_) => NodeKind::Root,
            Handle::Top | Handle::Node { .. } | Handle::SourceRoot(_) | Handle::Item { .. } | Handle::Leaf { .. } => {
                NodeKind::Element
            }
            Handle::Element { source, element } => match self.document(source) {
                Some(document) if document.is_attribute(element) => NodeKind::Attribute,
                Some(_) | None => NodeKind::Element,
            },
        }
    }

    fn local_name(&self, node: Handle) -> &str {
        match node {
            Handle::Document | Handle::Source(_) => "",
            Handle::Top => self.form.id.as_str(),
            Handle::Node { node, .. } => &self.form.node(node).name,
            Handle::SourceRoot(_) => "root",
            Handle::Item { .. } => "item",
            Handle::Leaf { source, column, .. } => self.column(source, column),
            Handle::Element { source, element } => self.document(source).map_or("", |found| found.name(element)),
        }
    }

    fn is_named(&self, node: Handle, name: &QName) -> bool {
        // An author may write `/data/x` or `/my_form/x`: the outermost element answers to any name.
        node == Handle::Top || *self.local_name(node) == *name.local
    }

    fn parent(&self, node: Handle) -> Option<Handle> {
        match node {
            Handle::Document | Handle::Source(_) => None,
            Handle::Top => Some(Handle::Document),
            Handle::Node { row, node } => match self.form.node(node).parent {
                None => Some(Handle::Top),
                Some(parent) => Some(Handle::Node { row: self.holder(row, node), node: parent }),
            },
            Handle::SourceRoot(source) => Some(Handle::Source(source)),
            Handle::Item { source, .. } => Some(Handle::SourceRoot(source)),
            Handle::Leaf { source, item, .. } => Some(Handle::Item { source, item }),
            Handle::Element { source, element } => match self.document(source)?.parent(element) {
                Some(element) => Some(Handle::Element { source, element }),
                None => Some(Handle::Source(source)),
            },
        }
    }

    fn children(&self, node: Handle, into: &mut Vec<Handle>) {
        match node {
            Handle::Document => into.push(Handle::Top),
            Handle::Top => self.add(&self.form.top, RowIndex::RECORD, into),
            Handle::Node { row, node } => self.add(&self.form.node(node).children, row, into),
            Handle::Source(source) => into.push(match self.document(source) {
                Some(_) => Handle::Element { source, element: 0 },
                None => Handle::SourceRoot(source),
            }),
            Handle::SourceRoot(source) => {
                into.extend((0..self.items(source)).map(|item| Handle::Item { source, item }))
            }
            Handle::Item { source, item } => {
                into.extend((0..self.column_count(source)).map(|column| Handle::Leaf { source, item, column }));
            }
            Handle::Leaf { .. } => {}
            Handle::Element { source, element } => {
                let children = self.document(source).map(|document| document.children(element)).unwrap_or_default();
                into.extend(children.iter().map(|element| Handle::Element { source, element: *element }));
            }
        }
    }

    fn attributes(&self, node: Handle, into: &mut Vec<Handle>) {
        let Handle::Element { source, element } = node else { return };
        let attributes = self.document(source).map(|document| document.attributes(element)).unwrap_or_default();
        into.extend(attributes.iter().map(|element| Handle::Element { source, element: *element }));
    }

    fn text(&self, node: Handle) -> Cow<'_, str> {
        match node {
            Handle::Node { row, node } if self.form.node(node).kind.is_container() => {
                let mut children = Vec::new();
                self.add(&self.form.node(node).children, row, &mut children);
                Cow::Owned(children.into_iter().map(|child| self.text(child)).collect())
            }
            Handle::Node { row, node } => {
                Cow::Owned(self.state.cell(self.form, node, row).value.to_stored_text().to_string())
            }
            Handle::Leaf { source, item, column } => self.leaf(source, item, column),
            Handle::Element { source, element } => {
                self.document(source).map_or(Cow::Borrowed(""), |document| document.text(element))
            }
            Handle::Document | Handle::Top | Handle::Source(_) | Handle::SourceRoot(_) | Handle::Item { .. } => {
                Cow::Borrowed("")
            }
        }
    }

    fn position(&self, node: Handle) -> Option<u32> {
        match node {
            Handle::Node { row, node } if self.form.node(node).rows.is_some() => Some(self.state.row(row).position),
            _ => None,
        }
    }

    fn value(&self, node: Handle) -> Value {
        match node {
            Handle::Node { row, node } if !self.form.node(node).kind.is_container() => {
                self.state.cell(self.form, node, row).value.clone()
            }
            _ => Value::text(self.text(node)),
        }
    }

    fn order(&self, left: Handle, right: Handle) -> Ordering {
        match (left, right) {
            (Handle::Node { row: l, node: left }, Handle::Node { row: r, node: right }) => {
                self.place_of_element(l, left).cmp(&self.place_of_element(r, right))
            }
            _ => left.cmp(&right),
        }
    }

    fn children_where(&self, node: Handle, name: &QName, column: &QName, wanted: &str) -> Option<Vec<Handle>> {
        let Handle::SourceRoot(source) = node else { return None };
        if *name.local != *"item" {
            return None;
        }
        let table = match self.origin(source) {
            Origin::Table(table) => table,
            Origin::List(list)
                if *column.local == *"name" || list.columns.iter().any(|known| **known == *column.local) =>
            {
                let items = list.choices_where(&column.local, wanted);
                return Some(items.into_iter().map(|item| Handle::Item { source, item }).collect());
            }
            Origin::List(_) | Origin::Document(_) | Origin::Nothing => return None,
        };
        let rows = table.rows_where(table.column(&column.local)?, wanted);
        Some(rows.into_iter().map(|item| Handle::Item { source, item }).collect())
    }

    fn label(&self, node: Handle) -> String {
        match node {
            Handle::Node { row, node } => {
                let holder = self.holder(row, node);
                let path = self.state.path(self.form, node, holder);
                let mut label = String::new();
                let mut at = row;
                // Rows are told by position: an author has never seen a row's id.
                let mut positions = Vec::new();
                while at != RowIndex::RECORD {
                    positions.push(self.state.row(at).position);
                    at = self.state.row(at).parent;
                }
                for (index, step) in path.steps().iter().enumerate() {
                    if index > 0 {
                        label.push('/');
                    }
                    label.push_str(&step.name);
                    let is_row = step.row.is_some() || (index + 1 == path.steps().len() && holder != row);
                    if let Some(position) = is_row.then(|| positions.pop()).flatten() {
                        label.push_str(&format!("[{position}]"));
                    }
                }
                label
            }
            _ => self.local_name(node).to_owned(),
        }
    }
}
