//! Moments and civil dates. A moment is UTC milliseconds; a date or a time of day that a form asks for has no zone.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, from year 0 to year 9999.
///
/// Read from a tablet's clock it is a claim, not a fact: it is shown and bounded, never used to order or to decide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Timestamp(i64);

/// A day of the calendar, written `2026-05-31`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CivilDate(NaiveDate);

/// A time of day, written `09:30:00.000`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CivilTime(NaiveTime);

/// Why a number or a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    #[error("{0} milliseconds is outside the years 0 to 9999")]
    OutOfRange(i64),
    #[error("`{0}` is not a date: expected year-month-day such as 2026-05-31")]
    NotADate(String),
    #[error("`{0}` is not a time of day: expected hours:minutes such as 09:30")]
    NotATime(String),
}

impl Timestamp {
    const MIN: i64 = -62_167_219_200_000;
    const MAX: i64 = 253_402_300_799_999;

    /// # Errors
    /// When the moment is outside the years 0 to 9999.
    pub fn from_millis(millis: i64) -> Result<Self, TimeError> {
        if (Self::MIN..=Self::MAX).contains(&millis) { Ok(Self(millis)) } else { Err(TimeError::OutOfRange(millis)) }
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The moment `millis` later (earlier, if negative), held inside the range.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).clamp(Self::MIN, Self::MAX))
    }

    pub fn from_chrono(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_millis().clamp(Self::MIN, Self::MAX))
    }

    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_chrono().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = TimeError;

    fn try_from(millis: i64) -> Result<Self, Self::Error> {
        Self::from_millis(millis)
    }
}

impl From<Timestamp> for i64 {
    fn from(moment: Timestamp) -> Self {
        moment.0
    }
}

impl CivilDate {
    pub fn from_chrono(date: NaiveDate) -> Self {
        Self(date)
    }

    pub fn to_chrono(self) -> NaiveDate {
        self.0
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for CivilDate {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || TimeError::NotADate(text.chars().take(80).collect());
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| refused())?;
        if (1..=9999).contains(&date.year()) { Ok(Self(date)) } else { Err(refused()) }
    }
}

impl CivilTime {
    pub fn from_chrono(time: NaiveTime) -> Self {
        Self(time)
    }

    pub fn to_chrono(self) -> NaiveTime {
        self.0
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.nanosecond() / 1_000_000;
        write!(f, "{:02}:{:02}:{:02}.{millis:03}", self.0.hour(), self.0.minute(), self.0.second())
    }
}

impl FromStr for CivilTime {
    type Err = TimeError;

    /// Reads `09:30`, `09:30:15` and `09:30:15.250`; a zone after it, as ODK stores one, is read past.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zone = text.find(['Z', '+']).or_else(|| text.rfind('-')).unwrap_or(text.len());
        ["%H:%M:%S%.f", "%H:%M"]
            .iter()
            .find_map(|shape| NaiveTime::parse_from_str(&text[..zone], shape).ok())
            .map(Self)
            .ok_or_else(|| TimeError::NotATime(text.chars().take(80).collect()))
    }
}

macro_rules! text_form {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TimeError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

text_form!(CivilDate);
text_form!(CivilTime);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_utc() {
        let moment = Timestamp::from_millis(1_790_000_000_123).unwrap();
        assert_eq!(moment.to_string(), "2026-09-21T14:13:20.123Z");
        assert!(Timestamp::from_millis(i64::MAX).is_err());
        assert_eq!(moment.plus_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_date_has_no_zone() {
        assert_eq!("2026-05-31".parse::<CivilDate>().unwrap().to_string(), "2026-05-31");
        for text in ["", "31/05/2026", "2026-02-30", "2026-13-01", "+12026-01-01"] {
            assert!(text.parse::<CivilDate>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_of_day_is_read_with_or_without_seconds_and_zone() {
        for (text, expected) in [
            ("09:30", "09:30:00.000"),
            ("23:59:59", "23:59:59.000"),
            ("09:30:15.250-05:00", "09:30:15.250"),
            ("09:30Z", "09:30:00.000"),
        ] {
            assert_eq!(text.parse::<CivilTime>().unwrap().to_string(), expected);
        }
        for text in ["", "9", "24:00", "é"] {
            assert!(text.parse::<CivilTime>().is_err(), "{text}");
        }
    }
}
