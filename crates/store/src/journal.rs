//! Answers that are safe but not yet signed: the writes of open sittings.
//!
//! A sitting is one person's open edit of one record. Each answer is durable when [`Store::journal_answer`] returns; when
//! the sitting ends its writes become one signed entry, and leave the journal in the same transaction
//! ([`Store::commit_sitting`]). An entry an answer was rejected: it is ten times the bytes to send.

use std::collections::BTreeMap;

use chaski_values::{Key, PersonId, RecordId, Scalar, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::unreadable;
use crate::store::moment;
use crate::{ChangeSummary, DraftRow, Result, Store, StoreError, records, scalar};

mod notes;

pub use notes::{Happened, HappenedWhat};

/// Names a sitting within this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SittingId(pub(crate) i64);

/// One person's open edit of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    pub id: SittingId,
    pub record: RecordId,
    pub person: PersonId,
    pub opened_at: Timestamp,
    /// The time of the last answer or turn of a page.
    pub touched_at: Timestamp,
    /// The page it stands at.
    pub page: u32,
    /// Writes in the journal, counting each that was overwritten by a later one.
    pub writes: u64,
}

/// One scalar to journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalWrite {
    pub key: Key,
    pub scalar: Scalar,
    /// What the key held before, if anything: what undoing brings back.
    pub previous: Option<Scalar>,
}

/// The writes of a sitting as they were read, in order. To be handed back to [`Store::commit_sitting`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journalled {
    pub sitting: SittingId,
    pub writes: Vec<(Key, Scalar)>,
    /// Until where it was read.
    pub(crate) through: i64,
}

/// What undoing a step brings back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The page the step was made on.
    pub page: u32,
    /// What each key of the step held before; nothing when it was not there.
    pub restored: Vec<(Key, Option<Scalar>)>,
}

impl Journalled {
    /// The last scalar of each key: what the sitting amounts to.
    pub fn last_of_each(&self) -> BTreeMap<Key, Scalar> {
        self.writes.iter().cloned().collect()
    }
}

impl Store {
    /// Opens a person's sitting on a record, or goes on with the one that is open. With `draft`, a record that is not in
    /// the log gets its row in lists.
    ///
    /// # Errors
    /// When the database fails.
    pub fn open_sitting(
        &mut self,
        record: RecordId,
        person: PersonId,
        page: u32,
        at: Timestamp,
        draft: Option<&DraftRow>,
    ) -> Result<(SittingId, ChangeSummary)> {
        self.transact(|transaction| {
            let sql = "insert into sittings (record, person, opened_at, touched_at, page)
                       values (?1, ?2, ?3, ?3, ?4) on conflict (record, person) do nothing";
            transaction.prepare_cached(sql)?.execute(params![
                record.as_bytes(),
                person.as_bytes(),
                at.millis(),
                page
            ])?;
            if let Some(draft) = draft {
                records::keep_draft_row(transaction, record, person, at, draft)?;
            }
            let sitting = find(transaction, record, person)?.ok_or(StoreError::NoSitting { record, person })?;
            Ok((sitting, ChangeSummary::of_record(record)))
        })
    }

    /// Saves what one act of a person writes. It is durable when this returns. This is the hot path: one transaction, one
    /// page.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] and others; then nothing of `writes` was saved, and what was saved before stands.
    pub fn journal_answer(
        &mut self,
        sitting: SittingId,
        writes: &[JournalWrite],
        page: u32,
        at: Timestamp,
    ) -> Result<()> {
        let step = self.next_sequence;
        let next = step + writes.len() as i64;
        match writes {
            [] => return Ok(()),
            // A statement is a transaction of its own.
            [write] => self.look(|connection| append(connection, sitting, step, step, write, page, at))?,
            writes => self.transact(|transaction| {
                let mut pairs = writes.iter().zip(step..);
                pairs.try_for_each(|(write, sequence)| append(transaction, sitting, sequence, step, write, page, at))
            })?,
        }
        self.next_sequence = next;
        Ok(())
    }

    /// Remembers the page a sitting stands at.
    ///
    /// # Errors
    /// When the database fails.
    pub fn turn_page(&mut self, sitting: SittingId, page: u32, at: Timestamp) -> Result<()> {
        self.look(|connection| {
            let sql = "update sittings set page = ?2, touched_at = ?3 where id = ?1";
            connection.prepare_cached(sql)?.execute(params![sitting.0, page, at.millis()])?;
            Ok(())
        })
    }

    /// Takes back the last step of a sitting; nothing when no step is left.
    ///
    /// # Errors
    /// When the database fails.
    pub fn undo_step(&mut self, sitting: SittingId) -> Result<Option<Undone>> {
        self.transact(|transaction| {
            let sql = "select key, previous, page from journal
                       where sitting = ?1 and step = (select max(step) from journal where sitting = ?1)
                       order by sequence";
            let mut statement = transaction.prepare_cached(sql)?;
            let mut rows = statement.query([sitting.0])?;
            let mut undone: Option<Undone> = None;
            while let Some(row) = rows.next()? {
                let key = key_of(row, 0)?;
                let previous: Option<Vec<u8>> = row.get(1)?;
                let previous = previous.as_deref().map(scalar::from_bytes).transpose()?;
                let page = row.get(2)?;
                let undone = undone.get_or_insert_with(|| Undone { page, restored: Vec::new() });
                // A key written twice in a step goes back to what it held before the first.
                if undone.restored.iter().all(|(known, _)| *known != key) {
                    undone.restored.push((key, previous));
                }
            }
            let sql = "delete from journal
                       where sitting = ?1 and step = (select max(step) from journal where sitting = ?1)";
            transaction.prepare_cached(sql)?.execute([sitting.0])?;
            Ok(undone)
        })
    }

    /// # Errors
    /// When the database fails.
    pub fn sitting(&self, record: RecordId, person: PersonId) -> Result<Option<Sitting>> {
        Ok(self.sittings()?.into_iter().find(|sitting| sitting.record == record && sitting.person == person))
    }

    /// Every open sitting, the longest untouched first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sittings(&self) -> Result<Vec<Sitting>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(include_str!("journal/sittings.sql"))?;
            let mut rows = statement.query([])?;
            let mut sittings = Vec::new();
            while let Some(row) = rows.next()? {
                sittings.push(Sitting {
                    id: SittingId(row.get("id")?),
                    record: RecordId::from_bytes(row.get("record")?),
                    person: PersonId::from_bytes(row.get("person")?),
                    opened_at: moment(row.get("opened_at")?)?,
                    touched_at: moment(row.get("touched_at")?)?,
                    page: row.get("page")?,
                    writes: row.get::<_, i64>("writes")?.unsigned_abs(),
                });
            }
            Ok(sittings)
        })
    }

    /// What a sitting has written so far.
    ///
    /// # Errors
    /// When the database fails.
    pub fn journalled(&self, sitting: SittingId) -> Result<Journalled> {
        self.look(|connection| {
            let sql = "select key, scalar, sequence from journal where sitting = ?1 order by sequence";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([sitting.0])?;
            let mut journalled = Journalled { sitting, writes: Vec::new(), through: 0 };
            while let Some(row) = rows.next()? {
                let bytes: Vec<u8> = row.get(1)?;
                journalled.writes.push((key_of(row, 0)?, scalar::from_bytes(&bytes)?));
                journalled.through = row.get(2)?;
            }
            Ok(journalled)
        })
    }

    /// Ends a sitting and throws its writes away, as its person asked. A record that was only in the journal is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub fn discard_sitting(&mut self, sitting: SittingId) -> Result<ChangeSummary> {
        self.transact(|transaction| {
            let record = transaction
                .prepare_cached("delete from sittings where id = ?1 returning record")?
                .query_row([sitting.0], |row| row.get(0).map(RecordId::from_bytes))
                .optional()?;
            let Some(record) = record else { return Ok(ChangeSummary::default()) };
            records::drop_row_if_only_draft(transaction, record)?;
            Ok(ChangeSummary::of_record(record))
        })
    }
}

fn append(
    connection: &Connection,
    sitting: SittingId,
    sequence: i64,
    step: i64,
    write: &JournalWrite,
    page: u32,
    at: Timestamp,
) -> Result<()> {
    let sql = "insert into journal (sitting, sequence, step, key, scalar, previous, at, page)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        sitting.0,
        sequence,
        step,
        write.key.as_str(),
        scalar::to_bytes(&write.scalar),
        write.previous.as_ref().map(scalar::to_bytes),
        at.millis(),
        page,
    ])?;
    Ok(())
}

/// Takes what was read of a sitting out of the journal, and ends the sitting. Its writes must still be the ones read.
pub(crate) fn clear(connection: &Connection, journalled: &Journalled) -> Result<(RecordId, PersonId)> {
    let (record, person) = connection
        .prepare_cached("select record, person from sittings where id = ?1")?
        .query_row([journalled.sitting.0], |row| {
            Ok((RecordId::from_bytes(row.get(0)?), PersonId::from_bytes(row.get(1)?)))
        })
        .optional()?
        .ok_or(StoreError::Unreadable { what: "sitting" })?;
    let sql = "select count(*), coalesce(max(sequence), 0) from journal where sitting = ?1";
    let (count, through): (i64, i64) =
        connection.prepare_cached(sql)?.query_row([journalled.sitting.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if (count, through) != (journalled.writes.len() as i64, journalled.through) {
        return Err(StoreError::SittingMoved { record, person });
    }
    connection.prepare_cached("delete from sittings where id = ?1")?.execute([journalled.sitting.0])?;
    Ok((record, person))
}

fn find(connection: &Connection, record: RecordId, person: PersonId) -> Result<Option<SittingId>> {
    let mut statement = connection.prepare_cached("select id from sittings where record = ?1 and person = ?2")?;
    let id = statement.query_row(params![record.as_bytes(), person.as_bytes()], |row| row.get(0)).optional()?;
    Ok(id.map(SittingId))
}

fn key_of(row: &Row<'_>, column: usize) -> Result<Key> {
    row.get::<_, String>(column)?.parse().map_err(|_| unreadable("record key"))
}

#[cfg(test)]
mod tests;
