//! Reading what can still be read of a database that was set aside.
//!
//! Every entry stands by itself: its header names the hash of its payload, and its signature or its successor's vouches for
//! it. So entries are read one by one, and each that is whole is given back, whatever became of its neighbours. Nothing is
//! written to the damaged file.

use std::collections::BTreeMap;
use std::path::Path;

use chaski_sync::{Frame, Item, LogOpening, Run, StoredEntry};
use chaski_trust::{DatabaseKey, Signature};
use chaski_values::{Key, LogId, Partition, PersonId, RecordId, Scalar};
use rusqlite::Connection;

use crate::error::unreadable;
use crate::log::stored;
use crate::{Result, open, scalar};

/// What was still readable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Salvage {
    pub logs: Vec<SalvagedLog>,
    /// By log and sequence number.
    pub entries: BTreeMap<(LogId, u64), StoredEntry>,
    /// Answers that were in no entry yet, in the order they were given.
    pub answers: Vec<SalvagedAnswer>,
    /// Rows that could not be read, as far as they were tried.
    pub lost: u64,
}

/// A log's opening, and its device's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvagedLog {
    pub opening: LogOpening,
    pub certificate: Vec<u8>,
}

/// An answer of a sitting that had not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvagedAnswer {
    pub record: RecordId,
    pub person: PersonId,
    pub key: Key,
    pub scalar: Scalar,
}

impl Salvage {
    /// The entries as frames for [`crate::Store::take_frame`], once the logs are kept: unbroken runs, each up to its last
    /// signature. What follows a gap is told as one, and stays in the file that was set aside.
    pub fn frames(&self) -> Vec<Frame> {
        let mut frames: Vec<Frame> = Vec::new();
        let partitions: BTreeMap<LogId, Partition> =
            self.logs.iter().map(|log| (log.opening.log(), log.opening.partition())).collect();
        let mut open: Vec<&StoredEntry> = Vec::new();
        for stored in self.entries.values() {
            let follows = open.last().is_some_and(|last| {
                last.entry.log() == stored.entry.log() && last.entry.seq() + 1 == stored.entry.seq()
            });
            if !follows {
                open.clear();
            }
            open.push(stored);
            let (Some(signature), Some(partition)) = (stored.signature, partitions.get(&stored.entry.log())) else {
                continue;
            };
            let run = run_of(&open, signature);
            open.clear();
            match frames.last_mut().filter(|frame| frame.partition == *partition && frame.runs.len() < RUNS) {
                Some(frame) => frame.runs.extend(run),
                None => frames.push(Frame { partition: *partition, runs: run.into_iter().collect() }),
            }
        }
        frames
    }
}

fn run_of(entries: &[&StoredEntry], signature: Signature) -> Option<Run> {
    let first = entries.first()?;
    let items = entries.iter().map(|stored| {
        let (header, payload) = stored.entry.clone().into_parts();
        Item { hlc: header.hlc, author: header.author, kind: header.kind, extension: header.extension, payload }
    });
    Some(Run { log: first.entry.log(), first: first.entry.seq(), items: items.collect(), signature })
}

/// Reads what can be read of the database at `path`, such as [`crate::SetAside::database`].
///
/// # Errors
/// When not even its schema can be read: then nothing can be salvaged this way.
pub fn salvage(path: &Path, key: &DatabaseKey) -> Result<Salvage> {
    let mut reader = Reader { path, key, connection: open::connect_to_read(path, key)? };
    reader.connection.query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    let mut salvage = Salvage::default();
    salvage.lost += reader.each("logs", "id", log, |log| salvage.logs.push(log));
    salvage.lost += reader.each("entries", "arrival", entry, |stored| {
        salvage.entries.insert((stored.entry.log(), stored.entry.seq()), stored);
    });
    salvage.lost += reader.each("sittings", "id", answers, |answers| salvage.answers.extend(answers));
    Ok(salvage)
}

fn log(connection: &Connection, id: i64) -> Result<Option<SalvagedLog>> {
    let sql = "select opening, certificate from logs where id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let opening: Vec<u8> = row.get(0)?;
    let opening = LogOpening::from_bytes(&opening).map_err(|_| unreadable("log"))?;
    Ok(Some(SalvagedLog { opening, certificate: row.get(1)? }))
}

fn entry(connection: &Connection, arrival: i64) -> Result<Option<StoredEntry>> {
    let mut statement =
        connection.prepare_cached("select header, payload, signature from entries where arrival = ?1")?;
    let mut rows = statement.query([arrival])?;
    rows.next()?.map(stored).transpose()
}

fn answers(connection: &Connection, sitting: i64) -> Result<Option<Vec<SalvagedAnswer>>> {
    let sql = "select sittings.record, sittings.person, journal.key, journal.scalar
               from sittings join journal on journal.sitting = sittings.id
               where sittings.id = ?1 order by journal.sequence";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([sitting])?;
    let mut answers = Vec::new();
    while let Some(row) = rows.next()? {
        let scalar: Vec<u8> = row.get(3)?;
        answers.push(SalvagedAnswer {
            record: RecordId::from_bytes(row.get(0)?),
            person: PersonId::from_bytes(row.get(1)?),
            key: row.get::<_, String>(2)?.parse().map_err(|_| unreadable("record key"))?,
            scalar: scalar::from_bytes(&scalar)?,
        });
    }
    Ok(Some(answers))
}

struct Reader<'a> {
    path: &'a Path,
    key: &'a DatabaseKey,
    connection: Connection,
}

/// How many rows a table had.
enum Extent {
    Known(i64),
    /// Its end cannot be read: rows are tried until a stretch of them fails.
    Unknown,
}

impl Reader<'_> {
    /// Reads a table row by row and keeps what is whole. Gives the number of rows that cannot be read.
    fn each<T>(
        &mut self,
        table: &str,
        column: &str,
        read: impl Fn(&Connection, i64) -> Result<Option<T>>,
        mut keep: impl FnMut(T),
    ) -> u64 {
        let extent = self.extent(table, column);
        let (mut lost, mut vain) = (0, 0);
        for number in 1.. {
            match extent {
                Extent::Known(last) if number > last => break,
                Extent::Unknown if vain >= STRETCH => return lost,
                Extent::Known(_) | Extent::Unknown => {}
            }
            match read(&self.connection, number) {
                Ok(Some(value)) => {
                    keep(value);
                    vain = 0;
                }
                Ok(None) => vain += 1,
                Err(_) => {
                    lost += 1;
                    vain += 1;
                    self.begin_again();
                }
            }
        }
        lost
    }

    fn extent(&mut self, table: &str, column: &str) -> Extent {
        let last =
            self.connection.query_row(&format!("select coalesce(max({column}), 0) from {table}"), [], |row| row.get(0));
        let last = last.or_else(|_| {
            self.begin_again();
            let sql = "select seq from sqlite_sequence where name = ?1";
            self.connection.query_row(sql, [table], |row| row.get(0))
        });
        last.map_or_else(
            |_| {
                self.begin_again();
                Extent::Unknown
            },
            Extent::Known,
        )
    }

    /// A connection that met damage may refuse what is whole: the next row is read with a new one.
    fn begin_again(&mut self) {
        if let Ok(connection) = open::connect_to_read(self.path, self.key) {
            self.connection = connection;
        }
    }
}

/// Runs in one frame: one transaction each, and not too much in memory.
const RUNS: usize = 64;
/// Rows that are tried in vain before a table whose end is unknown is taken to be over.
const STRETCH: u32 = 256;

#[cfg(test)]
mod tests;
