//! Opening the longest of the real forms, and answering it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chaski_forms::{Change, Environment, Form, FormSource, Limits, Session, read_xlsx};
use chaski_tests::office::programme;
use chaski_tests::story::Broken;
use chaski_values::{Key, RecordId, RowId, Scalar};

use super::environment;
use crate::answers;
use crate::table::{Figure, Section};
use crate::times::Times;

/// Openings are measured this often.
const OPENINGS: usize = 100;
/// What a tablet may take to open the survey.
const OPENING_MS: f64 = 30.0;
const QUESTIONS: usize = 87;

pub(crate) fn measure() -> Result<Section, Broken> {
    let workbook = std::fs::read(programme().join("forms/beneficiary_survey.xlsx"))?;
    let kept = read_xlsx(&workbook, &Limits::default())?.source.as_bytes().to_vec();
    let form = Arc::new(Form::from_source(&FormSource::from_bytes(&kept)?)?);
    let environment = environment()?;
    let record = RecordId::from_bytes([7; 16]);

    let (saved, mut each) = (fill(&form, &environment, record)?, Times::default());
    let (mut new, mut again) = (Times::default(), Times::default());
    for _ in 0..OPENINGS {
        new.time(|| open(&kept, &environment, record, &BTreeMap::new()))?;
        again.time(|| open(&kept, &environment, record, &saved))?;
    }
    for (path, value) in every_answer(&form, &environment, record, &saved)? {
        let (mut session, _) = Session::open(Arc::clone(&form), environment.clone(), record, &saved);
        // Taken back and given again: each touches all that depends on it.
        session.answer(&path, None)?;
        each.time(|| session.answer(&path, Some(value)))?;
    }
    if form.question_count() != QUESTIONS {
        return Err(format!("the survey has {} questions, not {QUESTIONS}", form.question_count()).into());
    }
    let limited = |name, measured| Figure::limited(name, measured, OPENING_MS, "ms");
    let told = |name, measured| Figure::told(name, measured, "ms");
    Ok(Section {
        figures: vec![
            limited("open the 87-question survey, new, median", new.median()),
            told("  the worst", new.worst()),
            limited("open it with everything answered, median", again.median()),
            told("  the worst", again.worst()),
            told("one answer, what depends on it computed, median", each.median()),
            told("  the worst of all questions", each.worst()),
        ],
        notes: vec![format!(
            "Opening: read the stored definition, compile it, open the session, outline and first page; {OPENINGS} times. \
             Answered: {} keys, {} answers, {} rows a repeat.",
            saved.len(),
            each.len(),
            answers::ROWS
        )],
    })
}

/// All that happens between the stored bytes and the first page.
fn open(kept: &[u8], environment: &Environment, record: RecordId, saved: &BTreeMap<Key, Scalar>) -> Result<(), Broken> {
    let form = Form::from_source(&FormSource::from_bytes(kept)?)?;
    let (mut session, _) = Session::open(Arc::new(form), environment.clone(), record, saved);
    std::hint::black_box((session.outline(), session.page(0)?));
    Ok(())
}

/// Fills in a whole survey and gives what would be stored of it.
fn fill(form: &Arc<Form>, environment: &Environment, record: RecordId) -> Result<BTreeMap<Key, Scalar>, Broken> {
    let (mut session, first) = Session::open(Arc::clone(form), environment.clone(), record, &BTreeMap::new());
    let mut saved: BTreeMap<Key, Scalar> = first.into_iter().collect();
    let mut keep = |change: Change| saved.extend(change.writes);
    let mut row: u64 = 0;
    for index in 0..session.outline().pages.len() as u32 {
        for repeat in answers::missing_rows(&session.page(index)?) {
            row += 1;
            keep(session.add_row(&repeat, RowId::from_bytes(row.to_be_bytes()))?);
        }
        let mut asked = BTreeSet::new();
        loop {
            let open: Vec<_> = answers::open_questions(&session.page(index)?)
                .into_iter()
                .filter(|(path, _)| asked.insert(path.clone()))
                .collect();
            if open.is_empty() {
                break;
            }
            for (path, value) in open {
                keep(session.answer(&path, Some(value))?);
            }
        }
    }
    Ok(saved)
}

/// Every question that has an answer, with it.
fn every_answer(
    form: &Arc<Form>,
    environment: &Environment,
    record: RecordId,
    saved: &BTreeMap<Key, Scalar>,
) -> Result<Vec<(chaski_values::NodePath, chaski_values::Answer)>, Broken> {
    use chaski_forms::view::NodeView;
    let (mut session, _) = Session::open(Arc::clone(form), environment.clone(), record, saved);
    let mut found = Vec::new();
    for index in 0..session.outline().pages.len() as u32 {
        for node in session.page(index)?.nodes {
            if let NodeView::Question(question) = node
                && !question.readonly
                && question.relevant
                && let Some(value) = question.value
            {
                found.push((question.path, value));
            }
        }
    }
    Ok(found)
}
