//! Sheets as tables: cells found by what their column means instead of where it stands.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::settings::Settings;
use super::{Place, Problems, Strictness};
use crate::columns::{self, Element, ListColumn, Property, SurveyHeader};
use crate::kind::{self, Kind, RowType};
use crate::source::{Attributes, DefinedLanguage, Spoken, Texts};
use crate::workbook::{Sheet, SheetRow};
use crate::{Cause, Column};

/// The languages of a form, the default first.
#[derive(Debug)]
pub(super) struct Languages {
    /// As written after `::`, such as `Español (es)`; blank for texts of no language.
    written: Vec<String>,
    /// Whether texts in columns without a language are in the first.
    is_assumed: bool,
    /// Whether the settings name the first.
    is_chosen: bool,
    /// The words whose columns name the first though others' name none.
    named: Vec<Spoken>,
}

impl Languages {
    pub(super) fn of(survey: &Sheet, choices: Option<&Sheet>, settings: &Settings, problems: &mut Problems) -> Self {
        let mut written: Vec<String> = Vec::new();
        let mut has_plain = false;
        let of_survey = headers(survey).filter_map(|(_, text)| match columns::survey(text)? {
            SurveyHeader::Property(header) if is_text(header.property) => {
                Some((words(header.property), header.language))
            }
            SurveyHeader::Property(_) | SurveyHeader::Attribute(..) | SurveyHeader::Media => None,
        });
        let mut seen: Vec<(Option<Spoken>, Option<String>)> = of_survey.collect();
        if let Some(sheet) = choices {
            let of_choices = headers(sheet).map(|(_, text)| columns::choices(text));
            seen.extend(
                of_choices
                    .filter(|found| found.property.is_text())
                    .map(|header| ((header.property == ListColumn::Label).then_some(Spoken::Choice), header.language)),
            );
        }
        for (_, language) in &seen {
            match language {
                None => has_plain = true,
                Some(language) if !written.contains(language) => written.push(language.clone()),
                Some(_) => {}
            }
        }
        for (place, other) in written.iter().enumerate() {
            if let Some(one) = written[..place].iter().find(|one| columns::are_probably_one(one, other)) {
                let cause = Cause::SimilarLanguages { one: one.clone(), other: other.clone() };
                problems.warn(place_of(other, survey, choices), cause);
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
        let is_assumed = has_plain && written.first().is_some_and(|first| !first.is_empty());
        let is_chosen = default.is_some() && (place.is_some() || has_plain);
        let is_first = |language: &Option<String>| language.is_some() && language.as_ref() == written.first();
        let named =
            seen.iter().filter(|(_, language)| is_assumed && is_first(language)).filter_map(|(words, _)| *words);
        let named = named.collect::<BTreeSet<_>>().into_iter().collect();
        Self { written, is_assumed, is_chosen, named }
    }

    /// The place of a header's language.
    fn index(&self, language: Option<&str>) -> u16 {
        let index = language.and_then(|language| self.written.iter().position(|written| written == language));
        u16::try_from(index.unwrap_or(0)).unwrap_or(0)
    }

    pub(super) fn into_defined(self) -> Vec<DefinedLanguage> {
        let Self { written, is_assumed, is_chosen, mut named } = self;
        let defined = |(index, written): (usize, String)| {
            let (name, code) = columns::language(&written);
            let is_first = index == 0;
            let is_usual = name == code || format!("{name} ({code})") == written;
            DefinedLanguage {
                code,
                name,
                is_assumed: is_assumed && is_first,
                is_chosen: is_chosen && is_first,
                written: (!is_usual).then_some(written),
                named: if is_first { std::mem::take(&mut named) } else { Vec::new() },
            }
        };
        written.into_iter().enumerate().map(defined).collect()
    }
}

/// Says which languages lack a column that another has. `columns` are those of one sheet, by their usual names.
pub(super) fn compare_languages(
    sheet: &Sheet,
    columns: impl Iterator<Item = (String, Option<String>)>,
    problems: &mut Problems,
) {
    let mut by_language: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    let mut all: Vec<String> = Vec::new();
    for (column, language) in columns {
        if !all.contains(&column) {
            all.push(column.clone());
        }
        by_language.entry(language).or_default().push(column);
    }
    for (language, there) in by_language {
        // A form in one language without a name lacks nothing.
        let Some(language) = language else { continue };
        for column in all.iter().filter(|column| !there.contains(column)) {
            let place = Place { sheet: Some(sheet.name.clone()), ..Place::default() };
            problems.warn(place, Cause::MissingTranslation { language: language.clone(), column: column.clone() });
        }
    }
}

/// The columns of the survey that are texts.
pub(super) fn survey_texts(sheet: &Sheet) -> impl Iterator<Item = (String, Option<String>)> {
    headers(sheet).filter_map(|(_, text)| match columns::survey(text)? {
        SurveyHeader::Property(header) if is_text(header.property) => {
            let usual = columns::SURVEY.iter().find(|(_, property)| *property == header.property);
            Some((usual.and_then(|(names, _)| names.first())?.to_string(), header.language))
        }
        _ => None,
    })
}

/// The columns of the choices that are texts.
pub(super) fn choice_texts(sheet: &Sheet) -> impl Iterator<Item = (String, Option<String>)> {
    headers(sheet).map(|(_, text)| columns::choices(text)).filter(|header| header.property.is_text()).map(|header| {
        let name = format!("{:?}", header.property).to_lowercase().replace("bigimage", "big-image");
        (name, header.language)
    })
}

/// The words that stand in a column.
fn words(property: Property) -> Option<Spoken> {
    match property {
        Property::Label => Some(Spoken::Label),
        Property::Hint => Some(Spoken::Hint),
        Property::ConstraintMessage => Some(Spoken::ConstraintMessage),
        Property::RequiredMessage => Some(Spoken::RequiredMessage),
        Property::NoAppError => Some(Spoken::NoAppError),
        _ => None,
    }
}

/// Whether a column has a text in each language.
fn is_text(property: Property) -> bool {
    use Property as P;
    matches!(
        property,
        P::Label
            | P::Hint
            | P::Guidance
            | P::ConstraintMessage
            | P::RequiredMessage
            | P::Image
            | P::BigImage
            | P::Audio
            | P::Video
            | P::NoAppError
    )
}

/// The header cells of a sheet.
/// The first column of a language.
fn place_of(language: &str, survey: &Sheet, choices: Option<&Sheet>) -> Place {
    let is_it = |sheet: &Sheet, header: &str| match sheet.name.eq_ignore_ascii_case("choices") {
        true => columns::choices(header).language.as_deref() == Some(language),
        false => match columns::survey(header) {
            Some(SurveyHeader::Property(found)) => found.language.as_deref() == Some(language),
            _ => false,
        },
    };
    let found = [Some(survey), choices].into_iter().flatten().find_map(|sheet| {
        let (column, header) = headers(sheet).find(|(_, header)| is_it(sheet, header))?;
        let row = sheet.rows.first().map(|row| row.number);
        Some(Place { sheet: Some(sheet.name.clone()), row, column: Some(Column::new(column, header)) })
    });
    found.unwrap_or_default()
}

pub(super) fn headers(sheet: &Sheet) -> impl Iterator<Item = (u32, &str)> {
    sheet.rows.first().into_iter().flat_map(|row| row.cells.iter())
}

/// The survey without the columns that a lone `:` parts where another header has `::`, as the reference reads it.
pub(super) fn parted_one_way<'a>(sheet: &'a Sheet, problems: &mut Problems) -> Cow<'a, Sheet> {
    let has_double = headers(sheet).any(|(_, header)| header.contains("::"));
    let lone: Vec<(u32, &str)> = headers(sheet).filter(|(_, header)| columns::is_parted_by_one(header)).collect();
    let Some(first) = sheet.rows.first().filter(|_| has_double && !lone.is_empty()) else {
        return Cow::Borrowed(sheet);
    };
    for (index, header) in &lone {
        let place = Place {
            sheet: Some(sheet.name.clone()),
            row: Some(first.number),
            column: Some(Column::new(*index, header)),
        };
        problems.warn(place, Cause::UnknownColumn { column: (*header).to_owned(), nearest: None });
    }
    let is_kept = |(index, _): &(u32, &str)| !lone.iter().any(|(known, _)| known == index);
    let cells = headers(sheet).filter(is_kept).map(|(index, header)| (index, header.to_owned())).collect();
    let head = SheetRow { number: first.number, cells };
    let rows = std::iter::once(head).chain(sheet.rows.iter().skip(1).cloned()).collect();
    Cow::Owned(Sheet { name: sheet.name.clone(), rows, far: sheet.far })
}

/// The first row of the survey that needs a name: notes and ends do without.
fn first_named(sheet: &Sheet, types: u32) -> Option<u32> {
    let is_named = |row: &&SheetRow| match row.cells.get(types).map(kind::read) {
        Some(Some(RowType::Question(asked))) => !matches!(asked.kind, Kind::Note | Kind::Audit),
        Some(Some(RowType::End(_))) => false,
        _ => true,
    };
    sheet.rows.iter().skip(1).find(is_named).map(|row| row.number)
}

/// Says which headers of a sheet are one column under two names. The reference takes the later one where it is written in
/// its usual form.
pub(super) fn compare_headers(sheet: &Sheet, usual: impl Fn(&str) -> String, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (index, header) in headers(sheet) {
        let known = usual(header);
        if !seen.insert(known.clone()) && known != header {
            let row = sheet.rows.first().map(|row| row.number);
            let column = Some(Column::new(index, header));
            let place = Place { sheet: Some(sheet.name.clone()), row, column };
            problems.fault(place, Cause::DuplicateColumn { column: header.to_owned() });
        }
    }
}

/// The sheet `survey`.
pub(super) struct SurveyTable<'a> {
    sheet: &'a Sheet,
    columns: BTreeMap<(Property, u16), u32>,
    /// The same by property and then language: every cell of every row is looked up.
    places: Vec<Vec<Option<u32>>>,
    /// Columns without a language beside those that name the default one: what they say where these are blank.
    plain: BTreeMap<Property, u32>,
    /// Columns whose cells become attributes.
    attributes: Vec<(u32, Element, String)>,
}

impl<'a> SurveyTable<'a> {
    pub(super) fn of(sheet: &'a Sheet, languages: &Languages, problems: &mut Problems) -> Self {
        let mut columns = BTreeMap::new();
        let mut attributes = Vec::new();
        let mut plain = BTreeMap::new();
        let row = sheet.rows.first().map_or(1, |row| row.number);
        let is_strict = problems.strictness() == Strictness::Strict;
        let usual: BTreeSet<Property> = headers(sheet)
            .filter(|(_, text)| !columns::is_ours_alone(text))
            .filter_map(|(_, text)| match columns::survey(text)? {
                SurveyHeader::Property(header) => Some(header.property),
                _ => None,
            })
            .collect();
        for (index, text) in headers(sheet) {
            let place =
                || Place { sheet: Some(sheet.name.clone()), row: Some(row), column: Some(Column::new(index, text)) };
            let header = match columns::survey(text) {
                None => {
                    let nearest = columns::nearest(text);
                    problems.warn(place(), Cause::UnknownColumn { column: text.to_owned(), nearest });
                    continue;
                }
                Some(SurveyHeader::Media) => {
                    problems.fault(place(), Cause::UnknownColumn { column: text.to_owned(), nearest: None });
                    continue;
                }
                Some(SurveyHeader::Attribute(element, name)) => {
                    attributes.push((index, element, name));
                    continue;
                }
                Some(SurveyHeader::Property(header)) if header.property == Property::Ignored => continue,
                Some(SurveyHeader::Property(header)) => header,
            };
            if columns::is_ours_alone(text) && (is_strict || usual.contains(&header.property)) {
                problems.warn(place(), Cause::UnknownColumn { column: text.to_owned(), nearest: None });
                continue;
            }
            let is_one = matches!(header.property, Property::Type | Property::Name | Property::Trigger);
            let is_amiss = header.language.is_some() && is_one || columns::is_media_in_capitals(text);
            if is_strict && is_amiss {
                problems.error(place(), Cause::UnknownColumn { column: text.to_owned(), nearest: None });
                continue;
            }
            let language = languages.index(header.language.as_deref());
            if let Some(first) = columns.insert((header.property, language), index) {
                // Texts without a language give way to those that name the default one.
                let names_language = |index: u32| {
                    let found = headers(sheet).find(|(column, _)| *column == index);
                    matches!(found.and_then(|(_, text)| columns::survey(text)),
                        Some(SurveyHeader::Property(header)) if header.language.is_some())
                };
                if names_language(first) == names_language(index) {
                    problems.error(place(), Cause::DuplicateColumn { column: text.to_owned() });
                } else if names_language(first) {
                    columns.insert((header.property, language), first);
                    plain.insert(header.property, index);
                } else {
                    plain.insert(header.property, first);
                }
            }
        }
        for (property, column) in [(Property::Type, "type"), (Property::Name, "name")] {
            if columns.contains_key(&(property, 0)) {
                continue;
            }
            let row = columns.get(&(Property::Type, 0)).map(|types| first_named(sheet, *types));
            if property != Property::Name || row != Some(None) {
                let place = Place { sheet: Some(sheet.name.clone()), row: row.flatten(), column: None };
                problems.error(place, Cause::MissingColumn { column });
            }
        }
        let mut places: Vec<Vec<Option<u32>>> = Vec::new();
        for ((property, language), column) in &columns {
            let (property, language) = (*property as usize, usize::from(*language));
            places.resize(places.len().max(property + 1), Vec::new());
            let of_property = &mut places[property];
            of_property.resize(of_property.len().max(language + 1), None);
            of_property[language] = Some(*column);
        }
        Self { sheet, columns, places, plain, attributes }
    }

    /// The rows below the header.
    pub(super) fn rows(&self) -> &'a [SheetRow] {
        self.sheet.rows.get(1..).unwrap_or_default()
    }

    pub(super) fn cell(&self, row: &'a SheetRow, property: Property) -> Option<&'a str> {
        let column = *self.places.get(property as usize)?.first()?;
        row.cells.get(column?)
    }

    pub(super) fn texts(&self, row: &SheetRow, property: Property) -> Texts {
        let mut texts = Texts::new();
        let columns = self.places.get(property as usize).map(Vec::as_slice).unwrap_or_default();
        for (language, column) in (0..).zip(columns) {
            if let Some(text) = column.and_then(|column| row.cells.get(column)) {
                texts.insert(language, text.to_owned());
            }
        }
        if let Some(text) = self.plain.get(&property).and_then(|column| row.cells.get(*column)) {
            texts.entry(0).or_insert_with(|| text.to_owned());
        }
        texts
    }

    /// The attributes of a row for one element, by name.
    pub(super) fn attributes(&self, row: &SheetRow, element: Element) -> Attributes {
        let wanted = self.attributes.iter().filter(|(_, found, _)| *found == element);
        wanted.filter_map(|(index, _, name)| Some((name.clone(), row.cells.get(*index)?.to_owned()))).collect()
    }

    /// Whether the row says anything in a column this program reads.
    pub(super) fn says_anything(&self, row: &SheetRow) -> bool {
        self.columns.values().chain(self.plain.values()).any(|column| row.cells.get(*column).is_some())
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
    pub(super) fn of(sheet: Option<&'a Sheet>, languages: &Languages, strictness: Strictness) -> Self {
        let is_strict = strictness == Strictness::Strict;
        let columns = sheet.into_iter().flat_map(headers).map(|(index, text)| {
            let header = columns::choices(text);
            (index, header.property, languages.index(header.language.as_deref()))
        });
        let mut columns: Vec<_> = columns.collect();
        for wanted in [ListColumn::List, ListColumn::Name] {
            if is_strict || columns.iter().any(|(_, column, _)| *column == wanted) {
                continue;
            }
            let stands_in = |(_, text): (u32, &str)| columns::stand_in(text).is_some_and(|column| column == wanted);
            if let Some(found) = sheet.into_iter().flat_map(headers).position(stands_in) {
                columns[found].1 = wanted;
            }
        }
        Self { sheet, columns }
    }

    pub(super) fn rows(&self) -> &'a [SheetRow] {
        self.sheet.and_then(|sheet| sheet.rows.get(1..)).unwrap_or_default()
    }

    /// Says which columns are wrong: every list needs the names of its choices, and a column that expressions cannot name
    /// is no use to them.
    pub(super) fn check(&self, problems: &mut Problems) {
        let Some(sheet) = self.sheet.filter(|sheet| sheet.rows.len() > 1) else { return };
        let row = sheet.rows.first().map(|row| row.number);
        if !self.columns.iter().any(|(_, column, _)| *column == ListColumn::Name) {
            let place = Place { sheet: Some(sheet.name.clone()), ..Place::default() };
            problems.fault(place, Cause::MissingChoiceColumn { column: "name" });
        }
        let mut seen: Vec<(&ListColumn, u16, bool)> = Vec::new();
        for ((_, column, language), (index, header)) in self.columns.iter().zip(headers(sheet)) {
            let names_language = columns::choices(header).language.is_some();
            let key = (column, *language, names_language);
            if seen.contains(&key) {
                let place = Place { sheet: Some(sheet.name.clone()), row, column: Some(Column::new(index, header)) };
                problems.fault(place, Cause::DuplicateColumn { column: header.to_owned() });
            }
            seen.push(key);
        }
        for (index, header) in headers(sheet) {
            if header.contains(' ') && matches!(columns::choices(header).property, ListColumn::Extra(_)) {
                let column = Some(Column::new(index, header));
                let place = Place { sheet: Some(sheet.name.clone()), row, column };
                problems.warn(place, Cause::SpacedColumn { column: header.to_owned() });
            }
        }
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
