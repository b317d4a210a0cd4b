//! One expression of a form, compiled: every path it writes is resolved to a target before anything is filled in.
//!
//! `${x}` and a path to `x` mean the same: seen from inside `x`'s own repeat it is the `x` of the same row; seen from outside
//! it is the `x` of all rows. In between, it is the `x` of all rows inside the innermost row around both.

use std::collections::{BTreeSet, HashMap};

use chaski_xpath::{Axis, Expr, Function, NodeTest, Path, Slot, Standing, Start};

use super::graph::Aspect;
use super::{Node, NodeId, Scope, ScopeId};
use crate::kind::Kind;
use crate::problem::Cause;

/// An expression and what it reads.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) program: Expr,
    /// The node it belongs to; nothing for the form's own, such as its instance name.
    pub(crate) owner: Option<NodeId>,
    pub(crate) reads: Vec<Read>,
}

impl Expression {
    /// Whether its value is another one in each row of a scope: it reads the row's own answers, or asks for the row itself.
    pub(super) fn is_of_row(&self, rows: ScopeId, targets: &[Target]) -> bool {
        let mut asks_for_row = false;
        self.program.walk(&mut |part| {
            if let chaski_xpath::ExprKind::Slot(slot) = part.kind {
                asks_for_row |= targets.get(slot.0 as usize) == Some(&Target::Row(rows));
            }
        });
        asks_for_row || self.reads.iter().any(|read| read.within == rows)
    }
}

/// What a slot stands for, seen from the row the expression is evaluated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// The node of the same row, or of a row around it.
    Here(NodeId),
    /// The node in every row inside the row of `within` around the expression.
    All { node: NodeId, within: ScopeId },
    /// Every row of a repeat inside the row of `within` around the expression.
    Rows { repeat: NodeId, within: ScopeId },
    /// The row of this scope around the expression.
    Row(ScopeId),
    /// A column of the choice that a filter is testing.
    Column(u32),
    /// A question of this name in the record saved last: its place in [`super::Form::last_saved`].
    LastSaved(u32),
    /// The record's id, as ODK writes it: `meta/instanceID`.
    RecordId,
    /// Something this program does not have: always blank.
    Blank,
}

/// A property whose change means that the expression must be computed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Read {
    pub(crate) node: NodeId,
    pub(crate) aspect: Aspect,
    /// The rows to compute again are those inside the row of this scope around the change.
    pub(crate) within: ScopeId,
}

/// What an expression is for, which decides what it may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// May say `.`: the answer is there before it is judged or described.
    Judgement,
    /// May not say `.`, which would be itself.
    Value,
    /// A bare name is a column of the list.
    Filter,
}

/// What compiling an expression needs to know of its form.
pub(super) struct Surroundings<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) scopes: &'a [Scope],
    pub(super) top: &'a [NodeId],
    pub(super) by_name: &'a HashMap<String, Vec<NodeId>>,
}

impl Surroundings<'_> {
    /// The innermost scope around two nodes.
    pub(super) fn scope_around_both(&self, one: NodeId, other: NodeId) -> ScopeId {
        self.common(self.nodes[one.at()].scope, self.nodes[other.at()].scope)
    }

    fn common(&self, mut left: ScopeId, mut right: ScopeId) -> ScopeId {
        while left != right {
            let deeper =
                if self.scopes[left.at()].depth >= self.scopes[right.at()].depth { &mut left } else { &mut right };
            *deeper = self.scopes[deeper.at()].parent.unwrap_or(ScopeId::RECORD);
        }
        left
    }
}

/// Compiles one text.
pub(super) struct Compiling<'a> {
    pub(super) around: &'a Surroundings<'a>,
    pub(super) owner: Option<NodeId>,
    /// The scope in whose rows the expression is evaluated.
    scope: ScopeId,
    pub(super) purpose: Purpose,
    pub(super) targets: &'a mut Targets,
    /// The columns a filter names, in order of their number.
    pub(super) columns: Vec<String>,
    reads: BTreeSet<Read>,
    causes: Vec<Cause>,
}

/// Every target of a form, each once, by its slot.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) list: Vec<Target>,
    /// The questions of the record saved last that are read.
    pub(super) last_saved: Vec<String>,
    slots: HashMap<Target, Slot>,
    /// The characters of every expression compiled so far.
    characters: usize,
    /// What all of them look at, each as often as another looks at it.
    reads: usize,
    /// How many nodes paths by wildcards were held against.
    met: usize,
}

impl Targets {
    /// The most characters that all expressions of a form may have; the longest of 115 real surveys has some 300,000.
    const MAX_CHARACTERS: usize = 2_000_000;
    /// The most that all expressions of a form may look at: a path by wildcards looks at every question.
    const MAX_READS: usize = 1_000_000;
    /// The most nodes that paths by wildcards are held against.
    const MAX_MET: usize = 10_000_000;
    /// What even the shortest expression is counted as: a program is larger than its text.
    const LEAST: usize = 20;

    /// Counts an expression.
    ///
    /// # Errors
    /// Without a cause when there are too many: that is told once, by [`Self::excess`].
    fn admit(&mut self, text: &str) -> Result<(), Vec<Cause>> {
        self.characters = self.characters.saturating_add(text.len().max(Self::LEAST));
        if self.characters > Self::MAX_CHARACTERS || self.sees_too_much() { Err(Vec::new()) } else { Ok(()) }
    }

    fn sees_too_much(&self) -> bool {
        self.reads > Self::MAX_READS || self.met > Self::MAX_MET
    }

    /// What is wrong when all expressions together were too long to be compiled, or look at too much.
    pub(super) fn excess(&self) -> Option<Cause> {
        if self.sees_too_much() {
            let unit = "answers that expressions look at, as each `*` looks at all";
            return Some(Cause::TooLarge { limit: Self::MAX_READS as u64, unit });
        }
        let limit = Self::MAX_CHARACTERS as u64;
        let unit = "characters of expressions";
        (self.characters > Self::MAX_CHARACTERS).then_some(Cause::TooLarge { limit, unit })
    }

    fn slot(&mut self, target: Target) -> Slot {
        *self.slots.entry(target).or_insert_with(|| {
            self.list.push(target);
            Slot(u32::try_from(self.list.len() - 1).unwrap_or(u32::MAX))
        })
    }
}

impl<'a> Compiling<'a> {
    pub(super) fn new(
        around: &'a Surroundings<'a>,
        owner: Option<NodeId>,
        purpose: Purpose,
        targets: &'a mut Targets,
    ) -> Self {
        let scope = owner.map_or(ScopeId::RECORD, |owner| around.nodes[owner.at()].scope);
        Self { around, owner, scope, purpose, targets, columns: Vec::new(), reads: BTreeSet::new(), causes: Vec::new() }
    }

    /// For what a repeat asks of each of its rows, seen from the row.
    pub(super) fn of_row(around: &'a Surroundings<'a>, repeat: NodeId, targets: &'a mut Targets) -> Self {
        let found = &around.nodes[repeat.at()];
        let scope = found.rows.unwrap_or(found.scope);
        Self { scope, ..Self::new(around, Some(repeat), Purpose::Value, targets) }
    }

    /// Parses and resolves.
    ///
    /// # Errors
    /// With everything wrong in the text.
    pub(super) fn text(&mut self, text: &str) -> Result<Expression, Vec<Cause>> {
        self.targets.admit(text)?;
        let parsed = chaski_xpath::parse(text).or_else(|error| {
            // A word processor bends quotes. They are straightened only where the text cannot be read otherwise: inside
            // a pattern a bent quote may be meant.
            chaski_xpath::parse(&straightened(text)).map_err(|_| error)
        });
        let parsed = parsed.map_err(|error| {
            let at = u32::try_from(error.column.0).unwrap_or(u32::MAX);
            vec![Cause::BadExpression { at, detail: error.fault.to_string() }]
        })?;
        self.program(parsed, text)
    }

    /// Resolves what was parsed from `text`.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub(super) fn program(&mut self, mut program: Expr, text: &str) -> Result<Expression, Vec<Cause>> {
        for (span, pattern) in program.bad_patterns() {
            let at = u32::try_from(span.column(text).0).unwrap_or(u32::MAX);
            let detail = pattern.fault().map(ToString::to_string).unwrap_or_default();
            self.causes.push(Cause::BadExpression { at, detail });
        }
        self.widen(&mut program);
        program.map_paths(&mut |path, standing| self.resolve(path, standing));
        self.walked(&program);
        self.compare_times(&mut program);
        if self.causes.is_empty() {
            Ok(Expression { program, owner: self.owner, reads: std::mem::take(&mut self.reads).into_iter().collect() })
        } else {
            Err(std::mem::take(&mut self.causes))
        }
    }

    fn node(&self, id: NodeId) -> &'a Node {
        &self.around.nodes[id.at()]
    }

    fn parent_scope(&self, scope: ScopeId) -> ScopeId {
        self.around.scopes[scope.at()].parent.unwrap_or(ScopeId::RECORD)
    }

    fn common(&self, left: ScopeId, right: ScopeId) -> ScopeId {
        self.around.common(left, right)
    }

    /// `indexed-repeat(${x}, ${rep}, n)` means the `x` of any row, also when it is written inside that repeat: its paths
    /// are resolved from above the repeat.
    fn widen(&mut self, program: &mut Expr) {
        use chaski_xpath::ExprKind as E;
        match &mut program.kind {
            E::Call(Function::IndexedRepeat, arguments) => {
                let repeats: Vec<NodeId> = arguments
                    .iter()
                    .skip(1)
                    .step_by(2)
                    .filter_map(|argument| match &argument.kind {
                        E::Path(path) => self.path(path),
                        _ => None,
                    })
                    .collect();
                let Some(outermost) = repeats.first().map(|repeat| self.node(*repeat).scope) else { return };
                for (index, argument) in arguments.iter_mut().enumerate() {
                    let E::Path(path) = &argument.kind else {
                        self.widen(argument);
                        continue;
                    };
                    if index == 0 || index % 2 == 1 {
                        let Some(node) = self.path(path) else { continue };
                        let within = self.common(outermost, self.scope);
                        argument.kind = E::Slot(self.all(node, within));
                    }
                }
            }
            E::Call(Function::Position, arguments) => {
                let [argument] = arguments.as_mut_slice() else { return };
                let E::Path(path) = &argument.kind else { return };
                let is_above = path.start == Start::Context && path.steps.iter().all(|step| step.axis == Axis::Parent);
                match self.path(path).and_then(|node| self.row(node)) {
                    // A repeat's own name, written inside it, is its row.
                    Some(slot) => argument.kind = E::Slot(slot),
                    // What holds the question and is no row stands alone.
                    None if is_above && path.is_plain() => program.kind = E::Number(1.0),
                    None => {}
                }
            }
            E::Call(_, terms) | E::Unknown(_, terms) | E::And(terms) | E::Or(terms) | E::Union(terms) => {
                terms.iter_mut().for_each(|term| self.widen(term));
            }
            E::Negate(inner) => self.widen(inner),
            E::Binary(_, left, right) => {
                self.widen(left);
                self.widen(right);
            }
            E::Text(_) | E::Number(_) | E::Path(_) | E::Slot(_) | E::Pattern(_) => {}
        }
    }

    /// The slot for a path; nothing leaves it to be walked in the tree.
    fn resolve(&mut self, path: &Path, standing: Standing) -> Option<Slot> {
        if let Start::LastSaved(name) = &path.start {
            let saved = &mut self.targets.last_saved;
            let place = saved.iter().position(|known| **known == **name).unwrap_or_else(|| {
                saved.push(name.to_string());
                saved.len() - 1
            });
            return Some(self.targets.slot(Target::LastSaved(u32::try_from(place).unwrap_or(u32::MAX))));
        }
        // In a filter a bare name is a column; `../x` is still seen from the question.
        if standing == Standing::Outer
            && self.purpose == Purpose::Filter
            && path.start == Start::Context
            && let [step] = path.steps.as_slice()
            && let (Axis::Child, NodeTest::Name(name), []) = (step.axis, &step.test, step.predicates.as_slice())
        {
            return Some(self.column(name.local.to_string()));
        }
        if path.is_self() && standing == Standing::Outer && self.purpose != Purpose::Judgement {
            self.causes.push(Cause::SelfReference);
            return Some(self.targets.slot(Target::Blank));
        }
        if matches!(path.start, Start::Instance(_) | Start::Filter(..)) {
            return None;
        }
        let node = match &path.start {
            Start::Question(name) if path.steps.is_empty() => match self.named(name) {
                Ok(node) => node,
                // Every XForm has it; here it is no answer.
                Err(_) if &**name == INSTANCE_ID => return Some(self.targets.slot(Target::RecordId)),
                Err(cause) => {
                    self.causes.push(cause);
                    return Some(self.targets.slot(Target::Blank));
                }
            },
            _ if !path.is_plain() => return None,
            _ => match self.path(path) {
                Some(node) => node,
                None => return is_instance_id(path).then(|| self.targets.slot(Target::RecordId)),
            },
        };
        // `..` from inside a row is that row.
        if path.steps.last().is_some_and(|step| step.axis == Axis::Parent) {
            if let Some(slot) = self.row(node) {
                return Some(slot);
            }
            // A group around this node would be read with this node in it.
            if self.common(self.scope, self.node(node).scope) == self.node(node).scope {
                return Some(self.targets.slot(Target::Here(node)));
            }
        }
        Some(self.reference(node))
    }

    /// The slot of a column of the list being filtered.
    fn column(&mut self, name: String) -> Slot {
        let number = self.columns.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.columns.push(name);
            self.columns.len() - 1
        });
        self.targets.slot(Target::Column(u32::try_from(number).unwrap_or(u32::MAX)))
    }

    /// The slot of the row of a repeat around this expression, if it is inside one.
    fn row(&mut self, repeat: NodeId) -> Option<Slot> {
        let rows = self.node(repeat).rows?;
        if self.common(self.scope, rows) != rows {
            return None;
        }
        self.read(repeat, Aspect::Position, rows);
        Some(self.targets.slot(Target::Row(rows)))
    }

    /// The slot of a node as this expression sees it.
    fn reference(&mut self, node: NodeId) -> Slot {
        let found = self.node(node);
        let common = self.common(self.scope, found.scope);
        if found.rows.is_some() {
            return self.all(node, common);
        }
        if common == found.scope {
            self.read(node, Aspect::Value, common);
            if found.kind == Kind::Group {
                self.read(node, Aspect::Relevant, common);
                self.read_inside(node, common);
            }
            return self.targets.slot(Target::Here(node));
        }
        self.all(node, common)
    }

    /// The slot of a node in all rows inside the row of `within`.
    fn all(&mut self, node: NodeId, within: ScopeId) -> Slot {
        let found = self.node(node);
        let mut scope = found.scope;
        if found.rows.is_some() {
            self.read(node, Aspect::Rows, self.common(within, scope));
            self.read(node, Aspect::Row, self.common(within, scope));
        } else {
            self.read(node, Aspect::Value, within);
            self.read(node, Aspect::Relevant, within);
        }
        while scope != within {
            let Some(repeat) = self.around.scopes[scope.at()].repeat else { break };
            scope = self.parent_scope(scope);
            self.read(repeat, Aspect::Rows, within);
            self.read(repeat, Aspect::Row, within);
        }
        self.targets.slot(match found.rows {
            Some(_) => Target::Rows { repeat: node, within },
            None => Target::All { node, within },
        })
    }

    /// Reads everything in a group, whose text it is; but not what this expression itself gives.
    fn read_inside(&mut self, group: NodeId, within: ScopeId) {
        let mut waiting = self.node(group).children.clone();
        while let Some(node) = waiting.pop() {
            waiting.extend(&self.node(node).children);
            if Some(node) != self.owner && !self.node(node).kind.is_container() {
                self.all(node, within);
            }
        }
    }

    fn read(&mut self, node: NodeId, aspect: Aspect, within: ScopeId) {
        if !self.targets.sees_too_much() && self.reads.insert(Read { node, aspect, within }) {
            self.targets.reads += 1;
        }
    }

    fn named(&self, name: &str) -> Result<NodeId, Cause> {
        match self.around.by_name.get(name).map(Vec::as_slice) {
            Some([node]) => Ok(*node),
            Some(nodes) if !nodes.is_empty() => {
                let rows = nodes.iter().map(|node| node.0 + 1).collect();
                Err(Cause::AmbiguousReference { name: name.to_owned(), rows })
            }
            _ => {
                let names = self.around.nodes.iter().map(|node| node.name.as_str());
                let nearest = crate::nearest::nearest(name, names).map(str::to_owned);
                Err(Cause::UnknownReference { name: name.to_owned(), nearest })
            }
        }
    }

    /// The node a path of names leads to, predicates aside.
    pub(super) fn path(&self, path: &Path) -> Option<NodeId> {
        let mut steps = path.steps.as_slice();
        let start = match &path.start {
            Start::Question(name) => Place::Node(self.named(name).ok()?),
            Start::Context | Start::Current => self.owner.map_or(Place::Form, Place::Node),
            Start::Root => {
                // The first name is the form's own, whatever the author calls it.
                steps = steps.split_first().filter(|(first, _)| first.axis == Axis::Child)?.1;
                Place::Form
            }
            Start::Filter(primary, _) => match &primary.kind {
                chaski_xpath::ExprKind::Path(inner) => Place::Node(self.path(inner)?),
                chaski_xpath::ExprKind::Slot(slot) => Place::Node(self.targets.node(*slot)?),
                _ => return None,
            },
            Start::Instance(_) | Start::LastSaved(_) => return None,
        };
        self.follow(start, steps)
    }

    fn follow(&self, place: Place, steps: &[chaski_xpath::Step]) -> Option<NodeId> {
        match self.stand(place, steps)? {
            Place::Node(node) => Some(node),
            Place::Form => None,
        }
    }

    fn stand(&self, mut place: Place, steps: &[chaski_xpath::Step]) -> Option<Place> {
        for step in steps {
            place = match (step.axis, &step.test) {
                (Axis::SelfNode, NodeTest::Node) => place,
                (Axis::Parent, NodeTest::Node) => match place {
                    Place::Node(node) => self.node(node).parent.map_or(Place::Form, Place::Node),
                    Place::Form => return None,
                },
                (Axis::Child, NodeTest::Name(name)) => {
                    let children = match place {
                        Place::Node(node) => self.node(node).children.as_slice(),
                        Place::Form => self.around.top,
                    };
                    Place::Node(*children.iter().find(|child| self.node(**child).name == *name.local)?)
                }
                _ => return None,
            };
        }
        Some(place)
    }

    /// The scope around everything that walking a path passes: any of its rows may be met.
    pub(super) fn reach(&self, path: &Path) -> ScopeId {
        match &path.start {
            Start::Context | Start::Current => {
                self.climbed(self.scope, self.owner.map_or(Place::Form, Place::Node), &path.steps)
            }
            Start::Question(name) => match self.named(name) {
                Ok(node) => {
                    let within = self.common(self.scope, self.node(node).scope);
                    self.climbed(within, Place::Node(node), &path.steps)
                }
                Err(_) => ScopeId::RECORD,
            },
            Start::Root | Start::Filter(..) | Start::Instance(_) | Start::LastSaved(_) => ScopeId::RECORD,
        }
    }

    /// The scope around `within` and every place that steps climb to.
    fn climbed(&self, within: ScopeId, start: Place, steps: &[chaski_xpath::Step]) -> ScopeId {
        let (mut within, mut place) = (within, Some(start));
        for step in steps {
            place = place.and_then(|place| self.stand(place, std::slice::from_ref(step)));
            if step.axis == Axis::Child {
                continue;
            }
            let scope = match place {
                Some(Place::Node(node)) => self.node(node).rows.unwrap_or(self.node(node).scope),
                Some(Place::Form) | None => ScopeId::RECORD,
            };
            within = self.common(within, scope);
        }
        within
    }

    /// Times of day are text, and text has no order: a comparison with a question of type time compares the parts of the day.
    fn compare_times(&self, program: &mut Expr) {
        use chaski_xpath::BinaryOperator::{Greater, GreaterOrEqual, Less, LessOrEqual};
        use chaski_xpath::ExprKind as E;
        match &mut program.kind {
            // Whether two times are equal, or one is blank, their texts tell.
            E::Binary(Less | LessOrEqual | Greater | GreaterOrEqual, left, right) => {
                let is_time = |side: &Expr| match side.kind {
                    E::Slot(slot) => self.targets.node(slot).is_some_and(|node| self.node(node).kind == Kind::Time),
                    _ => false,
                };
                if is_time(left) || is_time(right) {
                    for side in [left, right] {
                        if is_time(side) || matches!(side.kind, E::Text(_)) {
                            let inner =
                                Expr { kind: std::mem::replace(&mut side.kind, E::Number(0.0)), span: side.span };
                            side.kind = E::Call(Function::DecimalTime, vec![inner]);
                        }
                    }
                } else {
                    self.compare_times(left);
                    self.compare_times(right);
                }
            }
            E::Binary(_, left, right) => {
                self.compare_times(left);
                self.compare_times(right);
            }
            E::Call(_, terms) | E::Unknown(_, terms) | E::And(terms) | E::Or(terms) | E::Union(terms) => {
                terms.iter_mut().for_each(|term| self.compare_times(term));
            }
            E::Negate(inner) => self.compare_times(inner),
            E::Text(_) | E::Number(_) | E::Path(_) | E::Slot(_) | E::Pattern(_) => {}
        }
    }

    /// What is read by the paths that are left to be walked, and a problem for one that leads nowhere.
    fn walked(&mut self, program: &Expr) {
        for reference in chaski_xpath::references(program) {
            let chaski_xpath::Target::Path(path) = reference.target else { continue };
            if let Start::Instance(_) = path.start {
                continue;
            }
            let (node, within) = match (&path.start, reference.enclosing) {
                // Inside a predicate a relative path leads from the node that is tested.
                (Start::Context, Some(enclosing)) => {
                    if matches!(enclosing.path.start, Start::Instance(_)) {
                        continue;
                    }
                    let steps = enclosing.step.map_or(0, |step| step + 1);
                    let tested = Path {
                        start: enclosing.path.start.clone(),
                        steps: enclosing.path.steps.iter().take(steps).cloned().collect(),
                        span: enclosing.path.span,
                    };
                    let (within, tested) = (self.reach(&tested), self.path(&tested).map(Place::Node));
                    let within = tested.map_or(within, |tested| self.climbed(within, tested, &path.steps));
                    (tested.and_then(|tested| self.follow(tested, &path.steps)), within)
                }
                _ => (self.path(path), self.reach(path)),
            };
            match node {
                Some(node) => drop(self.all(node, within)),
                // A path of names that leads nowhere, such as a bare `null`, reads nothing.
                None if path.steps.iter().all(|step| matches!(step.test, NodeTest::Name(_) | NodeTest::Node))
                    && path
                        .steps
                        .iter()
                        .all(|step| matches!(step.axis, Axis::Child | Axis::Parent | Axis::SelfNode)) => {}
                None => {
                    // A path by wildcards: anything inside the form may be meant.
                    self.targets.met = self.targets.met.saturating_add(self.around.nodes.len());
                    if self.targets.sees_too_much() {
                        return;
                    }
                    let all: Vec<NodeId> = (0..self.around.nodes.len() as u32).map(NodeId).collect();
                    for node in all {
                        if Some(node) != self.owner && self.node(node).kind != Kind::Group {
                            self.all(node, ScopeId::RECORD);
                        }
                    }
                }
            }
        }
    }
}

const INSTANCE_ID: &str = "instanceID";

/// Whether a path is that of the record's id: `/data/meta/instanceID`.
fn is_instance_id(path: &Path) -> bool {
    let is_named = |step: &chaski_xpath::Step, name: &str| {
        step.axis == Axis::Child && matches!(&step.test, NodeTest::Name(found) if *found.local == *name)
    };
    match path.steps.as_slice() {
        [_, meta, id] => path.start == Start::Root && is_named(meta, "meta") && is_named(id, INSTANCE_ID),
        _ => false,
    }
}

pub(crate) fn straightened(text: &str) -> String {
    text.replace(['\u{2018}', '\u{2019}'], "'").replace(['\u{201c}', '\u{201d}'], "\"")
}

impl Targets {
    pub(super) fn node(&self, slot: Slot) -> Option<NodeId> {
        match self.list.get(slot.0 as usize)? {
            Target::Here(node) | Target::All { node, .. } | Target::Rows { repeat: node, .. } => Some(*node),
            Target::Row(_) | Target::Column(_) | Target::LastSaved(_) | Target::RecordId | Target::Blank => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// The element around all top nodes.
    Form,
    Node(NodeId),
}
