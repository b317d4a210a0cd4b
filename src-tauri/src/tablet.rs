//! The handles that commands share, and the way they reach the device.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use chaski_device::view::Failure;
use chaski_device::{Device, DeviceError, SharedDevice};
use chaski_link::{Link, LinkError};
use tauri::async_runtime;

/// The device behind this window, and the link that exchanges for it.
#[derive(Debug, Clone)]
pub(crate) struct Tablet {
    pub(crate) device: SharedDevice,
    pub(crate) link: Arc<Link>,
}

impl Tablet {
    /// Runs one intention of the person on a thread that may wait for the disk.
    ///
    /// # Errors
    /// The device refused it, with the code the screens have words for; `internal` if it broke off.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        intention: impl FnOnce(&mut Device) -> Result<T, DeviceError> + Send + 'static,
    ) -> Result<T, Failure> {
        let device = Arc::clone(&self.device);
        let asked = async_runtime::spawn_blocking(move || {
            // Each intention is one transaction, so a device whose last one broke off is whole and may be used.
            device.clear_poison();
            let mut device = device.lock().unwrap_or_else(PoisonError::into_inner);
            intention(&mut device).map_err(|error| refused(&error))
        });
        asked.await.unwrap_or_else(|error| {
            tracing::error!(%error, "an intention broke off");
            Err(failure("internal"))
        })
    }

    /// Commits what is open and forgets the keys, as the app ends.
    pub(crate) fn close(&self) {
        let mut device = self.device.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = device.close() {
            // The answers stay in the journal and are taken up at the next start.
            tracing::warn!(code = error.code(), "the device was not closed in order");
        }
    }
}

/// What the device refused, as the screens get it.
pub(crate) fn refused(error: &DeviceError) -> Failure {
    Failure { code: error.code().to_owned(), params: error.params() }
}

/// Why the hub was not reached, as the screens get it.
pub(crate) fn unreached(error: &LinkError) -> Failure {
    match error {
        LinkError::Device(error) => refused(error),
        _ => failure(error.code()),
    }
}

/// A failure that needs no more words than its code.
pub(crate) fn failure(code: &str) -> Failure {
    Failure { code: code.to_owned(), params: BTreeMap::new() }
}
