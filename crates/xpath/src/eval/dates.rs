//! Functions of dates and times. A date without a zone is in the record's.

use std::fmt::Write;

use chrono::{Datelike, Timelike};

use super::Outcome;
use super::logic::Call;
use crate::context::Context;
use crate::error::EvalError;
use crate::moment::{Moment, civil_time};
use crate::number::parse_number;
use crate::value::{Text, Value};

const MINUTES_A_DAY: i64 = 24 * 60;

impl<C: Context> Call<'_, '_, C> {
    pub(super) fn now(&self) -> Moment {
        let context = self.evaluator.context;
        Moment::instant(context.now(), context.offset_minutes())
    }

    /// The moment an argument is; `None` when it is blank or no date.
    fn moment(&self, index: usize) -> Result<Option<Moment>, EvalError> {
        let offset = self.evaluator.context.offset_minutes();
        Ok(match self.scalar(index)? {
            Value::Date(moment) => Some(moment),
            Value::Number(days) => Moment::from_days(days, offset),
            Value::Text(text) => Moment::parse_loosely(&text, offset)
                .or_else(|| parse_number(&text).and_then(|days| Moment::from_days(days, offset))),
            Value::Boolean(_) | Value::Nodes(_) => None,
        })
    }

    pub(super) fn date(&self) -> Outcome<C> {
        Ok(self.moment(0)?.map_or_else(Value::blank, Value::Date))
    }

    pub(super) fn decimal_date_time(&self) -> Result<f64, EvalError> {
        Ok(self.moment(0)?.map_or(f64::NAN, Moment::days))
    }

    /// The time of day in the record's zone, as a fraction of a day.
    pub(super) fn decimal_time(&self) -> Result<f64, EvalError> {
        let offset = self.evaluator.context.offset_minutes();
        let value = self.scalar(0)?;
        let text = value.to_text();
        let time = match value {
            Value::Date(moment) => moment.time().to_chrono(),
            _ => match (Moment::parse(&text, offset), civil_time(&text)) {
                (Some(moment), _) => moment.time().to_chrono(),
                (None, Some((time, zone))) => {
                    let shift = zone.map_or(0, |zone| i64::from(offset) - i64::from(zone)).rem_euclid(MINUTES_A_DAY);
                    time.overflowing_add_signed(chrono::TimeDelta::minutes(shift)).0
                }
                (None, None) => return Ok(f64::NAN),
            },
        };
        let seconds = f64::from(time.num_seconds_from_midnight()) + f64::from(time.nanosecond() % 1_000_000_000) / 1e9;
        Ok(seconds / 86_400.0)
    }

    pub(super) fn format_date(&self) -> Result<Text, EvalError> {
        let Some(moment) = self.moment(0)? else { return Ok(Text::default()) };
        Ok(self.formatted(moment, &self.text(1)?).into())
    }

    fn formatted(&self, moment: Moment, format: &str) -> String {
        let local = moment.local();
        let mut out = String::new();
        let mut rest = format.chars();
        while let Some(character) = rest.next() {
            if character != '%' {
                out.push(character);
                continue;
            }
            let code = rest.next();
            // Writing to a string cannot fail.
            let _ = match code {
                Some('Y') => write!(out, "{:04}", local.year()),
                Some('y') => write!(out, "{:02}", local.year().rem_euclid(100)),
                Some('m') => write!(out, "{:02}", local.month()),
                Some('n') => write!(out, "{}", local.month()),
                Some('b') => out.write_str(self.evaluator.context.month_abbreviation(local.month())),
                Some('d') => write!(out, "{:02}", local.day()),
                Some('e') => write!(out, "{}", local.day()),
                Some('H') => write!(out, "{:02}", local.hour()),
                Some('h') => write!(out, "{}", local.hour()),
                Some('M') => write!(out, "{:02}", local.minute()),
                Some('S') => write!(out, "{:02}", local.second()),
                Some('3') => write!(out, "{:03}", local.nanosecond() / 1_000_000 % 1_000),
                Some('a') => {
                    let weekday = local.weekday().num_days_from_sunday();
                    out.write_str(self.evaluator.context.weekday_abbreviation(weekday))
                }
                Some('%') => out.write_char('%'),
                Some(other) => write!(out, "%{other}"),
                None => out.write_char('%'),
            };
        }
        out
    }

    /// Whole months: the 31st of January to the 28th of February is none.
    pub(super) fn difference_in_months(&self) -> Result<f64, EvalError> {
        let (Some(first), Some(second)) = (self.moment(0)?, self.moment(1)?) else { return Ok(f64::NAN) };
        let (first, second) = (first.local(), second.local());
        let months = (second.year() - first.year()) * 12 + second.month().cast_signed() - first.month().cast_signed();
        let (from, to) = ((first.day(), first.time()), (second.day(), second.time()));
        let unfinished = match months {
            1.. if to < from => -1,
            ..=-1 if to > from => 1,
            _ => 0,
        };
        Ok(f64::from(months + unfinished))
    }
}
