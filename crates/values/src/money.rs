use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A currency we keep books in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// Peruvian sol, S/.
    #[serde(rename = "PEN")]
    Pen,
}

/// An amount of money in integer céntimos. Never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    centimos: i64,
    currency: Currency,
}

/// Why two amounts could not be reckoned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    #[error("{0} and {1} together are more than an amount can hold")]
    Overflow(Money, Money),
}

impl Money {
    pub const fn soles(centimos: i64) -> Self {
        Self { centimos, currency: Currency::Pen }
    }

    pub fn centimos(self) -> i64 {
        self.centimos
    }

    pub fn currency(self) -> Currency {
        self.currency
    }

    /// # Errors
    /// When the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        let centimos = self.centimos.checked_add(other.centimos).ok_or(MoneyError::Overflow(self, other))?;
        Ok(Self { centimos, currency: self.currency })
    }
}

impl fmt::Display for Money {
    /// `S/ 1,234,567.89`: point for decimals and comma for thousands, as Peru writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.centimos.unsigned_abs();
        let soles = (total / 100).to_string();
        let sign = if self.centimos < 0 { "-" } else { "" };
        f.write_str(sign)?;
        f.write_str("S/ ")?;
        for (index, digit) in soles.chars().enumerate() {
            if index > 0 && (soles.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", total % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soles_are_written_as_in_peru() {
        assert_eq!(Money::soles(123_456_789).to_string(), "S/ 1,234,567.89");
        assert_eq!(Money::soles(5).to_string(), "S/ 0.05");
        assert_eq!(Money::soles(-100_000).to_string(), "-S/ 1,000.00");
    }

    #[test]
    fn a_sum_that_does_not_fit_is_said() {
        assert!(Money::soles(i64::MAX).plus(Money::soles(1)).is_err());
    }
}
