//! Real windows under test: a screen without a monitor, and tablets on it that a test looks at and touches.
//!
//! [`Screen`] is an Xvfb of its own. [`Tablet`] is one process of the app with its own data folder, driven through
//! WebKitWebDriver, which serves one window each. Everything has a time limit, and a picture is taken when a wait fails.

mod screen;
mod tablet;

use std::path::PathBuf;

pub use screen::Screen;
pub use tablet::{Shape, Tablet};

/// Why a window could not be driven.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// A program that the test needs is not there.
    #[error("`{program}` could not be started; `cargo xtask test` installs and builds it")]
    Start {
        program: String,
        #[source]
        source: std::io::Error,
    },
    /// A program started but did not become ready.
    #[error("`{program}` was not ready after {seconds} s")]
    NotReady { program: String, seconds: u64 },
    /// The window could not be opened through the driver.
    #[error("the window of {tablet} did not open")]
    Session {
        tablet: String,
        #[source]
        source: Box<fantoccini::error::NewSessionError>,
    },
    /// The window did not open in time.
    #[error("the window of {tablet} did not open in {seconds} s")]
    Slow { tablet: String, seconds: u64 },
    /// The app ended instead of opening its window.
    #[error("{tablet} ended before its window opened; see {}", log.display())]
    Ended { tablet: String, log: PathBuf },
    /// A command to the window failed.
    #[error("{tablet}: {what}")]
    Command {
        tablet: String,
        what: String,
        #[source]
        source: Box<fantoccini::error::CmdError>,
    },
    /// Something that should be on the screen is not.
    #[error("{tablet} shows no {what}; see {}", picture.display())]
    Absent { tablet: String, what: String, picture: PathBuf },
    /// The system does not tell about the window's processes.
    #[error("the processes of {tablet} cannot be measured")]
    Gauge {
        tablet: String,
        #[source]
        source: std::io::Error,
    },
    /// A picture could not be written.
    #[error("{}", path.display())]
    Picture {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Where the programs under test lie: `CHASKI_BINARIES`, or else beside the test itself.
#[must_use]
pub fn binaries() -> PathBuf {
    std::env::var_os("CHASKI_BINARIES").map_or_else(
        || {
            let test = std::env::current_exe().unwrap_or_default();
            // A test lies in `target/debug/deps`, the programs in `target/debug`.
            test.ancestors().nth(2).map(PathBuf::from).unwrap_or_default()
        },
        PathBuf::from,
    )
}

/// Where pictures of windows go: `CHASKI_PICTURES`, or else `target/pictures`.
#[must_use]
pub fn pictures() -> PathBuf {
    std::env::var_os("CHASKI_PICTURES")
        .map_or_else(|| binaries().parent().map(|target| target.join("pictures")).unwrap_or_default(), PathBuf::from)
}
