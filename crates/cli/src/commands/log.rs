use std::io::Write;
use std::path::PathBuf;

use chaski_store::{LogProblem, Verified};
use chaski_values::RecordId;
use clap::{Args, Subcommand};
use serde_json::json;

use super::place::{Place, TabletAccess};
use crate::Outcome;
use crate::failure::Failure;
use crate::output::{right, say, say_json};

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    Verify(Verify),
    Audit(Audit),
}

impl Log {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Verify(verify) => verify.run(),
            Self::Audit(audit) => audit.run(),
        }
    }
}

/// Read every log from its beginning and check each payload, link and signature
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski log verify /srv/chaski
  chaski log verify ~/.local/share/chaski --person Rosa --pin-file pin.txt

Exit codes: 0 every log is whole, 1 some log is not, 3 the logs could not be read.")]
pub(crate) struct Verify {
    /// A hub's folder, or a tablet's
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    access: TabletAccess,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Verify {
    fn run(self) -> Outcome {
        let logs = match Place::open(&self.folder, &self.access)? {
            Place::Hub(hub) => hub.log_verify()?,
            Place::Tablet(mut device) => device.verify_logs()?,
        };
        let whole = logs.iter().all(|log| log.problem.is_none());
        if self.json {
            let value = |log: &Verified| {
                json!({
                    "log": log.log,
                    "partition": log.partition,
                    "entries": log.entries,
                    "signatures": log.signatures,
                    "problem": log.problem.as_ref().map(describe),
                })
            };
            say_json(&json!({ "whole": whole, "logs": logs.iter().map(value).collect::<Vec<_>>() }));
            return right(whole);
        }
        for log in &logs {
            let state = log.problem.as_ref().map_or_else(|| "whole".to_owned(), describe);
            say(&format!(
                "{}  {:<9}  {:>7} entries  {:>7} signatures  {state}",
                log.log,
                log.partition.to_string(),
                log.entries,
                log.signatures
            ));
        }
        let entries: u64 = logs.iter().map(|log| log.entries).sum();
        if whole {
            say(&format!("{} logs with {entries} entries are whole", logs.len()));
        } else {
            say("some log is not whole: what comes after the named entry is not vouched for");
            say("keep this folder as it is, restore a backup beside it, and let tablets send again what they hold");
        }
        right(whole)
    }
}

fn describe(problem: &LogProblem) -> String {
    match problem {
        LogProblem::Unreadable { seq } => format!("entry {seq} cannot be read, or its content was changed"),
        LogProblem::Broken { seq } => format!("entry {seq} does not follow the one before it"),
        LogProblem::WrongHash { seq } => format!("entry {seq} was changed"),
        LogProblem::BadSignature { seq } => format!("the signature of entry {seq} is not its device's"),
        LogProblem::Unsigned { seq } => format!("nothing signs the entries up to {seq}, the last"),
        LogProblem::WrongTip { seq } => format!("the log should end at entry {seq} and does not"),
    }
}

/// Print how a record was filled in, as the audit.csv of ODK Collect, if its form has `audit`
#[derive(Debug, Args)]
#[command(after_help = "Moments are milliseconds since 1970, by the tablets' clocks. What an answer was before and
after, who filled in, and where, are there only if the form asks for that in its `parameters`.

Examples:
  chaski log audit /srv/chaski 01997f8e-5d1c-7e0b-9b1a-2f6c8f1f3a55 > audit.csv

Exit codes: 0 printed, 1 there is no such record or its form keeps no log, 3 the folder could not be read.")]
pub(crate) struct Audit {
    /// A hub's folder, or a tablet's
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The record's id, as the lists and the console show it
    record: RecordId,
    #[command(flatten)]
    access: TabletAccess,
}

impl Audit {
    fn run(self) -> Outcome {
        let log = match Place::open(&self.folder, &self.access)? {
            Place::Hub(hub) => hub.audit_csv(self.record)?,
            Place::Tablet(mut device) => device.audit_csv(&self.record.to_string())?,
        };
        let log = log.ok_or(Failure::NoAudit(self.record))?;
        // Whoever closed the pipe does not want the rest.
        let _ = std::io::stdout().lock().write_all(log.as_bytes());
        Ok(())
    }
}
