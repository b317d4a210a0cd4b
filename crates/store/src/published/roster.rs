use chaski_values::Hash32;
use rusqlite::{Connection, params};

use crate::{ChangeSummary, Result, Shared, Store};

impl Store {
    /// Keeps one signed item of the roster. Who signed it and what it says is for `trust` to check, whenever it is read.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_roster_item(&mut self, bytes: &[u8]) -> Result<ChangeSummary> {
        self.transact(|transaction| keep(transaction, bytes))
    }

    /// Every item of the roster, in the order they came.
    ///
    /// # Errors
    /// When the database fails.
    pub fn roster_items(&self) -> Result<Vec<Vec<u8>>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select bytes from roster order by position")?;
            let items = statement.query_map([], |row| row.get(0))?;
            Ok(items.collect::<rusqlite::Result<_>>()?)
        })
    }
}

pub(super) fn keep(connection: &Connection, bytes: &[u8]) -> Result<ChangeSummary> {
    let sql = "insert into roster (hash, position, bytes)
               values (?1, (select coalesce(max(position), 0) + 1 from roster), ?2)
               on conflict (hash) do nothing";
    connection.prepare_cached(sql)?.execute(params![Hash32::of_content(bytes).as_bytes(), bytes])?;
    Ok(ChangeSummary::of_shared(Shared::Roster))
}
