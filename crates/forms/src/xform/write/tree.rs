//! The instance as a tree of items: the form's own nodes, and those that an XForm has besides.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::kind::Kind;
use crate::reading::parameters::is_reference;
use crate::source::{DefinedEntity, DefinedNode, Definition};

/// A place in [`Tree`].
pub(super) type ItemId = usize;

/// What an item is.
#[derive(Debug)]
pub(super) enum Role<'a> {
    Root,
    /// A node of the definition.
    Node(&'a DefinedNode),
    /// A node that stands for one of the definition, or beside one.
    Made(Box<DefinedNode>),
    /// The group `meta`, which nothing shows.
    Meta,
    InstanceId,
    /// With its expression.
    InstanceName(&'a str),
    /// A declaration of entities.
    Entity,
    EntityLabel(&'a str),
    /// An attribute of the declaration above it: its expression, and the value it begins with.
    Attribute {
        value: &'a str,
        calculate: Option<Cow<'a, str>>,
        /// Whether it is computed when the record or row is new.
        is_first: bool,
        is_bound: bool,
    },
}

#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) parent: ItemId,
    pub(super) children: Vec<ItemId>,
    pub(super) role: Role<'a>,
    /// From the root, such as `/data/group/name`.
    pub(super) path: String,
}

/// Every item; a container stands before what it holds.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    items: Vec<Item<'a>>,
}

/// Whether a count is the path of a node, as an XForm that was read names it.
fn is_path(count: &str) -> bool {
    let count = count.trim();
    ["/", "./", "../"].iter().any(|start| count.starts_with(start))
        && count.chars().all(|c| chaski_values::continues_name(c) || c == '/')
}

impl<'a> Tree<'a> {
    pub(super) const ROOT: ItemId = 0;

    pub(super) fn of(definition: &'a Definition) -> Self {
        let root = definition.root.as_deref().unwrap_or("data");
        let item = Item {
            path: format!("/{root}"),
            name: root.into(),
            parent: Self::ROOT,
            children: Vec::new(),
            role: Role::Root,
        };
        let mut items = Vec::with_capacity(definition.nodes.len() + 8);
        items.push(item);
        let mut tree = Self { items };
        let mut places: Vec<ItemId> = Vec::with_capacity(definition.nodes.len());
        let mut table_list: HashMap<u32, bool> = HashMap::new();
        let mut audits = Vec::new();
        for (index, node) in definition.nodes.iter().enumerate() {
            let parent = node.parent.and_then(|parent| places.get(parent as usize).copied()).unwrap_or(Self::ROOT);
            // Rows are counted from 1, and the first is the header.
            let row = index + 2;
            if node.kind == Kind::Audit {
                audits.push(node);
                places.push(Self::ROOT);
                continue;
            }
            let mut made = None;
            if let Some(count) = node.repeat_count.as_ref().filter(|count| !is_reference(count) && !is_path(count)) {
                let name = format!("{}_count", node.name);
                made.get_or_insert_with(|| node.clone()).repeat_count = Some(format!("${{{name}}}"));
                let mut counted = DefinedNode::new(name, Kind::Calculate, None);
                counted.calculation = Some(count.clone());
                counted.readonly = Some("true()".to_owned());
                tree.made(parent, counted);
            }
            if let Some(is_headed) = node.parent.and_then(|parent| table_list.get_mut(&parent))
                && node.kind.is_select()
            {
                if !*is_headed {
                    *is_headed = true;
                    let mut header =
                        DefinedNode::new(format!("reserved_name_for_field_list_labels_{row}"), node.kind, None);
                    header.choices = node.choices.clone();
                    header.appearance = vec!["label".to_owned()];
                    tree.made(parent, header);
                }
                made.get_or_insert_with(|| node.clone()).appearance = vec!["list-nolabel".to_owned()];
            }
            let is_table = node.kind.is_container() && node.appearance.iter().any(|word| word == "table-list");
            let mut shown = None;
            if is_table {
                table_list.insert(index as u32, false);
                let node = made.get_or_insert_with(|| node.clone());
                let others = node.appearance.iter().filter(|word| *word != "table-list").cloned();
                node.appearance = std::iter::once("field-list".to_owned()).chain(others).collect();
                if !node.label.is_empty() || !node.hint.is_empty() {
                    let mut note = DefinedNode::new(format!("generated_table_list_label_{row}"), Kind::Note, None);
                    note.label = std::mem::take(&mut node.label);
                    note.hint = std::mem::take(&mut node.hint);
                    shown = Some(note);
                }
            }
            let item = match made {
                Some(made) => tree.made(parent, made),
                None => tree.push(parent, &node.name, Role::Node(node)),
            };
            places.push(item);
            if let Some(note) = shown {
                tree.made(item, note);
            }
        }
        tree.meta(definition, &places, audits);
        tree
    }

    fn made(&mut self, parent: ItemId, node: DefinedNode) -> ItemId {
        self.push(parent, node.name.clone(), Role::Made(Box::new(node)))
    }

    fn push(&mut self, parent: ItemId, name: impl Into<Cow<'a, str>>, role: Role<'a>) -> ItemId {
        let name = name.into();
        let above = self.items.get(parent).map(|item| item.path.as_str()).unwrap_or_default();
        let at = if matches!(role, Role::Attribute { .. }) { "@" } else { "" };
        let path = [above, "/", at, &name].concat();
        self.items.push(Item { name, parent, children: Vec::new(), role, path });
        let id = self.items.len() - 1;
        if let Some(parent) = self.items.get_mut(parent) {
            parent.children.push(id);
        }
        id
    }

    /// What every record says of itself, and the entities it makes.
    fn meta(&mut self, definition: &'a Definition, places: &[ItemId], audits: Vec<&'a DefinedNode>) {
        let mut of_record = self.children(Self::ROOT).iter().copied().find(|child| self.is_meta(*child));
        for entity in &definition.entities {
            let container = entity.container.and_then(|node| places.get(node as usize).copied());
            let meta = match container {
                None => *of_record.get_or_insert_with(|| self.push(Self::ROOT, "meta", Role::Meta)),
                Some(container) => self.push(container, "meta", Role::Meta),
            };
            self.entity(meta, entity);
        }
        let omits_id = definition.settings.get("omit_instanceid").is_some_and(|value| super::is_true(value));
        if omits_id && audits.is_empty() && definition.instance_name.is_none() {
            return;
        }
        let meta = of_record.unwrap_or_else(|| self.push(Self::ROOT, "meta", Role::Meta));
        for audit in audits {
            self.push(meta, &audit.name, Role::Node(audit));
        }
        let has = |tree: &Self, name: &str| tree.children(meta).iter().any(|child| tree.item(*child).name == name);
        if !omits_id && !has(self, "instanceID") {
            self.push(meta, "instanceID", Role::InstanceId);
        }
        if let Some(name) = definition.instance_name.as_ref().filter(|_| !has(self, "instanceName")) {
            self.push(meta, "instanceName", Role::InstanceName(name));
        }
    }

    fn entity(&mut self, meta: ItemId, entity: &'a DefinedEntity) {
        let item = self.push(meta, "entity", Role::Entity);
        let mut attribute =
            |name: &'static str, value: &'a str, calculate: Option<Cow<'a, str>>, is_first: bool, is_bound: bool| {
                self.push(item, name, Role::Attribute { value, calculate, is_first, is_bound });
            };
        attribute("dataset", &entity.list, None, false, false);
        let creates = entity.entity_id.is_none() || entity.create_if.is_some();
        if creates {
            attribute("create", "1", entity.create_if.as_deref().map(Cow::Borrowed), false, entity.create_if.is_some());
        }
        attribute("id", "", entity.entity_id.as_deref().map(Cow::Borrowed), entity.entity_id.is_none(), true);
        if let Some(id) = &entity.entity_id {
            attribute("update", "1", entity.update_if.as_deref().map(Cow::Borrowed), false, entity.update_if.is_some());
            let known = format!("instance('{}')/root/item[name={id}]", entity.list);
            for (name, column) in
                [("baseVersion", "__version"), ("trunkVersion", "__trunkVersion"), ("branchId", "__branchId")]
            {
                attribute(name, "", Some(format!("{known}/{column}").into()), false, true);
            }
        }
        if let Some(label) = &entity.label {
            self.push(item, "label", Role::EntityLabel(label));
        }
    }

    pub(super) fn item(&self, id: ItemId) -> &Item<'a> {
        &self.items[id]
    }

    pub(super) fn children(&self, id: ItemId) -> &[ItemId] {
        &self.item(id).children
    }

    /// The form's node that an item is.
    pub(super) fn defined(&self, id: ItemId) -> Option<&DefinedNode> {
        match &self.item(id).role {
            Role::Node(node) => Some(node),
            Role::Made(node) => Some(node),
            _ => None,
        }
    }

    /// Whether an item is the group in which an XForm says what every record does of itself.
    pub(super) fn is_meta(&self, id: ItemId) -> bool {
        let item = self.item(id);
        item.parent == Self::ROOT
            && item.name == "meta"
            && self.defined(id).is_some_and(|node| node.kind == Kind::Group && node.label.is_empty())
    }

    pub(super) fn is_repeat(&self, id: ItemId) -> bool {
        self.defined(id).is_some_and(|node| node.kind == Kind::Repeat)
    }

    /// The containers around an item, the innermost first; the root is the last.
    pub(super) fn above(&self, id: ItemId) -> impl Iterator<Item = ItemId> {
        let up = |id: ItemId| (id != Self::ROOT).then(|| self.item(id).parent);
        std::iter::successors(up(id), move |id| up(*id))
    }

    pub(super) fn is_in_repeat(&self, id: ItemId) -> bool {
        self.above(id).any(|above| self.is_repeat(above))
    }

    fn in_order(&self) -> Vec<ItemId> {
        let mut order = Vec::with_capacity(self.items.len());
        let mut open = vec![Self::ROOT];
        while let Some(id) = open.pop() {
            order.push(id);
            open.extend(self.children(id).iter().rev());
        }
        order
    }
}

/// Items by what names them.
#[derive(Debug)]
pub(super) struct Items<'a> {
    /// Every item in document order, the root first.
    pub(super) order: Vec<ItemId>,
    by_name: HashMap<&'a str, ItemId>,
    /// The questions that happen with another: by the name of that one.
    pub(super) triggered: HashMap<&'a str, Vec<ItemId>>,
    /// Those whose actions say with what they happen.
    pub(super) acting: Vec<ItemId>,
}

impl<'a> Items<'a> {
    pub(super) fn of(tree: &'a Tree<'a>) -> Self {
        let order = tree.in_order();
        let mut items =
            Self { order: Vec::new(), by_name: HashMap::new(), triggered: HashMap::new(), acting: Vec::new() };
        for id in order.iter().copied() {
            let item = tree.item(id);
            if !matches!(item.role, Role::Attribute { .. } | Role::Root) {
                items.by_name.entry(&item.name).or_insert(id);
            }
            // A group has no value to be set.
            let question = tree.defined(id).filter(|node| !node.kind.is_container());
            let trigger = question.and_then(|node| node.trigger.as_deref()).unwrap_or_default();
            for part in trigger.split(',') {
                let name = part.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
                if let Some(name) = name {
                    items.triggered.entry(name).or_default().push(id);
                }
            }
            if tree.defined(id).is_some_and(|node| !node.actions.is_empty()) {
                items.acting.push(id);
            }
        }
        Self { order, ..items }
    }

    pub(super) fn named(&self, name: &str) -> Option<ItemId> {
        self.by_name.get(name).copied()
    }
}
