//! Sheets as tables: cells found by what their column means instead of where it stands.

use std::collections::BTreeMap;

use super::choices::Settings;
use super::{Place, Problems};
use crate::columns::{self, ListColumn, Property};
use crate::source::{DefinedLanguage, Texts};
use crate::workbook::{Sheet, SheetRow};
use crate::{Cause, Column};

/// The languages of a form, the default first.
#[derive(Debug)]
pub(super) struct Languages {
    /// As written after `::`, such as `Español (es)`; blank for texts of no language.
    written: Vec<String>,
}

impl Languages {
    pub(super) fn of(survey: &Sheet, choices: Option<&Sheet>, settings: &Settings, problems: &mut Problems) -> Self {
        let mut written: Vec<String> = Vec::new();
        let mut has_plain = false;
        let texts = |property: Property| {
            use Property as P;
            matches!(
                property,
                P::Label | P::Hint | P::Guidance | P::ConstraintMessage | P::RequiredMessage | P::Image | P::Audio
            )
        };
        let of_survey =
            headers(survey).filter_map(|(_, text)| columns::survey(text)).filter(|found| texts(found.property));
        let mut seen: Vec<Option<String>> = of_survey.map(|header| header.language).collect();
        if let Some(sheet) = choices {
            let of_choices = headers(sheet).map(|(_, text)| columns::choices(text));
            let texts = |column: &ListColumn| matches!(column, ListColumn::Label | ListColumn::Image);
            seen.extend(of_choices.filter(|found| texts(&found.property)).map(|header| header.language));
        }
        for language in seen {
            match language {
                None => has_plain = true,
                Some(language) if !written.contains(&language) => written.push(language),
                Some(_) => {}
            }
        }
        let default = settings.default_language.as_deref();
        let place = default.and_then(|default| {
            written.iter().position(|language| {
                let (name, code) = columns::language(language);
                [language.as_str(), &name, &code].iter().any(|known| known.eq_ignore_ascii_case(default))
            })
        });
        match place {
            Some(place) => {
                let language = written.remove(place);
                written.insert(0, language);
            }
            // Texts without a language are in the default one, whether or not it is named.
            None if has_plain || written.is_empty() => written.insert(0, default.unwrap_or_default().to_owned()),
            None => {
                if let Some(language) = default {
                    problems.warn(
                        settings.place("default_language"),
                        Cause::UnknownLanguage { language: language.to_owned() },
                    );
                }
            }
        }
        Self { written }
    }

    /// The place of a header's language.
    fn index(&self, language: Option<&str>) -> u16 {
        let index = language.and_then(|language| self.written.iter().position(|written| written == language));
        u16::try_from(index.unwrap_or(0)).unwrap_or(0)
    }

    fn indexes(&self) -> impl Iterator<Item = u16> {
        0..u16::try_from(self.written.len()).unwrap_or(u16::MAX)
    }

    pub(super) fn into_defined(self) -> Vec<DefinedLanguage> {
        let defined = |written: String| {
            let (name, code) = columns::language(&written);
            DefinedLanguage { code, name }
        };
        self.written.into_iter().map(defined).collect()
    }
}

/// The header cells of a sheet.
fn headers(sheet: &Sheet) -> impl Iterator<Item = (u32, &str)> {
    sheet.rows.first().into_iter().flat_map(|row| row.cells.iter().map(|(column, text)| (*column, text.as_str())))
}

/// The sheet `survey`.
pub(super) struct SurveyTable<'a> {
    sheet: &'a Sheet,
    columns: BTreeMap<(Property, u16), u32>,
    languages: Vec<u16>,
}

impl<'a> SurveyTable<'a> {
    pub(super) fn of(sheet: &'a Sheet, languages: &Languages, problems: &mut Problems) -> Self {
        let mut columns = BTreeMap::new();
        let row = sheet.rows.first().map_or(1, |row| row.number);
        for (index, text) in headers(sheet) {
            let place =
                || Place { sheet: Some(sheet.name.clone()), row: Some(row), column: Some(Column::new(index, text)) };
            let Some(header) = columns::survey(text) else {
                problems.warn(place(), Cause::UnknownColumn { column: text.to_owned() });
                continue;
            };
            if header.property == Property::Ignored {
                continue;
            }
            let language = languages.index(header.language.as_deref());
            if columns.insert((header.property, language), index).is_some() {
                problems.error(place(), Cause::DuplicateColumn { column: text.to_owned() });
            }
        }
        for (property, column) in [(Property::Type, "type"), (Property::Name, "name")] {
            if !columns.contains_key(&(property, 0)) {
                let place = Place { sheet: Some(sheet.name.clone()), ..Place::default() };
                problems.error(place, Cause::MissingColumn { column });
            }
        }
        Self { sheet, columns, languages: languages.indexes().collect() }
    }

    /// The rows below the header.
    pub(super) fn rows(&self) -> &'a [SheetRow] {
        self.sheet.rows.get(1..).unwrap_or_default()
    }

    pub(super) fn cell(&self, row: &'a SheetRow, property: Property) -> Option<&'a str> {
        let column = self.columns.get(&(property, 0))?;
        row.cells.get(column).map(String::as_str)
    }

    pub(super) fn texts(&self, row: &SheetRow, property: Property) -> Texts {
        let text = |language: &u16| {
            let column = self.columns.get(&(property, *language))?;
            Some((*language, row.cells.get(column)?.clone()))
        };
        self.languages.iter().filter_map(text).collect()
    }

    /// Whether the row says anything in a column this program reads.
    pub(super) fn says_anything(&self, row: &SheetRow) -> bool {
        self.columns.values().any(|column| row.cells.contains_key(column))
    }

    pub(super) fn place(&self, row: u32, property: Property) -> Place {
        let column = self.column(property, 0);
        Place { sheet: Some(self.sheet.name.clone()), row: Some(row), column }
    }

    fn column(&self, property: Property, language: u16) -> Option<Column> {
        let index = *self.columns.get(&(property, language))?;
        let (_, header) = headers(self.sheet).find(|(column, _)| *column == index)?;
        Some(Column::new(index, header))
    }

    /// Where everything is, for the problems that are found later.
    pub(super) fn spans(&self, rows: Vec<u32>) -> super::Spans {
        let columns = self.columns.keys().filter_map(|key| Some((*key, self.column(key.0, key.1)?))).collect();
        super::Spans { sheet: self.sheet.name.clone(), rows, columns }
    }
}

/// The sheet `choices`.
pub(super) struct ListTable<'a> {
    pub(super) sheet: Option<&'a Sheet>,
    pub(super) columns: Vec<(u32, ListColumn, u16)>,
}

impl<'a> ListTable<'a> {
    pub(super) fn of(sheet: Option<&'a Sheet>, languages: &Languages) -> Self {
        let columns = sheet.into_iter().flat_map(headers).map(|(index, text)| {
            let header = columns::choices(text);
            (index, header.property, languages.index(header.language.as_deref()))
        });
        Self { sheet, columns: columns.collect() }
    }

    pub(super) fn rows(&self) -> &'a [SheetRow] {
        self.sheet.and_then(|sheet| sheet.rows.get(1..)).unwrap_or_default()
    }

    pub(super) fn place(&self, row: u32, wanted: &ListColumn) -> Place {
        let column = self.sheet.and_then(|sheet| {
            let (index, ..) = self.columns.iter().find(|(_, column, _)| column == wanted)?;
            let (_, header) = headers(sheet).find(|(column, _)| column == index)?;
            Some(Column::new(*index, header))
        });
        Place { sheet: self.sheet.map(|sheet| sheet.name.clone()), row: Some(row), column }
    }
}
