//! Labels, hints and messages: words in several languages with answers filled in.

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

/// Splits a text at each `${…}`: what is plain, and what is between the braces with its byte offset.
pub(crate) fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        if start > 0 {
            parts.push(Part::Plain(&rest[..start]));
        }
        parts.push(Part::Reference(&rest[start..=start + length]));
        rest = &rest[start + length + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest));
    }
    parts
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Plain(&'a str),
    /// With its `${` and `}`.
    Reference(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_and_the_rest_kept() {
        use Part::{Plain, Reference};
        assert_eq!(split("Hay ${n}."), [Plain("Hay "), Reference("${n}"), Plain(".")]);
        assert_eq!(split("${a}${b"), [Reference("${a}"), Plain("${b")]);
        assert_eq!(split(""), []);
    }
}
