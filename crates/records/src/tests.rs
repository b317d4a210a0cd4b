//! The crate seen from outside, with the document engine as the judge of what merging means.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ROOT, ReadDoc, ScalarValue, Value};
use chaski_values::{Key, LogId, RecordId, Scalar, Timestamp};

use crate::*;

mod format;
mod hostile;
mod merging;
mod speed;
mod story;

/// How many cases a property is tried with: few in a debug build, many in a release build, or as `PROPTEST_CASES` says.
fn cases(debug: u32, release: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let usual = if cfg!(debug_assertions) { debug } else { release };
    proptest::test_runner::Config::with_cases(asked.unwrap_or(usual))
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn log(n: u8) -> LogId {
    LogId::from_bytes([n; 16])
}

fn at(n: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + n).unwrap()
}

fn id() -> RecordId {
    RecordId::from_bytes([1; 16])
}

fn record() -> Record {
    Record::empty(id())
}

/// Commits on top of everything, with a time that grows with the record.
fn put(record: &mut Record, by: u8, writes: &[(&str, Scalar)]) -> RawChange {
    let writes: Vec<_> = writes.iter().map(|(text, scalar)| (key(text), scalar.clone())).collect();
    record.commit(log(by), at(record.len_ops() as i64), &writes).unwrap().unwrap()
}

fn to_engine(scalar: &Scalar) -> ScalarValue {
    match scalar {
        Scalar::Null => ScalarValue::Null,
        Scalar::Text(text) => ScalarValue::Str(text.into()),
        Scalar::Int(value) => ScalarValue::Int(*value),
        Scalar::Bool(value) => ScalarValue::Boolean(*value),
        Scalar::Time(at) => ScalarValue::Timestamp(at.millis()),
        Scalar::Bytes(bytes) => ScalarValue::Bytes(bytes.clone()),
    }
}

/// The engine's own document of some changes, given in any order.
fn engine_of<'a>(changes: impl IntoIterator<Item = &'a RawChange>) -> Automerge {
    let changes: Vec<_> = changes.into_iter().map(|change| Change::try_from(change.as_bytes()).unwrap()).collect();
    let mut engine = Automerge::new();
    engine.apply_changes(changes).unwrap();
    engine
}

/// The change that the engine itself writes on top of `changes`, put by put in the order given.
fn written_by_engine(changes: &[RawChange], by: LogId, at: Timestamp, writes: &BTreeMap<Key, Scalar>) -> Vec<u8> {
    let mut engine = engine_of(changes).with_actor(ActorId::from(*by.as_bytes()));
    let mut transaction = engine.transaction();
    for (key, scalar) in writes {
        transaction.put(ROOT, key.as_str(), to_engine(scalar)).unwrap();
    }
    transaction.commit_with(CommitOptions::default().with_time(at.millis()));
    engine.get_last_local_change().unwrap().raw_bytes().to_vec()
}

/// What the engine holds at a key, the winner last.
fn held_by_engine(engine: &Automerge, key: &Key) -> Vec<ScalarValue> {
    let values = engine.get_all(ROOT, key.as_str()).unwrap().into_iter();
    values
        .map(|(value, _)| match value {
            Value::Scalar(scalar) => scalar.into_owned(),
            Value::Object(_) => panic!("an object at {key}"),
        })
        .collect()
}
