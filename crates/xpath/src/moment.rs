//! Dates and moments: read from ISO text, counted in days since 1970, written in the record's zone.
//!
//! The zone is a fixed offset that the caller pins: the same expression gives the same days on the tablet and at the hub.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use chaski_values::{CivilDate, CivilTime, Timestamp};

/// Whether a moment stands for its whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    Day,
    Instant,
}

/// A date or a moment, seen in a zone `offset` minutes east of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    offset: i16,
    precision: Precision,
}

const DAY: f64 = 86_400_000.0;

impl Moment {
    /// A moment to the millisecond, written with its time.
    pub fn instant(at: Timestamp, offset: i16) -> Self {
        Self { at, offset, precision: Precision::Instant }
    }

    /// A day: its midnight in the zone.
    pub fn day(date: CivilDate, offset: i16) -> Self {
        let midnight = date.to_chrono().and_time(NaiveTime::MIN);
        Self { at: utc(midnight, i32::from(offset)), offset, precision: Precision::Day }
    }

    /// The moment so many days after 1970-01-01T00:00Z, to the millisecond; a day when that is midnight in the zone.
    pub fn from_days(days: f64, offset: i16) -> Option<Self> {
        let millis = (days * DAY).round();
        if !(-1e15..=1e15).contains(&millis) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        let at = Timestamp::from_millis(millis as i64).ok()?;
        Some(Self { at, offset, precision: Precision::Instant }.settled())
    }

    /// Reads `2026-05-31`, `2026-05-31T09:30`, with seconds, fraction and zone (`Z`, `-05:00`, `-05`) optional; without
    /// a zone it is in the zone `offset`.
    pub fn parse(text: &str, offset: i16) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        let bytes = text.as_bytes();
        if bytes.len() < 10 || bytes.len() > 40 || !text.is_ascii() || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let date = civil_date(text.get(..10)?)?;
        if bytes.len() == 10 {
            return Some(Self::day(CivilDate::from_chrono(date), offset));
        }
        if bytes[10] != b'T' {
            return None;
        }
        let (time, zone) = civil_time(text.get(11..)?)?;
        let at = utc(date.and_time(time), zone.unwrap_or(i32::from(offset)));
        Some(Self { at, offset, precision: Precision::Instant }.settled())
    }

    /// As [`Moment::parse`], and also months and days of one digit, as people write them: `2026-5-3`.
    pub(crate) fn parse_loosely(text: &str, offset: i16) -> Option<Self> {
        Self::parse(text, offset).or_else(|| {
            let mut parts = text.trim().splitn(3, '-');
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            let digits = |part: &str, most: usize| {
                !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
            };
            if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
                return None;
            }
            let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
            (date.year() >= 1).then(|| Self::day(CivilDate::from_chrono(date), offset))
        })
    }

    /// A midnight is a day; so the text of `date(x + 1)` is a date again.
    fn settled(self) -> Self {
        let precision = if self.local().time() == NaiveTime::MIN { Precision::Day } else { Precision::Instant };
        Self { precision, ..self }
    }

    pub fn timestamp(self) -> Timestamp {
        self.at
    }

    pub fn precision(self) -> Precision {
        self.precision
    }

    /// Days since 1970-01-01T00:00Z, the time of day as a fraction.
    #[expect(clippy::cast_precision_loss, reason = "the years 0 to 9999 in milliseconds are exact in an f64")]
    pub fn days(self) -> f64 {
        self.at.millis() as f64 / DAY
    }

    /// The day in the zone.
    pub fn date(self) -> CivilDate {
        CivilDate::from_chrono(self.local().date())
    }

    /// The time of day in the zone.
    pub fn time(self) -> CivilTime {
        CivilTime::from_chrono(self.local().time())
    }

    pub(crate) fn local(self) -> NaiveDateTime {
        let offset = TimeDelta::minutes(i64::from(self.offset));
        let utc = self.at.to_chrono().naive_utc();
        utc.checked_add_signed(offset).unwrap_or(utc)
    }
}

/// `2026-05-31T09:30:00.000-05:00`, or only the date for a day.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        write!(f, "{:04}-{:02}-{:02}", local.year(), local.month(), local.day())?;
        if self.precision == Precision::Day {
            return Ok(());
        }
        let millis = local.and_utc().timestamp_subsec_millis();
        write!(f, "T{:02}:{:02}:{:02}.{millis:03}", local.hour(), local.minute(), local.second())?;
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

fn utc(local: NaiveDateTime, offset: i32) -> Timestamp {
    let utc = local.checked_sub_signed(TimeDelta::minutes(i64::from(offset))).unwrap_or(local);
    Timestamp::from_chrono(utc.and_utc())
}

fn civil_date(text: &str) -> Option<NaiveDate> {
    text.parse::<CivilDate>().ok().map(CivilDate::to_chrono)
}

/// A time of day and its zone in minutes, if written: `09:30`, `09:30:15.250-05:00`.
pub(crate) fn civil_time(text: &str) -> Option<(NaiveTime, Option<i32>)> {
    if !text.is_ascii() || text.len() > 30 {
        return None;
    }
    let at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at(at);
    Some((time_of_day(time)?, if zone.is_empty() { None } else { Some(zone_minutes(zone)?) }))
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let hour = two_digits(parts.next()?)?;
    let minute = two_digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), two_digits)?;
    if parts.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    NaiveTime::from_hms_milli_opt(hour, minute, second, millis)
}

fn zone_minutes(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'Z' => return (text == "Z").then_some(0),
        b'-' => (-1, &text[1..]),
        _ => (1, &text[1..]),
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if rest.len() == 4 => rest.split_at(2),
        None => (rest, "00"),
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let minutes = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
    Some(sign * i32::try_from(minutes).ok()?)
}

fn two_digits(text: &str) -> Option<u32> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERU: i16 = -300;

    #[test]
    fn a_moment_is_read_and_written_in_the_zone() {
        for (text, written) in [
            ("2026-05-31", "2026-05-31"),
            ("2026-05-31T09:30", "2026-05-31T09:30:00.000-05:00"),
            ("2026-05-31T09:30:15.25", "2026-05-31T09:30:15.250-05:00"),
            ("2026-05-31T14:30:00Z", "2026-05-31T09:30:00.000-05:00"),
            ("2026-05-31T14:30:00.000+00", "2026-05-31T09:30:00.000-05:00"),
            ("2026-05-31T05:00:00.000+0000", "2026-05-31"),
        ] {
            assert_eq!(Moment::parse(text, PERU).map(|moment| moment.to_string()).as_deref(), Some(written), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-5-31",
            "31-05-2026",
            "2026-02-30",
            "2026-05-31 09:30",
            "2026-05-31T25:00",
            "2026-05-31T09",
        ] {
            assert_eq!(Moment::parse(text, PERU), None, "{text}");
        }
        assert_eq!(
            Moment::parse_loosely("2026-5-3", PERU).map(|moment| moment.to_string()).as_deref(),
            Some("2026-05-03")
        );
    }

    #[test]
    fn days_and_back() {
        let moment = Moment::parse("2026-05-31T09:30:15.250", PERU).unwrap();
        assert_eq!(Moment::from_days(moment.days(), PERU), Some(moment));
        assert_eq!(Moment::from_days(f64::NAN, PERU), None);
        assert_eq!(Moment::from_days(1e300, PERU), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_offered(text in ".*", shaped in "[0-9]{4}-[0-9]{2}-[0-9]{2}T?[-0-9:.Z+]{0,20}") {
            for text in [&text, &shaped] {
                let _ = Moment::parse_loosely(text, PERU).map(|moment| moment.to_string());
                let _ = civil_time(text);
            }
        }
    }
}
