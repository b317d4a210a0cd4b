//! Functions of nodes and repeats.

use std::collections::BTreeSet;

use super::Outcome;
use super::chance::{ParkMiller, shuffle};
use super::logic::Call;
use crate::context::{Aggregate, Context, NodeOf};
use crate::error::EvalError;
use crate::expr::{ExprKind, Slot};
use crate::tree::{NodeKind, Tree};
use crate::value::{Text, Value};

impl<C: Context> Call<'_, '_, C> {
    /// What the caller maintains for a total over a resolved path.
    fn maintained(&self, aggregate: Aggregate) -> Option<f64> {
        match self.arguments {
            [only] => match &only.kind {
                ExprKind::Slot(slot) => self.evaluator.context.aggregate(aggregate, *slot),
                _ => None,
            },
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of nodes is far below 2^53")]
    pub(super) fn count(&self) -> Result<f64, EvalError> {
        if let Some(count) = self.maintained(Aggregate::Count) {
            return Ok(count);
        }
        Ok(self.nodes(0)?.len() as f64)
    }

    pub(super) fn count_non_empty(&self) -> Result<f64, EvalError> {
        if let Some(count) = self.maintained(Aggregate::CountNonEmpty) {
            return Ok(count);
        }
        let (evaluator, mut count) = (self.evaluator, 0.0);
        for node in self.nodes(0)? {
            let text = evaluator.tree.text(node);
            evaluator.read(&text)?;
            count += f64::from(u8::from(!text.is_empty()));
        }
        Ok(count)
    }

    pub(super) fn sum(&self) -> Result<f64, EvalError> {
        if let Some(sum) = self.maintained(Aggregate::Sum) {
            return Ok(sum);
        }
        let evaluator = self.evaluator;
        self.nodes(0)?.into_iter().try_fold(0.0, |sum, node| Ok(sum + evaluator.number_of(&evaluator.value_of(node)?)))
    }

    /// The least or greatest of all values; NaN when there is none or one is not a number.
    pub(super) fn extreme(&self, choose: fn(f64, f64) -> f64) -> Result<f64, EvalError> {
        let aggregate = if self.function == crate::Function::Max { Aggregate::Max } else { Aggregate::Min };
        if let Some(extreme) = self.maintained(aggregate) {
            return Ok(extreme);
        }
        let mut extreme: Option<f64> = None;
        self.each_from(0, &mut |value| {
            let number = self.evaluator.number_of(&value);
            extreme = Some(match extreme {
                Some(so_far) if so_far.is_nan() || number.is_nan() => f64::NAN,
                Some(so_far) => choose(so_far, number),
                None => number,
            });
            Ok(())
        })?;
        Ok(extreme.unwrap_or(f64::NAN))
    }

    /// Without an argument, the place among the nodes being filtered; with one, the place of a row among its siblings.
    #[expect(clippy::cast_precision_loss, reason = "a position is far below 2^53")]
    pub(super) fn position(&self) -> Result<f64, EvalError> {
        if self.arguments.is_empty() {
            return Ok(self.frame.position as f64);
        }
        if let Some(position) = self.maintained(Aggregate::Position) {
            return Ok(position);
        }
        let Some(node) = self.nodes(0)?.first().copied() else { return Ok(f64::NAN) };
        let tree = self.evaluator.tree;
        if let Some(position) = tree.position(node) {
            return Ok(f64::from(position));
        }
        let mut siblings = Vec::new();
        if let Some(parent) = tree.parent(node) {
            tree.children(parent, &mut siblings);
        }
        self.evaluator.spend(siblings.len())?;
        let alike = |other: &NodeOf<C>| {
            tree.kind(*other) == NodeKind::Element
                && tree.local_name(*other) == tree.local_name(node)
                && tree.namespace(*other) == tree.namespace(node)
        };
        let before = siblings.iter().take_while(|sibling| **sibling != node).filter(|sibling| alike(sibling)).count();
        Ok((before + 1) as f64)
    }

    pub(super) fn instance(&self) -> Result<Vec<NodeOf<C>>, EvalError> {
        let name = self.text(0)?;
        match self.evaluator.context.instance(&name) {
            Some(node) => Ok(vec![node]),
            None => Err(EvalError::UnknownInstance { name: name.to_string(), span: self.span }),
        }
    }

    /// `indexed-repeat(question, repeat, row, inner repeat, row, …)`: blank when a row does not exist.
    pub(super) fn indexed_repeat(&self) -> Outcome<C> {
        let slot = |index: usize| match self.arguments.get(index).map(|argument| &argument.kind) {
            Some(ExprKind::Slot(slot)) => Some(*slot),
            _ => None,
        };
        let mut rows: Vec<(Option<Slot>, f64)> = Vec::new();
        for repeat in (1..self.arguments.len()).step_by(2) {
            rows.push((slot(repeat), self.number(repeat + 1)?));
        }
        let resolved: Option<Vec<(Slot, f64)>> = rows.iter().map(|(slot, row)| slot.map(|slot| (slot, *row))).collect();
        if let (Some(question), Some(resolved)) = (slot(0), resolved)
            && let Some(value) = self.evaluator.context.indexed_repeat(question, &resolved)
        {
            return Ok(value);
        }
        let mut inside: Option<NodeOf<C>> = None;
        for (index, (_, row)) in rows.iter().enumerate() {
            let mut repeats = self.nodes(index * 2 + 1)?;
            repeats.retain(|repeat| inside.is_none_or(|row| self.is_within(*repeat, row)));
            // What is no position of a row names no row.
            let place = super::texts::index(*row - 1.0).filter(|_| row.fract() == 0.0);
            match place.and_then(|place| repeats.get(place)) {
                Some(chosen) => inside = Some(*chosen),
                None => return Ok(Value::Nodes(Vec::new())),
            }
        }
        let mut questions = self.nodes(0)?;
        questions.retain(|question| inside.is_none_or(|row| self.is_within(*question, row)));
        Ok(Value::Nodes(questions))
    }

    fn is_within(&self, node: NodeOf<C>, row: NodeOf<C>) -> bool {
        let mut at = Some(node);
        while let Some(here) = at {
            if here == row {
                return true;
            }
            at = self.evaluator.tree.parent(here);
        }
        false
    }

    pub(super) fn randomize(&self) -> Result<Vec<NodeOf<C>>, EvalError> {
        let mut nodes = self.nodes(0)?;
        if self.arguments.len() < 2 {
            shuffle(&mut nodes, || self.evaluator.context.random());
            return Ok(nodes);
        }
        shuffle_by_seed(&mut nodes, &self.scalar(1)?, self.evaluator.context.offset_minutes());
        Ok(nodes)
    }

    /// The elements whose attribute `id` is among the words given.
    pub(super) fn id(&self) -> Result<Vec<NodeOf<C>>, EvalError> {
        let mut wanted: BTreeSet<Text> = BTreeSet::new();
        self.each_from(0, &mut |value| {
            wanted.extend(value.to_text().split_whitespace().map(Text::from));
            Ok(())
        })?;
        let tree = self.evaluator.tree;
        let (mut all, mut attributes) = (Vec::new(), Vec::new());
        self.evaluator.descend(tree.root(self.frame.node), &mut all)?;
        all.retain(|node| {
            attributes.clear();
            tree.attributes(*node, &mut attributes);
            attributes.iter().any(|attribute| {
                tree.local_name(*attribute) == "id"
                    && tree.prefix(*attribute).is_none_or(|prefix| prefix == "xml")
                    && wanted.contains(&*tree.text(*attribute))
            })
        });
        Ok(all)
    }

    /// The node a name is asked of: the first of the argument, or the one being looked at.
    fn named(&self) -> Result<Option<NodeOf<C>>, EvalError> {
        if self.arguments.is_empty() { Ok(Some(self.frame.node)) } else { Ok(self.nodes(0)?.first().copied()) }
    }

    pub(super) fn name(&self) -> Result<Text, EvalError> {
        let tree = self.evaluator.tree;
        Ok(match self.named()? {
            Some(node) => match tree.prefix(node) {
                Some(prefix) => format!("{prefix}:{}", tree.local_name(node)).into(),
                None => tree.local_name(node).into(),
            },
            None => "".into(),
        })
    }

    pub(super) fn local_name(&self) -> Result<Text, EvalError> {
        Ok(self.named()?.map(|node| self.evaluator.tree.local_name(node)).unwrap_or_default().into())
    }

    pub(super) fn namespace_uri(&self) -> Result<Text, EvalError> {
        Ok(self.named()?.map(|node| self.evaluator.tree.namespace(node)).unwrap_or_default().into())
    }
}

/// Puts items in the order that `randomize` gives them with this seed: the same on every client.
pub fn shuffle_by_seed<T, N>(items: &mut [T], seed: &Value<N>, offset: i16) {
    let mut generator = ParkMiller::new(seed_of(seed, seed.to_number(offset)));
    shuffle(items, || generator.next());
}

/// A seed is a whole number; any other text is hashed to one, so that a record's id works as a seed. Blank is 0.
#[expect(clippy::cast_possible_truncation, reason = "a seed out of range is brought into range")]
fn seed_of<N>(seed: &Value<N>, number: f64) -> i64 {
    match seed {
        Value::Text(text) if number.is_nan() && !text.is_empty() => super::texts::seed_of_text(text),
        _ => number as i64,
    }
}
