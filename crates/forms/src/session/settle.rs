//! Computing what an act touched, and nothing else.
//!
//! Every property to compute stands in a set ordered by its place in the form's graph, so that what is read is settled
//! before what reads it. A property whose value stays the same passes nothing on.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use chaski_values::{Answer, Key, RecordId, RowId, Scalar, Timestamp};

use super::Write;
use super::effort::MAX_COUNTED_ROWS;
use super::evaluate::{Chance, Surroundings};
use super::state::{Offer, Presence, RowIndex, State, Value};
use crate::Environment;
use crate::form::{Aspect, Calculation, Edge, ExprId, Form, Keep, NodeId, Property, ScopeId};
use crate::source::{DefinedRow, Event};

/// What is still to compute, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// The property's place in the graph, and the row.
    queue: BTreeSet<(u32, RowIndex)>,
    /// Nodes that look different now, in the row of their scope.
    pub(crate) touched: BTreeSet<(NodeId, RowIndex)>,
    /// Values computed once, to be kept.
    pub(crate) writes: Vec<Write>,
    /// Nodes that set off actions and whose value changed, other than by becoming relevant.
    pub(crate) changed: BTreeSet<(NodeId, RowIndex)>,
    /// Nodes that became relevant or hidden.
    turned: BTreeSet<(NodeId, RowIndex)>,
    /// Rows that have their first values, and the event that made them.
    pub(crate) new_rows: VecDeque<(RowIndex, Event)>,
    /// Nodes whose position the device is asked for.
    pub(crate) wanted: BTreeSet<(NodeId, RowIndex)>,
    /// How many actions were done.
    pub(crate) acted: usize,
    /// Values are changing because the record or row is new, which is no event.
    pub(crate) fresh: BTreeSet<RowIndex>,
}

impl Work {
    /// Nothing to compute, only to show.
    pub(crate) fn showing(touched: BTreeSet<(NodeId, RowIndex)>) -> Self {
        Self { touched, ..Self::default() }
    }
}

/// Whether computing a property came to something else than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Changed,
    Same,
}

impl From<bool> for Outcome {
    fn from(changed: bool) -> Self {
        if changed { Self::Changed } else { Self::Same }
    }
}

/// The bytes that a value is kept in beside its cell.
fn length(value: &Value) -> usize {
    if let Value::Text(text) = value { text.len() } else { 0 }
}

/// A session's parts while it computes.
pub(crate) struct Settling<'a> {
    pub(crate) form: &'a Form,
    pub(crate) state: &'a mut State,
    pub(crate) environment: &'a Environment,
    pub(crate) chance: &'a Chance,
    pub(crate) language: u16,
    pub(crate) record: RecordId,
    pub(crate) work: Work,
}

impl Settling<'_> {
    pub(crate) fn around(&self) -> Surroundings<'_> {
        Surroundings {
            form: self.form,
            state: self.state,
            environment: self.environment,
            chance: self.chance,
            record: self.record,
            language: self.language,
        }
    }

    /// Calls for a property to be computed.
    pub(crate) fn call(&mut self, node: NodeId, aspect: Aspect, row: RowIndex) {
        if let Some(place) = self.form.graph.place(node, aspect) {
            self.work.queue.insert((place, row));
        }
    }

    /// Calls for everything in a row and the rows inside it, all of which is drawn anew.
    pub(crate) fn call_row(&mut self, row: RowIndex) {
        self.touch_row(row);
        self.call_all(row);
    }

    fn call_all(&mut self, row: RowIndex) {
        let scope = self.state.row(row).scope;
        self.work.queue.extend(self.form.graph.of_scope[scope.at()].iter().map(|place| (*place, row)));
        let inside: Vec<RowIndex> = self.state.row(row).present.iter().flatten().copied().collect();
        inside.into_iter().for_each(|row| self.call_all(row));
    }

    /// Calls for what reads a property that has changed.
    pub(crate) fn call_readers(&mut self, node: NodeId, aspect: Aspect, row: RowIndex) {
        if let Some(place) = self.form.graph.place(node, aspect) {
            self.pass_on(place, row);
        }
    }

    fn pass_on(&mut self, place: u32, row: RowIndex) {
        for Edge { reader, within } in &self.form.graph.readers[place as usize] {
            let scope = self.form.graph.scopes[*reader as usize];
            if scope == self.state.row(row).scope && *within == scope {
                self.work.queue.insert((*reader, row));
                continue;
            }
            let top = self.state.climb(self.form, row, *within);
            let rows = self.state.inside(self.form, top, scope);
            self.work.queue.extend(rows.into_iter().map(|row| (*reader, row)));
        }
    }

    /// Puts the rows of a repeat in order after one came or went, and calls for what looks at them.
    pub(crate) fn rows_moved(&mut self, repeat: NodeId, parent: RowIndex) {
        let Some(scope) = self.form.node(repeat).rows else { return };
        self.state.arrange(self.form, parent, self.form.scope(scope).ordinal);
        self.call(repeat, Aspect::Rows, parent);
        self.call_readers(repeat, Aspect::Rows, parent);
        self.work.touched.insert((repeat, parent));
    }

    /// Notes the end of the filling, over any earlier one.
    pub(crate) fn end(&mut self, node: NodeId, row: RowIndex, at: Timestamp) -> Vec<Write> {
        let Some(keep) = self.form.node(node).keep else { return Vec::new() };
        let path = self.state.path(self.form, node, row);
        let cell = self.state.cell_mut(self.form, node, row);
        let after = Some(Answer::DateTime(at));
        let writes = keep.writes(&path, cell.answer.as_ref(), after.as_ref());
        cell.answer = after;
        self.call(node, Aspect::Value, row);
        writes
    }

    /// Computes until nothing is left to compute.
    pub(crate) fn settle(&mut self) {
        let mut begun = BTreeSet::new();
        let mut before = Vec::new();
        let mut computed: HashMap<(u32, RowIndex), usize> = HashMap::new();
        loop {
            while let Some((place, row)) = self.work.queue.pop_first() {
                if let Some(circle) = self.form.graph.circle_of[place as usize] {
                    self.begin_circle(circle, row, &mut begun, &mut before);
                    let times = computed.entry((place, row)).or_default();
                    *times += 1;
                    if *times > self.form.graph.circles[circle as usize].patience() {
                        continue;
                    }
                }
                if self.form.graph.self_counting.contains(&place) {
                    let times = computed.entry((place, row)).or_default();
                    *times += 1;
                    if *times > MAX_COUNTED_ROWS as usize {
                        continue;
                    }
                }
                let Property { node, aspect } = self.form.graph.order[place as usize];
                if self.compute(node, aspect, row) == Outcome::Changed {
                    self.note_event(node, aspect, row);
                    self.touch(node, aspect, row);
                    self.pass_on(place, row);
                }
            }
            // What a circle came to may differ from what it was without having changed on the way.
            for (place, row, was) in std::mem::take(&mut before) {
                let Property { node, aspect } = self.form.graph.order[place as usize];
                if was != self.seen(node, row) {
                    self.touch(node, aspect, row);
                    self.pass_on(place, row);
                }
            }
            if self.work.queue.is_empty() {
                return;
            }
        }
    }

    fn note_event(&mut self, node: NodeId, aspect: Aspect, row: RowIndex) {
        match aspect {
            Aspect::Value | Aspect::Relevant => self.state.adjust_totals(self.form, node, row),
            Aspect::Row => self.state.adjust_totals_of_row(self.form, row),
            _ => {}
        }
        match aspect {
            Aspect::Relevant => drop(self.work.turned.insert((node, row))),
            Aspect::Value
                if self.form.triggered.contains_key(&node)
                    && !self.work.fresh.contains(&row)
                    && !self.work.turned.contains(&(node, row)) =>
            {
                self.work.changed.insert((node, row));
            }
            _ => {}
        }
    }

    /// A row that begins: what it computes first is no change of an answer.
    pub(crate) fn begin(&mut self, row: RowIndex, event: Event) {
        self.work.fresh.insert(row);
        self.work.new_rows.push_back((row, event));
    }

    /// From now on changes in this row are events.
    pub(crate) fn is_settled(&mut self, row: RowIndex) {
        self.work.fresh.remove(&row);
    }

    /// Puts a circle of conditions back to its beginning, once in an act, and calls for all of it.
    fn begin_circle(
        &mut self,
        circle: u32,
        row: RowIndex,
        begun: &mut BTreeSet<(u32, RowIndex)>,
        before: &mut Vec<(u32, RowIndex, (bool, Value))>,
    ) {
        let conditions = &self.form.graph.circles[circle as usize];
        let top = if conditions.is_of_one_row { row } else { RowIndex::RECORD };
        if !begun.insert((circle, top)) {
            return;
        }
        for place in &conditions.places {
            let node = self.form.graph.order[*place as usize].node;
            for row in self.state.inside(self.form, top, self.form.node(node).scope) {
                before.push((*place, row, self.seen(node, row)));
                self.work.queue.insert((*place, row));
            }
        }
        self.state.forget_totals();
        for (place, row, _) in before.iter() {
            if conditions.places.contains(place) {
                let node = self.form.graph.order[*place as usize].node;
                let cell = self.state.cell_mut(self.form, node, *row);
                cell.is_relevant = false;
                let before = length(&std::mem::replace(&mut cell.value, Value::blank()));
                self.state.hold(before, 0);
            }
        }
    }

    /// What others see of a node.
    fn seen(&self, node: NodeId, row: RowIndex) -> (bool, Value) {
        let cell = self.state.cell(self.form, node, row);
        (cell.is_relevant, cell.value.clone())
    }

    /// Notes that a node looks different; its repeat does too, whose rows are called by their first answer.
    fn touch(&mut self, node: NodeId, aspect: Aspect, row: RowIndex) {
        if aspect == Aspect::Position {
            // The repeat, which shows it, is touched by its rows.
            return;
        }
        if aspect == Aspect::Row {
            self.work.touched.insert((node, self.state.row(row).parent));
            return self.touch_row(row);
        }
        self.work.touched.insert((node, row));
        if aspect == Aspect::Value && row != RowIndex::RECORD && self.may_call_row(node, row) {
            let found = self.state.row(row);
            if let Some(repeat) = self.form.scope(found.scope).repeat {
                self.work.touched.insert((repeat, found.parent));
            }
        }
    }

    /// Whether a row is called by a node, or was until now: a text or a choice that is asked, and none before it has an answer.
    fn may_call_row(&self, node: NodeId, row: RowIndex) -> bool {
        let calls = |node: NodeId| {
            let found = self.form.node(node);
            found.kind.asked_as().is_some() && matches!(found.keep, Some(Keep::Text | Keep::Choice))
        };
        let mut before = self.form.scope(self.state.row(row).scope).nodes.iter().take_while(|before| **before != node);
        calls(node)
            && !before.any(|before| {
                let cell = self.state.cell(self.form, *before, row);
                calls(*before) && cell.answer.is_some() && cell.is_relevant && !cell.value.is_blank()
            })
    }

    /// Notes that all of a row is drawn now, or no more.
    fn touch_row(&mut self, row: RowIndex) {
        let scope = self.state.row(row).scope;
        self.work.touched.extend(self.form.scope(scope).nodes.iter().map(|node| (*node, row)));
        let inside: Vec<RowIndex> = self.state.row(row).present.iter().flatten().copied().collect();
        inside.into_iter().for_each(|row| self.touch_row(row));
    }

    fn compute(&mut self, node: NodeId, aspect: Aspect, row: RowIndex) -> Outcome {
        match aspect {
            Aspect::Relevant => self.relevance(node, row),
            Aspect::Choices => self.choices(node, row),
            Aspect::Value => self.value(node, row),
            Aspect::Rows => self.rows(node, row),
            Aspect::Position => {
                let found = self.state.row_mut(row);
                let position = found.position;
                Outcome::from(std::mem::replace(&mut found.seen_position, position) != position)
            }
            Aspect::Row => self.row_relevance(node, row),
            Aspect::Required => {
                let required = self.truth(node, aspect, self.form.node(node).required, row, false);
                let cell = self.state.cell_mut(self.form, node, row);
                Outcome::from(std::mem::replace(&mut cell.is_required, required) != required)
            }
            Aspect::Readonly => {
                let own = self.truth(node, aspect, self.form.node(node).readonly, row, false);
                let readonly = own
                    || self.form.node(node).locked_by.is_some_and(|lock| {
                        let holder = self.state.climb(self.form, row, self.form.node(lock).scope);
                        self.state.cell(self.form, lock, holder).is_readonly
                    });
                let cell = self.state.cell_mut(self.form, node, row);
                Outcome::from(std::mem::replace(&mut cell.is_readonly, readonly) != readonly)
            }
            Aspect::Constraint => {
                // A constraint judges an answer; without one there is nothing to judge.
                let is_blank = self.state.cell(self.form, node, row).value.is_blank();
                let holds = is_blank || self.truth(node, aspect, self.form.node(node).constraint, row, true);
                let cell = self.state.cell_mut(self.form, node, row);
                Outcome::from(std::mem::replace(&mut cell.constraint_holds, holds) != holds)
            }
            Aspect::Words => Outcome::Changed,
        }
    }

    /// The truth of an expression, `otherwise` when it cannot be computed: the node then shows that it cannot.
    fn truth(
        &mut self,
        node: NodeId,
        aspect: Aspect,
        expression: Option<ExprId>,
        row: RowIndex,
        otherwise: bool,
    ) -> bool {
        let Some(expression) = expression else { return otherwise };
        let computed = self.around().truth(expression, row);
        self.state.cell_mut(self.form, node, row).set_fault(aspect, computed.is_err());
        computed.unwrap_or(otherwise)
    }

    fn relevance(&mut self, node: NodeId, row: RowIndex) -> Outcome {
        let found = self.form.node(node);
        let is_above_relevant = found.parent.is_none_or(|parent| {
            let holder = self.state.climb(self.form, row, self.form.node(parent).scope);
            self.state.cell(self.form, parent, holder).is_relevant
        });
        let is_relevant = is_above_relevant && self.truth(node, Aspect::Relevant, found.relevant, row, true);
        let cell = self.state.cell_mut(self.form, node, row);
        Outcome::from(std::mem::replace(&mut cell.is_relevant, is_relevant) != is_relevant)
    }

    /// Whether a row of a repeat counts. Inside it nothing changes by that: what it asks of itself, it asks of its answers as
    /// they stand, so that an answer which hides its row does not show it again by being hidden.
    fn row_relevance(&mut self, repeat: NodeId, row: RowIndex) -> Outcome {
        let condition = self.form.node(repeat).row_relevant;
        // A row whose condition cannot be computed is shown, as a question would be.
        let is_hidden = condition.is_some_and(|condition| self.around().truth(condition, row) == Ok(false));
        let found = self.state.row_mut(row);
        Outcome::from(std::mem::replace(&mut found.is_hidden, is_hidden) != is_hidden)
    }

    fn choices(&mut self, node: NodeId, row: RowIndex) -> Outcome {
        let (mut choices, mut offers) = (self.around().filtered(node, row), self.around().offers(node, row));
        let cell = self.state.cell(self.form, node, row);
        let bytes = |choices: &Option<Arc<Vec<u32>>>, offers: &Option<Arc<Vec<Offer>>>| {
            let offers = offers.iter().flat_map(|offers| offers.iter().map(Offer::bytes));
            offers.sum::<usize>() + choices.as_ref().map_or(0, |choices| choices.len() * size_of::<u32>())
        };
        let before = bytes(&cell.choices, &cell.offers);
        let after = bytes(&choices, &offers);
        let fits = self.state.hold(before, after);
        if !fits {
            self.state.hold(after, 0);
            choices = choices.map(|_| Arc::default());
            offers = offers.map(|_| Arc::default());
        }
        let is_spent = self.state.effort.left() == 0;
        let cell = self.state.cell_mut(self.form, node, row);
        cell.set_fault(Aspect::Choices, !fits || is_spent);
        let changed = cell.choices != choices || cell.offers != offers;
        (cell.choices, cell.offers) = (choices, offers);
        changed.into()
    }

    fn value(&mut self, node: NodeId, row: RowIndex) -> Outcome {
        let found = self.form.node(node);
        let mut value = if !self.state.cell(self.form, node, row).is_relevant {
            Value::blank()
        } else {
            match found.calculation {
                Some(Calculation::Always(expression)) => self.calculated(node, expression, row),
                Some(Calculation::Once(expression)) => self.once(node, expression, row),
                None => self.answered(node, row),
            }
        };
        let before = length(&self.state.cell(self.form, node, row).value);
        // What a person answered is kept whatever it takes.
        if !self.state.hold(before, length(&value)) && found.calculation.is_some() {
            self.state.hold(length(&value), 0);
            value = Value::blank();
            self.state.cell_mut(self.form, node, row).set_fault(Aspect::Value, true);
        }
        let cell = self.state.cell_mut(self.form, node, row);
        let changed = cell.value != value;
        cell.value = value;
        changed.into()
    }

    /// The value of a calculation as a record would hold it: text, where what is not a number is blank and `false` is a word.
    fn calculated(&mut self, node: NodeId, expression: ExprId, row: RowIndex) -> Value {
        let computed = self.around().text(expression, row);
        let cell = self.state.cell_mut(self.form, node, row);
        cell.set_fault(Aspect::Value, computed.is_err());
        let cast = self.form.node(node).cast;
        computed.map(|text| Value::Text(cast.of(text))).unwrap_or_else(|_| Value::blank())
    }

    fn once(&mut self, node: NodeId, expression: ExprId, row: RowIndex) -> Value {
        if self.state.cell(self.form, node, row).answer.is_none() {
            let Value::Text(text) = self.calculated(node, expression, row) else { return Value::blank() };
            if text.is_empty() {
                return Value::Text(text);
            }
            let answer = Answer::Text(text.to_string());
            if let Some(keep) = self.form.node(node).keep.filter(|keep| keep.fit(answer.clone()).is_ok()) {
                let path = self.state.path(self.form, node, row);
                self.work.writes.extend(keep.writes(&path, None, Some(&answer)));
                self.state.cell_mut(self.form, node, row).answer = Some(answer);
            } else {
                return Value::Text(text);
            }
        }
        self.answered(node, row)
    }

    /// The value of the answer that is kept, as far as it can be taken now.
    fn answered(&mut self, node: NodeId, row: RowIndex) -> Value {
        let around = self.around();
        let answer = around.state.cell(self.form, node, row).answer.as_ref();
        answer
            .and_then(|answer| around.takeable(node, row, answer))
            .map_or_else(Value::blank, |answer| around.seen(node, row, &answer))
    }

    fn rows(&mut self, repeat: NodeId, row: RowIndex) -> Outcome {
        let found = self.form.node(repeat);
        let Some(scope) = found.rows else { return Outcome::Same };
        if let Some(count) = found.repeat_count {
            let wanted = match self.around().number(count, row) {
                // What is no number calls for no row.
                Ok(count) if count >= 1.0 => count.min(f64::from(MAX_COUNTED_ROWS)) as u32,
                Ok(_) | Err(_) => 0,
            };
            self.count(repeat, scope, row, wanted);
        }
        let ordinal = self.form.scope(scope).ordinal;
        let is_relevant = self.state.cell(self.form, repeat, row).is_relevant;
        let before = self.state.cell(self.form, repeat, row).value.clone();
        let moved = self.state.arrange(self.form, row, ordinal);
        // How many rows there are for others to see: none when the repeat is not relevant.
        let seen = if is_relevant { self.state.row(row).present[ordinal].len() } else { 0 };
        let value = Value::Number(seen as f64);
        self.state.cell_mut(self.form, repeat, row).value = value.clone();
        (moved || before != value).into()
    }

    /// Makes the first `wanted` rows present and hides the rest. Rows are the same on every tablet.
    fn count(&mut self, repeat: NodeId, scope: ScopeId, parent: RowIndex, wanted: u32) {
        let ordinal = self.form.scope(scope).ordinal;
        let path = self.state.path(self.form, repeat, parent);
        let present = self.state.row(parent).present[ordinal].len();
        if present == wanted as usize && present > 0 {
            return;
        }
        for index in self.state.row(parent).all[ordinal].clone() {
            self.state.row_mut(index).presence = Presence::Uncounted;
        }
        let begins_once = self.form.begins_once(scope);
        for place in 0..wanted {
            let id = RowId::derived(self.record, &path, place);
            let known = self.state.find(parent, scope, id);
            if known.is_none() && !self.state.has_room(self.form, scope) {
                break;
            }
            let index = known.unwrap_or_else(|| self.state.insert(self.form, parent, scope, id));
            let row = self.state.row_mut(index);
            row.presence = Presence::Present;
            row.order = i64::from(place) + 1;
            let was_there = row.position > 0;
            if known.is_none() {
                if begins_once {
                    // Otherwise a row whose first values came to nothing would be taken for a new one later.
                    self.work.writes.push((Key::at(&path.with_row(id)), Scalar::Int(i64::from(place) + 1)));
                }
                let like = self.form.node(repeat).first_rows.get(place as usize);
                self.first_values(index, like.unwrap_or(&DefinedRow::default()), Event::NewRow);
            }
            if !was_there {
                self.call_row(index);
            }
        }
    }
}
