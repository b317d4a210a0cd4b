//! The record that somebody saved last, for `${last-saved#…}`.

use chaski_forms::Document;
use chaski_store::RecordFilter;
use chaski_values::{FormId, RecordId};

use crate::Result;
use crate::work::Work;

impl Work {
    /// The answers of the record of a form that the person at work changed last, drafts too; nothing when there is none
    /// that can be read here.
    ///
    /// ODK Collect takes the record that the *device* saved last. A tablet here is shared: what a colleague answered stays
    /// theirs, and somebody who changes tablets goes on from their own. `but` is the record being filled in.
    pub(crate) fn last_saved(&self, form: &FormId, but: RecordId) -> Result<Option<Document>> {
        let rows = self.store.records(&RecordFilter {
            form: Some(form.clone()),
            districts: Some(self.readable()),
            person: Some(self.me()?),
            // The one that is being filled in may stand before it.
            limit: Some(2),
            ..RecordFilter::default()
        })?;
        let Some(row) = rows.iter().find(|row| row.record != but) else { return Ok(None) };
        let (answers, _) = self.answers(row.record)?;
        Ok(self.book().reading_of(row.record, &answers).ok().map(|session| session.answers()))
    }
}
