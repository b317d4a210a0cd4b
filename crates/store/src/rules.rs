use chaski_records::Record;
use chaski_sync::{Entry, LogOpening};
use chaski_values::{FormId, Hash32};

/// What the store cannot know by itself and asks whoever owns it: who may do what, what the centre's entries say, and how
/// a record reads. A device and a hub each have their own.
///
/// It is asked inside the transaction that acts on the answer, and must give the same answer to the same question.
pub trait Rules {
    /// Whether an entry that arrived may be taken, by its device, author, kind and partition.
    fn judge(&self, opening: &LogOpening, entry: &Entry) -> Verdict;

    /// What an entry of a kind other than record changes publishes.
    fn publication(&self, entry: &Entry) -> Publication;

    /// How a record is shown in a list and found by searching.
    fn project(&self, record: &Record) -> Projection;
}

/// What becomes of an entry. It is kept and passed on in either case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Take,
    /// Kept and not applied. The code says why; it is shown translated.
    Quarantine(String),
}

/// What an entry of the centre asks every device to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    Form(PublishedForm),
    Catalogue {
        name: String,
        bytes: Vec<u8>,
    },
    /// Which bytes a file's name stands for from now on.
    Attachment {
        name: String,
        hash: Hash32,
        length: u32,
    },
    /// A piece of such a file, known by the hash of the whole.
    Piece {
        hash: Hash32,
        start: u32,
        bytes: Vec<u8>,
    },
    /// One signed item of the roster.
    Roster(Vec<u8>),
    Setting {
        key: String,
        value: Vec<u8>,
    },
    /// Nothing that the store keeps apart from the entry.
    Nothing,
    /// It does not say what its kind should. The entry is quarantined under this code.
    Malformed(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedForm {
    pub form: FormId,
    pub title: String,
    /// The form's normalised definition; its hash is the form's version.
    pub source: Vec<u8>,
    pub version: chaski_values::FormVersion,
}

/// How a record is shown in a list and found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Projection {
    pub title: String,
    /// The words it is found by, besides its title.
    pub search: String,
    /// How many of its conflicts a person has to settle; the store knows only that values differ, not which matter.
    pub conflicts: u32,
}
