//! Room for an answer: boxes, lines, scales and lists.

use super::conditions::filled;
use super::{Paper, escaped};
use crate::kind::{Control, Keeps, Kind};
use crate::source::{DefinedChoices, DefinedList, DefinedNode};

/// Longer lists stand at the end, once.
pub(super) const LONG: usize = 24;
/// The most marks of a scale.
const MARKS: f64 = 21.0;
/// Rows for the points of a line.
const POINTS: usize = 6;

impl Paper<'_> {
    pub(super) fn space(&self, node: &DefinedNode, html: &mut String) {
        let words = self.tongue.words();
        let has = |word: &str| node.appearance.iter().any(|known| known == word);
        match (&node.choices, node.kind.facts().keeps) {
            (Some(DefinedChoices::File(file)), _) => self.from(words.from_file, &listed(file), html),
            (Some(DefinedChoices::Answers(question)), _) => {
                put!(html, "<p class=\"hint\">{}</p>\n{LINE}", self.answers_to(question));
            }
            (Some(DefinedChoices::List(name) | DefinedChoices::External(name)), _) => {
                if let Some(list) = self.list(node, name) {
                    self.choices(node, list, html);
                }
            }
            (Some(DefinedChoices::Nodes(..) | DefinedChoices::Tags(_)), _) => html.push_str(LINE),
            (None, Keeps::Date) => day(words.day_boxes, html),
            (None, Keeps::Time) => boxes(&[(words.hour, 2), ("", 2)], ":", html),
            (None, Keeps::DateTime) => {
                html.push_str("<div class=\"row\">");
                day(words.day_boxes, html);
                boxes(&[(words.hour, 2), ("", 2)], ":", html);
                html.push_str("</div>\n");
            }
            (None, Keeps::Point) => {
                html.push_str("<div class=\"row\">");
                for part in words.position {
                    put!(html, "<span class=\"part\"><i></i>{part}</span>");
                }
                html.push_str("</div>\n");
            }
            (None, Keeps::Trace) => {
                let head: String = words.position.iter().take(2).map(|part| format!("<th>{part}</th>")).collect();
                let rows = "<tr><td></td><td></td></tr>".repeat(POINTS);
                put!(html, "<table class=\"points\"><tr>{head}</tr>{rows}</table>\n");
            }
            (None, Keeps::Media) if has("signature") => {
                put!(html, "<div class=\"box\"><small>{}</small></div>\n", words.signature);
            }
            (None, Keeps::Media) if has("draw") || has("annotate") => html.push_str("<div class=\"box tall\"></div>\n"),
            (None, Keeps::Media) => {
                put_line!(html, "<p class=\"hint\">{} <span class=\"blank\"></span></p>", words.media)
            }
            (None, _) if node.kind == Kind::Range => self.scale(node, html),
            (None, _) if node.kind.facts().control == Control::Trigger => {
                put_line!(html, "<p class=\"mark\">☐ {}</p>", words.read_and_agreed);
            }
            (None, _) if has("multiline") => html.push_str("<div class=\"box\"></div>\n"),
            (None, Keeps::Integer | Keeps::Number | Keeps::Text) if self.digits(node).is_some() => {
                boxes(&[("", self.digits(node).unwrap_or_default())], "", html);
            }
            (None, Keeps::Integer | Keeps::Number | Keeps::Decimal) => {
                html.push_str("<div class=\"line short\"></div>\n")
            }
            (None, _) => html.push_str(LINE),
        }
    }

    fn from(&self, words: &str, what: &str, html: &mut String) {
        put!(html, "<p class=\"hint\">{words} {what}</p>\n{LINE}");
    }

    /// Of which question the answers are the choices.
    pub(super) fn answers_to(&self, question: &str) -> String {
        let name = question.trim_start_matches("${").trim_end_matches('}');
        let number = self.by_name.get(name).and_then(|place| self.numbers.get(place));
        let number = number.map(usize::to_string).unwrap_or_else(|| escaped(name));
        format!("{} {number}", self.tongue.words().from_answers)
    }

    fn choices(&self, node: &DefinedNode, list: &DefinedList, html: &mut String) {
        let words = self.tongue.words();
        if let Some(letter) = self.annex_letter(list) {
            put!(html, "<p class=\"hint\">{}.</p>\n{LINE}", filled(words.from_annex, &letter, ""));
            return;
        }
        let (how, mark) = match node.kind {
            Kind::SelectMultiple => (words.several, "☐"),
            Kind::Rank => (words.order, "<span class=\"number\"></span>"),
            _ => (words.one, "○"),
        };
        let labels: Vec<String> = self.labels(list).collect();
        let is_row =
            node.appearance.iter().any(|word| matches!(word.as_str(), "likert" | "horizontal" | "horizontal-compact"));
        let longest =
            list.choices.iter().filter_map(|choice| self.plain(&choice.label)).map(|text| text.chars().count()).max();
        let class = match longest.unwrap_or_default() {
            _ if is_row => "across",
            0..=14 if labels.len() > 3 => "three",
            0..=34 if labels.len() > 3 => "two",
            _ => "one",
        };
        put!(html, "<p class=\"hint\">{how}</p>\n<ul class=\"{class}\">\n");
        for label in labels {
            put_line!(html, "<li>{mark} {label}</li>");
        }
        html.push_str("</ul>\n");
    }

    /// The labels of a list, as HTML.
    pub(super) fn labels<'l>(&self, list: &'l DefinedList) -> impl Iterator<Item = String> + use<'l, '_> {
        list.choices.iter().map(|choice| self.text(&choice.label).unwrap_or_else(|| escaped(&choice.code)))
    }

    fn scale(&self, node: &DefinedNode, html: &mut String) {
        let number = |name: &str| node.parameters.get(name).and_then(|text| text.trim().parse::<f64>().ok());
        let (start, end, step) =
            (number("start").unwrap_or(1.0), number("end").unwrap_or(10.0), number("step").unwrap_or(1.0));
        let count = ((end - start) / step).abs();
        if step == 0.0 || !count.is_finite() || count >= MARKS {
            let (low, high) = (chaski_xpath::format_number(start), chaski_xpath::format_number(end));
            let between = filled(self.tongue.words().between, &low, &high);
            put!(html, "<p class=\"hint\">{between}</p>\n<div class=\"line short\"></div>\n");
            return;
        }
        let step = step.abs() * (end - start).signum();
        html.push_str("<ul class=\"across\">\n");
        let mut mark = 0.0;
        while mark <= count {
            let value = ((start + mark * step) * 1e6).round() / 1e6;
            put_line!(html, "<li>○ {}</li>", chaski_xpath::format_number(value));
            mark += 1.0;
        }
        html.push_str("</ul>\n");
    }
}

/// What a file is called, without its ending.
pub(super) fn listed(file: &str) -> String {
    escaped(file.rsplit_once('.').map_or(file, |(stem, _)| stem))
}

pub(super) const LINE: &str = "<div class=\"line\"></div>\n";

fn day(parts: [(&str, usize); 3], html: &mut String) {
    boxes(&parts, "/", html);
}

/// A box for each digit, in groups with something between them.
fn boxes(groups: &[(&str, usize)], between: &str, html: &mut String) {
    html.push_str("<div class=\"boxes\">");
    for (index, (name, count)) in groups.iter().enumerate() {
        if index > 0 {
            put!(html, "<b>{between}</b>");
        }
        put!(html, "<span>{}<small>{name}</small></span>", "<i></i>".repeat(*count));
    }
    html.push_str("</div>\n");
}
