use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::*;

const KEYS: [&str; 8] = [
    "_st",
    "q/A/name",
    "q/A/prop",
    "q/A/prop=at",
    "q/B/ñandú",
    "r/T/part/@00112233aabbccdd",
    "r/T/part/@00112233aabbccdd/p_nombre",
    "r/T/part/@00112233aabbccdd=_del",
];

#[derive(Debug, Clone)]
enum Act {
    Write { tablet: usize, writes: BTreeMap<Key, Scalar> },
    Receive { tablet: usize, from: usize },
}

fn scalars() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        (-3i64..3).prop_map(Scalar::Int),
        any::<i64>().prop_map(Scalar::Int),
        "[ab]{0,2}".prop_map(Scalar::Text),
        "\\PC{0,40}".prop_map(Scalar::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Scalar::Bytes),
        (-10_000_000_000_000i64..10_000_000_000_000).prop_map(|ms| Scalar::Time(Timestamp::from_millis(ms).unwrap())),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let writes = (subsequence(KEYS.to_vec(), 1..=KEYS.len()), proptest::collection::vec(scalars(), KEYS.len()))
        .prop_map(|(keys, scalars)| keys.into_iter().map(key).zip(scalars).collect());
    let act = prop_oneof![
        3 => (0usize..4, writes).prop_map(|(tablet, writes)| Act::Write { tablet, writes }),
        2 => (0usize..4, 0usize..4).prop_map(|(tablet, from)| Act::Receive { tablet, from }),
    ];
    proptest::collection::vec(act, 1..24)
}

fn pairs(writes: &BTreeMap<Key, Scalar>) -> Vec<(Key, Scalar)> {
    writes.iter().map(|(key, scalar)| (key.clone(), scalar.clone())).collect()
}

/// Plays `acts` on four tablets and gives what each ended with.
fn play(acts: &[Act]) -> [Record; 4] {
    let mut tablets = [(); 4].map(|()| record());
    for (n, act) in acts.iter().enumerate() {
        match act {
            Act::Write { tablet, writes } => {
                tablets[*tablet].commit(log(9 - *tablet as u8), at(n as i64), &pairs(writes)).unwrap();
            }
            Act::Receive { tablet, from } => {
                let from = tablets[*from].clone();
                for change in from.changes() {
                    assert!(!matches!(tablets[*tablet].apply(change).unwrap(), Applied::Waiting { .. }));
                }
            }
        }
    }
    tablets
}

fn all_changes(tablets: &[Record]) -> Vec<RawChange> {
    let all: BTreeMap<_, _> =
        tablets.iter().flat_map(Record::changes).map(|change| (change.hash(), change.clone())).collect();
    all.into_values().collect()
}

fn shuffled(changes: &[RawChange], picks: &[Index]) -> Vec<RawChange> {
    let mut left = changes.to_vec();
    let mut picks = picks.iter().cycle();
    std::iter::from_fn(|| {
        let pick = picks.next()?;
        (!left.is_empty()).then(|| left.remove(pick.index(left.len())))
    })
    .collect()
}

fn merged(one: &Record, other: &Record) -> Record {
    let mut one = one.clone();
    let batch = one.apply_all(other.changes());
    assert!(batch.refused.is_empty() && batch.waiting.is_empty(), "{batch:?}");
    one
}

fn same(one: &Record, other: &Record) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.save(), other.save());
    prop_assert_eq!(one.keys(), other.keys());
    prop_assert_eq!(one.history(), other.history());
    prop_assert_eq!(one.heads(), other.heads());
    prop_assert!(one.changes().eq(other.changes()));
    Ok(())
}

proptest! {
    #![proptest_config(cases(64, 2_000))]

    #[test]
    fn the_same_changes_are_the_same_record_in_whatever_order_they_came(
        acts in acts(),
        picks in proptest::collection::vec(any::<Index>(), 1..40),
    ) {
        let tablets = play(&acts);
        let changes = all_changes(&tablets);
        let whole = Record::from_changes(id(), &changes).unwrap();

        let shuffled = shuffled(&changes, &picks);
        same(&Record::from_changes(id(), &shuffled).unwrap(), &whole)?;

        let mut at_once = record();
        let batch = at_once.apply_all(&shuffled);
        prop_assert_eq!(batch.applied.len(), changes.len());
        same(&at_once, &whole)?;

        let mut one_by_one = record();
        let mut waiting = shuffled;
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|change| matches!(one_by_one.apply(change).unwrap(), Applied::Waiting { .. }));
            prop_assert!(waiting.len() < before);
        }
        same(&one_by_one, &whole)?;

        let read = Record::load(id(), whole.save()).unwrap();
        same(&read, &whole)?;
    }

    #[test]
    fn merging_commutes_associates_and_is_idempotent(acts in acts()) {
        let [a, b, c, d] = play(&acts);
        same(&merged(&a, &b), &merged(&b, &a))?;
        same(&merged(&merged(&a, &b), &c), &merged(&a, &merged(&b, &c)))?;
        same(&merged(&a, &a), &a)?;
        let whole = merged(&merged(&a, &b), &merged(&c, &d));
        same(&merged(&whole, &c), &whole)?;
    }

    #[test]
    fn the_engine_agrees_on_bytes_values_winners_and_the_past(acts in acts(), more in acts()) {
        let tablets = play(&acts);
        let changes = all_changes(&tablets);
        let mut whole = Record::from_changes(id(), &changes).unwrap();
        let engine = engine_of(&changes);
        for (key, held) in whole.keys() {
            let mut ours: Vec<_> = held.alternatives().map(|alternative| to_engine(&alternative.scalar)).collect();
            ours.reverse();
            prop_assert_eq!(held_by_engine(&engine, &key), ours);
            let (_, winner) = engine.get(ROOT, key.as_str()).unwrap().unwrap();
            let change = engine.hash_for_opid(&winner).unwrap();
            prop_assert_eq!(&change.0, held.winner.change.as_bytes());
        }
        prop_assert_eq!(engine.keys(ROOT).count(), whole.keys().len());
        for step in whole.history() {
            let deps: Vec<_> = step.deps.iter().map(|dep| automerge::ChangeHash(*dep.as_bytes())).collect();
            for (key, written) in step.writes {
                let stood = engine.get_all_at(ROOT, key.as_str(), &deps).unwrap();
                let stood: Vec<_> = stood.iter().map(|(value, _)| value.as_scalar().unwrap().clone()).collect();
                let mut ours: Vec<_> = written.before.iter().chain(&written.settled).map(to_engine).collect();
                ours.reverse();
                prop_assert_eq!(stood, ours);
            }
        }
        let writes = more.into_iter().find_map(|act| match act {
            Act::Write { writes, .. } => Some(writes),
            Act::Receive { .. } => None,
        });
        let Some(writes) = writes else { return Ok(()) };
        if let Some(change) = whole.prepare(log(3), at(500), &pairs(&writes)).unwrap() {
            let written: BTreeMap<_, _> =
                change.check_shape().unwrap().puts().iter().map(|put| (put.key.clone(), put.scalar.clone())).collect();
            // A log that is new to the record, since the engine also names a log's own last change when others include it.
            // Told to write a conflict's winner again, the engine would delete the losers instead, and the log would not say
            // that somebody chose. Where it writes what we do, it writes the same bytes.
            let chooses_winner = |(key, scalar): (&Key, &Scalar)| whole.value(key) == Some(scalar);
            if !written.iter().any(chooses_winner) {
                prop_assert_eq!(written_by_engine(&changes, log(3), at(500), &written), change.as_bytes());
            }
            let again = Change::from(Change::try_from(change.as_bytes()).unwrap().decode());
            prop_assert_eq!(again.raw_bytes(), change.as_bytes());
            whole.apply(&change).unwrap();
            for key in written.keys() {
                prop_assert!(whole.get(key).unwrap().others.is_empty());
            }
        }
    }
}
