//! Totals over a question in all rows inside a row: `sum`, `count`, `count-non-empty`, `min`, `max`.
//!
//! Each is adjusted by the row that changed, so that one answer costs the same in a roster of ten rows and of ten thousand.
//! Every tablet and the hub must come to the same number whatever was answered first, so a sum is adjusted only as long as
//! every number in it is whole and no partial sum can be rounded; a sum of fractions depends on its order and is counted
//! anew in the order of the rows.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chaski_xpath::Aggregate;

use super::state::RowIndex;
use crate::form::NodeId;

/// Below this, every whole number and every sum of them is exact.
const EXACT: u128 = 1 << 53;

/// What one row adds to a total.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) number: f64,
    pub(crate) has_text: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Totals(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// By node: over the rows inside which row.
    tallies: HashMap<NodeId, Vec<(RowIndex, Tally)>>,
    /// By node: totals that had to be counted, until anything they may look at changes.
    counted: HashMap<NodeId, Vec<(Aggregate, RowIndex, f64)>>,
}

/// The shares of all rows, and what they come to.
#[derive(Debug, Default)]
struct Tally {
    shares: HashMap<RowIndex, Share>,
    with_text: usize,
    /// How many are no number, and how many no whole number that a sum holds exactly.
    nans: usize,
    inexact: usize,
    whole: i128,
    /// The sum of the whole numbers without their signs.
    size: u128,
    ordered: BTreeMap<Ordered, usize>,
}

/// A number that is not NaN, by its size.
#[derive(Debug, Clone, Copy)]
struct Ordered(f64);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Tally {
    /// Puts the share of a row in the place of the one it had.
    fn set(&mut self, row: RowIndex, share: Option<Share>) {
        let before = match share {
            Some(share) => self.shares.insert(row, share),
            None => self.shares.remove(&row),
        };
        if let Some(before) = before {
            self.take(before);
        }
        if let Some(share) = share {
            self.add(share);
        }
    }

    fn add(&mut self, share: Share) {
        self.with_text += usize::from(share.has_text);
        match Class::of(share.number) {
            Class::Nan => self.nans += 1,
            Class::Whole(number) => (self.whole, self.size) = (self.whole + number, self.size + number.unsigned_abs()),
            Class::Inexact => self.inexact += 1,
        }
        if !share.number.is_nan() {
            *self.ordered.entry(Ordered(share.number)).or_default() += 1;
        }
    }

    fn take(&mut self, share: Share) {
        self.with_text -= usize::from(share.has_text);
        match Class::of(share.number) {
            Class::Nan => self.nans -= 1,
            Class::Whole(number) => (self.whole, self.size) = (self.whole - number, self.size - number.unsigned_abs()),
            Class::Inexact => self.inexact -= 1,
        }
        if let Some(count) = self.ordered.get_mut(&Ordered(share.number)) {
            *count -= 1;
            if *count == 0 {
                self.ordered.remove(&Ordered(share.number));
            }
        }
    }

    /// A total; nothing for a sum that its order decides.
    fn total(&self, total: Aggregate) -> Option<f64> {
        let extreme = |found: Option<(&Ordered, &usize)>| match found {
            Some((number, _)) if self.nans == 0 => number.0,
            _ => f64::NAN,
        };
        Some(match total {
            Aggregate::Count => self.shares.len() as f64,
            Aggregate::CountNonEmpty => self.with_text as f64,
            Aggregate::Sum if self.nans > 0 => f64::NAN,
            Aggregate::Sum if self.inexact == 0 && self.size < EXACT => self.whole as f64,
            Aggregate::Min => extreme(self.ordered.first_key_value()),
            Aggregate::Max => extreme(self.ordered.last_key_value()),
            Aggregate::Sum | Aggregate::Position => return None,
        })
    }
}

/// How a number goes into a sum.
enum Class {
    Nan,
    Whole(i128),
    Inexact,
}

impl Class {
    fn of(number: f64) -> Self {
        match number {
            number if number.is_nan() => Self::Nan,
            number if number.fract() == 0.0 && number.abs() < EXACT as f64 => Self::Whole(number as i128),
            _ => Self::Inexact,
        }
    }
}

impl Totals {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A poisoned lock guards nothing but what can be counted again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A total over a node in the rows inside `top`: from the shares of all rows, which `shares` gives when they are not
    /// known; nothing where only counting tells.
    pub(super) fn tallied(
        &self,
        total: Aggregate,
        node: NodeId,
        top: RowIndex,
        shares: impl FnOnce() -> Vec<(RowIndex, Share)>,
    ) -> Option<f64> {
        let known = |kept: &Kept| {
            let of_node = kept.tallies.get(&node)?;
            of_node.iter().find(|(row, _)| *row == top).map(|(_, tally)| tally.total(total))
        };
        if let Some(number) = known(&self.kept()) {
            return number;
        }
        let mut tally = Tally::default();
        shares().into_iter().for_each(|(row, share)| tally.set(row, Some(share)));
        let number = tally.total(total);
        self.kept().tallies.entry(node).or_default().push((top, tally));
        number
    }

    /// A total as it was counted last, from `count` if that is not known.
    pub(super) fn counted(&self, total: Aggregate, node: NodeId, top: RowIndex, count: impl FnOnce() -> f64) -> f64 {
        let known = |kept: &Kept| {
            let of_node = kept.counted.get(&node)?;
            of_node.iter().find(|(of, row, _)| (*of, *row) == (total, top)).map(|(_, _, number)| *number)
        };
        if let Some(number) = known(&self.kept()) {
            return number;
        }
        let number = count();
        self.kept().counted.entry(node).or_default().push((total, top, number));
        number
    }

    /// The share of a node in a row is another, seen from each row it is inside of.
    pub(super) fn changed(&self, node: NodeId, row: RowIndex, share: impl Fn(RowIndex) -> Option<Option<Share>>) {
        let mut kept = self.kept();
        kept.counted.remove(&node);
        for (top, tally) in kept.tallies.get_mut(&node).into_iter().flatten() {
            if let Some(share) = share(*top) {
                tally.set(row, share);
            }
        }
    }

    /// The nodes that have tallies.
    pub(super) fn tallied_nodes(&self) -> Vec<NodeId> {
        self.kept().tallies.keys().copied().collect()
    }

    /// Rows moved, so what was counted in their order may be another.
    pub(super) fn forget_counted(&self) {
        self.kept().counted.clear();
    }

    pub(super) fn forget_all(&self) {
        *self.kept() = Kept::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Aggregate; 5] =
        [Aggregate::Count, Aggregate::CountNonEmpty, Aggregate::Sum, Aggregate::Min, Aggregate::Max];

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            6 => (-50_i32..50).prop_map(f64::from),
            1 => Just(f64::NAN),
            1 => Just(0.1),
            1 => Just(9_007_199_254_740_991.0),
            1 => Just(f64::INFINITY),
        ]
    }

    proptest! {
        #[test]
        fn a_tally_that_was_adjusted_is_the_one_that_is_made_anew(
            acts in prop::collection::vec((0_u32..6, prop::option::of((number(), any::<bool>()))), 0..60),
        ) {
            let mut adjusted = Tally::default();
            let mut shares: BTreeMap<u32, Share> = BTreeMap::new();
            for (row, share) in acts {
                let share = share.map(|(number, has_text)| Share { number, has_text });
                adjusted.set(RowIndex(row), share);
                match share {
                    Some(share) => drop(shares.insert(row, share)),
                    None => drop(shares.remove(&row)),
                }
                let mut anew = Tally::default();
                shares.iter().for_each(|(row, share)| anew.set(RowIndex(*row), Some(*share)));
                for total in ALL {
                    prop_assert_eq!(adjusted.total(total).map(f64::to_bits), anew.total(total).map(f64::to_bits));
                }
                // What is not counted anew is what counting in the order of the rows gives.
                let folded = shares.values().fold(0.0, |sum, share| sum + share.number);
                if let Some(sum) = adjusted.total(Aggregate::Sum) {
                    prop_assert!(sum == folded || sum.is_nan() && folded.is_nan(), "{sum} and {folded}");
                }
            }
        }
    }
}
