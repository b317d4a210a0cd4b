//! Every node as it stands, drawn or not: for scripts, exports and tests, which see more than a person does.

use chaski_values::{Answer, NodePath};
use serde::Serialize;

use super::evaluate::Surroundings;
use super::show::{CHOICE, Telling};
use super::state::RowIndex;
use super::tree::Handle;
use super::{Session, SessionError};
use crate::Document;
use crate::form::NodeId;
use crate::kind::Kind;
use crate::view::IssueKind;

/// What a [`NodeState`] is the state of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A question, note or computed value.
    Value,
    Group,
    Repeat,
    /// One row of a repeat.
    Row,
}

/// One node of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeState {
    pub path: NodePath,
    /// The path with the positions of rows, from 1, instead of their ids: `repeat[2]/a`.
    pub place: String,
    pub part: Part,
    /// As expressions see it and a record sent elsewhere would hold it; blank for what holds none and when not relevant.
    pub value: String,
    pub relevant: bool,
    pub required: bool,
    pub readonly: bool,
    /// In the session's language; nothing when the form says none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What is wrong, whether or not a person has been told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueKind>,
    /// For a select: the codes that can be taken now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
}

impl Session {
    /// Every node in every row, in document order.
    pub fn states(&self) -> Vec<NodeState> {
        let mut states = Vec::new();
        self.state.effort.renew();
        let around = self.around();
        for node in &self.form.top {
            around.add_states(*node, RowIndex::RECORD, &mut states);
        }
        states
    }

    /// The answers as a document, the form's outermost element first, for [`crate::Lookups::LAST_SAVED`].
    pub fn answers(&self) -> Document {
        let mut elements = vec![("data".to_owned(), None, String::new())];
        let around = self.around();
        for node in &self.form.top {
            around.add_answers(*node, RowIndex::RECORD, 0, &mut elements);
        }
        Document::of_elements(elements)
    }

    /// A text as an answer to a question, read as a default in a form is: codes with spaces between them, `2026-05-31`.
    /// Nothing for blank text and for what is no such answer.
    ///
    /// # Errors
    /// When the path is not a node of this form.
    pub fn parse(&self, path: &NodePath, text: &str) -> Result<Option<Answer>, SessionError> {
        let (node, _) = self.locate(path)?;
        let text = self.form.node(node).cast.of(text.into());
        Ok(self.around().answer_of_text(node, &text))
    }
}

impl Surroundings<'_> {
    fn add_states(self, node: NodeId, row: RowIndex, into: &mut Vec<NodeState>) {
        let found = self.form.node(node);
        into.push(self.state_of(node, row));
        let Some(scope) = found.rows else {
            found.children.iter().for_each(|child| self.add_states(*child, row, into));
            return;
        };
        let repeat = into.len() - 1;
        for inner in self.state.row(row).present[self.form.scope(scope).ordinal].clone() {
            if let Some(path) = self.state.row_path(inner) {
                let place = self.world().place_label(Handle::Node { row: inner, node });
                let relevant = self.state.is_relevant(self.form, node, row) && !self.state.row(inner).is_hidden;
                into.push(NodeState { path, place, part: Part::Row, relevant, ..into[repeat].clone() });
            }
            found.children.iter().for_each(|child| self.add_states(*child, inner, into));
        }
    }

    fn add_answers(self, node: NodeId, row: RowIndex, parent: u32, into: &mut Vec<(String, Option<u32>, String)>) {
        let found = self.form.node(node);
        let cell = self.state.cell(self.form, node, row);
        if !cell.is_relevant {
            return;
        }
        let rows = match found.rows {
            Some(scope) => self.state.seen_rows(row, self.form.scope(scope).ordinal).collect(),
            None => vec![row],
        };
        for inner in rows {
            let place = u32::try_from(into.len()).unwrap_or(u32::MAX);
            let text = if found.kind.is_container() { String::new() } else { cell.value.to_stored_text().to_string() };
            into.push((found.name.clone(), Some(parent), text));
            found.children.iter().for_each(|child| self.add_answers(*child, inner, place, into));
        }
    }

    fn state_of(self, node: NodeId, row: RowIndex) -> NodeState {
        let found = self.form.node(node);
        let cell = self.state.cell(self.form, node, row);
        let part = match found.kind {
            Kind::Group => Part::Group,
            Kind::Repeat => Part::Repeat,
            _ => Part::Value,
        };
        let relevant = self.state.is_relevant(self.form, node, row);
        let has_value = part == Part::Value && relevant;
        let value = if has_value { cell.value.to_stored_text().to_string() } else { String::new() };
        let path = self.state.path(self.form, node, row);
        let place = match part {
            Part::Repeat => self.world().place_of_repeat(node, row),
            Part::Value | Part::Group | Part::Row => self.world().place_label(Handle::Node { row, node }),
        };
        NodeState {
            path,
            place,
            part,
            value,
            relevant,
            required: cell.is_required,
            readonly: cell.is_readonly,
            label: self.message(&found.label, row),
            issue: self.issue(node, row, Telling::All).map(|issue| issue.kind),
            choices: self.choice_codes(node, row),
        }
    }

    fn choice_codes(self, node: NodeId, row: RowIndex) -> Option<Vec<String>> {
        let choices = self.world().choices(node, Some(row))?;
        let code = |choice: u32| choices.code(choice).to_owned();
        let allowed = &self.state.cell(self.form, node, row).choices;
        // As on a page: thousands of questions can have one long list.
        let count = allowed.as_ref().map_or(choices.len() as usize, |allowed| allowed.len());
        if !self.state.effort.take(CHOICE * count as u64) {
            return Some(Vec::new());
        }
        Some(match allowed {
            Some(allowed) => allowed.iter().copied().map(code).collect(),
            None => (0..choices.len()).map(code).collect(),
        })
    }
}
