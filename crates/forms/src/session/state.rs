//! What a session holds: the rows of every scope, and a cell for each node in each row.

use std::collections::HashMap;
use std::sync::Arc;

use chaski_xpath::Aggregate;

use chaski_values::{Answer, NodePath, RowId, Step};

use super::effort::{Effort, MAX_CELLS, MAX_HELD, MAX_ROWS};
use super::totals::{Share, Totals};
use super::tree::Handle;
use crate::form::{Aspect, Form, NodeId, ScopeId};

/// A value in a cell. It is never nodes.
pub(crate) type Value = chaski_xpath::Value<Handle>;

/// A row's place in [`State::rows`]; the record itself is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowIndex(pub(crate) u32);

impl RowIndex {
    pub(crate) const RECORD: Self = Self(0);

    fn at(self) -> usize {
        self.0 as usize
    }
}

/// Whether a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Present,
    /// A person removed it.
    Removed,
    /// The form's count does not reach it now.
    Uncounted,
}

/// One row of a scope. A row is never dropped while the session lives, so that it can come back whole.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) scope: ScopeId,
    pub(crate) parent: RowIndex,
    pub(crate) presence: Presence,
    /// Rows stand by order, then id. A row whose order was never stored stands last.
    pub(crate) order: i64,
    pub(crate) id: RowId,
    /// The path to this row; blank for the record.
    pub(crate) steps: Vec<Step>,
    /// Its place among the rows that are present, from 1; 0 when it is not.
    pub(crate) position: u32,
    /// The position that expressions were last computed from.
    pub(crate) seen_position: u32,
    /// What its repeat asks of each row does not hold here: from outside it is not seen.
    pub(crate) is_hidden: bool,
    pub(crate) cells: Vec<Cell>,
    /// For each repeat of its scope: every row, and those present, in order.
    pub(crate) all: Vec<Vec<RowIndex>>,
    pub(crate) present: Vec<Vec<RowIndex>>,
}

/// The state of one node in one row.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// What the record holds, whether or not it counts now.
    pub(crate) answer: Option<Answer>,
    /// What expressions see.
    pub(crate) value: Value,
    pub(crate) is_relevant: bool,
    pub(crate) is_required: bool,
    pub(crate) is_readonly: bool,
    pub(crate) constraint_holds: bool,
    /// For a select: the places of the choices that can be taken, in its list or table.
    pub(crate) choices: Option<Arc<Vec<u32>>>,
    /// For a select whose choices are nodes or found: those there are now.
    pub(crate) offers: Option<Arc<Vec<Offer>>>,
    /// The answer just given could not be kept.
    pub(crate) is_misfit: bool,
    /// The expressions of the node that could not be computed, one bit an aspect.
    faults: u16,
    /// Whether a missing answer is shown as an issue by now.
    pub(crate) is_checked: bool,
}

/// A choice that is a node of a document or of the answers, or a row of a table that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) code: String,
    pub(crate) label: String,
    /// The name of a picture.
    pub(crate) image: Option<String>,
}

impl Offer {
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.code.len() + self.label.len() + self.image.as_ref().map_or(0, String::len)
    }
}

impl Cell {
    fn new() -> Self {
        Self {
            answer: None,
            value: Value::blank(),
            is_relevant: false,
            is_required: false,
            is_readonly: false,
            constraint_holds: true,
            choices: None,
            offers: None,
            is_misfit: false,
            faults: 0,
            is_checked: false,
        }
    }
}

impl Cell {
    /// Notes whether the expression of an aspect could be computed.
    pub(crate) fn set_fault(&mut self, aspect: Aspect, is_faulty: bool) {
        let bit = 1 << aspect as u8;
        self.faults = if is_faulty { self.faults | bit } else { self.faults & !bit };
    }

    pub(crate) fn is_faulty(&self) -> bool {
        self.faults != 0
    }
}

/// Every row of a record.
#[derive(Debug)]
pub(crate) struct State {
    rows: Vec<Row>,
    by_id: HashMap<(RowIndex, ScopeId, RowId), RowIndex>,
    totals: Totals,
    pub(crate) effort: Effort,
    /// The cells of all rows.
    cells: usize,
    /// The bytes of all values and choices that are kept beside the answers.
    held: usize,
    /// The zone in which dates are numbers, in minutes east of UTC.
    offset: i16,
}

impl State {
    pub(crate) fn new(form: &Form, offset: i16) -> Self {
        let record = row(form, ScopeId::RECORD, RowIndex::RECORD, RowId::from_bytes([0; 8]), Vec::new());
        Self {
            rows: vec![Row { presence: Presence::Present, position: 1, ..record }],
            by_id: HashMap::new(),
            totals: Totals::default(),
            effort: Effort::default(),
            cells: form.scope(ScopeId::RECORD).nodes.len(),
            held: 0,
            offset,
        }
    }

    pub(crate) fn row(&self, index: RowIndex) -> &Row {
        &self.rows[index.at()]
    }

    pub(crate) fn row_mut(&mut self, index: RowIndex) -> &mut Row {
        &mut self.rows[index.at()]
    }

    /// The cell of a node in the row of its own scope.
    pub(crate) fn cell(&self, form: &Form, node: NodeId, row: RowIndex) -> &Cell {
        &self.row(row).cells[form.node(node).cell]
    }

    pub(crate) fn cell_mut(&mut self, form: &Form, node: NodeId, row: RowIndex) -> &mut Cell {
        &mut self.rows[row.at()].cells[form.node(node).cell]
    }

    /// The total over a node in all rows inside `top`, from `count` where only counting tells.
    pub(crate) fn total(
        &self,
        form: &Form,
        total: Aggregate,
        node: NodeId,
        top: RowIndex,
        count: impl FnOnce() -> f64,
    ) -> f64 {
        let shares = || {
            let rows = self.inside(form, top, form.node(node).scope);
            let shares = rows.into_iter().filter_map(|row| Some((row, self.share(form, node, row, top)?)));
            shares.collect()
        };
        // What a group or a row comes to is what it holds.
        let is_single = !form.node(node).kind.is_container();
        let tallied = is_single.then(|| self.totals.tallied(total, node, top, shares)).flatten();
        tallied.unwrap_or_else(|| self.totals.counted(total, node, top, count))
    }

    /// What a node in a row adds to a total over the rows inside `top`; nothing when it is not seen from there.
    fn share(&self, form: &Form, node: NodeId, row: RowIndex, top: RowIndex) -> Option<Share> {
        let cell = self.cell(form, node, row);
        let mut at = row;
        while at != top && at != RowIndex::RECORD {
            let found = self.row(at);
            if found.presence != Presence::Present || found.is_hidden {
                return None;
            }
            at = found.parent;
        }
        cell.is_relevant.then(|| Share {
            number: cell.value.to_number(self.offset),
            has_text: !cell.value.to_stored_text().is_empty(),
        })
    }

    /// Whether a row is inside another.
    fn is_inside(&self, row: RowIndex, top: RowIndex) -> bool {
        let mut at = row;
        while at != top && at != RowIndex::RECORD {
            at = self.row(at).parent;
        }
        at == top
    }

    /// A value or the relevance of a node changed: its totals are adjusted.
    pub(crate) fn adjust_totals(&self, form: &Form, node: NodeId, row: RowIndex) {
        self.totals.changed(node, row, |top| self.is_inside(row, top).then(|| self.share(form, node, row, top)));
    }

    /// A row came, went or was hidden: the totals over what it holds are adjusted.
    pub(crate) fn adjust_totals_of_row(&self, form: &Form, row: RowIndex) {
        self.totals.forget_counted();
        let scope = self.row(row).scope;
        for node in self.totals.tallied_nodes() {
            if form.is_within(form.node(node).scope, scope) {
                for inner in self.inside(form, row, form.node(node).scope) {
                    self.adjust_totals(form, node, inner);
                }
            }
        }
    }

    /// Whatever is known of totals may be wrong.
    pub(crate) fn forget_totals(&self) {
        self.totals.forget_all();
    }

    /// Whether a row of `scope` may be added.
    pub(crate) fn has_room(&self, form: &Form, scope: ScopeId) -> bool {
        self.rows.len() < MAX_ROWS && self.cells + form.scope(scope).nodes.len() <= MAX_CELLS
    }

    /// As [`Self::has_room`], for what is stored already: tablets that each had room may have filled the record together.
    pub(crate) fn has_room_for_stored(&self, form: &Form, scope: ScopeId) -> bool {
        self.rows.len() < 2 * MAX_ROWS && self.cells + form.scope(scope).nodes.len() <= 2 * MAX_CELLS
    }

    /// Something that is kept takes `after` bytes in the place of `before`; whether there is room for that.
    pub(crate) fn hold(&mut self, before: usize, after: usize) -> bool {
        self.held = self.held.saturating_sub(before) + after;
        self.held <= MAX_HELD || after <= before
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row that is not present yet.
    pub(crate) fn insert(&mut self, form: &Form, parent: RowIndex, scope: ScopeId, id: RowId) -> RowIndex {
        let index = RowIndex(self.rows.len() as u32);
        let mut steps = self.row(parent).steps.clone();
        if let Some(repeat) = form.scope(scope).repeat {
            steps.extend(form.steps_inside(repeat));
        }
        if let Some(last) = steps.last_mut() {
            last.row = Some(id);
        }
        self.cells += form.scope(scope).nodes.len();
        self.rows.push(row(form, scope, parent, id, steps));
        self.rows[parent.at()].all[form.scope(scope).ordinal].push(index);
        self.by_id.insert((parent, scope, id), index);
        index
    }

    pub(crate) fn find(&self, parent: RowIndex, scope: ScopeId, id: RowId) -> Option<RowIndex> {
        self.by_id.get(&(parent, scope, id)).copied()
    }

    /// Puts the rows of one repeat in order and counts their positions. Gives whether the rows present are others than before.
    pub(crate) fn arrange(&mut self, form: &Form, parent: RowIndex, ordinal: usize) -> bool {
        let mut all = std::mem::take(&mut self.rows[parent.at()].all[ordinal]);
        all.sort_by_key(|index| (self.row(*index).order, self.row(*index).id));
        let mut present = Vec::with_capacity(all.len());
        let mut turned = Vec::new();
        for index in &all {
            let row = &mut self.rows[index.at()];
            if (row.position > 0) != (row.presence == Presence::Present) {
                turned.push(*index);
            }
            if row.presence == Presence::Present {
                present.push(*index);
                row.position = present.len() as u32;
            } else {
                row.position = 0;
            }
        }
        let parent = &mut self.rows[parent.at()];
        parent.all[ordinal] = all;
        let changed = parent.present[ordinal] != present;
        parent.present[ordinal] = present;
        self.totals.forget_counted();
        turned.into_iter().for_each(|row| self.adjust_totals_of_row(form, row));
        changed
    }

    /// The row of `scope` around `row`, or `row` itself.
    pub(crate) fn climb(&self, form: &Form, row: RowIndex, scope: ScopeId) -> RowIndex {
        let mut at = row;
        while self.row(at).scope != scope && at != RowIndex::RECORD {
            at = self.row(at).parent;
        }
        debug_assert!(form.is_within(self.row(row).scope, scope));
        at
    }

    /// Every row of `scope` that is present inside `row`, in document order; `row` itself if it is one.
    pub(crate) fn inside(&self, form: &Form, row: RowIndex, scope: ScopeId) -> Vec<RowIndex> {
        let mut way = Vec::new();
        let mut at = scope;
        while at != self.row(row).scope {
            way.push(form.scope(at).ordinal);
            match form.scope(at).parent {
                Some(parent) => at = parent,
                // The scope is not inside the row's: no row is.
                None => return Vec::new(),
            }
        }
        let mut found = vec![row];
        for ordinal in way.into_iter().rev() {
            found = found.iter().flat_map(|index| self.row(*index).present[ordinal].iter().copied()).collect();
        }
        found
    }

    /// Every row of `scope` inside `row` that is present and not hidden, in document order.
    pub(crate) fn seen_inside(&self, form: &Form, row: RowIndex, scope: ScopeId) -> Vec<RowIndex> {
        let mut found = self.inside(form, row, scope);
        found.retain(|index| !self.is_hidden_from(row, *index));
        found
    }

    /// Whether a row, or one around it inside `top`, is hidden.
    fn is_hidden_from(&self, top: RowIndex, row: RowIndex) -> bool {
        let mut at = row;
        while at != top && at != RowIndex::RECORD {
            if self.row(at).is_hidden {
                return true;
            }
            at = self.row(at).parent;
        }
        false
    }

    /// The rows of one repeat that are present and not hidden.
    pub(crate) fn seen_rows(&self, parent: RowIndex, ordinal: usize) -> impl Iterator<Item = RowIndex> {
        self.row(parent).present[ordinal].iter().copied().filter(|index| !self.row(*index).is_hidden)
    }

    /// Whether a node counts in the row of its own scope: neither it nor its row is hidden.
    pub(crate) fn is_relevant(&self, form: &Form, node: NodeId, row: RowIndex) -> bool {
        self.cell(form, node, row).is_relevant && !self.is_hidden_from(RowIndex::RECORD, row)
    }

    /// Whether the row and every row around it are present.
    pub(crate) fn is_present(&self, row: RowIndex) -> bool {
        let mut at = row;
        while at != RowIndex::RECORD {
            if self.row(at).presence != Presence::Present {
                return false;
            }
            at = self.row(at).parent;
        }
        true
    }

    /// The path of a node in the row of its own scope.
    pub(crate) fn path(&self, form: &Form, node: NodeId, row: RowIndex) -> NodePath {
        let mut steps = self.row(row).steps.clone();
        steps.extend(form.steps_inside(node));
        NodePath::new(steps).expect("a compiled form's paths are usable, in every row")
    }

    /// The path of a row itself.
    pub(crate) fn row_path(&self, row: RowIndex) -> Option<NodePath> {
        NodePath::new(self.row(row).steps.clone()).ok()
    }

    /// The node and row a path leads to; a path that ends at a row leads to its repeat, in the row around it.
    pub(crate) fn locate(&self, form: &Form, path: &NodePath) -> Option<(NodeId, RowIndex)> {
        let node = form.find(path)?;
        let mut row = RowIndex::RECORD;
        let steps = path.steps();
        let mut names = String::new();
        for (index, step) in steps.iter().enumerate() {
            if index > 0 {
                names.push('/');
            }
            names.push_str(&step.name);
            let is_last = index + 1 == steps.len();
            let repeat = form.by_path.get(&names).and_then(|node| form.node(*node).rows);
            match (repeat, step.row) {
                (Some(_), _) if is_last => {}
                (Some(scope), Some(id)) => row = self.find(row, scope, id)?,
                (None, None) => {}
                (Some(_), None) | (None, Some(_)) => return None,
            }
        }
        Some((node, row))
    }
}

fn row(form: &Form, scope: ScopeId, parent: RowIndex, id: RowId, steps: Vec<Step>) -> Row {
    let found = form.scope(scope);
    Row {
        scope,
        parent,
        presence: Presence::Uncounted,
        order: i64::MAX,
        id,
        steps,
        position: 0,
        seen_position: 0,
        is_hidden: false,
        cells: vec![Cell::new(); found.nodes.len()],
        all: vec![Vec::new(); found.repeats.len()],
        present: vec![Vec::new(); found.repeats.len()],
    }
}

impl Form {
    /// The names that lead to a node from its scope's own element, ending with its own; without rows.
    pub(crate) fn steps_inside(&self, node: NodeId) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = Some(node);
        while let Some(id) = at {
            let found = self.node(id);
            if id != node && found.rows.is_some() {
                break;
            }
            steps.push(Step { name: found.name.clone(), row: None });
            at = found.parent;
        }
        steps.reverse();
        steps
    }
}
