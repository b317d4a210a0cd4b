use std::path::PathBuf;

use chaski_hub::{Hub, InitOptions, InitReport};
use clap::Args;
use serde_json::json;

use super::{ticket_json, warn_of};
use crate::Outcome;
use crate::output::{say, say_json};

/// Make a hub out of a programme's folder: keys, certificates, forms, lists, and a one-time code for everybody
///
/// The programme's folder holds programme.json, its forms (forms/: .xlsx, .xls, .csv, .xml) and tables (lists/*.csv). All of
/// it is checked first; when anything cannot be used, nothing is made.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski hub init /srv/chaski --programme aliados --url https://hub.example.pe
  chaski hub init ./hub --programme tests/programme --url https://192.168.1.10:8443 --name 'Centro de Huanta'

Afterwards move the folder `offline` to a USB stick: whoever has it can make officers.

Exit codes: 0 made, 1 the programme's folder has errors, 3 it could not be made.")]
pub(crate) struct Init {
    /// The hub's folder; it must not exist yet, or be empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The programme's folder
    #[arg(long, value_name = "FOLDER")]
    programme: PathBuf,
    /// Where tablets will find the hub, such as https://192.168.1.10:8443
    #[arg(long, value_name = "URL")]
    url: String,
    /// What people call this hub; the programme's name if not given
    #[arg(long)]
    name: Option<String>,
    /// Print one JSON document instead of text; it holds the codes
    #[arg(long)]
    json: bool,
}

impl Init {
    pub(super) fn run(self) -> Outcome {
        let report = Hub::init(&self.folder, &self.programme, &InitOptions { url: self.url, name: self.name })?;
        warn_of(&report.forms);
        if self.json {
            say_json(&as_json(&report));
            return Ok(());
        }
        say(&format!("{}\n", report.programme));
        say(&format!("  hub          {}", self.folder.display()));
        say(&format!("  address      {}", report.url));
        say(&format!("  fingerprint  {}", report.fingerprint));
        say(&format!("  lists        {}", report.lists.join(", ")));
        for form in &report.forms {
            say(&format!("  form         “{}” ({})", form.title, form.form));
        }
        say("\nOne-time codes, each for one tablet, good for 24 hours:\n");
        for person in &report.people {
            let role = person.wording.role(person.role);
            say(&format!("  {role:<29} {}\n  {:<29} {}", person.names.full(), "", person.code()));
        }
        say(&format!("\nThe same as slips to hand out: {}", report.offline.join("tickets").display()));
        say(&format!(
            "\nNow move {} to a USB stick and keep it in a safe.\nIts keys make officers; the hub must not have them. `chaski hub invite` asks for them.",
            report.offline.display()
        ));
        let port = port_of(report.url.as_str());
        say(&format!("\nStart the hub:  chaski hub serve {} --listen 0.0.0.0:{port}", self.folder.display()));
        Ok(())
    }
}

/// The port in an address; that of HTTPS if there is none.
fn port_of(url: &str) -> u16 {
    let host = url.strip_prefix("https://").unwrap_or(url).split('/').next().unwrap_or_default();
    host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(443)
}

fn as_json(report: &InitReport) -> serde_json::Value {
    let forms = report.forms.iter().map(|form| {
        json!({ "file": form.file, "form": form.form, "title": form.title, "version": form.version, "warnings": form.warnings })
    });
    json!({
        "programme": report.programme,
        "hub": report.hub,
        "url": report.url.to_string(),
        "fingerprint": report.fingerprint.to_string(),
        "people": report.people.iter().map(ticket_json).collect::<Vec<_>>(),
        "forms": forms.collect::<Vec<_>>(),
        "lists": report.lists,
        "offline": report.offline,
    })
}
