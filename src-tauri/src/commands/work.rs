//! What there is to work on.

use chaski_device::view::{Home, ProjectView, RecordCard};
use tauri::State;

use crate::commands::Answer;
use crate::tablet::Tablet;

#[tauri::command]
pub(super) async fn home(tablet: State<'_, Tablet>) -> Answer<Home> {
    tablet.ask(|device| device.home()).await
}

#[tauri::command]
pub(super) async fn project(tablet: State<'_, Tablet>, id: String) -> Answer<ProjectView> {
    tablet.ask(move |device| device.project(&id)).await
}

#[tauri::command]
pub(super) async fn search(tablet: State<'_, Tablet>, text: String) -> Answer<Vec<RecordCard>> {
    tablet.ask(move |device| device.search(&text)).await
}
