//! A small XML tree for the cases to be evaluated against.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use chaski_xpath::{NodeKind, QName, Tree};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The index of a node: they are numbered in document order.
pub(crate) type Node = usize;

#[derive(Debug)]
struct Held {
    kind: NodeKind,
    prefix: Option<String>,
    local: String,
    namespace: String,
    text: String,
    parent: Option<Node>,
    children: Vec<Node>,
    attributes: Vec<Node>,
    namespaces: Vec<Node>,
}

/// A document; node 0 is its root.
#[derive(Debug)]
pub(crate) struct Document {
    nodes: Vec<Held>,
    /// 1 when a document type is written: the cases count it as a node when they name others by position.
    before: usize,
    prefixes: BTreeMap<String, String>,
}

const KNOWN: [(&str, &str); 9] = [
    ("xml", "http://www.w3.org/XML/1998/namespace"),
    ("xhtml", "http://www.w3.org/1999/xhtml"),
    ("h", "http://www.w3.org/1999/xhtml"),
    ("jr", "http://openrosa.org/javarosa"),
    ("orx", "http://openrosa.org/xforms"),
    ("odk", "http://www.opendatakit.org/xforms"),
    ("enk", "http://enketo.org/xforms"),
    ("x", "http://www.w3.org/2002/xforms"),
    ("entities", "http://www.opendatakit.org/xforms/entities"),
];

impl Document {
    pub(crate) fn parse(xml: &str) -> Result<Self, String> {
        let known = KNOWN.iter().map(|(prefix, uri)| ((*prefix).to_owned(), (*uri).to_owned())).collect();
        let mut document = Self { nodes: Vec::new(), before: 0, prefixes: known };
        document.add(NodeKind::Root, None, "", "");
        let mut scopes = vec![BTreeMap::from([("xml".to_owned(), KNOWN[0].1.to_owned())])];
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = false;
        let mut open = 0;
        let mut joins = false;
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            match event {
                Event::Eof => return Ok(document),
                Event::Start(start) => {
                    open = document.open(&start, open, &mut scopes)?;
                    joins = false;
                }
                Event::Empty(start) => {
                    document.open(&start, open, &mut scopes)?;
                    scopes.pop();
                    joins = false;
                }
                Event::End(_) => {
                    open = document.nodes[open].parent.unwrap_or(0);
                    if scopes.len() > 1 {
                        scopes.pop();
                    }
                    joins = false;
                }
                Event::Text(text) => {
                    document.push_text(open, &text, joins);
                    joins = true;
                }
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref() {
                        Ok(Some(character)) => character.to_string(),
                        _ => quick_xml::escape::resolve_xml_entity(&reference).unwrap_or_default().to_owned(),
                    };
                    document.push_text(open, &text, joins);
                    joins = true;
                }
                Event::CData(data) => {
                    document.push_text(open, &data, false);
                    joins = false;
                }
                Event::Comment(comment) => {
                    document.add(NodeKind::Comment, Some(open), "", &comment);
                    joins = false;
                }
                Event::PI(instruction) => {
                    let target = instruction.target().to_owned();
                    let text = instruction.content().trim_start().to_owned();
                    document.add(NodeKind::Instruction, Some(open), &target, &text);
                    joins = false;
                }
                Event::DocType(_) => document.before = 1,
                Event::Decl(_) => {}
            }
        }
    }

    fn add(&mut self, kind: NodeKind, parent: Option<Node>, local: &str, text: &str) -> Node {
        let node = self.nodes.len();
        self.nodes.push(Held {
            kind,
            prefix: None,
            local: local.to_owned(),
            namespace: String::new(),
            text: text.to_owned(),
            parent,
            children: Vec::new(),
            attributes: Vec::new(),
            namespaces: Vec::new(),
        });
        if let Some(parent) = parent {
            let parent = &mut self.nodes[parent];
            match kind {
                NodeKind::Attribute => parent.attributes.push(node),
                NodeKind::Namespace => parent.namespaces.push(node),
                _ => parent.children.push(node),
            }
        }
        node
    }

    fn push_text(&mut self, open: Node, text: &str, joins: bool) {
        if open == 0 || text.is_empty() {
            return;
        }
        match self.nodes[open].children.last().copied() {
            Some(last) if joins && self.nodes[last].kind == NodeKind::Text => self.nodes[last].text.push_str(text),
            _ => {
                self.add(NodeKind::Text, Some(open), "", text);
            }
        }
    }

    fn open(
        &mut self,
        start: &BytesStart<'_>,
        parent: Node,
        scopes: &mut Vec<BTreeMap<String, String>>,
    ) -> Result<Node, String> {
        let mut scope = scopes.last().cloned().unwrap_or_default();
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = attribute.key.as_ref().to_owned();
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?.into_owned();
            match name.strip_prefix("xmlns") {
                Some("") => {
                    scope.insert(String::new(), value);
                }
                Some(rest) if rest.starts_with(':') => {
                    self.prefixes.insert(rest[1..].to_owned(), value.clone());
                    scope.insert(rest[1..].to_owned(), value);
                }
                _ => attributes.push((name, value)),
            }
        }
        let name = start.name().as_ref().to_owned();
        let (prefix, local) = split(&name);
        let element = self.add(NodeKind::Element, Some(parent), local, "");
        self.nodes[element].prefix = prefix.map(str::to_owned);
        self.nodes[element].namespace = scope.get(prefix.unwrap_or("")).cloned().unwrap_or_default();
        for (prefix, uri) in scope.iter().filter(|(_, uri)| !uri.is_empty()) {
            self.add(NodeKind::Namespace, Some(element), prefix, uri);
        }
        for (name, value) in attributes {
            let (prefix, local) = split(&name);
            let attribute = self.add(NodeKind::Attribute, Some(element), local, &value);
            self.nodes[attribute].prefix = prefix.map(str::to_owned);
            self.nodes[attribute].namespace = prefix.and_then(|prefix| scope.get(prefix)).cloned().unwrap_or_default();
        }
        scopes.push(scope);
        Ok(element)
    }

    /// The node that a case names by positions: `/node()[1]/node()[2]/@id`.
    pub(crate) fn at(&self, path: &str) -> Option<Node> {
        let mut node = 0;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            node = if let Some(name) = part.strip_prefix('@') {
                let (prefix, local) = split(name);
                *self.nodes[node].attributes.iter().find(|attribute| {
                    let held = &self.nodes[**attribute];
                    held.local == local && held.prefix.as_deref() == prefix
                })?
            } else {
                let place: usize = part.strip_prefix("node()[")?.strip_suffix(']')?.parse().ok()?;
                let before = if node == 0 { self.before } else { 0 };
                *self.nodes[node].children.get(place.checked_sub(1 + before)?)?
            };
        }
        Some(node)
    }

    pub(crate) fn elements(&self, local: &str) -> impl Iterator<Item = Node> {
        (0..self.nodes.len())
            .filter(move |node| self.nodes[*node].kind == NodeKind::Element && self.nodes[*node].local == local)
    }

    pub(crate) fn attribute(&self, node: Node, local: &str) -> Option<&str> {
        self.nodes[node]
            .attributes
            .iter()
            .find(|attribute| self.nodes[**attribute].local == local)
            .map(|attribute| &*self.nodes[*attribute].text)
    }

    pub(crate) fn child(&self, node: Node, local: &str) -> Option<Node> {
        self.nodes[node].children.iter().copied().find(|child| self.nodes[*child].local == local)
    }
}

fn split(name: &str) -> (Option<&str>, &str) {
    name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local))
}

impl Tree for Document {
    type Node = Node;

    /// Inside a form, absolute paths are about its first instance.
    fn root(&self, of: Node) -> Node {
        let is_form = self.nodes[0].children.iter().any(|child| self.nodes[*child].local == "html");
        let mut at = Some(of);
        while let Some(node) = at.filter(|_| is_form) {
            if self.nodes[node].local == "instance" {
                return self.elements("instance").next().unwrap_or(0);
            }
            at = self.nodes[node].parent;
        }
        0
    }

    fn kind(&self, node: Node) -> NodeKind {
        self.nodes[node].kind
    }

    fn local_name(&self, node: Node) -> &str {
        &self.nodes[node].local
    }

    fn prefix(&self, node: Node) -> Option<&str> {
        self.nodes[node].prefix.as_deref()
    }

    fn namespace(&self, node: Node) -> &str {
        &self.nodes[node].namespace
    }

    fn parent(&self, node: Node) -> Option<Node> {
        self.nodes[node].parent
    }

    fn children(&self, node: Node, into: &mut Vec<Node>) {
        into.extend(&self.nodes[node].children);
    }

    fn attributes(&self, node: Node, into: &mut Vec<Node>) {
        into.extend(&self.nodes[node].attributes);
    }

    fn namespaces(&self, node: Node, into: &mut Vec<Node>) {
        into.extend(&self.nodes[node].namespaces);
    }

    fn text(&self, node: Node) -> Cow<'_, str> {
        let held = &self.nodes[node];
        match held.kind {
            NodeKind::Root | NodeKind::Element => {
                let inside = held
                    .children
                    .iter()
                    .filter(|child| matches!(self.nodes[**child].kind, NodeKind::Element | NodeKind::Text));
                inside.map(|child| self.text(*child)).collect::<String>().into()
            }
            _ => Cow::Borrowed(&held.text),
        }
    }

    fn order(&self, left: Node, right: Node) -> Ordering {
        left.cmp(&right)
    }

    fn is_named(&self, node: Node, name: &QName) -> bool {
        let held = &self.nodes[node];
        held.local == *name.local
            && match &name.prefix {
                Some(prefix) => self.is_in_namespace(node, prefix),
                None => held.prefix.is_none(),
            }
    }

    fn is_in_namespace(&self, node: Node, prefix: &str) -> bool {
        self.prefixes.get(prefix).is_some_and(|uri| *uri == self.nodes[node].namespace)
    }
}
