use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::place::{Place, TabletAccess};
use crate::Outcome;
use crate::output::{progress, say, say_json};

/// Make every document, title and search word again from the log
///
/// The log is the truth and is only read. The documents come out byte for byte as they were, unless they were damaged; the
/// hash that is printed is the same on every hub and tablet that holds the same records.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski rebuild /srv/chaski
  chaski rebuild ~/.local/share/chaski --person Rosa

Exit codes: 0 rebuilt, 3 it could not be done; then everything is as it was.")]
pub(crate) struct Rebuild {
    /// A hub's folder, or a tablet's
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    access: TabletAccess,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Rebuild {
    pub(crate) fn run(self) -> Outcome {
        let (before, rebuilt, after) = match Place::open(&self.folder, &self.access)? {
            Place::Hub(hub) => {
                // What came in last may not be in any document yet.
                hub.settle()?;
                (hub.documents_hash()?, hub.rebuild(progress)?, hub.documents_hash()?)
            }
            Place::Tablet(mut device) => {
                while device.settle_exchange()?.0 {}
                (device.documents_hash()?, device.rebuild(progress)?, device.documents_hash()?)
            }
        };
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
