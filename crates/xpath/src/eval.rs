//! Evaluation: a program, a context, a value. No state outlives it.

use std::cell::Cell;
use std::cmp::Ordering;

use crate::context::{Context, NodeOf, Several};
use crate::error::{EvalError, Span};
use crate::expr::{BinaryOperator, Expr, ExprKind};
use crate::function::Function;
use crate::tree::Tree;
use crate::value::{Text, Value};

mod chance;
mod compare;
mod dates;
mod logic;
mod nodes;
mod numbers;
mod path;
pub(crate) mod places;
pub(crate) mod texts;

pub(crate) use chance::random_uuid;
pub use nodes::shuffle_by_seed;

#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod traps;

/// How much one evaluation may do: parts computed, nodes visited, stretches of text read. A 200-row roster needs thousands;
/// this takes a quarter of a second.
const MAX_STEPS: u64 = 10_000_000;

/// So many bytes of text are read in one step.
const STRETCH: usize = 16;

type Outcome<C> = Result<Value<NodeOf<C>>, EvalError>;

/// The value of an expression.
///
/// # Errors
/// When the expression cannot have a value in this context; an answer never is the reason.
pub fn evaluate<C: Context>(expr: &Expr, context: &C) -> Outcome<C> {
    let evaluator = Evaluator::new(context);
    evaluator.eval(expr, evaluator.outermost())
}

/// The value as text; of nodes, the value of the only one.
///
/// # Errors
/// As [`evaluate`], and when there are several nodes and the context refuses that.
pub fn evaluate_text<C: Context>(expr: &Expr, context: &C) -> Result<Text, EvalError> {
    let evaluator = Evaluator::new(context);
    evaluator.text(expr, evaluator.outermost())
}

/// The value as a number.
///
/// # Errors
/// As [`evaluate_text`].
pub fn evaluate_number<C: Context>(expr: &Expr, context: &C) -> Result<f64, EvalError> {
    let evaluator = Evaluator::new(context);
    evaluator.number(expr, evaluator.outermost())
}

/// The truth of the value; of nodes, whether there is any.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_boolean<C: Context>(expr: &Expr, context: &C) -> Result<bool, EvalError> {
    let evaluator = Evaluator::new(context);
    evaluator.boolean(expr, evaluator.outermost())
}

/// The nodes an expression leads to.
///
/// # Errors
/// As [`evaluate`], and when the value is not nodes.
pub fn evaluate_nodes<C: Context>(expr: &Expr, context: &C) -> Result<Vec<NodeOf<C>>, EvalError> {
    let evaluator = Evaluator::new(context);
    evaluator.nodes(expr, evaluator.outermost(), "the expression")
}

/// The node being looked at, and its place among those being filtered.
#[derive(Debug)]
struct Frame<N> {
    node: N,
    position: usize,
    size: usize,
}

impl<N: Copy> Clone for Frame<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Copy> Copy for Frame<N> {}

struct Evaluator<'c, C: Context> {
    context: &'c C,
    tree: &'c C::Tree,
    steps: Cell<u64>,
    limit: u64,
}

impl<C: Context> Drop for Evaluator<'_, C> {
    fn drop(&mut self) {
        self.context.worked(self.steps.get());
    }
}

impl<'c, C: Context> Evaluator<'c, C> {
    fn new(context: &'c C) -> Self {
        let limit = context.work_left().min(MAX_STEPS);
        Self { context, tree: context.tree(), steps: Cell::new(0), limit }
    }

    fn outermost(&self) -> Frame<NodeOf<C>> {
        Frame { node: self.context.current(), position: 1, size: 1 }
    }

    /// Counts work done, so that no expression runs without end.
    fn spend(&self, steps: usize) -> Result<(), EvalError> {
        if self.exceeds(steps) { Err(EvalError::TooMuchWork { limit: self.limit }) } else { Ok(()) }
    }

    /// As [`Self::spend`], for the functions that recurse: a result would widen their frames.
    fn exceeds(&self, steps: usize) -> bool {
        let spent = self.steps.get().saturating_add(steps as u64 + 1);
        self.steps.set(spent);
        spent > self.limit
    }

    #[cold]
    #[inline(never)]
    fn exceeded(&self) -> Outcome<C> {
        Err(EvalError::TooMuchWork { limit: self.limit })
    }

    /// Counts the reading of a text. A short one is no work beside that of whatever reads it.
    fn read(&self, text: &str) -> Result<(), EvalError> {
        if text.len() < STRETCH { Ok(()) } else { self.spend(text.len() / STRETCH) }
    }

    /// The value of a node, about to be read.
    fn value_of(&self, node: NodeOf<C>) -> Outcome<C> {
        let value = self.tree.value(node);
        if let Value::Text(text) = &value {
            self.read(text)?;
        }
        Ok(value)
    }

    fn eval(&self, expr: &Expr, frame: Frame<NodeOf<C>>) -> Outcome<C> {
        if self.exceeds(0) {
            return self.exceeded();
        }
        match &expr.kind {
            ExprKind::Text(text) => Ok(Value::Text(text.clone())),
            ExprKind::Number(number) => Ok(Value::Number(*number)),
            ExprKind::Negate(inner) => Ok(Value::Number(-self.number(inner, frame)?)),
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right, frame),
            ExprKind::And(terms) => self.all(terms, frame),
            ExprKind::Or(terms) => self.any(terms, frame),
            ExprKind::Union(terms) => self.union(terms, frame),
            ExprKind::Path(path) => self.path(path, frame).map(Value::Nodes),
            ExprKind::Slot(slot) => self.context.slot(*slot),
            ExprKind::Call(function, arguments) => self.call(*function, arguments, expr.span, frame),
            ExprKind::Pattern(pattern) => Ok(Value::text(pattern.source())),
            ExprKind::Unknown(name, _) => Err(EvalError::UnknownFunction { name: name.clone(), span: expr.span }),
        }
    }

    #[inline(never)]
    fn all(&self, terms: &[Expr], frame: Frame<NodeOf<C>>) -> Outcome<C> {
        for term in terms {
            if !self.boolean(term, frame)? {
                return Ok(Value::Boolean(false));
            }
        }
        Ok(Value::Boolean(true))
    }

    #[inline(never)]
    fn any(&self, terms: &[Expr], frame: Frame<NodeOf<C>>) -> Outcome<C> {
        for term in terms {
            if self.boolean(term, frame)? {
                return Ok(Value::Boolean(true));
            }
        }
        Ok(Value::Boolean(false))
    }

    #[inline(never)]
    fn union(&self, terms: &[Expr], frame: Frame<NodeOf<C>>) -> Outcome<C> {
        let mut nodes = Vec::new();
        for term in terms {
            nodes.extend(self.nodes(term, frame, "|")?);
        }
        self.settle(&mut nodes)?;
        Ok(Value::Nodes(nodes))
    }

    #[inline(never)]
    fn binary(&self, operator: BinaryOperator, left: &Expr, right: &Expr, frame: Frame<NodeOf<C>>) -> Outcome<C> {
        if operator.is_comparison() {
            let (left, right) = (self.eval(left, frame)?, self.eval(right, frame)?);
            return self.compare(operator, &left, &right).map(Value::Boolean);
        }
        let (left, right) = (self.number(left, frame)?, self.number(right, frame)?);
        Ok(Value::Number(match operator {
            BinaryOperator::Add => left + right,
            BinaryOperator::Subtract => left - right,
            BinaryOperator::Multiply => left * right,
            BinaryOperator::Divide => left / right,
            BinaryOperator::Modulo => left % right,
            BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => f64::NAN,
        }))
    }

    /// The nodes of `expr`, in document order.
    fn nodes(&self, expr: &Expr, frame: Frame<NodeOf<C>>, function: &'static str) -> Result<Vec<NodeOf<C>>, EvalError> {
        if let ExprKind::Slot(slot) = &expr.kind {
            return self.visited(self.context.slot_nodes(*slot));
        }
        match self.eval(expr, frame)? {
            Value::Nodes(nodes) => self.visited(Ok(nodes)),
            Value::Text(_) | Value::Number(_) | Value::Boolean(_) | Value::Date(_) => {
                Err(EvalError::NotNodes { function, span: expr.span })
            }
        }
    }

    #[inline(never)]
    fn visited(&self, nodes: Result<Vec<NodeOf<C>>, EvalError>) -> Result<Vec<NodeOf<C>>, EvalError> {
        let nodes = nodes?;
        self.spend(nodes.len())?;
        Ok(nodes)
    }

    /// The value of `expr` where one value is needed: never nodes.
    fn scalar(&self, expr: &Expr, frame: Frame<NodeOf<C>>) -> Outcome<C> {
        self.single(self.eval(expr, frame)?, expr.span)
    }

    #[inline(never)]
    fn single(&self, value: Value<NodeOf<C>>, span: Span) -> Outcome<C> {
        let nodes = match value {
            Value::Nodes(nodes) => nodes,
            Value::Text(text) => {
                self.read(&text)?;
                return Ok(Value::Text(text));
            }
            value => return Ok(value),
        };
        match nodes.as_slice() {
            [] => Ok(Value::blank()),
            [first, second, ..] if self.context.several() == Several::Refuse => {
                Err(EvalError::Several { first: self.tree.label(*first), second: self.tree.label(*second), span })
            }
            [first, ..] => self.value_of(*first),
        }
    }

    fn text(&self, expr: &Expr, frame: Frame<NodeOf<C>>) -> Result<Text, EvalError> {
        Ok(self.scalar(expr, frame)?.to_text())
    }

    fn number(&self, expr: &Expr, frame: Frame<NodeOf<C>>) -> Result<f64, EvalError> {
        Ok(self.number_of(&self.scalar(expr, frame)?))
    }

    fn number_of(&self, value: &Value<NodeOf<C>>) -> f64 {
        value.to_number(self.context.offset_minutes())
    }

    fn boolean(&self, expr: &Expr, frame: Frame<NodeOf<C>>) -> Result<bool, EvalError> {
        Ok(self.eval(expr, frame)?.to_boolean())
    }

    /// Each value of `expr`: those of its nodes, or the one it is.
    fn each(
        &self,
        expr: &Expr,
        frame: Frame<NodeOf<C>>,
        visit: &mut dyn FnMut(Value<NodeOf<C>>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        self.visit(self.eval(expr, frame)?, visit)
    }

    #[inline(never)]
    fn visit(
        &self,
        value: Value<NodeOf<C>>,
        visit: &mut dyn FnMut(Value<NodeOf<C>>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        match value {
            Value::Nodes(nodes) => {
                self.spend(nodes.len())?;
                nodes.into_iter().try_for_each(|node| visit(self.value_of(node)?))
            }
            Value::Text(text) => {
                self.read(&text)?;
                visit(Value::Text(text))
            }
            value => visit(value),
        }
    }

    /// Sorts nodes into document order, each once.
    fn settle(&self, nodes: &mut Vec<NodeOf<C>>) -> Result<(), EvalError> {
        // Where a node stands is looked up from the top, for each comparison.
        const LOOK_UP: usize = 4;
        self.spend(nodes.len().saturating_mul(LOOK_UP))?;
        if nodes.windows(2).all(|pair| self.tree.order(pair[0], pair[1]) == Ordering::Less) {
            return Ok(());
        }
        self.spend(nodes.len().saturating_mul(LOOK_UP * nodes.len().ilog2() as usize))?;
        nodes.sort_by(|left, right| self.tree.order(*left, *right));
        nodes.dedup();
        Ok(())
    }

    fn argument<'e>(&self, function: Function, arguments: &'e [Expr], index: usize) -> Result<&'e Expr, EvalError> {
        arguments.get(index).ok_or(EvalError::MissingArgument { function: function.name(), position: index + 1 })
    }
}
