//! Bounds on what a form can make a session do and hold. A form comes from outside: each of its expressions may ask for
//! little, and thousands of them, in thousands of rows, for more than a tablet or the hub has.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The most rows that a form's count may call for.
pub(crate) const MAX_COUNTED_ROWS: u32 = 1_000;
/// The most rows that a record may have for a form to make more by itself: counts inside counts multiply.
pub(crate) const MAX_ROWS: usize = 20_000;
/// The most questions in all rows, each as often as it stands in one: a row of many questions is dearer than many rows.
pub(crate) const MAX_CELLS: usize = 120_000;
/// The most bytes of what is computed and kept: values, and the choices that can be taken.
pub(crate) const MAX_HELD: usize = 48 << 20;

/// The work that one act may still do, in steps of the evaluator: about two seconds in all.
#[derive(Debug)]
pub(crate) struct Effort {
    left: AtomicU64,
    /// How many texts are being put together, each within another.
    depth: AtomicUsize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { left: AtomicU64::new(Self::OF_AN_ACT), depth: AtomicUsize::new(0) }
    }
}

impl Effort {
    /// Opening the largest real survey takes a hundredth of it.
    const OF_AN_ACT: u64 = 50_000_000;

    /// How deep the form's texts may stand within each other. Each costs the evaluator's stack anew.
    const MAX_DEPTH: usize = 2;

    /// Another act begins.
    pub(crate) fn renew(&self) {
        self.left.store(Self::OF_AN_ACT, Ordering::Relaxed);
    }

    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes so many steps; whether there were as many.
    pub(crate) fn take(&self, steps: u64) -> bool {
        let left = self.left();
        self.left.store(left.saturating_sub(steps), Ordering::Relaxed);
        steps <= left
    }

    /// Puts a text together within whatever asks for it; nothing when that stands too deep, as a text within itself does.
    pub(crate) fn within<T>(&self, text: impl FnOnce() -> Option<T>) -> Option<T> {
        let depth = self.depth.fetch_add(1, Ordering::Relaxed);
        let found = if depth < Self::MAX_DEPTH { text() } else { None };
        self.depth.store(depth, Ordering::Relaxed);
        found
    }
}
