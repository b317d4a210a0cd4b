//! A form on paper: one page of HTML in one language, to be printed, discussed and filled in with a pen.
//!
//! Codes, names and expressions are the author's affair and stay out of it: a condition is said in words, a choice by its
//! label, an answer by the number of its question.

/// Adds formatted text to a page.
macro_rules! put {
    ($html:expr, $($text:tt)*) => { $html.push_str(&format!($($text)*)) };
}

/// The same, and ends the line.
macro_rules! put_line {
    ($html:expr, $($text:tt)*) => {{
        $html.push_str(&format!($($text)*));
        $html.push('\n');
    }};
}

mod answers;
mod conditions;
mod prose;
mod tables;
mod words;

use crate::FormSource;
use crate::kind::Kind;
use crate::source::{DefinedChoices, DefinedList, DefinedNode, Definition};
use crate::view::Language;
use std::collections::HashMap;
use words::Tongue;

/// The most choices of a list that are printed; a longer one is on the tablet alone.
const MOST_CHOICES: usize = 500;

const STYLE: &str = "\
@page{size:A4;margin:18mm 16mm 20mm}\
*{box-sizing:border-box}body{font:10.5pt/1.4 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color:#111}\
header{border-bottom:2px solid #111;padding-bottom:.8em;margin-bottom:1.2em}h1{font-size:1.7em;line-height:1.2;margin:0 0 .2em}\
.about{color:#444;font-size:.85em;margin:0 0 1em}.fields{display:flex;gap:1.2em}.fields span{flex:1;border-bottom:1px solid #777;\
padding-top:1.4em;font-size:.85em;color:#444}h2,h3{break-after:avoid;line-height:1.25}\
h2{font-size:1.2em;background:#eee;padding:.35em .6em;margin:1.8em 0 .8em;print-color-adjust:exact;-webkit-print-color-adjust:exact}\
h3{font-size:1.05em;margin:1.2em 0 .4em}section section{border-inline-start:2px solid #ccc;padding-inline-start:1em}\
.lead{break-after:avoid}\
.q{break-inside:avoid;margin:1em 0;padding-inline-start:2.4em}.q p,td p{margin:.15em 0}.label{font-weight:600;text-indent:-2.4em}\
.n{margin-inline-end:.35em}.label .n{display:inline-block;min-width:2.4em;margin:0;text-indent:0;color:#444}\
.hint,.rule,small{color:#444;font-size:.85em;font-weight:400}.rule{font-style:italic}\
.note{border-inline-start:3px solid #999;margin-inline-start:1.4em;padding-inline-start:1em}\
.blank{display:inline-block;min-width:4.5em;border-bottom:1px solid #777}.blank sup{color:#777;font-weight:400}\
.line{border-bottom:1px solid #777;height:1.7em}.short{max-width:11em}.box{border:1px solid #777;height:6em;padding:.2em .5em}\
.tall{height:14em}.row{display:flex;flex-wrap:wrap;gap:1.4em;align-items:end}.part{display:grid;font-size:.8em;color:#444}\
.part i{display:block;width:8em;border-bottom:1px solid #777;height:1.8em}.boxes{display:flex;gap:.4em;align-items:start;margin:.3em 0}\
.boxes span{display:inline-block;white-space:nowrap}.boxes i{display:inline-block;width:1.5em;height:1.8em;border:1px solid #777;margin-inline-end:-1px}\
.boxes small{display:block;text-align:center}.boxes b{font-weight:400;line-height:1.8em}.mark{font-size:1.05em}\
ul{list-style:none;margin:.2em 0 0;padding:0;column-gap:2em}.two{columns:2}.three{columns:3}li{break-inside:avoid;\
padding-inline-start:1.5em;text-indent:-1.5em}.across{display:flex;flex-wrap:wrap;gap:.2em 1.6em}.number{display:inline-block;width:2em;\
border-bottom:1px solid #777;text-indent:0;margin-inline-end:.3em}table{border-collapse:collapse;width:100%;margin:.5em 0}\
th,td{border:1px solid #777;padding:.3em .5em;text-align:start;vertical-align:top;font-size:.9em;height:2.1em}th{font-weight:600}\
tr{break-inside:avoid}thead{display:table-header-group}.grid,.roster{break-inside:avoid-page}.tick{text-align:center}\
.roster td.n,.turned th.n{width:1.8em;color:#444;text-align:end}.turned{table-layout:fixed}.turned th.n{width:15%;text-align:center}\
.turned td{height:2.7em}.turned .head{font-weight:600;background:#f4f4f4}.turned td.high{height:5em}\
.points{width:60%}.annex{columns:2;column-gap:2em}.annex li{padding:0;text-indent:0}\
[dir=rtl] :is(p,li,th,td,.fields span){unicode-bidi:plaintext;text-align:right}[dir=rtl] :is(.tick,.turned th.n){text-align:center}\
[dir=rtl] .boxes{direction:ltr;justify-content:flex-end}\
@media print{body{margin:0;padding:0;max-width:none}}";

/// Languages that are written from right to left.
const FROM_THE_RIGHT: [&str; 13] = ["ar", "ckb", "dv", "fa", "he", "ks", "nqo", "pnb", "prs", "ps", "sd", "ug", "ur"];

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
    let paper = Paper::new(definition, u16::try_from(index).unwrap_or(0));
    let main = code.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{}\"{}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}{margins}</style>\n</head>\n<body>\n",
        escaped(if code.is_empty() { "und" } else { code }),
        if FROM_THE_RIGHT.contains(&main.as_str()) { " dir=\"rtl\"" } else { "" },
        title = escaped(&definition.title),
        margins = paper.margins(),
    );
    paper.header(language.map(|language| language.name.as_str()).unwrap_or_default(), &mut html);
    paper.children(None, 2, &mut html);
    paper.annex(&mut html);
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
    // The first row of a grid may bring nothing but its heading.
    let is_heading = node.label.is_empty() && node.appearance.iter().any(|word| word == "label");
    node.kind.asked_as().is_some() && !is_heading && (says || node.calculation.is_none())
}

fn is_never_asked(node: &DefinedNode) -> bool {
    node.relevant.as_deref().is_some_and(|relevant| relevant.trim() == "false()")
}

struct Paper<'a> {
    definition: &'a Definition,
    language: u16,
    tongue: Tongue,
    numbers: HashMap<usize, usize>,
    /// The places of the nodes that each container holds.
    children: HashMap<Option<u32>, Vec<usize>>,
    by_name: HashMap<&'a str, usize>,
    /// The names of the lists that stand at the end.
    annexed: Vec<&'a str>,
}

impl<'a> Paper<'a> {
    fn new(definition: &'a Definition, language: u16) -> Self {
        let mut children: HashMap<Option<u32>, Vec<usize>> = HashMap::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        let mut annexed: Vec<&str> = Vec::new();
        for (place, node) in definition.nodes.iter().enumerate() {
            children.entry(node.parent).or_default().push(place);
            by_name.entry(&node.name).or_insert(place);
            let (Some(DefinedChoices::List(name)) | Some(DefinedChoices::External(name))) = &node.choices else {
                continue;
            };
            let is_long = find(definition, node, name).is_some_and(|list| list.choices.len() > answers::LONG);
            if is_long && is_asked(node) && !annexed.contains(&name.as_str()) {
                annexed.push(name);
            }
        }
        let tongue = Tongue::of(definition, language);
        Self { definition, language, tongue, numbers: numbers(definition), children, by_name, annexed }
    }

    /// What stands at the edges of each page, so that one that came loose finds its way back.
    fn margins(&self) -> String {
        let small = "font:8pt sans-serif;color:#444;direction:ltr";
        format!(
            "@page{{@bottom-left{{content:{};{small}}}@bottom-right{{content:counter(page) \" / \" counter(pages);{small}}}\
             @top-right{{content:{};{small}}}}}@page :first{{@top-right{{content:none}}}}",
            in_style(&self.definition.title),
            in_style(&format!("{} ____________________", self.tongue.words().record)),
        )
    }

    /// What the form is, and where the paper says whose record it holds.
    fn header(&self, language: &str, html: &mut String) {
        let words = self.tongue.words();
        let Definition { title, form_id, author_version, .. } = self.definition;
        let mut about = vec![escaped(form_id)];
        if !author_version.is_empty() {
            about.push(format!("{} {}", words.version, escaped(author_version)));
        }
        if !language.is_empty() {
            about.push(escaped(language));
        }
        about.push(format!("* {}", words.required));
        put!(
            html,
            "<header>\n<h1>{}</h1>\n<p class=\"about\">{}</p>\n<div class=\"fields\"><span>{}</span><span>{}</span>\
             <span>{}</span></div>\n</header>\n",
            escaped(title),
            about.join(" · "),
            words.record,
            words.interviewer,
            words.day
        );
    }

    fn children(&self, parent: Option<u32>, level: usize, html: &mut String) {
        let Some(inside) = self.children.get(&parent) else { return };
        let mut rest = inside.as_slice();
        // A form is nested no deeper than a path is long, so this ends soon.
        while let Some((index, after)) = rest.split_first() {
            let Some(node) = self.definition.nodes.get(*index) else { return };
            let in_grid = |place: &&usize| {
                let found = self.definition.nodes.get(**place);
                found.is_some_and(|found| self.is_in_grid(found) && found.choices == node.choices)
            };
            let together = rest.iter().take_while(in_grid).count();
            if together > 1 {
                let (grid, after) = rest.split_at(together);
                self.grid(grid, html);
                rest = after;
                continue;
            }
            self.node(*index, node, level, html);
            rest = after;
        }
    }

    fn node(&self, index: usize, node: &DefinedNode, level: usize, html: &mut String) {
        match node.kind {
            _ if is_never_asked(node) => {}
            Kind::Group | Kind::Repeat => self.container(index, node, level, html),
            Kind::Note => {
                html.push_str("<div class=\"q note\">\n");
                self.rule(node, html);
                put_line!(html, "<p>{}</p>", self.text(&node.label).unwrap_or_default());
                self.hints(node, html);
                html.push_str("</div>\n");
            }
            _ if is_asked(node) => self.question(index, node, html),
            _ => {}
        }
    }

    fn container(&self, index: usize, node: &DefinedNode, level: usize, html: &mut String) {
        let is_repeat = node.kind == Kind::Repeat;
        let table = is_repeat.then(|| self.roster(index, node).or_else(|| self.turned(index, node))).flatten();
        let is_table = table.is_some();
        let inner = table.unwrap_or_else(|| {
            let mut inner = String::new();
            self.children(u32::try_from(index).ok(), level + 1, &mut inner);
            inner
        });
        if inner.is_empty() {
            return;
        }
        html.push_str("<section>\n");
        if let Some(label) = self.text(&node.label) {
            let level = level.min(3);
            put_line!(html, "<h{level}>{label}</h{level}>");
        }
        self.rule(node, html);
        self.hints(node, html);
        if is_repeat && !is_table {
            put_line!(html, "<p class=\"hint lead\">{}</p>", self.tongue.words().rows);
        }
        html.push_str(&inner);
        html.push_str("</section>\n");
    }

    fn question(&self, index: usize, node: &DefinedNode, html: &mut String) {
        html.push_str("<div class=\"q\">\n");
        put_line!(html, "<p class=\"label\">{}</p>", self.heading(index, node));
        self.rule(node, html);
        if !node.label.is_empty() {
            self.hints(node, html);
        }
        self.space(node, html);
        if let Some(accepted) = self.accepted(index, node) {
            put_line!(html, "<p class=\"rule\">{accepted}</p>");
        }
        html.push_str("</div>\n");
    }

    /// A question's number and label.
    fn heading(&self, index: usize, node: &DefinedNode) -> String {
        let number = self.numbers.get(&index).map(usize::to_string).unwrap_or_default();
        let label = self.text(&node.label).or_else(|| self.text(&node.hint)).unwrap_or_default();
        let required = if node.required.as_deref().map(str::trim) == Some("true()") { " *" } else { "" };
        format!("<span class=\"n\">{number}.</span>{label}{required}")
    }

    /// What helps, what only paper says, and what the screen shows beside it.
    fn hints(&self, node: &DefinedNode, html: &mut String) {
        for hint in [&node.hint, &node.guidance].into_iter().filter_map(|texts| self.text(texts)) {
            put_line!(html, "<p class=\"hint\">{hint}</p>");
        }
        for file in [&node.image, &node.audio, &node.video].into_iter().filter_map(|texts| self.plain(texts)) {
            put_line!(html, "<p class=\"hint\">{} {}</p>", self.tongue.words().shows, escaped(&file));
        }
    }

    /// When what follows is asked.
    fn rule(&self, node: &DefinedNode, html: &mut String) {
        if let Some(when) = self.when(node) {
            put_line!(html, "<p class=\"rule\">{}</p>", escaped(&when));
        }
    }

    fn list(&self, node: &DefinedNode, name: &str) -> Option<&'a DefinedList> {
        find(self.definition, node, name)
    }

    /// Under which letter a list stands at the end, if it does.
    fn annex_letter(&self, list: &DefinedList) -> Option<String> {
        self.annexed.iter().position(|name| *name == list.name).map(letter)
    }

    /// The long lists.
    fn annex(&self, html: &mut String) {
        for (index, name) in self.annexed.iter().enumerate() {
            let lists = self.definition.lists.iter().chain(&self.definition.external);
            let Some(list) = lists.into_iter().find(|list| list.name == *name) else { continue };
            put!(html, "<section>\n<h2>{} {}</h2>\n<ol class=\"annex\">\n", self.tongue.words().annex, letter(index));
            self.labels(list).take(MOST_CHOICES).for_each(|label| put_line!(html, "<li>{label}</li>"));
            html.push_str("</ol>\n");
            if list.choices.len() > MOST_CHOICES {
                put_line!(html, "<p class=\"hint\">… {}</p>", list.choices.len());
            }
            html.push_str("</section>\n");
        }
    }
}

/// The list that a question names.
fn find<'a>(definition: &'a Definition, node: &DefinedNode, name: &str) -> Option<&'a DefinedList> {
    let lists = match node.choices {
        Some(DefinedChoices::External(_)) => &definition.external,
        _ => &definition.lists,
    };
    lists.iter().find(|list| list.name == name)
}

/// A, B … Z, AA, AB …
fn letter(index: usize) -> String {
    let last = char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    match index / 26 {
        0 => last.to_string(),
        before => format!("{}{last}", letter(before - 1)),
    }
}

/// A text as a style sheet quotes it: what could end the text or the sheet is written by its number.
fn in_style(text: &str) -> String {
    let quoted = text.chars().map(|c| match c {
        '"' | '\\' | '<' | '>' | '&' => format!("\\{:x} ", u32::from(c)),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    });
    format!("\"{}\"", quoted.collect::<String>())
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests;
