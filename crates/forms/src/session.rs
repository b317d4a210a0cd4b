//! One person filling in one form.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaski_values::{Answer, Key, NodePath, RecordId, RowId, Scalar, Timestamp};
use thiserror::Error;

use crate::view::{IssueAt, NodeView, Outline, PageEntry, PageView};
use crate::{Environment, Form};

/// What to store: a key of the record and what it holds from now on.
pub type Write = (Key, Scalar);

/// What one act of a person changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// To be stored, all together.
    pub writes: Vec<Write>,
    /// Every node that looks different now, on any page, in document order.
    pub nodes: Vec<NodeView>,
    /// All pages, when any entry of the table of contents changed.
    pub pages: Option<Vec<PageEntry>>,
}

/// What closing a form came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finalized {
    /// Everything that stands in the way, in document order; empty when the form is complete.
    pub issues: Vec<IssueAt>,
    /// To be stored: the time of the end, and only if there are no issues.
    pub change: Change,
}

/// The answers of one page, to be read and not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Index of the page.
    pub page: u32,
    pub label: String,
    pub lines: Vec<Line>,
}

/// One answer in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub path: NodePath,
    /// The question's label; inside a row, after the row's own label.
    pub label: String,
    /// The answer in the session's language.
    pub display: String,
}

/// Why an act was refused. A bad answer is none of these: it is taken, with its issue.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionError {
    #[error("the form has no node `{0}`")]
    UnknownNode(NodePath),
    #[error("`{0}` is not a question that can be answered")]
    NotAQuestion(NodePath),
    #[error("`{0}` may be read, not answered")]
    ReadOnly(NodePath),
    #[error("`{path}` takes {expected}, not {given}")]
    WrongKind { path: NodePath, expected: &'static str, given: &'static str },
    #[error("`{0}` is not a repeat")]
    NotARepeat(NodePath),
    #[error("`{0}` is not a row")]
    NotARow(NodePath),
    #[error("the rows of `{0}` are counted by the form")]
    CountedRepeat(NodePath),
    #[error("`{0}` already has a row with that id")]
    DuplicateRow(NodePath),
    #[error("the form has no page {0}")]
    UnknownPage(u32),
    #[error("the form has no language `{0}`")]
    UnknownLanguage(String),
}

/// The fill-in of one record. It holds the whole state in memory and says, after each act, what to store and what to draw.
#[derive(Debug)]
pub struct Session {
    form: Arc<Form>,
}

impl Session {
    /// Opens a record: `saved` is what is stored of it, empty for a new one.
    ///
    /// Also gives what the first opening writes: the start, defaults, one-shot values.
    pub fn open(
        form: Arc<Form>,
        environment: Environment,
        record: RecordId,
        saved: &BTreeMap<Key, Scalar>,
    ) -> (Self, Vec<Write>) {
        let _ = (environment, record, saved);
        (Self { form }, Vec::new())
    }

    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// Answers a question, or takes the answer back.
    ///
    /// # Errors
    /// When the path is not a question of this form or the answer not of its kind.
    pub fn answer(&mut self, path: &NodePath, answer: Option<Answer>) -> Result<Change, SessionError> {
        let _ = answer;
        Err(SessionError::UnknownNode(path.clone()))
    }

    /// Adds a row at the end of a repeat.
    ///
    /// # Errors
    /// When the path is not a repeat, its rows are counted by the form, or it has that row.
    pub fn add_row(&mut self, repeat: &NodePath, row: RowId) -> Result<Change, SessionError> {
        let _ = row;
        Err(SessionError::UnknownNode(repeat.clone()))
    }

    /// Removes a row. What it held stays stored, so that [`Self::restore_row`] brings it back whole.
    ///
    /// # Errors
    /// When the path is not a row of this form, or its rows are counted by the form.
    pub fn remove_row(&mut self, row: &NodePath) -> Result<Change, SessionError> {
        Err(SessionError::UnknownNode(row.clone()))
    }

    /// Brings back a row that was removed.
    ///
    /// # Errors
    /// As [`Self::remove_row`].
    pub fn restore_row(&mut self, row: &NodePath) -> Result<Change, SessionError> {
        Err(SessionError::UnknownNode(row.clone()))
    }

    /// Shows the form in another language, by its code.
    ///
    /// # Errors
    /// When the form has no such language.
    pub fn set_language(&mut self, code: &str) -> Result<Change, SessionError> {
        Err(SessionError::UnknownLanguage(code.to_owned()))
    }

    /// One page, which counts as visited from now on.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn page(&mut self, index: u32) -> Result<PageView, SessionError> {
        Err(SessionError::UnknownPage(index))
    }

    /// Everything wrong on one page; from now on it is also shown beside the questions.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn check_page(&mut self, index: u32) -> Result<(Vec<IssueAt>, Change), SessionError> {
        Err(SessionError::UnknownPage(index))
    }

    /// The form from outside: title, languages, pages and how far they are.
    pub fn outline(&self) -> Outline {
        Outline {
            form_id: self.form.id().clone(),
            title: self.form.title().to_owned(),
            version: self.form.version(),
            languages: Vec::new(),
            language: String::new(),
            pages: Vec::new(),
            answered: 0,
            questions: 0,
        }
    }

    /// Closes the form at the moment `at`, unless something is wrong with it.
    pub fn finalize(&mut self, at: Timestamp) -> Finalized {
        let _ = at;
        Finalized::default()
    }

    /// What the form's author calls this record (`instance_name`); blank when the form does not say.
    pub fn instance_name(&self) -> String {
        String::new()
    }

    /// Every relevant answer in words, page by page.
    pub fn summary(&self) -> Vec<Section> {
        Vec::new()
    }

    /// A node's label and, inside rows, the rows' labels before it; nothing for a path that is not in the form.
    pub fn label_of(&self, path: &NodePath) -> Option<String> {
        let _ = path;
        None
    }

    /// A stored scalar in words, as the question at its key would show it: for conflicts and the history.
    pub fn display(&self, key: &Key, scalar: &Scalar) -> String {
        let _ = key;
        scalar.as_text().unwrap_or_default().to_owned()
    }
}
