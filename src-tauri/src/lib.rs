//! Chaski's window: the screens of `ui` around the `device` and `link` crates.
//!
//! It is thin on purpose. A command hands its arguments to one function of `device` on a blocking thread and maps the
//! error to `{code, params}`; no rule of the field lives here, nor any state but the handles. All that differs between
//! machines is in [`platform`]. The window may call the commands named in `capabilities/main.json` and reach no address
//! outside the program.

mod platform;

use tauri::{Manager, WebviewWindowBuilder};

/// Opens the window and returns when it is closed. What keeps it from opening is logged, and the program ends with code 1.
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    platform::start_log();
    platform::choose_renderer();
    let launch = platform::Launch::from_environment();
    let built = tauri::Builder::default()
        .setup(move |app| {
            let folder = platform::DataFolder::open(app.handle(), &launch)?;
            open_windows(app, &folder)?;
            app.manage(folder);
            Ok(())
        })
        .run(tauri::generate_context!());
    if let Err(error) = built {
        tracing::error!(%error, "the window could not be opened");
        std::process::exit(1);
    }
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
