//! One record, whole.

use chaski_device::view::RecordView;
use tauri::State;

use crate::commands::Answer;
use crate::tablet::Tablet;

#[tauri::command]
pub(super) async fn record(tablet: State<'_, Tablet>, record: String) -> Answer<RecordView> {
    tablet.ask(move |device| device.record(&record, None)).await
}

#[tauri::command]
pub(super) async fn resolve(
    tablet: State<'_, Tablet>,
    record: String,
    key: String,
    alternative: String,
) -> Answer<RecordView> {
    let resolved = tablet.ask(move |device| device.resolve(&record, &key, &alternative, None)).await?;
    tablet.link.ask();
    Ok(resolved)
}
