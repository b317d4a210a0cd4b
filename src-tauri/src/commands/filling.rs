//! Filling in a record. An answer is durable when its command returns.

use chaski_device::view::{Answered, Checked, Finalized, MigrationView, Opened, PageView};
use chaski_values::{Answer as Value, GeoPoint};
use tauri::State;
use tauri::ipc::Response;

use crate::commands::Answer;
use crate::tablet::{Tablet, failure};

#[tauri::command]
pub(super) async fn start_record(
    tablet: State<'_, Tablet>,
    form_id: String,
    project: Option<String>,
    language: Option<String>,
) -> Answer<Opened> {
    tablet.ask(move |device| device.start_record(&form_id, project.as_deref(), language.as_deref())).await
}

#[tauri::command]
pub(super) async fn open_record(tablet: State<'_, Tablet>, record: String, language: Option<String>) -> Answer<Opened> {
    tablet.ask(move |device| device.open_record(&record, language.as_deref())).await
}

#[tauri::command]
pub(super) async fn answer(
    tablet: State<'_, Tablet>,
    record: String,
    path: String,
    value: Option<Value>,
) -> Answer<Answered> {
    tablet.ask(move |device| device.answer(&record, &path, value)).await
}

#[tauri::command]
pub(super) async fn supply_position(tablet: State<'_, Tablet>, record: String, position: GeoPoint) -> Answer<Answered> {
    tablet.ask(move |device| device.supply_position(&record, position)).await
}

#[tauri::command]
pub(super) async fn add_row(tablet: State<'_, Tablet>, record: String, path: String) -> Answer<Answered> {
    tablet.ask(move |device| device.add_row(&record, &path)).await
}

#[tauri::command]
pub(super) async fn remove_row(tablet: State<'_, Tablet>, record: String, path: String) -> Answer<Answered> {
    tablet.ask(move |device| device.remove_row(&record, &path)).await
}

#[tauri::command]
pub(super) async fn undo(tablet: State<'_, Tablet>, record: String) -> Answer<Opened> {
    tablet.ask(move |device| device.undo(&record)).await
}

#[tauri::command]
pub(super) async fn set_language(tablet: State<'_, Tablet>, record: String, language: String) -> Answer<Opened> {
    tablet.ask(move |device| device.set_form_language(&record, &language)).await
}

#[tauri::command]
pub(super) async fn page(tablet: State<'_, Tablet>, record: String, index: u32) -> Answer<PageView> {
    tablet.ask(move |device| device.page(&record, index)).await
}

#[tauri::command]
pub(super) async fn check_page(tablet: State<'_, Tablet>, record: String, index: u32) -> Answer<Checked> {
    tablet.ask(move |device| device.check_page(&record, index)).await
}

#[tauri::command]
pub(super) async fn finalize(tablet: State<'_, Tablet>, record: String) -> Answer<Finalized> {
    let finalized = tablet.ask(move |device| device.finalize(&record)).await?;
    tablet.link.ask();
    Ok(finalized)
}

#[tauri::command]
pub(super) async fn migration(tablet: State<'_, Tablet>, record: String) -> Answer<MigrationView> {
    tablet.ask(move |device| device.migration(&record)).await
}

#[tauri::command]
pub(super) async fn migrate(tablet: State<'_, Tablet>, record: String, version: String) -> Answer<Opened> {
    tablet.ask(move |device| device.migrate(&record, &version)).await
}

#[tauri::command]
pub(super) async fn leave(tablet: State<'_, Tablet>, record: String) -> Answer<()> {
    tablet.ask(move |device| device.leave(&record)).await?;
    tablet.link.ask();
    Ok(())
}

#[tauri::command]
pub(super) async fn discard_draft(tablet: State<'_, Tablet>, record: String, reason: String) -> Answer<()> {
    tablet.ask(move |device| device.discard_draft(&record, &reason)).await
}

/// `bytes` is base64: JSON would write each byte as a number.
#[tauri::command]
pub(super) async fn add_photo(
    tablet: State<'_, Tablet>,
    record: String,
    path: String,
    media_type: String,
    bytes: String,
) -> Answer<Answered> {
    let bytes = data_encoding::BASE64.decode(bytes.as_bytes()).map_err(|_| failure("bad_media"))?;
    tablet.ask(move |device| device.add_media(&record, &path, &bytes, &media_type)).await
}

/// Answers with the bytes themselves, not with JSON.
#[tauri::command]
pub(super) async fn media(tablet: State<'_, Tablet>, hash: String) -> Answer<Response> {
    tablet.ask(move |device| device.media(&hash)).await.map(|(bytes, _)| Response::new(bytes))
}

/// Answers with the bytes themselves, not with JSON.
#[tauri::command]
pub(super) async fn attachment(tablet: State<'_, Tablet>, name: String) -> Answer<Response> {
    tablet.ask(move |device| device.attachment(&name)).await.map(Response::new)
}
