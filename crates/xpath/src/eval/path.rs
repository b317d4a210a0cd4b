//! Paths: each step takes every node so far along an axis, keeps those that pass its test and predicates.

use super::{Evaluator, Frame};
use crate::context::{Context, NodeOf};
use crate::error::EvalError;
use crate::expr::{Axis, BinaryOperator, Expr, ExprKind, NodeTest, Path, QName, Start, Step};
use crate::function::Function;
use crate::moment::Moment;
use crate::tree::{NodeKind, Tree};
use crate::value::{Text, Value};

type Nodes<C> = Result<Vec<NodeOf<C>>, EvalError>;

impl<C: Context> Evaluator<'_, C> {
    pub(super) fn path(&self, path: &Path, frame: Frame<NodeOf<C>>) -> Nodes<C> {
        let mut nodes = match &path.start {
            // Also in a predicate over a list: an absolute path is about the record.
            Start::Root => vec![self.tree.root(self.context.current())],
            Start::Context => vec![frame.node],
            Start::Current => vec![self.context.current()],
            Start::Instance(name) => {
                let text = self.text(name, frame)?;
                match self.context.instance(&text) {
                    Some(node) => vec![node],
                    None => return Err(EvalError::UnknownInstance { name: text.to_string(), span: path.span }),
                }
            }
            Start::Question(name) | Start::LastSaved(name) => {
                return Err(EvalError::Unresolved { name: name.clone(), span: path.span });
            }
            Start::Filter(primary, predicates) => {
                let mut nodes = self.nodes(primary, frame, "/")?;
                for predicate in predicates {
                    nodes = self.filter(nodes, predicate)?;
                }
                nodes
            }
        };
        let mut steps = path.steps.as_slice();
        while let Some((step, rest)) = steps.split_first() {
            // `//name` is one walk down rather than one walk for each node on the way, unless positions count.
            let fused = rest.first().filter(|next| {
                is_any_depth(step) && next.axis == Axis::Child && !next.predicates.iter().any(counts_positions)
            });
            if let Some(next) = fused {
                let whole =
                    Step { axis: Axis::Descendant, test: next.test.clone(), predicates: next.predicates.clone() };
                nodes = self.step(&nodes, &whole, frame)?;
                steps = &rest[1..];
            } else {
                nodes = self.step(&nodes, step, frame)?;
                steps = rest;
            }
        }
        Ok(nodes)
    }

    fn step(&self, from: &[NodeOf<C>], step: &Step, frame: Frame<NodeOf<C>>) -> Nodes<C> {
        let mut found = Vec::new();
        for node in from {
            let mut here = Vec::new();
            let mut predicates = step.predicates.as_slice();
            if let (Axis::Child, NodeTest::Name(name), Some((first, rest))) =
                (step.axis, &step.test, predicates.split_first())
                && let Some(chosen) = self.lookup(*node, name, first, frame)?
            {
                here = chosen;
                predicates = rest;
            } else {
                self.along(step.axis, &step.test, *node, &mut here)?;
            }
            self.spend(here.len())?;
            for predicate in predicates {
                here = self.filter(here, predicate)?;
            }
            found.append(&mut here);
        }
        if from.len() > 1 || step.axis.is_reverse() {
            self.settle(&mut found)?;
        }
        Ok(found)
    }

    /// Keeps the nodes for which `predicate` holds; a number is a position.
    fn filter(&self, nodes: Vec<NodeOf<C>>, predicate: &Expr) -> Nodes<C> {
        let size = nodes.len();
        let mut kept = Vec::new();
        for (index, node) in nodes.into_iter().enumerate() {
            self.spend(1)?;
            let position = index + 1;
            let keep = match self.eval(predicate, Frame { node, position, size })? {
                #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "positions are small whole numbers")]
                Value::Number(number) => number == position as f64,
                value => value.to_boolean(),
            };
            if keep {
                kept.push(node);
            }
        }
        Ok(kept)
    }

    /// The children that `[column = fixed]` keeps, without evaluating the predicate for each; `None` if it has not that
    /// shape, or compares anything but plain text.
    fn lookup(
        &self,
        node: NodeOf<C>,
        name: &QName,
        predicate: &Expr,
        frame: Frame<NodeOf<C>>,
    ) -> Result<Option<Vec<NodeOf<C>>>, EvalError> {
        let ExprKind::Binary(BinaryOperator::Equal, left, right) = &predicate.kind else { return Ok(None) };
        let (column, fixed) = match (column(left), column(right)) {
            (Some(column), None) => (column, right),
            (None, Some(column)) => (column, left),
            _ => return Ok(None),
        };
        if !is_fixed(fixed) {
            return Ok(None);
        }
        let Some(wanted) = self.plain_text(fixed, frame)? else { return Ok(None) };
        if let Some(chosen) = self.tree.children_where(node, name, column, &wanted) {
            return Ok(Some(chosen));
        }
        let (mut chosen, mut cells) = (Vec::new(), Vec::new());
        self.tree.children_named(node, name, &mut chosen);
        let wanted = Value::Text(wanted);
        self.spend(chosen.len())?;
        let mut kept = Vec::new();
        for item in chosen.drain(..) {
            cells.clear();
            self.tree.children_named(item, column, &mut cells);
            if self.any_of(&cells, |cell| self.equal(cell, &wanted))? {
                kept.push(item);
            }
        }
        Ok(Some(kept))
    }

    /// The text that `expr` gives, unless it gives something that does not compare as text.
    fn plain_text(&self, expr: &Expr, frame: Frame<NodeOf<C>>) -> Result<Option<Text>, EvalError> {
        let value = match self.eval(expr, frame)? {
            Value::Nodes(nodes) => match nodes.as_slice() {
                [only] => self.value_of(*only)?,
                _ => return Ok(None),
            },
            value => value,
        };
        Ok(match value {
            Value::Text(text) if Moment::parse(&text, 0).is_none() => Some(text),
            _ => None,
        })
    }

    /// Adds the nodes along `axis` that pass `test`, nearest first.
    fn along(&self, axis: Axis, test: &NodeTest, node: NodeOf<C>, into: &mut Vec<NodeOf<C>>) -> Result<(), EvalError> {
        match axis {
            Axis::Child => {
                if let NodeTest::Name(name) = test {
                    self.tree.children_named(node, name, into);
                    return Ok(());
                }
                self.tree.children(node, into);
            }
            Axis::Descendant => self.descend(node, into)?,
            Axis::DescendantOrSelf => {
                into.push(node);
                self.descend(node, into)?;
            }
            Axis::Parent => into.extend(self.tree.parent(node)),
            Axis::Ancestor => self.ascend(node, into),
            Axis::AncestorOrSelf => {
                into.push(node);
                self.ascend(node, into);
            }
            Axis::SelfNode => into.push(node),
            Axis::Attribute => self.tree.attributes(node, into),
            Axis::Namespace => self.tree.namespaces(node, into),
            Axis::FollowingSibling => into.extend(self.siblings(node).1),
            Axis::PrecedingSibling => into.extend(self.siblings(node).0.into_iter().rev()),
            Axis::Following => self.following(node, into)?,
            Axis::Preceding => self.preceding(node, into)?,
        }
        self.spend(into.len())?;
        into.retain(|node| self.passes(*node, axis, test));
        Ok(())
    }

    fn passes(&self, node: NodeOf<C>, axis: Axis, test: &NodeTest) -> bool {
        let kind = self.tree.kind(node);
        let principal = match axis {
            Axis::Attribute => NodeKind::Attribute,
            Axis::Namespace => NodeKind::Namespace,
            _ => NodeKind::Element,
        };
        match test {
            NodeTest::Node => true,
            NodeTest::Text => kind == NodeKind::Text,
            NodeTest::Comment => kind == NodeKind::Comment,
            NodeTest::Instruction(target) => {
                kind == NodeKind::Instruction
                    && target.as_ref().is_none_or(|target| *self.tree.local_name(node) == **target)
            }
            NodeTest::AnyName => kind == principal,
            NodeTest::AnyInNamespace(prefix) => kind == principal && self.tree.is_in_namespace(node, prefix),
            NodeTest::Name(name) => kind == principal && self.tree.is_named(node, name),
        }
    }

    /// Adds all below `node` in document order.
    pub(super) fn descend(&self, node: NodeOf<C>, into: &mut Vec<NodeOf<C>>) -> Result<(), EvalError> {
        let mut waiting = Vec::new();
        let mut children = Vec::new();
        self.tree.children(node, &mut children);
        waiting.extend(children.drain(..).rev());
        while let Some(next) = waiting.pop() {
            self.spend(1)?;
            into.push(next);
            self.tree.children(next, &mut children);
            waiting.extend(children.drain(..).rev());
        }
        Ok(())
    }

    fn ascend(&self, node: NodeOf<C>, into: &mut Vec<NodeOf<C>>) {
        let mut above = self.tree.parent(node);
        while let Some(parent) = above {
            into.push(parent);
            above = self.tree.parent(parent);
        }
    }

    /// The siblings before and after a node, in document order. An attribute or a namespace has none.
    fn siblings(&self, node: NodeOf<C>) -> (Vec<NodeOf<C>>, Vec<NodeOf<C>>) {
        let mut before = Vec::new();
        if matches!(self.tree.kind(node), NodeKind::Attribute | NodeKind::Namespace) {
            return (before, Vec::new());
        }
        if let Some(parent) = self.tree.parent(node) {
            self.tree.children(parent, &mut before);
        }
        match before.iter().position(|sibling| *sibling == node) {
            Some(at) => {
                let after = before.split_off(at + 1);
                before.pop();
                (before, after)
            }
            None => (Vec::new(), Vec::new()),
        }
    }

    fn following(&self, node: NodeOf<C>, into: &mut Vec<NodeOf<C>>) -> Result<(), EvalError> {
        let mut at = node;
        if matches!(self.tree.kind(node), NodeKind::Attribute | NodeKind::Namespace)
            && let Some(parent) = self.tree.parent(node)
        {
            self.descend(parent, into)?;
            at = parent;
        }
        loop {
            for sibling in self.siblings(at).1 {
                into.push(sibling);
                self.descend(sibling, into)?;
            }
            match self.tree.parent(at) {
                Some(parent) => at = parent,
                None => return Ok(()),
            }
        }
    }

    /// Nearest first: backwards through the document, without the ancestors.
    fn preceding(&self, node: NodeOf<C>, into: &mut Vec<NodeOf<C>>) -> Result<(), EvalError> {
        let mut at = node;
        loop {
            for sibling in self.siblings(at).0.into_iter().rev() {
                let mut below = vec![sibling];
                self.descend(sibling, &mut below)?;
                into.extend(below.into_iter().rev());
            }
            match self.tree.parent(at) {
                Some(parent) => at = parent,
                None => return Ok(()),
            }
        }
    }
}

fn is_any_depth(step: &Step) -> bool {
    step.axis == Axis::DescendantOrSelf && step.test == NodeTest::Node && step.predicates.is_empty()
}

/// Whether a predicate's outcome may depend on where the node stands among its siblings.
fn counts_positions(predicate: &Expr) -> bool {
    use crate::value::Kind;
    let mut counts = matches!(predicate.static_kind(), Kind::Number | Kind::Any | Kind::Date);
    predicate.walk(&mut |part| {
        counts |= match &part.kind {
            ExprKind::Call(Function::Last, _) => true,
            ExprKind::Call(Function::Position, arguments) => arguments.is_empty(),
            _ => false,
        };
    });
    counts
}

/// The name in a path that is just a child's name.
fn column(expr: &Expr) -> Option<&QName> {
    match &expr.kind {
        ExprKind::Path(Path { start: Start::Context, steps, .. }) => match steps.as_slice() {
            [Step { axis: Axis::Child, test: NodeTest::Name(name), predicates }] if predicates.is_empty() => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression inside a predicate gives the same for every node that is tested.
fn is_fixed(expr: &Expr) -> bool {
    let mut fixed = true;
    expr.walk(&mut |part| {
        fixed &= match &part.kind {
            ExprKind::Path(path) => !matches!(path.start, Start::Context),
            ExprKind::Call(Function::Last | Function::Lang, _) => false,
            ExprKind::Call(function, arguments) => !(arguments.is_empty() && function.arity().most == Some(1)),
            ExprKind::Unknown(..) => false,
            _ => true,
        };
    });
    fixed
}
