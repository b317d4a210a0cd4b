//! The one way a database is opened: key, settings, schema, and what to do with a file that is damaged.
//!
//! A damaged file may hold the only copy of a week's work, so it is moved aside under its own name and the time, with its
//! write-ahead log, and reported; it is never deleted, and [`crate::salvage`] reads what can still be read.
//!
//! Only a database that nobody else has open is checked whole and set aside: while another process works on it, its
//! write-ahead log says nothing, and damage is reported instead.
//!
//! SQLCipher cannot tell a wrong key from a damaged first page: both fail the same checksum. So a few bytes derived from
//! the key stand in a file beside the database; if they match, the key is right and the database is damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chaski_trust::DatabaseKey;
use chaski_values::{Hash32, Timestamp};
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::{Result, Store, StoreError, file, migrations};

mod lock;

pub(crate) use lock::InUse;
use lock::{Company, Opening};

/// What opening needs to be told, since nothing here reads a clock.
#[derive(Debug, Clone, Copy)]
pub struct Environment {
    /// Names a file that has to be set aside.
    pub now: Timestamp,
    pub check: Check,
}

/// When the whole file is read and checked before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// When the last use did not end well: it was killed, or met damage.
    IfUnclean,
    Always,
}

/// An open store, and what was found on the way.
#[derive(Debug)]
pub struct Opened {
    pub store: Store,
    pub set_aside: Option<SetAside>,
}

/// A damaged database that was moved out of the way; a new, empty one stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now. Its write-ahead log lies beside it, named so that SQLite finds it.
    pub database: PathBuf,
    /// What the check said.
    pub finding: String,
}

/// How an attempt at a file ended.
enum Attempt {
    Open(Store),
    Damaged(String),
}

pub(crate) fn open(path: &Path, key: &DatabaseKey, environment: Environment) -> Result<Opened> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(StoreError::file(folder))?;
    }
    let opening = Opening::of(path)?;
    let opened = match opening.company {
        Company::Alone => open_alone(path, key, environment, &opening.users)?,
        Company::Others => match attempt(path, key, &opening.users, Depth::Shallow)? {
            Attempt::Open(store) => Opened { store, set_aside: None },
            Attempt::Damaged(finding) => {
                tracing::error!(finding, "the database is damaged, and in use elsewhere");
                mark_suspect(path);
                return Err(damage(path));
            }
        },
    };
    opening.done(path)?;
    Ok(opened)
}

/// How much of the file is read before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Shallow,
    Whole,
}

fn open_alone(path: &Path, key: &DatabaseKey, environment: Environment, users: &InUse) -> Result<Opened> {
    let suspect = beside(path, SUSPECT);
    let unclean = suspect.exists() || has_content(&beside(path, "-wal"));
    let depth = if environment.check == Check::Always || unclean { Depth::Whole } else { Depth::Shallow };
    match attempt(path, key, users, depth)? {
        Attempt::Open(store) => {
            clear(&suspect)?;
            Ok(Opened { store, set_aside: None })
        }
        Attempt::Damaged(finding) => {
            let database = move_aside(path, CORRUPT, environment.now)?;
            clear(&suspect)?;
            match attempt(path, key, users, Depth::Shallow)? {
                Attempt::Open(store) => Ok(Opened { store, set_aside: Some(SetAside { database, finding }) }),
                Attempt::Damaged(_) => Err(damage(path)),
            }
        }
    }
}

fn damage(path: &Path) -> StoreError {
    StoreError::Corrupt(rusqlite::Error::InvalidPath(path.to_owned()))
}

fn attempt(path: &Path, key: &DatabaseKey, users: &InUse, depth: Depth) -> Result<Attempt> {
    let fresh = !has_content(path) && !has_content(&beside(path, "-wal"));
    if fresh && path.exists() && is_ready(path) {
        return Ok(Attempt::Damaged("the file is empty".to_owned()));
    }
    if fresh {
        // Written first: a database whose key check is missing could not be told from one with another key.
        file::replace(&beside(path, KEY_CHECK), (key_check(key) + BEING_MADE).as_bytes())?;
    }
    match prepare(path, key, depth) {
        Ok(None) => {}
        Ok(Some(finding)) => return Ok(Attempt::Damaged(finding)),
        Err(StoreError::Corrupt(error)) => {
            return match proves(path, key) {
                Proof::Right => Ok(Attempt::Damaged(error.to_string())),
                Proof::Wrong | Proof::Unknown => Err(StoreError::WrongKey(path.to_owned())),
            };
        }
        Err(error) => return Err(error),
    }
    let store = connect(path, key).and_then(|mut connection| {
        migrations::migrate(&mut connection)?;
        Store::new(connection, path, users.clone())
    });
    let store = match store {
        Ok(store) => store,
        Err(StoreError::Corrupt(error)) => return Ok(Attempt::Damaged(error.to_string())),
        Err(error) => return Err(error),
    };
    if fresh {
        file::sync_folder_of(path)?;
    }
    if fresh || !is_ready(path) {
        file::replace(&beside(path, KEY_CHECK), key_check(key).as_bytes())?;
    }
    Ok(Attempt::Open(store))
}

/// Reads the file for the first time, all of it if asked, and says what is wrong with it.
fn prepare(path: &Path, key: &DatabaseKey, depth: Depth) -> Result<Option<String>> {
    let connection = connect(path, key)?;
    connection.query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    if depth == Depth::Shallow {
        return Ok(None);
    }
    match check(&connection)? {
        // The index of the search is made of what its own table holds, and can be made again.
        Some(finding) if is_of_the_search_index(&finding) => {
            tracing::warn!(finding, "the search index is made again");
            match connection.execute_batch("insert into search (search) values ('rebuild')").map_err(StoreError::from) {
                Ok(()) => check(&connection),
                Err(StoreError::Corrupt(error)) => Ok(Some(error.to_string())),
                Err(error) => Err(error),
            }
        }
        finding => Ok(finding),
    }
}

/// Whether that is how SQLite tells what is wrong with the search index, and with nothing else.
fn is_of_the_search_index(finding: &str) -> bool {
    finding.contains("inverted index for FTS5 table main.search")
        || finding.starts_with("fts5: corruption found") && finding.contains("table \"search\"")
}

/// Reads all of the file. Says the first thing that is wrong with it.
fn check(connection: &Connection) -> Result<Option<String>> {
    // A row that cannot be read at all ends the check with an error, which says the same.
    let finding = connection.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0));
    match finding.map_err(StoreError::from) {
        Ok(finding) if finding == "ok" => Ok(None),
        Ok(finding) => Ok(Some(finding)),
        Err(StoreError::Corrupt(error)) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

/// A connection with everything set that must be set on each one.
pub(crate) fn connect(path: &Path, key: &DatabaseKey) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Damage is reported by what we return, not on the standard error of the app.
    connection.execute_batch("pragma cipher_log_level = NONE;")?;
    connection.execute_batch(&key_pragma(key))?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch(include_str!("open/settings.sql"))?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

/// A connection that only reads, for a file that was set aside.
pub(crate) fn connect_to_read(path: &Path, key: &DatabaseKey) -> Result<Connection> {
    keyed(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn keyed(path: &Path, key: &DatabaseKey, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // Damage is reported by what we return, not on the standard error of the app.
    connection.execute_batch("pragma cipher_log_level = NONE;")?;
    connection.execute_batch(&key_pragma(key))?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

fn key_pragma(key: &DatabaseKey) -> Zeroizing<String> {
    let mut pragma = Zeroizing::new(String::with_capacity(96));
    pragma.push_str("pragma key = \"x'");
    for byte in key.expose() {
        for nibble in [byte >> 4, byte & 15] {
            pragma.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    pragma.push_str("'\";");
    pragma
}

#[derive(PartialEq, Eq)]
enum Proof {
    Right,
    Wrong,
    Unknown,
}

fn proves(path: &Path, key: &DatabaseKey) -> Proof {
    let expected = key_check(key);
    match fs::read_to_string(beside(path, KEY_CHECK)) {
        Ok(text) if text.trim_end_matches(BEING_MADE) == expected => Proof::Right,
        Ok(text) if text.starts_with(KEY_CHECK_VERSION) && text.len() >= expected.len() => Proof::Wrong,
        Ok(_) | Err(_) => Proof::Unknown,
    }
}

/// Whether a whole database once stood here.
fn is_ready(path: &Path) -> bool {
    fs::read_to_string(beside(path, KEY_CHECK))
        .is_ok_and(|text| text.starts_with(KEY_CHECK_VERSION) && !text.ends_with(BEING_MADE))
}

/// Tells nothing of the key, which is 256 random bits.
fn key_check(key: &DatabaseKey) -> String {
    let hash = Hash32::of("chaski 2026 database key check v1", &[key.expose()]);
    format!("{KEY_CHECK_VERSION}{}", &hash.to_string()[..32])
}

/// Moves aside a database whose key nobody has, such as an enrolment leaves that was given up. It stays as it is, and nothing
/// can be read of it. Gives its new name.
///
/// # Errors
/// When it cannot be moved.
pub fn put_away(path: &Path, now: Timestamp) -> Result<PathBuf> {
    move_aside(path, "unknown", now)
}

/// The damaged databases that were set aside from `path`, in the order of their names.
///
/// # Errors
/// When the folder cannot be read.
pub fn damaged(path: &Path) -> Result<Vec<PathBuf>> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let begins = beside(path, &format!(".{CORRUPT}"));
    let begins = begins.file_name().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::file(folder))? {
        let entry = entry.map_err(StoreError::file(folder))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&*begins) && !name.ends_with("-wal") && !name.ends_with("-shm") {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Moves the database and its write-ahead log aside.
fn move_aside(path: &Path, why: &str, now: Timestamp) -> Result<PathBuf> {
    let stamp = now.to_chrono().format("%Y%m%dT%H%M%SZ");
    let target = (0..)
        .map(|copy| match copy {
            0 => beside(path, &format!(".{why}-{stamp}")),
            copy => beside(path, &format!(".{why}-{stamp}-{copy}")),
        })
        .find(|target| !target.exists())
        .unwrap_or_else(|| beside(path, &format!(".{why}")));
    for suffix in ["-wal", "-shm", ""] {
        let from = beside(path, suffix);
        if from.exists() {
            fs::rename(&from, beside(&target, suffix)).map_err(StoreError::file(&from))?;
        }
    }
    file::sync_folder_of(path)?;
    Ok(target)
}

/// Notes that damage was met, so that the next opening checks the whole file.
pub(crate) fn mark_suspect(path: &Path) {
    // If this fails the damage will be met again.
    let _ = fs::write(beside(path, SUSPECT), b"");
}

fn clear(suspect: &Path) -> Result<()> {
    match fs::remove_file(suspect) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(suspect)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}

/// The path with something added to its file name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// How the file of a damaged database is named, after the database's own name.
const CORRUPT: &str = "corrupt";
const KEY_CHECK: &str = ".key-check";
const KEY_CHECK_VERSION: &str = "1 ";
const BEING_MADE: &str = " being made";
const SUSPECT: &str = ".suspect";
const BUSY: Duration = Duration::from_secs(5);
/// More than there are different statements.
const PREPARED: usize = 128;

#[cfg(test)]
mod tests;
