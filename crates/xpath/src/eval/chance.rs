//! Chance: the shuffle of `randomize` as the ODK XForms specification defines it, and random UUIDs.

/// The Park-Miller generator that the specification names, so that a seed gives the same order on every client.
pub(super) struct ParkMiller(f64);

const MODULUS: f64 = 2_147_483_647.0;
const MULTIPLIER: f64 = 16_807.0;

impl ParkMiller {
    /// A seed beyond 2^53 loses its last digits first, as it does in Collect.
    #[expect(clippy::cast_precision_loss, reason = "as Collect does")]
    pub(super) fn new(seed: i64) -> Self {
        let seed = seed as f64 % MODULUS;
        Self(if seed <= 0.0 { seed + MODULUS - 1.0 } else { seed })
    }

    /// A number from 0, below 1. All products are below 2^53, so they are exact.
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0 * MULTIPLIER % MODULUS;
        (self.0 - 1.0) / (MODULUS - 1.0)
    }
}

/// Fisher and Yates from the inside out: each item takes a random place among those before it.
pub(super) fn shuffle<T>(items: &mut [T], mut chance: impl FnMut() -> f64) {
    for last in 0..items.len() {
        items.swap(below(last + 1, chance()), last);
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
