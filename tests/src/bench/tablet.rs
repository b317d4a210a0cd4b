//! A tablet as it ships: `device` and `link`, enrolled at the office's hub, with everything that was published.

use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use chaski_device::{Device, SharedDevice, System, Wish};
use chaski_sync::{Outcome, Summary};
use chaski_tests::story::Broken;
use chaski_tests::tablet::PIN;

pub(crate) async fn enrolled(folder: &Path, ticket: &str, hub: &str) -> Result<SharedDevice, Broken> {
    std::fs::create_dir_all(folder)?;
    let device = Device::open(folder, Arc::new(System::new(folder.join("device-secret"))))?.share();
    let text = str::to_owned;
    chaski_link::enrol(&device, text(ticket), text(hub), text("Tableta"), text(PIN), text(PIN)).await?;
    device.lock().map_err(|_| "a step panicked")?.confirm_enrolment()?;
    exchange(&device).await?;
    Ok(device)
}

/// One session with the hub, to its end.
pub(crate) async fn exchange(device: &SharedDevice) -> Result<Summary, Broken> {
    let summary = chaski_link::exchange(device, Wish::Asked, drop).await?;
    if summary.outcome != Outcome::Complete || !summary.problems.is_empty() {
        return Err(format!("the exchange ended as {:?}: {:?}", summary.outcome, summary.problems).into());
    }
    Ok(summary)
}

/// The device, for a step that may wait for the disk.
pub(crate) fn hold(device: &SharedDevice) -> MutexGuard<'_, Device> {
    device.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A runtime as the app has one.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
