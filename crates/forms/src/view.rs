//! What a [`crate::Session`] shows: plain data, ready to be drawn, in the session's language.
//!
//! These are the types the user interface is written against. Field names cross as camelCase; a path and an id cross as
//! their text. A node that is not relevant is still shown, with `relevant: false`: the screen hides it and keeps its place.

use std::collections::BTreeMap;

use chaski_values::{Answer, FormId, FormVersion, NodePath, RowId};
use serde::{Deserialize, Serialize};
#[cfg(feature = "bindings")]
use ts_rs::TS;

#[cfg(feature = "bindings")]
pub use shape::{AnswerValue, MediaValue, PointValue};

#[cfg(feature = "bindings")]
mod shape;

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    Text,
    Integer,
    Decimal,
    SelectOne,
    SelectMultiple,
    Date,
    Time,
    DateTime,
    Geopoint,
    /// A line of points.
    Geotrace,
    /// A closed line of points.
    Geoshape,
    Image,
    Audio,
    Video,
    File,
    Barcode,
    Acknowledge,
    /// A number between the parameters `start` and `end`, by `step`; an integer unless one of them has a point.
    Range,
    /// The choices of a list in an order.
    Rank,
    /// A type of question this version keeps and shows, but cannot ask.
    Unsupported,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    /// An answer is required and there is none.
    Required,
    /// The form's constraint does not hold.
    Constraint,
    /// The answer does not fit how its question keeps it, such as a price with three decimals.
    Type,
    /// The choice is not in its list.
    UnknownChoice,
    /// An expression of the form could not be computed.
    Calculation,
}

/// What is wrong with an answer, and the form author's words for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    pub kind: IssueKind,
    /// In the session's language; nothing when the form has no words for it and the screen uses its own for `kind`.
    pub message: Option<String>,
}

/// The files that go with a text, by their names: they were published beside the form, and may not be here yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct MediaNames {
    pub image: Option<String>,
    /// The same picture, larger: shown when the small one is touched.
    pub big_image: Option<String>,
    pub audio: Option<String>,
    pub video: Option<String>,
}

/// One choice that can be taken now. Files are named as in [`MediaNames`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    pub code: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub image: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub big_image: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub audio: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub video: Option<String>,
}

/// A question, with its answer and state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct QuestionView {
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    pub kind: QuestionKind,
    pub appearance: Vec<String>,
    pub label: String,
    pub hint: Option<String>,
    pub guidance: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub media: Option<MediaNames>,
    pub required: bool,
    pub readonly: bool,
    pub relevant: bool,
    #[cfg_attr(feature = "bindings", ts(as = "Option<AnswerValue>"))]
    pub value: Option<Answer>,
    pub issue: Option<Issue>,
    /// For a select: what its filter lets through now. For a range: its ticks that have words, by their numbers.
    pub choices: Option<Vec<Choice>>,
    /// Such as `max-pixels` → `1280`.
    pub parameters: BTreeMap<String, String>,
}

/// Text that asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct NoteView {
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    pub label: String,
    pub hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub media: Option<MediaNames>,
    pub relevant: bool,
}

/// A group inside a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    pub label: String,
    pub relevant: bool,
    pub appearance: Vec<String>,
    /// In order; each is a node of the same page.
    #[cfg_attr(feature = "bindings", ts(type = "Array<string>"))]
    pub children: Vec<NodePath>,
}

/// A repeat with its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct RepeatView {
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    pub label: String,
    pub relevant: bool,
    /// False when the form itself says how many rows there are.
    pub can_add: bool,
    pub can_remove: bool,
    pub rows: Vec<RowView>,
}

/// One row of a repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct RowView {
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub row: RowId,
    /// From 1.
    pub position: u32,
    /// The row's first answer in words, or its repeat's label and its position.
    pub label: String,
    #[cfg_attr(feature = "bindings", ts(type = "Array<string>"))]
    pub children: Vec<NodePath>,
}

/// One node of a form being filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(tag = "node", rename_all = "snake_case")]
pub enum NodeView {
    Question(QuestionView),
    Note(NoteView),
    Group(GroupView),
    Repeat(RepeatView),
}

impl NodeView {
    pub fn path(&self) -> &NodePath {
        match self {
            Self::Question(view) => &view.path,
            Self::Note(view) => &view.path,
            Self::Group(view) => &view.path,
            Self::Repeat(view) => &view.path,
        }
    }

    pub fn is_relevant(&self) -> bool {
        match self {
            Self::Question(view) => view.relevant,
            Self::Note(view) => view.relevant,
            Self::Group(view) => view.relevant,
            Self::Repeat(view) => view.relevant,
        }
    }
}

/// One page: a group of the form, a repeat with what belongs to it, or a run of questions outside every group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    pub index: u32,
    /// The node the page is made of; for a run of questions, the first of them.
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    pub label: String,
    /// Every node of the page in document order, nested ones included. A page that is a group shows the group's label
    /// as its own, so the group itself is not among them.
    pub nodes: Vec<NodeView>,
    /// The nodes that stand at the top of the page, in order.
    #[cfg_attr(feature = "bindings", ts(type = "Array<string>"))]
    pub roots: Vec<NodePath>,
}

/// One page as the table of contents shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct PageEntry {
    pub index: u32,
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    pub label: String,
    pub relevant: bool,
    /// Relevant questions that have an answer.
    pub answered: u32,
    /// Relevant questions.
    pub questions: u32,
    /// Issues that are shown beside their questions now.
    pub issues: u32,
    /// Whether the page was opened in this session.
    pub visited: bool,
}

/// A language the form is written in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct Language {
    /// What [`crate::Session::set_language`] takes, such as `es`; the name when the author gave no code.
    pub code: String,
    /// Such as `Español`.
    pub name: String,
}

/// The form being filled in, from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct Outline {
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub form_id: FormId,
    pub title: String,
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub version: FormVersion,
    pub languages: Vec<Language>,
    /// The code of the session's language.
    pub language: String,
    pub pages: Vec<PageEntry>,
    pub answered: u32,
    pub questions: u32,
}

/// An issue and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(TS), ts(export))]
#[serde(rename_all = "camelCase")]
pub struct IssueAt {
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub path: NodePath,
    /// Index of the page.
    pub page: u32,
    /// The question's label.
    pub label: String,
    pub issue: Issue,
}
