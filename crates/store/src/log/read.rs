use std::collections::{BTreeMap, BTreeSet};

use chaski_sync::{
    Divergence, Entry, EntryHeader, EntryKind, Head, Hlc, Introduction, Loaded, More, PartitionVector, StoredEntry,
    Tip, Vector, Wanted,
};
use chaski_trust::{Signature, Signed};
use chaski_values::{DeviceId, Hash32, LogId, Partition, PersonId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Appended, Standing, find, seq, stored_seq};
use crate::error::unreadable;
use crate::store::moment;
use crate::{Result, Store, StoreError};

/// An entry without its payload, for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryNote {
    pub log: LogId,
    pub seq: u64,
    pub hash: Hash32,
    pub device: DeviceId,
    pub author: Option<PersonId>,
    pub kind: EntryKind,
    pub hlc: Hlc,
    pub standing: Standing,
    pub received_at: Timestamp,
}

impl Store {
    /// What is held of some partitions. A partition without a log is there, empty.
    ///
    /// # Errors
    /// When the database fails.
    pub fn vector(&self, partitions: &[Partition]) -> Result<Vector> {
        let mut vector = BTreeMap::new();
        for partition in partitions {
            let heads = self.logs(*partition)?.into_iter().filter(|held| held.tip.seq > 0);
            let heads = heads.map(|held| (held.opening.log(), Head::from(&held.tip)));
            vector.insert(*partition, PartitionVector(heads.collect()));
        }
        Ok(Vector(vector))
    }

    /// Where a log stands.
    ///
    /// # Errors
    /// When the log is not known.
    pub fn tip(&self, log: LogId) -> Result<Tip> {
        self.log(log)?.map(|held| held.tip).ok_or(StoreError::UnknownLog(log))
    }

    /// The hash of an entry, if it is held.
    ///
    /// # Errors
    /// When the database fails.
    pub fn hash_at(&self, log: LogId, seq: u64) -> Result<Option<Hash32>> {
        self.look(|connection| match find(connection, log)? {
            Some((id, _)) => super::hash_at(connection, id, seq),
            None => Ok(None),
        })
    }

    /// # Errors
    /// When the database fails or the entry is not what its header says.
    pub fn entry(&self, log: LogId, seq: u64) -> Result<Option<StoredEntry>> {
        self.look(|connection| {
            let Some((id, _)) = find(connection, log)? else { return Ok(None) };
            let sql = "select arrival from entries where log = ?1 and seq = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let arrival: Option<Appended> =
                statement.query_row(params![id, stored_seq(seq)], |row| row.get(0)).optional()?;
            arrival.map(|arrival| by_arrival(connection, arrival)).transpose()
        })
    }

    /// The next entries of a partition for somebody who holds less, in the order they arrived here, cut only after a signed
    /// one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn load(&self, wanted: &Wanted) -> Result<Loaded> {
        self.look(|connection| {
            let (lacking, diverging) = lacking(connection, wanted)?;
            let mut statement = connection.prepare_cached(include_str!("lacking.sql"))?;
            let mut arrivals = statement.query([lacking])?;
            let mut loaded = Loaded {
                partition: wanted.partition,
                introductions: Vec::new(),
                entries: Vec::new(),
                more: More::No,
                diverging,
            };
            let mut introduced = BTreeSet::new();
            let mut bytes = 0;
            while let Some(row) = arrivals.next()? {
                if bytes >= wanted.budget && loaded.entries.last().is_some_and(|last| last.signature.is_some()) {
                    loaded.more = More::Yes;
                    break;
                }
                let stored = by_arrival(connection, row.get(0)?)?;
                let log = stored.entry.log();
                if !wanted.above.0.contains_key(&log) && introduced.insert(log) {
                    loaded.introductions.push(introduction(connection, log)?);
                }
                bytes += stored.entry.payload().len();
                loaded.entries.push(stored);
            }
            Ok(loaded)
        })
    }

    /// What is in quarantine or of an unknown kind, in order of arrival.
    ///
    /// # Errors
    /// When the database fails.
    pub fn not_taken(&self) -> Result<Vec<EntryNote>> {
        self.look(|connection| notes(connection, include_str!("not_taken.sql"), []))
    }

    /// How many entries are held.
    ///
    /// # Errors
    /// When the database fails.
    pub fn count_entries(&self) -> Result<u64> {
        self.look(|connection| Ok(seq(connection.query_row("select count(*) from entries", [], |row| row.get(0))?)))
    }
}

/// For each log of the partition that has more: its row number and what of it is held, as JSON for the query. And the logs
/// of which another branch is held.
fn lacking(connection: &Connection, wanted: &Wanted) -> Result<(String, Vec<Divergence>)> {
    let sql = "select id, log, seq from logs where partition = ?1 and seq > 0 order by log";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([wanted.partition.to_string()])?;
    let mut pairs = Vec::new();
    let mut diverging = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, log, last) = (row.get(0)?, LogId::from_bytes(row.get(1)?), seq(row.get(2)?));
        let after = match wanted.above.0.get(&log) {
            None => 0,
            Some(head) => {
                let here = super::hash_at(connection, id, head.seq)?;
                if here.is_some_and(|hash| hash.head() != head.hash) {
                    diverging.push(Divergence { log, seq: head.seq });
                    continue;
                }
                head.seq
            }
        };
        if after < last {
            pairs.push(format!("[{id},{after}]"));
        }
    }
    Ok((format!("[{}]", pairs.join(",")), diverging))
}

fn introduction(connection: &Connection, log: LogId) -> Result<Introduction> {
    let (_, held) = find(connection, log)?.ok_or(StoreError::UnknownLog(log))?;
    Ok(Introduction { opening: held.opening, certificate: Signed::from_bytes(&held.certificate).ok() })
}

pub(crate) fn notes(connection: &Connection, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<EntryNote>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut notes = Vec::new();
    while let Some(row) = rows.next()? {
        notes.push(note(row)?);
    }
    Ok(notes)
}

pub(crate) fn note(row: &Row<'_>) -> Result<EntryNote> {
    let header: Vec<u8> = row.get("header")?;
    let header = EntryHeader::from_bytes(&header).map_err(|_| unreadable("entry"))?;
    Ok(EntryNote {
        log: header.log,
        seq: header.seq,
        hash: Hash32::from_bytes(row.get("hash")?),
        device: DeviceId::from_bytes(row.get("device")?),
        author: header.author,
        kind: header.kind,
        hlc: header.hlc,
        standing: Standing::from_code(row.get("standing")?, row.get("reason")?)?,
        received_at: moment(row.get("received_at")?)?,
    })
}

pub(crate) fn by_arrival(connection: &Connection, arrival: Appended) -> Result<StoredEntry> {
    let sql = "select header, payload, signature from entries where arrival = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([arrival])?;
    rows.next()?.map(stored).transpose()?.ok_or_else(|| unreadable("entry"))
}

pub(crate) fn of_fork(connection: &Connection, fork: i64) -> Result<Vec<StoredEntry>> {
    let sql = "select header, payload, signature from fork_entries where fork = ?1 order by seq";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([fork])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(stored(row)?);
    }
    Ok(entries)
}

pub(crate) fn stored(row: &Row<'_>) -> Result<StoredEntry> {
    let header: Vec<u8> = row.get("header")?;
    let header = EntryHeader::from_bytes(&header).map_err(|_| unreadable("entry"))?;
    let signature: Option<[u8; 64]> = row.get("signature")?;
    Ok(StoredEntry {
        entry: Entry::from_parts(header, row.get("payload")?)?,
        signature: signature.map(Signature::from_bytes),
    })
}
