use super::*;

#[test]
fn answers_made_apart_merge_and_the_same_question_keeps_both() {
    let mut a = record();
    let first = put(&mut a, 1, &[("_t", Scalar::text("form")), ("q/A/name", Scalar::text("Ana"))]);
    let mut b = record();
    b.apply(&first).unwrap();
    let from_a = put(&mut a, 1, &[("q/A/age", Scalar::Int(30)), ("q/A/name", Scalar::text("Anita"))]);
    let from_b = put(&mut b, 2, &[("q/A/ok", Scalar::Bool(true)), ("q/A/name", Scalar::text("Ana María"))]);
    a.apply(&from_b).unwrap();
    let Applied::Merged(delta) = b.apply(&from_a).unwrap() else { panic!("not merged") };
    assert_eq!(delta.new_conflicts, BTreeSet::from([key("q/A/name")]));
    assert_eq!(a.save(), b.save());
    assert_eq!(a.values()[&key("q/A/age")], Scalar::Int(30));
    assert_eq!(a.values()[&key("q/A/ok")], Scalar::Bool(true));
    let held = a.get(&key("q/A/name")).unwrap();
    assert!(held.is_conflict());
    assert_eq!(held.winner.scalar, Scalar::text("Anita"));
    assert_eq!(held.others[0].scalar, Scalar::text("Ana María"));
    assert_eq!((held.others[0].log, held.others[0].change), (log(2), from_b.hash()));

    let choice = put(&mut a, 1, &[("q/A/name", Scalar::text("Ana María"))]);
    let Applied::Merged(delta) = b.apply(&choice).unwrap() else { panic!("not merged") };
    assert_eq!(delta.settled, BTreeSet::from([key("q/A/name")]));
    assert!(a.conflicts().is_empty() && b.conflicts().is_empty());
    assert_eq!(a.save(), b.save());
    let last = a.history().pop().unwrap();
    assert_eq!(last.deps.len(), 2);
    assert_eq!(
        last.writes[&key("q/A/name")],
        Written {
            before: Some(Scalar::text("Anita")),
            settled: vec![Scalar::text("Ana María")],
            after: Scalar::text("Ana María")
        }
    );
}

#[test]
fn a_write_that_alters_nothing_is_dropped() {
    let mut a = record();
    put(&mut a, 1, &[("q/A/name", Scalar::text("Ana")), ("q/A/age", Scalar::Int(30))]);
    let same = [(key("q/A/name"), Scalar::text("Ana"))];
    assert_eq!(a.commit(log(1), at(5), &same), Ok(None));
    assert_eq!(a.commit(log(1), at(5), &[]), Ok(None));
    let change = put(&mut a, 1, &[("q/A/name", Scalar::text("Ana")), ("q/A/age", Scalar::Int(31))]);
    assert_eq!(change.operations(), 1);
    // The last of two writes to a key counts, even when it brings back what stands.
    let back = [(key("q/A/age"), Scalar::Int(32)), (key("q/A/age"), Scalar::Int(31))];
    assert_eq!(a.commit(log(1), at(6), &back), Ok(None));
    // An answer that was never given is not the same as one that was cleared.
    let cleared = put(&mut a, 1, &[("q/A/email", Scalar::Null)]);
    assert_eq!(cleared.operations(), 1);
    assert_eq!(a.value(&key("q/A/email")), Some(&Scalar::Null));
    assert_eq!(a.get(&key("q/A/other")), None);
}

#[test]
fn the_same_answer_given_twice_apart_is_no_conflict() {
    let mut a = record();
    let mut b = record();
    let from_a = put(&mut a, 1, &[("q/A/name", Scalar::text("Ana"))]);
    let from_b = put(&mut b, 2, &[("q/A/name", Scalar::text("Ana"))]);
    let Applied::Merged(delta) = a.apply(&from_b).unwrap() else { panic!("not merged") };
    b.apply(&from_a).unwrap();
    assert!(delta.new_conflicts.is_empty());
    assert!(a.conflicts().is_empty());
    assert_eq!(a.get(&key("q/A/name")).unwrap().others.len(), 1);
    assert_eq!(a.commit(log(1), at(9), &[(key("q/A/name"), Scalar::text("Ana"))]), Ok(None));
    assert_eq!(a.save(), b.save());
}

#[test]
fn kind_and_district_are_written_once() {
    let mut a = record();
    put(&mut a, 1, &[("_p", Scalar::text("050401")), ("_t", Scalar::text("form"))]);
    for name in ["_p", "_t"] {
        assert_eq!(
            a.commit(log(1), at(5), &[(key(name), Scalar::text("x"))]),
            Err(RecordError::Unwritable(Refusal::WrittenOnce { key: key(name) }))
        );
    }
    assert_eq!(a.commit(log(1), at(5), &[(key("_p"), Scalar::text("050401"))]), Ok(None));
    put(&mut a, 1, &[("_st", Scalar::text("draft"))]);
    put(&mut a, 1, &[("_st", Scalar::text("final"))]);
}

#[test]
fn a_change_waits_for_what_it_is_made_on_top_of() {
    let mut a = record();
    let changes: Vec<_> = (0..4).map(|n| put(&mut a, 1, &[("q/A/n", Scalar::Int(n))])).collect();
    let mut b = record();
    assert_eq!(b.apply(&changes[2]).unwrap(), Applied::Waiting { missing: vec![changes[1].hash()] });
    assert_eq!(b.admit(&changes[0]).unwrap(), Admission::Ready);
    assert!(b.keys().is_empty());
    assert_eq!(
        Record::from_changes(id(), &changes[1..]).unwrap_err(),
        RecordError::Missing { change: changes[1].hash(), missing: vec![changes[0].hash()] }
    );
    let batch = b.apply_all([&changes[3], &changes[1], &changes[0]]);
    assert_eq!(batch.applied, [changes[0].hash(), changes[1].hash()]);
    assert_eq!(batch.waiting, BTreeMap::from([(changes[3].hash(), vec![changes[2].hash()])]));
    assert_eq!(b.apply(&changes[0]).unwrap(), Applied::Known);
    b.apply_all(&changes);
    assert_eq!(b.save(), a.save());
    assert_eq!(b.heads(), [changes[3].hash()]);
    assert!(b.changes().eq(&changes));
}

#[test]
fn what_waits_on_a_refused_change_waits_and_the_rest_is_applied() {
    let mut a = record();
    let good = put(&mut a, 1, &[("_p", Scalar::text("050401"))]);
    let mut forger = record();
    forger.apply(&good).unwrap();
    let bad = hostile::forged(&forger, 2, |_, puts| {
        puts.push(Put { key: key("_p"), scalar: Scalar::text("x"), preds: vec![OpId { counter: 1, log: log(1) }] });
    });
    let on_bad = hostile::forged(&forger, 3, |header, puts| {
        header.deps = vec![bad.hash()];
        puts.push(Put { key: key("q/A/n"), scalar: Scalar::Int(1), preds: Vec::new() });
    });
    let fine = put(&mut a, 1, &[("q/A/n", Scalar::Int(7))]);
    let mut b = record();
    let batch = b.apply_all([&on_bad, &bad, &fine, &good]);
    assert_eq!(batch.applied, [good.hash(), fine.hash()]);
    assert_eq!(batch.refused, BTreeMap::from([(bad.hash(), Refusal::WrittenOnce { key: key("_p") })]));
    assert_eq!(batch.waiting.keys().collect::<Vec<_>>(), [&on_bad.hash()]);
    assert_eq!(b.save(), a.save());
}

#[test]
fn the_history_tells_what_each_writer_saw() {
    let mut a = record();
    let first = put(&mut a, 1, &[("q/A/n", Scalar::Int(1))]);
    let mut b = record();
    b.apply(&first).unwrap();
    put(&mut a, 1, &[("q/A/n", Scalar::Int(2))]);
    put(&mut a, 1, &[("q/A/n", Scalar::Null)]);
    let apart = put(&mut b, 2, &[("q/A/n", Scalar::Int(5))]);
    a.apply(&apart).unwrap();
    let steps: Vec<_> =
        a.history().into_iter().map(|step| (step.log, step.seq, step.writes[&key("q/A/n")].clone())).collect();
    let written = |before, after| Written { before, settled: Vec::new(), after };
    for expected in [
        (log(1), 1, written(None, Scalar::Int(1))),
        (log(1), 2, written(Some(Scalar::Int(1)), Scalar::Int(2))),
        (log(1), 3, written(Some(Scalar::Int(2)), Scalar::Null)),
        (log(2), 1, written(Some(Scalar::Int(1)), Scalar::Int(5))),
    ] {
        assert!(steps.contains(&expected), "{expected:?} is not among {steps:?}");
    }
    assert_eq!(steps.len(), 4);
}

#[test]
fn too_much_at_once_is_refused_and_leaves_the_record_as_it_was() {
    let mut a = record();
    put(&mut a, 1, &[("q/A/n", Scalar::Int(1))]);
    let before = a.save().to_vec();
    let many: Vec<_> = (0..=limits::CHANGE_OPERATIONS).map(|n| (key(&format!("q/A/n{n}")), Scalar::Int(0))).collect();
    assert_eq!(
        a.commit(log(1), at(1), &many),
        Err(RecordError::Unwritable(Refusal::TooManyOperations { operations: 5_001 }))
    );
    let long = [(key("q/A/long"), Scalar::text("x".repeat(limits::CHANGE_BYTES)))];
    assert!(matches!(a.commit(log(1), at(1), &long), Err(RecordError::Unwritable(Refusal::TooLarge { .. }))));
    assert_eq!(a.save(), before);
    a.commit(log(1), at(1), &many[1..]).unwrap().unwrap();
}

#[test]
fn an_empty_record_is_saved_and_read() {
    let empty = Record::load(id(), record().save()).unwrap();
    assert!(empty.keys().is_empty() && empty.history().is_empty() && empty.heads().is_empty());
    assert_eq!(Record::from_changes(id(), []).unwrap().save(), record().save());
}
