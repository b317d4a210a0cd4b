use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change};

use crate::ledger::Ledger;
use crate::{RawChange, Refusal};

/// The Automerge document of a record, and its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    engine: Automerge,
    saved: Vec<u8>,
    /// How many changes, in canonical order, it holds.
    changes: usize,
}

impl Document {
    pub(crate) fn empty() -> Self {
        let engine = Automerge::new();
        Self { saved: engine.save_nocompress(), engine, changes: 0 }
    }

    /// The document of everything the ledger holds.
    ///
    /// The bytes are not compressed: they would then depend on the compressor and its version, and two replicas of
    /// different age would disagree.
    pub(crate) fn of(ledger: &Ledger) -> Result<Self, Refusal> {
        Self::empty().with(ledger.in_order())
    }

    /// The document of `ledger`, made from this one, whose changes are among the ledger's.
    pub(crate) fn follow(&self, before: &Ledger, ledger: &Ledger) -> Result<Self, Refusal> {
        // Automerge lays changes out in the order it met them. So what comes last in canonical order can be added; what
        // comes between other changes means laying out all of them again.
        let tail =
            before.in_order().len() == self.changes && before.in_order().eq(ledger.in_order().take(self.changes));
        if tail { self.with(ledger.in_order().skip(self.changes)) } else { Self::of(ledger) }
    }

    /// A copy that also holds `changes`, saved and read back. Whatever Automerge does with them, this document stands.
    fn with<'a>(&self, changes: impl Iterator<Item = &'a RawChange>) -> Result<Self, Refusal> {
        guarded(|| {
            let mut engine = self.engine.clone();
            let changes = changes
                .map(|change| Change::try_from(change.as_bytes()).map_err(unusable))
                .collect::<Result<Vec<_>, _>>()?;
            let count = self.changes + changes.len();
            engine.apply_changes(changes).map_err(unusable)?;
            let saved = engine.save_nocompress();
            let reloaded = Automerge::load(&saved).map_err(unusable)?;
            if reloaded.get_heads() != engine.get_heads() || reloaded.get_changes_meta(&[]).len() != count {
                return Err(Refusal::Unusable { reason: "the saved document does not hold all changes".to_owned() });
            }
            Ok(Self { engine: reloaded, saved, changes: count })
        })
    }

    pub(crate) fn saved(&self) -> &[u8] {
        &self.saved
    }

    /// Reads a saved document, and the changes in it in the order they stand there.
    pub(crate) fn load(saved: &[u8]) -> Result<(Self, Vec<RawChange>), Refusal> {
        guarded(|| {
            let engine = Automerge::load(saved).map_err(unusable)?;
            let changes = engine.get_changes(&[]);
            let changes =
                changes.iter().map(|change| RawChange::parse(change.raw_bytes())).collect::<Result<Vec<_>, _>>()?;
            Ok((Self { saved: engine.save_nocompress(), engine, changes: changes.len() }, changes))
        })
    }
}

/// Automerge 0.12 panics on some crafted input. Nothing of ours is borrowed mutably inside, so nothing is left half done.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Panicked))
}

fn unusable(error: impl std::fmt::Display) -> Refusal {
    Refusal::Unusable { reason: error.to_string().chars().take(200).collect() }
}
