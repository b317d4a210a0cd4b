//! What happened lately, for a person to read: a code and its parameters, never an answer.

use chaski_values::Timestamp;
use rusqlite::params;

use crate::store::moment;
use crate::{Result, Store};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    /// Names what happened, to be translated.
    pub code: String,
    /// The values of the translated text, as its reader understands them.
    pub parameters: String,
}

impl Store {
    /// Keeps an event; the oldest beyond [`Store::EVENTS`] are forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_event(&mut self, event: &Event) -> Result<()> {
        self.transact(|transaction| {
            transaction
                .prepare_cached("insert into events (at, code, parameters) values (?1, ?2, ?3)")?
                .execute(params![event.at.millis(), event.code, event.parameters])?;
            let last = transaction.last_insert_rowid();
            transaction.prepare_cached("delete from events where id <= ?1")?.execute([last - Self::EVENTS])?;
            Ok(())
        })
    }

    /// Keeps an event in the place of the last one, if that is of the same code: a night without news is one line.
    ///
    /// # Errors
    /// When the database fails.
    pub fn repeat_event(&mut self, event: &Event) -> Result<()> {
        let repeated = self.transact(|transaction| {
            let sql = "update events set at = ?1, parameters = ?3
                       where id = (select max(id) from events) and code = ?2";
            let values = params![event.at.millis(), event.code, event.parameters];
            Ok(transaction.prepare_cached(sql)?.execute(values)?)
        })?;
        if repeated == 0 { self.keep_event(event) } else { Ok(()) }
    }

    /// How many events are kept.
    pub const EVENTS: i64 = 500;

    /// The latest events, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn events(&self, limit: u32) -> Result<Vec<Event>> {
        self.look(|connection| {
            let sql = "select at, code, parameters from events order by id desc limit ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([limit])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(Event { at: moment(row.get(0)?)?, code: row.get(1)?, parameters: row.get(2)? });
            }
            Ok(events)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, fresh};

    #[test]
    fn what_happens_again_is_one_line() {
        let (_folder, mut store) = fresh();
        let event = |number, code: &str| Event { at: at(number), code: code.into(), parameters: String::new() };
        for (number, code) in [(1, "nothing_new"), (2, "exchanged"), (3, "nothing_new"), (4, "nothing_new")] {
            store.repeat_event(&event(number, code)).unwrap();
        }
        let expected = [event(4, "nothing_new"), event(2, "exchanged"), event(1, "nothing_new")];
        assert_eq!(store.events(10).unwrap(), expected);
    }

    #[test]
    fn the_oldest_events_are_forgotten() {
        let (_folder, mut store) = fresh();
        for number in 0..Store::EVENTS + 3 {
            store
                .keep_event(&Event { at: at(number), code: "sync_ended".into(), parameters: number.to_string() })
                .unwrap();
        }
        let events = store.events(10_000).unwrap();
        assert_eq!(events.len() as i64, Store::EVENTS);
        assert_eq!(events[0].parameters, (Store::EVENTS + 2).to_string());
    }
}
