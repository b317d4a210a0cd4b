//! Readers, and what follows when they read a form.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaski_forms::{
    Cause, Environment, Form, FormErrors, FormSource, Limits, Lookups, Options, Part, Reading, Session, Strictness,
    Table, questionnaire, read_csv, read_form, read_xform, write_xform,
};
use chaski_values::{RecordId, RowId, Timestamp};

pub(crate) const RECORD: RecordId = RecordId::from_bytes([1; 16]);

/// A world that stays the same: 2026-05-31, 09:30 in Peru.
pub(crate) fn environment() -> Environment {
    Environment {
        now: Timestamp::from_millis(1_780_237_800_000).expect("a moment of this century"),
        zone_minutes: -300,
        device: "tablet-a".to_owned(),
        person: "rosa.quispe".to_owned(),
        seed: [7; 32],
        lookups: Lookups::default(),
    }
}

pub(crate) fn workbook(bytes: &[u8]) {
    let strict = Options { strictness: Strictness::Strict, ..Options::default() };
    let is_strictly_read = read_form(bytes, &strict).is_ok();
    let reading = read_form(bytes, &Options::default());
    assert!(reading.is_ok() || !is_strictly_read, "what is read strictly is read");
    told(reading);
}

/// Text as a form, as one sheet of a form, and as a table.
pub(crate) fn text(bytes: &[u8]) {
    workbook(bytes);
    told(read_csv(&[("survey", bytes)], &Options::default()));
    if let Ok(table) = Table::from_csv(bytes) {
        let _ = table.pull("name", "key", "a");
    }
    let _ = Lookups::default().insert_file("places.geojson", bytes);
}

pub(crate) fn xform(bytes: &[u8]) {
    told(read_xform(bytes, &Limits::default()));
    let _ = Lookups::default().insert_file("places.xml", bytes);
}

/// Every message is written, and a form that was read is used.
fn told(reading: Result<Reading, FormErrors>) {
    match reading {
        Ok(reading) => {
            reading.warnings.iter().for_each(|problem| drop(problem.to_string()));
            used(reading.source);
        }
        Err(errors) => errors.0.iter().for_each(|problem| drop(problem.to_string())),
    }
}

/// Takes the form, so that no step is charged for the memory of another.
fn used(source: FormSource) {
    let (bytes, version, xform) = (source.as_bytes().to_vec(), source.version(), write_xform(&source));
    drop(source);
    if let Err(FormErrors(problems)) = read_xform(xform.as_bytes(), &Limits::default()) {
        let broken = problems.iter().find(|problem| matches!(problem.cause, Cause::NotXml { .. }));
        assert!(broken.is_none(), "{broken:?}");
    }
    drop(xform);
    let Ok(source) = FormSource::from_bytes(&bytes) else { panic!("what was written is read") };
    assert_eq!(source.version(), version);
    drop(questionnaire(&source, 0));
    let form = Form::from_source(&source);
    drop(source);
    assert!(form.is_ok(), "what was read without an error compiles");
    if let Ok(form) = form {
        filled(&Arc::new(form));
    }
}

/// Gives every question an answer and every repeat a row, looks at all of it in each language, and opens what was stored.
pub(crate) fn filled(form: &Arc<Form>) {
    let (mut session, writes) = Session::open(form.clone(), environment(), RECORD, &BTreeMap::new());
    let mut saved: BTreeMap<_, _> = writes.into_iter().collect();
    for state in session.states().into_iter().take(200) {
        if let Ok(answer) = session.parse(&state.path, "3")
            && let Ok(change) = session.answer(&state.path, answer)
        {
            saved.extend(change.writes);
        }
        if let Ok(change) = session.add_row(&state.path, RowId::from_bytes([9; 8])) {
            saved.extend(change.writes);
        }
    }
    for language in form.languages().iter().take(3) {
        saved.extend(session.set_language(&language.code).map(|change| change.writes).unwrap_or_default());
        for page in 0..session.outline().pages.len().min(50) {
            let page = u32::try_from(page).unwrap_or(u32::MAX);
            let _ = (session.page(page), session.check_page(page));
        }
    }
    drop((session.summary(), session.answers()));
    for row in session.states().into_iter().filter(|state| state.part == Part::Row).take(5) {
        let removed = session.remove_row(&row.path).map(|change| change.writes);
        let back = session.restore_row(&row.path).map(|change| change.writes);
        saved.extend(removed.into_iter().chain(back).flatten());
    }
    saved.extend(session.migration(form).writes);
    saved.extend(session.finalize(environment().now).change.writes);
    let (session, _) = Session::open(form.clone(), environment(), RECORD, &saved);
    drop(session.states());
}
