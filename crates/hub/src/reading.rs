//! A record in words, as the centre reads it.

use chaski_values::RecordId;

use crate::{Hub, Result};

/// What a record says, in the words of its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub title: String,
    /// Each answered question's path and its answer, in the form's order.
    pub answers: Vec<(String, String)>,
    /// The keys at which several values stand.
    pub conflicts: usize,
    /// How many changes it is made of.
    pub changes: usize,
}

impl Hub {
    /// The log of how a record was filled in, as ODK Collect's `audit.csv`; nothing when the hub has no such record, or its form
    /// asks for no log.
    ///
    /// # Errors
    /// When the store fails.
    pub fn audit_csv(&self, record: RecordId) -> Result<Option<String>> {
        let holdings = self.holdings();
        let Some(record) = holdings.store.record(record)? else { return Ok(None) };
        Ok(holdings.rules.book.audit_csv(&record.values()))
    }

    /// Reads a record; nothing when the hub has none of this id, or not its form.
    ///
    /// # Errors
    /// When the store fails.
    pub fn read(&self, record: RecordId) -> Result<Option<Reading>> {
        let holdings = self.holdings();
        let Some(record) = holdings.store.record(record)? else { return Ok(None) };
        let Ok(session) = holdings.rules.book.reading(&record) else { return Ok(None) };
        let lines = session.summary().into_iter().flat_map(|section| section.lines);
        Ok(Some(Reading {
            title: session.instance_name(),
            answers: lines
                .filter(|line| !line.display.is_empty())
                .map(|line| (line.path.to_string(), line.display))
                .collect(),
            conflicts: record.conflicts().len(),
            changes: record.changes().len(),
        }))
    }
}
