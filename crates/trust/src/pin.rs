//! The six digits that a person unlocks with, and the delay that makes guessing them slow.

use std::fmt;

use chaski_values::Timestamp;
use minicbor::{Decode, Encode};
use thiserror::Error;
use zeroize::Zeroizing;

/// Six digits. Wiped when dropped; `Debug` does not show them.
#[derive(Clone)]
pub struct Pin(Zeroizing<[u8; 6]>);

/// Why digits are not taken as a new PIN. It never quotes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PinRefusal {
    #[error("a PIN has six digits")]
    NotSixDigits,
    #[error("the PIN repeats itself")]
    Repeated,
    #[error("the PIN counts up or down")]
    Sequential,
    #[error("the PIN is one of the first that anybody tries")]
    Common,
}

/// How often a person has failed in a row, and since when they wait. Pure: the caller keeps it and tells the time.
///
/// The failure is counted **before** the PIN is tried, so that cutting the power in between gives no free guess:
/// [`begin`](Self::begin), keep what it gives, try, and on success keep [`PinGate::new`].
///
/// After five failures the person waits 30 s, then twice as long each time, up to an hour. A clock that was moved back
/// starts the present wait again, once, instead of making it last until the old time comes round; moving it forward is
/// the operating system's to prevent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct PinGate {
    #[n(0)]
    failures: u32,
    /// Milliseconds of the moment from which the present wait counts. Only looked at when there is a wait.
    #[n(1)]
    since: i64,
}

/// The person has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("locked until {until} after {failures} failures")]
pub struct PinLocked {
    pub until: Timestamp,
    pub failures: u32,
}

/// Combinations that lists of leaked PINs begin with and that the rules below do not catch.
const COMMON: [&[u8; 6]; 12] = [
    b"112233", b"223344", b"123321", b"159753", b"147258", b"258369", b"147369", b"159357", b"102030", b"246810",
    b"135790", b"789456",
];

impl Pin {
    pub const DIGITS: usize = 6;

    /// Reads a PIN that a person enters to unlock. The rules for new ones are not asked, so that a stricter rule never
    /// locks anybody out.
    ///
    /// # Errors
    /// When it is not six digits.
    pub fn entered(text: &str) -> Result<Self, PinRefusal> {
        let digits: Option<[u8; 6]> = text.as_bytes().try_into().ok();
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_digit)).ok_or(PinRefusal::NotSixDigits)?;
        Ok(Self(Zeroizing::new(digits)))
    }

    /// Reads a PIN that a person chooses.
    ///
    /// # Errors
    /// When it is not six digits, or among the first that anybody tries.
    pub fn chosen(text: &str) -> Result<Self, PinRefusal> {
        let pin = Self::entered(text)?;
        let digits = &*pin.0;
        let steps_by = |step: u8| digits.windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0');
        let repeats_after = |period: usize| digits.iter().skip(period).eq(digits.iter().take(6 - period));
        if steps_by(1) || steps_by(9) {
            Err(PinRefusal::Sequential)
        } else if (1..=3).any(repeats_after) || digits.chunks(3).all(|half| half[0] == half[1] && half[1] == half[2]) {
            Err(PinRefusal::Repeated)
        } else if COMMON.contains(&digits) {
            Err(PinRefusal::Common)
        } else {
            Ok(pin)
        }
    }

    /// Digits to measure with.
    pub(crate) fn nobodys() -> Self {
        Self(Zeroizing::new(*b"000000"))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &*self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(secret)")
    }
}

impl PinGate {
    /// Five mistakes cost nothing.
    pub const FREE_FAILURES: u32 = 5;
    const FIRST_DELAY_MILLIS: i64 = 30_000;
    /// An hour: longer would keep an honest person from a day's work.
    const LONGEST_DELAY_MILLIS: i64 = 3_600_000;

    /// Nobody has failed.
    pub fn new() -> Self {
        Self::default()
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// A gate whose count was lost: nobody knows how often somebody failed, so the first wait begins now.
    pub fn doubtful(now: Timestamp) -> Self {
        Self { failures: Self::FREE_FAILURES, since: now.millis() }
    }

    /// How long the wait is after this many failures, in milliseconds.
    pub fn delay_millis(failures: u32) -> i64 {
        match failures.checked_sub(Self::FREE_FAILURES) {
            None => 0,
            Some(over) => (Self::FIRST_DELAY_MILLIS << over.min(16)).min(Self::LONGEST_DELAY_MILLIS),
        }
    }

    /// The same gate as seen at this time: if the clock was moved back, the present wait begins now. Keep what it gives.
    #[must_use]
    pub fn seen(self, now: Timestamp) -> Self {
        if now.millis() < self.since { Self { since: now.millis(), ..self } } else { self }
    }

    /// Until when the person waits. None if they may try now.
    pub fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        let gate = self.seen(now);
        let delay = Self::delay_millis(gate.failures);
        // A spoiled file must not lock anybody out for ever: a moment before 1970 is long past.
        let since = Timestamp::from_millis(gate.since.max(0)).unwrap_or(now);
        let until = since.plus_millis(delay);
        (delay > 0 && now < until).then_some(until)
    }

    /// Begins one try: the gate to keep before the PIN is looked at, in which the try already counts as a failure.
    ///
    /// # Errors
    /// When the person has to wait. The caller keeps [`seen`](Self::seen) then.
    pub fn begin(self, now: Timestamp) -> Result<Self, PinLocked> {
        match self.locked_until(now) {
            Some(until) => Err(PinLocked { until, failures: self.failures }),
            None => Ok(Self { failures: self.failures.saturating_add(1), since: now.millis() }),
        }
    }
}

impl PinGate {
    pub(crate) const BYTES: usize = 12;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (failures, since) = bytes.split_at_mut(4);
        failures.copy_from_slice(&self.failures.to_le_bytes());
        since.copy_from_slice(&self.since.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (failures, since) = bytes.split_first_chunk::<4>()?;
        Some(Self { failures: u32::from_le_bytes(*failures), since: i64::from_le_bytes(since.try_into().ok()?) })
    }

    /// For a screen: whether the person should be told that they are near a wait.
    pub fn tries_left(&self) -> u32 {
        Self::FREE_FAILURES.saturating_sub(self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    #[test]
    fn a_new_pin_is_not_one_of_the_first_that_anybody_tries() {
        for (text, expected) in [
            ("482913", None),
            ("100294", None),
            ("000000", Some(PinRefusal::Repeated)),
            ("121212", Some(PinRefusal::Repeated)),
            ("483483", Some(PinRefusal::Repeated)),
            ("111222", Some(PinRefusal::Repeated)),
            ("123456", Some(PinRefusal::Sequential)),
            ("890123", Some(PinRefusal::Sequential)),
            ("654321", Some(PinRefusal::Sequential)),
            ("321098", Some(PinRefusal::Sequential)),
            ("159753", Some(PinRefusal::Common)),
            ("12345", Some(PinRefusal::NotSixDigits)),
            ("1234567", Some(PinRefusal::NotSixDigits)),
            ("12345a", Some(PinRefusal::NotSixDigits)),
            ("１２", Some(PinRefusal::NotSixDigits)),
        ] {
            assert_eq!(Pin::chosen(text).err(), expected, "{text}");
        }
        assert!(Pin::entered("123456").is_ok());
        assert_eq!(format!("{:?}", Pin::entered("482913").unwrap()), "Pin(secret)");
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000).unwrap()
    }

    #[test]
    fn the_delay_doubles_after_five_and_stops_at_an_hour() {
        let delays: Vec<i64> = (3..15).map(|failures| PinGate::delay_millis(failures) / 1_000).collect();
        assert_eq!(delays, [0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(PinGate::delay_millis(u32::MAX), 3_600_000);
    }

    fn failed(times: u32) -> PinGate {
        let mut gate = PinGate::new();
        let mut now = at(0);
        for _ in 0..times {
            now = gate.locked_until(now).unwrap_or(now);
            gate = gate.begin(now).unwrap();
        }
        gate
    }

    #[test]
    fn five_failures_are_free_and_the_sixth_waits() {
        assert_eq!(failed(4).locked_until(at(0)), None);
        assert_eq!(failed(5).locked_until(at(0)), Some(at(30)));
        assert_eq!(failed(5).begin(at(29)), Err(PinLocked { until: at(30), failures: 5 }));
        let sixth = failed(5).begin(at(30)).unwrap();
        assert_eq!(sixth.locked_until(at(30)), Some(at(90)));
        assert_eq!((failed(2).tries_left(), failed(9).tries_left()), (3, 0));
    }

    #[test]
    fn a_clock_moved_back_starts_the_wait_again_once() {
        let gate = failed(5);
        let back = at(-40 * 365 * 86_400);
        assert_eq!(gate.locked_until(back), Some(back.plus_millis(30_000)));
        let kept = gate.seen(back);
        assert_eq!(kept.begin(back.plus_millis(29_999)).unwrap_err().until, back.plus_millis(30_000));
        assert!(kept.begin(back.plus_millis(30_000)).is_ok());
        assert_eq!(kept.failures(), 5);
    }

    #[test]
    fn a_gate_is_kept_as_cbor() {
        let bytes = cbor::to_vec(&failed(7));
        assert_eq!(cbor::from_slice::<PinGate>("gate", &bytes, 100).unwrap(), failed(7));
        for since in [i64::MIN, i64::MAX] {
            let spoiled: PinGate = cbor::from_slice("gate", &cbor::to_vec(&(u32::MAX, since)), 100).unwrap();
            let kept = spoiled.seen(at(0));
            assert!(kept.begin(at(3_600)).is_ok_and(|gate| gate.failures() == u32::MAX), "an hour is the longest wait");
        }
    }
}
