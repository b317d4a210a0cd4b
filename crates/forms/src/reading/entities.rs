//! The sheet `entities`, and which group or repeat holds each declaration.
//!
//! A declaration belongs to the innermost repeat that its properties and references stand in; inside it, to the group that
//! holds all of its properties. One group, repeat or record holds one declaration.

use std::collections::{BTreeMap, BTreeSet};

use super::parameters::is_name;
use super::sheet::compare_headers;
use super::{Place, Problems, expression};
use crate::columns::usual;
use crate::kind::Kind;
use crate::source::{DefinedEntity, DefinedNode};
use crate::workbook::Sheet;
use crate::{Cause, Column};

/// The declarations, and where their rows stand.
#[derive(Debug, Default)]
pub(super) struct Entities {
    pub(super) declared: Vec<DefinedEntity>,
    sheet: String,
    rows: Vec<u32>,
    /// Where each names a property or a question: the node, and its property if it is one.
    uses: Vec<(usize, u32, Option<String>)>,
}

/// Reads the sheet.
pub(super) fn read(sheet: Option<&Sheet>, problems: &mut Problems) -> Entities {
    let Some(sheet) = sheet else { return Entities::default() };
    let mut entities = Entities { sheet: sheet.name.clone(), ..Entities::default() };
    let [headers, rows @ ..] = sheet.rows.as_slice() else { return entities };
    const KNOWN: [&str; 8] =
        ["list_name", "dataset", "label", "entity_id", "create_if", "update_if", "repeat", "dataset_label"];
    for (index, header) in headers.cells.iter() {
        if !KNOWN.contains(&usual(header).as_str()) {
            let column = Some(Column::new(index, header));
            let place = Place { sheet: Some(sheet.name.clone()), row: Some(headers.number), column };
            problems.fault(place, Cause::UnknownColumn { column: header.to_owned(), nearest: None });
        }
    }
    let known = |header: &str| match usual(header).as_str() {
        "list_name" => "dataset".to_owned(),
        name => name.to_owned(),
    };
    compare_headers(sheet, known, problems);
    for row in rows {
        let cell = |names: &[&str]| {
            let found = headers.cells.iter().filter(|(_, header)| names.contains(&usual(header).as_str()));
            let said = found
                .filter_map(|(index, header)| Some((row.cells.get(index)?.to_owned(), Column::new(index, header))));
            // A list may be named in either of two columns.
            said.last()
        };
        let text = |names: &[&str]| cell(names).map(|(text, _)| text);
        let place = || Place { sheet: Some(sheet.name.clone()), row: Some(row.number), column: None };
        let Some((list, column)) = cell(&["list_name", "dataset"]) else {
            problems.fault(place(), Cause::MissingEntityName);
            continue;
        };
        if !is_name(&list) || list.starts_with("__") || list.contains('.') {
            let place = Place { column: Some(column), ..place() };
            problems.fault(place, Cause::BadEntityName { name: list });
            continue;
        }
        if entities.declared.iter().any(|known| known.list == list) {
            problems.fault(Place { column: Some(column), ..place() }, Cause::DuplicateEntity { list });
            continue;
        }
        let entity = DefinedEntity {
            list,
            entity_id: text(&["entity_id"]),
            create_if: text(&["create_if"]).as_deref().map(expression),
            update_if: text(&["update_if"]).as_deref().map(expression),
            label: text(&["label"]),
            container: None,
        };
        let missing = match (&entity.entity_id, &entity.create_if, &entity.update_if, &entity.label) {
            (None, _, Some(_), _) => Some("entity_id"),
            (Some(_), Some(_), None, _) => Some("update_if"),
            (None, _, None, None) => Some("label"),
            _ => None,
        };
        if let Some(column) = missing {
            problems.fault(place(), Cause::IncompleteEntity { list: entity.list.clone(), column });
            continue;
        }
        entities.declared.push(entity);
        entities.rows.push(row.number);
    }
    entities
}

impl Entities {
    /// The property that a cell of `save_to` names, if it names a good one; notes that `node` is it.
    ///
    /// # Errors
    /// When the cell names no property of a declared list.
    pub(super) fn save(&mut self, cell: &str, node: u32, kind: Kind) -> Result<String, Cause> {
        let bad = |expected| Cause::BadValue { given: cell.to_owned(), expected };
        if kind.is_container() {
            return Err(bad("it beside a question: a group or repeat is no property"));
        }
        if self.declared.is_empty() {
            return Err(bad("it only with a sheet `entities` that declares a list"));
        }
        let (entity, property) = match cell.split_once('#') {
            Some((_, property)) if property.contains('#') => return Err(bad("one `#` at most: `list#property`")),
            Some((list, property)) => {
                let found = self.declared.iter().position(|entity| entity.list == list);
                (found.ok_or_else(|| bad("a list of the sheet `entities` before the `#`"))?, property)
            }
            None if self.declared.len() > 1 => {
                return Err(bad("the list before it, as `list#property`: there are several"));
            }
            None => (0, cell),
        };
        if ["name", "label"].iter().any(|reserved| reserved.eq_ignore_ascii_case(property)) {
            return Err(bad("another name: `name` and `label` are taken"));
        }
        if !is_name(property) || property.starts_with("__") {
            return Err(bad("a name of letters, digits and `_` that does not begin with `__`"));
        }
        let is_taken = |used: &(usize, u32, Option<String>)| used.0 == entity && used.2.as_deref() == Some(property);
        if self.uses.iter().any(is_taken) {
            return Err(bad("a property that no other question becomes"));
        }
        self.uses.push((entity, node, Some(property.to_owned())));
        Ok(property.to_owned())
    }

    /// Gives every declaration its place. `rows` are those of the nodes.
    pub(super) fn allocate(
        mut self,
        nodes: &[DefinedNode],
        rows: &[u32],
        problems: &mut Problems,
    ) -> Vec<DefinedEntity> {
        self.find_references(nodes);
        let mut places: Vec<(usize, Path, Path, Vec<Path>)> = Vec::new();
        for entity in 0..self.declared.len() {
            let uses: Vec<Use> = self.uses_of(entity, nodes);
            match self.wanted(entity, &uses, rows, problems) {
                Some((scope, wanted, saves)) => places.push((entity, scope, wanted, saves)),
                None => return self.declared,
            }
        }
        if let [(_, scope, ..)] = places.as_slice()
            && scope.is_empty()
        {
            return self.declared;
        }
        let mut taken: BTreeMap<Path, usize> = BTreeMap::new();
        let mut reserved: BTreeMap<Path, usize> = BTreeMap::new();
        // Scope by scope, as they first come; inside one, in the order of the sheet.
        let mut scopes: Vec<Path> = Vec::new();
        places.iter().for_each(|(_, scope, ..)| {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        });
        for scope in scopes {
            for (entity, _, wanted, saves) in places.iter().filter(|(_, found, ..)| *found == scope) {
                let mut conflict = None;
                let mut found = None;
                for depth in (scope.len()..=wanted.len()).rev() {
                    let path = wanted[..depth].to_vec();
                    match taken.get(&path).or_else(|| reserved.get(&path)) {
                        None => {
                            found = Some(path);
                            conflict = None;
                            break;
                        }
                        Some(other) => {
                            conflict = Some(*other);
                            if let Some(other) = saves.iter().find_map(|save| reserved.get(save)) {
                                conflict = Some(*other);
                                break;
                            }
                        }
                    }
                }
                match (found, conflict) {
                    (Some(path), None) => {
                        for save in saves {
                            for depth in path.len()..=save.len() {
                                reserved.insert(save[..depth].to_vec(), *entity);
                            }
                        }
                        self.declared[*entity].container = path.last().copied();
                        reserved.insert(path.clone(), *entity);
                        taken.insert(path, *entity);
                    }
                    (_, other) => {
                        let other = other.and_then(|other| self.rows.get(other).copied());
                        problems.fault(self.place(*entity), Cause::CrowdedEntity { other });
                        return self.declared;
                    }
                }
            }
        }
        self.declared
    }

    fn place(&self, entity: usize) -> Place {
        Place { sheet: Some(self.sheet.clone()), row: self.rows.get(entity).copied(), column: None }
    }

    /// Notes the questions that the declarations' own expressions name.
    fn find_references(&mut self, nodes: &[DefinedNode]) {
        let mut names: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            names.entry(&node.name).or_default().push(index as u32);
        }
        let mut found = Vec::new();
        for (index, entity) in self.declared.iter().enumerate() {
            let texts = [&entity.entity_id, &entity.create_if, &entity.update_if, &entity.label];
            let mut named: BTreeSet<&str> = BTreeSet::new();
            for text in texts.into_iter().flatten() {
                named.extend(text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)));
            }
            let nodes = named.iter().filter_map(|name| names.get(name)).flatten();
            found.extend(nodes.map(|node| (index, *node, None)));
        }
        self.uses.extend(found);
        // In the order of the survey: an error names the first that does not fit.
        self.uses.sort_by_key(|(entity, node, _)| (*entity, *node));
    }

    fn uses_of(&self, entity: usize, nodes: &[DefinedNode]) -> Vec<Use> {
        let of_entity = self.uses.iter().filter(|(found, ..)| *found == entity);
        let used = of_entity.map(|(_, node, property)| {
            let mut path = Path::new();
            let mut at = nodes.get(*node as usize).and_then(|node| node.parent);
            while let Some(parent) = at {
                path.push(parent);
                at = nodes.get(parent as usize).and_then(|node| node.parent);
            }
            path.reverse();
            let is_repeat = |index: &u32| nodes.get(*index as usize).is_some_and(|node| node.kind == Kind::Repeat);
            let scope = path.iter().rposition(is_repeat).map_or(0, |place| place + 1);
            let repeats = path.iter().filter(|index| is_repeat(index)).count();
            Use { node: *node, scope: path[..scope].to_vec(), path, repeats, saves: property.is_some() }
        });
        used.collect()
    }

    /// The scope of a declaration, the place it would have, and where its properties stand; nothing, and a problem, when
    /// they do not go together.
    fn wanted(
        &self,
        entity: usize,
        uses: &[Use],
        rows: &[u32],
        problems: &mut Problems,
    ) -> Option<(Path, Path, Vec<Path>)> {
        let Some(deepest) = uses.iter().rev().max_by_key(|used| used.repeats) else {
            return Some((Path::new(), Path::new(), Vec::new()));
        };
        let scope = deepest.scope.clone();
        let saves: Vec<Path> = uses.iter().filter(|used| used.saves).map(|used| used.path.clone()).collect();
        // The first of equals.
        let inside = uses.iter().filter(|used| used.scope == scope).rev().max_by_key(|used| used.path.len());
        let common = saves.iter().skip(1).fold(saves.first().cloned(), |common, path| {
            let common = common?;
            let shared = common.iter().zip(path).take_while(|(left, right)| left == right).count();
            Some(common[..shared].to_vec())
        });
        let wanted = match common {
            Some(common) if saves.len() > 1 || common.len() < scope.len() => {
                if common.len() >= scope.len() && common.starts_with(&scope) { common } else { scope.clone() }
            }
            Some(common) => common,
            None => inside.map_or_else(|| scope.clone(), |used| used.path.clone()),
        };
        for used in uses {
            let is_outside = !scope.starts_with(&used.scope) || used.saves && used.scope != scope;
            if is_outside {
                let row = rows.get(used.node as usize).copied();
                let place = match used.saves {
                    true => Place { sheet: Some("survey".to_owned()), row, column: None },
                    false => self.place(entity),
                };
                let list = self.declared[entity].list.clone();
                problems.fault(place, Cause::ScatteredEntity { list });
                return None;
            }
        }
        Some((scope, wanted, saves))
    }
}

/// The containers around a node, the outermost first.
type Path = Vec<u32>;

/// A node that a declaration names.
struct Use {
    node: u32,
    path: Path,
    /// The path down to the innermost repeat.
    scope: Path,
    repeats: usize,
    saves: bool,
}
