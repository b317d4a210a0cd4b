//! Why a command did not do what it was asked, and the exit code that says so.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use chaski_device::DeviceError;
use chaski_hub::HubError;
use thiserror::Error as ThisError;

use crate::output;

/// Why a command ended otherwise than hoped. The message names the thing and the remedy.
#[derive(Debug, ThisError)]
pub(crate) enum Failure {
    /// All was said already: on the standard output, as the command's own result.
    #[error("what was checked is not right")]
    NotRight,
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error("{} could not be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("nothing can listen on {address}: {source}\nanother program may have the port; name another with --listen")]
    Listen { address: String, source: std::io::Error },
    #[error("`{0}` is nobody of the roster\nthe people are:\n{1}")]
    Nobody(String, String),
    #[error("`{0}` is more than one person; give the id:\n{1}")]
    Several(String, String),
    #[error("{} is neither a hub's folder nor a tablet's: it has no hub.json and no keyring", .0.display())]
    NoFolder(PathBuf),
    #[error("the tablet in {} could not be used: {source}", folder.display())]
    Tablet { folder: PathBuf, source: DeviceError },
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error("say whose PIN it is with --person; the tablet knows:\n{0}")]
    WhichPerson(String),
    #[error("the program could not start its threads: {0}")]
    Runtime(std::io::Error),
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::NotRight => ExitCode::from(1),
            Self::Hub(
                HubError::Settings(_)
                | HubError::BadForms(_)
                | HubError::SameForm { .. }
                | HubError::MissingList { .. }
                | HubError::BadList { .. }
                | HubError::Projects(_)
                | HubError::NoProjects(_)
                | HubError::BadPerson { .. }
                | HubError::TooLarge { .. }
                | HubError::Label(_),
            ) => ExitCode::from(1),
            _ => ExitCode::from(3),
        }
    }

    /// Says it on the standard error, with everything that is behind it.
    pub(crate) fn tell(&self) {
        match self {
            Self::NotRight => {}
            Self::Hub(HubError::BadForms(forms)) => {
                for form in forms {
                    for problem in &form.errors.0 {
                        output::complain(&format!("{}: {problem}", form.file));
                    }
                }
                output::complain("error: the programme's forms cannot be used as they are; nothing was stored");
            }
            other => {
                let mut text = format!("error: {other}");
                let mut source = other.source();
                while let Some(cause) = source {
                    let said = cause.to_string();
                    if !text.contains(&said) {
                        text.push_str(&format!(": {said}"));
                    }
                    source = cause.source();
                }
                output::complain(&text);
            }
        }
    }
}
