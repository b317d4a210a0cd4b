//! XML in one form, so that texts which mean the same are the same: attributes in order, white space and declarations of
//! namespaces left out, and `<a/>` for `<a></a>`.

use chaski_xpath::{NodeKind, Tree};

use crate::xpath::dom::{Document, Node};

/// The text of an attribute or text; an element as it would be written.
pub(crate) fn source(document: &Document, node: Node) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    match document.kind(node) {
        NodeKind::Element => {
            let name = match document.prefix(node) {
                Some(prefix) => format!("{prefix}:{}", document.local_name(node)),
                None => document.local_name(node).to_owned(),
            };
            let mut attributes = Vec::new();
            document.attributes(node, &mut attributes);
            let attributes: String = attributes
                .into_iter()
                .map(|attribute| {
                    let prefix = document.prefix(attribute).map(|prefix| format!("{prefix}:")).unwrap_or_default();
                    let value = escaped(&document.text(attribute)).replace('"', "&quot;");
                    format!(" {prefix}{}=\"{value}\"", document.local_name(attribute))
                })
                .collect();
            let mut children = Vec::new();
            document.children(node, &mut children);
            let inner: String = children
                .into_iter()
                .map(|child| match document.kind(child) {
                    NodeKind::Text => escaped(&document.text(child)),
                    _ => source(document, child),
                })
                .collect();
            format!("<{name}{attributes}>{inner}</{name}>")
        }
        _ => document.text(node).into_owned(),
    }
}

/// A piece of XML, whole or broken off, in that form.
pub(crate) fn of(text: &str) -> String {
    let mut canonical = String::new();
    if !text.contains("</") && !text.contains("/>") && !text.starts_with('<') {
        // The reference escapes what it puts into a text twice.
        let unescaped = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        return unescaped.trim().to_owned();
    }
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        push_text(&mut canonical, &rest[..start]);
        let length = tag_length(&rest[start..]);
        let tag = &rest[start..start + length];
        rest = &rest[start + length..];
        if !tag.starts_with("<?") {
            push_tag(&mut canonical, tag);
        }
    }
    push_text(&mut canonical, rest);
    canonical.trim().to_owned()
}

fn push_text(canonical: &mut String, text: &str) {
    // Indentation is no text.
    if !text.trim().is_empty() {
        canonical.push_str(text);
    }
}

/// The length of a tag that `text` begins with; all of it where it is broken off.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn push_tag(canonical: &mut String, tag: &str) {
    let is_whole = tag.ends_with('>');
    let is_empty = tag.ends_with("/>");
    let inner = tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/').trim();
    if let Some(name) = inner.strip_prefix('/') {
        // What is closed at once is empty.
        let opened = format!("<{name}");
        if let Some(start) = canonical.rfind('<')
            && canonical.ends_with('>')
            && !canonical.ends_with("/>")
            && (canonical[start..] == format!("{opened}>") || canonical[start..].starts_with(&format!("{opened} ")))
        {
            canonical.pop();
            canonical.push_str("/>");
            return;
        }
        canonical.push_str(&format!("</{name}>"));
        return;
    }
    let (name, attributes) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let mut found = attributes_of(attributes);
    found.retain(|attribute| !attribute.starts_with("xmlns") || !is_whole);
    // The order is that of a whole tag; one broken off keeps its own. Names with a prefix come last.
    if is_whole {
        found.sort_by_key(|attribute| {
            let name = attribute.split('=').next().unwrap_or_default().to_owned();
            (name.contains(':'), name)
        });
    }
    canonical.push_str(&format!("<{name}"));
    found.iter().for_each(|attribute| canonical.push_str(&format!(" {attribute}")));
    match (is_empty, is_whole) {
        (true, _) => canonical.push_str("/>"),
        (false, true) => canonical.push('>'),
        (false, false) => {}
    }
}

fn attributes_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some(end) = after[1..].find(quote) else { break };
        let value = after[1..=end].replace("&#10;", "\n").replace('>', "&gt;").replace("&amp;gt;", "&gt;");
        found.push(format!("{}=\"{value}\"", name.trim()));
        rest = after[end + 2..].trim_start();
    }
    if !rest.is_empty() {
        found.push(rest.to_owned());
    }
    found
}
