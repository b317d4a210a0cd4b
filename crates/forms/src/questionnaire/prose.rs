//! An author's words as HTML: the Markdown that forms use, and a blank for each answer that is quoted.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::{Paper, escaped};
use crate::form::{Part, split};
use crate::source::Texts;

/// Stand around the number of a question in the text that is rendered; authors have no use for these characters.
const BLANK: char = '\u{E000}';
const BLANK_END: char = '\u{E001}';

/// Tags that authors colour or size words with. Paper has none of that.
const DECORATIONS: [&str; 10] = ["span", "font", "b", "i", "u", "br", "p", "div", "strong", "em"];

impl Paper<'_> {
    /// A text in the language, or else in the default one, as HTML; nothing where there is none.
    pub(super) fn text(&self, texts: &Texts) -> Option<String> {
        let text = self.chosen(texts)?;
        let mut marked = String::with_capacity(text.len() + 16);
        for part in split(text) {
            match &part {
                Part::Plain(plain) => marked.extend(plain.chars().filter(|c| !matches!(*c, BLANK | BLANK_END))),
                _ => {
                    let number = self.quoted(&part).map(|number| number.to_string()).unwrap_or_default();
                    put!(marked, "{BLANK}{number}{BLANK_END}");
                }
            }
        }
        Some(blanks(&rendered(&marked)))
    }

    /// A text without marks, for use inside a sentence.
    pub(super) fn plain(&self, texts: &Texts) -> Option<String> {
        let html = self.text(texts)?;
        let mut plain = String::with_capacity(html.len());
        let mut is_tag = false;
        for c in html.chars() {
            match c {
                '<' => is_tag = true,
                '>' if is_tag => is_tag = false,
                c if !is_tag => plain.push(c),
                _ => {}
            }
        }
        let plain = quick_xml::escape::unescape(&plain).map(|text| text.into_owned()).unwrap_or(plain);
        Some(plain.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn chosen<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        let text = texts.get(&self.language).or_else(|| texts.get(&0)).or_else(|| texts.values().next());
        text.map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// The number of the question whose answer is quoted; nothing for what the tablet computes.
    fn quoted(&self, part: &Part<'_>) -> Option<usize> {
        let expression = chaski_xpath::parse(part.expression()?).ok()?;
        self.leads_to(&expression).and_then(|place| self.numbers.get(&place)).copied()
    }
}

/// Markdown as inline HTML: one block after another, parted by line ends.
fn rendered(text: &str) -> String {
    // A line that begins with its own number keeps it, instead of becoming a list; so does one that is set in.
    let lines = text.lines().map(|line| {
        let line = line.trim();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        match line.as_bytes().get(digits) {
            Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &line[..digits], &line[digits..]),
            _ => line.to_owned(),
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut events = Vec::new();
    let mut must_break = false;
    for event in Parser::new_ext(&text, Options::empty()) {
        let event = match event {
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Item | Tag::BlockQuote(_) | Tag::HtmlBlock) => {
                if std::mem::take(&mut must_break) {
                    events.push(Event::HardBreak);
                }
                continue;
            }
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::HtmlBlock,
            ) => {
                must_break = true;
                continue;
            }
            Event::SoftBreak => Event::HardBreak,
            Event::Start(tag @ (Tag::Strong | Tag::Emphasis)) => Event::Start(tag),
            Event::End(tag @ (TagEnd::Strong | TagEnd::Emphasis)) => Event::End(tag),
            // A link is its words: paper leads nowhere.
            Event::Start(_) | Event::End(_) => continue,
            Event::Html(html) | Event::InlineHtml(html) if is_decoration(&html) => continue,
            Event::Html(html) | Event::InlineHtml(html) => Event::Text(CowStr::from(html.trim_end().to_owned())),
            Event::Rule => Event::HardBreak,
            other => other,
        };
        events.push(event);
    }
    let mut out = String::with_capacity(text.len() + 32);
    html::push_html(&mut out, events.into_iter());
    out
}

fn is_decoration(tag: &str) -> bool {
    let name = tag.trim_start_matches(['<', '/']);
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    DECORATIONS.contains(&name.to_ascii_lowercase().as_str())
}

/// A line to write on in the place of each answer that is quoted, with the number of its question.
fn blanks(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(BLANK) {
        let (number, after) = after.split_once(BLANK_END).unwrap_or(("", after));
        out.push_str(before);
        out.push_str("<span class=\"blank\">");
        if !number.is_empty() {
            put!(out, "<sup>{}</sup>", escaped(number));
        }
        out.push_str("</span>");
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::rendered;

    #[test]
    fn the_marks_that_authors_use_are_drawn_and_the_rest_is_kept() {
        for (written, drawn) in [
            ("Hay **dos** y _uno_", "Hay <strong>dos</strong> y <em>uno</em>"),
            ("# Título\ntexto", "Título<br />\ntexto"),
            ("3. Ronda", "3. Ronda"),
            ("snake_case y 2 * 3", "snake_case y 2 * 3"),
            ("¿Por qué <no>?", "¿Por qué &lt;no&gt;?"),
            ("<span style=\"color:red\">Rojo</span>", "Rojo"),
            ("Vea [aquí](https://example.pe)", "Vea aquí"),
        ] {
            assert_eq!(rendered(written), drawn, "{written}");
        }
    }
}
