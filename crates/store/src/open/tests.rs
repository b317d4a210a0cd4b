use super::*;
use crate::testing::{at, environment, fresh, key, open};
use std::io::{Read, Seek, SeekFrom, Write};

fn database() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chaski.db");
    (folder, path)
}

/// A store with some rows, closed; its settings hold `numbers` values.
fn filled(path: &Path, numbers: u32) {
    let mut store = open(path).unwrap().store;
    for number in 0..numbers {
        store.keep_setting(&format!("setting {number}"), &[7; 200]).unwrap();
    }
    store.close().unwrap();
}

fn flip(path: &Path, place: u64) {
    let mut file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(place)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(place)).unwrap();
    file.write_all(&[byte[0] ^ 0x10]).unwrap();
}

fn checked(path: &Path) -> Result<Opened> {
    Store::open(path, &key(), Environment { check: Check::Always, ..environment() })
}

#[test]
fn what_was_kept_is_there_when_it_is_opened_again() {
    let (_folder, path) = database();
    filled(&path, 3);
    let opened = open(&path).unwrap();
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.store.setting("setting 2").unwrap().unwrap(), [7; 200]);
}

#[test]
fn every_connection_has_the_settings_that_safety_rests_on() {
    let (_folder, path) = database();
    filled(&path, 1);
    let connection = connect(&path, &key()).unwrap();
    let pragma = |name: &str| -> String {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            })
            .unwrap()
    };
    for (name, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("temp_store", "2"),
        ("mmap_size", "0"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
        ("busy_timeout", "5000"),
        ("application_id", "1128813387"),
    ] {
        assert_eq!(pragma(name), expected, "{name}");
    }
    assert!(!pragma("cipher_version").is_empty());
}

#[test]
fn the_file_shows_nothing_of_what_is_in_it() {
    let (_folder, path) = database();
    let mut store = open(&path).unwrap().store;
    store.keep_setting("nombre", b"Julia Huarcaya").unwrap();
    let wal = fs::read(beside(&path, "-wal")).unwrap();
    store.close().unwrap();
    for bytes in [wal, fs::read(&path).unwrap()] {
        assert!(!bytes.windows(5).any(|window| window == b"Julia"));
        assert!(!bytes.windows(6).any(|window| window == b"SQLite"));
    }
}

#[test]
fn a_wrong_key_is_named_and_touches_nothing() {
    let (folder, path) = database();
    filled(&path, 3);
    let before = fs::read(&path).unwrap();
    let wrong = DatabaseKey::from_bytes([1; 32]);
    for check in [Check::IfUnclean, Check::Always] {
        let refused = Store::open(&path, &wrong, Environment { check, ..environment() }).unwrap_err();
        assert!(matches!(refused, StoreError::WrongKey(_)), "{refused:?}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(open(&path).unwrap().set_aside.is_none());
    // Without the key check the same file may be damaged or have another key: it is left alone.
    fs::remove_file(beside(&path, KEY_CHECK)).unwrap();
    assert!(matches!(Store::open(&path, &wrong, environment()), Err(StoreError::WrongKey(_))));
    assert!(open(&path).unwrap().set_aside.is_none());
    drop(folder);
}

#[test]
fn a_newer_database_is_refused_and_left() {
    let (_folder, path) = database();
    filled(&path, 1);
    connect(&path, &key()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found: 99, known: migrations::CURRENT }));
    assert_eq!(refused.to_string(), "the database has schema 99, newer than 3, the newest this version knows");
}

#[test]
fn a_damaged_database_is_set_aside_with_its_log_and_never_deleted() {
    for place in [20, 100, 3000, 4096 + 50, 9 * 4096 + 3] {
        let (folder, path) = database();
        filled(&path, 200);
        flip(&path, place);
        fs::write(beside(&path, "-wal"), b"").unwrap();
        let damaged = fs::read(&path).unwrap();
        let opened = checked(&path).unwrap();
        let aside = opened.set_aside.expect("the damage is found");
        assert_eq!(aside.database, folder.path().join("chaski.db.corrupt-20260921T141320Z"), "at {place}");
        assert_eq!(fs::read(&aside.database).unwrap(), damaged);
        assert!(!aside.finding.is_empty());
        assert_eq!(opened.store.setting("setting 1").unwrap(), None);
    }
}

#[test]
fn two_damaged_databases_in_one_second_are_both_kept() {
    let (folder, path) = database();
    for _ in 0..2 {
        filled(&path, 3);
        flip(&path, 100);
        assert!(checked(&path).unwrap().set_aside.is_some());
    }
    let names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| name.contains(".corrupt-")).count(), 2, "{names:?}");
}

#[test]
fn a_file_that_is_no_database_or_was_emptied_is_set_aside() {
    let (_folder, path) = database();
    filled(&path, 3);
    fs::write(&path, b"not a database, but long enough to look at").unwrap();
    assert!(open(&path).unwrap().set_aside.is_some());
    filled(&path, 3);
    fs::write(&path, b"").unwrap();
    assert_eq!(open(&path).unwrap().set_aside.unwrap().finding, "the file is empty");
}

#[test]
fn a_cut_database_is_found_out() {
    let (_folder, path) = database();
    filled(&path, 400);
    let length = fs::metadata(&path).unwrap().len();
    for kept in [length / 2, 4096, 100] {
        let copy = beside(&path, &format!("-cut-{kept}"));
        fs::copy(&path, &copy).unwrap();
        fs::copy(beside(&path, KEY_CHECK), beside(&copy, KEY_CHECK)).unwrap();
        fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(kept).unwrap();
        assert!(checked(&copy).unwrap().set_aside.is_some(), "cut to {kept}");
    }
}

#[test]
fn damage_met_while_running_is_checked_at_the_next_opening() {
    let (_folder, path) = database();
    filled(&path, 400);
    // The schema, which opening reads, is on the first pages.
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    (pages * 3 / 4..pages).for_each(|page| flip(&path, page * 4096 + 700));
    let opened = open(&path).unwrap();
    assert!(opened.set_aside.is_none());
    let store = opened.store;
    let met = (0..400).find_map(|number| store.setting(&format!("setting {number}")).err());
    assert!(matches!(met, Some(StoreError::Corrupt(_))), "{met:?}");
    drop(store);
    assert!(open(&path).unwrap().set_aside.is_some());
    assert!(!beside(&path, SUSPECT).exists());
}

/// Every file that a bit was flipped in either opens with every row as it was, or is set aside; nothing is altered
/// silently and nothing panics.
#[test]
fn no_flipped_bit_goes_unnoticed() {
    let (_folder, path) = database();
    filled(&path, 60);
    let length = fs::metadata(&path).unwrap().len();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..FLIPS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let copy = beside(&path, &format!("-{round}"));
        fs::copy(&path, &copy).unwrap();
        fs::copy(beside(&path, KEY_CHECK), beside(&copy, KEY_CHECK)).unwrap();
        flip(&copy, state % length);
        let opened = checked(&copy).unwrap();
        if opened.set_aside.is_none() {
            // A page that nothing uses.
            for number in 0..60 {
                let value = opened.store.setting(&format!("setting {number}")).unwrap();
                assert_eq!(value.as_deref(), Some(&[7; 200][..]), "byte {}", state % length);
            }
        }
        drop(opened);
        for suffix in ["", "-wal", "-shm", KEY_CHECK] {
            let _ = fs::remove_file(beside(&copy, suffix));
        }
    }
}

const FLIPS: u64 = 100;

#[test]
fn a_store_that_was_killed_is_checked_and_keeps_what_it_held() {
    let (_folder, path) = database();
    let mut store = open(&path).unwrap().store;
    store.keep_setting("a", b"1").unwrap();
    // As after a kill: the write-ahead log is still there, and nobody closed the file.
    let (copy, wal) = (beside(&path, "-copy"), beside(&path, "-wal"));
    fs::copy(&path, &copy).unwrap();
    fs::copy(&wal, beside(&copy, "-wal")).unwrap();
    fs::copy(beside(&path, KEY_CHECK), beside(&copy, KEY_CHECK)).unwrap();
    let opened = open(&copy).unwrap();
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.store.setting("a").unwrap().unwrap(), b"1");
}

#[test]
fn a_full_disk_is_named_and_what_was_saved_stands() {
    let (_folder, mut store) = fresh();
    store.keep_setting("before", b"1").unwrap();
    store.look(|connection| Ok(connection.pragma_update(None, "max_page_count", 80)?)).unwrap();
    let mut kept = Vec::new();
    let refused = loop {
        let key = format!("setting {}", kept.len());
        match store.keep_setting(&key, &[1; 3000]) {
            Ok(_) => kept.push(key),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::DiskFull), "{refused:?}");
    assert!(!kept.is_empty());
    for key in kept.iter().map(String::as_str).chain(["before"]) {
        assert!(store.setting(key).unwrap().is_some(), "{key}");
    }
    store.look(|connection| Ok(connection.pragma_update(None, "max_page_count", 100_000)?)).unwrap();
    store.keep_setting("after", b"1").unwrap();
    let (path, at) = (store.path().to_owned(), at(1));
    store.close().unwrap();
    assert!(Store::open(&path, &key(), Environment { now: at, check: Check::Always }).unwrap().set_aside.is_none());
}

#[test]
fn a_database_that_is_in_use_is_neither_checked_whole_nor_set_aside() {
    let (folder, path) = database();
    filled(&path, 400);
    let mut store = open(&path).unwrap().store;
    store.keep_setting("more", b"1").unwrap();
    assert!(has_content(&beside(&path, "-wal")), "as it always is while a hub serves");
    // Damage on pages that opening does not read.
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    (pages * 3 / 4..pages).for_each(|page| flip(&path, page * 4096 + 700));
    let second = open(&path).unwrap();
    assert!(second.set_aside.is_none());
    drop(second);
    // Damage that opening meets.
    flip(&path, 100);
    assert!(open(&path).is_err());
    assert!(path.exists());
    let aside = |name: &std::ffi::OsStr| name.to_string_lossy().contains(".corrupt-");
    let any_aside = || fs::read_dir(folder.path()).unwrap().any(|entry| aside(&entry.unwrap().file_name()));
    assert!(!any_aside());
    // Once nobody has it open any more, it is checked and set aside.
    drop(store);
    assert!(open(&path).unwrap().set_aside.is_some());
    assert!(any_aside());
}

#[test]
fn a_damaged_search_index_is_made_again_and_nothing_is_set_aside() {
    let (_folder, path) = database();
    filled(&path, 3);
    let connection = connect(&path, &key()).unwrap();
    connection
        .execute_batch(
            "insert into search (rowid, title, body) values (1, 'Julia', 'Huanta'), (2, 'Rosa', 'Chuschi');
             delete from search_data where id > 10;",
        )
        .unwrap();
    connection.close().unwrap();
    let opened = checked(&path).unwrap();
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.store.setting("setting 2").unwrap().unwrap(), [7; 200]);
    let found = opened.store.look(|connection| {
        let sql = "select rowid from search where search match 'julia'";
        Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(found.unwrap(), 1);
}
