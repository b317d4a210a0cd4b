//! Comparison: as XPath 1.0, and dates written as text compare as dates.

use super::{Evaluator, STRETCH};
use crate::context::{Context, NodeOf};
use crate::error::EvalError;
use crate::expr::BinaryOperator;
use crate::moment::Moment;
use crate::value::Value;

impl<C: Context> Evaluator<'_, C> {
    /// Whether the comparison holds; with nodes, whether it holds for any of their values.
    pub(super) fn compare(
        &self,
        operator: BinaryOperator,
        left: &Value<NodeOf<C>>,
        right: &Value<NodeOf<C>>,
    ) -> Result<bool, EvalError> {
        match (left, right) {
            (Value::Nodes(_), Value::Boolean(_)) | (Value::Boolean(_), Value::Nodes(_))
                if matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual) =>
            {
                Ok(self.holds(operator, &Value::Boolean(left.to_boolean()), &Value::Boolean(right.to_boolean())))
            }
            (Value::Nodes(nodes), Value::Nodes(others)) => {
                let others: Vec<_> = others.iter().map(|node| self.value_of(*node)).collect::<Result<_, _>>()?;
                for node in nodes {
                    let value = self.value_of(*node)?;
                    let stretches = if let Value::Text(text) = &value { text.len() / STRETCH } else { 0 };
                    self.spend(others.len().saturating_mul(1 + stretches))?;
                    if others.iter().any(|other| self.holds(operator, &value, other)) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (Value::Nodes(nodes), _) => self.any_of(nodes, |value| self.holds(operator, value, right)),
            (_, Value::Nodes(nodes)) => self.any_of(nodes, |value| self.holds(operator, left, value)),
            _ => {
                if let Value::Text(text) = left {
                    self.read(text)?;
                }
                Ok(self.holds(operator, left, right))
            }
        }
    }

    pub(super) fn any_of(
        &self,
        nodes: &[NodeOf<C>],
        holds: impl Fn(&Value<NodeOf<C>>) -> bool,
    ) -> Result<bool, EvalError> {
        self.spend(nodes.len())?;
        for node in nodes {
            if holds(&self.value_of(*node)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The comparison of two values that are not nodes.
    fn holds(&self, operator: BinaryOperator, left: &Value<NodeOf<C>>, right: &Value<NodeOf<C>>) -> bool {
        let numbers = || (self.number_of(left), self.number_of(right));
        match operator {
            BinaryOperator::Equal => self.equal(left, right),
            BinaryOperator::NotEqual => self.not_equal(left, right),
            BinaryOperator::Less => {
                let (left, right) = numbers();
                left < right
            }
            BinaryOperator::LessOrEqual => {
                let (left, right) = numbers();
                left <= right
            }
            BinaryOperator::Greater => {
                let (left, right) = numbers();
                left > right
            }
            BinaryOperator::GreaterOrEqual => {
                let (left, right) = numbers();
                left >= right
            }
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo => false,
        }
    }

    /// Numbers are equal when they are the same number, to the last bit: no tolerance.
    #[expect(clippy::float_cmp, reason = "XPath compares numbers exactly")]
    pub(super) fn equal(&self, left: &Value<NodeOf<C>>, right: &Value<NodeOf<C>>) -> bool {
        match (left, right) {
            (Value::Boolean(_), _) | (_, Value::Boolean(_)) => left.to_boolean() == right.to_boolean(),
            (Value::Text(left), Value::Text(right)) => left == right || self.same_date(left, right),
            _ => self.number_of(left) == self.number_of(right),
        }
    }

    fn not_equal(&self, left: &Value<NodeOf<C>>, right: &Value<NodeOf<C>>) -> bool {
        !self.equal(left, right)
    }

    fn same_date(&self, left: &str, right: &str) -> bool {
        let offset = self.context.offset_minutes();
        match (Moment::parse(left, offset), Moment::parse(right, offset)) {
            (Some(left), Some(right)) => left.timestamp() == right.timestamp(),
            _ => false,
        }
    }
}
