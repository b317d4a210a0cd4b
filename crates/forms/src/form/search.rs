//! `search(…)` in an appearance: choices looked up in a table rather than listed.
//!
//! As ODK Collect reads it: `search('table')`, or with how, in which columns and what to look for, or with a column and the
//! text that must stand in it besides. The list then names columns: the choice's `name` that of the codes, its `label`
//! those of the words. A choice whose name is a whole number is offered as it stands.

use chaski_xpath::{Expr, ExprKind};

use super::ExprId;
use crate::source::DefinedNode;

/// Choices found in a table.
#[derive(Debug)]
pub(crate) struct Search {
    /// A place in [`super::Form::lists`]: what names the columns.
    pub(crate) list: usize,
    pub(crate) table: ExprId,
    pub(crate) sought: Option<Sought>,
    /// A column and what stands in it.
    pub(crate) filter: Option<(ExprId, ExprId)>,
}

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Sought {
    pub(crate) how: ExprId,
    /// Names with commas between them: one of them must hold the text.
    pub(crate) columns: ExprId,
    pub(crate) text: ExprId,
}

/// How a cell must agree with the text that is looked for, whatever its capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    Contains,
    StartsWith,
    EndsWith,
    Matches,
}

impl Agreement {
    /// What an author calls it; any other word asks for what contains the text.
    pub(crate) fn named(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            "matches" => Self::Matches,
            _ => Self::Contains,
        }
    }

    /// Whether a cell agrees with a text. Both are in small letters.
    pub(crate) fn holds(self, cell: &str, text: &str) -> bool {
        match self {
            Self::Contains => cell.contains(text),
            Self::StartsWith => cell.starts_with(text),
            Self::EndsWith => cell.ends_with(text),
            Self::Matches => cell == text,
        }
    }
}

impl Search {
    pub(crate) fn expressions(&self) -> impl Iterator<Item = ExprId> {
        let sought = self.sought.iter().flat_map(|sought| [sought.how, sought.columns, sought.text]);
        let filter = self.filter.iter().flat_map(|(column, text)| [*column, *text]);
        std::iter::once(self.table).chain(sought).chain(filter)
    }
}

/// The word of an appearance that is a search; nothing for a select without one.
pub(crate) fn word(node: &DefinedNode) -> Option<&str> {
    node.appearance.iter().map(String::as_str).find(|word| is_word(word))
}

/// Whether a word of an appearance is a search.
pub(crate) fn is_word(word: &str) -> bool {
    word.starts_with("search(") && word.ends_with(')')
}

/// What stands between its brackets; nothing for what cannot be read and any other number of parts than 1, 4 or 6.
pub(crate) fn parts(word: &str) -> Option<Vec<Expr>> {
    let parsed = chaski_xpath::parse_deferring(word)
        .or_else(|_| chaski_xpath::parse_deferring(&super::straightened(word)))
        .ok()?;
    match parsed.kind {
        ExprKind::Unknown(name, parts) if &*name == "search" && matches!(parts.len(), 1 | 4 | 6) => Some(parts),
        _ => None,
    }
}

/// The table that a select searches in, as its author calls it; nothing where that is computed.
pub(crate) fn table(node: &DefinedNode) -> Option<String> {
    let parts = parts(word(node)?)?;
    match &parts.first()?.kind {
        ExprKind::Text(name) if !name.trim().is_empty() => Some(name.trim().to_owned()),
        _ => None,
    }
}

/// Names of columns, as an author lists them: with commas, or else spaces, between them.
pub(crate) fn columns(text: &str) -> Vec<&str> {
    let split = |separator: char| text.split(separator).map(str::trim).filter(|name| !name.is_empty());
    if text.contains(',') { split(',').collect() } else { split(' ').collect() }
}
