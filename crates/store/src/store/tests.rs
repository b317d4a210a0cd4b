use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use chaski_values::{Key, Scalar};

use crate::testing::{PlainRules, Writer, at, key_of, open, person, record};
use crate::{JournalWrite, Store, StoreError};

const PATH: &str = "CHASKI_STORE_TO_KILL";
const KILLS: u32 = 20;
/// Answers are written round and round over so many keys.
const KEYS: i64 = 50;
/// After so many answers the sitting is committed.
const SITTING: i64 = 7;

fn key_at(number: i64) -> Key {
    key_of(&format!("q/pregunta_{}", number % KEYS))
}

/// The numbers among what was written; the record's head is text.
fn numbers<'a>(written: impl IntoIterator<Item = (&'a Key, &'a Scalar)>) -> impl Iterator<Item = (Key, i64)> {
    written.into_iter().filter_map(|(key, scalar)| match scalar {
        Scalar::Int(number) => Some((key.clone(), *number)),
        _ => None,
    })
}

/// What the store holds of the record, its journal over its document.
fn standing(store: &Store) -> BTreeMap<Key, i64> {
    let mut held: BTreeMap<Key, i64> = BTreeMap::new();
    if let Some(document) = store.record(record(1)).unwrap() {
        held.extend(numbers(&document.values()));
    }
    for sitting in store.sittings().unwrap() {
        held.extend(numbers(&store.journalled(sitting.id).unwrap().last_of_each()));
    }
    held
}

/// Answers and commits until it is killed, and says on its output what it was told is saved.
#[test]
#[ignore = "started and killed by the test below"]
fn a_device_that_is_killed() {
    let Ok(path) = std::env::var(PATH) else { return };
    let mut store = open(path.as_ref()).unwrap().store;
    let writer = Writer::new(1);
    if store.log(writer.log()).unwrap().is_none() {
        writer.join(&mut store);
    }
    let mut out = std::io::stdout();
    let mut number = standing(&store).into_values().max().unwrap_or(0);
    loop {
        number += 1;
        let (sitting, _) = store.open_sitting(record(1), person(1), 0, at(number), None).unwrap();
        let write = JournalWrite { key: key_at(number), scalar: Scalar::Int(number), previous: None };
        store.journal_answer(sitting, &[write], 0, at(number)).unwrap();
        writeln!(out, "answered {number}").unwrap();
        if number % SITTING == 0 {
            let journalled = store.journalled(sitting).unwrap();
            let writes: Vec<_> = journalled.last_of_each().into_iter().collect();
            let (entry, signature) = writer.answers(&store, record(1), &writes, at(number));
            store.commit_sitting(&journalled, &entry, &signature, &PlainRules::default()).unwrap();
            writeln!(out, "committed {}", entry.seq()).unwrap();
        }
    }
}

/// Killed at any moment, again and again, a device has every answer and every entry that it was told is saved.
#[test]
fn nothing_that_was_acknowledged_is_lost_to_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chaski.db");
    let (mut answered, mut committed) = (0_i64, 0_u64);
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::a_device_that_is_killed", "--ignored", "--nocapture"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // A different number of answers each time, so that the kill falls into every kind of write.
        let enough = 3 + kill * 5 % 17;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut seen = 0;
        let mut hear = |line: String| {
            let (what, number) = line.split_once(' ')?;
            match what {
                "answered" => answered = number.parse().ok()?,
                "committed" => committed = number.parse().ok()?,
                _ => return None,
            }
            Some(())
        };
        while seen < enough {
            let line = lines.next().expect("the child answers until it is killed");
            seen += u32::from(hear(line).is_some());
        }
        child.kill().unwrap();
        // What it had said before it died counts as well.
        lines.for_each(|line| {
            hear(line);
        });
        child.wait().unwrap();

        let opened = open(&path).unwrap();
        assert_eq!(opened.set_aside, None, "kill {kill}");
        let store = opened.store;
        let held = standing(&store);
        for number in (answered - KEYS + 1).max(1)..=answered {
            let kept = held.get(&key_at(number)).copied().unwrap_or(0);
            assert!(kept >= number, "answer {number} is lost by kill {kill}: {kept} stands");
        }
        let writer = Writer::new(1);
        let verified = store.verify_log(writer.log()).unwrap();
        assert_eq!(verified.problem, None);
        assert!(verified.entries >= committed, "entry {committed} is lost by kill {kill}");
    }
    assert!(committed > 10 && answered > 70, "{answered} answers and {committed} entries are too few to tell");
}

/// A disk that is really full. Run as root with `--run-ignored only full`.
#[test]
#[ignore = "mounts a file system: needs root"]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1200k", "tmpfs"])
        .arg(folder.path())
        .status()
        .is_ok_and(|status| status.success());
    assert!(mounted, "a small file system can be mounted");
    let result = std::panic::catch_unwind(|| fill(folder.path()));
    Command::new("umount").arg(folder.path()).status().unwrap();
    result.unwrap();
}

fn fill(folder: &std::path::Path) {
    let path = folder.join("chaski.db");
    let mut store = open(&path).unwrap().store;
    let (sitting, _) = store.open_sitting(record(1), person(1), 0, at(0), None).unwrap();
    let mut answered = 0;
    let full = loop {
        let write = JournalWrite { key: key_at(answered), scalar: Scalar::text("a".repeat(2000)), previous: None };
        match store.journal_answer(sitting, &[write], 0, at(answered)) {
            Ok(()) => answered += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, StoreError::DiskFull), "{full:?}");
    let photo = store.keep_media(&vec![1; 900_000], "image/jpeg", at(1));
    assert!(matches!(photo, Err(StoreError::DiskFull)), "{photo:?}");
    assert_eq!(store.journalled(sitting).unwrap().writes.len() as i64, answered);
    assert!(answered > 20, "{answered}");
    drop(store);
    let opened = open(&path).unwrap();
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.store.journalled(sitting).unwrap().writes.len() as i64, answered);
    println!("{answered} answers stand on a full disk");
}
