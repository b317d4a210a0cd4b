//! Named values: what the centre published, and what this device remembers.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{ChangeSummary, Result, Shared, Store};

impl Store {
    /// # Errors
    /// When the database fails.
    pub fn setting(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select value from settings where key = ?1")?;
            Ok(statement.query_row([key], |row| row.get(0)).optional()?)
        })
    }

    /// Sets a value of this device. What it has already is not written again.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_setting(&mut self, key: &str, value: &[u8]) -> Result<ChangeSummary> {
        if self.setting(key)?.is_some_and(|kept| kept == value) {
            return Ok(ChangeSummary::default());
        }
        self.transact(|transaction| keep(transaction, key, 0, value))
    }

    /// Forgets a value of this device.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_setting(&mut self, key: &str) -> Result<ChangeSummary> {
        self.transact(|transaction| {
            transaction.execute("delete from settings where key = ?1", [key])?;
            Ok(ChangeSummary::of_shared(Shared::Settings))
        })
    }
}

/// Keeps a value unless a later published one is there.
pub(crate) fn keep(connection: &Connection, key: &str, published: i64, value: &[u8]) -> Result<ChangeSummary> {
    let sql = "insert into settings (key, published, value) values (?1, ?2, ?3)
               on conflict (key) do update set published = excluded.published, value = excluded.value
               where excluded.published >= published";
    connection.prepare_cached(sql)?.execute(params![key, published, value])?;
    Ok(ChangeSummary::of_shared(Shared::Settings))
}
