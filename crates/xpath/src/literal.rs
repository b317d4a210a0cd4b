//! Arguments that are written out and can never be what their function takes: their author's mistake, told when the
//! expression is read. An answer that does not suit is none: it gives blank when the expression is evaluated.
//!
//! Blank text is refused only where it can never be meant: `date('')` is a way to write a blank date. Where the engines of
//! ODK give a number all the same, as `decimal-time('a')` gives NaN, nothing is refused.

use crate::eval::places::{is_closed, points_of};
use crate::eval::texts::{ALGORITHMS, ENCODINGS, MAX_RANDOM_TEXT};
use crate::expr::{Expr, ExprKind};
use crate::function::Function;
use crate::moment::Moment;
use crate::number::parse_number;

/// Why an argument can never be used, and what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub(crate) why: &'static str,
    pub(crate) remedy: &'static str,
}

/// What a literal says.
enum Literal<'e> {
    Text(&'e str),
    Number(f64),
    Truth,
}

impl<'e> Literal<'e> {
    fn of(expr: &'e Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Text(text) => Some(Self::Text(text)),
            ExprKind::Number(number) => Some(Self::Number(*number)),
            ExprKind::Negate(inner) => match Self::of(inner)? {
                Self::Number(number) => Some(Self::Number(-number)),
                Self::Text(_) | Self::Truth => None,
            },
            ExprKind::Call(Function::True | Function::False, _) => Some(Self::Truth),
            _ => None,
        }
    }
}

/// What is wrong with the argument at `index`, if it is written out and can never be right.
pub(crate) fn unfit(function: Function, index: usize, argument: &Expr) -> Option<Unfit> {
    use Function as F;
    let literal = Literal::of(argument)?;
    match (function, index) {
        (F::Date | F::DateTime | F::DecimalDateTime | F::FormatDate | F::FormatDateTime, 0)
        | (F::DifferenceInMonths, _) => no_moment(&literal),
        (F::Geofence, 0) => no_point(&literal),
        (F::Geofence, 1) => no_outline(&literal),
        (F::Digest, 1) => not_one_of(&literal, &ALGORITHMS, "it is no algorithm that is known", ALGORITHMS_REMEDY),
        (F::Digest, 2) => not_one_of(&literal, &ENCODINGS, "it is no encoding that is known", ENCODINGS_REMEDY),
        (F::Uuid, 0) => no_length(&literal),
        _ => None,
    }
}

pub(crate) const ALGORITHMS_REMEDY: &str = "write MD5, SHA-1, SHA-256, SHA-384 or SHA-512";
pub(crate) const ENCODINGS_REMEDY: &str = "write base64 or hex";
pub(crate) const LENGTH_REMEDY: &str = "give a length from 0 to 10000";

fn no_moment(literal: &Literal<'_>) -> Option<Unfit> {
    // Whether a text is a date does not depend on the zone.
    const ANY_ZONE: i16 = 0;
    let from_days = |days: f64| Moment::from_days(days, ANY_ZONE);
    let why = match literal {
        Literal::Truth => "it is true or false, not a date",
        Literal::Number(days) if from_days(*days).is_none() => "it is too many days from 1970",
        Literal::Text(text) if !text.trim().is_empty() => {
            let is_one = Moment::parse_loosely(text, ANY_ZONE).is_some();
            if is_one || parse_number(text).and_then(from_days).is_some() {
                return None;
            }
            if is_shaped_as_a_date(text) { "there is no such day or time" } else { "it is not a date" }
        }
        Literal::Number(_) | Literal::Text(_) => return None,
    };
    Some(Unfit { why, remedy: "write a date as '2026-05-31', a moment as '2026-05-31T09:30:00'" })
}

/// Whether a text has the look of `2026-05-31`, whatever its digits.
fn is_shaped_as_a_date(text: &str) -> bool {
    let shape = |(index, byte): (usize, u8)| if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let text = text.trim();
    text.len() >= 10 && text.bytes().take(10).enumerate().all(shape)
}

fn no_point(literal: &Literal<'_>) -> Option<Unfit> {
    let is_one = matches!(literal, Literal::Text(text) if points_of(text).is_some_and(|points| points.len() == 1));
    (!is_one).then_some(Unfit {
        why: "it is not a point",
        remedy: "write '-12.05 -77.04 0 0': latitude, longitude, altitude, accuracy",
    })
}

fn no_outline(literal: &Literal<'_>) -> Option<Unfit> {
    let is_one = matches!(literal, Literal::Text(text) if points_of(text).is_some_and(|points| is_closed(&points)));
    (!is_one).then_some(Unfit {
        why: "it is not the outline of an area",
        remedy: "write at least three points with `;` between them, then the first again",
    })
}

fn not_one_of(literal: &Literal<'_>, known: &[&str], why: &'static str, remedy: &'static str) -> Option<Unfit> {
    let is_known = matches!(literal, Literal::Text(text) if known.contains(text));
    (!is_known).then_some(Unfit { why, remedy })
}

fn no_length(literal: &Literal<'_>) -> Option<Unfit> {
    let length = match literal {
        Literal::Text(text) => parse_number(text),
        Literal::Number(number) => Some(*number),
        Literal::Truth => None,
    };
    let is_one = length.is_some_and(|length| (0.0..=MAX_RANDOM_TEXT).contains(&length));
    (!is_one).then_some(Unfit { why: "it is no length", remedy: LENGTH_REMEDY })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::parse;

    #[test]
    fn an_argument_that_can_never_be_right_is_told_with_what_to_write() {
        let told: Vec<String> = [
            "date('1983-09-31')",
            "1 + date(true())",
            "decimal-date-time('-01-2019')",
            "date-time('nonsense')",
            "format-date(-1e300, '%Y')",
            "difference-in-months(today(), 'May')",
            "geofence('0 0 0 0', '')",
            "geofence('100 0', '0 0;0 1;1 1;0 0')",
            "digest(., 'MD6')",
            "digest(., 'MD5', 'octal')",
            "uuid('a')",
        ]
        .into_iter()
        .map(|text| parse(text).unwrap_err().to_string())
        .collect();
        expect![[r#"
            column 6: `date` can never use `'1983-09-31'`: there is no such day or time; write a date as '2026-05-31', a moment as '2026-05-31T09:30:00'
            column 10: `date` can never use `true()`: it is true or false, not a date; write a date as '2026-05-31', a moment as '2026-05-31T09:30:00'
            column 19: `decimal-date-time` can never use `'-01-2019'`: it is not a date; write a date as '2026-05-31', a moment as '2026-05-31T09:30:00'
            column 11: `date-time` can never use `'nonsense'`: it is not a date; write a date as '2026-05-31', a moment as '2026-05-31T09:30:00'
            column 13: `format-date` can never use `-1e300`: it is too many days from 1970; write a date as '2026-05-31', a moment as '2026-05-31T09:30:00'
            column 31: `difference-in-months` can never use `'May'`: it is not a date; write a date as '2026-05-31', a moment as '2026-05-31T09:30:00'
            column 21: `geofence` can never use `''`: it is not the outline of an area; write at least three points with `;` between them, then the first again
            column 10: `geofence` can never use `'100 0'`: it is not a point; write '-12.05 -77.04 0 0': latitude, longitude, altitude, accuracy
            column 11: `digest` can never use `'MD6'`: it is no algorithm that is known; write MD5, SHA-1, SHA-256, SHA-384 or SHA-512
            column 18: `digest` can never use `'octal'`: it is no encoding that is known; write base64 or hex
            column 6: `uuid` can never use `'a'`: it is no length; give a length from 0 to 10000
        "#]]
        .assert_eq(&format!("{}\n", told.join("\n")));
    }

    #[test]
    fn what_may_be_right_is_left_to_the_answers() {
        for text in [
            "date('')",
            "date(' 2026-05-31 ')",
            "date('2026-5-3')",
            "date('19000.5')",
            "date(-1)",
            "date(.)",
            "date(concat('19', '83-09-31'))",
            "date(number('invalid'))",
            "decimal-time('a')",
            "distance('a')",
            "geofence(., ../area)",
            "geofence('0 0', '0 0;0 1;1 1;0 0;')",
            "digest('a', ., 'hex')",
            "uuid(8)",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }
}
