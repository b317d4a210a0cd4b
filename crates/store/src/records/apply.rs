use std::collections::BTreeSet;

use chaski_records::{RawChange, Record};
use chaski_sync::{RecordChange, RecordChanges};
use chaski_values::{DistrictCode, FormId, Key, LogId, PersonId, ProjectId, RecordId, Scalar};
use rusqlite::{Connection, OptionalExtension, params};

use super::row::RecordState;
use super::{Outcome, home, load};
use crate::error::unreadable;
use crate::log::{Appended, index_changes, note};
use crate::{ChangeSummary, Result, Rules, Store, StoreError, log, search};

/// What applying pending changes came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppliedPending {
    pub summary: ChangeSummary,
    /// Records that somebody is editing: their changes wait until the sitting ends.
    pub held: BTreeSet<RecordId>,
    /// Records that are left for the next call.
    pub left: u64,
}

/// What a rebuild went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    pub entries: u64,
    pub records: u64,
}

/// One waiting change and where it stands.
struct Candidate {
    entry: Appended,
    position: i64,
    log: LogId,
    partition: String,
}

impl Store {
    /// Applies changes that arrived to at most `limit` records, in one transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub fn apply_pending(&mut self, limit: u32, rules: &dyn Rules) -> Result<AppliedPending> {
        self.transact(|transaction| {
            let mut applied = AppliedPending::default();
            let sql = "select record, exists (select 1 from sittings where sittings.record = pending.record)
                       from pending order by record";
            let pending: Vec<(RecordId, bool)> = transaction
                .prepare_cached(sql)?
                .query_map([], |row| Ok((RecordId::from_bytes(row.get(0)?), row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let (held, free): (Vec<_>, Vec<_>) = pending.into_iter().partition(|(_, held)| *held);
            applied.held = held.into_iter().map(|(record, _)| record).collect();
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            applied.left = free.len().saturating_sub(limit) as u64;
            let mut payloads = Payloads::default();
            for (record, _) in free.into_iter().take(limit) {
                applied.summary.add(apply(transaction, record, &mut payloads, &BTreeSet::new(), rules)?);
            }
            Ok(applied)
        })
    }

    /// Throws every document, row and search word away and makes them again from the log, in one transaction.
    /// `progress` is told how many records are done, and of how many.
    ///
    /// # Errors
    /// When the database fails; then everything is as it was.
    pub fn rebuild(&mut self, rules: &dyn Rules, mut progress: impl FnMut(u64, u64)) -> Result<Rebuilt> {
        self.transact(|transaction| {
            let held = held_back(transaction)?;
            transaction.execute_batch(include_str!("drop_caches.sql"))?;
            let mut rebuilt = Rebuilt::default();
            let mut statement = transaction.prepare("select arrival from entries where kind = 1 and standing = 0")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let arrival = row.get(0)?;
                index_changes(transaction, arrival, &log::by_arrival(transaction, arrival)?.entry)?
                    .map_err(|_| unreadable("entry"))?;
                rebuilt.entries += 1;
            }
            let records: Vec<RecordId> = transaction
                .prepare("select record from pending order by record")?
                .query_map([], |row| row.get(0).map(RecordId::from_bytes))?
                .collect::<rusqlite::Result<_>>()?;
            let mut payloads = Payloads::default();
            for record in &records {
                apply(transaction, *record, &mut payloads, &held, rules)?;
                rebuilt.records += 1;
                progress(rebuilt.records, records.len() as u64);
            }
            Ok(rebuilt)
        })
    }
}

/// Changes that wait for a sitting to end: a rebuild must not apply them under it.
fn held_back(connection: &Connection) -> Result<BTreeSet<(Appended, i64)>> {
    let sql = "select entry, position from changes
               where standing = 1 and exists (select 1 from sittings where sittings.record = changes.record)";
    let mut statement = connection.prepare(sql)?;
    let held = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(held.collect::<rusqlite::Result<_>>()?)
}

/// Applies the changes of an entry of our own. They must go through: they were made on top of what the record holds.
pub(crate) fn apply_own(
    connection: &Connection,
    record: RecordId,
    entry: Appended,
    rules: &dyn Rules,
) -> Result<ChangeSummary> {
    let others: BTreeSet<(Appended, i64)> = waiting(connection, record)?
        .into_iter()
        .filter(|candidate| candidate.entry != entry)
        .map(|candidate| (candidate.entry, candidate.position))
        .collect();
    let summary = apply(connection, record, &mut Payloads::default(), &others, rules)?;
    let sql = "select case standing when 1 then 'waiting' else reason end from changes
               where entry = ?1 and record = ?2 and standing <> 0";
    let failed: Option<String> =
        connection.prepare_cached(sql)?.query_row(params![entry, record.as_bytes()], |row| row.get(0)).optional()?;
    match failed {
        Some(reason) => Err(StoreError::ChangeRefused { record, reason }),
        None => Ok(summary),
    }
}

/// Applies what waits of a record, unless somebody still edits it.
pub(crate) fn apply_pending_of(connection: &Connection, record: RecordId, rules: &dyn Rules) -> Result<ChangeSummary> {
    let sql = "select exists (select 1 from pending where record = ?1)
               and not exists (select 1 from sittings where record = ?1)";
    let free: bool = connection.prepare_cached(sql)?.query_row([record.as_bytes()], |row| row.get(0))?;
    if free {
        apply(connection, record, &mut Payloads::default(), &BTreeSet::new(), rules)
    } else {
        Ok(ChangeSummary::default())
    }
}

/// Applies every waiting change of a record but `except`, and writes down what became of each.
fn apply(
    connection: &Connection,
    record: RecordId,
    payloads: &mut Payloads,
    except: &BTreeSet<(Appended, i64)>,
    rules: &dyn Rules,
) -> Result<ChangeSummary> {
    let (skipped, candidates): (Vec<_>, Vec<_>) = waiting(connection, record)?
        .into_iter()
        .partition(|candidate| except.contains(&(candidate.entry, candidate.position)));
    let mut document = load(connection, record)?.unwrap_or_else(|| Record::empty(record));
    let mut ready = Vec::new();
    for candidate in candidates {
        match payloads.change(connection, &candidate)? {
            Ok(change) => match home::stray(connection, &change, &candidate.partition)? {
                None => ready.push((candidate, change)),
                Some(reason) => settle(connection, &candidate, Outcome::Refused, reason)?,
            },
            Err(reason) => settle(connection, &candidate, Outcome::Refused, reason)?,
        }
    }
    let batch = document.apply_all(ready.iter().map(|(_, change)| change));
    for (candidate, change) in &ready {
        let hash = change.hash();
        match batch.refused.get(&hash) {
            Some(refusal) => settle(connection, candidate, Outcome::Refused, refusal.code())?,
            None if batch.waiting.contains_key(&hash) => {}
            None => settle(connection, candidate, Outcome::Applied, "")?,
        }
    }
    if !batch.applied.is_empty() {
        keep(connection, &document, rules)?;
    }
    if skipped.is_empty() {
        connection.prepare_cached("delete from pending where record = ?1")?.execute([record.as_bytes()])?;
    }
    Ok(ChangeSummary::of_record(record))
}

fn waiting(connection: &Connection, record: RecordId) -> Result<Vec<Candidate>> {
    let sql = "select changes.entry, changes.position, logs.log, logs.partition
               from changes
               join entries on entries.arrival = changes.entry
               join logs on logs.id = entries.log
               where changes.record = ?1 and changes.standing = 1
               order by changes.entry, changes.position";
    let mut statement = connection.prepare_cached(sql)?;
    let candidates = statement.query_map([record.as_bytes()], |row| {
        let log = LogId::from_bytes(row.get(2)?);
        Ok(Candidate { entry: row.get(0)?, position: row.get(1)?, log, partition: row.get(3)? })
    })?;
    Ok(candidates.collect::<rusqlite::Result<_>>()?)
}

fn settle(connection: &Connection, candidate: &Candidate, outcome: Outcome, reason: &str) -> Result<()> {
    let sql = "update changes set standing = ?3, reason = ?4 where entry = ?1 and position = ?2";
    connection.prepare_cached(sql)?.execute(params![candidate.entry, candidate.position, outcome.code(), reason])?;
    Ok(())
}

/// The last payload that was read: an import has hundreds of changes in one entry.
#[derive(Default)]
struct Payloads {
    last: Option<(Appended, Vec<RecordChange>)>,
}

impl Payloads {
    /// The change, or the code of why its bytes are none.
    fn change(
        &mut self,
        connection: &Connection,
        candidate: &Candidate,
    ) -> Result<std::result::Result<RawChange, &'static str>> {
        if self.last.as_ref().is_none_or(|(entry, _)| *entry != candidate.entry) {
            let payload: Vec<u8> = connection
                .prepare_cached("select payload from entries where arrival = ?1")?
                .query_row([candidate.entry], |row| row.get(0))?;
            let RecordChanges(changes) = RecordChanges::from_bytes(&payload).map_err(|_| unreadable("entry"))?;
            self.last = Some((candidate.entry, changes));
        }
        let changes = self.last.as_ref().map_or(&[][..], |(_, changes)| changes);
        let change = usize::try_from(candidate.position)
            .ok()
            .and_then(|position| changes.get(position))
            .ok_or_else(|| unreadable("entry"))?;
        let parsed = RawChange::parse(change.change.as_slice())
            .and_then(|parsed| parsed.check_log(candidate.log).map(|()| parsed));
        Ok(parsed.map_err(|refusal| refusal.code()))
    }
}

/// Writes a record's document, row and search words.
fn keep(connection: &Connection, document: &Record, rules: &dyn Rules) -> Result<()> {
    let record = document.id();
    let sql = "insert into documents (record, bytes) values (?1, ?2)
               on conflict (record) do update set bytes = excluded.bytes";
    connection.prepare_cached(sql)?.execute(params![record.as_bytes(), document.save()])?;

    let head = Head::of(document);
    let projection = rules.project(document);
    let last = document.changes().max_by_key(|change| (change.at(), change.hash()));
    let author = last.map(|last| author_of(connection, record, last)).transpose()?.flatten();
    let heads: Vec<u8> = document.heads().iter().flat_map(|hash| *hash.as_bytes()).collect();
    let id: i64 = connection.prepare_cached(include_str!("keep_row.sql"))?.query_row(
        params![
            record.as_bytes(),
            head.kind,
            head.district,
            head.form,
            head.form_version,
            head.project,
            head.state.as_str(),
            head.deleted,
            projection.title,
            last.map_or(0, |last| last.at().millis()),
            author.as_ref().map(PersonId::as_bytes),
            last.map(|last| last.log()).as_ref().map(LogId::as_bytes),
            projection.conflicts,
            heads,
        ],
        |row| row.get(0),
    )?;
    search::keep(connection, id, &projection.title, &projection.search)
}

/// Who wrote a change, as the entry says that carries it.
fn author_of(connection: &Connection, record: RecordId, change: &RawChange) -> Result<Option<PersonId>> {
    let mut statement = connection.prepare_cached(include_str!("entry_of_change.sql"))?;
    let mut rows = statement.query(params![change.hash().as_bytes(), record.as_bytes()])?;
    Ok(rows.next()?.map(note).transpose()?.and_then(|note| note.author))
}

/// What a record says of itself; what it says in no valid form counts as not said.
struct Head {
    kind: String,
    district: String,
    form: String,
    form_version: Vec<u8>,
    project: String,
    state: RecordState,
    deleted: bool,
}

impl Head {
    fn of(document: &Record) -> Self {
        let scalar =
            |name: &str| Key::of_head(name).ok().and_then(|key| document.get(&key)).map(|held| held.winner.scalar);
        let text = |name: &str| match scalar(name) {
            Some(Scalar::Text(text)) => text,
            _ => String::new(),
        };
        let valid = |text: String, valid: bool| if valid { text } else { String::new() };
        let (district, form, project) = (text("_p"), text("_f"), text("_proj"));
        let version: Option<chaski_values::FormVersion> = text("_fv").parse().ok();
        Self {
            kind: text("_t"),
            district: valid(district.clone(), district.parse::<DistrictCode>().is_ok()),
            form: valid(form.clone(), form.parse::<FormId>().is_ok()),
            form_version: version.map_or_else(Vec::new, |version| version.as_bytes().to_vec()),
            project: valid(project.clone(), project.parse::<ProjectId>().is_ok()),
            state: RecordState::of(&text("_st")),
            deleted: scalar("_del").is_some_and(|reason| !reason.is_null()),
        }
    }
}
