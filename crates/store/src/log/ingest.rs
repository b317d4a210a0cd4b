use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use chaski_records::RawChange;
use chaski_sync::{
    Entry, EntryKind, Fork, Frame, Ingested, KnownLog, Malformed, RecordChanges, StoredEntry, plan_ingest,
};
use chaski_trust::Signature;
use chaski_values::{Hash32, LogId, RecordId, Timestamp};
use rusqlite::{Connection, params};

use super::{Appended, HeldLog, Ownership, Standing, append, find, hash_at, seq, stored_seq};
use crate::{ChangeSummary, Result, Rules, Store, StoreError, Verdict, published, records};

impl Store {
    /// Takes in what a peer sent: verifies each run against what is held, keeps what is new, and lists the records it
    /// changes as pending. Taking in the same again changes nothing. One transaction: when this returns, it is durable. No
    /// document is opened; [`Store::apply_pending`] does that.
    ///
    /// A log of ours that comes back with entries we do not have went on elsewhere, because this store or another is a
    /// restored or cloned one: the entries are kept, and the log is closed ([`Ownership::OursClosed`]). A fork is kept as
    /// proof ([`Store::forks`]).
    ///
    /// # Errors
    /// When the database fails; then nothing was taken in.
    pub fn take_frame(
        &mut self,
        frame: &Frame,
        now: Timestamp,
        rules: &dyn Rules,
    ) -> Result<(Ingested, ChangeSummary)> {
        self.transact(|transaction| {
            let known_log = |log| {
                let found = find(transaction, log)?;
                Ok::<_, StoreError>(found.map(|(_, held)| KnownLog { opening: held.opening, tip: held.tip }))
            };
            let hash_at = |log, seq| match find(transaction, log)? {
                Some((id, _)) => hash_at(transaction, id, seq),
                None => Ok(None),
            };
            let plan = plan_ingest(frame, known_log, hash_at)?;
            let mut summary = ChangeSummary::default();
            let mut logs = Logs::default();
            for fork in &plan.forks {
                let (id, held) = logs.get(transaction, fork.log)?;
                keep_fork(transaction, *id, fork, now)?;
                close_if_ours(transaction, *id, held)?;
            }
            for stored in &plan.append {
                let (id, held) = logs.get(transaction, stored.entry.log())?;
                close_if_ours(transaction, *id, held)?;
                let standing = judge(held, &stored.entry, rules);
                let arrival = append(transaction, *id, stored, &standing, now)?;
                summary.entries += 1;
                if standing == Standing::Taken {
                    let (standing, of_entry) = published::take_in(transaction, arrival, &stored.entry, rules)?;
                    summary.add(of_entry);
                    if standing != Standing::Taken {
                        stand(transaction, arrival, &standing)?;
                    }
                }
            }
            Ok((Ingested::from(&plan), summary))
        })
    }

    /// Judges again what is in quarantine or was of an unknown kind, as the roster or this version knows more by now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn reconsider(&mut self, rules: &dyn Rules) -> Result<ChangeSummary> {
        self.transact(|transaction| {
            let mut summary = ChangeSummary::default();
            let waiting: Vec<Appended> = transaction
                .prepare_cached("select arrival from entries where standing <> 0 order by arrival")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut logs = Logs::default();
            for arrival in waiting {
                let entry = super::read::by_arrival(transaction, arrival)?.entry;
                let (_, held) = logs.get(transaction, entry.log())?;
                let standing = match judge(held, &entry, rules) {
                    Standing::Taken => {
                        let (standing, of_entry) = published::take_in(transaction, arrival, &entry, rules)?;
                        summary.add(of_entry);
                        standing
                    }
                    other => other,
                };
                stand(transaction, arrival, &standing)?;
            }
            Ok(summary)
        })
    }
}

/// The logs that were looked up in one transaction, as they stood at its beginning.
#[derive(Default)]
struct Logs(BTreeMap<LogId, (i64, HeldLog)>);

impl Logs {
    fn get(&mut self, connection: &Connection, log: LogId) -> Result<&(i64, HeldLog)> {
        match self.0.entry(log) {
            Slot::Occupied(known) => Ok(known.into_mut()),
            Slot::Vacant(place) => Ok(place.insert(find(connection, log)?.ok_or(StoreError::UnknownLog(log))?)),
        }
    }
}

/// An entry that comes back of a log that only we write was written after this store was copied.
fn close_if_ours(connection: &Connection, id: i64, held: &HeldLog) -> Result<()> {
    if held.ownership == Ownership::Ours {
        tracing::warn!(log = %held.opening.log(), "our log went on elsewhere");
        connection.prepare_cached("update logs set ownership = 2 where id = ?1")?.execute([id])?;
    }
    Ok(())
}

fn judge(held: &HeldLog, entry: &Entry, rules: &dyn Rules) -> Standing {
    if let EntryKind::Unknown(_) = entry.header().kind {
        return Standing::UnknownKind;
    }
    match rules.judge(&held.opening, entry) {
        Verdict::Take => Standing::Taken,
        Verdict::Quarantine(reason) => Standing::Quarantined(reason),
    }
}

fn stand(connection: &Connection, arrival: Appended, standing: &Standing) -> Result<()> {
    let sql = "update entries set standing = ?2, reason = ?3 where arrival = ?1";
    connection.prepare_cached(sql)?.execute(params![arrival, standing.code(), standing.reason()])?;
    Ok(())
}

/// Lists an entry's changes under their records, which become pending. What cannot be a change is refused at once; of a
/// payload that is no list of changes it says why.
pub(crate) fn index_changes(
    connection: &Connection,
    arrival: Appended,
    entry: &Entry,
) -> Result<std::result::Result<ChangeSummary, Malformed>> {
    let changes = match RecordChanges::from_bytes(entry.payload()) {
        Ok(RecordChanges(changes)) => changes,
        Err(malformed) => return Ok(Err(malformed)),
    };
    let mut summary = ChangeSummary::default();
    for (change, position) in changes.iter().zip(0_i64..) {
        let parsed = RawChange::parse(change.change.as_slice());
        let (hash, standing, reason) = match &parsed {
            Ok(raw) => (*raw.hash().as_bytes(), records::Outcome::Waiting, ""),
            Err(refusal) => ([0; 32], records::Outcome::Refused, refusal.code()),
        };
        connection.prepare_cached(include_str!("index_change.sql"))?.execute(params![
            arrival,
            position,
            change.record.as_bytes(),
            hash,
            standing.code(),
            reason
        ])?;
        if parsed.is_ok() {
            mark_pending(connection, change.record)?;
        }
        summary.records.insert(change.record);
    }
    Ok(Ok(summary))
}

fn mark_pending(connection: &Connection, record: RecordId) -> Result<()> {
    let sql = "insert into pending (record) values (?1) on conflict do nothing";
    connection.prepare_cached(sql)?.execute([record.as_bytes()])?;
    Ok(())
}

/// Keeps the other branch. Each branch is kept once, however often it comes.
fn keep_fork(connection: &Connection, log: i64, fork: &Fork, now: Timestamp) -> Result<()> {
    let Some(first) = fork.theirs.first() else { return Ok(()) };
    let sql = "insert into forks (log, seq, ours, theirs, found_at) values (?1, ?2, ?3, ?4, ?5) on conflict do nothing";
    connection.prepare_cached(sql)?.execute(params![
        log,
        stored_seq(fork.seq),
        fork.ours.as_bytes(),
        first.entry.hash().as_bytes(),
        now.millis()
    ])?;
    let id: i64 = connection
        .prepare_cached("select id from forks where log = ?1 and theirs = ?2")?
        .query_row(params![log, first.entry.hash().as_bytes()], |row| row.get(0))?;
    for StoredEntry { entry, signature } in &fork.theirs {
        connection.prepare_cached(include_str!("keep_fork_entry.sql"))?.execute(params![
            id,
            stored_seq(entry.seq()),
            signature.as_ref().map(Signature::as_bytes),
            entry.header().to_bytes(),
            entry.payload(),
        ])?;
    }
    Ok(())
}

impl Store {
    /// Every fork that was found: proof that a device wrote two entries at one place.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forks(&self) -> Result<Vec<Fork>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(
                "select forks.id, logs.log, forks.seq, forks.ours
                 from forks join logs on logs.id = forks.log order by forks.id",
            )?;
            let mut rows = statement.query([])?;
            let mut forks = Vec::new();
            while let Some(row) = rows.next()? {
                forks.push(Fork {
                    log: LogId::from_bytes(row.get(1)?),
                    seq: seq(row.get(2)?),
                    ours: Hash32::from_bytes(row.get(3)?),
                    theirs: super::read::of_fork(connection, row.get(0)?)?,
                });
            }
            Ok(forks)
        })
    }
}
