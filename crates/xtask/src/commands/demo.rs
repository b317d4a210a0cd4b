//! `cargo xtask demo`: a hub and two tablets on the demo programme.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::TaskError;
use crate::process::{self, Background};
use crate::setup::{self, Need};
use crate::workspace::{self, cargo, root};

/// Where the demo keeps its hub and tablets; ignored by git.
const FOLDER: &str = ".chaski/demo";
/// What `story prepare` makes in it.
const HUB: &str = "hub";
const TABLETS: &[&str] = &["tablet-a", "tablet-b"];
/// How often a tablet of the demo looks for its hub: a person is watching.
const EXCHANGE_SECONDS: &str = "3";
/// The PIN of everybody in the demo.
const PIN: &str = "285713";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Play the whole story without windows and print what each place holds at each step
    #[arg(long, conflicts_with = "fresh")]
    headless: bool,
    /// Build with optimisation: slower to build, as fast to use as what is shipped
    #[arg(long)]
    release: bool,
    /// Begin with a new programme and new tablets instead of where the last demo ended
    #[arg(long)]
    fresh: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    if arguments.headless { headless(arguments) } else { windows(arguments) }
}

fn headless(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Engine)?;
    process::step(build("run", arguments).args(["--package", "chaski-tests", "--bin", "story"]))
}

fn windows(arguments: &Arguments) -> Result<(), TaskError> {
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        return Err(TaskError::NoScreen);
    }
    setup::prepare(Need::Window)?;
    process::step(build("build", arguments).args([
        "--package",
        "chaski-app",
        "--package",
        "chaski-cli",
        "--package",
        "chaski-tests",
        "--bins",
    ]))?;
    let binaries = binaries(arguments)?;
    let folder = root().join(FOLDER);
    prepare(&folder, &binaries, arguments)?;
    let hub = folder.join(HUB);
    let address = address(&hub)?;
    let serve = || {
        let mut command = Command::new(binaries.join("chaski"));
        Background::start(command.args(["hub", "serve"]).arg(&hub).args(["--listen", &address]))
    };
    let mut serving = Some(serve()?);
    let mut tablets = Vec::new();
    for name in TABLETS {
        let mut command = Command::new(binaries.join("chaski-app"));
        command.arg("--data").arg(folder.join(name)).env("CHASKI_EXCHANGE_SECONDS", EXCHANGE_SECONDS);
        tablets.push(Background::start(&mut command)?);
    }
    println!("{}", what_to_try());
    let presses = presses();
    while tablets.iter_mut().any(Background::is_running) {
        if serving.as_mut().is_some_and(|hub| !hub.is_running()) {
            return Err(TaskError::HubEnded);
        }
        if presses.recv_timeout(LOOKS_EVERY).is_ok() {
            serving = match serving.take() {
                Some(hub) => {
                    drop(hub);
                    println!("The hub is stopped: no signal. Enter starts it again.");
                    None
                }
                None => {
                    println!("The hub is started: within {EXCHANGE_SECONDS} seconds the tablets meet it.");
                    Some(serve()?)
                }
            };
        }
    }
    Ok(())
}

/// How often the windows and the keyboard are looked at.
const LOOKS_EVERY: Duration = Duration::from_millis(300);

/// What somebody who sees two tablets for the first time can do with them.
fn what_to_try() -> String {
    format!(
        "\nTwo tablets are open, Rosa's and Víctor's. The PIN of each is {PIN}.\n\
         \x20 1. Press Enter here: the hub stops, as where there is no signal.\n\
         \x20 2. On both tablets open the project “Quesos de altura de Culluchaca” and its visit of 12/11/2026, and answer\n\
         \x20    the same question differently; on one of them add a participant.\n\
         \x20 3. Press Enter again: the hub starts, and both tablets merge by themselves.\n\
         \x20 4. The first screen shows what has two answers. Open it, compare, choose one: both tablets have the choice.\n\
         Close both windows, or press Ctrl-C, to end the demo; it goes on from there the next time."
    )
}

/// Every time Enter is pressed. Nothing, where nobody can press it.
fn presses() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || sender.send(()).is_err() {
                return;
            }
        }
        // The channel is kept open: a closed keyboard is no key.
        loop {
            thread::park();
        }
    });
    receiver
}

/// Makes the hub and the tablets if they are not there. Made beside their place, so that half of them is never kept.
fn prepare(folder: &Path, binaries: &Path, arguments: &Arguments) -> Result<(), TaskError> {
    if folder.exists() && arguments.fresh {
        fs::remove_dir_all(folder).map_err(TaskError::file(folder))?;
    }
    if folder.exists() {
        return Ok(());
    }
    let making = folder.with_extension("making");
    if making.exists() {
        fs::remove_dir_all(&making).map_err(TaskError::file(&making))?;
    }
    fs::create_dir_all(&making).map_err(TaskError::file(&making))?;
    process::step(Command::new(binaries.join("story")).arg("prepare").arg(&making))?;
    fs::rename(&making, folder).map_err(TaskError::file(folder))
}

/// Where the tablets look for the hub, as `127.0.0.1:port`: they were enrolled with it.
fn address(hub: &Path) -> Result<String, TaskError> {
    let settings: serde_json::Value =
        serde_json::from_slice(&workspace::read(&hub.join("hub.json"))?).unwrap_or_default();
    let url = settings["url"].as_str().and_then(|url| url.strip_prefix("https://"));
    url.map(str::to_owned).ok_or_else(|| TaskError::Shape { what: "the address in the hub's settings".to_owned() })
}

fn build(what: &str, arguments: &Arguments) -> Command {
    let mut command = cargo();
    command.arg(what);
    if arguments.release {
        command.arg("--release");
    }
    command
}

fn binaries(arguments: &Arguments) -> Result<PathBuf, TaskError> {
    let target = workspace::metadata()?.target;
    Ok(target.join(if arguments.release { "release" } else { "debug" }))
}
