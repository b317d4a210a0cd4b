use chaski_sync::{Entry, StoredEntry};
use chaski_trust::Signature;
use chaski_values::{RecordId, Timestamp};
use rusqlite::{Connection, params};

use super::{Ownership, Standing, bits, find, stored_seq};
use crate::{ChangeSummary, Journalled, Result, Rules, Store, StoreError, journal, published, records};

impl Store {
    /// Appends the next entry to a log that this device writes, and applies it.
    ///
    /// # Errors
    /// When the entry does not follow the log's last, is not signed by its device, or carries a change that its record does
    /// not take.
    pub fn append_own(&mut self, entry: &Entry, signature: &Signature, rules: &dyn Rules) -> Result<ChangeSummary> {
        self.transact(|transaction| append_own(transaction, entry, signature, rules))
    }

    /// Ends a sitting: its writes, as the entry that carries them, go into the log and the record, and leave the journal.
    /// `journalled` is what the entry was made of. Then changes from elsewhere that waited for the sitting are applied.
    ///
    /// # Errors
    /// As [`Self::append_own`]; [`StoreError::SittingMoved`] when the sitting has other writes by now. Then nothing changed.
    pub fn commit_sitting(
        &mut self,
        journalled: &Journalled,
        entry: &Entry,
        signature: &Signature,
        rules: &dyn Rules,
    ) -> Result<ChangeSummary> {
        self.transact(|transaction| {
            let (record, _) = journal::clear(transaction, journalled)?;
            let mut summary = append_own(transaction, entry, signature, rules)?;
            summary.add(records::apply_pending_of(transaction, record, rules)?);
            summary.records.insert(record);
            Ok(summary)
        })
    }

    /// Ends a sitting that amounts to nothing: its writes say what the record says already.
    ///
    /// # Errors
    /// [`StoreError::SittingMoved`] when the sitting has other writes by now.
    pub fn end_sitting(&mut self, journalled: &Journalled, rules: &dyn Rules) -> Result<ChangeSummary> {
        self.transact(|transaction| {
            let (record, _) = journal::clear(transaction, journalled)?;
            let mut summary = records::apply_pending_of(transaction, record, rules)?;
            records::drop_row_if_only_draft(transaction, record)?;
            summary.records.insert(record);
            Ok(summary)
        })
    }
}

fn append_own(
    connection: &Connection,
    entry: &Entry,
    signature: &Signature,
    rules: &dyn Rules,
) -> Result<ChangeSummary> {
    let log = entry.log();
    let (id, held) = find(connection, log)?.ok_or(StoreError::UnknownLog(log))?;
    if held.ownership != Ownership::Ours {
        return Err(StoreError::NotOurs(log));
    }
    if entry.seq() != held.tip.seq + 1 || entry.header().prev != held.tip.hash {
        return Err(StoreError::NotNext { log, held: held.tip.seq, found: entry.seq() });
    }
    entry.verify(held.opening.device_key(), signature)?;
    let stored = StoredEntry { entry: entry.clone(), signature: Some(*signature) };
    let appended = append(connection, id, &stored, &Standing::Taken, entry.header().hlc.at())?;
    let (standing, mut summary) = published::take_in(connection, appended, entry, rules)?;
    if let Standing::Quarantined(reason) = standing {
        return Err(StoreError::EntryRefused { log, seq: entry.seq(), reason });
    }
    let touched: Vec<RecordId> = records::of_entry(connection, appended)?;
    for record in touched {
        summary.add(records::apply_own(connection, record, appended, rules)?);
    }
    Ok(summary)
}

/// The place of an entry in the order of arrival.
pub(crate) type Appended = i64;

/// Writes an entry and moves its log's tip.
pub(crate) fn append(
    connection: &Connection,
    log: i64,
    stored: &StoredEntry,
    standing: &Standing,
    received_at: Timestamp,
) -> Result<Appended> {
    let StoredEntry { entry, signature } = stored;
    connection.prepare_cached(include_str!("insert.sql"))?.execute(params![
        log,
        stored_seq(entry.seq()),
        entry.hash().as_bytes(),
        // Kinds are small numbers; a larger one is only ever looked at through the header.
        i64::try_from(entry.header().kind.code()).unwrap_or(i64::MAX),
        standing.code(),
        standing.reason(),
        received_at.millis(),
        signature.as_ref().map(Signature::as_bytes),
        entry.header().to_bytes(),
        entry.payload(),
    ])?;
    let arrival = connection.last_insert_rowid();
    let sql = "update logs set seq = ?2, head = ?3, hlc = ?4 where id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        log,
        stored_seq(entry.seq()),
        entry.hash().as_bytes(),
        bits(entry.header().hlc)
    ])?;
    Ok(arrival)
}
