use std::collections::BTreeMap;

use chaski_programme::BookError;
use chaski_trust::{Denial, EnrolRefusal, PinLocked, PinRefusal};
use chaski_values::{FormId, RecordId};
use thiserror::Error;

/// Why a person's intention was not carried out. Nothing that was saved before is lost by any of them.
#[derive(Debug, Error)]
pub enum DeviceError {
    #[error("this tablet belongs to no programme yet")]
    NotEnrolled,
    #[error("the digits of the last enrolment were not compared yet")]
    Unconfirmed,
    #[error("the ticket is of another programme than this tablet")]
    OtherProgramme,
    #[error("the answer has more than {limit} bytes")]
    AnswerTooLong { limit: usize },
    #[error("nobody has unlocked this tablet")]
    Locked,
    #[error("the PIN is wrong; {tries_left} tries before a wait")]
    WrongPin { tries_left: u32 },
    #[error(transparent)]
    TooManyTries(#[from] PinLocked),
    #[error(transparent)]
    BadPin(#[from] PinRefusal),
    #[error("the two PINs differ")]
    PinsDiffer,
    #[error("the ticket cannot be read")]
    BadTicket(#[source] chaski_trust::TicketError),
    #[error("a name or an address cannot be used")]
    BadLabel(#[from] chaski_trust::LabelError),
    #[error(transparent)]
    Enrol(#[from] EnrolRefusal),
    #[error("person {0} cannot unlock this tablet")]
    UnknownPerson(String),
    #[error("the person may not do this")]
    Denied(#[from] Denial),
    #[error("there is no record {0}")]
    UnknownRecord(RecordId),
    #[error("record {record} was made with a version of form `{form}` that is not on this tablet yet")]
    FormNotHere { record: RecordId, form: FormId },
    #[error("nobody gave this person a district")]
    NoDistrict,
    #[error("record {0} is not open")]
    NotOpen(RecordId),
    #[error("record {0} was already finalized")]
    AlreadyFinal(RecordId),
    #[error("the value to choose is no longer among the answers of record {0}")]
    StaleChoice(RecordId),
    #[error("record {0} has no newer version of its form to move to, or not the one that was shown")]
    StaleVersion(RecordId),
    #[error("`{0}` is not an id")]
    BadId(String),
    #[error(transparent)]
    Session(#[from] chaski_forms::SessionError),
    #[error(transparent)]
    Book(#[from] chaski_programme::BookError),
    #[error("a file that the form shows is not on this tablet yet")]
    AttachmentNotHere,
    #[error("the photo or drawing cannot be used")]
    BadMedia,
    #[error(transparent)]
    Store(#[from] chaski_store::StoreError),
    #[error("the change could not be made")]
    Record(#[from] chaski_records::RecordError),
    #[error("the entry could not be made")]
    Entry(#[from] chaski_sync::EntryError),
    #[error("the keys of this tablet cannot be read")]
    Keys(#[source] std::io::Error),
    #[error("the list of people on this tablet cannot be read")]
    Keyring(#[source] chaski_trust::CborError),
    #[error("the key could not be derived")]
    Wrap(#[source] chaski_trust::WrapError),
    #[error("the roster on this tablet cannot be verified")]
    Roster(#[from] chaski_trust::RosterError),
    #[error("what the centre published cannot be read")]
    Publication(#[from] chaski_programme::PublicationError),
    #[error("the hub's answer is no certificate of this tablet")]
    BadCertificate(#[source] chaski_trust::TrustError),
    #[error(transparent)]
    Settings(#[from] chaski_programme::SettingsError),
    #[error(transparent)]
    Projects(#[from] chaski_programme::ProjectError),
}

impl DeviceError {
    /// The code by which the screens find their words.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::Unconfirmed => "unconfirmed",
            Self::OtherProgramme => "other_programme",
            Self::AnswerTooLong { .. } => "answer_too_long",
            Self::Locked => "locked",
            Self::WrongPin { .. } => "wrong_pin",
            Self::TooManyTries(_) => "too_many_tries",
            Self::BadPin(refusal) => match refusal {
                PinRefusal::NotSixDigits => "pin_not_six_digits",
                PinRefusal::Repeated | PinRefusal::Sequential | PinRefusal::Common => "pin_too_simple",
            },
            Self::PinsDiffer => "pins_differ",
            Self::BadTicket(_) => "bad_ticket",
            Self::BadLabel(_) => "bad_label",
            Self::Enrol(refusal) => refusal.code(),
            Self::UnknownPerson(_) => "unknown_person",
            Self::Denied(denial) => denial.code(),
            Self::UnknownRecord(_) => "unknown_record",
            Self::FormNotHere { .. } => "form_not_here",
            Self::NoDistrict => "no_district",
            Self::NotOpen(_) => "not_open",
            Self::AlreadyFinal(_) => "already_final",
            Self::StaleChoice(_) => "stale_choice",
            Self::StaleVersion(_) => "stale_version",
            Self::BadId(_) => "bad_id",
            Self::Session(chaski_forms::SessionError::Full(_)) => "record_full",
            Self::Session(_) => "bad_answer",
            Self::Book(error) => match error {
                BookError::UnknownForm(_) | BookError::NoForm => "unknown_form",
                BookError::UnknownVersion { .. } => "form_not_here",
                BookError::BrokenForm { .. } => "broken_form",
                BookError::UnknownProject(_) => "unknown_project",
            },
            Self::AttachmentNotHere => "attachment_not_here",
            Self::BadMedia => "bad_media",
            Self::Store(error) => match error {
                chaski_store::StoreError::DiskFull => "disk_full",
                chaski_store::StoreError::WrongKey(_) => "wrong_key",
                chaski_store::StoreError::Newer { .. } => "newer_database",
                chaski_store::StoreError::Corrupt(_) => "damaged",
                chaski_store::StoreError::Busy => "busy",
                chaski_store::StoreError::MediaTooLarge { .. } => "media_too_large",
                chaski_store::StoreError::NoMedia(_) => "media_not_here",
                chaski_store::StoreError::MediaDamaged(_) => "media_damaged",
                _ => "storage",
            },
            Self::Record(_) | Self::Entry(_) => "change_refused",
            Self::Keys(_) => "keys",
            Self::Keyring(_) => "keyring",
            Self::Wrap(_) => "wrap",
            Self::Roster(_) => "roster",
            Self::BadCertificate(_) => "bad_certificate",
            Self::Publication(_) | Self::Settings(_) | Self::Projects(_) => "programme",
        }
    }

    /// Whether only this sitting's answers are to blame, so that whatever else goes on without them.
    pub(crate) fn is_of_the_sitting(&self) -> bool {
        use chaski_store::StoreError;
        match self {
            Self::Record(_) | Self::Entry(_) | Self::UnknownRecord(_) => true,
            Self::Store(error) => {
                matches!(
                    error,
                    StoreError::ChangeRefused { .. } | StoreError::EntryRefused { .. } | StoreError::Entry(_)
                )
            }
            _ => false,
        }
    }

    /// What the words need: numbers and ids, never an answer, a name or a key.
    pub fn params(&self) -> BTreeMap<String, String> {
        let one = |name: &str, value: String| BTreeMap::from([(name.to_owned(), value)]);
        match self {
            Self::WrongPin { tries_left } => one("triesLeft", tries_left.to_string()),
            Self::AnswerTooLong { limit } => one("limit", limit.to_string()),
            Self::TooManyTries(locked) => one("until", locked.until.millis().to_string()),
            Self::FormNotHere { form, .. }
            | Self::Book(BookError::BrokenForm { form, .. } | BookError::UnknownForm(form)) => {
                one("form", form.to_string())
            }
            Self::Book(BookError::UnknownProject(project)) => one("project", project.to_string()),
            Self::Store(chaski_store::StoreError::MediaTooLarge { limit, .. }) => one("limit", limit.to_string()),
            Self::Store(chaski_store::StoreError::Newer { found, known }) => {
                BTreeMap::from([("found".to_owned(), found.to_string()), ("known".to_owned(), known.to_string())])
            }
            _ => BTreeMap::new(),
        }
    }
}

pub type Result<T, E = DeviceError> = std::result::Result<T, E>;
