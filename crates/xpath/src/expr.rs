//! The program an expression's text becomes: a tree of values, operators, calls and paths, each with its span.

use std::sync::Arc;

use crate::error::Span;
use crate::function::Function;
use crate::pattern::Pattern;
use crate::value::{Kind, Text};

/// A part of an expression, and where in the text it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// What a part of an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Text(Text),
    Number(f64),
    Negate(Box<Expr>),
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// At least two terms, evaluated left to right until one is false.
    And(Vec<Expr>),
    /// At least two terms, evaluated left to right until one is true.
    Or(Vec<Expr>),
    /// At least two node-sets.
    Union(Vec<Expr>),
    Path(Path),
    /// A path that the caller resolved: answered by [`Context::slot`](crate::Context::slot).
    Slot(Slot),
    Call(Function, Vec<Expr>),
    /// A literal pattern of `regex()`, compiled once.
    Pattern(Arc<Pattern>),
    /// What [`parse`](crate::parse) refuses and [`parse_deferring`](crate::parse_deferring) keeps: an error if evaluated.
    Unknown(Text, Vec<Expr>),
}

/// The caller's number for what a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A location path: where it starts, and the steps from there.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub start: Start,
    pub steps: Vec<Step>,
    pub span: Span,
}

/// Where a path starts.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// `/data/x`: the root of the tree that holds the node the expression belongs to, also inside a predicate.
    Root,
    /// `x`, `../x`, `.`: the context node; inside a predicate, the node being tested.
    Context,
    /// `current()/../x`: the node the whole expression belongs to, also inside a predicate.
    Current,
    /// `instance('districts')/root/item`.
    Instance(Box<Expr>),
    /// `${x}` as XLSForm writes it: the caller resolves it with [`Expr::map_paths`].
    Question(Text),
    /// `${last-saved#x}`: the same question in the form this device saved last.
    LastSaved(Text),
    /// Any other expression that gives nodes, filtered by predicates: `(a | b)[1]/c`.
    Filter(Box<Expr>, Vec<Expr>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub axis: Axis,
    pub test: NodeTest,
    pub predicates: Vec<Expr>,
}

/// The direction of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    Child,
    Descendant,
    Parent,
    Ancestor,
    FollowingSibling,
    PrecedingSibling,
    Following,
    Preceding,
    Attribute,
    Namespace,
    SelfNode,
    DescendantOrSelf,
    AncestorOrSelf,
}

/// Which nodes along an axis a step takes.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeTest {
    Name(QName),
    /// `*`
    AnyName,
    /// `prefix:*`
    AnyInNamespace(Text),
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction('target')`
    Instruction(Option<Text>),
}

/// A name with its prefix, as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QName {
    pub prefix: Option<Text>,
    pub local: Text,
}

/// What a relative path inside an expression is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The node the expression belongs to.
    Outer,
    /// The node that a predicate is testing.
    Predicate,
}

impl Axis {
    pub const ALL: [Self; 13] = [
        Self::Child,
        Self::Descendant,
        Self::Parent,
        Self::Ancestor,
        Self::FollowingSibling,
        Self::PrecedingSibling,
        Self::Following,
        Self::Preceding,
        Self::Attribute,
        Self::Namespace,
        Self::SelfNode,
        Self::DescendantOrSelf,
        Self::AncestorOrSelf,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Descendant => "descendant",
            Self::Parent => "parent",
            Self::Ancestor => "ancestor",
            Self::FollowingSibling => "following-sibling",
            Self::PrecedingSibling => "preceding-sibling",
            Self::Following => "following",
            Self::Preceding => "preceding",
            Self::Attribute => "attribute",
            Self::Namespace => "namespace",
            Self::SelfNode => "self",
            Self::DescendantOrSelf => "descendant-or-self",
            Self::AncestorOrSelf => "ancestor-or-self",
        }
    }

    /// Whether positions along this axis count backwards through the document.
    pub(crate) const fn is_reverse(self) -> bool {
        matches!(self, Self::Ancestor | Self::AncestorOrSelf | Self::Preceding | Self::PrecedingSibling)
    }
}

impl BinaryOperator {
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "div",
            Self::Modulo => "mod",
        }
    }

    /// Whether the result is true or false rather than a number.
    pub const fn is_comparison(self) -> bool {
        match self {
            Self::Equal | Self::NotEqual | Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => {
                true
            }
            Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Modulo => false,
        }
    }

    pub(crate) const fn precedence(self) -> u8 {
        match self {
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Modulo => 6,
        }
    }
}

impl Path {
    /// Whether the path is just `.`.
    pub fn is_self(&self) -> bool {
        self.start == Start::Context
            && matches!(self.steps.as_slice(), [Step { axis: Axis::SelfNode, test: NodeTest::Node, predicates }] if predicates.is_empty())
    }

    /// Whether the path has no predicate and only goes to children, parents, attributes and itself.
    pub fn is_plain(&self) -> bool {
        !matches!(self.start, Start::Filter(..))
            && self.steps.iter().all(|step| {
                step.predicates.is_empty()
                    && matches!(step.axis, Axis::Child | Axis::Parent | Axis::SelfNode | Axis::Attribute)
            })
    }
}

impl Expr {
    /// What the expression gives, as far as its text tells.
    pub fn static_kind(&self) -> Kind {
        match &self.kind {
            ExprKind::Text(_) | ExprKind::Pattern(_) => Kind::Text,
            ExprKind::Number(_) | ExprKind::Negate(_) => Kind::Number,
            ExprKind::Binary(operator, _, _) if operator.is_comparison() => Kind::Boolean,
            ExprKind::Binary(..) => Kind::Number,
            ExprKind::And(_) | ExprKind::Or(_) => Kind::Boolean,
            ExprKind::Union(_) | ExprKind::Path(_) => Kind::Nodes,
            ExprKind::Slot(_) | ExprKind::Unknown(..) => Kind::Any,
            ExprKind::Call(function, _) => function.kind(),
        }
    }

    /// Replaces every path that `resolve` knows by the slot it names.
    ///
    /// Paths inside predicates are offered too, with their [`Standing`]; a relative path there leads from the node being
    /// tested and is not offered, as no slot can stand for it. When a path is replaced, its own predicates go with it.
    pub fn map_paths(&mut self, resolve: &mut dyn FnMut(&Path, Standing) -> Option<Slot>) {
        self.map_standing(Standing::Outer, resolve);
    }

    fn map_standing(&mut self, standing: Standing, resolve: &mut dyn FnMut(&Path, Standing) -> Option<Slot>) {
        match &mut self.kind {
            ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Slot(_) | ExprKind::Pattern(_) => {}
            ExprKind::Negate(inner) => inner.map_standing(standing, resolve),
            ExprKind::Binary(_, left, right) => {
                left.map_standing(standing, resolve);
                right.map_standing(standing, resolve);
            }
            ExprKind::And(terms)
            | ExprKind::Or(terms)
            | ExprKind::Union(terms)
            | ExprKind::Call(_, terms)
            | ExprKind::Unknown(_, terms) => {
                for term in terms {
                    term.map_standing(standing, resolve);
                }
            }
            ExprKind::Path(path) => {
                let offered = standing == Standing::Outer || path.start != Start::Context;
                if let Some(slot) = offered.then(|| resolve(path, standing)).flatten() {
                    self.kind = ExprKind::Slot(slot);
                    return;
                }
                match &mut path.start {
                    Start::Root | Start::Context | Start::Current | Start::Question(_) | Start::LastSaved(_) => {}
                    Start::Instance(name) => name.map_standing(standing, resolve),
                    Start::Filter(primary, predicates) => {
                        primary.map_standing(standing, resolve);
                        for predicate in predicates {
                            predicate.map_standing(Standing::Predicate, resolve);
                        }
                    }
                }
                for predicate in path.steps.iter_mut().flat_map(|step| &mut step.predicates) {
                    predicate.map_standing(Standing::Predicate, resolve);
                }
            }
        }
    }

    /// Calls `visit` for this part and every part inside it, outermost first.
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Slot(_) | ExprKind::Pattern(_) => {}
            ExprKind::Negate(inner) => inner.walk(visit),
            ExprKind::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            ExprKind::And(terms)
            | ExprKind::Or(terms)
            | ExprKind::Union(terms)
            | ExprKind::Call(_, terms)
            | ExprKind::Unknown(_, terms) => terms.iter().for_each(|term| term.walk(visit)),
            ExprKind::Path(path) => {
                match &path.start {
                    Start::Root | Start::Context | Start::Current | Start::Question(_) | Start::LastSaved(_) => {}
                    Start::Instance(name) => name.walk(visit),
                    Start::Filter(primary, predicates) => {
                        primary.walk(visit);
                        predicates.iter().for_each(|predicate| predicate.walk(visit));
                    }
                }
                path.steps.iter().flat_map(|step| &step.predicates).for_each(|predicate| predicate.walk(visit));
            }
        }
    }

    /// Whether the expression calls `function` anywhere.
    pub fn calls(&self, function: Function) -> bool {
        let mut found = false;
        self.walk(&mut |part| found |= matches!(&part.kind, ExprKind::Call(called, _) if *called == function));
        found
    }

    /// Whether two evaluations of the same answers may differ: the clock or chance is asked.
    pub fn is_volatile(&self) -> bool {
        let mut found = false;
        self.walk(&mut |part| match &part.kind {
            ExprKind::Call(Function::Randomize, arguments) => found |= arguments.len() < 2,
            ExprKind::Call(function, _) => found |= function.is_volatile(),
            _ => {}
        });
        found
    }

    /// The literal patterns of `regex()` that cannot be used.
    pub fn bad_patterns(&self) -> Vec<(Span, Arc<Pattern>)> {
        let mut bad = Vec::new();
        self.walk(&mut |part| {
            if let ExprKind::Pattern(pattern) = &part.kind
                && pattern.fault().is_some()
            {
                bad.push((part.span, pattern.clone()));
            }
        });
        bad
    }
}
