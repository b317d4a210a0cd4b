//! Where the choices of each select come from, and the words of every list.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chaski_xpath::{BinaryOperator, ExprKind};

use super::*;
use crate::form::search::{self, Search, Sought};

pub(super) fn lists(definition: &Definition) -> Vec<ChoiceList> {
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
            media: Media {
                // Its picture may be told by an answer.
                image: Texts::new(),
                big_image: choice.big_image.clone(),
                audio: choice.audio.clone(),
                video: choice.video.clone(),
            },
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

/// The columns of the codes and words in a file of choices, where its question does not say.
pub(crate) fn columns_of_file(file: &str) -> (&'static str, &'static str) {
    if file.ends_with(".geojson") { ("id", "title") } else { ("name", "label") }
}

impl Compiler<'_> {
    /// In which order a select offers its choices: parameters `randomize` and `seed`.
    fn order(&mut self, id: NodeId, defined: &DefinedNode) -> Order {
        if defined.parameters.get("randomize").is_none_or(|value| value != "true") {
            return Order::AsListed;
        }
        let seed = defined.parameters.get("seed").filter(|seed| !seed.is_empty());
        let seed = seed.and_then(|seed| self.expression(id, seed, P::Parameters, Purpose::Value));
        seed.map_or(Order::ByRecord, Order::BySeed)
    }

    pub(super) fn choices(&mut self, id: NodeId, defined: &DefinedNode) -> Option<ChoiceSource> {
        let order = self.order(id, defined);
        let from = match defined.choices.as_ref()? {
            DefinedChoices::List(name) => match self.lists.iter().position(|list| list.name == *name) {
                Some(list) => match search::word(defined) {
                    Some(word) => return self.search(id, word, list, order),
                    None => ChoicesFrom::List(list),
                },
                None => {
                    self.report(id, P::Type, 0, Cause::MissingList { list: name.clone(), nearest: None });
                    return None;
                }
            },
            DefinedChoices::File(name) => {
                let (code, label) = columns_of_file(name);
                let column =
                    |name: &str, usual: &str| defined.parameters.get(name).cloned().unwrap_or_else(|| usual.to_owned());
                ChoicesFrom::Table { name: name.clone(), code: column("value", code), label: column("label", label) }
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

    /// The choices of a search; those of the list as it stands where the search cannot be read.
    fn search(&mut self, id: NodeId, word: &str, list: usize, order: Order) -> Option<ChoiceSource> {
        let listed = |order| ChoiceSource { from: ChoicesFrom::List(list), filter: None, order };
        let Some(parts) = search::parts(word) else {
            let (given, place) = (word.to_owned(), self.spans.place(id.at(), P::Appearance, 0));
            let expected =
                "`search('table')`, `search('table', 'contains', 'columns', text)`, or both with `, 'column', text`";
            self.problems.warn(place, Cause::BadValue { given, expected });
            return Some(listed(order));
        };
        let mut compiled = Vec::new();
        for part in parts {
            match Compiling::new(&self.around, Some(id), Purpose::Value, &mut self.targets).program(part, word) {
                Ok(expression) => compiled.push(self.keep(expression)),
                Err(causes) => causes.into_iter().for_each(|cause| self.report(id, P::Appearance, 0, cause)),
            }
        }
        let (sought, filter) = match compiled.as_slice() {
            [_] => (None, None),
            [_, how, columns, text] => (Some(Sought { how: *how, columns: *columns, text: *text }), None),
            [_, how, columns, text, column, wanted] => {
                (Some(Sought { how: *how, columns: *columns, text: *text }), Some((*column, *wanted)))
            }
            // Some part was refused.
            _ => return None,
        };
        let from = ChoicesFrom::Search(Search { list, table: compiled[0], sought, filter });
        Some(ChoiceSource { from, filter: None, order })
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
                !name.is_empty() && name.chars().all(|c| chaski_values::continues_name(c) || c == ':')
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
        let (node, within) = match &self.expressions[place.at()].program.kind {
            ExprKind::Slot(slot) => match self.targets.node(*slot) {
                Some(node) => (Some(node), self.around.scope_around_both(id, node)),
                None => (None, ScopeId::RECORD),
            },
            ExprKind::Path(path) => {
                let compiling = Compiling::new(&self.around, Some(id), Purpose::Value, &mut self.targets);
                (compiling.path(path), compiling.reach(path))
            }
            _ => (None, ScopeId::RECORD),
        };
        for names in [&code_names, &label_names] {
            let mut at = node;
            for name in names {
                let children = at.map(|at| self.around.nodes[at.at()].children.as_slice()).unwrap_or_default();
                at = children.iter().copied().find(|child| self.around.nodes[child.at()].name == *name);
            }
            let Some(found) = at else { continue };
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
    pub(super) fn list_texts(&mut self, definition: &Definition) -> Vec<Vec<(Message, Message)>> {
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
    pub(super) fn own_message(&mut self, texts: &Texts) -> Message {
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
}
