//! Functions of numbers.

use super::logic::Call;
use crate::context::Context;
use crate::error::EvalError;
use crate::number::{format_number, parse_number};

impl<C: Context> Call<'_, '_, C> {
    pub(super) fn two_numbers(&self, function: fn(f64, f64) -> f64) -> Result<f64, EvalError> {
        Ok(function(self.number(0)?, self.number(1)?))
    }

    pub(super) fn number_or_own(&self) -> Result<f64, EvalError> {
        if self.arguments.is_empty() {
            return Ok(self.evaluator.number_of(&self.evaluator.value_of(self.frame.node)?));
        }
        self.number(0)
    }

    pub(super) fn round(&self) -> Result<f64, EvalError> {
        let number = self.number(0)?;
        let places = if self.arguments.len() > 1 { self.number(1)? } else { 0.0 };
        Ok(round(number, places))
    }
}

/// A power. What is not a number as exponent gives none, not even of 1: unlike IEEE 754, as the other engines have it.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    let is_undecided = exponent.is_nan() || exponent.is_infinite() && base.abs() == 1.0;
    if is_undecided { f64::NAN } else { base.powf(exponent) }
}

/// Rounds to `places` decimals; a half goes up, towards positive infinity, also below zero.
///
/// It works on the decimal digits that the number shows, so that 2.15 goes to 2.2 although its binary is just below.
pub(super) fn round(number: f64, places: f64) -> f64 {
    if places.is_nan() {
        return f64::NAN;
    }
    if !number.is_finite() {
        return number;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is clamped")]
    let places = places.clamp(-400.0, 400.0) as i32;
    let shifted = |number: f64, by: i32| parse_number(&format!("{}e{by}", format_number(number))).unwrap_or(f64::NAN);
    let large = shifted(number, places);
    if !large.is_finite() || large.abs() >= 9e15 {
        return number;
    }
    let below = large.floor();
    let rounded = if large - below >= 0.5 { below + 1.0 } else { below };
    // Adding zero makes zero of minus zero.
    shifted(rounded, -places) + 0.0
}
