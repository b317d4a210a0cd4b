//! The sheets `choices`, `external_choices` and `osm`.

use std::collections::BTreeMap;

use super::sheet::ListTable;
use super::{Problems, Strictness};
use crate::Cause;
use crate::columns::ListColumn;
use crate::source::{DefinedChoice, DefinedList};

/// What becomes of a choice that its list already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    Kept,
    LeftOut,
}

/// Whether choices are in the form itself or in a table beside it, where a row may be unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    InForm,
    Outside,
}

/// Reads every list, in the order they are first named.
pub(super) fn lists(
    table: &ListTable<'_>,
    duplicates: Duplicates,
    kept: Kept,
    problems: &mut Problems,
) -> Vec<DefinedList> {
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
        let mut place_of = |lists: &mut Vec<DefinedList>| {
            *places.entry(name.clone()).or_insert_with(|| {
                lists.push(DefinedList { name: name.clone(), choices: Vec::new() });
                lists.len() - 1
            })
        };
        if choice.code.is_empty() {
            let place = table.place(row.number, &ListColumn::Name);
            let cause = Cause::IncompleteChoice { what: "name" };
            match kept {
                Kept::InForm => problems.error(place, cause),
                Kept::Outside => {
                    problems.warn(place, cause);
                    place_of(&mut lists);
                }
            }
            continue;
        }
        if choice.code.len() > 255 || choice.code.chars().any(char::is_control) {
            problems.error(table.place(row.number, &ListColumn::Name), Cause::BadChoice { choice: choice.code });
            continue;
        }
        let says = !choice.image.is_empty() && problems.strictness() == Strictness::Lenient;
        if choice.label.is_empty() && !says {
            problems.warn(table.place(row.number, &ListColumn::Label), Cause::MissingLabel);
        }
        let place = place_of(&mut lists);
        if !known.insert((place, choice.code.clone())) && duplicates == Duplicates::LeftOut {
            let cause = Cause::DuplicateChoice { list: name, choice: choice.code };
            problems.fault(table.place(row.number, &ListColumn::Name), cause);
            continue;
        }
        lists[place].choices.push(choice);
    }
    lists
}
