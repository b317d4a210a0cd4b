//! Where an expression goes wrong, what was read there, and what to do about it.

use std::fmt;

use thiserror::Error;

use crate::value::Text;

/// A part of an expression's text: byte offsets, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let held = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: held(start), end: held(end) }
    }

    /// From the start of this span to the end of `other`.
    pub(crate) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }

    /// The text of `source` that this span covers; empty when it is not a part of `source`.
    pub fn of(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or("")
    }

    /// The column of the span's start in `source`.
    pub fn column(self, source: &str) -> Column {
        let before = source.get(..self.start as usize).unwrap_or(source);
        Column(before.chars().count() + 1)
    }
}

/// A column as a person counts it: characters, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(pub usize);

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}", self.0)
    }
}

/// Why a text is not an expression: what is wrong, and where.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{column}: {fault}")]
pub struct ParseError {
    pub fault: ParseFault,
    pub span: Span,
    pub column: Column,
}

/// What is wrong with a text that should be an expression.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ParseFault {
    #[error("the expression is empty")]
    Empty,
    #[error("the expression has {length} bytes: at most {limit} can be read; split it over several calculations")]
    TooLong { length: usize, limit: usize },
    #[error("the expression is nested more than {limit} levels deep: split it over several calculations")]
    TooDeep { limit: usize },
    #[error("the text that begins with {quote} has no closing {quote}")]
    UnclosedText { quote: char },
    #[error("the reference `{text}` is not closed: write it as `${{name}}`")]
    UnclosedReference { text: String },
    #[error("`{found}` cannot be read here{}", so(.remedy))]
    Stray { found: String, remedy: Option<&'static str> },
    #[error("found {found} where {expected} should be{}", so(.remedy))]
    Unexpected { found: String, expected: &'static str, remedy: Option<&'static str> },
    #[error("unknown function `{name}`{}", .suggestion.map(|known| format!(": did you mean `{known}`?")).unwrap_or_else(|| in_place_of(name)))]
    UnknownFunction { name: String, suggestion: Option<&'static str> },
    #[error("`{function}` takes {expected}, but {got} {} given", if *.got == 1 { "is" } else { "are" })]
    ArgumentCount { function: &'static str, expected: crate::Arity, got: usize },
    #[error("`{function}` takes pairs after its first arguments, and one here is alone")]
    Unpaired { function: &'static str },
    #[error("`{function}` needs a question or group in place of `{found}`")]
    NotNodes { function: &'static str, found: String },
    #[error("`{function}` can never use `{found}`: {why}; {remedy}")]
    Unfit { function: &'static str, found: String, why: &'static str, remedy: &'static str },
    #[error("`{found}` is a value and has no parts: a `/` or `[` can only follow a question or group")]
    NoParts { found: String },
    #[error("unknown axis `{name}`")]
    UnknownAxis { name: String },
    #[error("variables such as `{name}` do not exist in forms: refer to a question as `${{name}}`")]
    Variable { name: String },
}

fn so(text: &Option<&'static str>) -> String {
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

/// What to write in place of a function that there is not.
fn in_place_of(name: &str) -> String {
    let remedy = match name.to_lowercase().as_str() {
        "isnull" | "isblank" | "isempty" | "is_null" | "is-null" | "is-blank" | "empty" => {
            "a blank answer is `${name} = ''`"
        }
        _ => "write one of those that forms have, such as `if`, `selected` or `coalesce`",
    };
    format!(": {remedy}")
}

/// Why an expression has no value. A blank or unsuitable answer is never the reason: those give blank or NaN.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EvalError {
    #[error(
        "one value is needed, but there are several: `{first}` and `{second}`; use indexed-repeat, sum, join or count"
    )]
    Several { first: String, second: String, span: Span },
    #[error("`{function}` needs a question or group, not a value")]
    NotNodes { function: &'static str, span: Span },
    #[error("the pattern `{pattern}` cannot be used: {reason}")]
    Pattern { pattern: String, reason: String, span: Span },
    #[error("unknown function `{name}`")]
    UnknownFunction { name: Text, span: Span },
    #[error("`{function}` lacks its argument {position}")]
    MissingArgument { function: &'static str, position: usize },
    #[error("`{function}` cannot use `{found}`: {remedy}")]
    Argument { function: &'static str, found: String, remedy: &'static str, span: Span },
    #[error("there is no list or file named `{name}`")]
    UnknownInstance { name: String, span: Span },
    #[error("`${{{name}}}` was not resolved to a question")]
    Unresolved { name: Text, span: Span },
    #[error("`{function}` makes a text of more than {limit} bytes; join less")]
    LongText { function: &'static str, limit: usize, span: Span },
    #[error("the expression needs too much work: more than {limit} steps")]
    TooMuchWork { limit: u64 },
    /// The caller's context could not answer; its message says what.
    #[error("{what}")]
    Unavailable { what: String },
}
