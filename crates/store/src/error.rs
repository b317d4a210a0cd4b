use std::path::PathBuf;

use chaski_values::{Hash32, LogId, PersonId, RecordId};
use rusqlite::ErrorCode;
use rusqlite::ffi;
use thiserror::Error;

/// Why the store did not do what it was asked. Whatever the error, what was saved before stands.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("the disk is full")]
    DiskFull,
    #[error("the key does not open the database {}", .0.display())]
    WrongKey(PathBuf),
    #[error("the database has schema {found}, newer than {known}, the newest this version knows")]
    Newer { found: i64, known: i64 },
    /// Met while running. The next opening checks the whole file and sets it aside if need be.
    #[error("the database is damaged")]
    Corrupt(#[source] rusqlite::Error),
    #[error("the database is in use by another process")]
    Busy,
    #[error("log {0} is not in the store")]
    UnknownLog(LogId),
    #[error("log {0} is not one that this device writes")]
    NotOurs(LogId),
    #[error("entry {found} of log {log} does not follow entry {held}")]
    NotNext { log: LogId, held: u64, found: u64 },
    #[error("an entry was not what the log holds")]
    Entry(#[from] chaski_sync::EntryError),
    #[error("record {record} has no open sitting of person {person}")]
    NoSitting { record: RecordId, person: PersonId },
    #[error("the sitting of person {person} on record {record} went on after it was read")]
    SittingMoved { record: RecordId, person: PersonId },
    #[error("entry {seq} of log {log} cannot be kept: {reason}")]
    EntryRefused { log: LogId, seq: u64, reason: String },
    /// The change that our own entry carries was not admitted: nothing of it was saved.
    #[error("record {record} does not take the change: {reason}")]
    ChangeRefused { record: RecordId, reason: String },
    #[error("a file of {found} bytes is over the limit of {limit}")]
    MediaTooLarge { found: u64, limit: u64 },
    #[error("media {0} is not in the store")]
    NoMedia(Hash32),
    #[error("the file of media {0} is damaged")]
    MediaDamaged(Hash32),
    #[error("the stored {what} could not be read back")]
    Unreadable { what: &'static str },
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
    #[error("{} could not be read or written", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the database refused")]
    Database(#[source] rusqlite::Error),
}

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

impl StoreError {
    /// A file's error, with a full disk told apart.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::File { path: path.into(), source },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = &error else { return Self::Database(error) };
        match failure.code {
            ErrorCode::DiskFull => Self::DiskFull,
            // A file system with no room left for the shared index of the write-ahead log.
            _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::DiskFull,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt(error),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

pub(crate) fn unreadable(what: &'static str) -> StoreError {
    StoreError::Unreadable { what }
}
