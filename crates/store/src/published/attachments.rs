use chaski_values::Hash32;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{ChangeSummary, Result, Shared, Store};

/// A file that forms show or play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// The plain hash of its bytes.
    pub hash: Hash32,
    pub length: u32,
    /// How many of its bytes came so far.
    pub held: u32,
}

impl Store {
    /// Every file that a name stands for, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub fn attachments(&self) -> Result<Vec<Attachment>> {
        self.look(|connection| {
            let sql = "select name, hash, length,
                           (select coalesce(sum(length(bytes)), 0) from attachment_pieces
                            where attachment_pieces.hash = attachments.hash) as held
                       from attachments order by name";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                Ok(Attachment {
                    name: row.get(0)?,
                    hash: Hash32::from_bytes(row.get(1)?),
                    length: row.get(2)?,
                    held: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The bytes of a file by its name; nothing while no such name was published, or not all of it came, or what came is not
    /// what was published.
    ///
    /// # Errors
    /// When the database fails.
    pub fn attachment(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select hash from attachments where name = ?1")?;
            let hash: Option<[u8; 32]> = statement.query_row([name], |row| row.get(0)).optional()?;
            let Some(hash) = hash else { return Ok(None) };
            let sql = "select bytes from attachment_pieces where hash = ?1 order by start";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([hash.as_slice()])?;
            let mut bytes: Vec<u8> = Vec::new();
            while let Some(row) = rows.next()? {
                bytes.extend(row.get_ref(0)?.as_blob().unwrap_or_default());
            }
            Ok(Some(bytes).filter(|bytes| Hash32::of_content(bytes) == Hash32::from_bytes(hash)))
        })
    }
}

/// Lets a name stand for a file, unless a later published one does. The pieces of a file that no name stands for any more go.
pub(super) fn keep(
    connection: &Connection,
    name: &str,
    hash: Hash32,
    length: u32,
    published: i64,
) -> Result<ChangeSummary> {
    let sql = "select hash from attachments where name = ?1 and published <= ?2 and hash <> ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let before: Option<[u8; 32]> =
        statement.query_row(params![name, published, hash.as_bytes()], |row| row.get(0)).optional()?;
    let sql = "insert into attachments (name, hash, length, published) values (?1, ?2, ?3, ?4)
               on conflict (name) do update set
                   hash = excluded.hash, length = excluded.length, published = excluded.published
               where excluded.published >= published";
    connection.prepare_cached(sql)?.execute(params![name, hash.as_bytes(), length, published])?;
    if let Some(before) = before {
        let sql = "delete from attachment_pieces
                   where hash = ?1 and not exists (select 1 from attachments where attachments.hash = ?1)";
        connection.prepare_cached(sql)?.execute([before.as_slice()])?;
    }
    Ok(ChangeSummary::of_shared(Shared::Attachments))
}

/// Keeps a piece; it may come before the name that stands for its file.
pub(super) fn keep_piece(connection: &Connection, hash: Hash32, start: u32, bytes: &[u8]) -> Result<ChangeSummary> {
    let sql =
        "insert into attachment_pieces (hash, start, bytes) values (?1, ?2, ?3) on conflict (hash, start) do nothing";
    connection.prepare_cached(sql)?.execute(params![hash.as_bytes(), start, bytes])?;
    Ok(ChangeSummary::of_shared(Shared::Attachments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fresh;

    const PICTURE: &[u8] = b"first half second half";

    fn state(store: &Store, name: &str) -> Option<(u32, u32, bool)> {
        let found = store.attachments().unwrap().into_iter().find(|found| found.name == name)?;
        Some((found.held, found.length, store.attachment(name).unwrap().is_some()))
    }

    #[test]
    fn a_file_is_there_when_all_its_pieces_are() {
        let (_folder, mut store) = fresh();
        let (hash, length) = (Hash32::of_content(PICTURE), PICTURE.len() as u32);
        let piece = |store: &mut Store, start: usize, bytes: &[u8]| {
            store.transact(|transaction| keep_piece(transaction, hash, start as u32, bytes)).unwrap();
        };
        piece(&mut store, 11, &PICTURE[11..]);
        store.transact(|transaction| keep(transaction, "mapa.png", hash, length, 5)).unwrap();
        assert_eq!(state(&store, "mapa.png"), Some((11, 22, false)));
        piece(&mut store, 0, &PICTURE[..11]);
        piece(&mut store, 0, b"another now");
        assert_eq!(state(&store, "mapa.png"), Some((22, 22, true)));
        assert_eq!(store.attachment("mapa.png").unwrap().unwrap(), PICTURE);
        assert_eq!(store.attachment("otra.png").unwrap(), None);
    }

    #[test]
    fn what_is_not_what_was_published_is_not_shown() {
        let (_folder, mut store) = fresh();
        let hash = Hash32::of_content(PICTURE);
        store.transact(|transaction| keep(transaction, "mapa.png", hash, PICTURE.len() as u32, 5)).unwrap();
        store.transact(|transaction| keep_piece(transaction, hash, 0, &[0; 22])).unwrap();
        assert_eq!(state(&store, "mapa.png"), Some((22, 22, false)));
    }

    #[test]
    fn a_name_stands_for_the_file_published_last_and_the_other_goes_when_nobody_names_it() {
        let (_folder, mut store) = fresh();
        let mut publish = |name: &str, bytes: &[u8], published: i64| {
            let hash = Hash32::of_content(bytes);
            store.transact(|transaction| keep_piece(transaction, hash, 0, bytes)).unwrap();
            store.transact(|transaction| keep(transaction, name, hash, bytes.len() as u32, published)).unwrap();
        };
        publish("a.png", b"one", 5);
        publish("b.png", b"one", 6);
        publish("a.png", b"two", 9);
        publish("a.png", b"old", 7);
        assert_eq!(store.attachment("a.png").unwrap().unwrap(), b"two");
        assert_eq!(store.attachment("b.png").unwrap().unwrap(), b"one", "another name still stands for it");
        let mut publish = |name: &str, bytes: &[u8], published: i64| {
            let hash = Hash32::of_content(bytes);
            store.transact(|transaction| keep(transaction, name, hash, bytes.len() as u32, published)).unwrap();
        };
        publish("b.png", b"two", 10);
        publish("b.png", b"one", 11);
        assert_eq!(store.attachment("b.png").unwrap(), None, "its pieces went with the last name");
    }
}
