//! All that differs between one machine and another: where data lies, what the command line said, where the log goes.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tauri::{AppHandle, Manager};

/// The file whose lock says that a data folder is in use.
const LOCK: &str = "in-use";
/// The file that holds the device's secret; without it the keyring cannot be opened, so no backup takes it.
const SECRET: &str = "device-secret";
/// How long a window waits for one before it to be gone from its data folder.
const LEAVES_IN: Duration = Duration::from_secs(2);

/// What the program was started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Launch {
    /// `--data DIR`, or else `CHASKI_DATA`; otherwise the machine's own place for the app.
    pub(crate) data: Option<PathBuf>,
    /// `CHASKI_EXCHANGE_SECONDS`: how often to look at the hub while all is well, for an office where that costs nothing.
    pub(crate) exchange_every: Option<Duration>,
}

impl Launch {
    /// Reads the command line and the environment of this program.
    pub(crate) fn from_environment() -> Launch {
        let seconds = std::env::var("CHASKI_EXCHANGE_SECONDS").ok().and_then(|text| text.parse().ok());
        let exchange_every = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        Launch { exchange_every, ..Launch::read(std::env::args_os().skip(1), std::env::var_os("CHASKI_DATA")) }
    }

    /// The command line wins over the environment. Other arguments belong to the web view and are left alone.
    fn read(arguments: impl IntoIterator<Item = OsString>, environment: Option<OsString>) -> Launch {
        let mut data = environment.filter(|text| !text.is_empty());
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if argument == "--data" {
                data = arguments.next().or(data);
            } else if let Some(folder) = argument.to_str().and_then(|text| text.strip_prefix("--data=")) {
                data = Some(folder.into());
            }
        }
        Launch { data: data.map(PathBuf::from), exchange_every: None }
    }
}

/// Why the data folder could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// The machine tells no place for an app's data, and none was given.
    #[error("no folder for data; give one with --data")]
    Unknown(#[source] tauri::Error),
    /// The folder cannot be made or written.
    #[error("data folder {} cannot be used", folder.display())]
    Unusable {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Another window has it open: two programs on one database would lose answers.
    #[error("data folder {} is in use by another window", folder.display())]
    InUse { folder: PathBuf },
}

/// The one folder that holds everything this tablet keeps; locked while the program runs.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    // Held for its lock, which the system lets go when the program ends in whatever way.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it is new and locks it.
    ///
    /// # Errors
    /// It cannot be made, or another window has it.
    pub(crate) fn open(app: &AppHandle, launch: &Launch) -> Result<DataFolder, FolderError> {
        let path = match &launch.data {
            Some(folder) => std::path::absolute(folder).unwrap_or_else(|_| folder.clone()),
            None => app.path().app_local_data_dir().map_err(FolderError::Unknown)?,
        };
        DataFolder::lock(path)
    }

    fn lock(path: PathBuf) -> Result<DataFolder, FolderError> {
        let open = || -> io::Result<File> {
            fs::create_dir_all(&path)?;
            keep_private(&path)?;
            File::create(path.join(LOCK))
        };
        let file = open().map_err(|source| FolderError::Unusable { folder: path.clone(), source })?;
        let mut outcome = file.try_lock();
        let begun = Instant::now();
        // A program that was killed a moment ago may still be on its way out.
        while matches!(outcome, Err(TryLockError::WouldBlock)) && begun.elapsed() < LEAVES_IN {
            std::thread::sleep(LEAVES_IN / 40);
            outcome = file.try_lock();
        }
        match outcome {
            Ok(()) => Ok(DataFolder { path, _lock: file }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse { folder: path }),
            Err(TryLockError::Error(source)) => Err(FolderError::Unusable { folder: path, source }),
        }
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file with the device's secret, on machines that have no key store.
    pub(crate) fn secret(&self) -> PathBuf {
        self.path.join(SECRET)
    }
}

/// Other accounts of the machine may not look in.
#[cfg(unix)]
fn keep_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn keep_private(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Starts the program again in its place with the setting that a machine without a graphics card needs.
///
/// There, WebKit would draw through a software copy of a card: that costs 80 MB and a third of the start. Whoever sets
/// `WEBKIT_DISABLE_DMABUF_RENDERER`, to `0` or `1`, is obeyed. It must happen before any thread or window exists, and the
/// process keeps its id, so nobody waiting for it notices.
#[cfg(target_os = "linux")]
pub(crate) fn choose_renderer() {
    use std::os::unix::process::CommandExt;

    const SETTING: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SETTING).is_some() || Path::new("/dev/dri").exists() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // It returns only if it failed; the window then opens all the same, only larger.
        let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SETTING, "1").exec();
        tracing::warn!(%error, "the renderer could not be chosen");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn choose_renderer() {}

/// Sends the log to standard error; `CHASKI_LOG` chooses what is in it. The log names ids and codes, never answers.
pub(crate) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CHASKI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,chaski=info"));
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).try_init();
}

/// An error with all that caused it, for the log.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], environment: Option<&str>) -> Option<PathBuf> {
        Launch::read(arguments.iter().map(OsString::from), environment.map(OsString::from)).data
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        assert_eq!(read(&[], None), None);
        assert_eq!(read(&[], Some("")), None);
        assert_eq!(read(&["--automation"], Some("e")), Some("e".into()));
        assert_eq!(read(&["--data", "a"], Some("e")), Some("a".into()));
        assert_eq!(read(&["--data=a"], None), Some("a".into()));
        assert_eq!(read(&["--data"], Some("e")), Some("e".into()));
    }

    #[test]
    fn one_window_at_a_time_has_the_folder() {
        let place = std::env::temp_dir().join(format!("chaski-lock-{}", std::process::id()));
        let first = DataFolder::lock(place.clone()).unwrap();
        assert!(matches!(DataFolder::lock(place.clone()), Err(FolderError::InUse { .. })));
        drop(first);
        assert!(DataFolder::lock(place.clone()).is_ok());
        fs::remove_dir_all(place).unwrap();
    }
}
