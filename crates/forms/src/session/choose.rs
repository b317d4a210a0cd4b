//! Which choices of a select can be taken now.

use std::sync::Arc;

use chaski_values::{Answer, Hash32};

use super::evaluate::{Chance, Surroundings};
use super::state::{Offer, RowIndex, Value};
use super::tree::{Handle, World};
use crate::form::{ChoicesFrom, Filter, LabelAt, NodeId, Order};

/// The choices of a select, wherever they come from.
#[derive(Clone, Copy)]
pub(crate) enum Choices<'a> {
    List(&'a crate::form::ChoiceList),
    Table {
        table: &'a crate::Table,
        code: usize,
        label: Option<usize>,
    },
    /// What an expression led to.
    Offers(&'a [Offer]),
    /// The table is not on this device.
    Missing,
}

/// Chance of choices in an order of each record's own.
const SHUFFLING: &str = "chaski 2026 order of choices v1";

impl<'a> World<'a> {
    /// The choices of a select; those that are nodes differ by row. Nothing for what is no select.
    pub(crate) fn choices(&self, node: NodeId, row: Option<RowIndex>) -> Option<Choices<'a>> {
        let source = self.form.node(node).choices.as_ref()?;
        Some(match &source.from {
            ChoicesFrom::List(list) => self.form.lists.get(*list).map_or(Choices::Missing, Choices::List),
            ChoicesFrom::Table { name, code, label } => {
                let table = self.lookups.get(name);
                match table.and_then(|table| Some((table, table.column(code)?))) {
                    Some((table, code)) => Choices::Table { table, code, label: table.column(label) },
                    None => Choices::Missing,
                }
            }
            ChoicesFrom::Nodes { .. } | ChoicesFrom::Search(_) => {
                let offers = row.and_then(|row| self.state.cell(self.form, node, row).offers.as_ref());
                offers.map_or(Choices::Missing, |offers| Choices::Offers(offers))
            }
        })
    }
}

impl<'a> Choices<'a> {
    pub(crate) fn len(&self) -> u32 {
        let length = match self {
            Self::List(list) => list.choices.len(),
            Self::Table { table, .. } => table.len(),
            Self::Offers(offers) => offers.len(),
            Self::Missing => 0,
        };
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    pub(crate) fn code(&self, choice: u32) -> &'a str {
        match self {
            Self::List(list) => list.cell(choice, "name"),
            Self::Table { table, code, .. } => table.cell(choice, *code),
            Self::Offers(offers) => offers.get(choice as usize).map_or("", |offer| offer.code.as_str()),
            Self::Missing => "",
        }
    }

    /// The first choice with a code.
    pub(crate) fn find(&self, wanted: &str) -> Option<u32> {
        match self {
            Self::List(list) => list.by_code.get(wanted).copied(),
            Self::Table { table, code, .. } => table.rows_where(*code, wanted).first().copied(),
            Self::Offers(offers) => {
                let place = offers.iter().position(|offer| offer.code == wanted)?;
                u32::try_from(place).ok()
            }
            Self::Missing => None,
        }
    }

    fn cell(&self, choice: u32, column: &str) -> &'a str {
        match self {
            Self::List(list) => list.cell(choice, column),
            Self::Table { table, .. } => table.column(column).map_or("", |column| table.cell(choice, column)),
            Self::Offers(_) | Self::Missing => "",
        }
    }

    /// The choices whose column has exactly this text.
    fn equal(&self, column: &str, wanted: &str) -> Vec<u32> {
        match self {
            Self::Table { table, .. } => {
                table.column(column).map(|at| table.rows_where(at, wanted)).unwrap_or_default()
            }
            Self::List(list) => list.choices_where(column, wanted),
            Self::Offers(_) | Self::Missing => Vec::new(),
        }
    }
}

impl<'a> Surroundings<'a> {
    /// The choices a filter lets through; nothing when the select has no filter or its table is missing.
    pub(crate) fn filtered(self, node: NodeId, row: RowIndex) -> Option<Arc<Vec<u32>>> {
        let source = self.form.node(node).choices.as_ref()?;
        if source.filter.is_none() && source.order == Order::AsListed {
            return None;
        }
        let choices = self.world().choices(node, Some(row))?;
        if let Choices::Missing | Choices::Offers(_) = choices {
            return None;
        }
        // A list is long, and asked for in every row.
        if !self.state.effort.take(u64::from(choices.len())) {
            return Some(Arc::default());
        }
        let mut found: Vec<u32> = match &source.filter {
            None => (0..choices.len()).collect(),
            Some(Filter::Equal { column, value }) => match self.value(*value, row) {
                Ok(Value::Text(text)) => choices.equal(column, &text),
                Ok(value) => {
                    let wanted = value.to_number(self.offset());
                    let number = |choice: &u32| Value::text(choices.cell(*choice, column)).to_number(self.offset());
                    (0..choices.len()).filter(|choice| number(choice) == wanted).collect()
                }
                Err(_) => Vec::new(),
            },
            Some(Filter::Each { condition, columns }) => {
                let admits = |choice: &u32| {
                    if self.state.effort.left() == 0 {
                        return false;
                    }
                    let cell =
                        |column: u32| columns.get(column as usize).map_or("", |name| choices.cell(*choice, name));
                    self.admits(*condition, row, &cell).unwrap_or(false)
                };
                (0..choices.len()).filter(admits).collect()
            }
        };
        match source.order {
            Order::AsListed => {}
            Order::ByRecord => {
                let seed = Value::text(format!("{}/{}", self.record, self.form.node(node).name));
                chaski_xpath::shuffle_by_seed(&mut found, &seed, self.offset());
            }
            Order::BySeed(seed) => {
                // What cannot be computed is blank, as an answer that is not there yet.
                let seed = self.value(seed, row).unwrap_or_else(|_| Value::blank());
                chaski_xpath::shuffle_by_seed(&mut found, &seed, self.offset());
            }
        }
        Some(Arc::new(found))
    }

    /// The choices that are nodes or found by a search, as they are now; nothing for other selects.
    pub(crate) fn offers(self, node: NodeId, row: RowIndex) -> Option<Arc<Vec<Offer>>> {
        let (nodes, code, label) = match &self.form.node(node).choices.as_ref()?.from {
            ChoicesFrom::Nodes { nodes, code, label } => (nodes, code, label),
            ChoicesFrom::Search(search) => return self.found(search, row),
            ChoicesFrom::List(_) | ChoicesFrom::Table { .. } => return None,
        };
        let world = self.world();
        // What cannot be computed, such as a file that is not on this device, offers nothing.
        let seed = Hash32::of(SHUFFLING, &[self.record.as_bytes(), self.form.node(node).name.as_bytes()]);
        // An order drawn by chance is the same whenever it is drawn again.
        let chance = Chance::new(*seed.as_bytes());
        let found = Surroundings { chance: &chance, ..self }.nodes(*nodes, row).unwrap_or_default();
        if !self.state.effort.take(4 * found.len() as u64) {
            return Some(Arc::default());
        }
        let offer = |node: Handle| {
            let label = match label {
                LabelAt::Path(names) => world.below(node, names).map(|found| world.words(found)).unwrap_or_default(),
                LabelAt::TextId(names) => self.text_of(&world.text_below(node, names)).unwrap_or_default(),
            };
            Offer { code: world.text_below(node, code), label, image: None }
        };
        Some(Arc::new(found.into_iter().map(offer).filter(|offer| !offer.code.is_empty()).collect()))
    }

    /// The answer to a select without the choices that cannot be taken now.
    pub(crate) fn takeable(self, node: NodeId, row: RowIndex, answer: &Answer) -> Option<Answer> {
        let Some(choices) = self.world().choices(node, Some(row)) else { return Some(answer.clone()) };
        if let Choices::Missing = choices {
            // Without its table nothing can be told of a choice: it stands.
            return Some(answer.clone());
        }
        let allowed = self.state.cell(self.form, node, row).choices.clone();
        let takes = |code: &str| match &allowed {
            None => choices.find(code).is_some(),
            Some(allowed) => match choices.find(code) {
                // A code may be in the list several times, each under another value of the filter's column.
                Some(first) => {
                    allowed.binary_search(&first).is_ok() || allowed.iter().any(|choice| choices.code(*choice) == code)
                }
                None => false,
            },
        };
        match answer {
            Answer::Choice(code) => takes(code).then(|| answer.clone()),
            Answer::Choices(codes) => Some(Answer::Choices(codes.iter().filter(|code| takes(code)).cloned().collect())),
            Answer::Rank(codes) => {
                let codes: Vec<String> = codes.iter().filter(|code| takes(code)).cloned().collect();
                (!codes.is_empty()).then_some(Answer::Rank(codes))
            }
            answer => Some(answer.clone()),
        }
    }

    /// Whether an answer names a choice that its whole list does not have.
    pub(crate) fn is_unknown(self, node: NodeId, answer: &Answer) -> bool {
        // Choices that are nodes come and go like filtered ones: what is not among them is hidden, not unknown.
        let Some(choices) = self.world().choices(node, None) else { return false };
        if let Choices::Missing = choices {
            return false;
        }
        match answer {
            Answer::Choice(code) => choices.find(code).is_none(),
            Answer::Choices(codes) => codes.iter().any(|code| choices.find(code).is_none()),
            Answer::Rank(codes) => codes.iter().any(|code| choices.find(code).is_none()),
            _ => false,
        }
    }
}
