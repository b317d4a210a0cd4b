//! The primary instance: which nodes a form has, their defaults, and the rows it begins with.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Reader, plain_path, shown};
use crate::kind::Kind;
use crate::source::{DefinedAction, DefinedNode, DefinedRow, DefinedValue, Event};
use crate::xform::xml::Xml;

impl Reader<'_> {
    /// The paths of all repeats of the body.
    pub(super) fn repeats(&self) -> HashSet<String> {
        let mut repeats = HashSet::new();
        let mut waiting: Vec<(u32, String)> = self.body.map(|body| (body, String::new())).into_iter().collect();
        while let Some((element, context)) = waiting.pop() {
            for (child, found) in self.xml.children(element) {
                let path = found.attribute("ref").or_else(|| found.attribute("nodeset"));
                let path = path.and_then(|path| plain_path(path, &context)).unwrap_or_else(|| context.clone());
                if found.local() == "repeat" {
                    repeats.insert(path.clone());
                }
                waiting.push((child, path));
            }
        }
        repeats
    }

    /// Makes a node of every element inside the outermost one.
    pub(super) fn nodes(&mut self, root: u32, repeats: &HashSet<String>) {
        self.nodes_inside(root, None, "", repeats);
    }

    fn nodes_inside(&mut self, element: u32, parent: Option<u32>, context: &str, repeats: &HashSet<String>) {
        let xml = self.xml;
        let mut alike: HashMap<&str, Vec<u32>> = HashMap::new();
        for (child, found) in xml.children(element) {
            alike.entry(found.local()).or_default().push(child);
        }
        for (child, found) in xml.children(element) {
            let name = found.local();
            let Some(alike) = alike.remove(name) else { continue };
            if name == "entity" && self.entity(child, parent) {
                continue;
            }
            let path = if context.is_empty() { name.to_owned() } else { format!("{context}/{name}") };
            let place = u32::try_from(self.definition.nodes.len()).unwrap_or(u32::MAX);
            let is_repeat = repeats.contains(&path);
            let has_children = xml.children(child).next().is_some();
            let kind = match (is_repeat, has_children) {
                (true, _) => Kind::Repeat,
                (false, true) => Kind::Group,
                (false, false) => Kind::Hidden,
            };
            if chaski_values::NodePath::new(vec![chaski_values::Step { name: name.to_owned(), row: None }]).is_err() {
                self.error(child, format!("`{name}` cannot be a name here"));
                continue;
            }
            self.places.insert(path.clone(), place);
            self.lines.insert(path.clone(), (found.line, shown(xml, child)));
            let mut node = DefinedNode::new(name.to_owned(), kind, parent);
            if kind == Kind::Hidden {
                let text = Some(xml.own_text(child)).filter(|text| !text.trim().is_empty());
                // A default that looks like an expression would be computed; here it is only text.
                match text {
                    Some(text) if crate::form::looks_computed(&text) => {
                        let on = vec![Event::FirstLoad, Event::NewRow];
                        let value = DefinedValue::Text(text);
                        node.actions.push(DefinedAction { on, trigger: None, value, at: None });
                    }
                    text => node.default = text,
                }
            }
            self.definition.nodes.push(node);
            // A repeat looks like its template, or else like its first row.
            let template = alike.iter().copied().find(|other| xml.element(*other).attribute("template").is_some());
            if kind != Kind::Hidden {
                self.nodes_inside(template.filter(|_| is_repeat).unwrap_or(child), Some(place), &path, repeats);
            }
            if is_repeat {
                let rows: Vec<DefinedRow> = alike
                    .iter()
                    .filter(|row| Some(**row) != template)
                    .map(|row| self.row(*row, &path, repeats))
                    .collect();
                if let Some(node) = self.node(place) {
                    node.begins_empty = rows.is_empty();
                    node.rows = rows;
                }
            }
        }
    }

    /// What a row of the instance holds that no new row would.
    fn row(&self, row: u32, context: &str, repeats: &HashSet<String>) -> DefinedRow {
        let mut like = DefinedRow::default();
        let mut inside: BTreeMap<u32, u32> = BTreeMap::new();
        let mut waiting = vec![(row, context.to_owned())];
        while let Some((element, context)) = waiting.pop() {
            for (child, found) in self.xml.children(element) {
                let path = format!("{context}/{}", found.local());
                let Some(place) = self.places.get(&path).copied() else { continue };
                if repeats.contains(&path) {
                    *inside.entry(place).or_default() += u32::from(found.attribute("template").is_none());
                    continue;
                }
                let Some(node) = self.definition.nodes.get(place as usize) else { continue };
                if node.kind == Kind::Hidden {
                    let text = self.xml.own_text(child);
                    if node.default.as_deref().unwrap_or_default() != text && !text.trim().is_empty()
                        || node.default.is_some() && text.trim().is_empty()
                    {
                        like.values.insert(place, text);
                    }
                }
                waiting.push((child, path));
            }
        }
        for (place, count) in inside {
            let usual = self.definition.nodes.get(place as usize).map_or(0, |node| node.rows.len());
            if usual != count as usize {
                like.inside.insert(place, count);
            }
        }
        like
    }

    /// Whether an element is a leaf: it holds no other.
    pub(super) fn is_leaf(xml: &Xml, element: u32) -> bool {
        xml.children(element).next().is_none()
    }
}
