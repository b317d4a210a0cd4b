//! Finding records by words, without minding accents, case or word ends.

use chaski_values::RecordId;
use rusqlite::{Connection, params};

use crate::{Result, Store};

impl Store {
    /// Records that have every word of `text`, in their title or among their words, best first. What was typed is never a
    /// query language: each word is looked for as it stands, and as the beginning of a word.
    ///
    /// # Errors
    /// When the database fails.
    pub fn search(&self, text: &str, limit: u32) -> Result<Vec<RecordId>> {
        let Some(query) = quoted(text) else { return Ok(Vec::new()) };
        self.look(|connection| {
            let mut statement = connection.prepare_cached(include_str!("search/find.sql"))?;
            let mut rows = statement.query(params![query, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(RecordId::from_bytes(row.get(0)?));
            }
            Ok(found)
        })
    }
}

/// Each word in quotes with a star after it, so that nothing of it is an operator; nothing when there is no word.
fn quoted(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| format!("\"{}\"*", word.chars().take(MAX_WORD_CHARS).collect::<String>()))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Sets the words a row is found by.
pub(crate) fn keep(connection: &Connection, id: i64, title: &str, body: &str) -> Result<()> {
    let sql = "insert or replace into search (rowid, title, body) values (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![id, title, body])?;
    Ok(())
}

pub(crate) fn drop_row(connection: &Connection, id: i64) -> Result<()> {
    connection.prepare_cached("delete from search where rowid = ?1")?.execute([id])?;
    Ok(())
}

const MAX_WORDS: usize = 16;
const MAX_WORD_CHARS: usize = 64;

#[cfg(test)]
mod tests;
