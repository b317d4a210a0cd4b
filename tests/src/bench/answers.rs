//! What a person would answer: the same every time.

use chaski_forms::view::{NodeView, PageView, QuestionKind, QuestionView};
use chaski_values::{Answer, CivilDate, Decimal, GeoPoint, NodePath, Timestamp};

/// How many rows each repeat gets: a household of three.
pub(crate) const ROWS: usize = 3;

/// The questions of a page that are asked now and have no answer yet, each with one.
pub(crate) fn open_questions(page: &PageView) -> Vec<(NodePath, Answer)> {
    let asked = page.nodes.iter().filter_map(|node| match node {
        NodeView::Question(question) if question.relevant && !question.readonly && question.value.is_none() => {
            Some((question.path.clone(), answer(question)?))
        }
        _ => None,
    });
    asked.collect()
}

/// The repeats of a page that a row can be added to, as often as rows are missing.
pub(crate) fn missing_rows(page: &PageView) -> Vec<NodePath> {
    let repeats = page.nodes.iter().filter_map(|node| match node {
        NodeView::Repeat(repeat) if repeat.relevant && repeat.can_add => Some(repeat),
        _ => None,
    });
    repeats.flat_map(|repeat| (repeat.rows.len()..ROWS).map(|_| repeat.path.clone())).collect()
}

/// Nothing for what takes a photo or cannot be asked.
fn answer(question: &QuestionView) -> Option<Answer> {
    let choices = question.choices.as_deref().unwrap_or_default();
    Some(match question.kind {
        QuestionKind::Text | QuestionKind::Barcode => Answer::Text("Ccarhuapampa alta 12".to_owned()),
        QuestionKind::Integer => Answer::Integer(3),
        QuestionKind::Decimal => Answer::Decimal(Decimal::new(125, 1).ok()?),
        QuestionKind::SelectOne => Answer::Choice(choices.first()?.code.clone()),
        QuestionKind::SelectMultiple => {
            Answer::Choices(choices.iter().take(2).map(|choice| choice.code.clone()).collect())
        }
        QuestionKind::Date => Answer::Date("2026-05-31".parse::<CivilDate>().ok()?),
        QuestionKind::Time => Answer::Time("09:30".parse().ok()?),
        QuestionKind::DateTime => Answer::DateTime(Timestamp::from_millis(1_795_194_000_000).ok()?),
        QuestionKind::Geopoint => Answer::Point(GeoPoint::new(-12.93, -74.24, Some(2_650.0), Some(4.5), None).ok()?),
        QuestionKind::Acknowledge => Answer::Text("OK".to_owned()),
        QuestionKind::Range => Answer::Integer(3),
        QuestionKind::Rank => Answer::Rank(choices.iter().map(|choice| choice.code.clone()).collect()),
        QuestionKind::Geotrace | QuestionKind::Geoshape => {
            Answer::Trace(vec![GeoPoint::new(-12.93, -74.24, None, None, None).ok()?])
        }
        QuestionKind::Image
        | QuestionKind::Audio
        | QuestionKind::Video
        | QuestionKind::File
        | QuestionKind::Unsupported => return None,
    })
}
