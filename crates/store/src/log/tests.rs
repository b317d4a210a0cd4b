use chaski_sync::{EntryKind, Frame, Head, More, PartitionVector, ProblemCode, Run, Wanted};
use chaski_values::{Partition, Scalar};

use super::*;
use crate::testing::{PlainRules, Writer, at, district, frame, fresh, key_of, person, record, runs, scalars, send};
use crate::{Outcome, Publication, Rules};

/// A store whose device wrote `count` entries about records of their own.
fn written(number: u8, count: u8) -> (tempfile::TempDir, Store, Writer) {
    let (folder, mut store) = fresh();
    let writer = Writer::new(number);
    writer.join(&mut store);
    for entry in 0..count {
        writer.write(&mut store, record(number * 16 + entry), &[("q/nombre", "Julia")], at(i64::from(entry)));
    }
    (folder, store, writer)
}

fn held(store: &Store) -> PartitionVector {
    store.vector(&[district()]).unwrap().0.remove(&district()).unwrap()
}

fn wanted(above: PartitionVector, budget: usize) -> Wanted {
    Wanted { partition: district(), above, budget }
}

#[test]
fn what_a_device_appends_is_in_its_log_as_it_was_signed() {
    let (_folder, store, writer) = written(1, 2);
    let stored = store.entry(writer.log(), 2).unwrap().unwrap();
    assert_eq!(stored.entry.header().author, Some(person(1)));
    assert!(stored.entry.verify(writer.opening.device_key(), &stored.signature.unwrap()).is_ok());
    assert_eq!(store.tip(writer.log()).unwrap(), stored.entry.tip());
    assert_eq!(store.own_log(district()).unwrap().unwrap().tip.seq, 2);
    assert_eq!(store.hash_at(writer.log(), 2).unwrap(), Some(stored.entry.hash()));
    assert_eq!(store.entry(writer.log(), 3).unwrap(), None);
    assert_eq!(store.count_entries().unwrap(), 2);
}

#[test]
fn an_entry_that_does_not_follow_or_is_not_ours_is_refused() {
    let (_folder, mut store, writer) = written(1, 1);
    let rules = PlainRules::default();
    let (next, signature) = writer.answers(&store, record(7), &scalars(&[("q/nombre", "Rosa")]), at(9));
    let (other, other_signature) = writer.answers(&store, record(8), &scalars(&[("q/nombre", "Ana")]), at(9));
    assert!(matches!(store.append_own(&next, &other_signature, &rules), Err(StoreError::Entry(_))));
    store.append_own(&next, &signature, &rules).unwrap();
    let twice = store.append_own(&other, &other_signature, &rules);
    assert!(matches!(twice, Err(StoreError::NotNext { held: 2, found: 2, .. })));

    let stranger = Writer::new(2);
    store.keep_log(&stranger.opening, b"", Ownership::Another).unwrap();
    let (entry, signature) = stranger.answers(&store, record(9), &scalars(&[("q/nombre", "Ana")]), at(9));
    assert!(matches!(store.append_own(&entry, &signature, &rules), Err(StoreError::NotOurs(_))));
    assert_eq!(store.count_entries().unwrap(), 2);
}

#[test]
fn a_partition_has_one_log_that_is_written() {
    let (_folder, mut store, writer) = written(1, 1);
    let second = Writer::new(2);
    assert!(store.keep_log(&second.opening, b"", Ownership::Ours).is_err());
    store.close_log(writer.log()).unwrap();
    store.keep_log(&second.opening, b"", Ownership::Ours).unwrap();
    assert_eq!(store.own_log(district()).unwrap().unwrap().opening, second.opening);
    assert!(matches!(store.close_log(writer.log()), Err(StoreError::NotOurs(_))));
    // Hearing of it again from a peer does not open it.
    store.keep_log(&writer.opening, b"", Ownership::Another).unwrap();
    let kept = store.log(writer.log()).unwrap().unwrap();
    assert_eq!((kept.ownership, kept.certificate.as_slice()), (Ownership::OursClosed, &b"certificate"[..]));
}

#[test]
fn a_frame_is_taken_once_however_often_it_comes() {
    let (_a, here, _) = written(1, 5);
    let (_b, mut there) = fresh();
    let (told, summary) = send(&here, &mut there, district());
    assert_eq!((told.new, told.known, summary.entries, summary.records.len()), (5, 0, 5, 5));
    assert_eq!(there.vector(&[district()]).unwrap(), here.vector(&[district()]).unwrap());
    assert_eq!(there.documents_hash().unwrap(), here.documents_hash().unwrap());
    let again = frame(&here, &fresh().1, district());
    let (told, summary) = there.take_frame(&again, at(1), &PlainRules::default()).unwrap();
    assert_eq!((told.new, told.known, summary), (0, 5, crate::ChangeSummary::default()));
}

#[test]
fn of_a_run_that_is_partly_known_the_rest_is_taken() {
    let (_a, mut here, writer) = written(1, 2);
    let (_b, mut there) = fresh();
    send(&here, &mut there, district());
    writer.write(&mut here, record(99), &[("q/nombre", "Ana")], at(9));
    let all = frame(&here, &fresh().1, district());
    let (told, _) = there.take_frame(&all, at(1), &PlainRules::default()).unwrap();
    assert_eq!((told.new, told.known), (1, 2));
    assert_eq!(held(&there), held(&here));
    // Only the ends of runs have signatures here.
    assert!(there.entry(writer.log(), 1).unwrap().unwrap().signature.is_none());
    assert_eq!(there.verify_log(writer.log()).unwrap().problem, None);
}

#[test]
fn what_is_not_signed_or_out_of_place_is_told_and_the_rest_is_taken() {
    let (_a, here, good) = written(1, 3);
    let (_b, mut there) = fresh();
    let unknown = frame(&here, &there, district());
    let code = |store: &mut Store, frame: &Frame| {
        store.take_frame(frame, at(1), &PlainRules::default()).unwrap().0.problems.first().map(|problem| problem.code)
    };
    assert_eq!(code(&mut there, &unknown), Some(ProblemCode::UnknownLog));
    there.keep_log(&good.opening, b"", Ownership::Another).unwrap();
    let gap = Frame { partition: district(), runs: vec![Run { first: 2, ..unknown.runs[0].clone() }] };
    assert_eq!(code(&mut there, &gap), Some(ProblemCode::Gap));
    let mut forged = unknown.clone();
    forged.runs[0].items[1].payload.push(0);
    assert_eq!(code(&mut there, &forged), Some(ProblemCode::BadSignature));
    let elsewhere = Frame { partition: Partition::Programme, ..unknown.clone() };
    assert_eq!(code(&mut there, &elsewhere), Some(ProblemCode::OutOfScope));
    assert_eq!(there.count_entries().unwrap(), 0);

    let (_c, second, _) = written(2, 1);
    there.keep_log(&Writer::new(2).opening, b"", Ownership::Another).unwrap();
    let fine = frame(&second, &there, district()).runs;
    let both = Frame { partition: district(), runs: [forged.runs, fine].concat() };
    let (told, _) = there.take_frame(&both, at(1), &PlainRules::default()).unwrap();
    assert_eq!((told.new, told.problems.len()), (1, 1));
}

#[test]
fn a_fork_is_kept_as_proof_once() {
    let (_a, mut here, writer) = written(1, 1);
    let (_b, mut clone) = fresh();
    clone.keep_log(&writer.opening, b"", Ownership::Ours).unwrap();
    writer.write(&mut clone, record(16), &[("q/nombre", "Julia")], at(0));
    let (_c, mut hub) = fresh();
    writer.write(&mut here, record(50), &[("q/nombre", "Ana")], at(5));
    writer.write(&mut clone, record(51), &[("q/nombre", "Rosa")], at(5));
    send(&here, &mut hub, district());
    let other = frame(&clone, &fresh().1, district());
    for _ in 0..2 {
        let (told, _) = hub.take_frame(&other, at(9), &PlainRules::default()).unwrap();
        assert_eq!(told.problems[0].code, ProblemCode::Forked);
    }
    let forks = hub.forks().unwrap();
    assert_eq!(forks.len(), 1);
    assert_eq!((forks[0].log, forks[0].seq), (writer.log(), 2));
    assert_eq!(forks[0].ours, here.hash_at(writer.log(), 2).unwrap().unwrap());
    assert!(forks[0].theirs[0].signature.is_some());
    assert_eq!(held(&hub), held(&here), "the branch held first stands");
    // Our own log forked: it is closed.
    clone.take_frame(&frame(&here, &fresh().1, district()), at(9), &PlainRules::default()).unwrap();
    assert_eq!(clone.log(writer.log()).unwrap().unwrap().ownership, Ownership::OursClosed);
}

#[test]
fn a_restored_store_gets_its_entries_back_and_closes_its_log() {
    let (_a, here, writer) = written(1, 3);
    let (_b, mut restored) = fresh();
    restored.keep_log(&writer.opening, b"", Ownership::Ours).unwrap();
    writer.write(&mut restored, record(16), &[("q/nombre", "Julia")], at(0));
    assert_eq!(restored.hash_at(writer.log(), 1).unwrap(), here.hash_at(writer.log(), 1).unwrap());
    let (told, _) = send(&here, &mut restored, district());
    assert_eq!(told.new, 2);
    assert_eq!(restored.log(writer.log()).unwrap().unwrap().ownership, Ownership::OursClosed);
    assert_eq!(restored.documents_hash().unwrap(), here.documents_hash().unwrap());
    let (entry, signature) = writer.answers(&restored, record(60), &scalars(&[("q/nombre", "Ana")]), at(9));
    let refused = restored.append_own(&entry, &signature, &PlainRules::default());
    assert!(matches!(refused, Err(StoreError::NotOurs(_))));
}

#[test]
fn entries_are_loaded_in_order_of_arrival_and_cut_after_signed_ones() {
    let (_a, first, one) = written(1, 4);
    let (_b, second, two) = written(2, 4);
    let (_c, mut hub) = fresh();
    send(&first, &mut hub, district());
    send(&second, &mut hub, district());
    let order = |loaded: &chaski_sync::Loaded| {
        loaded.entries.iter().map(|stored| (stored.entry.log(), stored.entry.seq())).collect::<Vec<_>>()
    };
    let all = hub.load(&wanted(PartitionVector::default(), usize::MAX)).unwrap();
    let expected: Vec<_> =
        [one.log(), two.log()].into_iter().flat_map(|log| (1..5).map(move |seq| (log, seq))).collect();
    assert_eq!(order(&all), expected);
    assert_eq!((all.more, all.introductions.len()), (More::No, 2));
    assert_eq!(runs(&all.entries).len(), 2);

    // A hub holds one signature a run: a piece is the whole run, however small the budget.
    let mut above = PartitionVector::default();
    let piece = hub.load(&wanted(above.clone(), 1)).unwrap();
    assert_eq!((piece.entries.len(), piece.more), (4, More::Yes));
    above.0.insert(one.log(), Head::from(&piece.entries[3].entry.tip()));
    let piece = hub.load(&wanted(above.clone(), 1)).unwrap();
    assert_eq!((order(&piece)[0], piece.more, piece.introductions.len()), ((two.log(), 1), More::No, 1));
    // The device that wrote them has every signature, and cuts anywhere.
    let piece = first.load(&wanted(PartitionVector::default(), 1)).unwrap();
    assert_eq!((piece.entries.len(), piece.more), (1, More::Yes));
    assert_eq!(hub.load(&wanted(held(&hub), 100)).unwrap().entries, []);
    assert_eq!(hub.load(&Wanted { partition: Partition::Programme, ..wanted(above, 9) }).unwrap().entries, []);
}

#[test]
fn nothing_is_given_of_a_log_whose_other_branch_the_asker_holds() {
    let (_a, here, writer) = written(1, 3);
    let other = Head { seq: 2, hash: [9; 16] };
    let above = PartitionVector([(writer.log(), other)].into());
    let loaded = here.load(&wanted(above, 1000)).unwrap();
    assert_eq!((loaded.entries.len(), loaded.diverging[0].seq), (0, 2));
}

#[test]
fn a_quarantined_entry_is_kept_passed_on_and_taken_when_the_rules_know_more() {
    let (_a, here, writer) = written(1, 2);
    let (_b, mut there) = fresh();
    there.keep_log(&writer.opening, b"", Ownership::Another).unwrap();
    let strict = PlainRules { barred: vec![person(1)] };
    let (told, summary) = there.take_frame(&frame(&here, &there, district()), at(7), &strict).unwrap();
    assert_eq!((told.new, summary.records.len()), (2, 0));
    let notes = there.not_taken().unwrap();
    assert_eq!(notes.len(), 2);
    assert_eq!(notes[0].standing, Standing::Quarantined("no_grant".to_owned()));
    assert_eq!((notes[0].author, notes[0].device), (Some(person(1)), writer.opening.device()));
    assert!(there.apply_pending(100, &strict).unwrap().summary.records.is_empty());
    assert_eq!(there.load(&wanted(PartitionVector::default(), usize::MAX)).unwrap().entries.len(), 2);

    assert!(there.reconsider(&strict).unwrap().records.is_empty());
    assert_eq!(there.reconsider(&PlainRules::default()).unwrap().records.len(), 2);
    there.apply_pending(100, &PlainRules::default()).unwrap();
    assert_eq!(there.not_taken().unwrap(), []);
    assert_eq!(there.documents_hash().unwrap(), here.documents_hash().unwrap());
}

#[test]
fn an_unknown_kind_or_an_unreadable_payload_is_kept_and_not_applied() {
    let (_a, mut here, writer) = written(1, 0);
    let rules = PlainRules::default();
    let (entry, signature) = writer.entry(&here, EntryKind::Unknown(99), b"from a newer version".to_vec(), at(1));
    here.append_own(&entry, &signature, &rules).unwrap();
    let (entry, signature) = writer.entry(&here, EntryKind::RecordChanges, b"rubbish".to_vec(), at(2));
    assert!(matches!(here.append_own(&entry, &signature, &rules), Err(StoreError::EntryRefused { seq: 2, .. })));
    let tip = here.tip(writer.log()).unwrap();
    let (_b, mut there) = fresh();
    there.keep_log(&writer.opening, b"", Ownership::Another).unwrap();
    // What our own device would not write, a peer may send.
    let mut entries = here.load(&wanted(PartitionVector::default(), usize::MAX)).unwrap().entries;
    assert_eq!(entry.header().prev, tip.hash);
    entries.push(chaski_sync::StoredEntry { entry, signature: Some(signature) });
    there.take_frame(&Frame { partition: district(), runs: runs(&entries) }, at(3), &rules).unwrap();
    let standings: Vec<_> = there.not_taken().unwrap().into_iter().map(|note| note.standing).collect();
    assert_eq!(standings, [Standing::UnknownKind, Standing::Quarantined("malformed_payload".to_owned())]);
    assert_eq!(there.tip(writer.log()).unwrap().seq, 2);
}

#[test]
fn changes_of_a_newer_version_are_kept_under_their_own_code() {
    let (_a, here, writer) = written(1, 0);
    let payload = vec![0x82, 0x02, 0x80];
    let (entry, signature) = writer.entry(&here, EntryKind::RecordChanges, payload, at(5));
    let (_b, mut there) = fresh();
    there.keep_log(&writer.opening, b"", Ownership::Another).unwrap();
    let entries = [chaski_sync::StoredEntry { entry, signature: Some(signature) }];
    let frame = Frame { partition: district(), runs: runs(&entries) };
    assert_eq!(there.take_frame(&frame, at(3), &PlainRules::default()).unwrap().0.new, 1);
    let standings: Vec<_> = there.not_taken().unwrap().into_iter().map(|note| note.standing).collect();
    assert_eq!(standings, [Standing::Quarantined("newer_payload".to_owned())]);
    assert_eq!(there.load(&wanted(PartitionVector::default(), usize::MAX)).unwrap().entries, entries, "and relayed");
}

#[test]
fn a_device_has_so_many_logs_in_a_partition_and_no_more() {
    let (_folder, mut store) = fresh();
    let key = Writer::new(1).opening.device_key().to_owned();
    let mut introduce = |partition, number: u8| {
        let opening = chaski_sync::LogOpening::new(key, partition, [number; 16]);
        store.introduce(&chaski_sync::Introduction { opening, certificate: None }).unwrap()
    };
    let most = u8::try_from(limits::LOGS_PER_DEVICE).unwrap();
    assert!((0..most).all(|number| introduce(district(), number).is_none()));
    assert_eq!(introduce(district(), most).map(|problem| problem.code), Some(ProblemCode::TooManyLogs));
    assert_eq!(introduce(district(), 0), None, "one that is known stays so");
    assert_eq!(introduce(chaski_values::Partition::Programme, most), None);
}

#[test]
fn a_hostile_change_is_refused_and_the_others_of_its_entry_are_applied() {
    let (_a, mut here, writer) = written(1, 1);
    let (fine, _) = writer.answers(&here, record(3), &scalars(&[("q/nombre", "Ana")]), at(5));
    let mut changes = chaski_sync::RecordChanges::from_bytes(fine.payload()).unwrap();
    // Not a change, and a change that another log wrote.
    changes.0.push(chaski_sync::RecordChange { record: record(3), change: b"\x85\x6f\x4a\x83 boom".to_vec() });
    let stolen = chaski_sync::RecordChanges::from_bytes(
        written(2, 1).1.entry(Writer::new(2).log(), 1).unwrap().unwrap().entry.payload(),
    );
    changes.0.extend(stolen.unwrap().0);
    let (entry, signature) = writer.entry(&here, EntryKind::RecordChanges, changes.to_bytes(), at(5));
    assert!(matches!(
        here.append_own(&entry, &signature, &PlainRules::default()),
        Err(StoreError::ChangeRefused { .. })
    ));
    assert_eq!(here.count_entries().unwrap(), 1, "our own entry is whole or not at all");

    let (_b, mut there) = fresh();
    there.keep_log(&writer.opening, b"", Ownership::Another).unwrap();
    let mut entries = here.load(&wanted(PartitionVector::default(), usize::MAX)).unwrap().entries;
    entries.push(chaski_sync::StoredEntry { entry, signature: Some(signature) });
    there.take_frame(&Frame { partition: district(), runs: runs(&entries) }, at(3), &PlainRules::default()).unwrap();
    there.apply_pending(100, &PlainRules::default()).unwrap();
    assert_eq!(there.record(record(3)).unwrap().unwrap().values()[&key_of("q/nombre")], Scalar::text("Ana"));
    let outcomes: Vec<_> =
        there.change_notes(record(3)).unwrap().into_iter().map(|note| (note.outcome, note.reason)).collect();
    assert_eq!(outcomes[0], (Outcome::Applied, String::new()));
    assert_eq!(outcomes[1].0, Outcome::Refused);
    let stolen = &there.change_notes(record(32)).unwrap()[0];
    assert_eq!((stolen.outcome, stolen.reason.as_str()), (Outcome::Refused, "foreign_actor"));
    assert!(there.record(record(32)).unwrap().is_none());
}

#[test]
fn where_a_record_is_follows_what_peers_say_they_hold() {
    let (_a, mut here, writer) = written(1, 2);
    let (office, centre) = (Writer::new(8).opening.device(), Writer::new(9).opening.device());
    let head = |seq| {
        let hash = here.hash_at(writer.log(), seq).unwrap().unwrap();
        PartitionVector([(writer.log(), Head { seq, hash: hash.head() })].into())
    };
    let (first, both) = (head(1), head(2));
    assert_eq!(here.unsent().unwrap(), Unsent { entries: 2, records: 2 });
    here.keep_acknowledgement(office, Tier::Office, district(), &both).unwrap();
    assert_eq!((here.place(record(16)).unwrap(), here.place(record(17)).unwrap()), (Place::Office, Place::Office));
    here.keep_acknowledgement(centre, Tier::Centre, district(), &first).unwrap();
    assert_eq!((here.place(record(16)).unwrap(), here.place(record(17)).unwrap()), (Place::Centre, Place::Office));
    assert_eq!(here.record_row(record(16)).unwrap().unwrap().place, Place::Centre);
    assert_eq!(here.change_notes(record(17)).unwrap()[0].place, Place::Office);
    assert_eq!(here.unsent().unwrap(), Unsent::default());
    assert_eq!(here.acknowledged(office, district()).unwrap(), both);
    // The office was restored from a backup, and the centre holds another branch.
    here.keep_acknowledgement(office, Tier::Office, district(), &first).unwrap();
    let other = PartitionVector([(writer.log(), Head { seq: 2, hash: [0; 16] })].into());
    here.keep_acknowledgement(centre, Tier::Centre, district(), &other).unwrap();
    assert_eq!((here.place(record(16)).unwrap(), here.place(record(17)).unwrap()), (Place::Office, Place::Tablet));
    assert_eq!(here.unsent().unwrap(), Unsent { entries: 1, records: 1 });
}

#[test]
fn verifying_a_log_finds_what_was_altered() {
    let (_a, mut here, writer) = written(1, 3);
    let fine = here.verify_log(writer.log()).unwrap();
    assert_eq!((fine.entries, fine.signatures, fine.problem), (3, 3, None));
    let mut found = |sql: &str| {
        here.transact(|transaction| Ok(transaction.execute_batch(&format!("savepoint s; {sql}"))?)).unwrap();
        here.verify_log(writer.log()).unwrap().problem.unwrap()
    };
    assert_eq!(found("update entries set signature = zeroblob(64) where seq = 3"), LogProblem::BadSignature { seq: 3 });
    assert_eq!(found("update entries set signature = null where seq = 3"), LogProblem::Unsigned { seq: 3 });
    assert_eq!(found("update logs set seq = 4"), LogProblem::WrongTip { seq: 4 });
    assert_eq!(found("update entries set hash = zeroblob(32) where seq = 2"), LogProblem::WrongHash { seq: 2 });
    assert_eq!(found("update entries set payload = x'80' where seq = 2"), LogProblem::Unreadable { seq: 2 });
}

#[test]
fn what_is_published_is_kept_with_the_entry() {
    let (_a, mut hub) = fresh();
    let (_b, mut tablet) = fresh();
    let centre = Writer::of_partition(9, Partition::Programme);
    centre.join(&mut hub);
    let rules = PlainRules::default();
    for (kind, payload) in [
        (EntryKind::Form, b"first".to_vec()),
        (EntryKind::Form, b"second".to_vec()),
        (EntryKind::Catalogue, b"name\nA\n".to_vec()),
        (EntryKind::Roster, b"grant".to_vec()),
        (EntryKind::Setting, b"{}".to_vec()),
    ] {
        let (entry, signature) = centre.entry(&hub, kind, payload, at(1));
        hub.append_own(&entry, &signature, &rules).unwrap();
    }
    let (_, summary) = send(&hub, &mut tablet, Partition::Programme);
    use crate::Shared::{Catalogues, Forms, Roster, Settings};
    assert_eq!(summary.shared, [Forms, Catalogues, Roster, Settings].into());
    let form = tablet.current_form(&"visita".parse().unwrap()).unwrap().unwrap();
    assert_eq!(tablet.form_source(&form.form, form.version).unwrap().unwrap(), b"second");
    assert_eq!(tablet.catalogue("proyectos").unwrap().unwrap().bytes, b"name\nA\n");
    assert_eq!(tablet.roster_items().unwrap(), [b"grant"]);
    assert_eq!(tablet.setting("programme").unwrap().unwrap(), b"{}");

    let (entry, signature) = centre.entry(&hub, EntryKind::Setting, Vec::new(), at(2));
    assert!(matches!(rules.publication(&entry), Publication::Malformed(_)));
    assert!(matches!(hub.append_own(&entry, &signature, &rules), Err(StoreError::EntryRefused { .. })));
}
