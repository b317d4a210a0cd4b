//! The exchange with the hub.

use chaski_device::view::SyncView;
use tauri::State;

use crate::commands::Answer;
use crate::tablet::Tablet;

#[tauri::command]
pub(super) async fn sync_view(tablet: State<'_, Tablet>) -> Answer<SyncView> {
    tablet.ask(|device| device.sync_view()).await
}

/// Asks for an exchange; how it goes is told by events.
#[tauri::command]
pub(super) async fn sync_now(tablet: State<'_, Tablet>) -> Answer<SyncView> {
    tablet.link.ask();
    tablet.ask(|device| device.sync_view()).await
}
