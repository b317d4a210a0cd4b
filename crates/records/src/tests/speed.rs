use std::hint::black_box;
use std::time::{Duration, Instant};

use super::*;

fn survey(salt: i64) -> Vec<(Key, Scalar)> {
    let answer = |n: i64| match n % 5 {
        0 => Scalar::text(format!("respuesta {} de la familia {salt}", n * 37)),
        1 => Scalar::Int(n * salt),
        2 => Scalar::text("adobe"),
        3 => Scalar::Bool(n % 2 == 0),
        _ => Scalar::text("2026-05-31"),
    };
    (0..60).map(|n| (key(&format!("q/seccion_{}/pregunta_{n}", n / 10)), answer(n))).collect()
}

/// The median of many runs.
fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..401)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// `cargo test --release -p chaski-records -- --ignored speed --nocapture`
#[test]
#[ignore = "measures; meaningful in release only"]
fn speed() {
    let mut a = record();
    let first = a.commit(log(1), at(0), &survey(1)).unwrap().unwrap();
    let edit = a.commit(log(1), at(1), &survey(1)[..0]).unwrap();
    assert_eq!(edit, None);
    let base = a.clone();
    let edit = a.commit(log(2), at(1), &[(survey(1)[0].0.clone(), Scalar::text("otra"))]).unwrap().unwrap();
    let mut b = base.clone();
    let apart = b.commit(log(3), at(2), &[(survey(1)[0].0.clone(), Scalar::text("una más"))]).unwrap().unwrap();
    let mut long = base.clone();
    for n in 0..49 {
        long.commit(log(2 + (n % 3) as u8), at(n), &[(survey(1)[n as usize].0.clone(), Scalar::Int(n))]).unwrap();
    }
    let fifty: Vec<_> = long.changes().cloned().collect();
    let saved = long.save().to_vec();
    let one_saved = base.save().to_vec();
    let show = |what: &str, time: Duration| println!("{what:<52} {:>9.1} µs", time.as_secs_f64() * 1e6);

    println!(
        "first change {} bytes, saved {} bytes, 50 changes saved {}",
        first.as_bytes().len(),
        one_saved.len(),
        saved.len()
    );
    show("parse a 60-key change", median(|| drop(black_box(RawChange::parse(first.as_bytes()).unwrap()))));
    show("check_shape of it", median(|| drop(black_box(first.check_shape().unwrap()))));
    show(
        "parse + check_shape of a 1-key edit",
        median(|| {
            drop(black_box(RawChange::parse(edit.as_bytes()).unwrap().check_shape().unwrap()));
        }),
    );
    show("admit the first change", median(|| drop(black_box(record().admit(&first).unwrap()))));
    show(
        "from_changes, 1 change of 60 keys",
        median(|| drop(black_box(Record::from_changes(id(), [&first]).unwrap()))),
    );
    show("apply a 60-key change to an empty record", median(|| drop(black_box(record().apply(&first).unwrap()))));
    show("apply a 1-key edit to 60 keys", median(|| drop(black_box(base.clone().apply(&edit).unwrap()))));
    show("apply a concurrent 1-key edit to 60 keys", median(|| drop(black_box(a.clone().apply(&apart).unwrap()))));
    show("commit 60 keys", median(|| drop(black_box(record().commit(log(1), at(0), &survey(1)).unwrap()))));
    show(
        "from_changes, 50 changes over 60 keys",
        median(|| drop(black_box(Record::from_changes(id(), &fifty).unwrap()))),
    );
    show("load, 1 change of 60 keys", median(|| drop(black_box(Record::load(id(), &one_saved).unwrap()))));
    show("load, 50 changes over 60 keys", median(|| drop(black_box(Record::load(id(), &saved).unwrap()))));
    show("clone a record of 50 changes", median(|| drop(black_box(long.clone()))));
    show("keys()", median(|| drop(black_box(long.keys()))));
    show("history() of 50 changes", median(|| drop(black_box(long.history()))));
}
