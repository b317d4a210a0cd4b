use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An exact decimal number: `units` × 10^−`scale`. Written `12.50`, with exactly `scale` digits after the point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    units: i64,
    scale: u8,
}

/// Why a text or a pair of numbers is not a decimal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecimalError {
    #[error("`{0}` is not a decimal number")]
    Malformed(String),
    #[error("`{text}` has more than {scale} digits after the point")]
    TooPrecise { text: String, scale: u8 },
    #[error("`{0}` is out of range for a decimal number")]
    OutOfRange(String),
    #[error("{0} digits after the point: at most {max}", max = Decimal::MAX_SCALE)]
    ScaleTooLarge(u8),
}

impl Decimal {
    /// The most digits after the point.
    pub const MAX_SCALE: u8 = 9;

    /// # Errors
    /// When `scale` is above [`Self::MAX_SCALE`].
    pub fn new(units: i64, scale: u8) -> Result<Self, DecimalError> {
        if scale > Self::MAX_SCALE {
            return Err(DecimalError::ScaleTooLarge(scale));
        }
        Ok(Self { units, scale })
    }

    pub fn units(self) -> i64 {
        self.units
    }

    pub fn scale(self) -> u8 {
        self.scale
    }

    /// The same number with `scale` digits after the point.
    ///
    /// # Errors
    /// When digits other than zero would be lost, or the number does not fit.
    pub fn rescaled(self, scale: u8) -> Result<Self, DecimalError> {
        if scale > Self::MAX_SCALE {
            return Err(DecimalError::ScaleTooLarge(scale));
        }
        if scale >= self.scale {
            let factor = 10_i64.pow(u32::from(scale - self.scale));
            let units = self.units.checked_mul(factor).ok_or_else(|| DecimalError::OutOfRange(self.to_string()))?;
            return Ok(Self { units, scale });
        }
        let factor = 10_i64.pow(u32::from(self.scale - scale));
        if self.units % factor == 0 {
            Ok(Self { units: self.units / factor, scale })
        } else {
            Err(DecimalError::TooPrecise { text: self.to_string(), scale })
        }
    }

    /// The nearest double, for an expression to compute with.
    pub fn to_f64(self) -> f64 {
        // Parsing the decimal text rounds once; dividing would round twice.
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!("{:0width$}", self.units.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if self.units < 0 { "-" } else { "" };
        match fraction {
            "" => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `12`, `-12.50`, `.5`, `5.`: the scale is the number of digits written after the point.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = || text.chars().take(80).collect::<String>();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if !all_digits || whole.len() + fraction.len() == 0 {
            return Err(DecimalError::Malformed(shown()));
        }
        let scale = u8::try_from(fraction.len()).unwrap_or(u8::MAX);
        if scale > Self::MAX_SCALE {
            return Err(DecimalError::TooPrecise { text: shown(), scale: Self::MAX_SCALE });
        }
        let sign = if negative { "-" } else { "" };
        let units = format!("{sign}{whole}{fraction}").parse().map_err(|_| DecimalError::OutOfRange(shown()))?;
        Ok(Self { units, scale })
    }
}

impl TryFrom<String> for Decimal {
    type Error = DecimalError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_round_trips() {
        for text in ["0", "12", "-12.50", "0.05", "-0.0005", "9223372036854775807"] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        assert_eq!(".5".parse::<Decimal>().unwrap().to_string(), "0.5");
    }

    #[test]
    fn what_is_not_a_decimal_is_refused() {
        for text in ["", "-", ".", "1,5", "1e3", "--1", "1.2.3", "99999999999999999999", "0.0000000001"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn rescaling_loses_nothing() {
        let price: Decimal = "12.5".parse().unwrap();
        assert_eq!(price.rescaled(2).unwrap().to_string(), "12.50");
        assert_eq!(price.rescaled(2).unwrap().rescaled(1).unwrap(), price);
        assert_eq!(price.rescaled(0), Err(DecimalError::TooPrecise { text: "12.5".to_owned(), scale: 0 }));
    }

    #[test]
    fn the_nearest_double_is_rounded_once() {
        assert_eq!("0.1".parse::<Decimal>().unwrap().to_f64(), 0.1);
        assert_eq!("-12.345".parse::<Decimal>().unwrap().to_f64(), -12.345);
    }
}
