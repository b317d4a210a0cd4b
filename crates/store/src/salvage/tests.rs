use std::fs;

use super::*;
use crate::testing::{PlainRules, Writer, at, environment, fresh, key, key_of, open, person, record};
use crate::{Check, Environment, JournalWrite, Ownership, Store};

/// A store of `count` entries and one open sitting, closed; its path and writer.
fn damaged_soon(count: u8) -> (tempfile::TempDir, std::path::PathBuf, Writer) {
    let (folder, mut store) = fresh();
    let writer = Writer::new(1);
    writer.join(&mut store);
    for number in 0..count {
        let long = "a".repeat(1500);
        writer.write(&mut store, record(number), &[("q/nombre", "Julia"), ("q/nota", &long)], at(i64::from(number)));
    }
    let (sitting, _) = store.open_sitting(record(1), person(1), 0, at(99), None).unwrap();
    let write = JournalWrite { key: key_of("q/nombre"), scalar: Scalar::text("Juana"), previous: None };
    store.journal_answer(sitting, &[write], 0, at(99)).unwrap();
    let path = store.path().to_owned();
    store.close().unwrap();
    (folder, path, writer)
}

fn checked(path: &Path) -> crate::Opened {
    Store::open(path, &key(), Environment { check: Check::Always, ..environment() }).unwrap()
}

#[test]
fn a_whole_database_is_read_whole() {
    let (_folder, path, writer) = damaged_soon(5);
    let before = fs::read(&path).unwrap();
    let found = salvage(&path, &key()).unwrap();
    assert_eq!((found.entries.len(), found.logs.len(), found.lost), (5, 1, 0));
    assert_eq!(found.logs[0].certificate, b"certificate");
    assert_eq!(found.answers[0].scalar, Scalar::text("Juana"));
    assert!(found.entries.contains_key(&(writer.log(), 5)));
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// Whatever page is damaged: the database is set aside, and every entry that is not on that page comes back, verified.
#[test]
fn every_entry_that_is_whole_comes_back() {
    let (_folder, path, writer) = damaged_soon(40);
    let all = open(&path).unwrap().store.documents_hash().unwrap();
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    let (mut unopened, mut unharmed, mut most_lost) = (0, 0, 0);
    // Every third: each costs a new database.
    for page in (0..pages).step_by(3) {
        let copy = open::beside(&path, &format!("-{page}"));
        let mut bytes = fs::read(&path).unwrap();
        bytes[page as usize * 4096 + 2000] ^= 1;
        fs::write(&copy, &bytes).unwrap();
        fs::copy(open::beside(&path, ".key-check"), open::beside(&copy, ".key-check")).unwrap();
        let opened = checked(&copy);
        let Some(aside) = opened.set_aside else { continue };
        let Ok(found) = salvage(&aside.database, &key()) else {
            unopened += 1;
            continue;
        };
        let mut store = opened.store;
        for log in &found.logs {
            store.keep_log(&log.opening, &log.certificate, Ownership::Another).unwrap();
        }
        for frame in found.frames() {
            store.take_frame(&frame, at(0), &PlainRules::default()).unwrap();
        }
        store.apply_pending(u32::MAX, &PlainRules::default()).unwrap();
        for ((log, seq), stored) in &found.entries {
            assert_eq!(*log, writer.log());
            assert!(stored.entry.verify(writer.opening.device_key(), &stored.signature.unwrap()).is_ok(), "{seq}");
        }
        if found.logs.is_empty() {
            continue;
        }
        let lost = 40 - found.entries.len();
        most_lost = most_lost.max(lost);
        if lost == 0 {
            unharmed += 1;
            assert_eq!(store.documents_hash().unwrap(), all, "page {page}");
        }
    }
    println!("{pages} pages: {unharmed} without loss, {unopened} unreadable, at most {most_lost} entries lost");
    assert!(unopened <= 4, "only the pages of the schema are needed to open the file: {unopened}");
    assert!(unharmed > pages / 8, "most pages hold no entry: {unharmed} of {pages}");
}
