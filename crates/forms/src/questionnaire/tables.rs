//! Questions that stand together as a table: a grid of equal selects, and the rows of a repeat.

use super::answers::listed;
use super::conditions::filled;
use super::{Paper, escaped, is_asked, is_never_asked};
use crate::kind::{Control, Keeps, Kind};
use crate::source::{DefinedChoices, DefinedNode};

/// The most columns a sheet of paper has room for.
const COLUMNS: usize = 7;
/// Rows that are drawn where the form does not say how many there are, and the most of those it asks for.
const ROWS: usize = 8;
const MOST_ROWS: usize = 30;
/// A list this short, of labels this short, is written into each cell.
const SHORT: usize = 3;
const SHORT_LABEL: usize = 14;
/// Rows of a repeat that have room side by side.
const SIDE_BY_SIDE: usize = 4;

impl Paper<'_> {
    /// Whether a select is asked as a row of a grid, by its own appearance or its group's.
    pub(super) fn is_in_grid(&self, node: &DefinedNode) -> bool {
        let has = |node: &DefinedNode, word: &str| node.appearance.iter().any(|known| known == word);
        let around = node.parent.and_then(|parent| self.definition.nodes.get(parent as usize));
        matches!(node.kind, Kind::SelectOne | Kind::SelectMultiple)
            && matches!(node.choices, Some(DefinedChoices::List(_)))
            && (has(node, "label") || has(node, "list-nolabel") || around.is_some_and(|group| has(group, "table-list")))
    }

    /// Selects of one list, one a row. The first may only bring the heading.
    pub(super) fn grid(&self, places: &[usize], html: &mut String) {
        let nodes = places.iter().filter_map(|place| Some((*place, self.definition.nodes.get(*place)?)));
        let nodes: Vec<(usize, &DefinedNode)> = nodes.collect();
        let Some((_, first)) = nodes.first() else { return };
        let Some(DefinedChoices::List(name)) = &first.choices else { return };
        let Some(list) = self.list(first, name) else { return };
        html.push_str("<table class=\"grid\"><thead><tr><th></th>");
        self.labels(list).for_each(|label| put!(html, "<th>{label}</th>"));
        html.push_str("</tr></thead>\n");
        for (place, node) in nodes {
            if node.appearance.iter().any(|word| word == "label") && node.label.is_empty() {
                continue;
            }
            let mark = if node.kind == Kind::SelectMultiple { "☐" } else { "○" };
            put!(html, "<tr><td>{}", self.heading(place, node));
            if let Some(when) = self.when(node) {
                put!(html, "<br><small>{}</small>", escaped(&when));
            }
            html.push_str("</td>");
            html.push_str(&format!("<td class=\"tick\">{mark}</td>").repeat(list.choices.len()));
            html.push_str("</tr>\n");
        }
        html.push_str("</table>\n");
    }

    /// The questions of a repeat as the columns of a table; nothing where they do not fit in one.
    pub(super) fn roster(&self, place: usize, repeat: &DefinedNode) -> Option<String> {
        let inside = self.children.get(&Some(u32::try_from(place).ok()?))?;
        let mut columns = Vec::new();
        for place in inside {
            let node = self.definition.nodes.get(*place)?;
            if node.kind.is_container() || node.kind == Kind::Note {
                return None;
            }
            if is_asked(node) {
                columns.push((*place, node));
            }
        }
        let fits = |(_, node): &(usize, &DefinedNode)| self.fits_a_cell(node);
        if columns.is_empty() || columns.len() > COLUMNS || !columns.iter().all(fits) {
            return None;
        }
        let rows = count(repeat).unwrap_or(ROWS).clamp(1, MOST_ROWS);
        let mut html = String::from("<table class=\"roster\"><thead><tr><th></th>");
        let mut below = String::new();
        let mut cells = String::new();
        for (place, node) in columns {
            put!(html, "<th>{}", self.heading(place, node));
            if let Some(hint) = self.text(&node.hint).filter(|_| !node.label.is_empty()) {
                put!(html, "<br><small>{hint}</small>");
            }
            if let Some(when) = self.when(node) {
                put!(html, "<br><small>{}</small>", escaped(&when));
            }
            html.push_str("</th>");
            let (inside, told) = self.cell(node);
            put!(cells, "<td>{inside}</td>");
            if let Some(told) = told {
                let number = self.numbers.get(&place).copied().unwrap_or_default();
                put_line!(below, "<p class=\"hint\">{number}. {told}</p>");
            }
        }
        html.push_str("</tr></thead>\n");
        for row in 1..=rows {
            put_line!(html, "<tr><td class=\"n\">{row}</td>{cells}</tr>");
        }
        html.push_str("</table>\n");
        self.more(repeat, rows, &mut html);
        html.push_str(&below);
        Some(html)
    }

    fn fits_a_cell(&self, node: &DefinedNode) -> bool {
        let is_narrow = match node.kind.facts().keeps {
            Keeps::Text | Keeps::Integer | Keeps::Decimal | Keeps::Number | Keeps::Date | Keeps::Time => true,
            Keeps::Choice => node.choices.is_some(),
            _ => false,
        };
        is_narrow && node.kind != Kind::Acknowledge && !node.appearance.iter().any(|word| word == "multiline")
    }

    /// The rows of a repeat side by side, its questions one below the other, where these are too many to stand side by side.
    /// Nothing where one of them needs more room than a cell.
    pub(super) fn turned(&self, place: usize, repeat: &DefinedNode) -> Option<String> {
        let rows = count(repeat).unwrap_or(SIDE_BY_SIDE).clamp(1, SIDE_BY_SIDE);
        let mut lines = String::new();
        self.lines(place, rows, &mut lines)?;
        if lines.is_empty() {
            return None;
        }
        let mut html = String::from("<table class=\"turned\"><thead><tr><th></th>");
        (1..=rows).for_each(|row| put!(html, "<th class=\"n\">{row}</th>"));
        put_line!(html, "</tr></thead>");
        html.push_str(&lines);
        html.push_str("</table>\n");
        self.more(repeat, rows, &mut html);
        Some(html)
    }

    /// A line for each question in a container, and for the headings and notes among them.
    fn lines(&self, container: usize, rows: usize, html: &mut String) -> Option<()> {
        let inside = self.children.get(&Some(u32::try_from(container).ok()?));
        for place in inside.into_iter().flatten() {
            let node = self.definition.nodes.get(*place)?;
            match node.kind {
                _ if is_never_asked(node) => {}
                Kind::Repeat => return None,
                Kind::Group | Kind::Note => {
                    let mut told = self.text(&node.label).unwrap_or_default();
                    self.rule(node, &mut told);
                    self.hints(node, &mut told);
                    let class = if node.kind == Kind::Group { "head" } else { "told" };
                    let mut inner = String::new();
                    if node.kind == Kind::Group {
                        self.lines(*place, rows, &mut inner)?;
                    }
                    let is_empty = node.kind == Kind::Group && inner.is_empty();
                    if !told.is_empty() && !is_empty {
                        put_line!(html, "<tr><td class=\"{class}\" colspan=\"{}\">{told}</td></tr>", rows + 1);
                    }
                    html.push_str(&inner);
                }
                _ if is_asked(node) => self.turned_question(*place, node, rows, html)?,
                _ => {}
            }
        }
        Some(())
    }

    fn turned_question(&self, place: usize, node: &DefinedNode, rows: usize, html: &mut String) -> Option<()> {
        let has = |word: &str| node.appearance.iter().any(|known| known == word);
        let words = self.tongue.words();
        let (mut inside, mut told) = self.cell(node);
        let mut class = "";
        match node.kind.facts().keeps {
            Keeps::Media if has("signature") || has("draw") => class = " class=\"high\"",
            Keeps::Media => inside = format!("<small>{}</small>", words.number),
            Keeps::Choices if node.kind == Kind::Rank => return None,
            Keeps::Point | Keeps::Trace | Keeps::Rank => return None,
            Keeps::Date | Keeps::DateTime => {
                let parts = words.day_boxes.map(|(name, _)| name);
                told = Some(parts.join(" / "));
            }
            Keeps::Text if has("multiline") => class = " class=\"high\"",
            _ if node.kind.facts().control == Control::Trigger => inside = "☐".to_owned(),
            _ => {}
        }
        put!(html, "<tr><td><b>{}</b>", self.heading(place, node));
        self.rule(node, html);
        if !node.label.is_empty() {
            self.hints(node, html);
        }
        if let Some(told) = told {
            put!(html, "<p class=\"hint\">{told}</p>");
        }
        if let Some(accepted) = self.accepted(place, node) {
            put!(html, "<p class=\"rule\">{accepted}</p>");
        }
        put_line!(html, "</td>{}</tr>", format!("<td{class}>{inside}</td>").repeat(rows));
        Some(())
    }

    /// What to do when a table has too few rows, unless the form says how many there are.
    fn more(&self, repeat: &DefinedNode, rows: usize, html: &mut String) {
        if count(repeat).is_none_or(|asked| asked > rows) {
            put_line!(html, "<p class=\"hint\">{}</p>", filled(self.tongue.words().more, &rows.to_string(), ""));
        }
    }

    /// What stands in an empty cell, and what is told of it elsewhere: choices that have no room in it, by number.
    fn cell(&self, node: &DefinedNode) -> (String, Option<String>) {
        let words = self.tongue.words();
        let told = match &node.choices {
            Some(DefinedChoices::List(name) | DefinedChoices::External(name)) => {
                let Some(list) = self.list(node, name) else { return Default::default() };
                if let Some(letter) = self.annex_letter(list) {
                    return (String::new(), Some(format!("{}.", filled(words.from_annex, &letter, ""))));
                }
                let (mark, how) = match node.kind {
                    Kind::SelectMultiple => ("☐", words.numbers_of),
                    _ => ("○", words.number_of),
                };
                let labels: Vec<String> = self.labels(list).collect();
                let longest = list.choices.iter().filter_map(|choice| self.plain(&choice.label));
                let longest = longest.map(|label| label.chars().count()).max().unwrap_or_default();
                if labels.len() <= SHORT && longest <= SHORT_LABEL {
                    let marks: Vec<String> = labels.iter().map(|label| format!("{mark} {label}")).collect();
                    return (marks.join("<br>"), None);
                }
                let numbered: Vec<String> = labels
                    .iter()
                    .enumerate()
                    .map(|(index, label)| format!("<b>{}</b>&nbsp;{label}", index + 1))
                    .collect();
                format!("{how} {}", numbered.join(" · "))
            }
            Some(DefinedChoices::File(file)) => format!("{} {}", words.from_file, listed(file)),
            Some(DefinedChoices::Answers(question)) => self.answers_to(question),
            Some(DefinedChoices::Nodes(..) | DefinedChoices::Tags(_)) | None => return Default::default(),
        };
        (String::new(), Some(told))
    }
}

/// How many rows a repeat has, where the form says so.
fn count(repeat: &DefinedNode) -> Option<usize> {
    repeat.repeat_count.as_deref().and_then(|count| count.trim().parse().ok())
}
