//! A form on paper: one page of HTML in one language, to be printed, discussed and filled in with a pen.

use std::collections::HashMap;
use std::fmt::Write;

use crate::FormSource;
use crate::kind::{Control, Kind};
use crate::source::{DefinedChoices, DefinedList, DefinedNode, Definition, Texts};
use crate::view::Language;

/// The words that the form itself does not say.
struct Words {
    only_if: &'static str,
    several: &'static str,
    one: &'static str,
    order: &'static str,
    rows: &'static str,
    must: &'static str,
    from_file: &'static str,
    version: &'static str,
}

const ENGLISH: Words = Words {
    only_if: "Only if",
    several: "Mark all that apply.",
    one: "Mark one.",
    order: "Number them in order.",
    rows: "Copy this part for each one.",
    must: "Must hold",
    from_file: "Choose from the list",
    version: "Version",
};

const SPANISH: Words = Words {
    only_if: "Solo si",
    several: "Marque todas las que correspondan.",
    one: "Marque una.",
    order: "Numérelas en orden.",
    rows: "Copie esta parte para cada uno.",
    must: "Debe cumplirse",
    from_file: "Elija de la lista",
    version: "Versión",
};

const STYLE: &str = "body{font:11pt/1.4 sans-serif;max-width:48em;margin:2em auto;padding:0 1em;color:#111}\
h1{font-size:1.6em}h2{font-size:1.2em;border-bottom:1px solid #111;margin:1.6em 0 .6em}\
section section{margin-left:1.2em}.q{break-inside:avoid;margin:.9em 0}.q p{margin:.15em 0}\
.label{font-weight:600}.hint,.rule{color:#444;font-size:.9em}.n{display:inline-block;min-width:2.2em}\
.line{border-bottom:1px solid #777;height:1.6em}.box{border:1px solid #777;height:6em}\
ul{list-style:none;margin:.2em 0 0 2.2em;padding:0;columns:2}li{break-inside:avoid}\
@media print{body{margin:0;max-width:none}}";

/// The languages a form can be printed in, the default first.
pub fn languages(source: &FormSource) -> Vec<Language> {
    let languages = source.definition().languages.iter();
    languages.map(|language| Language { code: language.code.clone(), name: language.name.clone() }).collect()
}

/// Writes the questionnaire in the language at `index` of [`languages`]; a text that it lacks is in the default one.
pub fn questionnaire(source: &FormSource, index: usize) -> String {
    let definition = source.definition();
    let language = definition.languages.get(index);
    let code = language.map(|language| language.code.as_str()).unwrap_or_default();
    let words = if code.to_lowercase().starts_with("es") { &SPANISH } else { &ENGLISH };
    let mut children: HashMap<Option<u32>, Vec<usize>> = HashMap::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for (place, node) in definition.nodes.iter().enumerate() {
        children.entry(node.parent).or_default().push(place);
        by_name.entry(&node.name).or_insert(place);
    }
    let language = u16::try_from(index).unwrap_or(0);
    let paper = Paper { definition, language, words, numbers: numbers(definition), children, by_name };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n",
        escaped(if code.is_empty() { "und" } else { code }),
        title = escaped(&definition.title),
    );
    if !definition.author_version.is_empty() {
        let version = escaped(&definition.author_version);
        html.push_str(&format!("<p class=\"rule\">{} {version}</p>\n", words.version));
    }
    paper.children(None, &mut html);
    html.push_str("</body>\n</html>\n");
    html
}

/// The number of each question that a person answers, by its place.
fn numbers(definition: &Definition) -> HashMap<usize, usize> {
    let asked = definition.nodes.iter().enumerate().filter(|(_, node)| is_asked(node));
    asked.enumerate().map(|(number, (index, _))| (index, number + 1)).collect()
}

fn is_asked(node: &DefinedNode) -> bool {
    let says = !node.label.is_empty() || !node.hint.is_empty();
    node.kind.asked_as().is_some() && (says || node.calculation.is_none())
}

struct Paper<'a> {
    definition: &'a Definition,
    language: u16,
    words: &'static Words,
    numbers: HashMap<usize, usize>,
    /// The places of the nodes that each container holds.
    children: HashMap<Option<u32>, Vec<usize>>,
    by_name: HashMap<&'a str, usize>,
}

impl Paper<'_> {
    fn children(&self, parent: Option<u32>, html: &mut String) {
        // A form is nested no deeper than a path is long, so this ends soon.
        for index in self.children.get(&parent).into_iter().flatten().copied() {
            let Some(node) = self.definition.nodes.get(index) else { continue };
            match node.kind {
                Kind::Group | Kind::Repeat => {
                    let mut inner = String::new();
                    self.children(u32::try_from(index).ok(), &mut inner);
                    if inner.is_empty() {
                        continue;
                    }
                    html.push_str("<section>\n");
                    if let Some(label) = self.text(&node.label) {
                        html.push_str(&format!("<h2>{label}</h2>\n"));
                    }
                    self.rule(node, html);
                    if node.kind == Kind::Repeat {
                        html.push_str(&format!("<p class=\"hint\">{}</p>\n", self.words.rows));
                    }
                    html.push_str(&inner);
                    html.push_str("</section>\n");
                }
                Kind::Note => {
                    html.push_str("<div class=\"q\">\n");
                    self.rule(node, html);
                    html.push_str(&format!("<p>{}</p>\n</div>\n", self.text(&node.label).unwrap_or_default()));
                }
                _ if is_asked(node) => self.question(index, node, html),
                _ => {}
            }
        }
    }

    fn question(&self, index: usize, node: &DefinedNode, html: &mut String) {
        let number = self.numbers.get(&index).copied().unwrap_or_default();
        let label = self.text(&node.label).or_else(|| self.text(&node.hint)).unwrap_or_default();
        let required = if node.required.as_deref() == Some("true()") { " *" } else { "" };
        html.push_str("<div class=\"q\">\n");
        self.rule(node, html);
        html.push_str(&format!("<p class=\"label\"><span class=\"n\">{number}.</span>{label}{required}</p>\n"));
        if let Some(hint) = self.text(&node.hint).filter(|_| !node.label.is_empty()) {
            html.push_str(&format!("<p class=\"hint\">{hint}</p>\n"));
        }
        self.space(node, html);
        if let Some(message) = self.text(&node.constraint_message) {
            html.push_str(&format!("<p class=\"rule\">{}: {message}</p>\n", self.words.must));
        }
        html.push_str("</div>\n");
    }

    /// When what follows is asked.
    fn rule(&self, node: &DefinedNode, html: &mut String) {
        if let Some(relevant) = &node.relevant {
            let rule = self.referred(&escaped(relevant));
            html.push_str(&format!("<p class=\"rule\">{}: {rule}</p>\n", self.words.only_if));
        }
    }

    /// Room for the answer.
    fn space(&self, node: &DefinedNode, html: &mut String) {
        match (&node.choices, node.kind) {
            (Some(DefinedChoices::List(name)), _) => self.list(node, self.definition.lists.iter(), name, html),
            (Some(DefinedChoices::External(name)), _) => self.list(node, self.definition.external.iter(), name, html),
            (Some(DefinedChoices::File(file)), _) => {
                html.push_str(&format!("<p class=\"hint\">{} {}</p>\n", self.words.from_file, escaped(file)));
                html.push_str("<div class=\"line\"></div>\n");
            }
            (_, Kind::Acknowledge) => html.push_str("<ul><li>☐ OK</li></ul>\n"),
            (_, kind) => html.push_str(match kind.facts().control {
                Control::Upload(_) => "<div class=\"box\"></div>\n",
                _ if node.appearance.iter().any(|word| word == "multiline") => "<div class=\"box\"></div>\n",
                _ => "<div class=\"line\"></div>\n",
            }),
        }
    }

    fn list<'l>(
        &self,
        node: &DefinedNode,
        mut lists: impl Iterator<Item = &'l DefinedList>,
        name: &str,
        html: &mut String,
    ) {
        let Some(list) = lists.find(|list| list.name == name) else { return };
        let (how, mark) = match node.kind {
            Kind::SelectMultiple => (self.words.several, "☐"),
            Kind::Rank => (self.words.order, "___"),
            _ => (self.words.one, "○"),
        };
        html.push_str(&format!("<p class=\"hint\">{how}</p>\n<ul>\n"));
        for choice in &list.choices {
            let label = self.text(&choice.label).unwrap_or_else(|| escaped(&choice.code));
            html.push_str(&format!("<li>{mark} {label}</li>\n"));
        }
        html.push_str("</ul>\n");
    }

    /// A text in the language, as HTML; nothing where there is none.
    fn text(&self, texts: &Texts) -> Option<String> {
        let text = texts.get(&self.language).or_else(|| texts.get(&0)).or_else(|| texts.values().next())?;
        let lines: Vec<String> =
            text.lines().map(|line| strong(&escaped(line.trim_start_matches(['#', ' '])))).collect();
        Some(self.referred(&lines.join("<br>")))
    }

    /// Escaped text with the number of the question in place of each reference.
    fn referred(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            out.push_str(before);
            let name = name.strip_prefix("last-saved#").unwrap_or(name);
            match self.by_name.get(name).and_then(|place| self.numbers.get(place)) {
                Some(number) => drop(write!(out, "[{number}]")),
                None => drop(write!(out, "[{name}]")),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// `**words**` in bold; an odd pair of stars stays.
fn strong(text: &str) -> String {
    let parts: Vec<&str> = text.split("**").collect();
    if parts.len().is_multiple_of(2) {
        return text.to_owned();
    }
    let bold = parts.iter().enumerate().map(|(index, part)| match index % 2 {
        0 => (*part).to_owned(),
        _ => format!("<strong>{part}</strong>"),
    });
    bold.collect()
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_markdown;

    #[test]
    fn a_form_is_printed_in_each_of_its_languages() {
        let source = read_markdown(
            "
            | survey  |                  |      |                     |                |                  |
            |         | type             | name | label::Español (es) | label::English | relevant         |
            |         | select_one yes   | go   | ¿**Va**?            | Do you **go**? |                  |
            |         | text             | why  | ¿Por qué <no>?      |                | ${go} = 'n'      |
            | choices |                  |      |                     |                |                  |
            |         | list_name        | name | label::Español (es) | label::English |                  |
            |         | yes              | y    | Sí                  | Yes            |                  |
            |         | yes              | n    | No                  | No             |                  |
            ",
        )
        .unwrap()
        .source;
        assert_eq!(languages(&source).len(), 2);
        let spanish = questionnaire(&source, 0);
        assert!(spanish.contains("¿<strong>Va</strong>?"), "{spanish}");
        assert!(spanish.contains("¿Por qué &lt;no&gt;?"));
        assert!(spanish.contains("Solo si: [1] = &apos;n&apos;"));
        assert!(spanish.contains("○ Sí"));
        let english = questionnaire(&source, 1);
        assert!(english.contains("<li>○ Yes</li>"));
        // What a language lacks is said in the default one.
        assert!(english.contains("¿Por qué"));
    }
}
