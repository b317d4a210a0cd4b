use chaski_device::view::{Opened, RecordState};
use chaski_device::{Device, Wish};
use chaski_forms::view::NodeView;
use chaski_values::Answer;

use crate::office::{Bench, Office, PIN, noon};

const VISIT: &str = "aliados_visita";
const PROJECT: &str = "NR-050401-01";

fn choice(code: &str) -> Option<Answer> {
    Some(Answer::Choice(code.to_owned()))
}

fn text(text: &str) -> Option<Answer> {
    Some(Answer::Text(text.to_owned()))
}

fn value_of(opened: &Opened, path: &str) -> Option<Answer> {
    opened.page.nodes.iter().find_map(|node| match node {
        NodeView::Question(question) if question.path.to_string() == path => question.value.clone(),
        _ => None,
    })
}

#[test]
fn a_visit_knows_its_project_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(4, noon()), "Tableta 1");
    let opened = device.start_record(VISIT, Some(PROJECT), None).unwrap();
    assert_eq!(value_of(&opened, "A/proyecto"), choice(PROJECT));
    assert_eq!(opened.project_name.as_deref(), Some("Quesos de altura de Culluchaca"));
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(5, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    let answered = device.answer(&record, "A/tipo", choice("prog")).unwrap();
    assert!(answered.can_undo);
    // Killed: nothing is closed, left or locked.
    std::mem::forget(device);
    let mut device = Device::open(folder.path(), bench).unwrap();
    device.unlock(&person, PIN).unwrap();
    let drafts = device.home().unwrap().drafts;
    assert_eq!(drafts.len(), 1);
    assert!(drafts[0].unsaved);
    let opened = device.open_record(&record, None).unwrap();
    assert!(opened.resumed);
    assert_eq!(value_of(&opened, "A/tipo"), choice("prog"));
}

#[test]
fn a_row_added_by_mistake_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(6, noon()), "Tableta 1");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/realizada", choice("si")).unwrap();
    let row = device.add_row(&record, "T/part").unwrap().row.unwrap();
    device.answer(&record, &format!("{row}/p_nombre"), text("Julia Yaranga")).unwrap();
    device.undo(&record).unwrap();
    let opened = device.undo(&record).unwrap();
    assert!(opened.can_undo);
    assert!(device.answer(&record, &format!("{row}/p_nombre"), text("Julia")).is_err(), "the row is gone");
}

#[test]
fn a_visit_that_failed_is_finalized_and_says_what_was_missing_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(7, noon()), "Tableta 1");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    let missing = device.finalize(&record).unwrap();
    assert_eq!(missing.state, RecordState::Draft);
    assert!(missing.issues.iter().any(|issue| issue.path.to_string() == "A/fecha"), "{:?}", missing.issues);
    device.answer(&record, "A/fecha", Some(Answer::Date("2026-11-19".parse().unwrap()))).unwrap();
    device.answer(&record, "A/hora_ini", Some(Answer::Time("09:30".parse().unwrap()))).unwrap();
    device.answer(&record, "A/tipo", choice("prog")).unwrap();
    device
        .answer(&record, "A/proposito", Some(Answer::Choices(["at".to_owned(), "avance".to_owned()].into())))
        .unwrap();
    device.answer(&record, "A/realizada", choice("no")).unwrap();
    device.answer(&record, "A/motivo", choice("clima")).unwrap();
    let done = device.finalize(&record).unwrap();
    assert_eq!(done.issues, []);
    assert_eq!(done.state, RecordState::Final);
    let view = device.record(&record, None).unwrap();
    assert_eq!(view.card.state, RecordState::Final);
    assert_eq!(view.card.title, "Quesos de altura de Culluchaca · 19/11/2026");
    assert_eq!(view.history.len(), 1, "one sitting is one entry");
    let lines: Vec<_> = view.sections.iter().flat_map(|section| &section.lines).collect();
    assert!(lines.iter().any(|line| line.path == "A/motivo" && line.display == "Lluvia o huaico"), "{lines:?}");
    assert_eq!(device.home().unwrap().unsent.records, 1);
}

#[test]
fn a_discarded_draft_that_was_never_committed_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(8, noon()), "Tableta 1");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.discard_draft(&record, "me equivoqué de proyecto").unwrap();
    assert_eq!(device.home().unwrap().drafts, []);
    assert_eq!(device.record(&record, None).unwrap_err().code(), "unknown_record");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.leave(&record).unwrap();
    device.discard_draft(&record, "").unwrap();
    assert_eq!(device.home().unwrap().drafts, [], "a tombstone is not a draft");
}

#[test]
fn a_clock_wrong_by_years_keeps_nobody_from_working() {
    const YEAR: i64 = 365 * 24 * 3_600_000;
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(9, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    for years in [-10, 10] {
        bench.set(noon().plus_millis(years * YEAR));
        let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
        device.answer(&record, "A/tipo", choice("prog")).unwrap();
        device.leave(&record).unwrap();
    }
    assert_eq!(device.home().unwrap().unsent.entries, 2);
}

#[test]
fn answers_given_while_the_clock_was_ahead_are_sent_when_it_was_set_right() {
    const DAY: i64 = 24 * 3_600_000;
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(10, noon().plus_millis(30 * DAY));
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/tipo", choice("prog")).unwrap();
    bench.set(noon());
    device.begin_exchange(Wish::Asked).unwrap();
    assert_eq!(device.home().unwrap().unsent.entries, 1, "the sitting became an entry");
}

#[test]
fn an_exchange_that_brings_nothing_leaves_what_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(11, noon()), "Tableta 1");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/tipo", choice("prog")).unwrap();
    device.begin_exchange(Wish::ByItself).unwrap();
    device.settle_exchange().unwrap();
    let opened = device.undo(&record).unwrap();
    assert_eq!(value_of(&opened, "A/tipo"), None);
}
