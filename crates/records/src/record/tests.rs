use super::*;
use crate::Written;

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn log(n: u8) -> LogId {
    LogId::from_bytes([n; 16])
}

fn at(n: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + n).unwrap()
}

fn record() -> Record {
    Record::empty(RecordId::from_bytes([1; 16]))
}

fn put(record: &mut Record, by: u8, writes: &[(&str, Scalar)]) -> RawChange {
    let writes: Vec<_> = writes.iter().map(|(text, scalar)| (key(text), scalar.clone())).collect();
    record.commit(log(by), at(record.len_ops() as i64), &writes).unwrap().unwrap()
}

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
