//! The log: every entry this side holds, its own and others', as it was signed. Everything about records is a cache of it.
//!
//! Entries come in through two doors: [`Store::append_own`] (and [`Store::commit_sitting`]) for what is written here, and
//! [`Store::take_frame`] for frames from elsewhere, which are verified inside the transaction that keeps them. What may not be
//! applied is kept and passed on all the same, in quarantine with its reason.

mod acknowledge;
mod append;
mod ingest;
mod read;
mod verify;

use chaski_sync::{Hlc, Introduction, LogOpening, Problem, ProblemCode, Tip, limits};
use chaski_trust::Signed;
use chaski_values::{Hash32, LogId, Partition};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::unreadable;
use crate::{Result, Store, StoreError};

pub(crate) use acknowledge::place_of;
pub use acknowledge::{Place, Tier, Unsent};
pub(crate) use append::{Appended, append};
pub(crate) use ingest::index_changes;
pub use read::EntryNote;
pub(crate) use read::{by_arrival, note, stored};
pub use verify::{LogProblem, Verified};

/// A log that is held here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLog {
    pub opening: LogOpening,
    /// The device's certificate as last received; empty when it is not known.
    pub certificate: Vec<u8>,
    pub ownership: Ownership,
    pub tip: Tip,
}

/// Whose a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ownership {
    /// Of another device.
    Another,
    /// Ours, and written.
    Ours,
    /// Ours, and never written again: a restore or a clone of this store went on from it.
    OursClosed,
}

impl Ownership {
    const fn code(self) -> i64 {
        match self {
            Self::Another => 0,
            Self::Ours => 1,
            Self::OursClosed => 2,
        }
    }

    fn from_code(code: i64) -> Result<Self> {
        [Self::Another, Self::Ours, Self::OursClosed]
            .into_iter()
            .find(|ownership| ownership.code() == code)
            .ok_or_else(|| unreadable("log"))
    }
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Taken,
    /// Of a kind that this version does not know.
    UnknownKind,
    /// Not applied, for the reason of this code.
    Quarantined(String),
}

impl Standing {
    pub(crate) const fn code(&self) -> i64 {
        match self {
            Self::Taken => 0,
            Self::UnknownKind => 1,
            Self::Quarantined(_) => 2,
        }
    }

    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Taken | Self::UnknownKind => "",
            Self::Quarantined(reason) => reason,
        }
    }

    pub(crate) fn from_code(code: i64, reason: String) -> Result<Self> {
        match code {
            0 => Ok(Self::Taken),
            1 => Ok(Self::UnknownKind),
            2 => Ok(Self::Quarantined(reason)),
            _ => Err(unreadable("entry")),
        }
    }
}

impl Store {
    /// Makes a log known, so that its entries can come. Knowing it already is no error; a certificate that came later takes
    /// the place of the one before.
    ///
    /// # Errors
    /// When the database fails, or for [`Ownership::Ours`] when another log of the same partition is written here.
    pub fn keep_log(&mut self, opening: &LogOpening, certificate: &[u8], ownership: Ownership) -> Result<LogId> {
        let tip = Tip::of_opening(opening);
        self.transact(|transaction| {
            transaction.prepare_cached(include_str!("log/keep.sql"))?.execute(params![
                opening.log().as_bytes(),
                opening.partition().to_string(),
                opening.device().as_bytes(),
                opening.as_bytes(),
                certificate,
                ownership.code(),
                tip.hash.as_bytes(),
                bits(tip.hlc),
            ])?;
            Ok(opening.log())
        })
    }

    /// Makes a log of another device known. One more than [`limits::LOGS_PER_DEVICE`] of the device in this partition is not
    /// kept, and that is the problem to tell: else one device could fill everybody's vector.
    ///
    /// # Errors
    /// When the database fails.
    pub fn introduce(&mut self, introduction: &Introduction) -> Result<Option<Problem>> {
        let opening = &introduction.opening;
        let certificate = introduction.certificate.as_ref().map(Signed::to_bytes).unwrap_or_default();
        match self.log(opening.log())? {
            Some(held) if certificate.is_empty() || held.certificate == certificate => return Ok(None),
            Some(_) => {}
            None if self.logs_of(opening)? >= limits::LOGS_PER_DEVICE => {
                return Ok(Some(Problem { log: opening.log(), code: ProblemCode::TooManyLogs, seq: 0 }));
            }
            None => {}
        }
        self.keep_log(opening, &certificate, Ownership::Another).map(|_| None)
    }

    /// How many logs are held of the device of a log, in its partition.
    fn logs_of(&self, opening: &LogOpening) -> Result<usize> {
        self.look(|connection| {
            let sql = "select count(*) from logs where device = ?1 and partition = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let held: i64 = statement
                .query_row(params![opening.device().as_bytes(), opening.partition().to_string()], |row| row.get(0))?;
            Ok(usize::try_from(held).unwrap_or(usize::MAX))
        })
    }

    /// Never writes this log again. What is in it stays and is passed on.
    ///
    /// # Errors
    /// When the log is not written here.
    pub fn close_log(&mut self, log: LogId) -> Result<()> {
        self.transact(|transaction| {
            let sql = "update logs set ownership = 2 where log = ?1 and ownership = 1";
            match transaction.prepare_cached(sql)?.execute([log.as_bytes()])? {
                0 => Err(StoreError::NotOurs(log)),
                _ => Ok(()),
            }
        })
    }

    /// # Errors
    /// When the database fails.
    pub fn log(&self, log: LogId) -> Result<Option<HeldLog>> {
        self.look(|connection| Ok(find(connection, log)?.map(|(_, held)| held)))
    }

    /// The log this device writes for a partition.
    ///
    /// # Errors
    /// When the database fails.
    pub fn own_log(&self, partition: Partition) -> Result<Option<HeldLog>> {
        Ok(self.logs(partition)?.into_iter().find(|held| held.ownership == Ownership::Ours))
    }

    /// Every log of a partition.
    ///
    /// # Errors
    /// When the database fails.
    pub fn logs(&self, partition: Partition) -> Result<Vec<HeldLog>> {
        self.look(|connection| {
            let sql = "select id, opening, certificate, ownership, seq, head, hlc from logs
                       where partition = ?1 order by log";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([partition.to_string()])?;
            let mut logs = Vec::new();
            while let Some(row) = rows.next()? {
                logs.push(held(row)?.1);
            }
            Ok(logs)
        })
    }

    /// Every partition that a log is known of.
    ///
    /// # Errors
    /// When the database fails.
    pub fn partitions(&self) -> Result<Vec<Partition>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select distinct partition from logs order by partition")?;
            let mut rows = statement.query([])?;
            let mut partitions = Vec::new();
            while let Some(row) = rows.next()? {
                partitions.push(row.get::<_, String>(0)?.parse().map_err(|_| unreadable("log"))?);
            }
            Ok(partitions)
        })
    }
}

/// A log's row number and what is known of it.
pub(crate) fn find(connection: &Connection, log: LogId) -> Result<Option<(i64, HeldLog)>> {
    let sql = "select id, opening, certificate, ownership, seq, head, hlc from logs where log = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([log.as_bytes()])?;
    rows.next()?.map(held).transpose()
}

fn held(row: &Row<'_>) -> Result<(i64, HeldLog)> {
    let opening: Vec<u8> = row.get("opening")?;
    let opening = LogOpening::from_bytes(&opening).map_err(|_| unreadable("log"))?;
    let tip = Tip {
        seq: seq(row.get("seq")?),
        hash: Hash32::from_bytes(row.get("head")?),
        hlc: Hlc::from_u64(row.get::<_, i64>("hlc")? as u64),
    };
    let ownership = Ownership::from_code(row.get("ownership")?)?;
    Ok((row.get("id")?, HeldLog { opening, certificate: row.get("certificate")?, ownership, tip }))
}

/// The hash of an entry that is held.
pub(crate) fn hash_at(connection: &Connection, log: i64, seq: u64) -> Result<Option<Hash32>> {
    let mut statement = connection.prepare_cached("select hash from entries where log = ?1 and seq = ?2")?;
    let hash = statement.query_row(params![log, stored_seq(seq)], |row| row.get(0)).optional()?;
    Ok(hash.map(Hash32::from_bytes))
}

/// A clock reading as stored: SQLite has no unsigned integers, so the bits are kept.
pub(crate) const fn bits(hlc: Hlc) -> i64 {
    hlc.to_u64() as i64
}

/// A clock reading as stored where only its order matters.
pub(crate) fn rank(hlc: Hlc) -> i64 {
    i64::try_from(hlc.to_u64()).unwrap_or(i64::MAX)
}

/// No log reaches the largest number that is kept.
pub(crate) fn stored_seq(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(crate) fn seq(stored: i64) -> u64 {
    stored.unsigned_abs()
}

#[cfg(test)]
mod tests;
