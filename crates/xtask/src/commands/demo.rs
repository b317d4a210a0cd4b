//! `cargo xtask demo`: a hub and two tablets on the demo programme.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::error::TaskError;
use crate::process::{self, Background};
use crate::setup::{self, Need};
use crate::workspace::{self, cargo, root};

/// The demo programme: its forms, lists, projects and people.
const PROGRAMME: &str = "tests/programme";
/// Where the demo keeps its hub and tablets; ignored by git.
const FOLDER: &str = ".chaski/demo";
/// The names that the two tablets go by.
const TABLETS: &[&str] = &["tablet-a", "tablet-b"];

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Play the whole story without windows and print what each place holds at each step
    #[arg(long)]
    headless: bool,
    /// Build with optimisation: slower to build, as fast to use as what is shipped
    #[arg(long)]
    release: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    if arguments.headless { headless(arguments) } else { windows(arguments) }
}

fn headless(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Engine)?;
    process::step(build(arguments, "run").args(["--package", "chaski-tests", "--bin", "story"]))
}

fn windows(arguments: &Arguments) -> Result<(), TaskError> {
    setup::prepare(Need::Window)?;
    process::step(build(arguments, "build").args(["--package", "chaski-cli", "--package", "chaski-app", "--bins"]))?;
    let binaries = binaries(arguments)?;
    let folder = root().join(FOLDER);
    fs::create_dir_all(&folder).map_err(TaskError::file(&folder))?;
    let port = process::free_port()?;
    let mut hub = start_hub(&binaries, &folder, port)?;
    hub.wait_for_port("the hub", port, Duration::from_secs(20))?;
    println!("\nThe hub listens on https://127.0.0.1:{port}. Close both windows, or press Ctrl-C, to end the demo.");
    let mut tablets = Vec::new();
    for name in TABLETS {
        let mut tablet = Command::new(binaries.join("chaski-app"));
        tablet.arg("--data").arg(folder.join(name));
        tablets.push(Background::start(&mut tablet)?);
    }
    while tablets.iter_mut().any(Background::is_running) && hub.is_running() {
        thread::sleep(Duration::from_millis(300));
    }
    Ok(())
}

fn start_hub(binaries: &Path, folder: &Path, port: u16) -> Result<Background, TaskError> {
    let data = folder.join("hub");
    if !data.exists() {
        process::step(
            Command::new(binaries.join("chaski"))
                .args(["hub", "init", "--data"])
                .arg(&data)
                .arg("--programme")
                .arg(root().join(PROGRAMME)),
        )?;
    }
    let listen = format!("127.0.0.1:{port}");
    Background::start(
        Command::new(binaries.join("chaski")).args(["hub", "serve", "--data"]).arg(&data).args(["--listen", &listen]),
    )
}

fn build(arguments: &Arguments, what: &str) -> Command {
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
