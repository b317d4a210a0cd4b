//! What an expression gives, and the conversions between its kinds.

use std::sync::Arc;

use crate::moment::Moment;
use crate::number::{format_number, parse_number};

/// A piece of text, cheap to share.
pub type Text = Arc<str>;

/// What an expression evaluates to. `N` is the caller's node.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<N> {
    /// Blank is the empty text.
    Text(Text),
    Number(f64),
    Boolean(bool),
    /// A date or a moment: reads as ISO text, counts as days since 1970.
    Date(Moment),
    /// Nodes in document order, each once. (`randomize` alone gives another order.)
    Nodes(Vec<N>),
}

/// The kind of value an expression gives, as far as its text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Boolean,
    Date,
    Nodes,
    Any,
}

impl<N> Value<N> {
    /// The value of an unanswered question.
    pub fn blank() -> Self {
        Self::Text(Text::from(""))
    }

    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// Whether this is the empty text or no node. NaN counts as blank: it is stored as one.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Number(number) => number.is_nan(),
            Self::Boolean(_) | Self::Date(_) => false,
            Self::Nodes(nodes) => nodes.is_empty(),
        }
    }

    /// The value with no node in it; `None` for nodes, whose values only their tree knows.
    pub fn map_nodes<M>(self) -> Option<Value<M>> {
        match self {
            Self::Text(text) => Some(Value::Text(text)),
            Self::Number(number) => Some(Value::Number(number)),
            Self::Boolean(truth) => Some(Value::Boolean(truth)),
            Self::Date(moment) => Some(Value::Date(moment)),
            Self::Nodes(_) => None,
        }
    }

    /// The text that `string()` gives of a value that is not nodes; nodes give blank.
    pub fn to_text(&self) -> Text {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => format_number(*number).into(),
            Self::Boolean(true) => "true".into(),
            Self::Boolean(false) => "false".into(),
            Self::Date(moment) => moment.to_string().into(),
            Self::Nodes(_) => "".into(),
        }
    }

    /// The text to store as an answer: as [`Value::to_text`], but NaN is blank.
    pub fn to_stored_text(&self) -> Text {
        match self {
            Self::Number(number) if number.is_nan() => "".into(),
            Self::Text(_) | Self::Number(_) | Self::Boolean(_) | Self::Date(_) | Self::Nodes(_) => self.to_text(),
        }
    }

    /// The number that `number()` gives of a value that is not nodes. A date, also one written as text, is its days
    /// since 1970; `offset` is the zone in minutes east of UTC that a date without a zone is in.
    pub fn to_number(&self, offset: i16) -> f64 {
        match self {
            Self::Text(text) => text_to_number(text, offset),
            Self::Number(number) => *number,
            Self::Boolean(truth) => f64::from(u8::from(*truth)),
            Self::Date(moment) => moment.days(),
            Self::Nodes(_) => f64::NAN,
        }
    }

    /// The truth of the value: text that is not empty, a number that is neither 0 nor NaN, any date, any node.
    pub fn to_boolean(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Boolean(truth) => *truth,
            Self::Date(_) => true,
            Self::Nodes(nodes) => !nodes.is_empty(),
        }
    }
}

/// A number, or a date as its days since 1970, or NaN.
pub(crate) fn text_to_number(text: &str, offset: i16) -> f64 {
    match parse_number(text) {
        Some(number) => number,
        None => Moment::parse(text, offset).map_or(f64::NAN, Moment::days),
    }
}
