//! What a session shows of its nodes.

use chaski_values::{Answer, NodePath};

use super::choose::Choices;
use super::evaluate::Surroundings;
use super::state::RowIndex;
use super::words::shown;
use crate::form::{Form, ListedChoice, Node, NodeId, Page};
use crate::kind::Kind;
use crate::view::{
    Choice, GroupView, Issue, IssueAt, IssueKind, NodeView, NoteView, PageEntry, QuestionView, RepeatView, RowView,
};

/// The steps that one choice costs to show.
pub(super) const CHOICE: u64 = 200;

/// Which issues to tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// A missing answer only where a person has been told to give one.
    Shown,
    /// Whatever stands in the way of closing the form.
    All,
}

impl Surroundings<'_> {
    /// A node as it is drawn; nothing for what is never drawn.
    pub(super) fn view(self, node: NodeId, row: RowIndex) -> Option<NodeView> {
        let found = self.form.node(node);
        match found.kind {
            Kind::Note => Some(NodeView::Note(NoteView {
                path: self.state.path(self.form, node, row),
                label: self.label(node, row),
                hint: self.message(&found.hint, row),
                media: found.media.names(self.language),
                relevant: self.state.is_relevant(self.form, node, row),
            })),
            Kind::Group => Some(NodeView::Group(GroupView {
                path: self.state.path(self.form, node, row),
                label: self.message(&found.label, row).unwrap_or_default(),
                relevant: self.state.is_relevant(self.form, node, row),
                appearance: found.appearance.clone(),
                children: self.child_paths(node, row),
            })),
            Kind::Repeat => Some(NodeView::Repeat(self.repeat_view(node, row))),
            kind => {
                kind.asked_as()?;
                Some(NodeView::Question(self.question_view(node, row)))
            }
        }
    }

    fn question_view(self, node: NodeId, row: RowIndex) -> QuestionView {
        let found = self.form.node(node);
        let cell = self.state.cell(self.form, node, row);
        let value = if found.calculation.is_some() {
            self.computed_answer(node, row)
        } else {
            let answer = cell.answer.as_ref().and_then(|answer| self.takeable(node, row, answer));
            answer.map(|answer| shown(self.form, node, &answer))
        };
        QuestionView {
            path: self.state.path(self.form, node, row),
            kind: found.kind.asked_as().unwrap_or(crate::view::QuestionKind::Unsupported),
            appearance: found.appearance.clone(),
            label: self.label(node, row),
            hint: self.message(&found.hint, row),
            guidance: self.message(&found.guidance, row),
            media: found.media.names(self.language),
            required: cell.is_required,
            readonly: cell.is_readonly || found.calculation.is_some(),
            relevant: self.state.is_relevant(self.form, node, row),
            value,
            issue: self.issue(node, row, Telling::Shown),
            choices: self.ticks(node).or_else(|| found.choices.as_ref().map(|_| self.choice_views(node, row))),
            parameters: found.parameters.clone(),
        }
    }

    /// The words at the ticks of a range, each under its number.
    fn ticks(self, node: NodeId) -> Option<Vec<Choice>> {
        let found = self.form.node(node);
        let name = found.parameters.get("tick_labelset").filter(|_| found.kind == Kind::Range)?;
        let list = self.form.lists.iter().find(|list| list.name == *name)?;
        let tick = |(place, choice): (u32, &ListedChoice)| Choice {
            code: choice.code.clone(),
            label: self.choice_words(Choices::List(list), place),
            ..Choice::default()
        };
        Some((0..).zip(&list.choices).map(tick).collect())
    }

    fn choice_views(self, node: NodeId, row: RowIndex) -> Vec<Choice> {
        let Some(choices) = self.world().choices(node, Some(row)) else { return Vec::new() };
        let view = |choice: u32| {
            let listed = match choices {
                Choices::List(list) => list.choices.get(choice as usize),
                Choices::Table { .. } | Choices::Offers(_) | Choices::Missing => None,
            };
            let image = match choices {
                Choices::List(_) => listed.and_then(|found| self.message(&found.image, RowIndex::RECORD)),
                Choices::Offers(offers) => offers.get(choice as usize).and_then(|offer| offer.image.clone()),
                Choices::Table { .. } | Choices::Missing => None,
            };
            let media = listed.and_then(|found| found.media.names(self.language)).unwrap_or_default();
            Choice {
                code: choices.code(choice).to_owned(),
                label: self.choice_words(choices, choice),
                image,
                big_image: media.big_image,
                audio: media.audio,
                video: media.video,
            }
        };
        let allowed = self.state.cell(self.form, node, row).choices.as_deref();
        // A page can ask thousands of questions that have one long list.
        if !self.state.effort.take(CHOICE * allowed.map_or(choices.len() as usize, Vec::len) as u64) {
            return Vec::new();
        }
        match allowed {
            Some(allowed) => allowed.iter().copied().map(view).collect(),
            None => (0..choices.len()).map(view).collect(),
        }
    }

    fn repeat_view(self, repeat: NodeId, row: RowIndex) -> RepeatView {
        let found = self.form.node(repeat);
        let seen = found.rows.map(|scope| self.state.seen_rows(row, self.form.scope(scope).ordinal));
        let rows = seen.into_iter().flatten().filter_map(|index| {
            let row = self.state.row(index);
            Some(RowView {
                path: self.state.row_path(index)?,
                row: row.id,
                position: row.position,
                label: self.row_label(index),
                children: self.child_paths(repeat, index),
            })
        });
        RepeatView {
            path: self.state.path(self.form, repeat, row),
            label: self.label(repeat, row),
            relevant: self.state.is_relevant(self.form, repeat, row),
            can_add: found.repeat_count.is_none() && !found.is_fixed,
            can_remove: found.repeat_count.is_none() && !found.is_fixed,
            rows: rows.collect(),
        }
    }

    fn child_paths(self, node: NodeId, row: RowIndex) -> Vec<NodePath> {
        let shown = crate::form::shown_children(self.form, node);
        shown.into_iter().map(|child| self.state.path(self.form, child, row)).collect()
    }

    /// What is wrong with a node's answer.
    pub(super) fn issue(self, node: NodeId, row: RowIndex, telling: Telling) -> Option<Issue> {
        let found = self.form.node(node);
        let cell = self.state.cell(self.form, node, row);
        found.kind.asked_as().filter(|_| cell.is_relevant)?;
        if cell.is_misfit || cell.answer.as_ref().is_some_and(|answer| is_outside(found, answer)) {
            return Some(Issue { kind: IssueKind::Type, message: None });
        }
        if cell.is_faulty() {
            return Some(Issue { kind: IssueKind::Calculation, message: None });
        }
        if cell.answer.as_ref().is_some_and(|answer| self.is_unknown(node, answer)) {
            return Some(Issue { kind: IssueKind::UnknownChoice, message: None });
        }
        if !cell.value.is_blank() {
            let message = || self.message(&found.constraint_message, row);
            return (!cell.constraint_holds).then(|| Issue { kind: IssueKind::Constraint, message: message() });
        }
        let is_told = telling == Telling::All || cell.is_checked;
        (cell.is_required && is_told)
            .then(|| Issue { kind: IssueKind::Required, message: self.message(&found.required_message, row) })
    }

    /// Every node of a page in every row, in document order.
    pub(super) fn nodes_of(self, page: &Page) -> Vec<(NodeId, RowIndex)> {
        let mut nodes = Vec::new();
        for root in &page.roots {
            // Roots are never inside a repeat: a repeat is a page itself.
            self.add_nodes(*root, RowIndex::RECORD, &mut nodes);
        }
        nodes
    }

    fn add_nodes(self, node: NodeId, row: RowIndex, into: &mut Vec<(NodeId, RowIndex)>) {
        into.push((node, row));
        let found = self.form.node(node);
        let rows = match found.rows {
            Some(scope) => self.state.seen_rows(row, self.form.scope(scope).ordinal).collect(),
            None => vec![row],
        };
        for row in rows {
            for child in &found.children {
                self.add_nodes(*child, row, into);
            }
        }
    }

    /// A page as the table of contents shows it.
    pub(super) fn entry(self, index: u32, page: &Page, visited: bool) -> PageEntry {
        let mut entry = PageEntry {
            index,
            path: self.state.path(self.form, page.node, RowIndex::RECORD),
            label: self.page_label(page),
            relevant: false,
            answered: 0,
            questions: 0,
            issues: 0,
            visited,
        };
        for (node, row) in self.nodes_of(page) {
            let cell = self.state.cell(self.form, node, row);
            if !cell.is_relevant {
                continue;
            }
            match self.form.node(node).kind {
                Kind::Note | Kind::Repeat => entry.relevant = true,
                kind if kind.asked_as().is_some() => {
                    entry.relevant = true;
                    entry.questions += 1;
                    entry.answered += u32::from(!cell.value.is_blank());
                    entry.issues += u32::from(self.issue(node, row, Telling::Shown).is_some());
                }
                _ => {}
            }
        }
        entry
    }

    pub(super) fn page_label(self, page: &Page) -> String {
        match page.titled {
            Some(node) => self.label(node, RowIndex::RECORD),
            None => self.form.title.clone(),
        }
    }

    /// The issues of a page, in document order.
    pub(super) fn issues_of(self, index: u32, page: &Page, telling: Telling) -> Vec<IssueAt> {
        let issue = |(node, row): (NodeId, RowIndex)| {
            let issue = self.issue(node, row, telling)?;
            let path = self.state.path(self.form, node, row);
            Some(IssueAt { path, page: index, label: self.label(node, row), issue })
        };
        self.nodes_of(page).into_iter().filter_map(issue).collect()
    }
}

impl Form {
    pub(super) fn page(&self, index: u32) -> Option<&Page> {
        self.pages.get(index as usize)
    }
}

/// Whether a number lies beyond the ends of its range. Only another program, or a form that has changed since, can put it there.
fn is_outside(node: &Node, answer: &Answer) -> bool {
    let number = match answer {
        Answer::Integer(number) => number.to_string().parse::<f64>(),
        Answer::Decimal(decimal) => decimal.to_string().parse(),
        _ => return false,
    };
    let end = |name: &str, usual: f64| node.parameters.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    // Where the author names no ends, as XLSForm has them.
    let (start, end) = (end("start", 1.0), end("end", 10.0));
    node.kind == Kind::Range && number.is_ok_and(|number| number < start.min(end) || number > start.max(end))
}
