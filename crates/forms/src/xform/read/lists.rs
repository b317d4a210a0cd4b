//! Choices and secondary instances: lists where they have rows and columns, documents where they have not.

use std::collections::{BTreeMap, HashMap};

use chaski_xpath::{Axis, Expr, ExprKind, Function, NodeTest, Start};

use super::Reader;
use crate::source::{DefinedAttachment, DefinedChoices, DefinedList};

/// Which columns of a list its selects take.
type Taken = (String, String);

impl Reader<'_> {
    /// Choices written in place, as a list of the question's own.
    pub(super) fn items(&mut self, element: u32, path: &str) -> DefinedChoices {
        let xml = self.xml;
        let mut choices = Vec::new();
        for (item, _) in xml.children(element).filter(|(_, child)| child.local() == "item") {
            let code = xml.child(item, "value").map(|value| xml.own_text(value).trim().to_owned()).unwrap_or_default();
            let said = xml.child(item, "label").map(|label| self.itext.of_element(xml, label)).unwrap_or_default();
            choices.push(said.choice(code, BTreeMap::new()));
        }
        let name = format!("/{path}");
        self.definition.lists.push(DefinedList { name: name.clone(), choices });
        DefinedChoices::List(name)
    }

    /// The choices an expression leads to. Where it leads to a list and a condition on its columns, it is put so later.
    pub(super) fn itemset(&mut self, itemset: u32, place: u32) -> Option<DefinedChoices> {
        let xml = self.xml;
        let Some(nodes) = xml.element(itemset).attribute("nodeset") else {
            self.error(itemset, "it leads nowhere: write `nodeset`".to_owned());
            return None;
        };
        let reference = |name: &str| {
            let found = xml.child(itemset, name)?;
            xml.element(found).attribute("ref").map(|path| path.trim().to_owned())
        };
        let Some(code) = reference("value") else {
            self.error(itemset, "it has no `value` with a `ref`".to_owned());
            return None;
        };
        let label = reference("label").unwrap_or_else(|| code.clone());
        self.itext.is_dynamic |= label.contains("itext(");
        let _ = place;
        Some(DefinedChoices::Nodes(nodes.trim().to_owned(), code, label))
    }

    /// Reads every secondary instance, and gives the selects of those that are lists their list.
    pub(super) fn lists(&mut self, model: &[u32]) {
        let xml = self.xml;
        let instances: Vec<u32> =
            model.iter().copied().filter(|child| xml.element(*child).local() == "instance").skip(1).collect();
        let mut taken: HashMap<String, Vec<Taken>> = HashMap::new();
        for node in &self.definition.nodes {
            if let Some(DefinedChoices::Nodes(nodes, code, label)) = &node.choices
                && let Some(named) = named_instance(nodes)
            {
                taken.entry(named).or_default().push((code.clone(), label.clone()));
            }
        }
        for instance in instances {
            let found = xml.element(instance);
            let Some(id) = found.attribute("id").map(str::to_owned) else {
                self.warn(instance, "it has no `id` and was left out".to_owned());
                continue;
            };
            if let Some(source) = found.attribute("src") {
                self.external(id, source);
                continue;
            }
            let Some((root, _)) = xml.children(instance).next() else { continue };
            let mut columns = taken.remove(&id).unwrap_or_default();
            columns.sort();
            columns.dedup();
            match self.list(&id, root, &columns) {
                Some(list) => self.definition.lists.push(list),
                None => self.definition.trees.push(crate::document::tree(&id, xml, root)),
            }
        }
        let names: Vec<String> = self.definition.lists.iter().map(|list| list.name.clone()).collect();
        for node in &mut self.definition.nodes {
            if let Some(DefinedChoices::Nodes(nodes, _, _)) = &node.choices
                && let Some(name) = named_instance(nodes).filter(|name| names.contains(name))
                && let Some(condition) = condition_on_columns(nodes)
            {
                node.choices = Some(DefinedChoices::List(name));
                node.choice_filter = condition;
            }
        }
    }

    fn external(&mut self, id: String, source: &str) {
        let file = source.rsplit('/').next().unwrap_or(source).to_owned();
        let before = u32::try_from(self.definition.nodes.len()).unwrap_or(u32::MAX);
        self.definition.attached.push(DefinedAttachment { name: id, file, before });
    }

    /// A secondary instance as a list, if it is one: `root` holds `item`s, and these texts.
    fn list(&self, id: &str, root: u32, taken: &[Taken]) -> Option<DefinedList> {
        let xml = self.xml;
        let (code, label) = match taken {
            [] => ("name".to_owned(), "label".to_owned()),
            [one] => one.clone(),
            _ => return None,
        };
        if xml.element(root).local() != "root" {
            return None;
        }
        let text_id = label.strip_prefix("jr:itext(").and_then(|rest| rest.strip_suffix(')')).map(str::trim);
        let mut choices = Vec::new();
        for (item, found) in xml.children(root) {
            if found.local() != "item" || !found.attributes.is_empty() {
                return None;
            }
            let mut cells = BTreeMap::new();
            for (cell, found) in xml.children(item) {
                let is_cell = found.attributes.is_empty() && Self::is_leaf(xml, cell);
                if !is_cell || cells.insert(found.local().to_owned(), xml.own_text(cell)).is_some() {
                    return None;
                }
            }
            // Expressions call the code `name` and the words `label`: no other column may be called so.
            if code != "name" && cells.contains_key("name") || label != "label" && cells.contains_key("label") {
                return None;
            }
            let said = match text_id {
                Some(column) => self.itext.of_id(cells.get(column)?.trim()),
                None => self.itext.literal(cells.get(&label).map_or("", String::as_str).trim()),
            };
            let extra = cells.iter().filter(|(column, _)| !matches!(column.as_str(), "name" | "label"));
            let extra = extra.map(|(column, text)| (column.clone(), text.clone())).collect();
            choices.push(said.choice(cells.get(&code)?.trim().to_owned(), extra));
        }
        Some(DefinedList { name: id.to_owned(), choices })
    }
}

/// The instance that `instance('…')/root/item…` reads.
fn named_instance(nodes: &str) -> Option<String> {
    let parsed = chaski_xpath::parse(nodes).ok()?;
    let ExprKind::Path(path) = &parsed.kind else { return None };
    let Start::Instance(name) = &path.start else { return None };
    let ExprKind::Text(name) = &name.kind else { return None };
    let names: Vec<&str> = path
        .steps
        .iter()
        .filter_map(|step| match (step.axis, &step.test) {
            (Axis::Child, NodeTest::Name(name)) => Some(&*name.local),
            _ => None,
        })
        .collect();
    (names == ["root", "item"] && path.steps.len() == 2).then(|| name.to_string())
}

/// What stands in the one predicate of `instance('…')/root/item[…]`, if it speaks only of columns and of answers: `Some(None)`
/// without a predicate.
fn condition_on_columns(nodes: &str) -> Option<Option<String>> {
    let Some(start) = nodes.find('[') else { return Some(None) };
    let condition = nodes.get(start + 1..)?.trim_end().strip_suffix(']')?;
    if condition.contains(['[', ']']) {
        return None;
    }
    let parsed = chaski_xpath::parse(condition).ok()?;
    // A bare number is a position.
    let mut is_usual = !matches!(parsed.kind, ExprKind::Number(_));
    parsed.walk(&mut |part: &Expr| {
        is_usual &= match &part.kind {
            ExprKind::Path(path) => match path.start {
                Start::Context => {
                    path.steps.len() == 1
                        && path.steps.iter().all(|step| {
                            step.axis == Axis::Child
                                && step.predicates.is_empty()
                                && matches!(&step.test, NodeTest::Name(name) if *name.local != *"label")
                        })
                }
                _ => true,
            },
            ExprKind::Call(function, _) => !matches!(function, Function::Position | Function::Last),
            _ => true,
        }
    });
    is_usual.then(|| Some(condition.trim().to_owned()))
}
