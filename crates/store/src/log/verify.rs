use chaski_sync::{Entry, Tip};
use chaski_values::{Hash32, LogId, Partition};

use super::find;
use super::read::stored;
use crate::{Result, Store, StoreError};

/// What reading a log from its beginning found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub log: LogId,
    pub partition: Partition,
    /// Entries that are whole and in their chain.
    pub entries: u64,
    /// Signatures that were checked and hold.
    pub signatures: u64,
    /// The first thing that is wrong; what comes after it is not vouched for.
    pub problem: Option<LogProblem>,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogProblem {
    /// The entry cannot be read, or its payload is not the one its header names.
    Unreadable { seq: u64 },
    /// The entry does not name the one before it.
    Broken { seq: u64 },
    /// The kept hash is not the entry's.
    WrongHash { seq: u64 },
    /// The entry's signature is not its device's.
    BadSignature { seq: u64 },
    /// The last entry has no signature: nothing vouches for it and those before it up to the last signed one.
    Unsigned { seq: u64 },
    /// The log's tip is not its last entry.
    WrongTip { seq: u64 },
}

impl Store {
    /// Reads a log from its opening to its tip and checks every payload, every link and every signature.
    ///
    /// # Errors
    /// When the log is not known, or the database fails.
    pub fn verify_log(&self, log: LogId) -> Result<Verified> {
        self.look(|connection| {
            let (id, held) = find(connection, log)?.ok_or(StoreError::UnknownLog(log))?;
            let mut verified =
                Verified { log, partition: held.opening.partition(), entries: 0, signatures: 0, problem: None };
            let mut tip = Tip::of_opening(&held.opening);
            let mut signed = 0;
            let sql = "select header, payload, signature, hash from entries where log = ?1 order by seq";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([id])?;
            while let Some(row) = rows.next()? {
                let seq = tip.seq + 1;
                let Ok(stored) = stored(row) else {
                    verified.problem = Some(LogProblem::Unreadable { seq });
                    return Ok(verified);
                };
                let entry = &stored.entry;
                if let Some(problem) = wrong(entry, &tip, log, Hash32::from_bytes(row.get("hash")?)) {
                    verified.problem = Some(problem);
                    return Ok(verified);
                }
                if let Some(signature) = &stored.signature {
                    if entry.verify(held.opening.device_key(), signature).is_err() {
                        verified.problem = Some(LogProblem::BadSignature { seq });
                        return Ok(verified);
                    }
                    verified.signatures += 1;
                    signed = seq;
                }
                verified.entries += 1;
                tip = entry.tip();
            }
            verified.problem = if tip != held.tip {
                Some(LogProblem::WrongTip { seq: held.tip.seq })
            } else if signed != tip.seq {
                Some(LogProblem::Unsigned { seq: tip.seq })
            } else {
                None
            };
            Ok(verified)
        })
    }
}

fn wrong(entry: &Entry, before: &Tip, log: LogId, kept: Hash32) -> Option<LogProblem> {
    let seq = before.seq + 1;
    if entry.log() != log || entry.seq() != seq || entry.header().prev != before.hash {
        Some(LogProblem::Broken { seq })
    } else if entry.hash() != kept {
        Some(LogProblem::WrongHash { seq })
    } else {
        None
    }
}
