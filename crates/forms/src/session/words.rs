//! Answers and labels in words.

use chaski_values::{Answer, CivilDate, Timestamp};
use chaski_xpath::{Moment, Tree};

use super::choose::Choices;
use super::evaluate::Surroundings;
use super::state::RowIndex;
use super::tree::{Handle, World};
use crate::form::{Form, Keep, Message, NodeId, Piece};

impl World<'_> {
    /// A text without the answers in it.
    pub(crate) fn plain(&self, message: &Message) -> String {
        let pieces = message.pieces(self.language).unwrap_or_default();
        let plain = pieces.iter().filter_map(|piece| match piece {
            Piece::Plain(text) => Some(text.as_str()),
            Piece::Value(_) => None,
        });
        plain.collect()
    }

    /// What a node says to a person: a choice by its label, anything else by its text.
    pub(crate) fn words(&self, node: Handle) -> String {
        let text = self.text(node).into_owned();
        let label = match node {
            Handle::Node { row, node } => self.choice_label(node, Some(row), &text),
            _ => None,
        };
        label.unwrap_or(text)
    }

    /// The label of a choice; nothing for a code its list does not have.
    pub(crate) fn choice_label(&self, node: NodeId, row: Option<RowIndex>, code: &str) -> Option<String> {
        let choices = self.choices(node, row)?;
        let choice = choices.find(code)?;
        Some(self.label_of_choice(choices, choice))
    }

    fn label_of_choice(&self, choices: Choices<'_>, choice: u32) -> String {
        let label = match choices {
            Choices::List(list) => list.choices.get(choice as usize).map(|found| self.plain(&found.label)),
            Choices::Table { table, label, .. } => label.map(|label| table.cell(choice, label).to_owned()),
            Choices::Offers(offers) => offers.get(choice as usize).map(|offer| offer.label.clone()),
            Choices::Missing => None,
        };
        // A choice without words is told by its code.
        label.filter(|label| !label.is_empty()).unwrap_or_else(|| choices.code(choice).to_owned())
    }
}

impl Surroundings<'_> {
    /// A text with the answers in it, seen from a row; nothing when no language has it.
    pub(crate) fn message(self, message: &Message, row: RowIndex) -> Option<String> {
        let pieces = message.pieces(self.language)?;
        let words = pieces.iter().map(|piece| match piece {
            Piece::Plain(text) => text.clone(),
            // What cannot be computed is left out of a sentence: the node it belongs to says so.
            Piece::Value(expression) => self.text(*expression, row).map(|text| text.to_string()).unwrap_or_default(),
        });
        let mut whole = String::new();
        for word in words {
            // A form can put a long answer into thousands of labels.
            if !self.state.effort.take(word.len() as u64) {
                return None;
            }
            whole.push_str(&word);
        }
        Some(whole)
    }

    /// The label of a node; its name when it has none.
    pub(crate) fn label(self, node: NodeId, row: RowIndex) -> String {
        let found = self.form.node(node);
        self.message(&found.label, row).unwrap_or_else(|| found.name.clone())
    }

    /// The label of a choice, with the answers in it.
    pub(crate) fn choice_words(self, choices: Choices<'_>, choice: u32) -> String {
        let listed = match choices {
            Choices::List(list) => list.choices.get(choice as usize),
            Choices::Table { .. } | Choices::Offers(_) | Choices::Missing => None,
        };
        let label = listed.and_then(|found| self.message(&found.label, RowIndex::RECORD));
        label.filter(|label| !label.is_empty()).unwrap_or_else(|| self.world().label_of_choice(choices, choice))
    }

    /// An answer as a person reads it: labels for codes, days before months.
    pub(crate) fn display(self, node: NodeId, row: Option<RowIndex>, answer: &Answer) -> String {
        let label = |code: &String| self.world().choice_label(node, row, code).unwrap_or_else(|| code.clone());
        match shown(self.form, node, answer) {
            Answer::Text(text) => text,
            Answer::Integer(number) => number.to_string(),
            Answer::Decimal(decimal) => decimal.to_string(),
            Answer::Choice(code) => label(&code),
            Answer::Choices(codes) => {
                // In the list's order, as the person saw them.
                let choices = self.world().choices(node, row);
                let mut codes: Vec<String> = codes.into_iter().collect();
                codes.sort_by_key(|code| choices.and_then(|choices| choices.find(code)).unwrap_or(u32::MAX));
                codes.iter().map(label).collect::<Vec<_>>().join(", ")
            }
            Answer::Date(date) => day(date),
            Answer::Time(time) => time.to_string().chars().take(5).collect(),
            Answer::DateTime(moment) => {
                let local = moment.plus_millis(i64::from(self.offset()) * 60_000);
                let date = Moment::instant(moment, self.offset()).date();
                format!("{} {}", day(date), local.to_chrono().format("%H:%M"))
            }
            Answer::Point(point) => match point.accuracy() {
                Some(metres) => format!("{:.6}, {:.6} (±{metres:.0} m)", point.latitude(), point.longitude()),
                None => format!("{:.6}, {:.6}", point.latitude(), point.longitude()),
            },
            Answer::Trace(points) => format!("{} points", points.len()),
            Answer::Rank(codes) => codes.iter().map(label).collect::<Vec<_>>().join(", "),
            Answer::Media(media) => format!("{} ({} KB)", media.media_type, media.length.div_ceil(1024)),
        }
    }

    /// What to call a row: its first answer in words, or its repeat's label and its position.
    pub(crate) fn row_label(self, row: RowIndex) -> String {
        let found = self.state.row(row);
        let scope = self.form.scope(found.scope);
        let words = scope.nodes.iter().find_map(|node| {
            let keep = self.form.node(*node).keep.filter(|_| self.form.node(*node).kind.asked_as().is_some())?;
            if !matches!(keep, Keep::Text | Keep::Choice) {
                return None;
            }
            let cell = self.state.cell(self.form, *node, row);
            let answer = cell.answer.as_ref().filter(|_| cell.is_relevant && !cell.value.is_blank())?;
            Some(self.display(*node, Some(row), answer))
        });
        words.unwrap_or_else(|| {
            let label = scope.repeat.map(|repeat| self.label(repeat, found.parent)).unwrap_or_default();
            format!("{} {}", without_numeral(&label), found.position)
        })
    }

    /// The value of a calculation that is shown as a question.
    pub(crate) fn computed_answer(self, node: NodeId, row: RowIndex) -> Option<Answer> {
        let text = self.world().text(Handle::Node { row, node }).into_owned();
        if text.is_empty() {
            return None;
        }
        let parsed = self.answer_of_text(node, &text);
        Some(parsed.unwrap_or(Answer::Text(text)))
    }
}

/// An answer as it is shown: a decimal whose form names no scale without the zeros that fill it up.
pub(crate) fn shown(form: &Form, node: NodeId, answer: &Answer) -> Answer {
    match (answer, form.node(node).keep) {
        (Answer::Decimal(decimal), Some(Keep::Decimal { scale })) if !form.node(node).has_own_scale => {
            let shortest = (0..scale).find_map(|scale| decimal.rescaled(scale).ok());
            Answer::Decimal(shortest.unwrap_or(*decimal))
        }
        _ => answer.clone(),
    }
}

fn day(date: CivilDate) -> String {
    date.to_chrono().format("%d/%m/%Y").to_string()
}

/// A label without the `C.` or `3)` that numbers a section: `C. Prácticas` → `Prácticas`.
fn without_numeral(label: &str) -> &str {
    match label.split_once(['.', ')']) {
        Some((numeral, rest)) if (1..=2).contains(&numeral.chars().count()) && rest.starts_with(' ') => {
            rest.trim_start()
        }
        _ => label,
    }
}

/// The day of a moment in the session's zone.
pub(crate) fn local_day(at: Timestamp, offset: i16) -> CivilDate {
    Moment::instant(at, offset).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_numeral_is_no_part_of_a_rows_name() {
        assert_eq!(without_numeral("C. Miembros"), "Miembros");
        assert_eq!(without_numeral("Bienes"), "Bienes");
        assert_eq!(without_numeral("N.º de cuenta"), "N.º de cuenta");
        assert_eq!(without_numeral("Fotos (máximo 6)"), "Fotos (máximo 6)");
    }
}
