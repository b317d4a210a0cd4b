//! The TypeScript shape of [`chaski_values::Answer`], which itself knows nothing of TypeScript. A test holds the two equal.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a person answered to one question, as JSON.
#[derive(Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "t", content = "v", rename_all = "snake_case")]
pub enum AnswerValue {
    Text(String),
    Integer(#[ts(type = "number")] i64),
    /// Digits with a point, such as `12.50`.
    Decimal(String),
    Choice(String),
    Choices(Vec<String>),
    /// Such as `2026-05-31`.
    Date(String),
    /// Such as `09:30:00.000`.
    Time(String),
    /// Milliseconds since 1970, UTC.
    DateTime(#[ts(type = "number")] i64),
    Point(PointValue),
    Trace(Vec<PointValue>),
    Rank(Vec<String>),
    Media(MediaValue),
}

/// A position fix: degrees, metres, milliseconds.
#[derive(Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PointValue {
    pub latitude: f64,
    pub longitude: f64,
    pub altitude: Option<f64>,
    pub accuracy: Option<f64>,
    #[ts(type = "number | null")]
    pub fixed_at: Option<i64>,
}

/// A photo, drawing or file, by its content's hash.
#[derive(Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MediaValue {
    pub hash: String,
    pub length: u32,
    pub media_type: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chaski_values::{Answer, GeoPoint, Hash32, MediaRef, Timestamp};

    use super::*;

    #[test]
    fn every_answer_has_the_shape_told_to_typescript() {
        let at = Timestamp::from_millis(1_790_000_000_000).unwrap();
        let answers = [
            Answer::Text("a".to_owned()),
            Answer::Integer(-3),
            Answer::Decimal("12.50".parse().unwrap()),
            Answer::Choice("si".to_owned()),
            Answer::Choices(BTreeSet::from(["a".to_owned(), "b".to_owned()])),
            Answer::Date("2026-05-31".parse().unwrap()),
            Answer::Time("09:30".parse().unwrap()),
            Answer::DateTime(at),
            Answer::Point(GeoPoint::new(-13.0, -74.0, None, Some(4.0), Some(at)).unwrap()),
            Answer::Trace(vec![GeoPoint::new(-13.0, -74.0, None, None, None).unwrap()]),
            Answer::Rank(vec!["b".to_owned(), "a".to_owned()]),
            Answer::Media(MediaRef { hash: Hash32::of_content(b"x"), length: 1, media_type: "image/png".to_owned() }),
        ];
        for answer in answers {
            let json = serde_json::to_value(&answer).unwrap();
            let shaped: AnswerValue = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(&shaped).unwrap(), json);
        }
    }
}
