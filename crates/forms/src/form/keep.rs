//! How each question keeps its answer in a record, and how it reads it back. **Frozen: what is written here is in records.**
//!
//! A record holds scalars under keys, and no floating-point number. One answer is one scalar, but a question that takes
//! several choices keeps one truth a choice, so that ticks made apart on two tablets are both there after they merge.

use std::collections::{BTreeMap, BTreeSet};

use chaski_values::{Answer, CivilDate, CivilTime, Decimal, GeoPoint, Key, MediaRef, NodePath, Scalar};

use crate::kind::Keeps;
use crate::session::Write;
use crate::source::DefinedNode;

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
    /// As one text of ODK points, `;` between them.
    Trace,
    /// As one text of codes, spaces between them.
    Rank,
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

    /// The longest line or order kept: a boundary of two thousand points.
    const MAX_LINE: usize = 100_000;

    /// How a node keeps its answer; nothing for what keeps none.
    pub(crate) fn of(node: &DefinedNode) -> Option<Self> {
        Some(match node.kind.facts().keeps {
            Keeps::Nothing => return None,
            Keeps::Text => Self::Text,
            Keeps::Integer => Self::Integer,
            Keeps::Decimal => Self::Decimal { scale: node.scale.unwrap_or(USUAL_SCALE) },
            Keeps::Number if is_whole(node) => Self::Integer,
            Keeps::Number => Self::Decimal { scale: node.scale.unwrap_or(USUAL_SCALE) },
            Keeps::Choice => Self::Choice,
            Keeps::Choices => Self::Choices,
            Keeps::Date => Self::Date,
            Keeps::Time => Self::Time,
            Keeps::DateTime => Self::DateTime,
            Keeps::Point => Self::Point,
            Keeps::Trace => Self::Trace,
            Keeps::Rank => Self::Rank,
            Keeps::Media => Self::Media,
        })
    }

    /// Whether what was kept so before is read without loss. Text takes anything but what is no text.
    pub(crate) fn can_hold_what(self, before: Self) -> bool {
        match (self, before) {
            (Self::Text, Self::Media) => false,
            (Self::Text, _) | (Self::Decimal { .. }, Self::Integer | Self::Decimal { .. }) => true,
            (after, before) => after == before,
        }
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
            Self::Trace => "a line",
            Self::Rank => "an order",
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
            (Self::Trace, Answer::Trace(points)) => {
                // What a line does not keep, such as the time of each fix, is left out here, so that it reads back equal.
                let text = trace_to_odk(&points);
                let kept = trace_from_odk(&text).filter(|_| text.len() <= Self::MAX_LINE);
                kept.map(Answer::Trace).ok_or(Misfit::Value)
            }
            (Self::Rank, Answer::Rank(codes)) => {
                let is_code = |code: &String| !code.is_empty() && !code.contains(char::is_whitespace);
                let length: usize = codes.iter().map(|code| code.len() + 1).sum();
                match !codes.is_empty() && length <= Self::MAX_LINE && codes.iter().all(is_code) {
                    true => Ok(Answer::Rank(codes)),
                    false => Err(Misfit::Value),
                }
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
            (Self::Trace, Scalar::Text(text)) => trace_from_odk(text).map(Answer::Trace),
            (Self::Rank, Scalar::Text(text)) => {
                let codes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                (!codes.is_empty()).then_some(Answer::Rank(codes))
            }
            (Self::Point, Scalar::Bytes(bytes)) => GeoPoint::from_bytes(bytes).map(Answer::Point),
            (Self::Media, Scalar::Bytes(bytes)) => MediaRef::from_bytes(bytes).map(Answer::Media),
            _ => None,
        }
    }
}

/// Whether a range counts in whole numbers: none of its bounds has a point.
fn is_whole(node: &DefinedNode) -> bool {
    let bounds = ["start", "end", "step"].iter().filter_map(|name| node.parameters.get(*name));
    bounds.into_iter().all(|number| !number.contains('.'))
}

/// A line as ODK writes it: points with `;` between them.
pub(crate) fn trace_to_odk(points: &[GeoPoint]) -> String {
    points.iter().map(|point| point.to_odk()).collect::<Vec<_>>().join(";")
}

/// Reads what [`trace_to_odk`] wrote; nothing if it is no line of one point or more.
pub(crate) fn trace_from_odk(text: &str) -> Option<Vec<GeoPoint>> {
    let text = text.trim().trim_end_matches(';');
    text.split(';').map(GeoPoint::from_odk).collect()
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
        Answer::Trace(points) => Scalar::Text(trace_to_odk(points)),
        Answer::Rank(codes) => Scalar::Text(codes.join(" ")),
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
            (Keep::Trace, Answer::Trace(trace_from_odk("-13.1 -74.2 0 0; -13.2 -74.3 2000.5 3").unwrap())),
            (Keep::Rank, Answer::Rank(vec!["b".to_owned(), "a".to_owned()])),
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

    #[test]
    fn a_line_reads_back_equal_and_an_empty_one_does_not_fit() {
        let at = Timestamp::from_millis(1_790_000_000_000).unwrap();
        let point = GeoPoint::new(-13.1, -74.2, Some(0.0), Some(4.0), Some(at)).unwrap();
        let kept = Keep::Trace.fit(Answer::Trace(vec![point, point])).unwrap();
        let writes = Keep::Trace.writes(&path(), None, Some(&kept));
        assert_eq!(Keep::Trace.read(&writes[0].1), Some(kept));
        assert_eq!(Keep::Trace.fit(Answer::Trace(Vec::new())), Err(Misfit::Value));
        assert_eq!(Keep::Trace.fit(Answer::Trace(vec![point; 10_000])), Err(Misfit::Value));
        assert_eq!(Keep::Rank.fit(Answer::Rank(vec!["a b".to_owned()])), Err(Misfit::Value));
    }

    #[test]
    fn a_range_counts_in_whole_numbers_unless_a_bound_has_a_point() {
        let mut node = DefinedNode::new("r".to_owned(), crate::kind::Kind::Range, None);
        node.parameters = BTreeMap::from([("start".to_owned(), "1".to_owned()), ("end".to_owned(), "5".to_owned())]);
        assert_eq!(Keep::of(&node), Some(Keep::Integer));
        node.parameters.insert("step".to_owned(), "0.5".to_owned());
        assert_eq!(Keep::of(&node), Some(Keep::Decimal { scale: USUAL_SCALE }));
    }
}
