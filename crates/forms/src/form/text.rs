//! Labels, hints and messages: words in several languages with answers filled in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ExprId;

/// A text in each language that has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message(pub(crate) BTreeMap<u16, Vec<Piece>>);

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Plain(String),
    /// The value of an expression, which is `${name}` in almost every form.
    Value(ExprId),
}

impl Message {
    /// The parts in a language; in the default language, or else in any, when that one has none.
    pub(crate) fn pieces(&self, language: u16) -> Option<&[Piece]> {
        let found = self.0.get(&language).or_else(|| self.0.get(&0)).or_else(|| self.0.values().next());
        found.map(Vec::as_slice)
    }

    /// Every expression in any language.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = ExprId> {
        self.0.values().flatten().filter_map(|piece| match piece {
            Piece::Plain(_) => None,
            Piece::Value(id) => Some(*id),
        })
    }
}

/// Splits a text at each `${…}` and each `<output value="…"/>`.
pub(crate) fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, part, after)) = next(rest) {
        if !before.is_empty() {
            parts.push(Part::Plain(before));
        }
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest));
    }
    parts
}

/// Where the first reference of a text begins.
pub(crate) fn start_of_reference(text: &str) -> Option<usize> {
    start_of(text, '$', "{")
}

/// Where `first` stands with `rest` after it. Most texts lack the first, and to look for one character is quick.
fn start_of(text: &str, first: char, rest: &str) -> Option<usize> {
    text.match_indices(first).map(|(at, _)| at).find(|at| text[at + first.len_utf8()..].starts_with(rest))
}

/// What stands before the first part that is computed, that part, and what follows it.
fn next(text: &str) -> Option<(&str, Part<'_>, &str)> {
    let reference = start_of_reference(text).and_then(|start| {
        let length = text[start..].find('}')? + 1;
        Some((start, Part::Reference(&text[start..start + length]), start + length))
    });
    let output = start_of(text, '<', "output").and_then(|start| {
        let tag = &text[start..];
        let (_, value) = tag.split_once("value=")?;
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (expression, after) = value[1..].split_once(quote)?;
        let length = after.find("/>")? + 2;
        let expression = quick_xml::escape::unescape(expression).unwrap_or(Cow::Borrowed(expression));
        Some((start, Part::Output(expression), text.len() - after.len() + length))
    });
    let first = match (reference, output) {
        // A `${…}` inside an output is part of its expression.
        (Some(reference), Some(output)) => Some(if reference.0 < output.0 { reference } else { output }),
        (found, None) | (None, found) => found,
    };
    first.map(|(start, part, end)| (&text[..start], part, &text[end..]))
}

/// An expression as a part of a text that [`split`] finds again.
pub(crate) fn output(expression: &str) -> String {
    format!("<output value=\"{}\"/>", quick_xml::escape::escape(expression))
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Plain(&'a str),
    /// With its `${` and `}`.
    Reference(&'a str),
    /// An expression.
    Output(Cow<'a, str>),
}

impl Part<'_> {
    /// The expression to compute; nothing for plain text.
    pub(crate) fn expression(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::Reference(text) => Some(text),
            Self::Output(text) => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_and_the_rest_kept() {
        use Part::{Output, Plain, Reference};
        assert_eq!(split("Hay ${n}."), [Plain("Hay "), Reference("${n}"), Plain(".")]);
        assert_eq!(split("${a}${b"), [Reference("${a}"), Plain("${b")]);
        assert_eq!(split(""), []);
        assert_eq!(
            split("<output value=\"${a} + 1\"/> of <b>${n}</b>"),
            [Output("${a} + 1".into()), Plain(" of <b>"), Reference("${n}"), Plain("</b>")]
        );
        assert_eq!(split(&output("'}' = ${a}")), [Output("'}' = ${a}".into())]);
        assert_eq!(split("a < b <output"), [Plain("a < b <output")]);
    }
}
