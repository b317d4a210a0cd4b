//! One evaluation: what an expression may ask, answered from the session's state and environment.

use std::sync::atomic::{AtomicU64, Ordering};

use chaski_values::{Hash32, RecordId, Timestamp};
use chaski_xpath::{Aggregate, Context, EvalError, Slot, Text, Tree};

use super::state::{RowIndex, State, Value};
use super::tree::{Handle, World};
use crate::form::{ExprId, Form, NodeId, ScopeId, Target};
use crate::{Environment, Lookups};

/// Draws of chance, each different and all decided by the session's seed.
#[derive(Debug)]
pub(crate) struct Chance {
    seed: [u8; 32],
    drawn: AtomicU64,
}

impl Chance {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }

    /// A number from 0, below 1.
    fn draw(&self) -> f64 {
        let count = self.drawn.fetch_add(1, Ordering::Relaxed);
        let hash = Hash32::of("chaski 2026 chance of a form session v1", &[&self.seed, &count.to_le_bytes()]);
        let mut bits = [0; 8];
        bits.copy_from_slice(&hash.as_bytes()[..8]);
        // The 53 bits that a double holds exactly.
        (u64::from_le_bytes(bits) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A session's parts that an evaluation borrows.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) form: &'a Form,
    pub(crate) state: &'a State,
    pub(crate) environment: &'a Environment,
    pub(crate) chance: &'a Chance,
    pub(crate) record: RecordId,
    pub(crate) language: u16,
}

/// The choice a filter is testing, by its columns.
pub(crate) type ColumnsOf<'a> = &'a dyn Fn(u32) -> &'a str;

/// An evaluation in one row.
pub(crate) struct Evaluation<'a> {
    around: Surroundings<'a>,
    world: World<'a>,
    owner: Option<NodeId>,
    row: RowIndex,
    columns: Option<ColumnsOf<'a>>,
}

impl<'a> Surroundings<'a> {
    pub(crate) fn world(self) -> World<'a> {
        World { form: self.form, state: self.state, lookups: &self.environment.lookups, language: self.language }
    }

    pub(crate) fn lookups(self) -> &'a Lookups {
        &self.environment.lookups
    }

    fn evaluation(self, owner: Option<NodeId>, row: RowIndex, columns: Option<ColumnsOf<'a>>) -> Evaluation<'a> {
        Evaluation { around: self, world: self.world(), owner, row, columns }
    }

    /// A value that is not nodes; of one node, its own.
    pub(crate) fn value(self, id: ExprId, row: RowIndex) -> Result<Value, EvalError> {
        let expression = self.form.expression(id);
        let evaluation = self.evaluation(expression.owner, row, None);
        match chaski_xpath::evaluate(&expression.program, &evaluation)? {
            Value::Nodes(nodes) => match nodes.as_slice() {
                [] => Ok(Value::blank()),
                [node] => Ok(self.world().value(*node)),
                // Asked again for the error that names two of them.
                _ => chaski_xpath::evaluate_text(&expression.program, &evaluation).map(Value::Text),
            },
            value => Ok(value),
        }
    }

    pub(crate) fn text(self, id: ExprId, row: RowIndex) -> Result<Text, EvalError> {
        let expression = self.form.expression(id);
        let value = self.evaluation(expression.owner, row, None);
        chaski_xpath::evaluate(&expression.program, &value).and_then(|found| match found {
            Value::Nodes(_) => chaski_xpath::evaluate_text(&expression.program, &value),
            found => Ok(found.to_stored_text()),
        })
    }

    /// Nodes, in document order.
    pub(crate) fn nodes(self, id: ExprId, row: RowIndex) -> Result<Vec<Handle>, EvalError> {
        let expression = self.form.expression(id);
        chaski_xpath::evaluate_nodes(&expression.program, &self.evaluation(expression.owner, row, None))
    }

    /// The form's text of this id, in the session's language.
    pub(crate) fn text_of(self, id: &str) -> Option<String> {
        let text = self.form.texts.get(id)?;
        self.state.effort.within(|| self.message(text, RowIndex::RECORD))
    }

    pub(crate) fn truth(self, id: ExprId, row: RowIndex) -> Result<bool, EvalError> {
        let expression = self.form.expression(id);
        chaski_xpath::evaluate_boolean(&expression.program, &self.evaluation(expression.owner, row, None))
    }

    pub(crate) fn number(self, id: ExprId, row: RowIndex) -> Result<f64, EvalError> {
        let expression = self.form.expression(id);
        chaski_xpath::evaluate_number(&expression.program, &self.evaluation(expression.owner, row, None))
    }

    /// Whether a filter lets a choice through.
    pub(crate) fn admits(self, id: ExprId, row: RowIndex, columns: ColumnsOf<'a>) -> Result<bool, EvalError> {
        let expression = self.form.expression(id);
        chaski_xpath::evaluate_boolean(&expression.program, &self.evaluation(expression.owner, row, Some(columns)))
    }

    /// The zone, in minutes east of UTC.
    pub(crate) fn offset(self) -> i16 {
        offset(self.environment)
    }
}

/// The zone of a session, in minutes east of UTC.
pub(super) fn offset(environment: &Environment) -> i16 {
    i16::try_from(environment.zone_minutes.clamp(-18 * 60, 18 * 60)).unwrap_or(0)
}

impl Evaluation<'_> {
    /// Every relevant row of a scope inside the row of `within` around this evaluation.
    fn rows(&self, scope: ScopeId, within: ScopeId) -> Vec<RowIndex> {
        let Surroundings { form, state, .. } = self.around;
        let top = state.climb(form, self.row, within);
        state.seen_inside(form, top, scope)
    }

    fn nodes(&self, target: Target) -> Vec<Handle> {
        let Surroundings { form, state, .. } = self.around;
        match target {
            Target::Here(node) => {
                let row = state.climb(form, self.row, form.node(node).scope);
                let relevant = state.cell(form, node, row).is_relevant;
                relevant.then_some(Handle::Node { row, node }).into_iter().collect()
            }
            Target::All { node, within } => self
                .rows(form.node(node).scope, within)
                .into_iter()
                .filter(|row| state.cell(form, node, *row).is_relevant)
                .map(|row| Handle::Node { row, node })
                .collect(),
            Target::Rows { repeat, within } => {
                let Some(scope) = form.node(repeat).rows else { return Vec::new() };
                self.rows(scope, within)
                    .into_iter()
                    .filter(|row| state.cell(form, repeat, state.row(*row).parent).is_relevant)
                    .map(|row| Handle::Node { row, node: repeat })
                    .collect()
            }
            Target::Row(scope) => {
                let row = state.climb(form, self.row, scope);
                form.scope(scope).repeat.map(|node| Handle::Node { row, node }).into_iter().collect()
            }
            Target::LastSaved(question) => {
                let name = form.last_saved.get(question as usize).map_or("", String::as_str);
                self.world.last_saved(name).into_iter().collect()
            }
            Target::Column(_) | Target::RecordId | Target::Blank => Vec::new(),
        }
    }

    /// A total over nodes, as the functions of the same names count it.
    fn counted(&self, total: Aggregate, target: Target) -> f64 {
        let nodes = self.nodes(target);
        let numbers = || nodes.iter().map(|node| self.world.value(*node).to_number(self.around.offset()));
        let extreme = |choose: fn(f64, f64) -> f64| {
            let least = |so_far: f64, number: f64| {
                if so_far.is_nan() || number.is_nan() { f64::NAN } else { choose(so_far, number) }
            };
            numbers().reduce(least).unwrap_or(f64::NAN)
        };
        match total {
            Aggregate::Count | Aggregate::Position => nodes.len() as f64,
            Aggregate::CountNonEmpty => nodes.iter().filter(|node| !self.world.text(**node).is_empty()).count() as f64,
            Aggregate::Sum => numbers().fold(0.0, |sum, number| sum + number),
            Aggregate::Min => extreme(f64::min),
            Aggregate::Max => extreme(f64::max),
        }
    }

    fn scope(&self) -> ScopeId {
        self.around.state.row(self.row).scope
    }

    fn target(&self, slot: Slot) -> Target {
        self.around.form.targets.get(slot.0 as usize).copied().unwrap_or(Target::Blank)
    }
}

impl<'a> Context for Evaluation<'a> {
    type Tree = World<'a>;

    fn tree(&self) -> &World<'a> {
        &self.world
    }

    fn current(&self) -> Handle {
        match self.owner {
            // A repeat's own expressions are evaluated in the row around it, where it is no element yet; but for what it
            // asks of each of its rows.
            Some(node) if self.around.form.node(node).rows.is_some_and(|rows| rows != self.scope()) => self
                .around
                .form
                .node(node)
                .parent
                .map_or(Handle::Top, |parent| Handle::Node { row: self.row, node: parent }),
            Some(node) => Handle::Node { row: self.row, node },
            None => Handle::Top,
        }
    }

    fn now(&self) -> Timestamp {
        self.around.environment.now
    }

    fn offset_minutes(&self) -> i16 {
        self.around.offset()
    }

    fn random(&self) -> f64 {
        self.around.chance.draw()
    }

    fn work_left(&self) -> u64 {
        self.around.state.effort.left()
    }

    fn worked(&self, steps: u64) {
        self.around.state.effort.take(steps);
    }

    fn slot(&self, slot: Slot) -> Result<Value, EvalError> {
        let Surroundings { form, state, .. } = self.around;
        Ok(match self.target(slot) {
            Target::Here(node) => {
                let row = state.climb(form, self.row, form.node(node).scope);
                if form.node(node).kind == crate::kind::Kind::Group {
                    return Ok(Value::Nodes(self.nodes(Target::Here(node))));
                }
                state.cell(form, node, row).value.clone()
            }
            Target::Column(column) => Value::text(self.columns.map_or("", |columns| columns(column))),
            Target::RecordId => Value::text(format!("uuid:{}", self.around.record)),
            Target::Blank => Value::blank(),
            target => Value::Nodes(self.nodes(target)),
        })
    }

    fn slot_nodes(&self, slot: Slot) -> Result<Vec<Handle>, EvalError> {
        Ok(self.nodes(self.target(slot)))
    }

    fn aggregate(&self, aggregate: Aggregate, slot: Slot) -> Option<f64> {
        let target = self.target(slot);
        match (aggregate, target) {
            (Aggregate::Position, Target::Row(_)) => match self.nodes(target).as_slice() {
                [Handle::Node { row, .. }] => Some(f64::from(self.around.state.row(*row).position)),
                _ => None,
            },
            (_, Target::Rows { repeat: node, within } | Target::All { node, within }) => {
                let Surroundings { form, state, .. } = self.around;
                let top = state.climb(form, self.row, within);
                Some(state.total(form, aggregate, node, top, || self.counted(aggregate, target)))
            }
            _ => None,
        }
    }

    fn indexed_repeat(&self, question: Slot, rows: &[(Slot, f64)]) -> Option<Value> {
        let Surroundings { form, state, .. } = self.around;
        let Target::All { node, within } = self.target(question) else { return None };
        let mut row = state.climb(form, self.row, within);
        let mut ways = Vec::new();
        for (repeat, position) in rows {
            let Target::Rows { repeat, .. } = self.target(*repeat) else { return None };
            ways.push((form.node(repeat).rows?, position));
        }
        // An author may name the inner repeat first.
        ways.sort_by_key(|(scope, _)| form.scope(*scope).depth);
        for (scope, position) in ways {
            let found = state.inside(form, row, scope);
            // Positions count from 1; what is no position of a row names no row.
            let place = (*position >= 1.0 && position.fract() == 0.0).then(|| *position as usize - 1);
            match place.and_then(|place| found.get(place)) {
                Some(next) => row = *next,
                None => return Some(Value::Nodes(Vec::new())),
            }
        }
        // Several where a repeat further inside was not named.
        let found = state.inside(form, row, form.node(node).scope).into_iter();
        let found = found.filter(|row| state.is_relevant(form, node, *row));
        Some(Value::Nodes(found.map(|row| Handle::Node { row, node }).collect()))
    }

    fn instance(&self, name: &str) -> Option<Handle> {
        self.world.source(name)
    }

    fn choice_name(&self, code: &str, question: &str) -> Option<Text> {
        let Surroundings { form, .. } = self.around;
        // `${x}`, a path, or a bare name: its last part is the question's name.
        let name = question.trim_start_matches("${").trim_end_matches('}').rsplit('/').next()?.trim();
        let mut named = form.ids().filter(|id| form.node(*id).name == name && form.node(*id).choices.is_some());
        let node = named.next()?;
        let scope = form.node(node).scope;
        let state = self.around.state;
        // The row around this expression; elsewhere any row, since choices rarely differ by row.
        let row = match form.is_within(state.row(self.row).scope, scope) {
            true => Some(state.climb(form, self.row, scope)),
            false => state.inside(form, RowIndex::RECORD, scope).first().copied(),
        };
        Some(self.world.choice_label(node, row, code)?.into())
    }

    fn itext(&self, id: &str) -> Option<Text> {
        self.around.text_of(id).map(Text::from)
    }

    fn pull_data(&self, table: &str, column: &str, key_column: &str, key: &str) -> Result<Text, EvalError> {
        let unavailable = |what: String| EvalError::Unavailable { what };
        let Some(found) = self.around.lookups().get(table) else {
            return match self.world.source(table) {
                Some(source) => Ok(self.world.pull(source, column, key_column, key).into()),
                None => Err(unavailable(format!("there is no table `{table}`"))),
            };
        };
        for wanted in [column, key_column] {
            if found.column(wanted).is_none() {
                return Err(unavailable(format!("the table `{table}` has no column `{wanted}`")));
            }
        }
        Ok(found.pull(column, key_column, key).unwrap_or_default().into())
    }
}
