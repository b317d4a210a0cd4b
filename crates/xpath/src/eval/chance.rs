//! Chance: the shuffle of `randomize` as the ODK XForms specification defines it, and random UUIDs.

/// The Park-Miller generator that the specification names, so that a seed gives the same order on every client.
pub(super) struct ParkMiller(i64);

const MODULUS: i64 = 2_147_483_647;

impl ParkMiller {
    pub(super) fn new(seed: i64) -> Self {
        let seed = seed % MODULUS;
        Self(if seed <= 0 { seed + MODULUS - 1 } else { seed })
    }

    /// A number from 0, below 1.
    #[expect(clippy::cast_precision_loss, reason = "31 bits are exact in an f64")]
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0 * 16_807 % MODULUS;
        (self.0 - 1) as f64 / (MODULUS - 1) as f64
    }
}

/// Fisher and Yates, from the end.
pub(super) fn shuffle<T>(items: &mut [T], mut chance: impl FnMut() -> f64) {
    for left in (1..=items.len()).rev() {
        items.swap(left - 1, below(left, chance()));
    }
}

/// `chance` of `count`, from 0, below `count`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a fraction of a length is a length"
)]
fn below(count: usize, chance: f64) -> usize {
    ((chance.clamp(0.0, 1.0) * count as f64) as usize).min(count.saturating_sub(1))
}

/// So many random hexadecimal digits.
pub(super) fn random_hex(length: usize, chance: &mut dyn FnMut() -> f64) -> String {
    (0..length).filter_map(|_| char::from_digit(u32::try_from(below(16, chance())).unwrap_or(0), 16)).collect()
}

/// A UUID of version 4.
pub(crate) fn random_uuid(chance: &mut dyn FnMut() -> f64) -> String {
    let mut hex = |length| random_hex(length, chance);
    let (first, second, third, fourth, fifth) = (hex(8), hex(4), hex(3), hex(3), hex(12));
    let variant = ["8", "9", "a", "b"][below(4, chance())];
    format!("{first}-{second}-4{third}-{variant}{fourth}-{fifth}")
}
