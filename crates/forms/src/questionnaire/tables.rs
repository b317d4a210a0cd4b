//! Questions that stand together as a table: a grid of equal selects, and the rows of a repeat.

use super::answers::listed;
use super::{Paper, escaped, is_asked};
use crate::kind::{Keeps, Kind};
use crate::source::{DefinedChoices, DefinedNode};

/// The most columns a sheet of paper has room for.
const COLUMNS: usize = 7;
/// Rows that are drawn where the form does not say how many there are, and the most of those it asks for.
const ROWS: usize = 8;
const MOST_ROWS: usize = 30;
/// A list this short is written into each cell.
const SHORT: usize = 3;

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
        html.push_str("<table class=\"grid\"><tr><th></th>");
        self.labels(list).for_each(|label| put!(html, "<th>{label}</th>"));
        html.push_str("</tr>\n");
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
        let asked = repeat.repeat_count.as_deref().and_then(|count| count.trim().parse().ok());
        let rows = asked.unwrap_or(ROWS).clamp(1, MOST_ROWS);
        let mut html = String::from("<table class=\"roster\"><tr><th></th>");
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
            cells.push_str(&self.cell(place, node, &mut below));
        }
        html.push_str("</tr>\n");
        for row in 1..=rows {
            put_line!(html, "<tr><td class=\"n\">{row}</td>{cells}</tr>");
        }
        html.push_str("</table>\n");
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

    /// One empty cell. Choices that have no room in it are told by number below the table.
    fn cell(&self, place: usize, node: &DefinedNode, below: &mut String) -> String {
        let words = self.tongue.words();
        let number = self.numbers.get(&place).copied().unwrap_or_default();
        match &node.choices {
            Some(DefinedChoices::List(name) | DefinedChoices::External(name)) => {
                let Some(list) = self.list(node, name) else { return "<td></td>".to_owned() };
                if let Some(letter) = self.annex_letter(list) {
                    let from = super::conditions::filled(words.from_annex, &letter, "");
                    put_line!(below, "<p class=\"hint\">{number}: {from}.</p>");
                    return "<td></td>".to_owned();
                }
                let labels: Vec<String> = self.labels(list).collect();
                if labels.len() <= SHORT {
                    let marks: Vec<String> = labels.iter().map(|label| format!("○ {label}")).collect();
                    return format!("<td>{}</td>", marks.join("<br>"));
                }
                let numbered: Vec<String> =
                    labels.iter().enumerate().map(|(index, label)| format!("<b>{}</b> {label}", index + 1)).collect();
                put_line!(below, "<p class=\"hint\">{number}. {} {}</p>", words.number_of, numbered.join(" · "));
                "<td></td>".to_owned()
            }
            Some(DefinedChoices::File(file)) => {
                put_line!(below, "<p class=\"hint\">{number}: {} {}</p>", words.from_file, listed(file));
                "<td></td>".to_owned()
            }
            _ => "<td></td>".to_owned(),
        }
    }
}
