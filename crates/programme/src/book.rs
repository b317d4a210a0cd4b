use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chaski_forms::{Audit, Environment, Form, FormSource, Lookups, Session, audit_csv, audit_rows};
use chaski_records::Record;
use chaski_trust::{Fingerprint, Roster, RosterItem};
use chaski_values::{DeviceId, FormId, FormVersion, Key, PersonId, ProjectId, RecordId, Scalar, Timestamp};
use thiserror::Error;

use crate::head::Head;
use crate::{ProgrammeSettings, Project, ProjectBook};

/// What the centre published, as it was stored.
#[derive(Debug, Clone, Default)]
pub struct BookParts {
    pub settings: Option<Vec<u8>>,
    /// The programme's root, by which the roster is verified.
    pub fingerprint: Option<Fingerprint>,
    pub roster: Vec<Vec<u8>>,
    /// Tables by name.
    pub catalogues: Vec<(String, Vec<u8>)>,
    pub forms: Vec<BookForm>,
}

/// One version of a form.
#[derive(Debug, Clone)]
pub struct BookForm {
    pub form: FormId,
    pub version: FormVersion,
    pub title: String,
    /// Whether new records use it.
    pub current: bool,
    pub source: Vec<u8>,
}

/// What the programme told a device or a hub, ready for use: its settings, roster, projects, lists and forms.
///
/// Assembled anew when something is published. A part that cannot be read is left out and named, so that one bad list does
/// not keep a tablet shut.
#[derive(Debug)]
pub struct Book {
    settings: Option<ProgrammeSettings>,
    roster: Option<Roster>,
    projects: ProjectBook,
    lookups: Lookups,
    forms: BTreeMap<(FormId, FormVersion), BookForm>,
    /// Compiled when first asked for.
    compiled: Mutex<BTreeMap<(FormId, FormVersion), Arc<Form>>>,
}

/// A part that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    pub what: &'static str,
    /// A form's id or a list's name; never a person's.
    pub name: String,
    pub reason: String,
}

/// Why the book cannot say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BookError {
    #[error("there is no form `{0}`")]
    UnknownForm(FormId),
    #[error("there is no version {version} of form `{form}` here")]
    UnknownVersion { form: FormId, version: FormVersion },
    #[error("form `{form}` cannot be used: {reason}")]
    BrokenForm { form: FormId, reason: String },
    #[error("a record names no form")]
    NoForm,
    #[error("there is no project `{0}`")]
    UnknownProject(ProjectId),
}

/// How a record reads in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    pub title: String,
    /// The words it is found by.
    pub search: String,
    /// Questions with values that wait for a choice.
    pub conflicts: u32,
}

/// Peru, until the programme says otherwise.
const DEFAULT_ZONE_MINUTES: i32 = -300;

impl Book {
    /// Reads everything published, and says what was left out.
    pub fn assemble(parts: BookParts) -> (Self, Vec<Omission>) {
        let mut omissions = Vec::new();
        let settings =
            parts.settings.and_then(|json| keep(&mut omissions, "settings", "", ProgrammeSettings::from_json(&json)));
        let items: Vec<RosterItem> = parts
            .roster
            .iter()
            .filter_map(|bytes| keep(&mut omissions, "roster item", "", RosterItem::from_bytes(bytes)))
            .collect();
        let roster = parts.fingerprint.and_then(|fingerprint| {
            let (roster, refused) = keep(&mut omissions, "roster", "", Roster::from_items(&fingerprint, &items))?;
            omissions.extend(refused.into_iter().map(|item| Omission {
                what: "roster item",
                name: item.id.to_string(),
                reason: item.reason.to_string(),
            }));
            Some(roster)
        });
        let mut lookups = Lookups::default();
        let mut projects = ProjectBook::default();
        for (name, bytes) in &parts.catalogues {
            let columns = settings.as_ref().map(|settings| &settings.projects).filter(|columns| columns.list == *name);
            if let Some(columns) = columns
                && let Some(book) = keep(&mut omissions, "projects", name, ProjectBook::from_csv(bytes, columns))
            {
                projects = book;
            }
            if let Err(cause) = lookups.insert_file(name, bytes) {
                omissions.push(Omission { what: "list", name: name.clone(), reason: cause.to_string() });
            }
        }
        let forms = parts.forms.into_iter().map(|form| ((form.form.clone(), form.version), form)).collect();
        (Self { settings, roster, projects, lookups, forms, compiled: Mutex::default() }, omissions)
    }

    pub fn settings(&self) -> Option<&ProgrammeSettings> {
        self.settings.as_ref()
    }

    pub fn roster(&self) -> Option<&Roster> {
        self.roster.as_ref()
    }

    pub fn projects(&self) -> &ProjectBook {
        &self.projects
    }

    /// # Errors
    /// When the programme has no such project.
    pub fn project(&self, id: &ProjectId) -> Result<&Project, BookError> {
        self.projects.get(id).ok_or_else(|| BookError::UnknownProject(id.clone()))
    }

    pub fn lookups(&self) -> &Lookups {
        &self.lookups
    }

    /// Minutes east of Greenwich.
    pub fn zone_minutes(&self) -> i32 {
        self.settings.as_ref().map_or(DEFAULT_ZONE_MINUTES, |settings| i32::from(settings.zone_offset_minutes))
    }

    /// The current version of every form that can be used, in the order of their titles.
    pub fn current_forms(&self) -> Vec<Arc<Form>> {
        let current = self.forms.values().filter(|form| form.current);
        let mut forms: Vec<Arc<Form>> = current.filter_map(|row| self.form(&row.form, row.version).ok()).collect();
        forms.sort_by(|a, b| a.title().cmp(b.title()));
        forms
    }

    /// # Errors
    /// When there is no such form, or a newer program made it.
    pub fn current_form(&self, id: &FormId) -> Result<Arc<Form>, BookError> {
        let version = self.current_version(id).ok_or_else(|| BookError::UnknownForm(id.clone()))?;
        self.form(id, version)
    }

    /// The version of a form that new records are made by.
    pub fn current_version(&self, id: &FormId) -> Option<FormVersion> {
        self.forms.values().find(|row| row.current && row.form == *id).map(|row| row.version)
    }

    /// The title of a form, or its id while it is not here.
    pub fn title(&self, id: &FormId) -> String {
        let mut rows = self.forms.values().filter(|row| row.form == *id);
        let row = rows.clone().find(|row| row.current).or_else(|| rows.next());
        row.map_or_else(|| id.to_string(), |row| row.title.clone())
    }

    /// One version of a form, compiled.
    ///
    /// # Errors
    /// When that version is not here, or a newer program made it.
    pub fn form(&self, id: &FormId, version: FormVersion) -> Result<Arc<Form>, BookError> {
        let key = (id.clone(), version);
        // A poisoned lock guards nothing but a cache.
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(form) = compiled.get(&key) {
            return Ok(Arc::clone(form));
        }
        let row = self.forms.get(&key).ok_or_else(|| BookError::UnknownVersion { form: id.clone(), version })?;
        let broken = |reason: String| BookError::BrokenForm { form: id.clone(), reason };
        let source = FormSource::from_bytes(&row.source).map_err(|error| broken(error.to_string()))?;
        let form = Arc::new(Form::from_source(&source).map_err(|error| broken(error.to_string()))?);
        compiled.insert(key, Arc::clone(&form));
        Ok(form)
    }

    /// Who somebody is, as others read it; the id where the roster does not know them.
    pub fn person_name(&self, person: PersonId) -> String {
        let names = self.roster.as_ref().and_then(|roster| roster.person(person)).and_then(|person| person.names());
        names.map_or_else(|| person.to_string(), |names| names.full())
    }

    pub fn device_name(&self, device: DeviceId) -> String {
        let name = self.roster.as_ref().and_then(|roster| roster.device_name(device));
        name.map_or_else(|| device.to_string(), str::to_owned)
    }

    /// A session that only reads: for titles, summaries and words.
    ///
    /// # Errors
    /// When the record names no form, or its version is not here.
    pub fn reading(&self, record: &Record) -> Result<Session, BookError> {
        self.reading_of(record.id(), &record.values())
    }

    /// The same over answers that are not all in the record yet.
    ///
    /// # Errors
    /// As [`Self::reading`].
    pub fn reading_of(&self, record: RecordId, answers: &BTreeMap<Key, Scalar>) -> Result<Session, BookError> {
        let head = Head::of(answers);
        let (Some(form), Some(version)) = (head.form, head.version) else { return Err(BookError::NoForm) };
        let compiled = self.form(&form, version)?;
        let environment = Environment {
            // Nothing that is read anew may say "today": one-shots are stored, and constraints were checked when answering.
            now: Timestamp::from_millis(0).expect("1970 is a moment"),
            zone_minutes: self.zone_minutes(),
            device: String::new(),
            person: String::new(),
            seed: [0; 32],
            lookups: self.lookups.clone(),
        };
        Ok(Session::open(compiled, environment, record, answers).0)
    }

    /// What the form of a record asks to be kept of how it is filled in; nothing when it asks for nothing, or is not here.
    pub fn audit(&self, answers: &BTreeMap<Key, Scalar>) -> Option<Audit> {
        let head = Head::of(answers);
        self.form(&head.form?, head.version?).ok()?.audit()
    }

    /// The log of how a record was filled in, as ODK Collect's `audit.csv`; nothing where [`Self::audit`] gives nothing.
    pub fn audit_csv(&self, answers: &BTreeMap<Key, Scalar>) -> Option<String> {
        Some(audit_csv(&self.audit(answers)?, &audit_rows(answers)))
    }

    /// How a record reads in a list. One whose form is not here yet has no title.
    pub fn listing(&self, record: &Record) -> Listing {
        let conflicts = u32::try_from(record.conflicts().len()).unwrap_or(u32::MAX);
        let Ok(session) = self.reading(record) else { return Listing { conflicts, ..Listing::default() } };
        let words = session.summary().into_iter().flat_map(|section| section.lines).map(|line| line.display);
        let search: Vec<String> = words.filter(|words| words.chars().any(char::is_alphanumeric)).collect();
        Listing { title: session.instance_name(), search: search.join(" "), conflicts }
    }
}

fn keep<T, E: fmt::Display>(
    omissions: &mut Vec<Omission>,
    what: &'static str,
    name: &str,
    outcome: Result<T, E>,
) -> Option<T> {
    let refused = |error: &E| Omission { what, name: name.to_owned(), reason: error.to_string() };
    outcome.inspect_err(|error| omissions.push(refused(error))).ok()
}
