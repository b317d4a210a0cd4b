//! Records as they are shown: documents and rows, both caches of the log.
//!
//! Entries arrive first and are applied after ([`Store::apply_pending`]), so that a hub can take in thousands a second
//! without opening a document. A change that waits for another waits here; one that is refused stays refused, and the
//! record goes on from its last good state. While somebody edits a record, changes from elsewhere wait until the sitting
//! ends: so every answer is in a change that depends only on what its author could have seen.

mod apply;
mod home;
mod row;

use chaski_records::{ChangeHash, Record};
use chaski_values::{Hash32, RecordId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::unreadable;
use crate::log::{Appended, Place, place_of};
use crate::{EntryNote, Result, Store};

pub use apply::{AppliedPending, Rebuilt};
pub(crate) use apply::{apply_own, apply_pending_of};
pub use row::{DraftRow, JournalStanding, Only, RecordCounts, RecordFilter, RecordRow, RecordState, RowStanding};
pub(crate) use row::{drop_row_if_only_draft, keep_draft_row};

/// What became of one change of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Applied,
    /// For the end of a sitting, or for a change it was made on top of.
    Waiting,
    Refused,
}

/// One change to a record: in which entry it came and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeNote {
    /// Zero for bytes that are no change.
    pub change: ChangeHash,
    pub outcome: Outcome,
    /// The code of the refusal, or nothing.
    pub reason: String,
    pub entry: EntryNote,
    pub place: Place,
}

impl Outcome {
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Applied => 0,
            Self::Waiting => 1,
            Self::Refused => 2,
        }
    }

    fn from_code(code: i64) -> Result<Self> {
        [Self::Applied, Self::Waiting, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.code() == code)
            .ok_or_else(|| unreadable("change"))
    }
}

impl Store {
    /// A record as the log has it, without what open sittings wrote.
    ///
    /// # Errors
    /// When the database fails or its document cannot be read: [`Store::rebuild`] mends that.
    pub fn record(&self, record: RecordId) -> Result<Option<Record>> {
        self.look(|connection| load(connection, record))
    }

    /// The canonical bytes of a record's document: the same on every device that holds the same changes.
    ///
    /// # Errors
    /// When the database fails.
    pub fn document(&self, record: RecordId) -> Result<Option<Vec<u8>>> {
        self.look(|connection| document(connection, record))
    }

    /// A hash of every document, in the order of their records: equal on two sides that hold the same records.
    ///
    /// # Errors
    /// When the database fails.
    pub fn documents_hash(&self) -> Result<Hash32> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select record, bytes from documents order by record")?;
            let mut rows = statement.query([])?;
            let mut hash = Hash32::of("chaski 2026 documents v1", &[]);
            while let Some(row) = rows.next()? {
                let (record, bytes): ([u8; 16], Vec<u8>) = (row.get(0)?, row.get(1)?);
                hash = Hash32::of("chaski 2026 documents v1", &[hash.as_bytes(), &record, &bytes]);
            }
            Ok(hash)
        })
    }

    /// Every change to a record with the entry it came in, in order of arrival.
    ///
    /// # Errors
    /// When the database fails.
    pub fn change_notes(&self, record: RecordId) -> Result<Vec<ChangeNote>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(include_str!("records/change_notes.sql"))?;
            let mut rows = statement.query([record.as_bytes()])?;
            let mut notes = Vec::new();
            while let Some(row) = rows.next()? {
                notes.push(ChangeNote {
                    change: ChangeHash::from_bytes(row.get("change")?),
                    outcome: Outcome::from_code(row.get("outcome")?)?,
                    reason: row.get("change_reason")?,
                    entry: crate::log::note(row)?,
                    place: place_of(row.get("tier")?),
                });
            }
            Ok(notes)
        })
    }
}

fn document(connection: &Connection, record: RecordId) -> Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("select bytes from documents where record = ?1")?;
    Ok(statement.query_row([record.as_bytes()], |row| row.get(0)).optional()?)
}

fn load(connection: &Connection, record: RecordId) -> Result<Option<Record>> {
    let Some(bytes) = document(connection, record)? else { return Ok(None) };
    Record::load(record, &bytes).map(Some).map_err(|_| unreadable("document"))
}

/// The records that an entry changes.
pub(crate) fn of_entry(connection: &Connection, entry: Appended) -> Result<Vec<RecordId>> {
    let mut statement = connection.prepare_cached("select distinct record from changes where entry = ?1")?;
    let records = statement.query_map(params![entry], |row| row.get(0).map(RecordId::from_bytes))?;
    Ok(records.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;
