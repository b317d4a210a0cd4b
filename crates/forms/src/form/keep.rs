//! How each question keeps its answer in a record, and how it reads it back. **Frozen: what is written here is in records.**
//!
//! A record holds scalars under keys, and no floating-point number. One answer is one scalar, but a question that takes
//! several choices keeps one truth a choice, so that ticks made apart on two tablets are both there after they merge.

use std::collections::{BTreeMap, BTreeSet};

use chaski_values::{Answer, CivilDate, CivilTime, Decimal, GeoPoint, Key, MediaRef, NodePath, Scalar};

use crate::kind::Kind;
use crate::session::Write;

/// Digits after the point of a decimal whose form does not say.
pub(crate) const USUAL_SCALE: u8 = 6;

/// How one question keeps its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Text,
    Integer,
    /// As an integer of 10^−scale.
    Decimal {
        scale: u8,
    },
    Choice,
    Choices,
    Date,
    Time,
    DateTime,
    Point,
    Media,
}

/// Why an answer cannot be kept as its question keeps answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Another kind of answer altogether: the caller is wrong.
    Kind,
    /// The right kind, but too long or too precise: the person must change it.
    Value,
}

impl Keep {
    /// The longest text kept: far above any remark, far below what would make a record heavy.
    const MAX_TEXT: usize = 20_000;

    /// How a node of this kind keeps its answer; nothing for what keeps none.
    pub(crate) fn of(kind: Kind, scale: Option<u8>) -> Option<Self> {
        Some(match kind {
            Kind::Text | Kind::Barcode | Kind::Acknowledge | Kind::Hidden => Self::Text,
            Kind::DeviceId | Kind::Username => Self::Text,
            Kind::Integer => Self::Integer,
            Kind::Decimal => Self::Decimal { scale: scale.unwrap_or(USUAL_SCALE) },
            Kind::SelectOne => Self::Choice,
            Kind::SelectMultiple => Self::Choices,
            Kind::Date | Kind::Today => Self::Date,
            Kind::Time => Self::Time,
            Kind::DateTime | Kind::Start | Kind::End => Self::DateTime,
            Kind::Geopoint => Self::Point,
            Kind::Image | Kind::Audio | Kind::Video | Kind::File => Self::Media,
            // A calculation keeps nothing, except the value of one that is computed once.
            Kind::Calculate => Self::Text,
            Kind::Rank | Kind::Range | Kind::Geotrace | Kind::Geoshape => Self::Text,
            Kind::Group | Kind::Repeat | Kind::Note | Kind::Undisclosed => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Decimal { .. } => "a decimal",
            Self::Choice => "a choice",
            Self::Choices => "choices",
            Self::Date => "a date",
            Self::Time => "a time of day",
            Self::DateTime => "a moment",
            Self::Point => "a position",
            Self::Media => "a file",
        }
    }

    /// The answer in exactly the shape this question keeps: a whole number becomes a decimal where one is asked.
    pub(crate) fn fit(self, answer: Answer) -> Result<Answer, Misfit> {
        match (self, answer) {
            (Self::Text, Answer::Text(text)) if text.len() <= Self::MAX_TEXT => Ok(Answer::Text(text)),
            (Self::Text, Answer::Text(_)) => Err(Misfit::Value),
            (Self::Decimal { scale }, Answer::Decimal(decimal)) => {
                decimal.rescaled(scale).map(Answer::Decimal).map_err(|_| Misfit::Value)
            }
            (Self::Decimal { scale }, Answer::Integer(units)) => {
                let whole = Decimal::new(units, 0).and_then(|decimal| decimal.rescaled(scale));
                whole.map(Answer::Decimal).map_err(|_| Misfit::Value)
            }
            (Self::Integer, answer @ Answer::Integer(_))
            | (Self::Choice, answer @ Answer::Choice(_))
            | (Self::Choices, answer @ Answer::Choices(_))
            | (Self::Date, answer @ Answer::Date(_))
            | (Self::Time, answer @ Answer::Time(_))
            | (Self::DateTime, answer @ Answer::DateTime(_))
            | (Self::Point, answer @ Answer::Point(_))
            | (Self::Media, answer @ Answer::Media(_)) => Ok(answer),
            _ => Err(Misfit::Kind),
        }
    }

    /// What to store when `before` becomes `after` at `path`. Both fit; equal ones give nothing.
    pub(crate) fn writes(self, path: &NodePath, before: Option<&Answer>, after: Option<&Answer>) -> Vec<Write> {
        if before == after {
            return Vec::new();
        }
        let key = Key::at(path);
        if self == Self::Choices {
            return choices_writes(path, &key, choices_of(before), choices_of(after));
        }
        vec![(key, after.map_or(Scalar::Null, scalar))]
    }

    /// The answer in one stored scalar; nothing for choices, which have many, and for a scalar of another kind.
    pub(crate) fn read(self, scalar: &Scalar) -> Option<Answer> {
        match (self, scalar) {
            (_, Scalar::Null) => None,
            (Self::Text, Scalar::Text(text)) => Some(Answer::Text(text.clone())),
            // A question's type may change to text: what was kept before is still read.
            (Self::Text, Scalar::Int(number)) => Some(Answer::Text(number.to_string())),
            (Self::Text, Scalar::Bool(truth)) => Some(Answer::Text(truth.to_string())),
            (Self::Text, Scalar::Time(moment)) => Some(Answer::Text(moment.to_string())),
            (Self::Integer, Scalar::Int(number)) => Some(Answer::Integer(*number)),
            (Self::Decimal { scale }, Scalar::Int(units)) => Decimal::new(*units, scale).ok().map(Answer::Decimal),
            (Self::Choice, Scalar::Text(code)) => Some(Answer::Choice(code.clone())),
            (Self::Date, Scalar::Text(text)) => text.parse::<CivilDate>().ok().map(Answer::Date),
            (Self::Time, Scalar::Text(text)) => text.parse::<CivilTime>().ok().map(Answer::Time),
            (Self::DateTime, Scalar::Time(moment)) => Some(Answer::DateTime(*moment)),
            (Self::Point, Scalar::Bytes(bytes)) => GeoPoint::from_bytes(bytes).map(Answer::Point),
            (Self::Media, Scalar::Bytes(bytes)) => MediaRef::from_bytes(bytes).map(Answer::Media),
            _ => None,
        }
    }
}

/// Choices as they are stored: the truth of each code, and under the question's own key whether "none of them" was answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StoredChoices {
    pub(crate) ticks: BTreeMap<String, bool>,
    pub(crate) answered_none: bool,
}

impl StoredChoices {
    pub(crate) fn answer(&self) -> Option<Answer> {
        let ticked: BTreeSet<String> = self.ticks.iter().filter(|(_, on)| **on).map(|(code, _)| code.clone()).collect();
        (!ticked.is_empty() || self.answered_none).then_some(Answer::Choices(ticked))
    }
}

fn choices_of(answer: Option<&Answer>) -> Option<&BTreeSet<String>> {
    match answer {
        Some(Answer::Choices(codes)) => Some(codes),
        _ => None,
    }
}

fn choices_writes(
    path: &NodePath,
    key: &Key,
    before: Option<&BTreeSet<String>>,
    after: Option<&BTreeSet<String>>,
) -> Vec<Write> {
    let none = BTreeSet::new();
    let (ticked, wanted) = (before.unwrap_or(&none), after.unwrap_or(&none));
    let off = ticked.difference(wanted).map(|code| (code, false));
    let on = wanted.difference(ticked).map(|code| (code, true));
    let mut writes: Vec<Write> = off
        .chain(on)
        .filter_map(|(code, truth)| Key::of_choice(path, code).ok().map(|key| (key, Scalar::Bool(truth))))
        .collect();
    let is_none = |answer: Option<&BTreeSet<String>>| answer.is_some_and(BTreeSet::is_empty);
    match (is_none(before), is_none(after)) {
        (false, true) => writes.push((key.clone(), Scalar::Bool(true))),
        (true, false) => writes.push((key.clone(), Scalar::Null)),
        (true, true) | (false, false) => {}
    }
    writes
}

fn scalar(answer: &Answer) -> Scalar {
    match answer {
        Answer::Text(text) | Answer::Choice(text) => Scalar::Text(text.clone()),
        Answer::Integer(number) => Scalar::Int(*number),
        Answer::Decimal(decimal) => Scalar::Int(decimal.units()),
        Answer::Date(date) => Scalar::Text(date.to_string()),
        Answer::Time(time) => Scalar::Text(time.to_string()),
        Answer::DateTime(moment) => Scalar::Time(*moment),
        Answer::Point(point) => Scalar::Bytes(point.to_bytes()),
        Answer::Media(media) => Scalar::Bytes(media.to_bytes()),
        Answer::Choices(_) => Scalar::Null,
    }
}

#[cfg(test)]
mod tests {
    use chaski_values::{Hash32, Timestamp};

    use super::*;

    fn path() -> NodePath {
        "A/q".parse().unwrap()
    }

    #[test]
    fn every_kind_of_answer_is_read_back_as_it_was_kept() {
        let at = Timestamp::from_millis(1_790_000_000_000).unwrap();
        let media = MediaRef { hash: Hash32::of_content(b"x"), length: 1, media_type: "image/png".to_owned() };
        let answers = [
            (Keep::Text, Answer::Text("Quispe Ñahui".to_owned())),
            (Keep::Integer, Answer::Integer(-4)),
            (Keep::Decimal { scale: 2 }, Answer::Decimal("12.50".parse().unwrap())),
            (Keep::Choice, Answer::Choice("si".to_owned())),
            (Keep::Date, Answer::Date("2026-05-31".parse().unwrap())),
            (Keep::Time, Answer::Time("09:30".parse().unwrap())),
            (Keep::DateTime, Answer::DateTime(at)),
            (Keep::Point, Answer::Point(GeoPoint::new(-13.1, -74.2, None, Some(4.0), Some(at)).unwrap())),
            (Keep::Media, Answer::Media(media)),
        ];
        for (keep, answer) in answers {
            let writes = keep.writes(&path(), None, Some(&answer));
            assert_eq!(writes.len(), 1);
            assert_eq!(keep.read(&writes[0].1), Some(answer.clone()));
            assert_eq!(keep.writes(&path(), Some(&answer), None), [(Key::at(&path()), Scalar::Null)]);
            assert_eq!(keep.writes(&path(), Some(&answer), Some(&answer)), []);
        }
    }

    #[test]
    fn choices_are_kept_one_key_each() {
        let choices = |codes: &[&str]| Answer::Choices(codes.iter().map(|code| (*code).to_owned()).collect());
        let keys = |before: Option<&Answer>, after: Option<&Answer>| {
            let writes = Keep::Choices.writes(&path(), before, after);
            writes.into_iter().map(|(key, scalar)| format!("{key} {scalar:?}")).collect::<Vec<_>>()
        };
        let (none, one, two) = (choices(&[]), choices(&["a"]), choices(&["a", "b"]));
        assert_eq!(keys(None, Some(&two)), ["q/A/q=a Bool(true)", "q/A/q=b Bool(true)"]);
        assert_eq!(keys(Some(&two), Some(&one)), ["q/A/q=b Bool(false)"]);
        assert_eq!(keys(Some(&one), Some(&none)), ["q/A/q=a Bool(false)", "q/A/q Bool(true)"]);
        assert_eq!(keys(Some(&none), None), ["q/A/q Null"]);
        assert_eq!(keys(Some(&one), None), ["q/A/q=a Bool(false)"]);
    }

    #[test]
    fn a_price_with_three_decimals_does_not_fit_where_two_are_kept() {
        let keep = Keep::Decimal { scale: 2 };
        assert_eq!(keep.fit(Answer::Decimal("1.005".parse().unwrap())), Err(Misfit::Value));
        assert_eq!(keep.fit(Answer::Integer(3)), Ok(Answer::Decimal("3.00".parse().unwrap())));
        assert_eq!(keep.fit(Answer::Text("3".to_owned())), Err(Misfit::Kind));
    }
}
