//! Values put into nodes by events: when a record is opened, when a row is added, when another answer changes.

use chaski_values::{Key, RowId, Scalar};

use super::settle::Settling;
use super::state::{Presence, RowIndex};
use super::tree::Handle;
use crate::form::{Aspect, Calculation, Given, NodeId};
use crate::kind::Kind;
use crate::source::{DefinedRow, Event};

/// The most actions one act of a person may set off: a chain that has not ended by then goes in a circle.
const MAX_ACTIONS: usize = 10_000;

impl Settling<'_> {
    /// Computes until nothing is left to compute and every event has been answered.
    pub(crate) fn settle_events(&mut self) {
        loop {
            self.settle();
            if let Some((trigger, row)) = self.work.changed.pop_first() {
                self.on_change(trigger, row);
            } else if let Some((row, event)) = self.work.new_rows.pop_front() {
                self.computed_first_values(row);
                self.on(event, row);
            } else {
                return;
            }
        }
    }

    /// Begins a session of a record that is not new: what is computed first is no change of an answer.
    pub(crate) fn open_again(&mut self) {
        for index in 0..self.state.row_count() {
            self.work.fresh.insert(RowIndex(u32::try_from(index).unwrap_or(u32::MAX)));
        }
    }

    /// Does what an event asks of one row.
    fn on(&mut self, event: Event, row: RowIndex) {
        let form = self.form;
        for node in &form.scope(self.state.row(row).scope).nodes {
            for place in 0..form.node(*node).actions.len() {
                if form.node(*node).actions[place].is_on(event) {
                    self.act(*node, place, row);
                }
            }
        }
    }

    /// Does what an event asks of a row and all rows inside it.
    pub(crate) fn on_all(&mut self, event: Event, row: RowIndex) {
        self.on(event, row);
        let inside: Vec<RowIndex> = self.state.row(row).present.iter().flatten().copied().collect();
        inside.into_iter().for_each(|row| self.on_all(event, row));
    }

    fn on_change(&mut self, trigger: NodeId, row: RowIndex) {
        let form = self.form;
        for (node, place) in form.triggered.get(&trigger).into_iter().flatten() {
            let scope = form.node(*node).scope;
            let top = self.state.climb(form, row, form.common(scope, form.node(trigger).scope));
            let rows = match form.node(*node).actions[*place].at {
                Some(at) => self.rows_at(*node, at, top),
                None => self.state.inside(form, top, scope),
            };
            rows.into_iter().for_each(|row| self.act(*node, *place, row));
        }
    }

    /// The rows of a node that a path names.
    fn rows_at(&self, node: NodeId, at: crate::form::ExprId, row: RowIndex) -> Vec<RowIndex> {
        let found = self.around().nodes(at, row).unwrap_or_default();
        let row = |handle| match handle {
            Handle::Node { row, node: found } if found == node => Some(row),
            _ => None,
        };
        found.into_iter().filter_map(row).collect()
    }

    /// Puts the value of one action into its node, in one row.
    fn act(&mut self, node: NodeId, place: usize, row: RowIndex) {
        if self.work.acted == MAX_ACTIONS {
            return;
        }
        self.work.acted += 1;
        let form = self.form;
        if form.node(node).kind == Kind::BackgroundGeopoint {
            self.work.wanted.insert((node, row));
            return;
        }
        let text = match &form.node(node).actions[place].value {
            Given::Text(text) => text.clone(),
            Given::Computed(expression) => match self.around().text(*expression, row) {
                Ok(text) => text.to_string(),
                Err(_) => {
                    self.state.cell_mut(form, node, row).set_fault(Aspect::Words, true);
                    return;
                }
            },
        };
        self.put(node, row, &text);
        self.settle();
    }

    /// Makes a text a node's answer; what is blank or no answer of its kind takes the answer back.
    fn put(&mut self, node: NodeId, row: RowIndex, text: &str) {
        let found = self.form.node(node);
        let Some(keep) = found.keep.filter(|_| !matches!(found.calculation, Some(Calculation::Always(_)))) else {
            return;
        };
        let text = found.cast.of(text.into());
        let answer = self.around().answer_of_text(node, &text).and_then(|answer| keep.fit(answer).ok());
        let before = self.state.cell(self.form, node, row).answer.clone();
        if before == answer {
            return;
        }
        let path = self.state.path(self.form, node, row);
        self.work.writes.extend(keep.writes(&path, before.as_ref(), answer.as_ref()));
        let cell = self.state.cell_mut(self.form, node, row);
        cell.answer = answer;
        cell.is_misfit = false;
        self.work.touched.insert((node, row));
        self.call(node, Aspect::Value, row);
    }

    /// Makes the rows that a new record or row begins with.
    pub(crate) fn first_rows(&mut self, parent: RowIndex, like: &DefinedRow, event: Event) {
        let form = self.form;
        for scope in &form.scope(self.state.row(parent).scope).repeats {
            let Some(repeat) = form.scope(*scope).repeat else { continue };
            let found = form.node(repeat);
            if found.repeat_count.is_some() || !self.state.row(parent).all[form.scope(*scope).ordinal].is_empty() {
                continue;
            }
            let count = like.inside.get(&repeat.0).map_or(found.first_rows.len(), |count| *count as usize);
            let path = self.state.path(form, repeat, parent);
            let mut added = Vec::new();
            for place in 0..u32::try_from(count).unwrap_or(u32::MAX).min(super::effort::MAX_COUNTED_ROWS) {
                if !self.state.has_room(form, *scope) {
                    break;
                }
                let id = RowId::derived(self.record, &path, place);
                let row = self.state.insert(form, parent, *scope, id);
                let order = i64::from(place) + 1;
                (self.state.row_mut(row).order, self.state.row_mut(row).presence) = (order, Presence::Present);
                self.work.writes.push((Key::at(&path.with_row(id)), Scalar::Int(order)));
                added.push(row);
            }
            self.state.arrange(form, parent, form.scope(*scope).ordinal);
            let blank = DefinedRow::default();
            for (place, row) in added.into_iter().enumerate() {
                self.first_values(row, found.first_rows.get(place).unwrap_or(&blank), event);
            }
        }
    }
}
