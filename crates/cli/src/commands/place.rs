//! A folder that a command works on: a hub's, or a tablet's that somebody unlocks.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use chaski_device::view::PersonTile;
use chaski_device::{Device, System};
use chaski_hub::Hub;
use clap::Args;

use crate::Outcome;
use crate::failure::Failure;

/// Who unlocks a tablet. A hub's folder needs neither.
#[derive(Debug, Args)]
pub(super) struct TabletAccess {
    /// On a tablet's folder: who unlocks it, by id or part of their name
    #[arg(long)]
    person: Option<String>,
    /// On a tablet's folder: a file with the PIN; asked for on the terminal if not given
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

pub(super) enum Place {
    Hub(Hub),
    Tablet(Box<Device>),
}

/// Where the app keeps the device's secret when the machine has no key store.
const DEVICE_SECRET: &str = "device-secret";

impl Place {
    pub(super) fn open(folder: &Path, access: &TabletAccess) -> Outcome<Self> {
        if folder.join("hub.json").is_file() {
            return Ok(Self::Hub(Hub::open(folder)?));
        }
        if !folder.join("keyring").is_file() {
            return Err(Failure::NoFolder(folder.to_owned()));
        }
        let failed = |source| Failure::Tablet { folder: folder.to_owned(), source };
        let machine = Arc::new(System::new(folder.join(DEVICE_SECRET)));
        let mut device = Device::open(folder, machine).map_err(failed)?;
        let person = who(&device.status().people, access.person.as_deref())?;
        let pin = match &access.pin_file {
            Some(path) => {
                std::fs::read_to_string(path).map_err(|source| Failure::Unreadable { path: path.clone(), source })?
            }
            None => ask_pin().map_err(|source| Failure::Unreadable { path: PathBuf::from("the terminal"), source })?,
        };
        device.unlock(&person, pin.trim()).map_err(failed)?;
        Ok(Self::Tablet(Box::new(device)))
    }
}

fn who(people: &[PersonTile], wanted: Option<&str>) -> Outcome<String> {
    let list = |people: &[&PersonTile]| {
        people.iter().map(|tile| format!("  {}  {}", tile.person, tile.name)).collect::<Vec<_>>().join("\n")
    };
    let all: Vec<&PersonTile> = people.iter().collect();
    let Some(wanted) = wanted else {
        return match people {
            [only] => Ok(only.person.clone()),
            _ => Err(Failure::WhichPerson(list(&all))),
        };
    };
    let fits = |tile: &&PersonTile| tile.person == wanted || tile.name.to_lowercase().contains(&wanted.to_lowercase());
    let found: Vec<&PersonTile> = people.iter().filter(fits).collect();
    match found.as_slice() {
        [only] => Ok(only.person.clone()),
        [] => Err(Failure::Nobody(wanted.to_owned(), list(&all))),
        several => Err(Failure::Several(wanted.to_owned(), list(several))),
    }
}

/// Asks on the terminal, without showing what is typed where the terminal can be told so.
fn ask_pin() -> std::io::Result<String> {
    let mut prompt = std::io::stderr();
    write!(prompt, "PIN: ")?;
    prompt.flush()?;
    let hidden = std::io::stdin().is_terminal() && echo("-echo");
    let mut pin = String::new();
    let read = std::io::stdin().lock().read_line(&mut pin);
    if hidden {
        echo("echo");
        writeln!(prompt)?;
    }
    read.map(|_| pin)
}

fn echo(setting: &str) -> bool {
    Command::new("stty").arg(setting).status().is_ok_and(|status| status.success())
}
