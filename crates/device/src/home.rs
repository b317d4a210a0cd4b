//! The first screen after unlocking, a project's screen, and searching.

use std::collections::BTreeMap;

use chaski_store::{Only, RecordFilter, RecordState};
use chaski_trust::Action;
use chaski_values::{Money, ProjectId};

use crate::view::{Fact, Home, Officer, ProjectView, RecordCard};
use crate::{Device, DeviceError, Result};

/// How many records a list on the first screen shows.
const SHORT_LIST: u32 = 20;
/// How many records are looked through for those that the person may read.
const SEARCHED: u32 = 200;

impl Device {
    /// What the person has before them.
    ///
    /// # Errors
    /// When nobody is at work or the store fails.
    pub fn home(&mut self) -> Result<Home> {
        let work = self.at_work()?;
        let me = work.me()?;
        let short = |filter: RecordFilter| RecordFilter { limit: Some(SHORT_LIST), ..filter };
        Ok(Home {
            person: work.tile(me),
            programme: work.book().roster().map_or_else(String::new, |roster| roster.programme().name.to_string()),
            projects: work.project_cards()?,
            drafts: work.cards(short(RecordFilter {
                state: Some(RecordState::Draft),
                person: Some(me),
                ..RecordFilter::default()
            }))?,
            recent: work.cards(short(RecordFilter { state: Some(RecordState::Final), ..RecordFilter::default() }))?,
            conflicts: work.cards(short(RecordFilter { only: Only::InConflict, ..RecordFilter::default() }))?,
            unsent: work.unsent()?,
            forms: work.form_cards(),
        })
    }

    /// One project.
    ///
    /// # Errors
    /// When there is no such project, the person may not read in its district, nobody is at work, or the store fails.
    pub fn project(&mut self, id: &str) -> Result<ProjectView> {
        let work = self.at_work()?;
        let id = ProjectId::new(id).map_err(|_| DeviceError::BadId(id.to_owned()))?;
        let project = work.book().project(&id)?.clone();
        work.may(Action::Read, project.district)?;
        let records = work.cards(RecordFilter { project: Some(id.clone()), ..RecordFilter::default() })?;
        let count = |test: fn(&RecordCard) -> bool| {
            crate::lists::count(records.iter().filter(|card| test(card)).count() as u64)
        };
        let counts = (
            count(|_| true),
            count(|card| card.state == crate::view::RecordState::Draft),
            count(|card| card.conflicts > 0),
        );
        let card = work.project_card(&project, Some(counts));
        let settings = work.book().settings();
        let shown = |columns: &BTreeMap<String, String>, words: fn(&str) -> Option<String>| -> Vec<Fact> {
            let fact = |(code, column): (&String, &String)| {
                let text = project.columns.get(column).filter(|text| !text.is_empty()).and_then(|text| words(text))?;
                Some(Fact { code: code.clone(), text })
            };
            columns.iter().filter_map(fact).collect()
        };
        let mut facts = Vec::new();
        if let Some(columns) = settings.map(|settings| &settings.projects) {
            facts.extend(shown(&columns.amounts, soles));
            facts.extend(shown(&columns.facts, |text| Some(text.to_owned())));
        }
        let officers = settings.and_then(|settings| settings.officers.as_ref()).map(|columns| {
            let Some(table) = work.book().lookups().get(&columns.list) else { return Vec::new() };
            let cell =
                |row: u32, name: &str| table.column(name).map_or("", |column| table.cell(row, column)).to_owned();
            let rows = table.column(&columns.project).map(|column| table.rows_where(column, id.as_str()));
            let officer = |row: u32| Officer {
                name: cell(row, &columns.name),
                office: cell(row, &columns.office),
                in_office_until: cell(row, &columns.until),
            };
            rows.unwrap_or_default().into_iter().map(officer).collect()
        });
        Ok(ProjectView { card, facts, officers: officers.unwrap_or_default(), records, forms: work.form_cards() })
    }

    /// Records by the words in them, accents and case put aside.
    ///
    /// # Errors
    /// When nobody is at work or the store fails.
    pub fn search(&mut self, words: &str) -> Result<Vec<RecordCard>> {
        let work = self.at_work()?;
        let readable = work.readable();
        let mut cards = Vec::new();
        for record in work.store.search(words, SEARCHED)? {
            let row = work.store.record_row(record)?;
            let row = row.filter(|row| row.district.is_some_and(|district| readable.contains(&district)));
            cards.extend(row.map(|row| work.card(&row)));
            if cards.len() == SHORT_LIST as usize {
                break;
            }
        }
        Ok(cards)
    }
}

/// An amount in soles as lists write it: `27200` or `27200.50`.
fn soles(text: &str) -> Option<String> {
    let amount: chaski_values::Decimal = text.parse().ok()?;
    amount.rescaled(2).ok().map(|amount| Money::soles(amount.units()).to_string())
}
