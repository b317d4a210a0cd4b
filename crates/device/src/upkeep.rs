//! Keeping the database sound: reading the logs through, and making from them again what is only a cache of them.

use chaski_store::{Rebuilt, Verified};
use chaski_values::Hash32;

use crate::{Device, Result};

impl Device {
    /// Reads every log from its opening to its tip: payloads, links and signatures.
    ///
    /// # Errors
    /// When the device is shut or the store fails; what is wrong with a log is in its [`Verified`].
    pub fn verify_logs(&mut self) -> Result<Vec<Verified>> {
        let store = &self.open_work()?.store;
        let mut verified = Vec::new();
        for partition in store.partitions()? {
            for held in store.logs(partition)? {
                verified.push(store.verify_log(held.opening.log())?);
            }
        }
        Ok(verified)
    }

    /// Throws every document, row and search word away and makes them again from the log. `progress` is told how many
    /// records are done, and of how many. Answers of an open sitting are in the journal, and stay.
    ///
    /// # Errors
    /// When the device is shut or the store fails; then everything is as it was.
    pub fn rebuild(&mut self, progress: impl FnMut(u64, u64)) -> Result<Rebuilt> {
        let work = self.open_work()?;
        Ok(work.store.rebuild(&work.rules, progress)?)
    }

    /// A hash of every document: the same on every tablet and hub that holds the same records.
    ///
    /// # Errors
    /// When the device is shut or the store fails.
    pub fn documents_hash(&mut self) -> Result<Hash32> {
        Ok(self.open_work()?.store.documents_hash()?)
    }
}
