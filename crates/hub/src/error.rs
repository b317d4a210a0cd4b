use std::fmt;
use std::path::PathBuf;

use chaski_forms::FormErrors;
use chaski_programme::{ProjectError, SettingsError};
use chaski_store::StoreError;
use chaski_trust::{LabelError, RosterError};
use chaski_values::{CivilDate, PersonId};
use thiserror::Error;

use crate::Stranded;

/// Why the hub did not do what it was asked.
#[derive(Debug, Error)]
pub enum HubError {
    #[error("{} is there already and not empty; name a folder that does not exist yet", .0.display())]
    FolderTaken(PathBuf),
    #[error("{} is not a hub: it has no hub.json; `chaski hub init` makes one", .0.display())]
    NotAHub(PathBuf),
    #[error("{} could not be read or written", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} is of version {found}, newer than {known}, the newest this program knows; update it", path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },

    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Every form of the folder that cannot be used, with all that is wrong with each.
    #[error("{} of the programme's forms cannot be used: {}", .0.len(), list(.0))]
    BadForms(Vec<BadForm>),
    #[error("{file} and {other} are both form `{form}`; give one of them another form_id")]
    SameForm { form: String, file: String, other: String },
    #[error(
        "{file} looks things up in `{list}`, which is not in forms/{folder} and not among `lists` of programme.json; put it there"
    )]
    MissingList { file: String, folder: String, list: String },
    #[error("{file} names `{name}`, and another form or list means another file by that name; rename one of them")]
    SameAttachment { file: String, name: String },
    #[error("{what} has {bytes} bytes, more than the {limit} that a file shown by a form may have; make it smaller")]
    AttachmentTooLarge { what: String, bytes: usize, limit: usize },
    #[error(
        "what the forms show takes {bytes} bytes, more than the {limit} that every tablet should fetch; make the files smaller"
    )]
    TooManyAttachments { bytes: usize, limit: usize },
    #[error("{file}: {reason}")]
    BadList { file: String, reason: String },
    #[error(transparent)]
    Projects(#[from] ProjectError),
    #[error("programme.json: `projects` names the table `{0}`, which is not among `lists`")]
    NoProjects(String),
    #[error("programme.json: person number {number}: {reason}")]
    BadPerson { number: usize, reason: String },
    #[error("{what} takes {bytes} bytes, more than the {limit} that one entry may; split it")]
    TooLarge { what: String, bytes: usize, limit: usize },

    /// Questions that change their type to one that cannot hold the answers given so far. Nothing was published.
    #[error(
        "{}; a type may change only to text: give the question another name, or publish with `--strand` all the same",
        .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Stranding(Vec<Stranded>),

    #[error(transparent)]
    Label(#[from] LabelError),
    #[error("the roster cannot be read")]
    Roster(#[from] RosterError),
    #[error("{} holds the keys of another programme; name the folder `offline` that `hub init` made", .0.display())]
    OtherKeys(PathBuf),
    #[error("the roster has nobody with the id {0}")]
    UnknownPerson(PersonId),
    #[error("person {0} never enrolled on a tablet, and has no key to keep")]
    NeverEnrolled(PersonId),
    #[error("a term until {0} would be over already")]
    TermOver(CivilDate),
    #[error("`{0}` is no role: write agent, officer, supervisor, office or administrator")]
    UnknownRole(String),

    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the hub's own log moved on while it was written; try again")]
    LogMoved,
    #[error("the hub's certificates could not be made or used")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the TLS key is not the one that the programme's root certified; put the hub's own key back")]
    OtherTlsKey,
    #[error("the hub cannot listen")]
    Listen(#[source] std::io::Error),
    #[error("a task of the hub ended by itself")]
    Task,
}

/// A form that cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub struct BadForm {
    /// The workbook's name in the programme's folder.
    pub file: String,
    pub errors: FormErrors,
}

pub type Result<T, E = HubError> = std::result::Result<T, E>;

impl HubError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.into(), source }
    }

    pub(crate) fn damaged(path: impl Into<PathBuf>, reason: impl fmt::Display) -> Self {
        Self::Damaged { path: path.into(), reason: reason.to_string() }
    }
}

fn list(forms: &[BadForm]) -> String {
    forms.iter().map(|form| form.file.as_str()).collect::<Vec<_>>().join(", ")
}
