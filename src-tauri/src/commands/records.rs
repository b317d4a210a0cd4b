//! One record, whole.

use chaski_device::Device;
use chaski_device::view::RecordView;
use tauri::State;

use crate::commands::Answer;
use crate::tablet::Tablet;

#[tauri::command]
pub(super) async fn record(tablet: State<'_, Tablet>, record: String, language: Option<String>) -> Answer<RecordView> {
    tablet.ask(move |device| device.record(&record, language.as_deref())).await
}

#[tauri::command]
pub(super) async fn resolve(
    tablet: State<'_, Tablet>,
    record: String,
    key: String,
    alternative: String,
    language: Option<String>,
) -> Answer<RecordView> {
    let asked = move |device: &mut Device| device.resolve(&record, &key, &alternative, language.as_deref());
    let resolved = tablet.ask(asked).await?;
    tablet.link.ask();
    Ok(resolved)
}
