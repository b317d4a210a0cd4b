//! Why a command did not do what it was asked, and the exit code that says so.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use chaski_device::DeviceError;
use chaski_hub::HubError;
use chaski_store::StoreError;
use chaski_values::RecordId;
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
    #[error("{} has more than {} MiB, too much for a form", path.display(), limit >> 20)]
    TooLarge { path: PathBuf, limit: u64 },
    /// Some of several files; what could be said of the others was said.
    #[error("{} of the files could not be read", .0.len())]
    Files(Vec<Failure>),
    #[error("{} could not be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: std::io::Error },
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
    #[error(
        "nothing is kept of how the record {0} was filled in: there is no such record here, or its form has no `audit`"
    )]
    NoAudit(RecordId),
    #[error("say whose PIN it is with --person; the tablet knows:\n{0}")]
    WhichPerson(String),
    #[error("the program could not start its threads: {0}")]
    Runtime(std::io::Error),
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::NotRight | Self::NoAudit(_) => ExitCode::from(1),
            Self::Hub(
                HubError::Settings(_)
                | HubError::BadForms(_)
                | HubError::SameForm { .. }
                | HubError::MissingList { .. }
                | HubError::Stranding(_)
                | HubError::SameAttachment { .. }
                | HubError::AttachmentTooLarge { .. }
                | HubError::TooManyAttachments { .. }
                | HubError::BadList { .. }
                | HubError::Projects(_)
                | HubError::NoProjects(_)
                | HubError::BadPerson { .. }
                | HubError::TooLarge { .. }
                | HubError::UnknownRole(_)
                | HubError::TermOver(_)
                | HubError::Label(_),
            ) => ExitCode::from(1),
            _ => ExitCode::from(3),
        }
    }

    /// Says it on the standard error, with everything that is behind it.
    pub(crate) fn tell(&self) {
        match self {
            Self::NotRight => {}
            Self::Files(failures) => failures.iter().for_each(Self::tell),
            Self::Hub(HubError::BadForms(forms)) => {
                for form in forms {
                    for (problem, rows) in chaski_forms::gathered(&form.errors.0) {
                        output::complain(&format!("{}: {}", form.file, chaski_forms::told(problem, &rows)));
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
                if let Some(advice) = self.advice() {
                    text.push_str(&format!("\n{advice}"));
                }
                output::complain(&text);
            }
        }
    }

    /// What to do about it, where the message does not say so itself.
    fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Hub(error) => of_hub(error),
            Self::Unreadable { path, .. } if path.is_dir() => Some("it is a folder; name a file in it"),
            Self::Unreadable { .. } => Some("check the name, and that you may read it"),
            Self::Unwritable { .. } => Some("check the name, the space left, and that you may write there"),
            Self::TooLarge { .. } => {
                Some("is it the right file? a workbook of some thousand questions has less than one")
            }
            Self::NoFolder(_) => Some("name the folder that `chaski hub init` made, or the app's own"),
            Self::Tablet { source, .. } | Self::Device(source) => Some(of_tablet(source)),
            Self::NoAudit(_) => Some(
                "check the id, and the row `audit` in the form's workbook; a log begins with the version that has it",
            ),
            Self::Runtime(_) => Some("this machine is out of threads or memory; stop something else and try again"),
            Self::NotRight
            | Self::Files(_)
            | Self::Listen { .. }
            | Self::Nobody(..)
            | Self::Several(..)
            | Self::WhichPerson(_) => None,
        }
    }
}

fn of_hub(error: &HubError) -> Option<&'static str> {
    match error {
        HubError::File { source, .. } => Some(of_file(source)),
        HubError::Damaged { .. } => Some("put the file back from a backup"),
        HubError::Settings(_) | HubError::Projects(_) | HubError::BadPerson { .. } | HubError::BadList { .. } => {
            Some("mend the programme's folder and try again; nothing was stored")
        }
        HubError::Label(_) => Some("write another name or address"),
        HubError::Roster(_) => Some("put `certificates` back from a backup"),
        HubError::UnknownPerson(_) => Some("ask with part of a name to see who there is"),
        HubError::NeverEnrolled(_) => Some("invite them without --renew, which makes a code"),
        HubError::TermOver(_) => Some("write the last day of the term, in the future"),
        HubError::Store(error) => Some(of_store(error)),
        HubError::Tls(_) => Some("put `keys/` back from a backup"),
        HubError::Listen(_) => Some("another program may have the port; name another with --listen"),
        HubError::Task => Some("try again; if it happens again, set CHASKI_LOG=debug and look at what comes before"),
        HubError::FolderTaken(_)
        | HubError::NotAHub(_)
        | HubError::Newer { .. }
        | HubError::BadForms(_)
        | HubError::SameForm { .. }
        | HubError::MissingList { .. }
        | HubError::NoProjects(_)
        | HubError::Stranding(_)
        | HubError::SameAttachment { .. }
        | HubError::AttachmentTooLarge { .. }
        | HubError::TooManyAttachments { .. }
        | HubError::TooLarge { .. }
        | HubError::OtherKeys(_)
        | HubError::UnknownRole(_)
        | HubError::LogMoved
        | HubError::OtherTlsKey => None,
    }
}

fn of_file(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "check the name",
        ErrorKind::PermissionDenied => "run it as the user whose folder it is",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk and try again",
        _ => "check the disk and that the folder is there",
    }
}

fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::DiskFull => "make room on the disk and try again; nothing was lost",
        StoreError::WrongKey(_) => "put the key back that belongs to this database: `keys/store.key`",
        StoreError::Newer { .. } => "update this program",
        StoreError::Corrupt(_) => {
            "stop every program that uses this folder and start the hub: it checks the whole file"
        }
        StoreError::Busy => "wait until the other program is done and try again",
        StoreError::File { source, .. } => of_file(source),
        StoreError::MediaTooLarge { .. } | StoreError::NoMedia(_) | StoreError::MediaDamaged(_) => {
            "let the tablet that has the file send it again"
        }
        StoreError::UnknownLog(_)
        | StoreError::NotOurs(_)
        | StoreError::NotNext { .. }
        | StoreError::Entry(_)
        | StoreError::NoSitting { .. }
        | StoreError::SittingMoved { .. }
        | StoreError::EntryRefused { .. }
        | StoreError::ChangeRefused { .. }
        | StoreError::Unreadable { .. }
        | StoreError::Random(_)
        | StoreError::Database(_) => "run `chaski log verify` on the folder to see whether it is whole",
    }
}

/// By its code: what a tablet refuses is told in full on its own screens.
fn of_tablet(error: &DeviceError) -> &'static str {
    match error {
        DeviceError::Store(error) => of_store(error),
        other => match other.code() {
            "wrong_pin" | "locked" => "try again with the PIN of the person named by --person",
            "too_many_tries" => "wait as long as the tablet's screen says",
            "not_enrolled" => "enrol the tablet first",
            "unknown_person" => "ask with part of a name to see who there is",
            "keys" | "keyring" | "wrap" => "run it on the tablet itself, as the user of the app",
            _ => "open the app on the tablet: it says more",
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error as IoError, ErrorKind};

    use chaski_trust::Label;
    use chaski_values::PersonId;

    use super::*;

    /// One of each kind that an operator may meet.
    fn kinds() -> Vec<Failure> {
        let path = || PathBuf::from("place");
        let io = || IoError::from(ErrorKind::PermissionDenied);
        let person = PersonId::from_bytes([1; 16]);
        let word = || "word".to_owned();
        let hub = [
            HubError::FolderTaken(path()),
            HubError::NotAHub(path()),
            HubError::File { path: path(), source: io() },
            HubError::Damaged { path: path(), reason: word() },
            HubError::Newer { path: path(), found: 2, known: 1 },
            HubError::SameForm { form: word(), file: word(), other: word() },
            HubError::MissingList { file: word(), folder: word(), list: word() },
            HubError::SameAttachment { file: word(), name: word() },
            HubError::AttachmentTooLarge { what: word(), bytes: 2, limit: 1 },
            HubError::TooManyAttachments { bytes: 2, limit: 1 },
            HubError::Stranding(Vec::new()),
            HubError::BadList { file: word(), reason: word() },
            HubError::NoProjects(word()),
            HubError::BadPerson { number: 1, reason: word() },
            HubError::TooLarge { what: word(), bytes: 2, limit: 1 },
            HubError::Label(Label::new("").unwrap_err()),
            HubError::OtherKeys(path()),
            HubError::UnknownPerson(person),
            HubError::NeverEnrolled(person),
            HubError::TermOver("2020-01-01".parse().unwrap()),
            HubError::UnknownRole(word()),
            HubError::Store(StoreError::DiskFull),
            HubError::Store(StoreError::Busy),
            HubError::LogMoved,
            HubError::Tls("no key".into()),
            HubError::OtherTlsKey,
            HubError::Listen(io()),
            HubError::Task,
        ];
        let others = [
            Failure::Unreadable { path: path(), source: io() },
            Failure::TooLarge { path: path(), limit: 32 << 20 },
            Failure::Listen { address: word(), source: io() },
            Failure::Nobody(word(), word()),
            Failure::Several(word(), word()),
            Failure::NoFolder(path()),
            Failure::Tablet { folder: path(), source: DeviceError::NotEnrolled },
            Failure::Device(DeviceError::Locked),
            Failure::WhichPerson(word()),
            Failure::Runtime(io()),
        ];
        hub.into_iter().map(Failure::Hub).chain(others).collect()
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        for failure in kinds() {
            // A message that says it itself does so after a semicolon or on a line of its own.
            let message = failure.to_string();
            let says = failure.advice().is_some() || message.contains("; ") || message.contains([':', '\n']);
            assert!(says, "{message}");
        }
    }
}
