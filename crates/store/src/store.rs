use std::path::{Path, PathBuf};

use chaski_trust::DatabaseKey;
use chaski_values::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::open::{self, InUse, beside};
use crate::{Environment, Opened, Result, StoreError};

/// The one database of a device or hub, open, with its media folder.
///
/// There is one writer: whoever has it `&mut`. Every function that changes something is one transaction and says what it
/// changed; when it fails, nothing of it was saved.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// Let go after the connection, which is closed first.
    _in_use: InUse,
    /// The sequence number of the next journalled write: rises as long as the store is open, whatever is deleted.
    pub(crate) next_sequence: i64,
}

impl Store {
    /// Opens the database at `path`, making it if it is not there. Media lie in the folder `<path>.media`.
    ///
    /// A damaged database is moved aside and reported in [`Opened::set_aside`]; an empty one takes its place. While anybody
    /// else has it open it is left where it is, and that is [`StoreError::Corrupt`].
    ///
    /// # Errors
    /// [`StoreError::WrongKey`] for a key that is not this database's, [`StoreError::Newer`] for a database of a newer
    /// version, [`StoreError::DiskFull`]; the file is left as it is.
    pub fn open(path: &Path, key: &DatabaseKey, environment: Environment) -> Result<Opened> {
        open::open(path, key, environment)
    }

    pub(crate) fn new(connection: Connection, path: &Path, in_use: InUse) -> Result<Self> {
        let sql = "select coalesce(max(sequence), 0) + 1
                   from (select sequence from journal union all select sequence from sitting_notes)";
        let next_sequence = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(Self { connection, path: path.to_owned(), _in_use: in_use, next_sequence })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn media_folder(&self) -> PathBuf {
        beside(&self.path, ".media")
    }

    /// Reads, and takes note of damage.
    pub(crate) fn look<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let result = read(&self.connection);
        self.note_damage(&result);
        result
    }

    /// Changes something in one transaction: all of it, or nothing.
    pub(crate) fn transact<T>(&mut self, change: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let result = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)
            .and_then(|transaction| {
                let value = change(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
        self.note_damage(&result);
        result
    }

    fn note_damage<T>(&self, result: &Result<T>) {
        if let Err(StoreError::Corrupt(error)) = result {
            tracing::error!(%error, "the database is damaged");
            open::mark_suspect(&self.path);
        }
    }

    /// Closes the database: its write-ahead log is folded in, so that the next opening needs no check.
    ///
    /// # Errors
    /// When that fails. Nothing is lost by it.
    pub fn close(self) -> Result<()> {
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

/// A moment as it is stored.
pub(crate) fn moment(millis: i64) -> Result<Timestamp> {
    Timestamp::from_millis(millis).map_err(|_| crate::error::unreadable("time"))
}

#[cfg(test)]
mod tests;
