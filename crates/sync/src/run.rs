use chaski_trust::Signature;
use chaski_values::{Hash32, LogId, PersonId};
use thiserror::Error;

use crate::{Entry, EntryKind, Hlc, LogOpening, StoredEntry, Tip};

/// Consecutive entries of one log as they travel: without what the receiver can work out (log, sequence, previous hash,
/// payload hash), and with the signature of the last alone. The hash chain makes that one cover the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub log: LogId,
    /// The sequence number of the first item.
    pub first: u64,
    /// Never empty.
    pub items: Vec<Item>,
    /// The device's, over the last item's entry.
    pub signature: Signature,
}

/// What travels of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub hlc: Hlc,
    pub author: Option<PersonId>,
    pub kind: EntryKind,
    pub extension: Vec<u8>,
    pub payload: Vec<u8>,
}

/// A run that was verified: what of it is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The entries that the receiver lacked, in order. Only the last has a signature.
    pub new: Vec<StoredEntry>,
    /// How many it had already.
    pub known: u64,
}

/// Proof that a device wrote two different entries at one place of its log: both signed by it, directly or through the
/// chain of the run that `theirs` came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    pub log: LogId,
    /// The first sequence number at which the two branches differ.
    pub seq: u64,
    /// The hash of the entry held here.
    pub ours: Hash32,
    /// The other branch from that place on, its last entry signed.
    pub theirs: Vec<StoredEntry>,
}

/// Why a run is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RunError {
    #[error("the run of log {found} was checked against log {expected}")]
    WrongLog { expected: LogId, found: LogId },
    #[error("the run of log {log} has no entry")]
    Empty { log: LogId },
    /// Nothing is wrong with it; what comes before it is not here.
    #[error("the run of log {log} begins at {first}, but only {held} entries are here")]
    Gap { log: LogId, first: u64, held: u64 },
    #[error("the run of log {log} from {first} is not signed by its device")]
    BadSignature { log: LogId, first: u64 },
    #[error("log {} forks at {}", .0.log, .0.seq)]
    Fork(Box<Fork>),
    #[error(transparent)]
    Entry(#[from] crate::EntryError),
}

/// Verifies a run that begins right after `prev`: chain, then the device's signature over the last entry.
///
/// # Errors
/// When the run is of another log, does not begin after `prev`, or is not signed by the device of the opening.
pub fn verify_run(opening: &LogOpening, prev: &Tip, run: &Run) -> Result<Vec<StoredEntry>, RunError> {
    let log = opening.log();
    if run.log != log {
        return Err(RunError::WrongLog { expected: log, found: run.log });
    }
    if prev.seq.checked_add(1) != Some(run.first) {
        return Err(RunError::Gap { log, first: run.first, held: prev.seq });
    }
    let mut tip = *prev;
    let mut entries = Vec::with_capacity(run.items.len());
    for item in &run.items {
        let entry =
            Entry::build(log, &tip, item.hlc, item.author, item.kind, item.payload.clone(), item.extension.clone())?;
        tip = entry.tip();
        entries.push(StoredEntry { entry, signature: None });
    }
    let last = entries.last_mut().ok_or(RunError::Empty { log })?;
    last.entry
        .verify(opening.device_key(), &run.signature)
        .map_err(|_| RunError::BadSignature { log, first: run.first })?;
    last.signature = Some(run.signature);
    Ok(entries)
}

/// Verifies a run against what is held of its log: `tip` is where the log stands here, and `hash_at` tells the hash of an
/// entry that is held. Entries that are here already are left out; one that differs from the one here is a fork.
///
/// This is the one door into a store's log: call it inside the transaction that appends what it gives.
///
/// # Errors
/// [`RunError::Gap`] when what comes before is not here, [`RunError::Fork`] with its proof, or another when the run is not
/// what the device signed.
pub fn check_run(
    opening: &LogOpening,
    tip: &Tip,
    mut hash_at: impl FnMut(u64) -> Option<Hash32>,
    run: &Run,
) -> Result<Checked, RunError> {
    let log = opening.log();
    let gap = || RunError::Gap { log, first: run.first, held: tip.seq };
    let before = run.first.checked_sub(1).filter(|before| *before <= tip.seq).ok_or_else(gap)?;
    let prev = match before {
        0 => Tip::of_opening(opening),
        seq if seq == tip.seq => *tip,
        seq => Tip { seq, hash: hash_at(seq).ok_or_else(gap)?, hlc: Hlc::ZERO },
    };
    let mut entries = verify_run(opening, &prev, run)?;
    for known in 0..entries.len() {
        let entry = &entries[known].entry;
        if entry.seq() > tip.seq {
            return Ok(Checked { new: entries.split_off(known), known: known as u64 });
        }
        let ours = if entry.seq() == tip.seq { Some(tip.hash) } else { hash_at(entry.seq()) };
        let ours = ours.ok_or_else(gap)?;
        if ours != entry.hash() {
            let seq = entry.seq();
            return Err(RunError::Fork(Box::new(Fork { log, seq, ours, theirs: entries.split_off(known) })));
        }
    }
    Ok(Checked { known: entries.len() as u64, new: Vec::new() })
}
