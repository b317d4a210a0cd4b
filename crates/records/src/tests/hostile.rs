use automerge::ObjType;
use proptest::prelude::*;

use super::*;
use crate::change::{Header, close_chunk, encode};

/// A change by log `by` on top of `record`, altered at will before it is encoded.
pub(super) fn forged(record: &Record, by: u8, alter: impl FnOnce(&mut Header, &mut Vec<Put>)) -> RawChange {
    RawChange::parse(forged_bytes(record, by, alter)).unwrap()
}

fn forged_bytes(record: &Record, by: u8, alter: impl FnOnce(&mut Header, &mut Vec<Put>)) -> Vec<u8> {
    let own = record.changes().filter(|change| change.log() == log(by)).count() as u64;
    let end = record.changes().map(|change| change.start() + change.operations() as u64 - 1).max().unwrap_or(0);
    let mut header = Header { log: log(by), seq: own + 1, start: end + 1, at: at(77), deps: record.heads() };
    let mut puts = Vec::new();
    alter(&mut header, &mut puts);
    encode(&header, &puts)
}

/// A record with a conflict, and a change that settles it: every part of the format is in use.
fn honest() -> (Record, RawChange) {
    let mut a = record();
    let first = put(&mut a, 1, &[("_t", Scalar::text("form")), ("q/A/n", Scalar::Int(1))]);
    let mut b = record();
    b.apply(&first).unwrap();
    put(&mut a, 1, &[("q/A/n", Scalar::Int(2)), ("q/A/note", Scalar::text("adobe, 2 cuartos"))]);
    let apart = put(&mut b, 2, &[("q/A/n", Scalar::Int(3))]);
    a.apply(&apart).unwrap();
    let before = a.clone();
    let writes = [
        ("q/A/n", Scalar::Int(4)),
        ("q/A/fix", Scalar::Bytes(vec![7; 24])),
        ("q/A/note", Scalar::Null),
        ("q/A/ok", Scalar::Bool(true)),
        ("q/A/when", Scalar::Time(at(1))),
    ];
    (before, put(&mut a, 3, &writes))
}

/// Offers bytes to a record as an outsider would. Whatever they are: no panic, and the record is whole afterwards.
fn offer(record: &Record, bytes: &[u8]) -> Result<Applied, Refusal> {
    let change = RawChange::parse(bytes)?;
    let mut copy = record.clone();
    let outcome = copy.apply(&change);
    match &outcome {
        Ok(Applied::Merged(_)) => {
            assert_eq!(change.as_bytes(), bytes);
            let read = Record::load(copy.id(), copy.save()).expect("what was let in is read back");
            assert_eq!(read.keys(), copy.keys());
            let engine = engine_of(copy.changes());
            for (key, held) in copy.keys() {
                assert_eq!(held_by_engine(&engine, &key).last(), Some(&to_engine(&held.winner.scalar)));
            }
        }
        Ok(_) | Err(_) => assert_eq!(copy.save(), record.save()),
    }
    // The document engine never sees what could make it panic.
    assert_ne!(outcome, Err(Refusal::Panicked));
    assert!(!matches!(outcome, Err(Refusal::Unusable { .. })), "{outcome:?}");
    outcome
}

/// The content of a change chunk, without its head.
fn content(change: &RawChange) -> Vec<u8> {
    let head = 4 + 4 + 1 + if change.as_bytes().len() < 128 + 10 { 1 } else { 2 };
    let content = change.as_bytes()[head..].to_vec();
    assert_eq!(close_chunk(&content), change.as_bytes());
    content
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let (before, change) = honest();
    assert!(matches!(offer(&before, change.as_bytes()), Ok(Applied::Merged(_))));
    for bit in 0..change.as_bytes().len() * 8 {
        let mut bytes = change.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(offer(&before, &bytes).is_err(), "bit {bit}");
    }
    for length in 0..change.as_bytes().len() {
        assert!(offer(&before, &change.as_bytes()[..length]).is_err(), "cut at {length}");
    }
    let mut longer = change.as_bytes().to_vec();
    longer.push(0);
    assert!(offer(&before, &longer).is_err());
}

#[test]
fn a_flipped_bit_under_a_right_checksum_is_another_honest_change_or_refused() {
    let (before, change) = honest();
    let content = content(&change);
    let mut merged = 0;
    for bit in 0..content.len() * 8 {
        let mut content = content.clone();
        content[bit / 8] ^= 1 << (bit % 8);
        merged += usize::from(matches!(offer(&before, &close_chunk(&content)), Ok(Applied::Merged(_))));
    }
    // Another log's name, time, key or value is another change; a flip anywhere else is found out.
    assert!(merged < content.len() * 8 * 2 / 3, "{merged} of {}", content.len() * 8);
    for length in 0..content.len() {
        assert!(offer(&before, &close_chunk(&content[..length])).is_err(), "cut at {length}");
    }
}

proptest! {
    #![proptest_config(cases(300, 20_000))]

    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (before, _) = honest();
        prop_assert!(offer(&before, &bytes).is_err());
        prop_assert!(offer(&before, &close_chunk(&bytes)).is_err());
    }

    #[test]
    fn a_mangled_change_never_harms_the_record(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
    ) {
        let (before, change) = honest();
        let mut content = content(&change);
        for (place, byte, how) in edits {
            let place = place.index(content.len());
            match how {
                0 => content[place] = byte,
                1 => content.insert(place, byte),
                2 => drop(content.remove(place)),
                _ => content[place] = content[place].wrapping_add(1),
            }
        }
        let _ = offer(&before, &close_chunk(&content));
    }

    #[test]
    fn any_saved_bytes_are_read_or_refused(
        place in any::<proptest::sample::Index>(),
        byte: u8,
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let (before, _) = honest();
        let mut saved = before.save().to_vec();
        let place = place.index(saved.len());
        saved[place] = byte;
        let _ = Record::load(id(), &saved);
        let _ = Record::load(id(), &bytes);
    }
}

fn unsigned(value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    crate::change::write_unsigned(&mut out, value);
    out
}

fn signed(value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    crate::change::write_signed(&mut out, value);
    out
}

/// A first change of log 1 with the columns given.
fn with_columns(columns: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut content = vec![0];
    content.extend(unsigned(16));
    content.extend(log(1).as_bytes());
    content.extend([1, 1, 0, 0, 0]);
    content.extend(unsigned(columns.len() as u64));
    columns.iter().for_each(|(number, column)| {
        content.extend(unsigned(*number));
        content.extend(unsigned(column.len() as u64));
    });
    columns.iter().for_each(|(_, column)| content.extend(column));
    close_chunk(&content)
}

fn run(length: i64, value: &[u8]) -> Vec<u8> {
    [&signed(length), value].concat()
}

fn nulls(length: u64) -> Vec<u8> {
    [signed(0), unsigned(length)].concat()
}

#[test]
fn a_few_bytes_never_become_many() {
    const HUGE: i64 = 1 << 45;
    let one_key = || (0x15, run(-1, b"\x05q/A/n"));
    let one = |value: u8| run(-1, &[value]);
    let rest = |operations: i64| {
        vec![
            (0x34, unsigned(operations as u64)),
            (0x42, run(operations, &[1])),
            (0x56, run(operations, &[0])),
            (0x70, run(operations, &[0])),
        ]
    };
    let bomb = |first: (u64, Vec<u8>), rest: Vec<(u64, Vec<u8>)>| {
        let columns: Vec<_> = std::iter::once(first).chain(rest).collect();
        offer(&record(), &with_columns(&columns)).unwrap_err()
    };
    let key_run = |length| (0x15, run(length, b"\x05q/A/n"));
    assert_eq!(bomb(key_run(HUGE), rest(HUGE)), Refusal::TooManyOperations { operations: HUGE as u64 });
    assert_eq!(bomb(key_run(i64::MAX), rest(i64::MAX)), Refusal::TooManyOperations { operations: i64::MAX as u64 });
    assert_eq!(bomb(key_run(5_001), rest(5_001)), Refusal::TooManyOperations { operations: 5_001 });
    assert_eq!(bomb(key_run(5_000), rest(5_000)), Refusal::KeysOutOfOrder { key: key("q/A/n") });
    assert_eq!(bomb((0x15, nulls(HUGE as u64)), rest(2)), Refusal::Malformed { part: "keys" });
    let mut actions = rest(1);
    actions[1].1 = nulls(u64::MAX);
    assert_eq!(bomb(one_key(), actions), Refusal::TooManyOperations { operations: u64::MAX });
    let mut actions = rest(1);
    actions[1].1 = run(i64::MIN, &[1]);
    assert_eq!(bomb(one_key(), actions), Refusal::Malformed { part: "list of operations" });
    for place in [0, 2, 3] {
        let mut columns = rest(1);
        columns[place].1 = run(HUGE, &[0]);
        assert!(bomb(one_key(), columns).code() != "panicked");
    }
    let predecessors = |count: Vec<u8>, actor: Vec<u8>, counter: Vec<u8>| {
        let mut columns = rest(1);
        columns[3].1 = count;
        columns.extend([(0x71, actor), (0x73, counter)]);
        bomb(one_key(), columns)
    };
    let many = unsigned(HUGE as u64);
    assert_eq!(
        predecessors(run(-1, &many), run(HUGE, &[0]), run(HUGE, &[1])),
        Refusal::TooManyPredecessors { predecessors: HUGE as u64 }
    );
    assert_eq!(predecessors(one(2), run(HUGE, &[0]), run(2, &[1])), Refusal::Malformed { part: "predecessors" });
    assert_eq!(predecessors(one(1), one(9), one(1)), Refusal::Malformed { part: "predecessors" });
    assert_eq!(predecessors(one(2), run(2, &[0]), run(2, &signed(i64::MAX))).code(), "malformed");
    // A value longer than the bytes there are.
    let mut columns = rest(1);
    columns[2].1 = run(-1, &unsigned((1 << 60) | 6));
    assert_eq!(bomb(one_key(), columns), Refusal::Malformed { part: "values" });
    // Lists in the header longer than the bytes there are.
    for content in [unsigned(u64::MAX), unsigned(1_024), [vec![0], unsigned(u64::MAX)].concat()] {
        assert!(offer(&record(), &close_chunk(&content)).is_err());
    }
    assert_eq!(
        RawChange::parse(vec![0; limits::CHANGE_BYTES + 1]),
        Err(Refusal::TooLarge { bytes: limits::CHANGE_BYTES + 1 })
    );
    // A chunk that claims more than there is, and columns that do.
    let mut bytes = with_columns(&[(0x15, vec![0; 4])]);
    bytes.truncate(12);
    assert!(RawChange::parse(bytes).is_err());
}

#[test]
fn the_same_content_in_other_bytes_is_refused() {
    let (before, change) = honest();
    let plain = |columns: [(u64, Vec<u8>); 5]| offer(&record(), &with_columns(&columns));
    let columns = || {
        [
            (0x15, [signed(-2), b"\x05q/A/n\x05q/A/o".to_vec()].concat()),
            (0x34, vec![2]),
            (0x42, run(2, &[1])),
            (0x56, run(2, &[0])),
            (0x70, run(2, &[0])),
        ]
    };
    assert!(matches!(plain(columns()), Ok(Applied::Merged(_))));
    let other = |place: usize, bytes: Vec<u8>| {
        let mut columns = columns();
        columns[place].1 = bytes;
        plain(columns).unwrap_err().code()
    };
    assert_eq!(other(2, run(-2, &[1, 1])), "not_canonical");
    assert_eq!(other(2, [run(1, &[1]), run(1, &[1])].concat()), "not_canonical");
    assert_eq!(other(0, [run(-1, b"\x05q/A/n"), run(-1, b"\x05q/A/o")].concat()), "not_canonical");
    assert_eq!(other(1, vec![1, 1]), "unused_part");
    assert_eq!(other(3, run(2, &[0x80, 0])), "malformed");
    assert_eq!(other(4, [run(2, &[0]), nulls(0)].concat()), "malformed");
    // A log listed but not used, and a footer.
    let mut footer = content(&change);
    footer.extend([1, 0]);
    assert_eq!(offer(&before, &close_chunk(&footer)), Err(Refusal::Unused { what: "footer" }));
}

/// A change that the engine itself wrote, and would let in.
fn by_engine(write: impl FnOnce(&mut automerge::transaction::Transaction<'_>)) -> Vec<u8> {
    let mut engine = Automerge::new().with_actor(ActorId::from(*log(1).as_bytes()));
    let mut transaction = engine.transaction();
    write(&mut transaction);
    transaction.commit();
    engine.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn what_the_engine_allows_and_records_do_not_is_refused() {
    let code = |write: fn(&mut automerge::transaction::Transaction<'_>)| {
        offer(&record(), &by_engine(write)).unwrap_err().code()
    };
    assert_eq!(code(|t| drop(t.put_object(ROOT, "q/A/n", ObjType::Map).unwrap())), "not_a_scalar_put");
    assert_eq!(code(|t| drop(t.put_object(ROOT, "q/A/n", ObjType::List).unwrap())), "not_a_scalar_put");
    assert_eq!(code(|t| drop(t.put_object(ROOT, "q/A/n", ObjType::Text).unwrap())), "not_a_scalar_put");
    assert_eq!(code(|t| t.put(ROOT, "q/A/n", 1.5).unwrap()), "not_a_scalar_put");
    assert_eq!(code(|t| t.put(ROOT, "q/A/n", 1u64).unwrap()), "not_a_scalar_put");
    assert_eq!(code(|t| t.put(ROOT, "q/A/n", ScalarValue::counter(1)).unwrap()), "not_a_scalar_put");
    assert_eq!(code(|t| t.put(ROOT, "q/A/n", ScalarValue::Timestamp(i64::MAX)).unwrap()), "not_a_scalar_put");
    assert_eq!(code(|t| t.put(ROOT, "nonsense", 1).unwrap()), "bad_key");
    assert_eq!(code(|t| t.put(ROOT, "q/A/n=", 1).unwrap()), "bad_key");
    assert_eq!(
        code(|t| {
            t.put(ROOT, "q/A/o", 1).unwrap();
            t.put(ROOT, "q/A/n", 1).unwrap();
        }),
        "keys_out_of_order"
    );
    assert_eq!(
        code(|t| {
            t.put(ROOT, "q/A/n", 1).unwrap();
            t.put(ROOT, "q/A/n", 2).unwrap();
        }),
        "keys_out_of_order"
    );
    assert_eq!(
        code(|t| {
            let map = t.put_object(ROOT, "q/A/n", ObjType::Map).unwrap();
            t.put(map, "q/A/n", 1).unwrap();
        }),
        "unused_part"
    );
    assert_eq!(
        code(|t| {
            t.put(ROOT, "q/A/n", ScalarValue::counter(1)).unwrap();
            t.increment(ROOT, "q/A/n", 1).unwrap();
        }),
        "not_a_scalar_put"
    );

    let mut engine = Automerge::new().with_actor(ActorId::from(*log(1).as_bytes()));
    engine.empty_commit(CommitOptions::default());
    let empty = engine.get_last_local_change().unwrap().raw_bytes().to_vec();
    assert_eq!(offer(&record(), &empty), Err(Refusal::Empty));
    let mut transaction = engine.transaction();
    transaction.put(ROOT, "q/A/n", 1).unwrap();
    transaction.commit_with(CommitOptions::default().with_message("m"));
    let change = engine.get_last_local_change().unwrap();
    assert_eq!(offer(&record(), change.raw_bytes()), Err(Refusal::Unused { what: "message" }));
    assert_eq!(offer(&record(), &engine.save()).unwrap_err().code(), "not_a_change");
    let mut short = Automerge::new().with_actor(ActorId::from([1; 8]));
    let mut transaction = short.transaction();
    transaction.put(ROOT, "q/A/n", "x".repeat(400)).unwrap();
    transaction.commit();
    let mut change = short.get_last_local_change().unwrap();
    assert_eq!(offer(&record(), change.raw_bytes()), Err(Refusal::BadActor { bytes: 8 }));
    assert_eq!(offer(&record(), &change.bytes()), Err(Refusal::NotAChange { what: "it is a compressed change" }));
}

#[test]
fn a_change_that_lies_about_its_past_is_refused() {
    let (before, _) = honest();
    let n = |preds: &[(u64, u8)]| Put {
        key: key("q/A/n"),
        scalar: Scalar::Int(9),
        preds: preds.iter().map(|(counter, by)| OpId { counter: *counter, log: log(*by) }).collect(),
    };
    let right = || n(&[(3, 1), (3, 2)]);
    let refused = |by: u8, alter: fn(&mut Header, &Record), put: Put| {
        let bytes = forged_bytes(&before, by, |header, puts| {
            alter(header, &before);
            puts.push(put);
        });
        offer(&before, &bytes).unwrap_err()
    };
    assert!(matches!(
        offer(&before, forged(&before, 3, |_, puts| puts.push(right())).as_bytes()),
        Ok(Applied::Merged(_))
    ));
    let unchanged: fn(&mut Header, &Record) = |_, _| {};
    let wrong = Refusal::WrongPredecessors { key: key("q/A/n") };
    assert_eq!(refused(3, unchanged, n(&[])), wrong);
    assert_eq!(refused(3, unchanged, n(&[(3, 1)])), wrong);
    assert_eq!(refused(3, unchanged, n(&[(2, 1), (3, 1), (3, 2)])), wrong);
    assert_eq!(refused(3, unchanged, n(&[(3, 1), (3, 9)])), wrong);
    assert_eq!(refused(3, unchanged, n(&[(3, 2), (3, 1)])), Refusal::NotCanonical { part: "list of predecessors" });
    assert_eq!(refused(3, |h, _| h.seq = 2, right()), Refusal::WrongSeq { expected: 1, found: 2 });
    assert_eq!(refused(3, |h, _| h.seq = 0, right()), Refusal::WrongSeq { expected: 1, found: 0 });
    assert_eq!(refused(1, |h, _| h.seq = 2, right()), Refusal::WrongSeq { expected: 3, found: 2 });
    assert_eq!(refused(3, |h, _| h.start = u64::MAX, right()), Refusal::WrongStart { expected: 5, found: u64::MAX });
    assert_eq!(refused(3, |h, _| h.start = 0, right()), Refusal::WrongStart { expected: 5, found: 0 });
    assert_eq!(refused(3, |h, _| h.start = 4, right()), Refusal::WrongStart { expected: 5, found: 4 });
    let first = before.changes().next().unwrap().hash();
    let redundant = refused(
        3,
        |header, before| {
            header.deps.extend(before.changes().next().map(RawChange::hash));
            header.deps.sort_unstable();
        },
        right(),
    );
    assert_eq!(redundant, Refusal::RedundantDependency { change: first });
    // On top of the first change only, what came later is not there to be replaced.
    let earlier: fn(&mut Header, &Record) = |header, before| {
        header.deps = before.changes().take(1).map(RawChange::hash).collect();
        header.start = 3;
    };
    assert_eq!(refused(3, earlier, right()), wrong);
    let fine = forged(&before, 3, |header, puts| {
        earlier(header, &before);
        puts.push(n(&[(2, 1)]));
    });
    assert!(matches!(offer(&before, fine.as_bytes()), Ok(Applied::Merged(_))));
    // A log that says two things at once.
    let forked = forged(&before, 1, |header, puts| {
        earlier(header, &before);
        header.seq = 2;
        puts.push(n(&[(2, 1)]));
    });
    assert_eq!(offer(&before, forked.as_bytes()), Err(Refusal::Forked { log: log(1), seq: 2 }));
}

#[test]
fn a_record_holds_so_much_and_no_more() {
    let mut a = record();
    let round = |round: i64| -> Vec<_> {
        (0..limits::CHANGE_OPERATIONS).map(|n| (key(&format!("q/A/n{n}")), Scalar::Int(round))).collect()
    };
    for n in 0..10 {
        a.commit(log(1), at(n), &round(n)).unwrap().unwrap();
    }
    assert_eq!(a.len_ops(), limits::RECORD_OPERATIONS);
    assert_eq!(
        a.commit(log(1), at(11), &[(key("q/A/n0"), Scalar::Null)]),
        Err(RecordError::Unwritable(Refusal::RecordFull { operations: 50_001 }))
    );
}

/// One tablet that never hears of another's edit, and writes again and again: judging must not look at all of it each time.
#[test]
fn a_long_branch_is_judged_in_time() {
    let mut a = record();
    let first = put(&mut a, 1, &[("q/A/n", Scalar::Int(0))]);
    let mut b = record();
    b.apply(&first).unwrap();
    let apart = put(&mut b, 2, &[("q/A/n", Scalar::Int(-1))]);
    let mut deps = vec![first.hash()];
    let branch: Vec<_> = (0..2_000u64)
        .map(|n| {
            let header = Header { log: log(1), seq: n + 2, start: n + 2, at: at(n as i64), deps: deps.clone() };
            let preds = vec![OpId { counter: n + 1, log: log(1) }];
            let change = encode(&header, &[Put { key: key("q/A/n"), scalar: Scalar::Int(n as i64), preds }]);
            let change = RawChange::parse(change).unwrap();
            deps = vec![change.hash()];
            change
        })
        .collect();
    let batch = b.apply_all(&branch);
    assert_eq!(batch.applied.len(), branch.len());
    a.apply_all(branch.iter().chain([&apart]));
    assert_eq!(a.save(), b.save());
    assert_eq!(a.get(&key("q/A/n")).unwrap().others.len(), 1);
}

/// Each change keeps how far every log in its past had come: a thousand logs in ten thousand changes would fill the memory.
#[test]
fn a_record_is_of_so_many_logs_and_no_more() {
    let log = |n: usize| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
        LogId::from_bytes(bytes)
    };
    let mut a = record();
    for n in 0..limits::RECORD_LOGS {
        a.commit(log(n), at(n as i64), &[(key("q/A/n"), Scalar::Int(n as i64))]).unwrap().unwrap();
    }
    assert_eq!(
        a.commit(log(limits::RECORD_LOGS), at(999), &[(key("q/A/n"), Scalar::Null)]),
        Err(RecordError::Unwritable(Refusal::TooManyLogs { logs: limits::RECORD_LOGS + 1 }))
    );
    a.commit(log(3), at(1_000), &[(key("q/A/n"), Scalar::Null)]).unwrap().expect("one of them goes on");

    // Side by side instead of one after another: each may stand, and no change may join them all.
    let mut wide = record();
    let mut heads = Vec::new();
    for n in 0..=limits::RECORD_LOGS {
        let first = record().prepare(log(n), at(0), &[(key("q/A/n"), Scalar::Int(n as i64))]).unwrap().unwrap();
        heads.push(first);
    }
    assert_eq!(wide.apply_all(&heads).applied.len(), heads.len());
    assert!(matches!(
        wide.prepare(log(0), at(1), &[(key("q/A/n"), Scalar::Null)]),
        Err(RecordError::Unwritable(Refusal::TooManyLogs { .. }))
    ));
}
