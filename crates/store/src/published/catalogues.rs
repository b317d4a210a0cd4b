use chaski_sync::Hlc;
use chaski_values::Hash32;
use rusqlite::{Connection, OptionalExtension, params};

use crate::log::rank;
use crate::{ChangeSummary, Result, Shared, Store};

/// A table that forms look things up in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    pub name: String,
    /// The plain hash of its bytes.
    pub hash: Hash32,
    pub bytes: Vec<u8>,
}

/// A catalogue without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueName {
    pub name: String,
    pub hash: Hash32,
}

impl Store {
    /// Keeps a catalogue under its name, unless a later published one is there.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_catalogue(&mut self, name: &str, bytes: &[u8], published: Hlc) -> Result<ChangeSummary> {
        self.transact(|transaction| keep(transaction, name, bytes, rank(published)))
    }

    /// # Errors
    /// When the database fails.
    pub fn catalogue(&self, name: &str) -> Result<Option<Catalogue>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select hash, bytes from catalogues where name = ?1")?;
            let catalogue = statement.query_row([name], |row| {
                Ok(Catalogue { name: name.to_owned(), hash: Hash32::from_bytes(row.get(0)?), bytes: row.get(1)? })
            });
            Ok(catalogue.optional()?)
        })
    }

    /// # Errors
    /// When the database fails.
    pub fn catalogues(&self) -> Result<Vec<CatalogueName>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select name, hash from catalogues order by name")?;
            let names = statement
                .query_map([], |row| Ok(CatalogueName { name: row.get(0)?, hash: Hash32::from_bytes(row.get(1)?) }))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })
    }
}

pub(super) fn keep(connection: &Connection, name: &str, bytes: &[u8], published: i64) -> Result<ChangeSummary> {
    let sql = "insert into catalogues (name, hash, published, bytes) values (?1, ?2, ?3, ?4)
               on conflict (name) do update set
                   hash = excluded.hash, published = excluded.published, bytes = excluded.bytes
               where excluded.published >= published";
    let hash = Hash32::of_content(bytes);
    connection.prepare_cached(sql)?.execute(params![name, hash.as_bytes(), published, bytes])?;
    Ok(ChangeSummary::of_shared(Shared::Catalogues))
}
