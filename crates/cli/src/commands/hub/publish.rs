use std::path::PathBuf;

use chaski_hub::{Hub, Published};
use clap::Args;
use serde_json::json;

use super::warn_of;
use crate::Outcome;
use crate::output::{say, say_json};

/// Publish what changed in a programme's folder: settings, lists and forms
///
/// All of the folder is checked first; when anything cannot be used, nothing is published. Tablets get what changed at
/// their next exchange. Records keep the version of the form they were begun with.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  chaski hub publish /srv/chaski --programme aliados

Exit codes: 0 published (or nothing had changed), 1 the folder has errors, 3 it could not be published.")]
pub(crate) struct Publish {
    /// The hub's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The programme's folder
    #[arg(long, value_name = "FOLDER")]
    programme: PathBuf,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Publish {
    pub(super) fn run(self) -> Outcome {
        let report = Hub::open(&self.folder)?.publish(&self.programme)?;
        warn_of(&report.forms);
        let mut changed = Vec::new();
        let mut as_before = Vec::new();
        for item in &report.items {
            match item {
                Published::Changed(name) => changed.push(name),
                Published::AsBefore(name) => as_before.push(name),
            }
        }
        if self.json {
            say_json(
                &json!({ "published": changed, "asBefore": as_before, "uninvited": report.uninvited.iter().map(chaski_trust::Names::full).collect::<Vec<_>>() }),
            );
            return Ok(());
        }
        for name in &changed {
            say(&format!("published  {name}"));
        }
        if changed.is_empty() {
            say("nothing had changed");
        }
        if !report.uninvited.is_empty() {
            say("\nof programme.json, these are not in the roster; `chaski hub invite` lets them in:");
            report.uninvited.iter().for_each(|names| say(&format!("  {}", names.full())));
        }
        Ok(())
    }
}
