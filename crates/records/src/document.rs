//! The Automerge document of a record, as bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change};

use crate::ledger::Ledger;
use crate::{RawChange, Refusal};

/// Lays the ledger's changes out as one saved document, and reads it back before anyone relies on it.
///
/// Always from nothing and in canonical order: Automerge's bytes tell in which order and in which portions it met the
/// changes, so a document grown step by step differs from one laid out at once. And not compressed: the bytes would depend
/// on the compressor and its version, and two replicas of different age would disagree.
pub(crate) fn lay_out(ledger: &Ledger) -> Result<Vec<u8>, Refusal> {
    guarded(|| {
        let changes = ledger
            .in_order()
            .map(|change| Change::try_from(change.as_bytes()).map_err(unusable))
            .collect::<Result<Vec<_>, _>>()?;
        let mut engine = Automerge::new();
        engine.apply_changes(changes).map_err(unusable)?;
        let saved = engine.save_nocompress();
        // Loading computes the hash of every change anew, so equal heads mean that every change is there, unaltered.
        let mut heads = Automerge::load(&saved).map_err(unusable)?.get_heads();
        heads.sort_unstable();
        if heads.iter().map(|head| &head.0).eq(ledger.heads().iter().map(|head| head.as_bytes())) {
            Ok(saved)
        } else {
            Err(Refusal::Unusable { reason: "the saved document does not hold every change".to_owned() })
        }
    })
}

/// The changes in a saved document.
pub(crate) fn read(saved: &[u8]) -> Result<Vec<RawChange>, Refusal> {
    guarded(|| {
        let changes = Automerge::load(saved).map_err(unusable)?.get_changes(&[]);
        changes.iter().map(|change| RawChange::parse(change.raw_bytes())).collect()
    })
}

/// Automerge 0.12 panics on some crafted input. Nothing of ours is borrowed mutably inside, so nothing is left half done.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Panicked))
}

fn unusable(error: impl std::fmt::Display) -> Refusal {
    Refusal::Unusable { reason: error.to_string().chars().take(200).collect() }
}
