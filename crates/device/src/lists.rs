//! Cards of records and projects, as every list shows them.

use std::collections::{BTreeMap, BTreeSet};

use chaski_programme::{Project, ProjectColumns};
use chaski_store::{JournalStanding, Place as Stored, RecordFilter, RecordRow, RecordState as Kept};
use chaski_trust::{Action, Scope};
use chaski_values::{DistrictCode, FormId, MediaRef, Partition, PersonId, RecordId, Scalar};

use crate::view::{FormCard, PersonTile, Place, ProjectCard, RecordCard, RecordState, Unsent};
use crate::work::Work;
use crate::{DeviceError, Result};

impl Work {
    pub(crate) fn tile(&self, person: PersonId) -> PersonTile {
        let known = self.book().roster().and_then(|roster| roster.person(person));
        let names = known.and_then(|person| person.names());
        let role = known.and_then(|person| person.roles(self.now()).into_iter().next());
        PersonTile {
            person: person.to_string(),
            name: self.book().person_name(person),
            initials: names.map(|names| names.initials()).unwrap_or_default(),
            role: role.map_or_else(String::new, |role| role.code().to_owned()),
            locked_until: None,
            failures: 0,
        }
    }

    /// The districts the person at work is granted, in order.
    pub(crate) fn my_districts(&self) -> Result<Vec<DistrictCode>> {
        let me = self.me()?;
        let now = self.now();
        let roster = self.book().roster().ok_or(DeviceError::NotEnrolled)?;
        let known: Vec<DistrictCode> = self
            .book()
            .settings()
            .map(|settings| settings.districts.iter().map(|district| district.code).collect())
            .unwrap_or_default();
        let scopes: Vec<&Scope> = roster
            .person(me)
            .into_iter()
            .flat_map(|person| &person.grants)
            .map(|(_, grant)| grant)
            .filter(|grant| grant.term.holds(now))
            .map(|grant| &grant.scope)
            .collect();
        Ok(known
            .into_iter()
            .filter(|code| scopes.iter().any(|scope| scope.covers(Partition::District(*code))))
            .collect())
    }

    /// # Errors
    /// The reason why the person at work may not capture in a district.
    pub(crate) fn may_capture(&self, district: DistrictCode) -> Result<()> {
        self.may(Action::Capture, district)
    }

    /// # Errors
    /// The reason why the person at work may not settle conflicts in a district.
    pub(crate) fn may_resolve(&self, district: DistrictCode) -> Result<()> {
        self.may(Action::Resolve, district)
    }

    /// # Errors
    /// The reason why the person at work may not read what is in a district; that there is no such record when it names none.
    pub(crate) fn may_read(&self, record: RecordId, district: Option<DistrictCode>) -> Result<()> {
        self.may(Action::Read, district.ok_or(DeviceError::UnknownRecord(record))?)
    }

    /// The programme's districts that the person at work may read.
    pub(crate) fn readable(&self) -> BTreeSet<DistrictCode> {
        let districts = self.book().settings().map(|settings| settings.districts.as_slice()).unwrap_or_default();
        let codes = districts.iter().map(|district| district.code);
        codes.filter(|code| self.may(Action::Read, *code).is_ok()).collect()
    }

    /// Lets the person at work look at the photos among what is shown to them.
    pub(crate) fn show_media<'a>(&mut self, scalars: impl IntoIterator<Item = &'a Scalar>) {
        let media = scalars.into_iter().filter_map(|scalar| match scalar {
            Scalar::Bytes(bytes) => MediaRef::from_bytes(bytes).map(|media| media.hash),
            Scalar::Null | Scalar::Text(_) | Scalar::Int(_) | Scalar::Bool(_) | Scalar::Time(_) => None,
        });
        self.shown.extend(media);
    }

    pub(crate) fn may(&self, action: Action, district: DistrictCode) -> Result<()> {
        let roster = self.book().roster().ok_or(DeviceError::NotEnrolled)?;
        let partition = Partition::District(district);
        Ok(roster.may(Some(self.me()?), self.device(), action, partition, self.now())?)
    }

    /// The cards of the records of a filter that the person at work may read.
    pub(crate) fn cards(&self, filter: RecordFilter) -> Result<Vec<RecordCard>> {
        let filter = RecordFilter { districts: Some(self.readable()), ..filter };
        Ok(self.store.records(&filter)?.into_iter().map(|row| self.card(&row)).collect())
    }

    pub(crate) fn card(&self, row: &RecordRow) -> RecordCard {
        let book = self.book();
        let form_title = row.form.as_ref().map_or_else(String::new, |form| book.title(form));
        let title = if row.title.trim().is_empty() { form_title.clone() } else { row.title.clone() };
        let project = row.project.as_ref();
        RecordCard {
            record: row.record.to_string(),
            form_id: row.form.as_ref().map_or_else(String::new, FormId::to_string),
            form_title,
            project: project.map(ToString::to_string),
            project_name: project.and_then(|id| book.projects().get(id)).map(|project| project.name.clone()),
            title,
            state: match row.state {
                Kept::Draft => RecordState::Draft,
                Kept::Final => RecordState::Final,
            },
            changed_at: row.changed_at.millis(),
            author: row.author.map(|author| book.person_name(author)),
            place: place(row.place),
            conflicts: row.conflicts,
            unsaved: row.journal == JournalStanding::Unsaved,
        }
    }

    pub(crate) fn unsent(&self) -> Result<Unsent> {
        let unsent = self.store.unsent()?;
        let stuck = count(self.stuck() as u64);
        Ok(Unsent { records: count(unsent.records), entries: count(unsent.entries), stuck })
    }

    /// The projects of the person's districts, with how many records each has.
    pub(crate) fn project_cards(&self) -> Result<Vec<ProjectCard>> {
        let districts = self.my_districts()?;
        let mut records: BTreeMap<String, (u32, u32, u32)> = BTreeMap::new();
        let readable = RecordFilter { districts: Some(self.readable()), ..RecordFilter::default() };
        for row in self.store.records(&readable)? {
            let Some(project) = &row.project else { continue };
            let (all, drafts, conflicts) = records.entry(project.to_string()).or_default();
            *all += 1;
            *drafts += u32::from(row.state == Kept::Draft);
            *conflicts += u32::from(row.conflicts > 0);
        }
        let mine = self.book().projects().iter().filter(|project| districts.contains(&project.district));
        Ok(mine.map(|project| self.project_card(project, records.get(project.id.as_str()).copied())).collect())
    }

    pub(crate) fn project_card(&self, project: &Project, counts: Option<(u32, u32, u32)>) -> ProjectCard {
        let columns = self.book().settings().map(|settings| &settings.projects);
        let number = |column: fn(&ProjectColumns) -> &Option<String>| {
            let name = columns.and_then(|columns| column(columns).as_ref());
            name.and_then(|name| project.columns.get(name)).and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        let (records, drafts, conflicts) = counts.unwrap_or_default();
        let district_name = self.book().settings().map(|settings| settings.district_name(project.district));
        ProjectCard {
            id: project.id.to_string(),
            name: project.name.clone(),
            association: project.association.clone(),
            district: project.district.to_string(),
            district_name: district_name.unwrap_or_else(|| project.district.to_string()),
            instalments_paid: number(|columns| &columns.instalments_paid),
            instalments_planned: number(|columns| &columns.instalments_planned),
            progress: number(|columns| &columns.progress),
            records,
            drafts,
            conflicts,
        }
    }

    /// The forms that can be begun, in the order of their titles.
    pub(crate) fn form_cards(&self) -> Vec<FormCard> {
        self.rules.cards.clone()
    }
}

pub(crate) fn place(place: Stored) -> Place {
    match place {
        Stored::Tablet => Place::Tablet,
        Stored::Office => Place::Office,
        Stored::Centre => Place::Centre,
    }
}

/// A count for a screen, which has no use for more than four thousand million.
pub(crate) fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
