//! What an entry asks to be kept: changes under their records, and what the centre publishes under its name.

mod attachments;
mod catalogues;
mod forms;
mod roster;

use chaski_sync::{Entry, EntryKind, Malformed};
use rusqlite::Connection;

use crate::log::{Appended, Standing, index_changes, rank};
use crate::{ChangeSummary, Publication, Result, Rules, settings};

pub use attachments::Attachment;
pub use catalogues::{Catalogue, CatalogueName};
pub use forms::{FormCurrency, FormRow};

/// Takes an entry that was judged fit: lists its changes, or keeps what it publishes.
pub(crate) fn take_in(
    connection: &Connection,
    arrival: Appended,
    entry: &Entry,
    rules: &dyn Rules,
) -> Result<(Standing, ChangeSummary)> {
    match entry.header().kind {
        EntryKind::RecordChanges => Ok(match index_changes(connection, arrival, entry)? {
            Ok(summary) => (Standing::Taken, summary),
            Err(Malformed::Version { .. }) => (Standing::Quarantined(NEWER.to_owned()), ChangeSummary::default()),
            Err(Malformed::Syntax { .. } | Malformed::TooLarge { .. } | Malformed::NotCanonical { .. }) => {
                (Standing::Quarantined(MALFORMED.to_owned()), ChangeSummary::default())
            }
        }),
        EntryKind::Unknown(_) => Ok((Standing::UnknownKind, ChangeSummary::default())),
        EntryKind::Form | EntryKind::Catalogue | EntryKind::Roster | EntryKind::Setting | EntryKind::Media => {
            keep(connection, entry, rules)
        }
    }
}

fn keep(connection: &Connection, entry: &Entry, rules: &dyn Rules) -> Result<(Standing, ChangeSummary)> {
    let published = rank(entry.header().hlc);
    let summary = match rules.publication(entry) {
        Publication::Form(form) => forms::keep(connection, &form, published)?,
        Publication::Catalogue { name, bytes } => catalogues::keep(connection, &name, &bytes, published)?,
        Publication::Attachment { name, hash, length } => {
            attachments::keep(connection, &name, hash, length, published)?
        }
        Publication::Piece { hash, start, bytes } => attachments::keep_piece(connection, hash, start, &bytes)?,
        Publication::Roster(bytes) => roster::keep(connection, &bytes)?,
        Publication::Setting { key, value } => settings::keep(connection, &key, published, &value)?,
        Publication::Nothing => ChangeSummary::default(),
        Publication::Malformed(reason) => return Ok((Standing::Quarantined(reason), ChangeSummary::default())),
    };
    Ok((Standing::Taken, summary))
}

const MALFORMED: &str = "malformed_payload";
/// Taken by itself once this side knows the version.
const NEWER: &str = "newer_payload";

#[cfg(test)]
mod tests;
