//! From a definition to a form: the arena is built, every expression compiled, and the graph drawn.

use std::collections::{BTreeMap, HashMap};

use chaski_values::{NodePath, RowId, Step};
use chaski_xpath::{ExprKind, Function};

use super::choices::{ChoicesFrom, ListedChoice};
use super::expression::{Compiling, Surroundings, Targets};
use super::graph::Circle;
use super::text::{Part, split};
use super::{
    Action, Aspect, Calculation, Cast, ChoiceList, ChoiceSource, Compiled, Default, ExprId, Expression, Filter, Form,
    Given, Graph, Keep, LabelAt, Media, Message, Node, NodeId, Order, Piece, Purpose, Read, Scope, ScopeId, Target,
    action, pages,
};
use crate::Document;
use crate::columns::Property as P;
use crate::kind::Kind;
use crate::lookups::Indexes;
use crate::problem::{Cause, FormErrors, Problem, Severity};
use crate::reading::{Place, Problems, Spans};
use crate::source::{DefinedChoices, DefinedNode, DefinedTree, DefinedValue, Definition, Event, FormSource, Texts};
use crate::view::Language;

pub(super) mod choices;

pub(super) fn compile(source: &FormSource, spans: &Spans) -> Result<Compiled, FormErrors> {
    let definition = source.definition();
    let Arena { mut nodes, scopes, top } = arena(definition)?;
    let mut by_name: HashMap<String, Vec<NodeId>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        by_name.entry(node.name.clone()).or_default().push(NodeId(index as u32));
    }
    let around = Surroundings { nodes: &nodes, scopes: &scopes, top: &top, by_name: &by_name };
    let mut compiler = Compiler {
        around,
        spans,
        targets: Targets::default(),
        expressions: Vec::new(),
        problems: Problems::default(),
        lists: choices::lists(definition),
        first_external: definition.lists.len(),
    };
    let parts: Vec<Parts> =
        definition.nodes.iter().enumerate().map(|(index, node)| compiler.node(NodeId(index as u32), node)).collect();
    let list_texts = compiler.list_texts(definition);
    let texts = definition.texts.iter().map(|(id, texts)| (id.clone(), compiler.own_message(texts))).collect();
    let instance_name = definition.instance_name.as_deref().and_then(|text| compiler.instance_name(text));
    let Compiler { targets, expressions, mut problems, mut lists, .. } = compiler;
    if let Some(cause) = targets.excess() {
        problems.error(Place::default(), cause);
    }
    for (node, parts) in nodes.iter_mut().zip(parts) {
        parts.put_into(node);
    }
    for index in 0..nodes.len() {
        // A container stands before what it holds.
        let lock = |parent: NodeId| match nodes[parent.at()].readonly {
            Some(_) => Some(parent),
            None => nodes[parent.at()].locked_by,
        };
        nodes[index].locked_by = nodes[index].parent.and_then(lock);
    }
    for (list, texts) in lists.iter_mut().zip(list_texts) {
        for (choice, (label, image)) in list.choices.iter_mut().zip(texts) {
            (choice.label, choice.image) = (label, image);
        }
    }
    let graph = if problems.has_error() {
        return Err(FormErrors(problems.0));
    } else {
        match Graph::draw(&nodes, &scopes, &expressions) {
            Ok(graph) => graph,
            Err(circles) => {
                circles.iter().for_each(|circle| report_circle(circle, &nodes, spans, &mut problems));
                return Err(FormErrors(problems.0));
            }
        }
    };
    let pages = pages::cut(&nodes, &top);
    for (index, page) in pages.iter().enumerate() {
        page.roots.iter().for_each(|root| put_on_page(*root, index as u32, &mut nodes));
    }
    let by_path = (0..nodes.len() as u32).map(|id| (path_of(NodeId(id), &nodes), NodeId(id))).collect();
    let languages = definition
        .languages
        .iter()
        .map(|language| match language.code.as_str() {
            "" => Language { code: "default".to_owned(), name: "default".to_owned() },
            _ => Language { code: language.code.clone(), name: language.name.clone() },
        })
        .collect();
    let is_spoken = |expression: &Expression| {
        [Function::Itext, Function::ChoiceName].iter().any(|function| expression.program.calls(*function))
    };
    let offers_texts = |node: &Node| match node.choices.as_ref().map(|choices| &choices.from) {
        Some(ChoicesFrom::Nodes { .. } | ChoicesFrom::Search(_)) => true,
        Some(ChoicesFrom::List(_) | ChoicesFrom::Table { .. }) | None => false,
    };
    let speaks = expressions.iter().any(is_spoken) || nodes.iter().any(offers_texts);
    let triggered = action::triggered(&nodes);
    let chosen = definition.nodes.iter().filter_map(|node| match &node.choices {
        Some(DefinedChoices::File(file)) => file.rsplit_once('.').map(|(name, _)| (name.to_owned(), file.clone())),
        Some(_) | None => None,
    });
    let attached = definition.attached.iter().map(|attached| (attached.name.clone(), attached.file.clone()));
    let files = chosen.chain(attached).collect();
    let document = |tree: &DefinedTree| (tree.name.clone(), Document::of(&tree.elements));
    let form = Form {
        id: source.form_id().clone(),
        version: source.version(),
        title: source.title().to_owned(),
        languages,
        nodes,
        top,
        scopes,
        lists,
        expressions,
        targets: targets.list,
        last_saved: targets.last_saved,
        graph,
        pages,
        instance_name,
        texts,
        documents: definition.trees.iter().map(document).collect(),
        files,
        speaks,
        triggered,
        by_path,
    };
    Ok(Compiled { form, warnings: problems.0 })
}

fn cast_of(defined: &DefinedNode) -> Cast {
    match defined.kind {
        Kind::Integer => Cast::Whole,
        Kind::Date => Cast::Day,
        Kind::Calculate | Kind::Hidden => match defined.bind.get("type").map(String::as_str) {
            Some("int" | "integer" | "xsd:int" | "xsd:integer") => Cast::Whole,
            Some("date" | "xsd:date") => Cast::Day,
            Some(_) | None => Cast::Nothing,
        },
        _ => Cast::Nothing,
    }
}

/// Whether a default is computed rather than text.
pub(crate) fn looks_computed(text: &str) -> bool {
    text.contains("${")
        || chaski_xpath::parse(text).is_ok_and(|program| {
            let mut calls = false;
            program.walk(&mut |part| calls |= matches!(part.kind, ExprKind::Call(..)));
            calls
        })
}

fn malformed(detail: &str) -> FormErrors {
    let cause = Cause::NotAWorkbook { detail: detail.to_owned() };
    Problem { severity: Severity::Error, sheet: None, row: None, column: None, cause }.into()
}

/// The most questions, groups and repeats of one form, and the most lists; the longest of 115 real surveys has 1,200.
const MOST: usize = 20_000;

/// A form's nodes, not yet with their expressions.
struct Arena {
    nodes: Vec<Node>,
    scopes: Vec<Scope>,
    top: Vec<NodeId>,
}

/// Builds nodes and scopes. A definition from the network may say anything about its nesting, so it is checked here.
fn arena(definition: &Definition) -> Result<Arena, FormErrors> {
    let mut nodes: Vec<Node> = Vec::with_capacity(definition.nodes.len());
    let record = Scope { repeat: None, parent: None, nodes: Vec::new(), repeats: Vec::new(), depth: 0, ordinal: 0 };
    let mut scopes = vec![record];
    let mut top = Vec::new();
    if definition.languages.is_empty() {
        return Err(malformed("it names no language"));
    }
    for (count, unit) in [(definition.nodes.len(), "questions"), (definition.lists.len(), "lists of choices")] {
        if count > MOST {
            let cause = Cause::TooLarge { limit: MOST as u64, unit };
            return Err(Problem { severity: Severity::Error, sheet: None, row: None, column: None, cause }.into());
        }
    }
    for (index, defined) in definition.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        let parent = defined.parent.map(NodeId);
        if parent.is_some_and(|parent| nodes.get(parent.at()).is_none_or(|node| !node.kind.is_container())) {
            return Err(malformed("a node stands in something that is no group"));
        }
        let scope = match parent {
            None => ScopeId::RECORD,
            Some(parent) => nodes[parent.at()].rows.unwrap_or(nodes[parent.at()].scope),
        };
        let rows = (defined.kind == Kind::Repeat).then(|| {
            let rows = ScopeId(scopes.len() as u32);
            let (depth, ordinal) = (scopes[scope.at()].depth + 1, scopes[scope.at()].repeats.len());
            scopes.push(Scope {
                repeat: Some(id),
                parent: Some(scope),
                nodes: Vec::new(),
                repeats: Vec::new(),
                depth,
                ordinal,
            });
            scopes[scope.at()].repeats.push(rows);
            rows
        });
        let cell = scopes[scope.at()].nodes.len();
        scopes[scope.at()].nodes.push(id);
        match parent {
            Some(parent) => nodes[parent.at()].children.push(id),
            None => top.push(id),
        }
        nodes.push(Node {
            name: defined.name.clone(),
            kind: defined.kind,
            parent,
            children: Vec::new(),
            scope,
            cell,
            rows,
            page: None,
            keep: Keep::of(defined),
            cast: cast_of(defined),
            locked_by: None,
            has_own_scale: defined.scale.is_some(),
            label: Message::default(),
            hint: Message::default(),
            guidance: Message::default(),
            media: Media {
                image: defined.image.clone(),
                big_image: defined.big_image.clone(),
                audio: defined.audio.clone(),
                video: defined.video.clone(),
            },
            required_message: Message::default(),
            constraint_message: Message::default(),
            relevant: None,
            row_relevant: None,
            required: None,
            readonly: None,
            constraint: None,
            calculation: None,
            repeat_count: None,
            default: None,
            choices: None,
            actions: Vec::new(),
            first_rows: defined.rows.clone(),
            is_fixed: defined.is_fixed,
            // Where choices come from is no look.
            appearance: defined.appearance.iter().filter(|word| !super::search::is_word(word)).cloned().collect(),
            parameters: defined.parameters.clone(),
        });
        if !has_usable_path(id, &nodes) {
            return Err(malformed("a node has no usable name"));
        }
    }
    Ok(Arena { nodes, scopes, top })
}

/// Whether every row of the node has a path that a record can hold.
fn has_usable_path(id: NodeId, nodes: &[Node]) -> bool {
    let mut steps = Vec::new();
    let mut at = Some(id);
    while let Some(node) = at.map(|id| &nodes[id.at()]) {
        let row = node.rows.map(|_| RowId::from_bytes([0; 8]));
        steps.push(Step { name: node.name.clone(), row });
        // A path is too long long before this; without it a chain of groups would cost its length squared.
        if steps.len() > NodePath::MAX_BYTES {
            return false;
        }
        at = node.parent;
    }
    steps.reverse();
    NodePath::new(steps).is_ok()
}

fn put_on_page(id: NodeId, page: u32, nodes: &mut [Node]) {
    // A form is not nested deeper than a path is long, so this ends soon.
    nodes[id.at()].page = Some(page);
    for child in nodes[id.at()].children.clone() {
        put_on_page(child, page, nodes);
    }
}

fn path_of(id: NodeId, nodes: &[Node]) -> String {
    let mut names = vec![nodes[id.at()].name.as_str()];
    let mut at = nodes[id.at()].parent;
    while let Some(parent) = at {
        names.push(&nodes[parent.at()].name);
        at = nodes[parent.at()].parent;
    }
    names.reverse();
    names.join("/")
}

/// How many questions of a circle are named: its beginning and its end.
const MOST_OF_CIRCLE: usize = 12;

fn report_circle(circle: &Circle, nodes: &[Node], spans: &Spans, problems: &mut Problems) {
    let node = |id: &NodeId| nodes[id.at()].name.clone();
    let mut path: Vec<String> = circle.way.iter().map(node).collect();
    if path.len() > MOST_OF_CIRCLE {
        let last = path.split_off(path.len() - MOST_OF_CIRCLE / 2);
        path.truncate(MOST_OF_CIRCLE / 2);
        path.push("…".to_owned());
        path.extend(last);
    }
    let property = match circle.start.aspect {
        // The answer itself, where something that decides about it reads it again.
        Aspect::Value => match &nodes[circle.start.node.at()] {
            node if node.calculation.is_some() => P::Calculation,
            node if node.choices.as_ref().is_some_and(|choices| choices.filter.is_some()) => P::ChoiceFilter,
            _ => P::Relevant,
        },
        Aspect::Relevant | Aspect::Row => P::Relevant,
        Aspect::Rows => P::RepeatCount,
        Aspect::Choices => P::ChoiceFilter,
        Aspect::Required => P::Required,
        Aspect::Readonly => P::Readonly,
        _ => P::Constraint,
    };
    let place = spans.place(circle.start.node.at(), property, 0);
    problems.error(place, Cause::Cycle { path });
}

/// The compiled parts of one node, put into the arena when nothing borrows it any more.
struct Parts {
    label: Message,
    hint: Message,
    guidance: Message,
    required_message: Message,
    constraint_message: Message,
    relevant: Option<ExprId>,
    row_relevant: Option<ExprId>,
    required: Option<ExprId>,
    readonly: Option<ExprId>,
    constraint: Option<ExprId>,
    calculation: Option<Calculation>,
    repeat_count: Option<ExprId>,
    default: Option<Default>,
    choices: Option<ChoiceSource>,
    actions: Vec<Action>,
}

impl Parts {
    fn put_into(self, node: &mut Node) {
        node.label = self.label;
        node.hint = self.hint;
        node.guidance = self.guidance;
        node.required_message = self.required_message;
        node.constraint_message = self.constraint_message;
        node.relevant = self.relevant;
        node.row_relevant = self.row_relevant;
        node.required = self.required;
        node.readonly = self.readonly;
        node.constraint = self.constraint;
        node.calculation = self.calculation;
        node.repeat_count = self.repeat_count;
        node.default = self.default;
        node.choices = self.choices;
        node.actions = self.actions;
    }
}

struct Compiler<'a> {
    around: Surroundings<'a>,
    spans: &'a Spans,
    targets: Targets,
    expressions: Vec<Expression>,
    problems: Problems,
    lists: Vec<ChoiceList>,
    /// Where in `lists` those for `select_one_external` begin.
    first_external: usize,
}

/// A condition; nothing for one that never holds, which is the same as none.
fn unless_never(condition: &Option<String>) -> Option<String> {
    condition.clone().filter(|text| text != "false()" && text != "0")
}

impl Compiler<'_> {
    fn node(&mut self, id: NodeId, defined: &DefinedNode) -> Parts {
        let value = |compiler: &mut Self, text: &Option<String>, property, purpose| {
            text.as_deref().and_then(|text| compiler.expression(id, text, property, purpose))
        };
        let judgement = Purpose::Judgement;
        let row_relevant = self.row_relevant(id, defined);
        let relevant = defined.relevant.clone().filter(|_| row_relevant.is_none());
        Parts {
            label: self.message(id, &defined.label, P::Label),
            hint: self.message(id, &defined.hint, P::Hint),
            guidance: self.message(id, &defined.guidance, P::Guidance),
            required_message: self.message(id, &defined.required_message, P::RequiredMessage),
            constraint_message: self.message(id, &defined.constraint_message, P::ConstraintMessage),
            relevant: value(self, &relevant, P::Relevant, Purpose::Value),
            row_relevant,
            required: value(self, &unless_never(&defined.required), P::Required, judgement),
            readonly: value(self, &unless_never(&defined.readonly), P::Readonly, judgement),
            constraint: value(self, &defined.constraint, P::Constraint, judgement),
            // With a trigger, a calculation is done when that changes and only then.
            calculation: defined
                .calculation
                .as_deref()
                .filter(|_| defined.trigger.is_none())
                .and_then(|text| self.calculation(id, text)),
            repeat_count: value(self, &defined.repeat_count, P::RepeatCount, Purpose::Value),
            default: self.default(id, defined),
            choices: self.choices(id, defined),
            actions: self.actions(id, defined),
        }
    }

    /// The condition of a repeat, where it is another one in each row: it reads the row's own answers or its position.
    fn row_relevant(&mut self, id: NodeId, defined: &DefinedNode) -> Option<ExprId> {
        let (rows, text) = (self.around.nodes[id.at()].rows?, defined.relevant.as_deref()?);
        if self.problems.are_enough() {
            return None;
        }
        let compiled = Compiling::of_row(&self.around, id, &mut self.targets).text(text);
        // What cannot be compiled is told of when it is compiled for the repeat as a whole.
        let expression = compiled.ok().filter(|found| found.is_of_row(rows, &self.targets.list))?;
        Some(self.keep(expression))
    }

    fn actions(&mut self, id: NodeId, defined: &DefinedNode) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(text) = &defined.trigger {
            let parts = split(text);
            let triggers = parts.iter().filter_map(Part::expression).filter_map(|name| {
                let place = self.expression(id, name, P::Trigger, Purpose::Judgement)?;
                self.expressions[place.at()]
                    .reads
                    .iter()
                    .find(|read| read.aspect == Aspect::Value)
                    .map(|read| read.node)
            });
            let triggers: Vec<NodeId> = triggers.collect();
            let value = match &defined.calculation {
                Some(text) => self.expression(id, text, P::Calculation, Purpose::Judgement).map(Given::Computed),
                None => Some(Given::Text(String::new())),
            };
            let on = vec![Event::ValueChanged];
            actions.extend(value.map(|value| Action { on, triggers, value, at: None }));
        }
        for action in &defined.actions {
            let value = match &action.value {
                DefinedValue::Text(text) => Some(Given::Text(text.clone())),
                DefinedValue::Computed(text) => {
                    self.expression(id, text, P::Default, Purpose::Judgement).map(Given::Computed)
                }
            };
            let at = action.at.as_deref().and_then(|text| self.path_of_action(id, text));
            let triggers = action.trigger.filter(|trigger| (*trigger as usize) < self.around.nodes.len());
            let triggers = triggers.map(NodeId).into_iter().collect();
            actions.extend(value.map(|value| Action { on: action.on.clone(), triggers, value, at }));
        }
        actions
    }

    /// Which rows an action means is seen from the record.
    fn path_of_action(&mut self, id: NodeId, text: &str) -> Option<ExprId> {
        match Compiling::new(&self.around, None, Purpose::Value, &mut self.targets).text(text) {
            Ok(expression) => Some(self.keep(expression)),
            Err(causes) => {
                causes.into_iter().for_each(|cause| self.report(id, P::Default, 0, cause));
                None
            }
        }
    }

    fn report(&mut self, id: NodeId, property: P, language: u16, cause: Cause) {
        // Nodes are numbered; an author counts rows.
        let cause = match cause {
            Cause::AmbiguousReference { name, rows } => {
                let rows = rows.iter().filter_map(|node| self.spans.row(*node as usize)).collect();
                Cause::AmbiguousReference { name, rows }
            }
            cause => cause,
        };
        let mut place = self.spans.place(id.at(), property, language);
        if place == Place::default() {
            // A definition without a workbook still says which node it is about.
            place.sheet = Some(path_of(id, self.around.nodes));
        }
        self.problems.error(place, cause);
    }

    fn keep(&mut self, expression: Expression) -> ExprId {
        self.expressions.push(expression);
        ExprId(self.expressions.len() as u32 - 1)
    }

    fn expression(&mut self, id: NodeId, text: &str, property: P, purpose: Purpose) -> Option<ExprId> {
        if self.problems.are_enough() {
            return None;
        }
        let compiled = Compiling::new(&self.around, Some(id), purpose, &mut self.targets).text(text);
        match compiled {
            Ok(expression) => Some(self.keep(expression)),
            Err(causes) => {
                causes.into_iter().for_each(|cause| self.report(id, property, 0, cause));
                None
            }
        }
    }

    fn calculation(&mut self, id: NodeId, text: &str) -> Option<Calculation> {
        // To look for the words is quicker than to read the text, and few calculations have them.
        let may_be = ["once", "now", "random", "uuid", "${last-saved#"].iter().any(|word| text.contains(word));
        let once = may_be
            && chaski_xpath::parse(text).is_ok_and(|program| {
                let is_frozen = [Function::Once, Function::Now, Function::Random, Function::Uuid];
                is_frozen.iter().any(|f| program.calls(*f)) || text.contains("${last-saved#")
            });
        // What is computed once may say `.`: whether there already is a value.
        let purpose = if once { Purpose::Judgement } else { Purpose::Value };
        let expression = self.expression(id, text, P::Calculation, purpose)?;
        Some(if once { Calculation::Once(expression) } else { Calculation::Always(expression) })
    }

    /// A default that calls a function or names a question is computed; any other is text, however it looks: `2026-05-31` is
    /// no subtraction.
    fn default(&mut self, id: NodeId, defined: &DefinedNode) -> Option<Default> {
        let text = defined.default.as_deref()?;
        if looks_computed(text) {
            return self.expression(id, text, P::Default, Purpose::Value).map(Default::Computed);
        }
        Some(Default::Text(text.to_owned()))
    }

    fn message(&mut self, id: NodeId, texts: &Texts, property: P) -> Message {
        let mut message = BTreeMap::new();
        for (language, text) in texts {
            message.insert(*language, self.pieces(id, text, property, *language));
        }
        Message(message)
    }

    fn pieces(&mut self, id: NodeId, text: &str, property: P, language: u16) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for part in split(text) {
            match part {
                Part::Plain(text) => pieces.push(Piece::Plain(text.to_owned())),
                _ if self.problems.are_enough() => {}
                Part::Reference(_) | Part::Output(_) => {
                    let reference = part.expression().unwrap_or_default();
                    match Compiling::new(&self.around, Some(id), Purpose::Judgement, &mut self.targets).text(reference)
                    {
                        Ok(expression) => pieces.push(Piece::Value(self.keep(expression))),
                        Err(causes) => causes.into_iter().for_each(|cause| self.report(id, property, language, cause)),
                    }
                }
            }
        }
        pieces
    }

    fn instance_name(&mut self, text: &str) -> Option<ExprId> {
        match Compiling::new(&self.around, None, Purpose::Value, &mut self.targets).text(text) {
            Ok(expression) => Some(self.keep(expression)),
            Err(causes) => {
                let place = Place { sheet: Some("settings".to_owned()), ..Place::default() };
                causes.into_iter().for_each(|cause| self.problems.error(place.clone(), cause));
                None
            }
        }
    }
}
