//! The sheets `choices` and `settings`.

use std::collections::BTreeMap;

use chaski_values::FormId;

use super::sheet::ListTable;
use super::{Place, Problems};
use crate::columns::ListColumn;
use crate::source::{DefinedChoice, DefinedList, Texts};
use crate::workbook::Sheet;
use crate::{Cause, Column};

/// What the sheet `settings` says.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) form_id: String,
    pub(super) title: String,
    pub(super) author_version: String,
    pub(super) default_language: Option<String>,
    pub(super) instance_name: Option<String>,
    pub(super) allow_choice_duplicates: bool,
    places: BTreeMap<String, Place>,
}

impl Settings {
    pub(super) fn place(&self, name: &str) -> Place {
        self.places.get(name).cloned().unwrap_or_default()
    }
}

/// Reads the settings; a form without them is called `form`.
pub(super) fn settings(sheet: Option<&Sheet>, problems: &mut Problems) -> Settings {
    let mut settings = Settings::default();
    let rows = sheet.map(|sheet| sheet.rows.as_slice()).unwrap_or_default();
    let mut said = BTreeMap::new();
    if let (Some(sheet), [headers, values, ..]) = (sheet, rows) {
        for (column, header) in &headers.cells {
            let Some(value) = values.cells.get(column) else { continue };
            let name = header.to_lowercase().split_whitespace().collect::<Vec<_>>().join("_");
            let place = Place {
                sheet: Some(sheet.name.clone()),
                row: Some(values.number),
                column: Some(Column::new(*column, header)),
            };
            settings.places.insert(name.clone(), place);
            said.insert(name, value.clone());
        }
    }
    let mut take = |names: &[&str]| names.iter().find_map(|name| said.remove(*name));
    settings.default_language = take(&["default_language"]);
    settings.instance_name = take(&["instance_name"]);
    settings.author_version = take(&["version"]).unwrap_or_default();
    settings.allow_choice_duplicates =
        take(&["allow_choice_duplicates"]).is_some_and(|text| matches!(text.to_lowercase().as_str(), "yes" | "true"));
    let form_id = take(&["form_id", "id_string"]);
    let title = take(&["form_title", "title", "set_form_title"]);
    settings.form_id = match form_id {
        Some(form_id) if FormId::new(form_id.clone()).is_ok() => form_id,
        Some(form_id) => {
            problems.error(settings.place("form_id"), Cause::BadFormId { form_id });
            "form".to_owned()
        }
        None => {
            problems.warn(Place::default(), Cause::MissingSheet { sheet: "settings", holds: "form's id (`form_id`)" });
            "form".to_owned()
        }
    };
    settings.title = title.unwrap_or_else(|| settings.form_id.clone());
    settings
}

/// Reads every list, in the order they are first named.
pub(super) fn lists(table: ListTable<'_>, settings: &Settings, problems: &mut Problems) -> Vec<DefinedList> {
    let mut lists: Vec<DefinedList> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut known: std::collections::BTreeSet<(usize, String)> = std::collections::BTreeSet::new();
    for row in table.rows() {
        let mut list = None;
        let mut choice =
            DefinedChoice { code: String::new(), label: Texts::new(), image: Texts::new(), extra: BTreeMap::new() };
        for (index, column, language) in &table.columns {
            let Some(text) = row.cells.get(index).cloned() else { continue };
            match column {
                ListColumn::List => list = Some(text),
                ListColumn::Name => choice.code = text,
                ListColumn::Label => drop(choice.label.insert(*language, text)),
                ListColumn::Image => drop(choice.image.insert(*language, text)),
                ListColumn::Extra(name) => drop(choice.extra.insert(name.clone(), text)),
            }
        }
        let Some(name) = list else {
            // Rows of notes below the lists are usual.
            if !choice.code.is_empty() {
                problems
                    .error(table.place(row.number, &ListColumn::List), Cause::IncompleteChoice { what: "list_name" });
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
        if !known.insert((place, choice.code.clone())) && !settings.allow_choice_duplicates {
            let cause = Cause::DuplicateChoice { list: name, choice: choice.code };
            problems.warn(table.place(row.number, &ListColumn::Name), cause);
            continue;
        }
        lists[place].choices.push(choice);
    }
    lists
}
