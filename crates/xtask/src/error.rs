//! What can go wrong in a task, and the exit code it ends with.

use std::io;
use std::path::PathBuf;

/// The versions of Node.js that Vite 8 and ESLint 10 run on, by their `engines`.
pub(crate) const NODE_RANGES: &str = "20.19 or newer of 20, 22.13 or newer of 22, or 24 and newer";

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
    /// There is no such thing to look for inputs for.
    #[error("there is no target `{name}`; write one of: {known}")]
    UnknownTarget { name: String, known: String },
    /// The committed TypeScript types differ from what Rust says.
    #[error("ui/src/ipc/types is stale; run `cargo xtask bindings` and commit the result")]
    StaleBindings,
    /// Node.js or npm is not there, or is not one that the screens are built with.
    #[error(
        "{found}; the screens are built with Node.js {NODE_RANGES} and its npm: install one from https://nodejs.org or \
         your distribution, and try again"
    )]
    Node { found: String },
    /// Parts of the Rust toolchain that checks need are not installed.
    #[error("`cargo {0}` is not installed; run `rustup component add rustfmt clippy`, then try again")]
    Component(&'static str),
    /// The hub of the demo ended by itself.
    #[error(
        "the hub could not go on (its own words are above); if another program took its port, `cargo xtask demo --fresh` \
         begins anew on another one"
    )]
    HubEnded,
    /// Windows were asked for where there is nowhere to show them.
    #[error("there is no screen here; `cargo xtask demo --headless` plays the story without windows")]
    NoScreen,
}

impl TaskError {
    /// 2 when a person has to do something first, 1 for every failure.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            TaskError::Missing | TaskError::Node { .. } | TaskError::Component(_) | TaskError::NoScreen => 2,
            TaskError::Start { .. }
            | TaskError::Failed { .. }
            | TaskError::File { .. }
            | TaskError::Shape { .. }
            | TaskError::Findings { .. }
            | TaskError::UnknownTarget { .. }
            | TaskError::StaleBindings
            | TaskError::HubEnded => 1,
        }
    }

    /// Wraps an IO error with the file it happened on.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> TaskError {
        let path = path.into();
        move |source| TaskError::File { path, source }
    }
}
