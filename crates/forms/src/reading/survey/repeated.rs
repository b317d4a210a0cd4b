//! Loops, which ask the same questions for each choice of a list, and the triggers of questions.

use super::*;

impl Rows<'_, '_, '_> {
    /// Puts the questions that stand in a loop once for each choice, in a group that bears the choice's name.
    pub(super) fn go_through(&mut self, row: &SheetRow, begin: u32, list: &str) {
        let Some(list) = self.named.lists.iter().find(|known| known.name == list) else { return };
        let first = begin as usize + 1;
        let (questions, rows) = (self.nodes.split_off(first), self.rows.split_off(first));
        let wanted = list.choices.len().saturating_mul(questions.len() + 1);
        if wanted.saturating_add(first) > MAX_NODES {
            let cause = Cause::TooLarge { limit: MAX_NODES as u64, unit: "questions" };
            return self.error(row, P::Type, cause);
        }
        for choice in &list.choices {
            let group = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let mut head = DefinedNode::new(choice.code.clone(), Kind::Group, Some(begin));
            head.label = choice.label.clone();
            head.image = choice.image.clone();
            head.big_image = choice.big_image.clone();
            head.audio = choice.audio.clone();
            head.video = choice.video.clone();
            self.nodes.push(head);
            self.rows.push(row.number);
            for (question, row) in questions.iter().zip(&rows) {
                let mut node = question.clone();
                node.parent = match question.parent {
                    Some(parent) if parent != begin => Some(parent - begin + group),
                    _ => Some(group),
                };
                fill(&mut node, choice);
                self.nodes.push(node);
                self.rows.push(*row);
            }
        }
    }

    /// What a trigger names must be a question that a person sees.
    pub(super) fn watch_triggers(&mut self) {
        let mut seen: BTreeMap<&str, bool> = BTreeMap::new();
        for node in self.nodes.iter().filter(|node| !node.kind.is_container()) {
            let says = !node.label.is_empty() || !node.hint.is_empty();
            let is_computed = node.calculation.is_some() || node.trigger.is_some();
            seen.insert(&node.name, node.kind != Kind::Calculate && (says || !is_computed));
        }
        let mut rows_of: HashMap<&str, Vec<u32>> = HashMap::new();
        for (node, row) in self.nodes.iter().zip(&self.rows) {
            rows_of.entry(&node.name).or_default().push(*row);
        }
        let mut found = Vec::new();
        for (node, row) in self.nodes.iter().zip(&self.rows) {
            if found.len() >= Problems::ENOUGH {
                break;
            }
            if node.trigger.is_some() && self.problems.strictness() == Strictness::Strict {
                // What is written into is found by its name.
                let rows = rows_of.get(node.name.as_str()).filter(|rows| rows.len() > 1);
                let ambiguous =
                    |rows: &Vec<u32>| Cause::AmbiguousReference { name: node.name.clone(), rows: rows.clone() };
                found.extend(rows.map(|rows| (*row, ambiguous(rows))));
            }
            let parts = node.trigger.iter().flat_map(|trigger| trigger.trim_matches([',', ' ']).split(','));
            for part in parts {
                let name = part.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
                let cause = match name.filter(|_| is_reference(part.trim())) {
                    None => {
                        let expected = "questions with commas between them, such as `${name}`";
                        Cause::BadValue { given: part.trim().to_owned(), expected }
                    }
                    Some(name) => match seen.get(name) {
                        Some(true) => continue,
                        Some(false) => {
                            let expected = "a question that a person sees: no other can be a trigger";
                            Cause::BadValue { given: name.to_owned(), expected }
                        }
                        None => {
                            let nearest = crate::nearest::nearest(name, seen.keys().copied()).map(str::to_owned);
                            Cause::UnknownReference { name: name.to_owned(), nearest }
                        }
                    },
                };
                found.push((*row, cause));
            }
        }
        for (row, cause) in found {
            self.problems.fault(self.table.place(row, P::Trigger), cause);
        }
    }
}

impl Rows<'_, '_, '_> {
    /// What a map shows besides must be a list, a file or a repeat.
    pub(super) fn place_on_maps(&mut self) {
        let mut known: BTreeSet<String> = self.named.lists.iter().map(|list| list.name.clone()).collect();
        known.extend(self.named.attached.iter().map(|attached| attached.name.clone()));
        known.extend(self.named.entities.declared.iter().map(|entity| entity.list.clone()));
        for node in &self.nodes {
            if let Some(DefinedChoices::File(file)) = &node.choices {
                known.insert(file.rsplit_once('.').map_or(file.as_str(), |(name, _)| name).to_owned());
            }
        }
        let mut found = Vec::new();
        for (node, row) in self.nodes.iter().zip(&self.rows) {
            let is_place = matches!(node.kind, Kind::Geopoint | Kind::Geotrace | Kind::Geoshape);
            let Some(name) = node.parameters.get("reference-geometry").filter(|_| is_place) else { continue };
            let repeat = name.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            if !known.contains(name) && !repeat.is_some_and(|repeat| self.repeats.contains_key(repeat)) {
                found.push((*row, name.clone()));
            }
        }
        for (row, given) in found {
            let expected = "a list, a file that comes with the form, or a repeat such as `${name}`";
            let name = "reference-geometry".to_owned();
            self.problems.fault(self.table.place(row, P::Parameters), Cause::BadParameter { name, given, expected });
        }
    }
}

/// Puts a choice's name and label where the texts of a looped question ask for them.
fn fill(node: &mut DefinedNode, choice: &DefinedChoice) {
    let filled = |text: &str, language: u16| {
        let label = choice.label.get(&language).or_else(|| choice.label.values().next());
        text.replace("%(name)s", &choice.code).replace("%(label)s", label.unwrap_or(&choice.code))
    };
    for texts in [&mut node.label, &mut node.hint, &mut node.constraint_message, &mut node.required_message] {
        texts.iter_mut().for_each(|(language, text)| *text = filled(text, *language));
    }
    let expressions = [
        &mut node.relevant,
        &mut node.required,
        &mut node.readonly,
        &mut node.constraint,
        &mut node.calculation,
        &mut node.default,
    ];
    for text in expressions.into_iter().flatten() {
        *text = filled(text, 0);
    }
}
