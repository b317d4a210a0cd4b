//! ODK XForms XML to a form's definition, so that forms of other servers can be filled in here.
//!
//! The answers' tree (the primary instance) becomes nodes, binds their conditions, the body what is asked. Names lose their
//! prefixes: a record's paths have none. What is not supported is left out where the form still works without it, and refused
//! with its element and line where it would not.

use std::collections::{BTreeMap, HashMap};

use super::xml::{Xml, local};
use crate::Limits;
use crate::kind::Kind;
use crate::problem::{Cause, FormErrors, Problem, Severity};
use crate::reading::{Problems, Reading, Spans};
use crate::source::{Attributes, DefinedNode, Definition, FormSource};

use actions::{Capture, is_action};
use body::Control;
use texts::Itext;

mod actions;
mod body;
mod entities;
mod instance;
mod lists;
mod texts;

/// Parameters of a question that its bind says, by the attribute's name.
const BIND_PARAMETERS: [&str; 9] = [
    "max-pixels",
    "quality",
    "allow-mock-accuracy",
    "identify-user",
    "location-max-age",
    "location-min-interval",
    "location-priority",
    "track-changes",
    "track-changes-reasons",
];

/// Reads a form written as ODK XForms XML.
///
/// # Errors
/// With every problem found, each with its element and line.
pub fn read_xform(bytes: &[u8], limits: &Limits) -> Result<Reading, FormErrors> {
    let xml = Xml::read(bytes, limits).map_err(|cause| FormErrors(vec![problem(Severity::Error, cause)]))?;
    let mut reader = Reader::of(&xml)?;
    reader.read();
    let Reader { definition, mut problems, lines, .. } = reader;
    let source = match FormSource::new(definition) {
        Ok(source) => source,
        Err(error) => {
            let cause = element_cause(&xml, Xml::ROOT, error.to_string());
            problems.0.push(problem(Severity::Error, cause));
            return Err(FormErrors(problems.0));
        }
    };
    if !problems.has_error() {
        match crate::form::compile(&source, &Spans::default()) {
            Ok(compiled) => problems.0.extend(compiled.warnings),
            Err(FormErrors(found)) => problems.0.extend(found.into_iter().map(|found| with_line(found, &lines))),
        }
    }
    if problems.has_error() { Err(FormErrors(problems.0)) } else { Ok(Reading { source, warnings: problems.0 }) }
}

fn problem(severity: Severity, cause: Cause) -> Problem {
    Problem { severity, sheet: None, row: None, column: None, cause }
}

/// A definition's problem names a node's path: the element that says most of it is told instead.
fn with_line(found: Problem, lines: &HashMap<String, (u32, String)>) -> Problem {
    match found.sheet.as_ref().and_then(|path| lines.get(path)) {
        Some((line, element)) => {
            let cause = Cause::InElement { line: *line, element: element.clone(), cause: Box::new(found.cause) };
            problem(found.severity, cause)
        }
        None => found,
    }
}

/// An element as an author finds it again: `<bind nodeset="/data/a">`.
fn shown(xml: &Xml, element: u32) -> String {
    let found = xml.element(element);
    let telling = found.attributes.iter().find(|(name, _)| matches!(local(name), "nodeset" | "ref" | "id" | "bind"));
    match telling {
        Some((name, value)) => format!("<{} {name}=\"{value}\">", found.name),
        None => format!("<{}>", found.name),
    }
}

fn element_cause(xml: &Xml, element: u32, detail: String) -> Cause {
    Cause::BadElement { line: xml.element(element).line, element: shown(xml, element), detail }
}

/// A form on its way from XML to a definition.
struct Reader<'x> {
    xml: &'x Xml,
    model: u32,
    body: Option<u32>,
    itext: Itext,
    definition: Definition,
    problems: Problems,
    /// By path, without the outermost name: the node's place in the definition.
    places: HashMap<String, u32>,
    /// By path: the line and the element that says most of a node.
    lines: HashMap<String, (u32, String)>,
    /// By a bind's id: what it binds.
    binds: HashMap<String, String>,
    /// The data type that a bind gives a node.
    types: BTreeMap<u32, String>,
    controls: BTreeMap<u32, Control>,
    captures: Vec<Capture>,
}

impl<'x> Reader<'x> {
    fn of(xml: &'x Xml) -> Result<Self, FormErrors> {
        let refuse = |element: u32, detail: &str| -> FormErrors {
            problem(Severity::Error, element_cause(xml, element, detail.to_owned())).into()
        };
        let head =
            xml.child(Xml::ROOT, "head").ok_or_else(|| refuse(Xml::ROOT, "it has no `head`: is it an XForm?"))?;
        let model = xml.child(head, "model").ok_or_else(|| refuse(head, "it has no `model`"))?;
        let title = xml.child(head, "title").map(|title| xml.own_text(title).trim().to_owned()).unwrap_or_default();
        let instance = xml.child(model, "instance").ok_or_else(|| refuse(model, "it has no `instance`"))?;
        let (root, found) =
            xml.children(instance).next().ok_or_else(|| refuse(instance, "it holds no element for the answers"))?;
        let form_id = found.attribute("id").map(str::trim).filter(|id| !id.is_empty());
        let form_id = form_id.unwrap_or_else(|| found.local()).to_owned();
        if chaski_values::FormId::new(form_id.clone()).is_err() {
            let cause = Cause::BadFormId { form_id };
            return Err(problem(Severity::Error, cause).into());
        }
        let itext = Itext::read(xml, model);
        let definition = Definition {
            title: if title.is_empty() { form_id.clone() } else { title },
            form_id,
            author_version: found.attribute("version").unwrap_or_default().to_owned(),
            languages: itext.languages.clone(),
            instance_name: None,
            nodes: Vec::new(),
            lists: Vec::new(),
            texts: BTreeMap::new(),
            trees: Vec::new(),
            root: Some(found.local().to_owned()),
            settings: Attributes::new(),
            attached: Vec::new(),
            entities: Vec::new(),
            external: Vec::new(),
            tags: Vec::new(),
        };
        let mut reader = Self {
            xml,
            model,
            body: xml.child(Xml::ROOT, "body"),
            itext,
            definition,
            problems: Problems::default(),
            places: HashMap::new(),
            lines: HashMap::new(),
            binds: HashMap::new(),
            types: BTreeMap::new(),
            controls: BTreeMap::new(),
            captures: Vec::new(),
        };
        let repeats = reader.repeats();
        reader.nodes(root, &repeats);
        Ok(reader)
    }

    fn read(&mut self) {
        let children: Vec<u32> = self.xml.children(self.model).map(|(child, _)| child).collect();
        for child in &children {
            match self.xml.element(*child).local() {
                "bind" => self.bind(*child),
                "submission" => self.submission(*child),
                _ => {}
            }
        }
        if let Some(body) = self.body {
            if let Some(style) = self.xml.element(body).attribute("class").filter(|style| !style.trim().is_empty()) {
                self.definition.settings.insert("style".to_owned(), style.trim().to_owned());
            }
            self.body(body);
        }
        for child in &children {
            if is_action(self.xml.element(*child).local()) {
                self.set_value(*child, None);
            }
        }
        self.captures();
        self.kinds();
        self.lists(&children);
        self.name_of_record();
        let looks_up = |node: &DefinedNode| {
            let said = [&node.calculation, &node.relevant, &node.constraint, &node.required, &node.readonly];
            said.into_iter().flatten().any(|text| text.contains("itext("))
        };
        if self.itext.is_dynamic || self.definition.nodes.iter().any(looks_up) {
            self.definition.texts = self.itext.plain();
        }
    }

    fn error(&mut self, element: u32, detail: String) {
        self.problems.0.push(problem(Severity::Error, element_cause(self.xml, element, detail)));
    }

    fn warn(&mut self, element: u32, detail: String) {
        self.problems.0.push(problem(Severity::Warning, element_cause(self.xml, element, detail)));
    }

    fn node(&mut self, place: u32) -> Option<&mut DefinedNode> {
        self.definition.nodes.get_mut(place as usize)
    }

    /// The node a path leads to, seen from the path `context`; its predicates and prefixes do not matter.
    fn place(&self, path: &str, context: &str) -> Option<u32> {
        self.places.get(&plain_path(path, context)?).copied()
    }

    /// The node that an element's `ref`, `nodeset` or `bind` names.
    fn target(&self, element: u32, context: &str) -> Option<(u32, String)> {
        let found = self.xml.element(element);
        let path = match found.attribute("bind").and_then(|id| self.binds.get(id)) {
            Some(bound) => bound.as_str(),
            None => found.attribute("ref").or_else(|| found.attribute("nodeset"))?,
        };
        let path = plain_path(path, context)?;
        self.places.get(&path).map(|place| (*place, path.clone()))
    }

    fn bind(&mut self, element: u32) {
        let found = self.xml.element(element);
        let Some(nodeset) = found.attribute("nodeset").or_else(|| found.attribute("ref")) else {
            self.error(element, "it binds nothing: write `nodeset`".to_owned());
            return;
        };
        if let Some(id) = found.attribute("id") {
            self.binds.insert(id.to_owned(), nodeset.to_owned());
        }
        if self.entity_bind(element, nodeset) {
            return;
        }
        if nodeset.contains('@') {
            self.warn(element, "attributes are not computed here; it was left out".to_owned());
            return;
        }
        let Some(place) = self.place(nodeset, "") else {
            self.warn(element, format!("the instance has no `{nodeset}`; it was left out"));
            return;
        };
        let text = |name: &str| found.attribute(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(data_type) = text("type") {
            self.types.insert(place, local(&data_type).to_owned());
        }
        let messages =
            ["constraintMsg", "requiredMsg"].map(|name| text(name).map(|message| self.itext.of_message(&message)));
        let line = (found.line, shown(self.xml, element));
        let path = plain_path(nodeset, "").unwrap_or_default();
        self.lines.insert(path, line);
        // Relevant and the like that always hold say nothing.
        let condition = |name: &str, nothing: &str| text(name).filter(|text| text.replace(' ', "") != nothing);
        let (relevant, required) = (condition("relevant", "true()"), condition("required", "false()"));
        let (readonly, constraint) = (condition("readonly", "false()"), condition("constraint", "true()"));
        let (calculation, preload) = (text("calculate"), text("preload"));
        let parameters = text("preloadParams").unwrap_or_default();
        let given = BIND_PARAMETERS.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?)));
        let given: Vec<(String, String)> = given.collect();
        let save_to = text("saveto");
        let Some(node) = self.node(place) else { return };
        (node.relevant, node.required, node.readonly) = (relevant, required, readonly);
        (node.constraint, node.calculation) = (constraint, calculation);
        let [constraint_message, required_message] =
            messages.map(|message| message.map(|m| m.label).unwrap_or_default());
        (node.constraint_message, node.required_message) = (constraint_message, required_message);
        node.parameters.extend(given);
        node.save_to = save_to;
        if let (Some(preload), true) = (preload, node.kind == Kind::Hidden) {
            match (preload.as_str(), parameters.as_str()) {
                ("uid", _) => {
                    node.calculation = Some("once(concat('uuid:', uuid()))".to_owned());
                    node.default = None;
                }
                ("timestamp", "start") => node.kind = Kind::Start,
                ("timestamp", "end") => node.kind = Kind::End,
                ("date", "today") => node.kind = Kind::Today,
                ("property", "deviceid") => node.kind = Kind::DeviceId,
                ("property", "username") => node.kind = Kind::Username,
                _ => {}
            }
        }
    }

    fn submission(&mut self, element: u32) {
        if self.xml.element(element).attribute("base64RsaPublicKey").is_some() {
            self.warn(element, "records are kept encrypted here in another way; its key was left out".to_owned());
        }
    }

    /// What a record is called: the calculation of `instanceName`.
    fn name_of_record(&mut self) {
        let name = ["meta/instanceName", "instanceName"].iter().find_map(|path| self.places.get(*path).copied());
        let calculation = name.and_then(|place| self.node(place)).and_then(|node| node.calculation.clone());
        // Seen from the record, not from the node: only paths from the top mean the same.
        self.definition.instance_name = calculation.filter(|text| !text.contains("..") && !text.contains("current()"));
    }

    /// What each node without a control is, and what a control with its data type is.
    fn kinds(&mut self) {
        for (index, node) in self.definition.nodes.iter_mut().enumerate() {
            let place = u32::try_from(index).unwrap_or(u32::MAX);
            if node.kind.is_container() {
                continue;
            }
            let data_type = self.types.get(&place).map_or("string", String::as_str);
            match self.controls.get(&place) {
                Some(control) => {
                    let is_always_read = node.readonly.as_deref().is_some_and(|text| text.replace(' ', "") == "true()");
                    let has_value = node.calculation.is_some() || node.default.is_some() || !node.actions.is_empty();
                    node.kind = control.kind(data_type, is_always_read && !has_value);
                    if node.kind == Kind::Note {
                        node.readonly = None;
                    }
                }
                None => {
                    if node.kind == Kind::Hidden && node.name == "audit" && data_type == "binary" {
                        node.kind = Kind::Audit;
                        continue;
                    }
                    if node.kind == Kind::Hidden && node.calculation.is_some() {
                        node.kind = Kind::Calculate;
                    }
                    if matches!(node.kind, Kind::Hidden | Kind::Calculate) && data_type != "string" {
                        node.bind.insert("type".to_owned(), data_type.to_owned());
                    }
                }
            }
        }
    }
}

/// A path from the top without the outermost name, predicates and prefixes: `/data/orx:meta/x[1]` gives `meta/x`. Nothing for
/// what is no such path.
fn plain_path(path: &str, context: &str) -> Option<String> {
    let bare = without_predicates(path);
    let bare = bare.trim();
    let (mut names, rest): (Vec<&str>, &str) = match bare.strip_prefix('/') {
        Some(rest) => {
            let (_, rest) = rest.split_once('/')?;
            (Vec::new(), rest)
        }
        None => (context.split('/').filter(|name| !name.is_empty()).collect(), bare),
    };
    let rest = rest.strip_prefix("current()/").unwrap_or(rest);
    for name in rest.split('/').map(str::trim) {
        match name {
            "." => {}
            ".." => drop(names.pop()?),
            "" => return None,
            name => names.push(local(name)),
        }
    }
    Some(names.join("/"))
}

fn without_predicates(path: &str) -> String {
    let (mut depth, mut bare) = (0_usize, String::with_capacity(path.len()));
    for character in path.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            character if depth == 0 => bare.push(character),
            _ => {}
        }
    }
    bare
}

#[cfg(test)]
mod tests;
