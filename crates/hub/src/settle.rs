//! Bringing records up to date after their entries came, a few at a time, so that no exchange waits long for the lock.

use std::sync::Arc;

use chaski_values::{Hash32, RecordId};

use crate::holdings::Holdings;
use crate::{Hub, HubEvent, Result};

/// Records in one turn of the lock: some milliseconds' work.
const AT_ONCE: u32 = 16;
/// Under which wording the titles were made.
const WORDING: &str = "hub.wording";

/// What is left after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    More,
}

/// Titles that are being made anew, since a form, table or setting changed.
#[derive(Debug, Default)]
pub(crate) struct Retitling {
    wording: Option<Hash32>,
    records: Vec<RecordId>,
}

impl Hub {
    /// Brings every record up to date. While the hub is served this happens by itself.
    ///
    /// # Errors
    /// When the store fails.
    pub fn settle(&self) -> Result<u64> {
        let mut retitling = Retitling::default();
        let mut records = 0;
        loop {
            let (left, settled) = self.settle_some(&mut retitling)?;
            records += settled;
            if left == Left::Nothing {
                return Ok(records);
            }
        }
    }

    /// One short turn of the lock.
    pub(crate) fn settle_some(&self, retitling: &mut Retitling) -> Result<(Left, u64)> {
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let rules = Arc::clone(&holdings.rules);
        let applied = holdings.store.apply_pending(AT_ONCE, &*rules)?;
        let records = applied.summary.records.len() as u64;
        let titles = retitling.some(&mut holdings)?;
        drop(holdings);
        if records > 0 {
            tracing::debug!(records, left = applied.left, "settled");
            self.tell(HubEvent::Settled { records });
        }
        let left = if applied.left == 0 && titles == Left::Nothing { Left::Nothing } else { Left::More };
        Ok((left, records))
    }
}

impl Retitling {
    fn some(&mut self, holdings: &mut Holdings) -> Result<Left> {
        let rules = Arc::clone(&holdings.rules);
        if self.wording != Some(rules.wording) {
            self.wording = Some(rules.wording);
            let kept = holdings.store.setting(WORDING)?;
            self.records = if kept.as_deref() == Some(rules.wording.as_bytes().as_slice()) {
                Vec::new()
            } else {
                holdings.store.record_ids()?
            };
        }
        let some = self.records.len().saturating_sub(AT_ONCE as usize);
        for record in self.records.split_off(some) {
            if let Some(document) = holdings.store.record(record)? {
                let listing = rules.book.listing(&document);
                holdings.store.retitle(record, &listing.title, &listing.search)?;
            }
        }
        if !self.records.is_empty() {
            return Ok(Left::More);
        }
        note_wording(holdings, rules.wording)?;
        Ok(Left::Nothing)
    }
}

/// Keeps in mind that every title is of this wording.
pub(crate) fn note_wording(holdings: &mut Holdings, wording: Hash32) -> Result<()> {
    if holdings.store.setting(WORDING)?.as_deref() != Some(wording.as_bytes().as_slice()) {
        holdings.store.keep_setting(WORDING, wording.as_bytes())?;
    }
    Ok(())
}
