//! The sheets `choices`, `external_choices` and `osm`.

use std::collections::BTreeMap;

use super::Problems;
use super::sheet::ListTable;
use crate::Cause;
use crate::columns::ListColumn;
use crate::source::{DefinedChoice, DefinedList};

/// What becomes of a choice that its list already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    Kept,
    LeftOut,
}

/// Reads every list, in the order they are first named.
pub(super) fn lists(table: &ListTable<'_>, duplicates: Duplicates, problems: &mut Problems) -> Vec<DefinedList> {
    let mut lists: Vec<DefinedList> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut known: std::collections::BTreeSet<(usize, String)> = std::collections::BTreeSet::new();
    for row in table.rows() {
        let mut list = None;
        let mut choice = DefinedChoice::new(String::new());
        for (index, column, language) in &table.columns {
            let Some(text) = row.cells.get(*index).map(str::to_owned) else { continue };
            match column {
                ListColumn::List => list = Some(text),
                ListColumn::Name => choice.code = text,
                ListColumn::Label => drop(choice.label.insert(*language, text)),
                ListColumn::Image => drop(choice.image.insert(*language, text)),
                ListColumn::BigImage => drop(choice.big_image.insert(*language, text)),
                ListColumn::Audio => drop(choice.audio.insert(*language, text)),
                ListColumn::Video => drop(choice.video.insert(*language, text)),
                ListColumn::Extra(name) => drop(choice.extra.insert(name.clone(), text)),
            }
        }
        let Some(name) = list else {
            // Rows of notes below the lists are usual.
            if !choice.code.is_empty() {
                problems
                    .warn(table.place(row.number, &ListColumn::List), Cause::IncompleteChoice { what: "list_name" });
            }
            continue;
        };
        if choice.code.is_empty() {
            problems.error(table.place(row.number, &ListColumn::Name), Cause::IncompleteChoice { what: "name" });
            continue;
        }
        if choice.code.len() > 255 || choice.code.chars().any(char::is_control) {
            problems.error(table.place(row.number, &ListColumn::Name), Cause::BadChoice { choice: choice.code });
            continue;
        }
        if choice.label.is_empty() && choice.image.is_empty() {
            problems.warn(table.place(row.number, &ListColumn::Label), Cause::MissingLabel);
        }
        let place = *places.entry(name.clone()).or_insert_with(|| {
            lists.push(DefinedList { name: name.clone(), choices: Vec::new() });
            lists.len() - 1
        });
        if !known.insert((place, choice.code.clone())) && duplicates == Duplicates::LeftOut {
            let cause = Cause::DuplicateChoice { list: name, choice: choice.code };
            problems.fault(table.place(row.number, &ListColumn::Name), cause);
            continue;
        }
        lists[place].choices.push(choice);
    }
    lists
}
