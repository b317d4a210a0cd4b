//! Choices that `search(…)` finds in a table.

use std::collections::HashSet;
use std::sync::Arc;

use super::choose::Choices;
use super::evaluate::Surroundings;
use super::state::{Offer, RowIndex};
use crate::Table;
use crate::form::{Agreement, ChoiceList, Search, search_columns};

/// The column by which a table's rows are offered, where it has one.
const ORDER: &str = "sortby";

impl Surroundings<'_> {
    /// The choices found now, in the order of the list that names the columns; nothing when the table is not on this device.
    pub(super) fn found(self, search: &Search, row: RowIndex) -> Option<Arc<Vec<Offer>>> {
        let list = self.form.lists.get(search.list)?;
        let text = |expression| self.text(expression, row).map(|text| text.to_string()).unwrap_or_default();
        let table = self.lookups().get(text(search.table).trim())?;
        let rows = self.rows_found(search, table, row);
        let mut offers = Vec::new();
        if !self.state.effort.take((rows.len() * list.choices.len()) as u64) {
            return Some(Arc::default());
        }
        let places = u32::try_from(list.choices.len()).unwrap_or(u32::MAX);
        for place in 0..places {
            self.offer(list, place, table, &rows, &mut offers);
        }
        Some(Arc::new(offers))
    }

    /// The rows that agree with what is looked for, in the order in which they are offered.
    fn rows_found(self, search: &Search, table: &Table, row: RowIndex) -> Vec<u32> {
        // What cannot be computed is blank, as an answer that is not there yet.
        let text = |expression| self.text(expression, row).map(|text| text.to_string()).unwrap_or_default();
        let mut rows = match &search.filter {
            // A column that the table does not have holds nothing.
            Some((column, wanted)) => table
                .column_like(&text(*column))
                .map(|column| table.rows_where(column, &text(*wanted)))
                .unwrap_or_default(),
            None => (0..u32::try_from(table.len()).unwrap_or(u32::MAX)).collect(),
        };
        if let Some(sought) = &search.sought {
            let names = text(sought.columns);
            let names = search_columns(&names);
            let columns: Vec<usize> = names.iter().filter_map(|name| table.column_like(name)).collect();
            let (how, wanted) = (Agreement::named(&text(sought.how)), text(sought.text).to_lowercase());
            let agrees =
                |row: u32| columns.iter().any(|column| how.holds(&table.cell(row, *column).to_lowercase(), &wanted));
            if !self.state.effort.take((rows.len() * (1 + columns.len())) as u64) {
                return Vec::new();
            }
            // Without a column to look into, only the filter decides.
            rows.retain(|row| names.is_empty() || agrees(*row));
        }
        if let Some(order) = table.column_like(ORDER) {
            let place = |row: &u32| {
                let cell = table.cell(*row, order);
                (chaski_xpath::parse_number(cell).unwrap_or(f64::INFINITY), cell)
            };
            rows.sort_by(|one, other| {
                let ((one, one_text), (other, other_text)) = (place(one), place(other));
                one.total_cmp(&other).then_with(|| one_text.cmp(other_text))
            });
        }
        rows
    }

    /// What one choice of the list stands for: itself, or a choice of each row.
    fn offer(self, list: &ChoiceList, place: u32, table: &Table, rows: &[u32], into: &mut Vec<Offer>) {
        let code = list.cell(place, "name");
        let words = |message| self.message(message, RowIndex::RECORD).filter(|words| !words.is_empty());
        let image = list.choices.get(place as usize).and_then(|choice| words(&choice.image));
        if code.trim().parse::<i64>().is_ok() {
            let label = self.choice_words(Choices::List(list), place);
            return into.push(Offer { code: code.to_owned(), label, image });
        }
        let Some(codes) = table.column_like(code) else { return };
        let names = list.choices.get(place as usize).and_then(|choice| words(&choice.label)).unwrap_or_default();
        let labels: Vec<(&str, usize)> =
            search_columns(&names).into_iter().filter_map(|name| Some((name, table.column_like(name)?))).collect();
        let image = image.and_then(|image| table.column_like(&image));
        let mut known = HashSet::new();
        for row in rows {
            let code = table.cell(*row, codes);
            if code.is_empty() || !known.insert(code) {
                continue;
            }
            let mut label = String::new();
            for (name, column) in &labels {
                let cell = table.cell(*row, *column);
                match label.is_empty() {
                    true => label.push_str(cell),
                    false => label.push_str(&format!(" ({name}: {cell})")),
                }
            }
            if label.trim().is_empty() {
                code.clone_into(&mut label);
            }
            let image = image.map(|column| table.cell(*row, column).to_owned()).filter(|image| !image.is_empty());
            into.push(Offer { code: code.to_owned(), label, image });
        }
    }
}
