use std::collections::BTreeMap;

use chaski_records::RawChange;
use chaski_sync::{Checked, Entry, EntryKind, Fork, RecordChanges, Run, RunError, StoredEntry, check_run};
use chaski_trust::Signature;
use chaski_values::{LogId, Partition, RecordId, Timestamp};
use rusqlite::{Connection, params};

use super::{Appended, HeldLog, Ownership, Standing, append, find, hash_at, seq, stored_seq};
use crate::{ChangeSummary, Result, Rules, Store, Verdict, published, records};

/// What became of runs from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingested {
    pub summary: ChangeSummary,
    /// Entries that were here already.
    pub known: u64,
    /// New entries that were put in quarantine.
    pub quarantined: u64,
    /// Runs that were not taken, in the order they came.
    pub refused: Vec<RefusedRun>,
    /// Logs of ours that went on elsewhere: this store, or another, is a restored or cloned one. They are closed now; the
    /// device opens a new log under a new incarnation.
    pub closed: Vec<LogId>,
}

/// A run that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRun {
    pub log: LogId,
    pub reason: Refusal,
}

/// Why a run was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The log's opening has not come.
    UnknownLog,
    /// The log is of another partition than it came under.
    WrongPartition { of: Partition },
    /// Not what the device signed, or out of place. A fork is kept as proof.
    Run(RunError),
}

impl Store {
    /// Takes in what a peer sent of one partition: verifies each run against what is held, keeps what is new, and lists the
    /// records it changes as pending. Taking in the same again changes nothing. One transaction: when this returns, it is
    /// durable. No document is opened; [`Store::apply_pending`] does that.
    ///
    /// # Errors
    /// When the database fails; then nothing was taken in.
    pub fn ingest(
        &mut self,
        partition: Partition,
        runs: &[Run],
        now: Timestamp,
        rules: &dyn Rules,
    ) -> Result<Ingested> {
        self.transact(|transaction| {
            let mut ingested = Ingested::default();
            for run in runs {
                take_run(transaction, partition, run, now, rules, &mut ingested)?;
            }
            Ok(ingested)
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
            let mut openings: BTreeMap<LogId, HeldLog> = BTreeMap::new();
            for arrival in waiting {
                let entry = super::read::by_arrival(transaction, arrival)?.entry;
                let log = entry.log();
                if let std::collections::btree_map::Entry::Vacant(place) = openings.entry(log) {
                    let (_, held) = find(transaction, log)?.ok_or(crate::StoreError::UnknownLog(log))?;
                    place.insert(held);
                }
                let standing = judge(&openings[&log], &entry, rules);
                if standing == Standing::Taken {
                    let (standing, of_entry) = published::take_in(transaction, arrival, &entry, rules)?;
                    summary.add(of_entry);
                    stand(transaction, arrival, &standing)?;
                } else {
                    stand(transaction, arrival, &standing)?;
                }
            }
            Ok(summary)
        })
    }
}

fn take_run(
    connection: &Connection,
    partition: Partition,
    run: &Run,
    now: Timestamp,
    rules: &dyn Rules,
    ingested: &mut Ingested,
) -> Result<()> {
    let mut refuse = |reason| ingested.refused.push(RefusedRun { log: run.log, reason });
    let Some((id, held)) = find(connection, run.log)? else {
        refuse(Refusal::UnknownLog);
        return Ok(());
    };
    if held.opening.partition() != partition {
        refuse(Refusal::WrongPartition { of: held.opening.partition() });
        return Ok(());
    }
    // The check asks for hashes through a plain function: what the database said is looked at afterwards.
    let failed = std::cell::RefCell::new(None);
    let known = |seq| {
        hash_at(connection, id, seq).unwrap_or_else(|error| {
            failed.replace(Some(error));
            None
        })
    };
    let checked = check_run(&held.opening, &held.tip, known, run);
    if let Some(error) = failed.take() {
        return Err(error);
    }
    let Checked { new, known } = match checked {
        Ok(checked) => checked,
        Err(error) => {
            if let RunError::Fork(fork) = &error {
                keep_fork(connection, id, fork, now)?;
                close_if_ours(connection, id, &held, ingested)?;
            }
            ingested.refused.push(RefusedRun { log: run.log, reason: Refusal::Run(error) });
            return Ok(());
        }
    };
    ingested.known += known;
    if !new.is_empty() {
        close_if_ours(connection, id, &held, ingested)?;
    }
    for stored in &new {
        let standing = judge(&held, &stored.entry, rules);
        let arrival = append(connection, id, stored, &standing, now)?;
        ingested.summary.entries += 1;
        let standing = match standing {
            Standing::Taken => {
                let (standing, of_entry) = published::take_in(connection, arrival, &stored.entry, rules)?;
                ingested.summary.add(of_entry);
                if standing != Standing::Taken {
                    stand(connection, arrival, &standing)?;
                }
                standing
            }
            other => other,
        };
        ingested.quarantined += u64::from(matches!(standing, Standing::Quarantined(_)));
    }
    Ok(())
}

/// An entry that comes back of a log that only we write was written after this store was copied.
fn close_if_ours(connection: &Connection, id: i64, held: &HeldLog, ingested: &mut Ingested) -> Result<()> {
    if held.ownership == Ownership::Ours && !ingested.closed.contains(&held.opening.log()) {
        connection.prepare_cached("update logs set ownership = 2 where id = ?1")?.execute([id])?;
        ingested.closed.push(held.opening.log());
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

/// Lists an entry's changes under their records, which become pending. What cannot be a change is refused at once.
pub(crate) fn index_changes(
    connection: &Connection,
    arrival: Appended,
    entry: &Entry,
) -> Result<Option<ChangeSummary>> {
    let Ok(RecordChanges(changes)) = RecordChanges::from_bytes(entry.payload()) else { return Ok(None) };
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
    Ok(Some(summary))
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
                    ours: chaski_values::Hash32::from_bytes(row.get(3)?),
                    theirs: super::read::of_fork(connection, row.get(0)?)?,
                });
            }
            Ok(forks)
        })
    }
}
