//! Chaski's window: the screens of `ui` around the `device` and `link` crates.
//!
//! It is thin on purpose. A command hands its arguments to one function of `device` on a blocking thread and maps the
//! error to `{code, params}`; no rule of the field lives here, nor any state but the handles. All that differs between
//! machines is in [`platform`]. The window may call the commands named in `capabilities/main.json` and reach no address
//! outside the program.

mod commands;
mod events;
mod platform;
mod tablet;

use std::sync::Arc;
use std::time::Duration;

use chaski_device::{Device, System};
use chaski_link::{Link, Patience};
use tauri::{Manager, RunEvent, WebviewWindowBuilder, async_runtime};

use crate::tablet::Tablet;

/// Opens the window and returns when it is closed. What keeps it from opening is logged, and the program ends with code 1.
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    platform::start_log();
    platform::choose_renderer();
    let launch = platform::Launch::from_environment();
    let built = tauri::Builder::default()
        .invoke_handler(commands::handler())
        .setup(move |app| {
            let folder = platform::DataFolder::open(app.handle(), &launch)?;
            let tablet = start_tablet(&folder, launch.exchange_every)?;
            async_runtime::spawn(events::forward(app.handle().clone(), tablet.clone(), tablet.link.events()));
            app.manage(tablet);
            open_windows(app, &folder)?;
            app.manage(folder);
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => app.run(|app, event| {
            if matches!(event, RunEvent::Exit)
                && let Some(tablet) = app.try_state::<Tablet>()
            {
                tablet.close();
            }
        }),
        Err(error) => {
            tracing::error!(error = %platform::with_causes(&error), "the window could not be opened");
            std::process::exit(1);
        }
    }
}

/// Opens the device in its folder and starts the link for it.
fn start_tablet(folder: &platform::DataFolder, every: Option<Duration>) -> Result<Tablet, chaski_device::DeviceError> {
    let device = Device::open(folder.path(), Arc::new(System::new(folder.secret())))?.share();
    let for_link = Arc::clone(&device);
    // The link's task lives on the runtime that it is started on.
    let link =
        async_runtime::block_on(
            async move { Link::start(for_link, every.map_or_else(Patience::default, Patience::every)) },
        );
    Ok(Tablet { device, link: Arc::new(link) })
}

/// Opens the windows that `tauri.conf.json` describes, once there is something for them to show.
///
/// The web view keeps its own files (what a person chose for the screens: never answers) in the tablet's data folder.
fn open_windows(app: &tauri::App, folder: &platform::DataFolder) -> tauri::Result<()> {
    for window in &app.config().app.windows {
        WebviewWindowBuilder::from_config(app.handle(), window)?
            .data_directory(folder.path().join("screens"))
            .build()?;
    }
    Ok(())
}
