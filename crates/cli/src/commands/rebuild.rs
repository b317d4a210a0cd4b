use std::path::{Path, PathBuf};

use chaski_hub::Hub;
use clap::Args;
use serde_json::json;

use crate::Outcome;
use crate::failure::Failure;
use crate::output::{progress, say, say_json};

/// Make every document, title and search word again from the log
///
/// The log is the truth and is only read. The documents come out byte for byte as they were, unless they were damaged; the
/// hash that is printed is the same on every hub and tablet that holds the same records.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  chaski rebuild /srv/chaski

Exit codes: 0 rebuilt, 3 it could not be done; then everything is as it was.")]
pub(crate) struct Rebuild {
    /// A hub's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Rebuild {
    pub(crate) fn run(self) -> Outcome {
        let hub = Hub::open(hub_folder(&self.folder)?)?;
        // What came in last may not be in any document yet.
        hub.settle()?;
        let before = hub.documents_hash()?;
        let rebuilt = hub.rebuild(progress)?;
        let after = hub.documents_hash()?;
        if self.json {
            say_json(&json!({
                "entries": rebuilt.entries, "records": rebuilt.records, "before": before, "after": after
            }));
            return Ok(());
        }
        say(&format!("{} records made again from {} entries", rebuilt.records, rebuilt.entries));
        say(&format!("documents  {after}"));
        if before == after {
            say("byte for byte as they were");
        } else {
            say("some document was damaged, and is whole again");
        }
        Ok(())
    }
}

/// The folder, if it is a hub's.
pub(super) fn hub_folder(folder: &Path) -> Outcome<&Path> {
    if folder.join("hub.json").is_file() {
        Ok(folder)
    } else if folder.join("keyring").is_file() {
        Err(Failure::Tablet(folder.to_owned()))
    } else {
        Err(Failure::NoFolder(folder.to_owned()))
    }
}
