use std::fmt;

use chaski_values::Timestamp;

/// A hybrid clock reading: milliseconds since 1970 in the upper 48 bits, a counter in the lower 16.
///
/// Within one log it only rises, whatever the tablet's clock does. It is for display and for following a history; it never
/// orders sets and never decides a conflict. **Frozen: hashed in every entry's header.**
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hlc(u64);

impl Hlc {
    pub const ZERO: Self = Self(0);
    const COUNTER_BITS: u32 = 16;

    /// The next reading after `self` when the clock says `now`: later than both as far as 48 bits go.
    #[must_use]
    pub fn next(self, now: Timestamp) -> Self {
        // A clock before 1970 reads as 1970: the reading only has to rise.
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        Self((millis << Self::COUNTER_BITS).max(self.0.saturating_add(1)))
    }

    pub const fn from_u64(bits: u64) -> Self {
        Self(bits)
    }

    pub const fn to_u64(self) -> u64 {
        self.0
    }

    pub const fn millis(self) -> u64 {
        self.0 >> Self::COUNTER_BITS
    }

    pub const fn counter(self) -> u16 {
        // The mask keeps exactly the counter's bits.
        (self.0 & 0xffff) as u16
    }

    pub(crate) const fn from_parts(millis: u64, counter: u16) -> Self {
        Self(millis << Self::COUNTER_BITS | counter as u64)
    }

    /// The moment it claims, held inside the years a [`Timestamp`] can say.
    pub fn at(self) -> Timestamp {
        Timestamp::from_millis(0)
            .map(|epoch| epoch.plus_millis(i64::try_from(self.millis()).unwrap_or(i64::MAX)))
            .expect("1970 is a moment")
    }
}

impl fmt::Debug for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hlc({}+{})", self.at(), self.counter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_only_rises() {
        let noon = Timestamp::from_millis(1_790_000_000_000).unwrap();
        let first = Hlc::ZERO.next(noon);
        assert_eq!(first.at(), noon);
        let same_moment = first.next(noon);
        let clock_went_back = same_moment.next(noon.plus_millis(-86_400_000));
        assert!(first < same_moment && same_moment < clock_went_back);
        assert_eq!((clock_went_back.at(), clock_went_back.counter()), (noon, 2));
        assert_eq!(Hlc::ZERO.next(Timestamp::from_millis(-5).unwrap()).to_u64(), 1);
    }
}
