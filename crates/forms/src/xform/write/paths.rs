//! References as paths. Seen from inside a repeat, what stands in it too is reached from there; all else from the root.

use super::Writer;
use super::element::{Content, Element};
use super::tree::{ItemId, Tree};
use crate::form::{Part, split, straightened};

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

fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("${")).map(|start| start + from) {
        let Some(length) = text[start..].find('}') else { break };
        let inner = &text[start + 2..start + length];
        let (is_last_saved, name) = match inner.strip_prefix("last-saved#") {
            Some(name) => (true, name),
            None => (false, inner),
        };
        found.push(Reference { span: start..start + length + 1, name, is_last_saved });
        from = start + length + 1;
    }
    found
}

impl Writer<'_> {
    /// An expression with its references put as paths, seen from `context`; nothing is the form itself.
    pub(super) fn expression(self, text: &str, context: Option<ItemId>, from: From) -> String {
        self.replaced(text, context, from, false)
    }

    /// As [`Self::expression`], but a path goes up to what holds the repeat around both, so that it leads to all rows.
    pub(super) fn all_rows(self, text: &str, context: ItemId, from: From) -> String {
        self.replaced(text, Some(context), from, true)
    }

    fn replaced(self, text: &str, context: Option<ItemId>, from: From, to_all: bool) -> String {
        // A word processor bends quotes. They stay where the text can be read with them: a pattern may mean them.
        let is_bent = text.contains(['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}']);
        let straight = (is_bent && chaski_xpath::parse(text).is_err()).then(|| straightened(text));
        let text = straight.as_deref().unwrap_or(text);
        let mut replaced = String::with_capacity(text.len());
        let mut done = 0;
        for reference in references(text) {
            let Some(target) = self.items.named(reference.name) else { continue };
            replaced.push_str(&text[done..reference.span.start]);
            done = reference.span.end;
            let is_whole = reference.is_last_saved || names_rows(text, &reference);
            let inside = is_in_predicate(text, &reference);
            let relative = context.filter(|_| !is_whole).and_then(|context| self.relative(context, target, to_all));
            match relative {
                Some(path) if from == From::Current || inside => replaced.push_str(&format!(" current()/{path} ")),
                Some(path) => replaced.push_str(&format!(" {path} ")),
                None if reference.is_last_saved => {
                    replaced.push_str(&format!(" instance('__last-saved'){} ", self.tree.item(target).path));
                }
                None => replaced.push_str(&format!(" {} ", self.tree.item(target).path)),
            }
        }
        replaced.push_str(&text[done..]);
        replaced
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
    pub(super) fn shown(self, text: &str, context: Option<ItemId>) -> Vec<Content> {
        let mut content = Vec::new();
        let mut words = String::new();
        for part in split(text) {
            match part {
                Part::Plain(text) | Part::Reference(text) => words.push_str(text),
                Part::Output(expression) => {
                    content.extend(self.with_references(&std::mem::take(&mut words), context));
                    let is_text =
                        expression.starts_with('\'') && expression[1..].find('\'') == Some(expression.len() - 2);
                    content.push(match is_text {
                        true => Content::Text(expression.trim_matches('\'').to_owned()),
                        false => {
                            let value = self.expression(&expression, context, From::Context);
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
    fn with_references(self, text: &str, context: Option<ItemId>) -> Vec<Content> {
        let mut content: Vec<Content> = Vec::new();
        let plain = |content: &mut Vec<Content>, text: &str| {
            if !text.is_empty() {
                content.push(Content::Text(text.to_owned()));
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
                content.push(Content::Element(Element::new("output").attribute("value", value)));
            }
            rest = &rest[end..];
        }
        plain(&mut content, rest);
        content
    }
}

/// The first value that a text shows: a reference, or a look-up that begins with `instance(`.
fn next_value(text: &str) -> Option<(usize, usize)> {
    let reference = references(text).into_iter().next().map(|found| (found.span.start, found.span.end));
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
            (None, c) if depth == 0 && !(c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '.' | ':' | '@')) => {
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
