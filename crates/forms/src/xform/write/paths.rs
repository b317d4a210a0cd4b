//! References as paths. Seen from inside a repeat, what stands in it too is reached from there; all else from the root.

use std::borrow::Cow;

use chaski_values::continues_name;

use super::Writer;
use super::element::{Content, Element};
use super::tree::{ItemId, Tree};
use crate::form::{Part, split, start_of_reference, straightened};

/// How a reference is to be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// From the node the expression belongs to.
    Context,
    /// From that node, where the context is another: `current()/`.
    Current,
}

/// One `${name}` in a text.
struct Reference<'t> {
    /// Bytes of the whole of it.
    span: std::ops::Range<usize>,
    name: &'t str,
    is_last_saved: bool,
}

/// Every reference of a text, in order.
fn references(text: &str) -> impl Iterator<Item = Reference<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + start_of_reference(text.get(from..)?)?;
        let length = text[start..].find('}')?;
        let inner = &text[start + 2..start + length];
        let (is_last_saved, name) = match inner.strip_prefix("last-saved#") {
            Some(name) => (true, name),
            None => (false, inner),
        };
        from = start + length + 1;
        Some(Reference { span: start..from, name, is_last_saved })
    })
}

impl<'a> Writer<'a> {
    /// An expression with its references put as paths, seen from `context`; nothing is the form itself.
    pub(super) fn expression<'t>(
        self,
        text: impl Into<Cow<'t, str>>,
        context: Option<ItemId>,
        from: From,
    ) -> Cow<'t, str> {
        self.replaced(text.into(), context, from, false)
    }

    /// As [`Self::expression`], but a path goes up to what holds the repeat around both, so that it leads to all rows.
    pub(super) fn all_rows(self, text: &str, context: ItemId, from: From) -> String {
        self.replaced(text.into(), Some(context), from, true).into_owned()
    }

    fn replaced<'t>(self, text: Cow<'t, str>, context: Option<ItemId>, from: From, to_all: bool) -> Cow<'t, str> {
        // A word processor bends quotes. They stay where the text can be read with them: a pattern may mean them.
        let is_bent = !text.is_ascii() && text.contains(['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}']);
        let text = match is_bent && chaski_xpath::parse(&text).is_err() {
            true => Cow::Owned(straightened(&text)),
            false => text,
        };
        let mut replaced = String::new();
        let mut done = 0;
        for reference in references(&text) {
            let Some(target) = self.items.named(reference.name) else { continue };
            replaced.push_str(&text[done..reference.span.start]);
            done = reference.span.end;
            let is_whole = reference.is_last_saved || names_rows(&text, &reference);
            let inside = is_in_predicate(&text, &reference);
            let relative = context.filter(|_| !is_whole).and_then(|context| self.relative(context, target, to_all));
            replaced.push(' ');
            match relative {
                Some(path) => {
                    if from == From::Current || inside {
                        replaced.push_str("current()/");
                    }
                    replaced.push_str(&path);
                }
                None => {
                    if reference.is_last_saved {
                        replaced.push_str("instance('__last-saved')");
                    }
                    replaced.push_str(&self.tree.item(target).path);
                }
            }
            replaced.push(' ');
        }
        if done == 0 {
            return text;
        }
        replaced.push_str(&text[done..]);
        Cow::Owned(replaced)
    }

    /// The way from one item to another, if a repeat is around both.
    fn relative(self, context: ItemId, target: ItemId, to_all: bool) -> Option<String> {
        let tree = self.tree;
        let around: Vec<ItemId> = tree.above(target).collect();
        let is_common = |id: &ItemId| *id != Tree::ROOT && around.contains(id);
        let repeat = tree.above(context).find(|id| is_common(id) && tree.is_repeat(*id))?;
        let steps_to = |wanted: ItemId| tree.above(context).position(|id| id == wanted).map(|place| place + 1);
        let below = |id: ItemId| {
            let above = tree.item(id).path.len();
            tree.item(target).path.get(above..).unwrap_or_default().to_owned()
        };
        let up = |steps: usize| vec![".."; steps].join("/");
        if to_all {
            let nearest = |id: ItemId| tree.above(id).find(|above| tree.is_repeat(*above));
            let is_outermost = nearest(repeat).is_none();
            if nearest(target) == Some(repeat) && (is_outermost || nearest(context) != Some(repeat)) {
                return Some(format!("{}{}", up(steps_to(repeat)? + 1), below(tree.item(repeat).parent)));
            }
        }
        let common = tree.above(context).find(is_common)?;
        Some(format!("{}{}", up(steps_to(common)?), below(common)))
    }

    /// A text with the values it shows put as elements.
    pub(super) fn shown(self, text: impl Into<Cow<'a, str>>, context: Option<ItemId>) -> Vec<Content<'a>> {
        let text = text.into();
        if is_plain(&text) {
            return Vec::from_iter((!text.is_empty()).then_some(Content::Text(text)));
        }
        let mut content = Vec::new();
        let mut words = String::new();
        for part in split(&text) {
            match part {
                Part::Plain(text) | Part::Reference(text) => words.push_str(text),
                Part::Output(expression) => {
                    content.extend(self.with_references(&std::mem::take(&mut words), context));
                    let is_text =
                        expression.starts_with('\'') && expression[1..].find('\'') == Some(expression.len() - 2);
                    content.push(match is_text {
                        true => Content::Text(expression.trim_matches('\'').to_owned().into()),
                        false => {
                            let value = self.expression(expression, context, From::Context).into_owned();
                            Content::Element(Element::new("output").attribute("value", value))
                        }
                    });
                }
            }
        }
        content.extend(self.with_references(&words, context));
        content
    }

    /// A text without outputs of its author's own.
    fn with_references(self, text: &str, context: Option<ItemId>) -> Vec<Content<'a>> {
        let mut content: Vec<Content<'a>> = Vec::new();
        let plain = |content: &mut Vec<Content<'a>>, text: &str| {
            if !text.is_empty() {
                content.push(Content::Text(text.to_owned().into()));
            }
        };
        let mut rest = text;
        while let Some((start, end)) = next_value(rest) {
            let value = self.expression(&rest[start..end], context, From::Context);
            if value == rest[start..end] && !value.starts_with("instance(") {
                // It names nothing, so it is text.
                plain(&mut content, &rest[..end]);
            } else {
                plain(&mut content, &rest[..start]);
                content.push(Content::Element(Element::new("output").attribute("value", value.into_owned())));
            }
            rest = &rest[end..];
        }
        plain(&mut content, rest);
        content
    }
}

/// Whether nothing in a text can be a value: no reference, look-up or output.
fn is_plain(text: &str) -> bool {
    !text.contains('$') && !text.contains('<') && !text.contains("instance(")
}

/// The first value that a text shows: a reference, or a look-up that begins with `instance(`.
fn next_value(text: &str) -> Option<(usize, usize)> {
    let reference = references(text).next().map(|found| (found.span.start, found.span.end));
    let lookup = text.find("instance(").and_then(|start| Some((start, start + lookup_length(&text[start..])?)));
    match (reference, lookup) {
        (Some(reference), Some(lookup)) if lookup.0 < reference.0 => Some(lookup),
        (Some(reference), _) => Some(reference),
        (None, lookup) => lookup,
    }
}

/// The length of `instance('list')/root/item[…]/label`; nothing where no path follows the name.
fn lookup_length(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut end = 0;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if depth > 0 => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.checked_sub(1)?,
            (None, c) if depth == 0 && !(continues_name(c) || matches!(c, '/' | ':' | '@')) => {
                break;
            }
            _ => {}
        }
        end = index + c.len_utf8();
    }
    let path = text[..end].trim_end_matches(['.', ':']);
    (depth == 0 && path.contains(")/")).then_some(path.len())
}

/// Whether a reference is an argument of `indexed-repeat` that means a node of all rows.
fn names_rows(text: &str, reference: &Reference<'_>) -> bool {
    let Some(call) = text[..reference.span.start].rfind("indexed-repeat(") else { return false };
    let start = call + "indexed-repeat(".len();
    let (mut depth, mut argument) = (0_usize, 0);
    for c in text[start..reference.span.start].chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth == 0 => return false,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => argument += 1,
            _ => {}
        }
    }
    depth == 0 && matches!(argument, 0 | 1 | 3 | 5)
}

/// Whether a reference stands in a predicate of a look-up in another instance.
fn is_in_predicate(text: &str, reference: &Reference<'_>) -> bool {
    let before = &text[..reference.span.start];
    let Some(start) = before.find("instance(") else { return false };
    let depth = before[start..].chars().fold(0_i32, |depth, c| match c {
        '[' => depth + 1,
        ']' => depth - 1,
        _ => depth,
    });
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_ends_where_its_path_ends() {
        let text = "instance('towns')/root/item[name = 'a b']/label. Next";
        assert_eq!(lookup_length(text), Some(text.len() - ". Next".len()));
        assert_eq!(lookup_length("instance(x) of"), None);
        assert_eq!(lookup_length("instance('a'"), None);
    }
}
