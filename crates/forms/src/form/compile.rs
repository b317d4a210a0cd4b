//! From a definition to a form: the arena is built, every expression compiled, and the graph drawn.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chaski_values::{NodePath, RowId, Step};
use chaski_xpath::{BinaryOperator, ExprKind, Function};

use super::choices::{ChoicesFrom, ListedChoice};
use super::expression::{Compiling, Surroundings, Targets};
use super::graph::Circle;
use super::text::{Part, split};
use super::{
    Action, Aspect, Calculation, Cast, ChoiceList, ChoiceSource, Compiled, Default, ExprId, Expression, Filter, Form,
    Given, Graph, Keep, LabelAt, Message, Node, NodeId, Order, Piece, Purpose, Read, Scope, ScopeId, Target, action,
    pages,
};
use crate::Document;
use crate::columns::Property as P;
use crate::kind::Kind;
use crate::lookups::Indexes;
use crate::problem::{Cause, FormErrors, Problem, Severity};
use crate::reading::{Place, Problems, Spans};
use crate::source::{DefinedChoices, DefinedNode, DefinedTree, DefinedValue, Definition, Event, FormSource, Texts};
use crate::view::Language;

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
        lists: lists(definition),
        first_external: definition.lists.len(),
    };
    let parts: Vec<Parts> =
        definition.nodes.iter().enumerate().map(|(index, node)| compiler.node(NodeId(index as u32), node)).collect();
    let list_texts = compiler.list_texts(definition);
    let texts = definition.texts.iter().map(|(id, texts)| (id.clone(), compiler.own_message(texts))).collect();
    let instance_name = definition.instance_name.as_deref().and_then(|text| compiler.instance_name(text));
    let Compiler { targets, expressions, mut problems, mut lists, .. } = compiler;
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
        Some(ChoicesFrom::Nodes { label, .. }) => matches!(label, LabelAt::TextId(_)),
        Some(ChoicesFrom::List(_) | ChoicesFrom::Table { .. }) | None => false,
    };
    let speaks = expressions.iter().any(is_spoken) || nodes.iter().any(offers_texts);
    let triggered = action::triggered(&nodes);
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
        files: definition.attached.iter().map(|attached| (attached.name.clone(), attached.file.clone())).collect(),
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
    if u32::try_from(definition.nodes.len()).is_err() {
        return Err(malformed("it has too many nodes"));
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
            appearance: defined.appearance.clone(),
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

fn report_circle(circle: &Circle, nodes: &[Node], spans: &Spans, problems: &mut Problems) {
    let Circle(way) = circle;
    let path = way.iter().map(|node| nodes[node.at()].name.clone()).collect();
    let property = way.first().map_or(P::Relevant, |first| match nodes[first.at()].calculation {
        Some(_) => P::Calculation,
        None => P::Relevant,
    });
    let place = way.first().map(|first| spans.place(first.at(), property, 0)).unwrap_or_default();
    problems.error(place, Cause::Cycle { path });
}

fn lists(definition: &Definition) -> Vec<ChoiceList> {
    let list = |defined: &crate::source::DefinedList| {
        let mut columns = BTreeSet::new();
        let mut by_code = HashMap::new();
        for (index, choice) in defined.choices.iter().enumerate() {
            columns.extend(choice.extra.keys().cloned());
            by_code.entry(choice.code.clone()).or_insert(index as u32);
        }
        let choices = defined.choices.iter().map(|choice| ListedChoice {
            code: choice.code.clone(),
            label: Message::default(),
            image: Message::default(),
            extra: choice.extra.clone(),
        });
        ChoiceList {
            name: defined.name.clone(),
            choices: choices.collect(),
            columns: columns.into_iter().collect(),
            by_code,
            indexes: Indexes::default(),
        }
    };
    definition.lists.iter().chain(&definition.external).map(list).collect()
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
            required: value(self, &defined.required, P::Required, judgement),
            readonly: value(self, &defined.readonly, P::Readonly, judgement),
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
        let once = chaski_xpath::parse(text).is_ok_and(|program| {
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
        let message = texts.iter().map(|(language, text)| (*language, self.pieces(id, text, property, *language)));
        Message(message.collect())
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

    /// In which order a select offers its choices: parameters `randomize` and `seed`.
    fn order(&mut self, id: NodeId, defined: &DefinedNode) -> Order {
        if defined.parameters.get("randomize").is_none_or(|value| value != "true") {
            return Order::AsListed;
        }
        let seed = defined.parameters.get("seed").filter(|seed| !seed.is_empty());
        let seed = seed.and_then(|seed| self.expression(id, seed, P::Parameters, Purpose::Value));
        seed.map_or(Order::ByRecord, Order::BySeed)
    }

    fn choices(&mut self, id: NodeId, defined: &DefinedNode) -> Option<ChoiceSource> {
        let order = self.order(id, defined);
        let from = match defined.choices.as_ref()? {
            DefinedChoices::List(name) => match self.lists.iter().position(|list| list.name == *name) {
                Some(list) => ChoicesFrom::List(list),
                None => {
                    self.report(id, P::Type, 0, Cause::MissingList { list: name.clone(), nearest: None });
                    return None;
                }
            },
            DefinedChoices::File(name) => {
                let column =
                    |parameter: &str| {
                        defined.parameters.get(parameter).cloned().unwrap_or_else(|| {
                            if parameter == "value" { "name".to_owned() } else { parameter.to_owned() }
                        })
                    };
                ChoicesFrom::Table { name: name.clone(), code: column("value"), label: column("label") }
            }
            DefinedChoices::External(name) => {
                let first = self.first_external;
                let found = self.lists.iter().skip(first).position(|list| list.name == *name);
                ChoicesFrom::List(first + found?)
            }
            DefinedChoices::Answers(reference) => {
                let filter = defined.choice_filter.as_deref();
                return Some(ChoiceSource {
                    from: self.answers_as_choices(id, reference, filter)?,
                    filter: None,
                    order,
                });
            }
            DefinedChoices::Tags(_) => return None,
            DefinedChoices::Nodes(nodes, code, label) => self.nodes_as_choices(id, nodes, code, label)?,
        };
        let filter = defined.choice_filter.as_deref().and_then(|text| self.filter(id, text));
        Some(ChoiceSource { from, filter, order })
    }

    /// The answers that a question was given in all rows of its repeat, each a choice.
    fn answers_as_choices(&mut self, id: NodeId, reference: &str, filter: Option<&str>) -> Option<ChoicesFrom> {
        let name = reference.trim().strip_prefix("${")?.strip_suffix('}')?.trim();
        let nodes = self.around.nodes;
        let Some(found) = self.around.by_name.get(name).and_then(|found| found.first()).copied() else {
            let names = nodes.iter().map(|node| node.name.as_str());
            let nearest = crate::nearest::nearest(name, names).map(str::to_owned);
            self.report(id, P::Type, 0, Cause::UnknownReference { name: name.to_owned(), nearest });
            return None;
        };
        let scope = nodes[found.at()].scope;
        let Some(repeat) = self.around.scopes[scope.at()].repeat else {
            let given = reference.to_owned();
            self.report(id, P::Type, 0, Cause::BadValue { given, expected: "a question inside a repeat" });
            return None;
        };
        // Seen from a row, what is in it too is told by its path from there.
        let repeat_path = path_of(repeat, nodes);
        let inside = |node: NodeId| {
            let path = path_of(node, nodes);
            path.strip_prefix(&repeat_path).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned)
        };
        let code = inside(found)?;
        let mut condition = format!("./{code} != ''");
        if let Some(filter) = filter {
            condition.push_str(" and (");
            for part in split(filter) {
                let Some(reference) = part.expression() else {
                    if let Part::Plain(text) = part {
                        condition.push_str(text);
                    }
                    continue;
                };
                let named = reference.trim_start_matches("${").trim_end_matches('}').trim();
                let node = self.around.by_name.get(named).and_then(|found| found.first()).copied();
                match node.filter(|node| nodes[node.at()].scope == scope).and_then(inside) {
                    Some(path) => condition.push_str(&format!("./{path}")),
                    None => condition.push_str(reference),
                }
            }
            condition.push(')');
        }
        self.nodes_as_choices(id, &format!("/data/{repeat_path}[{condition}]"), &code, &code)
    }

    fn nodes_as_choices(&mut self, id: NodeId, nodes: &str, code: &str, label: &str) -> Option<ChoicesFrom> {
        let place = self.expression(id, nodes, P::Type, Purpose::Judgement)?;
        let text_id = label.strip_prefix("jr:itext(").and_then(|rest| rest.strip_suffix(')'));
        let names = |path: &str| -> Option<Vec<String>> {
            let path = path.trim().trim_start_matches("./");
            let names = path.split('/').filter(|name| *name != ".").map(|name| name.trim().to_owned());
            let names: Vec<String> = names.collect();
            let is_name = |name: &String| {
                let name = name.strip_prefix('@').unwrap_or(name);
                !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
            };
            names.iter().all(is_name).then_some(names)
        };
        let label_names = names(text_id.unwrap_or(label));
        let (Some(code_names), Some(label_names)) = (names(code), label_names) else {
            let given = format!("{code}, {label}");
            self.report(id, P::Type, 0, Cause::BadValue { given, expected: "names of elements inside each choice" });
            return None;
        };
        // What the codes and labels are is read too, where the choices are answers of this form.
        let node = match &self.expressions[place.at()].program.kind {
            ExprKind::Slot(slot) => self.targets.node(*slot),
            ExprKind::Path(path) => {
                Compiling::new(&self.around, Some(id), Purpose::Value, &mut self.targets).path(path)
            }
            _ => None,
        };
        for names in [&code_names, &label_names] {
            let mut at = node;
            for name in names {
                let children = at.map(|at| self.around.nodes[at.at()].children.as_slice()).unwrap_or_default();
                at = children.iter().copied().find(|child| self.around.nodes[child.at()].name == *name);
            }
            let Some(found) = at else { continue };
            let within = self.around.scope_around_both(id, found);
            for aspect in [Aspect::Value, Aspect::Relevant] {
                self.expressions[place.at()].reads.push(Read { node: found, aspect, within });
            }
        }
        let label = if text_id.is_some() { LabelAt::TextId(label_names) } else { LabelAt::Path(label_names) };
        Some(ChoicesFrom::Nodes { nodes: place, code: code_names, label })
    }

    fn filter(&mut self, id: NodeId, text: &str) -> Option<Filter> {
        if self.problems.are_enough() {
            return None;
        }
        let mut compiling = Compiling::new(&self.around, Some(id), Purpose::Filter, &mut self.targets);
        let compiled = compiling.text(text);
        let columns = std::mem::take(&mut compiling.columns);
        let mut expression = match compiled {
            Ok(expression) => expression,
            Err(causes) => {
                causes.into_iter().for_each(|cause| self.report(id, P::ChoiceFilter, 0, cause));
                return None;
            }
        };
        let column = |kind: &ExprKind| match kind {
            ExprKind::Slot(slot) => match self.targets.list.get(slot.0 as usize) {
                Some(Target::Column(number)) => columns.get(*number as usize).cloned(),
                _ => None,
            },
            _ => None,
        };
        let says_column = |program: &chaski_xpath::Expr| {
            let mut says = false;
            program.walk(&mut |part| says |= column(&part.kind).is_some());
            says
        };
        if let ExprKind::Binary(BinaryOperator::Equal, left, right) = &expression.program.kind {
            let found = match (column(&left.kind), column(&right.kind)) {
                (Some(found), None) if !says_column(right) => Some((found, right.as_ref().clone())),
                (None, Some(found)) if !says_column(left) => Some((found, left.as_ref().clone())),
                _ => None,
            };
            if let Some((column, value)) = found {
                expression.program = value;
                let value = self.keep(expression);
                return Some(Filter::Equal { column, value });
            }
        }
        let condition = self.keep(expression);
        Some(Filter::Each { condition, columns })
    }

    /// The texts of every choice of every list.
    fn list_texts(&mut self, definition: &Definition) -> Vec<Vec<(Message, Message)>> {
        let mut texts = Vec::new();
        for list in definition.lists.iter().chain(&definition.external) {
            let mut of_list = Vec::new();
            for choice in &list.choices {
                of_list.push((self.own_message(&choice.label), self.own_message(&choice.image)));
            }
            texts.push(of_list);
        }
        texts
    }

    /// A text that belongs to no node. It may name a question, seen from the record: a list may serve several questions.
    fn own_message(&mut self, texts: &Texts) -> Message {
        let mut message = BTreeMap::new();
        for (language, text) in texts {
            let mut pieces = Vec::new();
            for part in split(text) {
                let compiled = match part {
                    Part::Plain(text) => {
                        pieces.push(Piece::Plain(text.to_owned()));
                        continue;
                    }
                    _ if self.problems.are_enough() => continue,
                    Part::Reference(_) | Part::Output(_) => {
                        let reference = part.expression().unwrap_or_default();
                        Compiling::new(&self.around, None, Purpose::Judgement, &mut self.targets).text(reference)
                    }
                };
                match compiled {
                    Ok(expression) => pieces.push(Piece::Value(self.keep(expression))),
                    Err(causes) => {
                        let place = Place { sheet: Some("choices".to_owned()), ..Place::default() };
                        causes.into_iter().for_each(|cause| self.problems.error(place.clone(), cause));
                    }
                }
            }
            message.insert(*language, pieces);
        }
        Message(message)
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
