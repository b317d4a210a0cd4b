//! A programme's folder, read and checked whole before anything of it is used.
//!
//! ```text
//! programme.json    settings, people, and the names of the files below
//! forms/*           .xlsx, .xls, .csv or ODK XForms (.xml)
//! lists/*.csv
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chaski_forms::{FormSource, Lookups, Options, Problem, read_form};
use chaski_programme::{PersonEntry, ProgrammeSettings, ProjectBook, Publication};
use chaski_sync::{EntryKind, limits};
use chaski_trust::{Grant, Label, Names, Role, Scope, Term};
use chaski_values::{DistrictCode, PersonId, Timestamp};

use crate::{BadForm, Environment, HubError, Result, papers};

/// Everything a programme's folder says.
#[derive(Debug)]
pub(crate) struct ProgrammeFolder {
    pub(crate) settings: ProgrammeSettings,
    pub(crate) forms: Vec<FormFile>,
    /// Tables by file name.
    pub(crate) lists: Vec<(String, Vec<u8>)>,
}

/// One form that was read.
#[derive(Debug)]
pub(crate) struct FormFile {
    pub(crate) file: String,
    pub(crate) source: FormSource,
    pub(crate) warnings: Vec<Problem>,
}

/// The most bytes a file of the folder may have; `forms` has its own limits within.
const FILE_BYTES: u64 = 32 << 20;

impl ProgrammeFolder {
    /// # Errors
    /// With the first thing that cannot be used; of the forms, with everything that is wrong with any.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let settings = ProgrammeSettings::from_json(&read_file(&folder.join("programme.json"))?)?;
        let mut lists = Vec::new();
        for name in &settings.lists {
            let bytes = read_file(&folder.join("lists").join(plain(name)?))?;
            Lookups::default()
                .insert_file(name, &bytes)
                .map_err(|cause| HubError::BadList { file: name.clone(), reason: cause.to_string() })?;
            lists.push((name.clone(), bytes));
        }
        let columns = &settings.projects;
        let (_, projects) = lists
            .iter()
            .find(|(name, _)| *name == columns.list)
            .ok_or_else(|| HubError::NoProjects(columns.list.clone()))?;
        ProjectBook::from_csv(projects, columns)?;
        let forms = read_forms(folder, &settings)?;
        let read = Self { settings, forms, lists };
        for publication in read.publications() {
            publication.check_size()?;
        }
        Ok(read)
    }

    /// What is published of it, in the order in which it is needed.
    pub(crate) fn publications(&self) -> Vec<Item> {
        let settings = Publication::Settings { json: self.settings.to_published_json() };
        let mut items =
            vec![Item { kind: EntryKind::Setting, name: "programme.json".to_owned(), publication: settings }];
        items.extend(self.lists.iter().map(|(name, table)| Item {
            kind: EntryKind::Catalogue,
            name: name.clone(),
            publication: Publication::Catalogue { name: name.clone(), table: table.clone() },
        }));
        items.extend(self.forms.iter().map(|form| Item {
            kind: EntryKind::Form,
            name: form.file.clone(),
            publication: Publication::Form {
                form: form.source.form_id().to_string(),
                title: form.source.title().to_owned(),
                source: form.source.as_bytes().to_vec(),
            },
        }));
        items
    }

    /// A first grant for everybody in the settings.
    pub(crate) fn grants(&self, environment: &Environment) -> Result<Vec<Grant>> {
        let numbered = self.settings.people.iter().enumerate();
        numbered.map(|(index, person)| grant_of(person, index + 1, environment)).collect()
    }
}

/// One thing to publish.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: EntryKind,
    /// The file it comes from.
    pub(crate) name: String,
    pub(crate) publication: Publication,
}

impl Item {
    fn check_size(&self) -> Result<()> {
        let bytes = self.publication.to_bytes().len();
        let limit = limits::PAYLOAD_BYTES;
        if bytes > limit { Err(HubError::TooLarge { what: self.name.clone(), bytes, limit }) } else { Ok(()) }
    }
}

fn read_forms(folder: &Path, settings: &ProgrammeSettings) -> Result<Vec<FormFile>> {
    let mut forms: Vec<FormFile> = Vec::new();
    let mut bad = Vec::new();
    let mut files = BTreeMap::new();
    for name in &settings.forms {
        let bytes = read_file(&folder.join("forms").join(plain(name)?))?;
        // As `chaski form check` reads it: a form without an id is called as its file.
        let form_id = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        match read_form(&bytes, &Options { form_id, ..Options::default() }) {
            Ok(reading) => {
                let form = reading.source.form_id().to_string();
                if let Some(other) = files.insert(form.clone(), name.clone()) {
                    return Err(HubError::SameForm { form, file: other, other: name.clone() });
                }
                forms.push(FormFile { file: name.clone(), source: reading.source, warnings: reading.warnings });
            }
            Err(errors) => bad.push(BadForm { file: name.clone(), errors }),
        }
    }
    if !bad.is_empty() {
        return Err(HubError::BadForms(bad));
    }
    for form in &forms {
        let listed = |file: &String| settings.lists.contains(file);
        if let Some(list) = form.source.files().into_iter().find(|file| !listed(file)) {
            return Err(HubError::MissingList { file: form.file.clone(), list });
        }
    }
    Ok(forms)
}

/// A file's name without any folder in it: a programme's folder reaches nowhere else.
fn plain(name: &str) -> Result<&str> {
    let path = Path::new(name);
    if path.file_name().is_some_and(|file| file == path) {
        Ok(name)
    } else {
        Err(HubError::BadList { file: name.to_owned(), reason: "write the file's name only, without folders".into() })
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let length = fs::metadata(path).map_err(HubError::file(path))?.len();
    if length > FILE_BYTES {
        let limit = usize::try_from(FILE_BYTES).unwrap_or(usize::MAX);
        let bytes = usize::try_from(length).unwrap_or(usize::MAX);
        return Err(HubError::TooLarge { what: path.display().to_string(), bytes, limit });
    }
    fs::read(path).map_err(HubError::file(path))
}

fn grant_of(person: &PersonEntry, number: usize, environment: &Environment) -> Result<Grant> {
    let bad = |reason: String| HubError::BadPerson { number, reason };
    let role = Role::from_code(&person.role).ok_or_else(|| {
        bad(format!("`{}` is no role: write agent, officer, supervisor, office or administrator", person.role))
    })?;
    let maternal = Some(person.maternal.as_str()).filter(|name| !name.is_empty());
    let names = Names::new(&person.given, &person.paternal, maternal).map_err(|error| bad(error.to_string()))?;
    let association = person.association.clone().map(Label::new).transpose().map_err(|error| bad(error.to_string()))?;
    let now = environment.now();
    let id = PersonId::new(now, environment.random());
    Ok(new_grant(id, names, role, person.districts.iter().copied(), association, papers::term(now), now))
}

pub(crate) fn new_grant(
    person: PersonId,
    names: Names,
    role: Role,
    districts: impl IntoIterator<Item = DistrictCode>,
    association: Option<Label>,
    term: Term,
    now: Timestamp,
) -> Grant {
    let scope = Scope::districts(districts);
    Grant { person, names, role, scope, term, issued_at: now, invitation: None, association }
}
