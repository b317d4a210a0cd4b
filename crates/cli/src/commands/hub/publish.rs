use std::path::PathBuf;

use chaski_hub::{Hub, Published, Stranding};
use clap::Args;
use serde_json::json;

use super::warn_of;
use crate::Outcome;
use crate::output::{complain, say, say_json};

/// Publish what changed in a programme's folder: settings, lists and forms
///
/// All of the folder is checked first; when anything cannot be used, nothing is published. Tablets get what changed at
/// their next exchange. Records keep the version of the form they were begun with.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  chaski hub publish /srv/chaski --programme aliados

Exit codes: 0 published (or nothing had changed), 1 the folder has errors or would strand drafts, 3 it could not be published.")]
pub(crate) struct Publish {
    /// The hub's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The programme's folder
    #[arg(long, value_name = "FOLDER")]
    programme: PathBuf,
    /// Publish a form even if a question's new type cannot read the answers given so far
    #[arg(long)]
    strand: bool,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Publish {
    pub(super) fn run(self) -> Outcome {
        let stranding = if self.strand { Stranding::Allow } else { Stranding::Refuse };
        let report = Hub::open(&self.folder)?.publish(&self.programme, stranding)?;
        warn_of(&report.forms);
        report.stranded.iter().for_each(|form| complain(&format!("warning: {form}")));
        let mut changed = Vec::new();
        let mut as_before = Vec::new();
        for item in &report.items {
            match item {
                Published::Changed(name) => changed.push(name),
                Published::AsBefore(name) => as_before.push(name),
            }
        }
        if self.json {
            say_json(&json!({
                "published": changed,
                "asBefore": as_before,
                "draftsBehind": report.behind.iter().map(|(file, drafts)| json!({ "file": file, "drafts": drafts })).collect::<Vec<_>>(),
                "stranded": report.stranded.iter().map(|form| json!({
                    "file": form.file,
                    "questions": form.questions.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "drafts": form.drafts,
                    "people": form.people,
                })).collect::<Vec<_>>(),
                "uninvited": report.uninvited.iter().map(chaski_trust::Names::full).collect::<Vec<_>>(),
            }));
            return Ok(());
        }
        for name in &changed {
            say(&format!("published  {name}"));
        }
        if changed.is_empty() {
            say("nothing had changed");
        }
        for (file, drafts) in &report.behind {
            say(&format!(
                "{file}: {drafts} drafts at this hub stay with an older version until their authors move them"
            ));
        }
        if !report.uninvited.is_empty() {
            say("\nof programme.json, these are not in the roster; `chaski hub invite` lets them in:");
            report.uninvited.iter().for_each(|names| say(&format!("  {}", names.full())));
        }
        Ok(())
    }
}
