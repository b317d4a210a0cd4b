//! What happened in a sitting, told in order: its steps, and what the device noted besides.

use chaski_values::{Key, Scalar, Timestamp};
use rusqlite::params;

use super::{SittingId, key_of};
use crate::store::moment;
use crate::{Result, Store, scalar};

/// Something that happened in a sitting.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    pub at: Timestamp,
    pub what: HappenedWhat,
}

#[derive(Debug, Clone, PartialEq)]
pub enum HappenedWhat {
    /// A step: what it wrote, in order.
    Wrote(Vec<(Key, Scalar)>),
    /// What [`Store::note_in_sitting`] was given.
    Noted(String),
}

impl Store {
    /// Notes that something happened in a sitting. It goes with the sitting: what is to last, its owner commits.
    ///
    /// # Errors
    /// When the database fails.
    pub fn note_in_sitting(&mut self, sitting: SittingId, note: &str, at: Timestamp) -> Result<()> {
        let sequence = self.next_sequence;
        self.look(|connection| {
            let sql = "insert into sitting_notes (sitting, sequence, at, note) values (?1, ?2, ?3, ?4)";
            connection.prepare_cached(sql)?.execute(params![sitting.0, sequence, at.millis(), note])?;
            Ok(())
        })?;
        self.next_sequence = sequence + 1;
        Ok(())
    }

    /// Everything that happened in a sitting, in order. What was undone did not happen.
    ///
    /// # Errors
    /// When the database fails.
    pub fn happened(&self, sitting: SittingId) -> Result<Vec<Happened>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(include_str!("happened.sql"))?;
            let mut rows = statement.query([sitting.0])?;
            let mut happened: Vec<Happened> = Vec::new();
            let mut step_before = None;
            while let Some(row) = rows.next()? {
                let step: Option<i64> = row.get("step")?;
                let at = moment(row.get("at")?)?;
                let Some(step) = step else {
                    happened.push(Happened { at, what: HappenedWhat::Noted(row.get("note")?) });
                    continue;
                };
                let write = (key_of(row, 3)?, scalar::from_bytes(&row.get::<_, Vec<u8>>("scalar")?)?);
                match happened.last_mut() {
                    Some(Happened { what: HappenedWhat::Wrote(writes), .. }) if step_before == Some(step) => {
                        writes.push(write);
                    }
                    _ => happened.push(Happened { at, what: HappenedWhat::Wrote(vec![write]) }),
                }
                step_before = Some(step);
            }
            Ok(happened)
        })
    }
}
