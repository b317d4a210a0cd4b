//! The tablet, its programme, and who has it open.

use chaski_device::Device;
use chaski_device::view::{Enrolled, Status};
use tauri::State;

use crate::commands::Answer;
use crate::tablet::{Tablet, unreached};

#[tauri::command]
pub(super) async fn status(tablet: State<'_, Tablet>) -> Answer<Status> {
    tablet.ask(|device| Ok(device.status())).await
}

/// The screen has already asked for the PIN twice.
#[tauri::command]
pub(super) async fn enrol(
    tablet: State<'_, Tablet>,
    ticket: String,
    hub_url: String,
    device_name: String,
    pin: String,
) -> Answer<Enrolled> {
    let again = pin.clone();
    chaski_link::enrol(&tablet.device, ticket, hub_url, device_name, pin, again)
        .await
        .map_err(|error| unreached(&error))
}

/// The person saw the same number on both screens.
#[tauri::command]
pub(super) async fn confirm_enrolment(tablet: State<'_, Tablet>) -> Answer<Status> {
    let status = tablet.ask(Device::confirm_enrolment).await?;
    tablet.link.ask();
    Ok(status)
}

/// The numbers differed: who enrolled is forgotten again. Nothing was exchanged meanwhile.
#[tauri::command]
pub(super) async fn cancel_enrolment(tablet: State<'_, Tablet>) -> Answer<Status> {
    tablet.ask(Device::cancel_enrolment).await
}

/// The person read that a damaged database was put aside.
#[tauri::command]
pub(super) async fn acknowledge_set_aside(tablet: State<'_, Tablet>) -> Answer<Status> {
    tablet.ask(Device::acknowledge_set_aside).await
}

#[tauri::command]
pub(super) async fn unlock(tablet: State<'_, Tablet>, person: String, pin: String) -> Answer<Status> {
    let status = tablet.ask(move |device| device.unlock(&person, &pin)).await?;
    tablet.link.ask();
    Ok(status)
}

#[tauri::command]
pub(super) async fn lock(tablet: State<'_, Tablet>) -> Answer<Status> {
    let status = tablet.ask(|device| device.lock()).await?;
    tablet.link.ask();
    Ok(status)
}
