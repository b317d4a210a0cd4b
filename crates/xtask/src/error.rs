//! What can go wrong in a task, and the exit code it ends with.

use std::io;
use std::path::PathBuf;

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// A program that the task runs is not installed.
    #[error("`{program}` could not be started")]
    Start {
        program: String,
        #[source]
        source: io::Error,
    },
    /// A program ran and failed; its own output says why.
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: std::process::ExitStatus },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A program's output was not of the expected shape.
    #[error("{what} is not what was expected")]
    Shape { what: String },
    /// A person has to install something first; the line to run has been printed.
    #[error("some system packages are missing; run the line above, then try again")]
    Missing,
    /// The tree broke house rules; each was printed.
    #[error("{count} finding(s); each is printed above with its file")]
    Findings { count: usize },
    /// The committed TypeScript types differ from what Rust says.
    #[error("ui/src/ipc/types is stale; run `cargo xtask bindings` and commit the result")]
    StaleBindings,
    /// The tool is older than the project needs.
    #[error("{program} {found} is installed, {needed} or newer is needed")]
    TooOld { program: &'static str, found: String, needed: u32 },
    /// Windows were asked for where there is nowhere to show them.
    #[error("there is no screen here; `cargo xtask demo --headless` plays the story without windows")]
    NoScreen,
}

impl TaskError {
    /// 2 when a person has to do something first, 1 for every failure.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            TaskError::Missing | TaskError::TooOld { .. } | TaskError::NoScreen => 2,
            TaskError::Start { .. }
            | TaskError::Failed { .. }
            | TaskError::File { .. }
            | TaskError::Shape { .. }
            | TaskError::Findings { .. }
            | TaskError::StaleBindings => 1,
        }
    }

    /// Wraps an IO error with the file it happened on.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> TaskError {
        let path = path.into();
        move |source| TaskError::File { path, source }
    }
}
