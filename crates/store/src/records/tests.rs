use chaski_sync::{EntryKind, Frame, RecordChange, RecordChanges};
use chaski_values::{RowId, Scalar};

use super::*;
use crate::testing::{PlainRules, Writer, at, district, frame, fresh, key_of, person, record, runs, scalars, send};
use crate::{DraftRow, JournalWrite, StoreError};

fn device(number: u8) -> (tempfile::TempDir, Store, Writer) {
    let (folder, mut store) = fresh();
    let writer = Writer::new(number);
    writer.join(&mut store);
    (folder, store, writer)
}

const HEAD: &[(&str, &str)] = &[
    ("_t", "form"),
    ("_p", "050401"),
    ("_f", "visita"),
    ("_proj", "NR-050401-01"),
    ("_st", "draft"),
    ("q/nombre", "Julia Ñahui"),
    ("q/comunidad", "Chuschi"),
];

fn answer(store: &mut Store, sitting: crate::SittingId, key: &str, text: &str) {
    let write = JournalWrite { key: key_of(key), scalar: Scalar::text(text), previous: None };
    store.journal_answer(sitting, &[write], 0, at(30)).unwrap();
}

/// Ends a person's sitting as a device does.
fn commit(store: &mut Store, writer: &Writer, record: RecordId, person: chaski_values::PersonId) -> ChangeNote {
    let sitting = store.sitting(record, person).unwrap().unwrap();
    let journalled = store.journalled(sitting.id).unwrap();
    let writes: Vec<_> = journalled.last_of_each().into_iter().collect();
    let (entry, signature) = writer.answers(store, record, &writes, at(40));
    store.commit_sitting(&journalled, &entry, &signature, &PlainRules::default()).unwrap();
    store.change_notes(record).unwrap().into_iter().find(|note| note.entry.hash == entry.hash()).unwrap()
}

#[test]
fn a_sitting_becomes_one_entry_and_leaves_the_journal() {
    let (_folder, mut store, writer) = device(1);
    let draft = DraftRow {
        kind: "form".to_owned(),
        district: None,
        form: None,
        form_version: None,
        project: None,
        title: "Nueva visita".to_owned(),
        search: String::new(),
    };
    let (sitting, _) = store.open_sitting(record(1), person(1), 0, at(0), Some(&draft)).unwrap();
    for (key, text) in HEAD {
        answer(&mut store, sitting, key, text);
    }
    let note = commit(&mut store, &writer, record(1), person(1));
    assert_eq!((note.outcome, note.entry.seq, note.entry.author), (Outcome::Applied, 1, Some(person(1))));
    assert_eq!(store.sittings().unwrap(), []);
    let row = store.record_row(record(1)).unwrap().unwrap();
    assert_eq!(
        (row.standing, row.journal, row.state),
        (RowStanding::InLog, JournalStanding::Nothing, RecordState::Draft)
    );
    assert_eq!((row.title.as_str(), row.author, row.log), ("Julia Ñahui", Some(person(1)), Some(writer.log())));
    assert_eq!(row.district.unwrap().as_str(), "050401");
    assert_eq!((row.form.unwrap().as_str(), row.project.unwrap().as_str()), ("visita", "NR-050401-01"));
    assert_eq!(row.heads, [*note.change.as_bytes()]);
    assert_eq!(store.search("nahui chuschi", 5).unwrap(), [record(1)]);
    assert_eq!(store.search("nueva", 5).unwrap(), []);
}

#[test]
fn a_sitting_that_went_on_after_it_was_read_is_not_committed() {
    let (_folder, mut store, writer) = device(1);
    let (sitting, _) = store.open_sitting(record(1), person(1), 0, at(0), None).unwrap();
    answer(&mut store, sitting, "q/nombre", "Julia");
    let journalled = store.journalled(sitting).unwrap();
    let writes: Vec<_> = journalled.last_of_each().into_iter().collect();
    let (entry, signature) = writer.answers(&store, record(1), &writes, at(40));
    // Undone and answered again: as many writes as before, but others.
    store.undo_step(sitting).unwrap();
    answer(&mut store, sitting, "q/nombre", "Juana");
    let refused = store.commit_sitting(&journalled, &entry, &signature, &PlainRules::default());
    assert!(matches!(refused, Err(StoreError::SittingMoved { .. })));
    assert_eq!((store.count_entries().unwrap(), store.journalled(sitting).unwrap().writes.len()), (0, 1));
}

#[test]
fn changes_from_elsewhere_wait_until_the_sitting_ends_and_show_as_a_conflict() {
    let (_a, mut here, writer) = device(1);
    let (_b, mut there, other) = device(2);
    writer.write(&mut here, record(1), HEAD, at(0));
    send(&here, &mut there, district());
    let (sitting, _) = here.open_sitting(record(1), person(1), 0, at(10), None).unwrap();
    answer(&mut here, sitting, "q/nombre", "Juana");
    other.write(&mut there, record(1), &[("q/nombre", "Rosa"), ("q/sexo", "f")], at(20));

    here.introduce(&chaski_sync::Introduction { opening: other.opening.clone(), certificate: None }).unwrap();
    here.take_frame(&frame(&there, &here, district()), at(30), &PlainRules::default()).unwrap();
    let applied = here.apply_pending(100, &PlainRules::default()).unwrap();
    assert_eq!((applied.held, applied.left), ([record(1)].into(), 0));
    assert!(here.record(record(1)).unwrap().unwrap().get(&key_of("q/sexo")).is_none());
    // A rebuild in between does not apply them under the sitting either.
    here.rebuild(&PlainRules::default(), |_, _| {}).unwrap();
    assert!(here.record(record(1)).unwrap().unwrap().get(&key_of("q/sexo")).is_none());

    commit(&mut here, &writer, record(1), person(1));
    let merged = here.record(record(1)).unwrap().unwrap();
    assert_eq!(merged.conflicts().keys().collect::<Vec<_>>(), [&key_of("q/nombre")]);
    assert_eq!(merged.values()[&key_of("q/sexo")], Scalar::text("f"));
    assert_eq!(here.record_row(record(1)).unwrap().unwrap().conflicts, 1);
    assert_eq!(here.records(&RecordFilter { only: Only::InConflict, ..RecordFilter::default() }).unwrap().len(), 1);
    send(&here, &mut there, district());
    assert_eq!(there.documents_hash().unwrap(), here.documents_hash().unwrap());
}

#[test]
fn a_sitting_without_an_answer_ends_and_lets_the_others_in() {
    let (_a, mut here, writer) = device(1);
    let (_b, mut there, other) = device(2);
    writer.write(&mut here, record(1), HEAD, at(0));
    send(&here, &mut there, district());
    let (sitting, _) = here.open_sitting(record(1), person(1), 0, at(10), None).unwrap();
    other.write(&mut there, record(1), &[("q/sexo", "f")], at(20));
    send(&there, &mut here, district());
    let journalled = here.journalled(sitting).unwrap();
    let summary = here.end_sitting(&journalled, &PlainRules::default()).unwrap();
    assert_eq!(summary.records, [record(1)].into());
    assert_eq!(here.documents_hash().unwrap(), there.documents_hash().unwrap());
}

#[test]
fn a_change_waits_for_the_ones_it_was_made_on_top_of() {
    let (_a, mut here, first) = device(1);
    let (_b, mut there, second) = device(2);
    let (_c, mut third) = fresh();
    first.write(&mut here, record(1), HEAD, at(0));
    send(&here, &mut there, district());
    second.write(&mut there, record(1), &[("q/sexo", "f")], at(5));
    third.introduce(&chaski_sync::Introduction { opening: second.opening.clone(), certificate: None }).unwrap();
    let only_second: Vec<_> = there.entry(second.log(), 1).unwrap().into_iter().collect();
    let late = Frame { partition: district(), runs: runs(&only_second) };
    third.take_frame(&late, at(9), &PlainRules::default()).unwrap();
    third.apply_pending(100, &PlainRules::default()).unwrap();
    assert_eq!(third.change_notes(record(1)).unwrap()[0].outcome, Outcome::Waiting);
    assert!(third.record(record(1)).unwrap().is_none());
    send(&here, &mut third, district());
    assert!(third.change_notes(record(1)).unwrap().iter().all(|note| note.outcome == Outcome::Applied));
    assert_eq!(third.documents_hash().unwrap(), there.documents_hash().unwrap());
}

#[test]
fn pending_records_are_applied_some_at_a_time() {
    let (_a, mut here, writer) = device(1);
    for number in 1..=5 {
        writer.write(&mut here, record(number), HEAD, at(0));
    }
    let (_b, mut there) = fresh();
    there.introduce(&chaski_sync::Introduction { opening: writer.opening.clone(), certificate: None }).unwrap();
    there.take_frame(&frame(&here, &there, district()), at(9), &PlainRules::default()).unwrap();
    assert_eq!(there.records(&RecordFilter::default()).unwrap().len(), 0);
    let left: Vec<u64> = (0..3).map(|_| there.apply_pending(2, &PlainRules::default()).unwrap().left).collect();
    assert_eq!(left, [3, 1, 0]);
    assert_eq!(there.documents_hash().unwrap(), here.documents_hash().unwrap());
}

#[test]
fn lists_are_narrowed() {
    let (_folder, mut store, writer) = device(1);
    writer.write(&mut store, record(1), HEAD, at(1));
    writer.write(&mut store, record(2), &[("_t", "form"), ("_st", "final"), ("_proj", "NR-2")], at(2));
    writer.write(&mut store, record(3), &[("_t", "form"), ("_del", "duplicado")], at(3));
    let list =
        |filter: RecordFilter| store.records(&filter).unwrap().into_iter().map(|row| row.record).collect::<Vec<_>>();
    assert_eq!(list(RecordFilter::default()), [record(2), record(1)]);
    assert_eq!(list(RecordFilter { state: Some(RecordState::Final), ..RecordFilter::default() }), [record(2)]);
    assert_eq!(
        list(RecordFilter { project: Some("NR-050401-01".parse().unwrap()), ..RecordFilter::default() }),
        [record(1)]
    );
    assert_eq!(list(RecordFilter { only: Only::Deleted, ..RecordFilter::default() }), [record(3)]);
    assert_eq!(list(RecordFilter { limit: Some(1), ..RecordFilter::default() }), [record(2)]);
    assert_eq!(list(RecordFilter { person: Some(person(9)), ..RecordFilter::default() }), []);
    assert_eq!(store.record_row(record(3)).unwrap().unwrap().standing, RowStanding::Deleted);
    assert_eq!(store.search("julia", 9).unwrap(), [record(1)]);
}

/// Two devices edit the same records apart and exchange; every cache is then thrown away and comes back to the byte.
#[test]
fn rebuilding_gives_the_same_bytes() {
    let (_a, mut here, first) = device(1);
    let (_b, mut there, second) = device(2);
    for number in 1..=6 {
        first.write(&mut here, record(number), HEAD, at(i64::from(number)));
    }
    send(&here, &mut there, district());
    for number in 1..=6 {
        let row = RowId::from_bytes([number; 8]);
        let key = format!("r/miembro/@{row}/nombre");
        first.write(&mut here, record(number), &[("q/nombre", "Juana"), (&key, "Ana")], at(20));
        second.write(&mut there, record(number), &[("q/nombre", "Rosa"), ("q/sexo", "f")], at(21));
    }
    // One of them is refused wherever it comes.
    let junk = RecordChanges(vec![RecordChange { record: record(1), change: b"junk".to_vec() }]);
    let (entry, signature) = second.entry(&there, EntryKind::RecordChanges, junk.to_bytes(), at(22));
    let stored = chaski_sync::StoredEntry { entry, signature: Some(signature) };
    send(&there, &mut here, district());
    send(&here, &mut there, district());
    here.take_frame(&Frame { partition: district(), runs: runs(&[stored]) }, at(23), &PlainRules::default()).unwrap();
    here.apply_pending(100, &PlainRules::default()).unwrap();
    let (sitting, _) = here.open_sitting(record(200), person(1), 0, at(30), None).unwrap();
    answer(&mut here, sitting, "q/nombre", "Solo en el diario");

    let before: Vec<_> = (1..=6).map(|number| here.document(record(number)).unwrap().unwrap()).collect();
    let rows = here.records(&RecordFilter::default()).unwrap();
    let notes = here.change_notes(record(1)).unwrap();
    let mut progress = Vec::new();
    let rebuilt = here.rebuild(&PlainRules::default(), |done, of| progress.push((done, of))).unwrap();
    assert_eq!((rebuilt.entries, rebuilt.records), (19, 6));
    assert_eq!(progress, (1..=6).map(|done| (done, 6)).collect::<Vec<_>>());
    let after: Vec<_> = (1..=6).map(|number| here.document(record(number)).unwrap().unwrap()).collect();
    assert!(before == after, "the documents differ");
    assert_eq!(here.documents_hash().unwrap(), there.documents_hash().unwrap());
    let by_record = |mut rows: Vec<RecordRow>| {
        rows.sort_by_key(|row| row.record);
        rows
    };
    assert_eq!(by_record(here.records(&RecordFilter::default()).unwrap()), by_record(rows));
    assert_eq!(here.change_notes(record(1)).unwrap(), notes);
    assert_eq!(here.search("juana", 99).unwrap().len() + here.search("rosa", 99).unwrap().len(), 6);
    assert_eq!(here.journalled(sitting).unwrap().writes.len(), 1);
}

/// A tablet is granted its own district's log; what it writes there about another district's record is not applied.
#[test]
fn a_log_writes_records_of_its_own_district_only() {
    let (_a, mut cangallo, agent) = device(1);
    let (_b, mut elsewhere) = fresh();
    let stranger = Writer::of_partition(2, "050501".parse().unwrap());
    stranger.join(&mut elsewhere);
    agent.write(&mut cangallo, record(1), &[("q/nombre", "Juana"), ("q/sexo", "f")], at(20));
    // It saw the record, goes on from it, and begins others that name a district not its own, or none.
    send(&cangallo, &mut elsewhere, district());
    let foreign = "050501".parse().unwrap();
    let changes = [
        (1, vec![("q/nombre", "Otra")]),
        (2, vec![("_p", "050401"), ("q/nombre", "Ajena")]),
        (3, vec![("q/nombre", "De nadie")]),
        (4, vec![("_p", "050501"), ("q/nombre", "Propia")]),
    ];
    let mut tip = elsewhere.tip(stranger.log()).unwrap();
    let mut entries = Vec::new();
    for (number, writes) in changes {
        let document = elsewhere.record(record(number)).unwrap().unwrap_or_else(|| Record::empty(record(number)));
        let change = document.prepare(stranger.log(), at(30), &scalars(&writes)).unwrap().unwrap();
        let payload = RecordChanges::one(record(number), change.as_bytes().to_vec()).to_bytes();
        let kind = EntryKind::RecordChanges;
        let entry = chaski_sync::Entry::after(stranger.log(), &tip, tip.hlc.next(at(30)), None, kind, payload).unwrap();
        tip = entry.tip();
        entries.push(chaski_sync::StoredEntry { signature: Some(entry.sign(&stranger.signing)), entry });
    }
    let introduction = chaski_sync::Introduction { opening: stranger.opening.clone(), certificate: None };
    cangallo.introduce(&introduction).unwrap();
    let frame = Frame { partition: foreign, runs: runs(&entries) };
    cangallo.take_frame(&frame, at(40), &PlainRules::default()).unwrap();
    cangallo.apply_pending(100, &PlainRules::default()).unwrap();
    let told = |number| {
        let note = cangallo.change_notes(record(number)).unwrap().pop().unwrap();
        (note.outcome, note.reason)
    };
    assert_eq!(told(1), (Outcome::Refused, "foreign_district".to_owned()));
    assert_eq!(told(2), (Outcome::Refused, "foreign_district".to_owned()));
    assert_eq!(told(3), (Outcome::Refused, "no_district".to_owned()));
    assert_eq!(told(4), (Outcome::Applied, String::new()));
    assert_eq!(cangallo.record_row(record(1)).unwrap().unwrap().title, "Juana");
}

/// Prints how long the usual questions take with ten thousand records. Run alone with `--run-ignored only --release`.
#[test]
#[ignore = "a measurement"]
fn ten_thousand_records() {
    let (_a, here, writer) = device(1);
    let (_b, mut there) = fresh();
    there.introduce(&chaski_sync::Introduction { opening: writer.opening.clone(), certificate: None }).unwrap();
    let time =
        |what: &str, since: std::time::Instant| println!("{what}: {:.1} ms", since.elapsed().as_secs_f64() * 1e3);
    let start = std::time::Instant::now();
    let mut entries = Vec::new();
    let mut tip = here.tip(writer.log()).unwrap();
    for number in 0..10_000_u32 {
        let id = RecordId::from_bytes([&[7; 12], &number.to_be_bytes()[..]].concat().try_into().unwrap());
        let mut writes = scalars(HEAD);
        writes.extend((0..60).map(|question| {
            (key_of(&format!("q/grupo/pregunta_{question}")), Scalar::text(format!("respuesta {number} {question}")))
        }));
        let change = Record::empty(id).prepare(writer.log(), at(i64::from(number)), &writes).unwrap().unwrap();
        let payload = RecordChanges::one(id, change.as_bytes().to_vec()).to_bytes();
        let hlc = tip.hlc.next(at(i64::from(number)));
        let kind = EntryKind::RecordChanges;
        let entry = chaski_sync::Entry::after(writer.log(), &tip, hlc, Some(person(1)), kind, payload).unwrap();
        tip = entry.tip();
        let signature = Some(entry.sign(&writer.signing));
        entries.push(chaski_sync::StoredEntry { entry, signature });
    }
    time("making 10,000 entries of 67 answers", start);
    let start = std::time::Instant::now();
    for run in entries.chunks(100) {
        let frame = Frame { partition: district(), runs: runs(run) };
        there.take_frame(&frame, at(0), &PlainRules::default()).unwrap();
    }
    time("taking them in by frames of 100", start);
    let start = std::time::Instant::now();
    while there.apply_pending(500, &PlainRules::default()).unwrap().left > 0 {}
    time("applying them", start);
    let start = std::time::Instant::now();
    assert_eq!(there.records(&RecordFilter { limit: Some(50), ..RecordFilter::default() }).unwrap().len(), 50);
    time("a list of 50", start);
    let start = std::time::Instant::now();
    assert_eq!(there.search("jul chus", 50).unwrap().len(), 50);
    time("a search", start);
    let start = std::time::Instant::now();
    there.unsent().unwrap();
    time("what is unsent", start);
    let start = std::time::Instant::now();
    there.vector(&[district()]).unwrap();
    time("a vector", start);
    let start = std::time::Instant::now();
    let mut above = chaski_sync::PartitionVector::default();
    let mut loads = 0;
    loop {
        let wanted = chaski_sync::Wanted { partition: district(), above: above.clone(), budget: 256 * 1024 };
        let loaded = there.load(&wanted).unwrap();
        loads += 1;
        let last = loaded.entries.last().unwrap().entry.tip();
        above.0.insert(writer.log(), chaski_sync::Head::from(&last));
        if loaded.more == chaski_sync::More::No {
            break;
        }
    }
    time(&format!("loading all in {loads} pieces"), start);
    let start = std::time::Instant::now();
    there.rebuild(&PlainRules::default(), |_, _| {}).unwrap();
    time("a rebuild", start);
    let path = there.path().to_owned();
    there.close().unwrap();
    let start = std::time::Instant::now();
    let opened = crate::testing::open(&path).unwrap();
    time("opening", start);
    drop(opened);
    let start = std::time::Instant::now();
    let environment = crate::Environment { check: crate::Check::Always, ..crate::testing::environment() };
    Store::open(&path, &crate::testing::key(), environment).unwrap();
    time(&format!("opening with a check of {} MB", std::fs::metadata(&path).unwrap().len() >> 20), start);
    here.close().unwrap();
}
