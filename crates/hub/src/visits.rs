//! When each device was last here.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chaski_store::Store;
use chaski_values::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Result;

/// A device's last exchange that went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// By the hub's clock.
    pub at: Timestamp,
    /// Entries that were new to the hub.
    pub new: u64,
    /// Entries that the device got.
    pub sent: u64,
}

/// Kept in memory and written down now and then: an exchange in which nothing was new must not cost a write. After a power
/// cut a device's last visit may read some seconds early.
#[derive(Debug, Default)]
pub(crate) struct Visits(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    visits: BTreeMap<DeviceId, Visit>,
    unwritten: bool,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    visits: BTreeMap<DeviceId, Visit>,
}

const KEY: &str = "hub.visits";
const VERSION: u32 = 1;

impl Visits {
    pub(crate) fn read(store: &Store) -> Result<Self> {
        let file = store.setting(KEY)?.and_then(|bytes| serde_json::from_slice::<File>(&bytes).ok());
        let visits = file.filter(|file| file.version == VERSION).map(|file| file.visits).unwrap_or_default();
        Ok(Self(Mutex::new(Held { visits, unwritten: false })))
    }

    pub(crate) fn of(&self, device: DeviceId) -> Option<Visit> {
        self.held().visits.get(&device).copied()
    }

    pub(crate) fn keep(&self, device: DeviceId, visit: Visit) {
        let mut held = self.held();
        held.visits.insert(device, visit);
        held.unwritten = true;
    }

    /// Writes down what changed since the last time.
    pub(crate) fn write(&self, store: &mut Store) -> Result<()> {
        let visits = {
            let mut held = self.held();
            if !std::mem::take(&mut held.unwritten) {
                return Ok(());
            }
            held.visits.clone()
        };
        let file = serde_json::to_vec(&File { version: VERSION, visits }).expect("ids and numbers are JSON");
        store.keep_setting(KEY, &file)?;
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
