use super::*;
use crate::testing::{at, fresh, key_of, open, person, record};
use crate::{JournalStanding, RecordFilter, RowStanding};

fn write(key: &str, text: &str, previous: Option<&str>) -> JournalWrite {
    JournalWrite { key: key_of(key), scalar: Scalar::text(text), previous: previous.map(Scalar::text) }
}

fn draft() -> DraftRow {
    DraftRow {
        kind: "form".to_owned(),
        district: Some("050401".parse().unwrap()),
        form: Some("visita".parse().unwrap()),
        form_version: None,
        project: Some("NR-050401-01".parse().unwrap()),
        title: "Nueva visita".to_owned(),
        search: String::new(),
    }
}

fn sit(store: &mut Store) -> SittingId {
    store.open_sitting(record(1), person(1), 0, at(0), Some(&draft())).unwrap().0
}

#[test]
fn an_answer_is_there_after_the_store_is_opened_again() {
    let (folder, mut store) = fresh();
    let sitting = sit(&mut store);
    store.journal_answer(sitting, &[write("q/nombre", "Julia", None)], 3, at(5)).unwrap();
    let path = store.path().to_owned();
    drop(store);
    let store = open(&path).unwrap().store;
    let found = store.sitting(record(1), person(1)).unwrap().unwrap();
    assert_eq!((found.id, found.page, found.writes, found.touched_at), (sitting, 3, 1, at(5)));
    assert_eq!(store.journalled(sitting).unwrap().writes, [(key_of("q/nombre"), Scalar::text("Julia"))]);
    drop(folder);
}

#[test]
fn a_sitting_goes_on_where_it_was() {
    let (_folder, mut store) = fresh();
    let sitting = sit(&mut store);
    store.turn_page(sitting, 4, at(9)).unwrap();
    assert_eq!(sit(&mut store), sitting);
    assert_eq!(store.sittings().unwrap()[0].page, 4);
    store.journal_answer(sitting, &[write("q/nombre", "Julia", None)], 5, at(10)).unwrap();
    assert_eq!(store.sittings().unwrap()[0].page, 5);
}

#[test]
fn the_last_scalar_of_a_key_counts() {
    let (_folder, mut store) = fresh();
    let sitting = sit(&mut store);
    for (text, previous) in [("J", None), ("Julia", Some("J"))] {
        store.journal_answer(sitting, &[write("q/nombre", text, previous)], 0, at(1)).unwrap();
    }
    let journalled = store.journalled(sitting).unwrap();
    assert_eq!(journalled.writes.len(), 2);
    assert_eq!(journalled.last_of_each(), BTreeMap::from([(key_of("q/nombre"), Scalar::text("Julia"))]));
}

#[test]
fn undoing_goes_back_step_by_step() {
    let (_folder, mut store) = fresh();
    let sitting = sit(&mut store);
    store.journal_answer(sitting, &[write("q/nombre", "Julia", None)], 1, at(1)).unwrap();
    let both = [
        write("q/nombre", "Juana", Some("Julia")),
        write("q/sexo", "f", None),
        write("q/nombre", "Juan", Some("Juana")),
    ];
    store.journal_answer(sitting, &both, 2, at(2)).unwrap();
    let undone = store.undo_step(sitting).unwrap().unwrap();
    assert_eq!(undone.page, 2);
    assert_eq!(undone.restored, [(key_of("q/nombre"), Some(Scalar::text("Julia"))), (key_of("q/sexo"), None)]);
    assert_eq!(store.undo_step(sitting).unwrap().unwrap().restored, [(key_of("q/nombre"), None)]);
    assert_eq!(store.undo_step(sitting).unwrap(), None);
}

#[test]
fn a_draft_that_is_only_in_the_journal_is_listed_and_found_and_goes_with_its_sitting() {
    let (_folder, mut store) = fresh();
    let sitting = sit(&mut store);
    let row = store.records(&RecordFilter::default()).unwrap().pop().unwrap();
    assert_eq!((row.standing, row.journal), (RowStanding::OnlyJournal, JournalStanding::Nothing));
    store.journal_answer(sitting, &[write("q/nombre", "Julia", None)], 0, at(60)).unwrap();
    store.retitle(record(1), "Visita a Julia", "Chuschi").unwrap();
    let row = store.record_row(record(1)).unwrap().unwrap();
    assert_eq!((row.title.as_str(), row.changed_at, row.author), ("Visita a Julia", at(60), Some(person(1))));
    assert_eq!(row.journal, JournalStanding::Unsaved);
    assert_eq!(row.project.unwrap().as_str(), "NR-050401-01");
    assert_eq!(store.search("chus jul", 10).unwrap(), [record(1)]);
    assert_eq!(store.unsent().unwrap().records, 1);

    let summary = store.discard_sitting(sitting).unwrap();
    assert_eq!(summary, ChangeSummary::of_record(record(1)));
    assert_eq!(store.record_row(record(1)).unwrap(), None);
    assert_eq!(store.search("julia", 10).unwrap(), []);
    assert_eq!(store.sittings().unwrap(), []);
}

#[test]
fn two_people_edit_one_record_apart() {
    let (_folder, mut store) = fresh();
    let first = sit(&mut store);
    let (second, _) = store.open_sitting(record(1), person(2), 0, at(1), Some(&draft())).unwrap();
    store.journal_answer(first, &[write("q/nombre", "Julia", None)], 0, at(2)).unwrap();
    store.journal_answer(second, &[write("q/nombre", "Juana", None)], 0, at(3)).unwrap();
    store.discard_sitting(first).unwrap();
    assert_eq!(store.journalled(second).unwrap().writes.len(), 1);
    assert!(store.record_row(record(1)).unwrap().is_some(), "the other still edits it");
}

#[test]
fn what_cannot_be_journalled_is_an_error_and_leaves_nothing() {
    let (_folder, mut store) = fresh();
    let sitting = sit(&mut store);
    let nobody = SittingId(99);
    let two = [write("q/nombre", "Julia", None), write("q/sexo", "f", None)];
    assert!(store.journal_answer(nobody, &two, 0, at(1)).is_err());
    assert!(store.journal_answer(nobody, &two[..1], 0, at(1)).is_err());
    store.look(|connection| Ok(connection.pragma_update(None, "max_page_count", 1)?)).unwrap();
    let long = vec![write("q/nombre", &"a".repeat(9000), None); 40];
    assert!(matches!(store.journal_answer(sitting, &long, 0, at(1)), Err(StoreError::DiskFull)));
    assert_eq!(store.journalled(sitting).unwrap().writes, []);
}

/// The target: at most 1.5 × a bare commit of the same bytes. Run alone: `--run-ignored only --release journal_speed`.
#[test]
#[ignore = "a measurement"]
fn journal_speed() {
    let folder = tempfile::tempdir().unwrap();
    let bare = rusqlite::Connection::open(folder.path().join("bare.db")).unwrap();
    bare.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full;
         create table bare (id integer primary key, key text not null, scalar blob not null) strict;",
    )
    .unwrap();
    let mut store = open(&folder.path().join("chaski.db")).unwrap().store;
    let sitting = sit(&mut store);
    let text = "Comunidad Campesina de Chuschi";
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..400 {
        let start = std::time::Instant::now();
        let scalar = scalar::to_bytes(&Scalar::text(text));
        bare.prepare_cached("insert into bare (key, scalar) values (?1, ?2)")
            .unwrap()
            .execute(params!["q/A/comunidad", scalar])
            .unwrap();
        times[0].push(start.elapsed());
        let start = std::time::Instant::now();
        store.journal_answer(sitting, &[write("q/A/comunidad", text, None)], 1, at(round)).unwrap();
        times[1].push(start.elapsed());
    }
    times.iter_mut().for_each(|times| times.sort());
    let [bare, journal] = times.map(|times| times[times.len() / 2].as_secs_f64() * 1e6);
    println!("bare commit {bare:.0} µs, journalled answer {journal:.0} µs: {:.2} ×", journal / bare);
    assert!(journal <= bare * 1.5, "{journal:.0} µs > 1.5 × {bare:.0} µs");
}

#[test]
fn what_happened_is_told_in_order_and_goes_with_the_sitting() {
    let (_folder, mut store) = fresh();
    let sitting = sit(&mut store);
    store.note_in_sitting(sitting, "shown 0", at(1)).unwrap();
    let both = [write("q/nombre", "Juana", None), write("q/sexo", "f", None)];
    store.journal_answer(sitting, &both, 0, at(1)).unwrap();
    store.journal_answer(sitting, &[write("q/nombre", "Juan", Some("Juana"))], 0, at(2)).unwrap();
    store.note_in_sitting(sitting, "shown 1", at(2)).unwrap();
    store.journal_answer(sitting, &[write("q/edad", "4", None)], 1, at(3)).unwrap();
    store.undo_step(sitting).unwrap().unwrap();
    // As after a power cut: what comes now still comes after.
    let path = store.path().to_owned();
    drop(store);
    let mut store = open(&path).unwrap().store;
    store.note_in_sitting(sitting, "left", at(4)).unwrap();
    let wrote = |at, writes: &[JournalWrite]| Happened {
        at,
        what: HappenedWhat::Wrote(writes.iter().map(|write| (write.key.clone(), write.scalar.clone())).collect()),
    };
    let noted = |at, note: &str| Happened { at, what: HappenedWhat::Noted(note.to_owned()) };
    assert_eq!(
        store.happened(sitting).unwrap(),
        [
            noted(at(1), "shown 0"),
            wrote(at(1), &both),
            wrote(at(2), &[write("q/nombre", "Juan", None)]),
            noted(at(2), "shown 1"),
            noted(at(4), "left"),
        ]
    );
    store.discard_sitting(sitting).unwrap();
    assert_eq!(store.happened(sitting).unwrap(), []);
}
