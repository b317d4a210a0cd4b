//! A programme's folder, read and checked whole before anything of it is used.
//!
//! ```text
//! programme.json    settings, people, and the names of the files below
//! forms/*           .xlsx, .xls, .csv or ODK XForms (.xml)
//! forms/NAME-media/ what the form NAME.xlsx names: tables, pictures, sounds
//! lists/*.csv
//! ```

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::Path;

use chaski_forms::{Cause, FormSource, Lookups, Options, Problem, read_form};
use chaski_programme::{PersonEntry, ProgrammeSettings, ProjectBook, Publication};
use chaski_sync::{EntryKind, limits};
use chaski_trust::{Grant, Label, Names, Role, Scope, Term};
use chaski_values::{DistrictCode, Hash32, PersonId, Timestamp};

use crate::{BadForm, Environment, HubError, Result, papers};

/// Everything a programme's folder says.
#[derive(Debug)]
pub(crate) struct ProgrammeFolder {
    pub(crate) settings: ProgrammeSettings,
    pub(crate) forms: Vec<FormFile>,
    /// Tables by file name.
    pub(crate) lists: Vec<(String, Vec<u8>)>,
    /// Files that forms show or play, by their names.
    attachments: BTreeMap<String, Vec<u8>>,
}

/// One form that was read.
#[derive(Debug)]
pub(crate) struct FormFile {
    pub(crate) file: String,
    pub(crate) source: FormSource,
    pub(crate) warnings: Vec<Problem>,
    /// Files that it shows or plays and that are not in its folder.
    pub(crate) missing: Vec<String>,
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
        let mut forms = read_forms(folder, &settings)?;
        let mut attachments = BTreeMap::new();
        for form in &mut forms {
            read_beside(folder, form, &mut lists, &mut attachments)?;
        }
        let bytes = attachments.values().map(Vec::len).sum();
        if bytes > Publication::ATTACHMENTS_BYTES {
            return Err(HubError::TooManyAttachments { bytes, limit: Publication::ATTACHMENTS_BYTES });
        }
        let read = Self { settings, forms, lists, attachments };
        for publication in read.publications() {
            publication.check_size()?;
        }
        Ok(read)
    }

    /// What is published of it, in the order in which it is needed.
    pub(crate) fn publications(&self) -> Vec<Item> {
        let settings = Publication::Settings { json: self.settings.to_published_json() };
        let mut items = vec![Item::new(EntryKind::Setting, "programme.json", settings)];
        items.extend(self.lists.iter().map(|(name, table)| {
            let publication = Publication::Catalogue { name: name.clone(), table: table.clone() };
            Item::new(EntryKind::Catalogue, name, publication)
        }));
        items.extend(self.forms.iter().map(|form| {
            let publication = Publication::Form {
                form: form.source.form_id().to_string(),
                title: form.source.title().to_owned(),
                source: form.source.as_bytes().to_vec(),
            };
            Item::new(EntryKind::Form, &form.file, publication)
        }));
        // A form is of use without its pictures: they come last.
        items.extend(self.attachments.iter().map(|(name, bytes)| {
            let hash = *Hash32::of_content(bytes).as_bytes();
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            let publication = Publication::Attachment { name: name.clone(), hash, length };
            Item { bytes: bytes.clone(), ..Item::new(EntryKind::Catalogue, name, publication) }
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
    /// The bytes of an attachment.
    bytes: Vec<u8>,
}

impl Item {
    fn new(kind: EntryKind, name: &str, publication: Publication) -> Self {
        Self { kind, name: name.to_owned(), publication, bytes: Vec::new() }
    }

    /// The entries that publish it; without the bytes of an attachment where they are held already.
    pub(crate) fn payloads(&self, is_held: bool) -> Vec<(EntryKind, Vec<u8>)> {
        let pieces = Publication::pieces(if is_held { &[] } else { &self.bytes });
        let rest = pieces.map(|piece| (self.kind, piece.to_bytes()));
        std::iter::once((self.kind, self.publication.to_bytes())).chain(rest).collect()
    }

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
                forms.push(FormFile {
                    file: name.clone(),
                    source: reading.source,
                    warnings: reading.warnings,
                    missing: Vec::new(),
                });
            }
            Err(errors) => bad.push(BadForm { file: name.clone(), errors }),
        }
    }
    if !bad.is_empty() {
        return Err(HubError::BadForms(bad));
    }
    Ok(forms)
}

/// Reads what a form names from the folder beside it: tables it looks things up in, which it cannot do without, and files it
/// shows or plays.
fn read_beside(
    folder: &Path,
    form: &mut FormFile,
    lists: &mut Vec<(String, Vec<u8>)>,
    attachments: &mut BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    let beside = folder.join("forms").join(media_folder(&form.file));
    let differs = |name: &str| HubError::SameAttachment { file: form.file.clone(), name: name.to_owned() };
    for name in form.source.files() {
        let path = beside.join(plain(&name)?);
        let listed = lists.iter().find(|(list, _)| *list == name).map(|(_, bytes)| bytes);
        match (path.is_file(), listed) {
            (true, listed) => {
                let bytes = read_file(&path)?;
                match listed {
                    Some(listed) if *listed == bytes => continue,
                    Some(_) => return Err(differs(&name)),
                    None => {}
                }
                let bad = |cause: Cause| HubError::BadList { file: name.clone(), reason: cause.to_string() };
                Lookups::default().insert_file(&name, &bytes).map_err(bad)?;
                lists.push((name, bytes));
            }
            (false, Some(_)) => {}
            (false, None) => {
                let file = form.file.clone();
                return Err(HubError::MissingList { folder: media_folder(&file), file, list: name });
            }
        }
    }
    for name in form.source.media() {
        let path = plain(name).ok().map(|name| beside.join(name)).filter(|path| path.is_file());
        let Some(path) = path else {
            form.missing.push(name.to_owned());
            continue;
        };
        let bytes = read_file(&path)?;
        if bytes.len() > Publication::ATTACHMENT_BYTES {
            let (what, limit) = (path.display().to_string(), Publication::ATTACHMENT_BYTES);
            return Err(HubError::AttachmentTooLarge { what, bytes: bytes.len(), limit });
        }
        match attachments.entry(name.to_owned()) {
            Entry::Vacant(place) => drop(place.insert(bytes)),
            Entry::Occupied(held) if *held.get() == bytes => {}
            Entry::Occupied(_) => return Err(differs(name)),
        }
    }
    Ok(())
}

/// The folder with what a form names: `visita-media` for `visita.xlsx`.
fn media_folder(file: &str) -> String {
    let (name, _) = file.rsplit_once('.').unwrap_or((file, ""));
    format!("{name}-media")
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
