//! Who else has the database open.
//!
//! A database that another process works on looks like one whose last use ended badly: its write-ahead log is not empty. To
//! check it whole would be slow, and to set it aside would take it from under that process. So every user holds a shared
//! lock on a file beside the database, and whoever opens it first asks whether there is any. The openers themselves come one
//! after the other, by a second lock, so that nobody begins to use what another is setting aside.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::beside;
use crate::{Result, StoreError};

/// Held as long as the database is open.
#[derive(Debug, Clone)]
pub(crate) struct InUse(Arc<File>);

/// Held while the database is being opened.
#[derive(Debug)]
pub(super) struct Opening {
    _turn: File,
    pub(super) users: InUse,
    pub(super) company: Company,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    /// Another process, or another part of this one, has the database open.
    Others,
}

impl Opening {
    /// Waits for its turn among those that open this database.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let turn = file(&beside(path, OPENING))?;
        or_without(turn.lock(), &beside(path, OPENING))?;
        let users = file(&beside(path, IN_USE))?;
        let company = match users.try_lock() {
            Ok(()) => {
                users.unlock().map_err(StoreError::file(beside(path, IN_USE)))?;
                Company::Alone
            }
            Err(TryLockError::WouldBlock) => Company::Others,
            Err(TryLockError::Error(error)) => {
                or_without(Err(error), &beside(path, IN_USE))?;
                Company::Alone
            }
        };
        Ok(Self { _turn: turn, users: InUse(Arc::new(users)), company })
    }

    /// From here on the database is in use, until the last copy of [`Self::users`] is dropped.
    pub(super) fn done(self, path: &Path) -> Result<()> {
        or_without(self.users.0.lock_shared(), &beside(path, IN_USE))
    }
}

fn file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(StoreError::file(path))
}

/// A file system without locks has one user at a time, as far as anybody can tell.
fn or_without(locked: std::io::Result<()>, path: &Path) -> Result<()> {
    match locked {
        Err(error) if error.kind() != ErrorKind::Unsupported => Err(StoreError::file(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

const OPENING: &str = ".opening";
const IN_USE: &str = ".in-use";
