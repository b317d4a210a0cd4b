//! Opening a record: its stored scalars become rows and answers, and a new record gets its first values.

use std::collections::BTreeMap;

use chaski_values::{Answer, CivilDate, GeoPoint, Key, NodePath, RowId, Scalar};

use chaski_xpath::{Moment, Text};

use super::evaluate::Surroundings;
use super::settle::Settling;
use super::state::{Presence, RowIndex, State, Value};
use super::words::local_day;
use crate::form::{Aspect, Cast, Default, Form, Keep, NodeId, ScopeId, StoredChoices, trace_from_odk, trace_to_odk};
use crate::kind::Kind;
use crate::source::{DefinedRow, Event};

/// Reads what is stored. What the form does not know is left where it is: a newer or older form may know it.
pub(super) fn load(form: &Form, state: &mut State, saved: &BTreeMap<Key, Scalar>) {
    let mut choices: BTreeMap<(NodeId, RowIndex), StoredChoices> = BTreeMap::new();
    for (key, scalar) in saved {
        let Some(path) = key.path() else { continue };
        let Some((node, row)) = place(form, state, &path) else { continue };
        let ends_at_row = path.steps().last().is_some_and(|step| step.row.is_some());
        if ends_at_row {
            let Some(index) = row_at(form, state, node, row, &path) else { continue };
            let found = state.row_mut(index);
            match scalar {
                Scalar::Bool(true) if key.marks_removed_row() => found.presence = Presence::Removed,
                Scalar::Int(order) if !key.marks_removed_row() => {
                    found.order = *order;
                }
                _ => {}
            }
            continue;
        }
        let Some(keep) = form.node(node).keep else { continue };
        if form.node(node).choices.is_some() && keep == Keep::Choices {
            let stored = choices.entry((node, row)).or_default();
            match (key.choice(), scalar) {
                (Some(code), Scalar::Bool(on)) => drop(stored.ticks.insert(code.to_owned(), *on)),
                (None, Scalar::Bool(none)) => stored.answered_none = *none,
                _ => {}
            }
        } else if key.choice().is_none() {
            state.cell_mut(form, node, row).answer = keep.read(scalar);
        }
    }
    for ((node, row), stored) in choices {
        state.cell_mut(form, node, row).answer = stored.answer();
    }
    for index in 0..state.row_count() as u32 {
        let ordinals = state.row(RowIndex(index)).all.len();
        for ordinal in 0..ordinals {
            state.arrange(form, RowIndex(index), ordinal);
        }
    }
}

/// The node and row of a path, making the rows it passes through: an answer may be read before its row's order.
fn place(form: &Form, state: &mut State, path: &NodePath) -> Option<(NodeId, RowIndex)> {
    let node = form.find(path)?;
    let mut row = RowIndex::RECORD;
    let mut names = String::new();
    let last = path.steps().len() - 1;
    for (index, step) in path.steps().iter().enumerate() {
        if index > 0 {
            names.push('/');
        }
        names.push_str(&step.name);
        let repeat = form.node(*form.by_path.get(&names)?);
        match (repeat.rows, step.row) {
            (Some(_), _) if index == last => {}
            (Some(scope), Some(id)) => {
                row = state
                    .find(row, scope, id)
                    .or_else(|| insert(form, state, row, scope, id, repeat.repeat_count.is_some()))?;
            }
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => return None,
        }
    }
    Some((node, row))
}

/// Adds a row that is stored; nothing where the record is larger than any can be, and the row is left where it is.
fn insert(
    form: &Form,
    state: &mut State,
    parent: RowIndex,
    scope: ScopeId,
    id: RowId,
    is_counted: bool,
) -> Option<RowIndex> {
    if !state.has_room_for_stored(form, scope) {
        return None;
    }
    let index = state.insert(form, parent, scope, id);
    // Rows that the form counts are there when the count says so.
    let presence = if is_counted { Presence::Uncounted } else { Presence::Present };
    state.row_mut(index).presence = presence;
    Some(index)
}

fn row_at(form: &Form, state: &mut State, repeat: NodeId, parent: RowIndex, path: &NodePath) -> Option<RowIndex> {
    let found = form.node(repeat);
    let (scope, id) = (found.rows?, path.steps().last()?.row?);
    let is_counted = found.repeat_count.is_some();
    state.find(parent, scope, id).or_else(|| insert(form, state, parent, scope, id, is_counted))
}

/// Whether a record was never opened before: it has no answer and no row.
pub(super) fn is_new(saved: &BTreeMap<Key, Scalar>) -> bool {
    !saved.keys().any(|key| key.path().is_some())
}

impl Settling<'_> {
    /// Gives every node of a new record or row the value it begins with, and the rows inside it, and says what to store.
    /// What `like` holds stands before what any new row holds.
    pub(crate) fn first_values(&mut self, row: RowIndex, like: &DefinedRow, event: Event) {
        self.begin(row, event);
        let scope = self.state.row(row).scope;
        for node in &self.form.scope(scope).nodes {
            if self.state.cell(self.form, *node, row).answer.is_some() {
                continue;
            }
            let first = match like.values.get(&node.0) {
                Some(text) => self.around().answer_of_text(*node, &self.form.node(*node).cast.of(text.as_str().into())),
                None => self.first_value(*node),
            };
            if let Some(answer) = first {
                self.give(*node, row, answer);
            }
        }
        self.first_rows(row, like, event);
    }

    fn first_value(&self, node: NodeId) -> Option<Answer> {
        let environment = self.environment;
        let text = |text: &str| (!text.is_empty()).then(|| Answer::Text(text.to_owned()));
        match self.form.node(node).kind {
            Kind::Start => Some(Answer::DateTime(environment.now)),
            Kind::Today => Some(Answer::Date(local_day(environment.now, self.around().offset()))),
            Kind::DeviceId => text(&environment.device),
            Kind::Username => text(&environment.person),
            _ => match &self.form.node(node).default {
                Some(Default::Text(text)) => {
                    self.around().answer_of_text(node, &self.form.node(node).cast.of(text.as_str().into()))
                }
                Some(Default::Computed(_)) | None => None,
            },
        }
    }

    /// Gives the values that defaults compute from other answers, which must be settled by now.
    pub(crate) fn computed_first_values(&mut self, row: RowIndex) {
        self.is_settled(row);
        let scope = self.state.row(row).scope;
        for node in self.form.scope(scope).nodes.clone() {
            let Some(expression) = self.form.computed_default(node) else { continue };
            if self.state.cell(self.form, node, row).answer.is_some() {
                continue;
            }
            let around = self.around();
            let Ok(text) = around.text(expression, row) else { continue };
            if let Some(answer) = around.answer_of_text(node, &text) {
                self.give(node, row, answer);
                self.settle();
            }
        }
    }

    fn give(&mut self, node: NodeId, row: RowIndex, answer: Answer) {
        let Some(keep) = self.form.node(node).keep else { return };
        let Ok(answer) = keep.fit(answer) else { return };
        let path = self.state.path(self.form, node, row);
        self.work.writes.extend(keep.writes(&path, None, Some(&answer)));
        self.state.cell_mut(self.form, node, row).answer = Some(answer);
        self.call(node, Aspect::Value, row);
    }
}

impl Cast {
    /// What a text becomes; what is not of its type stays as it is.
    pub(crate) fn of(self, text: Text) -> Text {
        match self {
            Self::Nothing => text,
            Self::Whole => match chaski_xpath::parse_number(&text) {
                Some(number) if number.is_finite() => chaski_xpath::format_number(number.trunc()).into(),
                Some(_) | None => text,
            },
            Self::Day => match (text.get(..10), text.as_bytes().get(10)) {
                (Some(day), Some(b'T')) if day.parse::<CivilDate>().is_ok() => day.into(),
                _ => text,
            },
        }
    }
}

impl Surroundings<'_> {
    /// An answer as expressions see it.
    pub(crate) fn seen(self, node: NodeId, row: RowIndex, answer: &Answer) -> Value {
        match answer {
            Answer::Text(text) | Answer::Choice(text) => Value::text(text.as_str()),
            Answer::Integer(number) => Value::Number(*number as f64),
            Answer::Decimal(decimal) => Value::Number(decimal.to_f64()),
            Answer::Choices(codes) => {
                // In the list's order, as ODK stores them when they are ticked from the top.
                let choices = self.world().choices(node, Some(row));
                let mut codes: Vec<&String> = codes.iter().collect();
                codes.sort_by_key(|code| choices.and_then(|choices| choices.find(code)).unwrap_or(u32::MAX));
                Value::text(codes.into_iter().map(String::as_str).collect::<Vec<_>>().join(" "))
            }
            Answer::Date(date) => Value::Date(Moment::day(*date, self.offset())),
            Answer::Time(time) => Value::text(format!("{time}{}", zone(self.offset()))),
            Answer::DateTime(moment) => Value::Date(Moment::instant(*moment, self.offset())),
            Answer::Point(point) => Value::text(point.to_odk()),
            Answer::Trace(points) => Value::text(trace_to_odk(points)),
            Answer::Rank(codes) => Value::text(codes.join(" ")),
            Answer::Media(media) => Value::text(media.hash.to_string()),
        }
    }

    /// A text, from a default or a calculation, as an answer of the node's kind; nothing for blank or unfit text.
    pub(crate) fn answer_of_text(self, node: NodeId, text: &str) -> Option<Answer> {
        self.form.node(node).keep?.answer_of(text, self.offset())
    }
}

impl Keep {
    /// A text as an answer that is kept so; nothing for blank or unfit text. `offset` is the zone of moments without one.
    pub(crate) fn answer_of(self, text: &str, offset: i16) -> Option<Answer> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match self {
            Keep::Text => Some(Answer::Text(text.to_owned())),
            Keep::Integer => text.parse().ok().map(Answer::Integer),
            Keep::Decimal { .. } => text.parse().ok().map(Answer::Decimal),
            Keep::Choice => Some(Answer::Choice(text.to_owned())),
            Keep::Choices => Some(Answer::Choices(text.split_whitespace().map(str::to_owned).collect())),
            Keep::Date => text.get(..10).and_then(|date| date.parse().ok()).map(Answer::Date),
            Keep::Time => text.parse().ok().map(Answer::Time),
            Keep::DateTime => Moment::parse(text, offset).map(|moment| Answer::DateTime(moment.timestamp())),
            Keep::Point => GeoPoint::from_odk(text).map(Answer::Point),
            Keep::Trace => trace_from_odk(text).map(Answer::Trace),
            Keep::Rank => Some(Answer::Rank(text.split_whitespace().map(str::to_owned).collect())),
            Keep::Media => None,
        }
    }
}

/// A zone as ODK writes it after a time: `-05:00`.
fn zone(offset: i16) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", offset.unsigned_abs() / 60, offset.unsigned_abs() % 60)
}
