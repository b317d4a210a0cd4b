//! Whose district a change speaks for.

use chaski_records::RawChange;
use chaski_values::{Key, Scalar};
use rusqlite::{Connection, params};

use crate::Result;

/// The head's key that names the record's district.
const DISTRICT: &str = "_p";

/// Why a change does not belong in the log it stands in, as a stored code; nothing when it does.
///
/// A device is granted districts, and its grant is checked by the partition of its log. So a record belongs to the partition
/// whose logs write it: the change that begins it names that partition as its district, and every later change stands in a
/// log of the same one. Only the change and what it was made on top of decide, so every node decides alike.
///
/// # Errors
/// When the database fails.
pub(super) fn stray(connection: &Connection, change: &RawChange, partition: &str) -> Result<Option<&'static str>> {
    if change.deps().is_empty() {
        let Ok(shape) = change.check_shape() else {
            // Its own refusal says more.
            return Ok(None);
        };
        let home = shape.puts().iter().find(|put| Key::as_str(&put.key) == DISTRICT).map(|put| &put.scalar);
        return Ok(match home {
            Some(Scalar::Text(home)) if home == partition => None,
            Some(_) => Some("foreign_district"),
            None => Some("no_district"),
        });
    }
    let mut elsewhere = connection.prepare_cached(include_str!("dependency_elsewhere.sql"))?;
    for dep in change.deps() {
        if elsewhere.exists(params![dep.as_bytes(), partition])? {
            return Ok(Some("foreign_district"));
        }
    }
    Ok(None)
}
