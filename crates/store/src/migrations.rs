//! The schema's history. A released file is never changed; the next one begins where it ends.

use rusqlite::{Connection, TransactionBehavior};

use crate::{Result, StoreError};

/// Every step from an empty file to the present schema, in order. The schema's number is how many have run.
pub(crate) const STEPS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_attachments.sql"),
    include_str!("../migrations/0003_sitting_notes.sql"),
];

/// The schema this version writes.
#[cfg(test)]
pub(crate) const CURRENT: i64 = STEPS.len() as i64;

/// `CHSK`: what kind of SQLite file this is.
const APPLICATION: i64 = 0x4348_534b;

/// Brings the schema up to date, each step in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    migrate_to(connection, STEPS)
}

fn migrate_to(connection: &mut Connection, steps: &[&str]) -> Result<()> {
    let known = steps.len() as i64;
    let found = schema(connection)?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (step, number) in steps.iter().zip(1..).skip(usize::try_from(found).unwrap_or(0)) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number as i64)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The number of the schema a file has; 0 for an empty one.
pub(crate) fn schema(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests;
