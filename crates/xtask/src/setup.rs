//! What a machine needs before a task can run, found and installed.
//!
//! Nothing is downloaded but through apt, npm and cargo. System packages are installed only when that needs no
//! password: otherwise the one line to run is printed and the task ends with exit code 2. Every step that is already
//! done costs milliseconds, so each task calls [`prepare`] first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::error::TaskError;
use crate::process;
use crate::workspace::{self, cargo, npm, root};

/// What the rest of a task is about to do; each need includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Compile the hub and the command line.
    Engine,
    /// Compile and open the window.
    Window,
    /// Drive the window without a screen, and run the tests.
    Tests,
}

/// Debian's packages by the need that asks for them first.
const PACKAGES: &[(Need, &str)] = &[
    (Need::Engine, "gcc"),
    (Need::Engine, "libc6-dev"),
    (Need::Engine, "libssl-dev"),
    (Need::Engine, "pkg-config"),
    (Need::Window, "libwebkit2gtk-4.1-dev"),
    (Need::Window, "fonts-dejavu-core"),
    (Need::Tests, "xvfb"),
    (Need::Tests, "xauth"),
    (Need::Tests, "webkit2gtk-driver"),
];

/// The version the configuration of the tests is written for; any that is installed already will do.
const NEXTEST: &str = "0.9.143";

/// Brings the machine to where `need` can be met, saying what it does.
///
/// # Errors
/// Something is missing that only a person can install, or an installer failed.
pub(crate) fn prepare(need: Need) -> Result<(), TaskError> {
    match need {
        Need::Engine => Progress::of(1).step("system packages", || system_packages(&needed(need))),
        Need::Window => {
            let mut progress = Progress::of(3);
            progress.step("system packages", || system_packages(&needed(need)))?;
            progress.step("npm packages", npm_packages)?;
            progress.step("screens", screens)
        }
        Need::Tests => {
            let mut progress = Progress::of(4);
            progress.step("system packages", || system_packages(&needed(need)))?;
            progress.step("cargo-nextest", nextest)?;
            progress.step("npm packages", npm_packages)?;
            progress.step("screens", screens)
        }
    }
}

/// What a step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing had to be done.
    Present,
    /// It was installed or built just now.
    Done,
}

/// Numbered lines such as `2/4 npm packages … present`.
#[derive(Debug)]
struct Progress {
    number: usize,
    of: usize,
}

impl Progress {
    fn of(of: usize) -> Progress {
        Progress { number: 0, of }
    }

    fn step(&mut self, name: &str, run: impl FnOnce() -> Result<Outcome, TaskError>) -> Result<(), TaskError> {
        self.number += 1;
        let Progress { number, of } = self;
        let word = match run()? {
            Outcome::Present => "present",
            Outcome::Done => "ready",
        };
        println!("{number}/{of} {name} … {word}");
        Ok(())
    }
}

/// Brings the machine to where the program that looks for inputs can be built: part of it is C++.
///
/// # Errors
/// As [`prepare`].
pub(crate) fn fuzzer() -> Result<(), TaskError> {
    let mut packages = needed(Need::Engine);
    packages.push("g++");
    Progress::of(1).step("system packages", || system_packages(&packages))
}

fn system_packages(packages: &[&str]) -> Result<Outcome, TaskError> {
    if !process::is_installed("dpkg-query") {
        println!("    this is neither Debian nor Ubuntu; needed are the equivalents of: {}", packages.join(" "));
        return Ok(Outcome::Present);
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !has_package(package)).collect();
    if missing.is_empty() {
        return Ok(Outcome::Present);
    }
    println!("    missing: {}", missing.join(" "));
    let Some(installer) = installer() else {
        println!("\n{}\n", install_line(&missing));
        return Err(TaskError::Missing);
    };
    process::step(apt(&installer).args(["update", "--quiet=2"]))?;
    process::step(apt(&installer).args(["install", "--yes", "--quiet=2", "--no-install-recommends"]).args(&missing))?;
    Ok(Outcome::Done)
}

fn needed(need: Need) -> Vec<&'static str> {
    PACKAGES.iter().filter(|(first, _)| *first <= need).map(|(_, package)| *package).collect()
}

/// The one line that a person runs when the task may not install by itself.
fn install_line(missing: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install --yes --no-install-recommends {}", missing.join(" "))
}

fn has_package(package: &str) -> bool {
    // A package may also be provided under another name, so a missing one is asked for by its status alone.
    Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout.starts_with(b"installed"))
}

/// The words before `apt-get`, or nothing if installing would need a password.
fn installer() -> Option<Vec<&'static str>> {
    if nix::unistd::Uid::effective().is_root() {
        return Some(Vec::new());
    }
    let asked = Command::new("sudo").args(["-n", "true"]).stdin(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success()).then(|| vec!["sudo", "-n"])
}

fn apt(before: &[&'static str]) -> Command {
    let mut words = before.to_vec();
    // `env` carries the setting through sudo, which would drop it.
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    let mut command = Command::new(words.remove(0));
    command.args(words);
    command
}

fn nextest() -> Result<Outcome, TaskError> {
    // Cargo looks where `cargo install` puts it, on the search path or not.
    if process::runs(cargo().args(["nextest", "--version"])) {
        return Ok(Outcome::Present);
    }
    process::step(cargo().args(["install", "--locked", "--version", NEXTEST, "cargo-nextest"]))?;
    Ok(Outcome::Done)
}

/// The file in `node_modules` that holds the hash of the lock file it was installed from.
const INSTALLED: &str = "ui/node_modules/.chaski-installed";
/// The file in `node_modules` that holds the hash of the sources that `dist` was built from.
const BUILT: &str = "ui/node_modules/.chaski-built";

fn npm_packages() -> Result<Outcome, TaskError> {
    check_node()?;
    let lock = root().join("ui/package-lock.json");
    let wanted = hex(&Sha256::digest(workspace::read(&lock)?));
    let stamp = root().join(INSTALLED);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(Outcome::Present);
    }
    process::step(npm().args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    fs::write(&stamp, wanted).map_err(TaskError::file(stamp))?;
    Ok(Outcome::Done)
}

fn check_node() -> Result<(), TaskError> {
    let text = process::output(Command::new("node").arg("--version"))
        .map_err(|_| TaskError::Node { found: "Node.js is not installed".to_owned() })?;
    if !version(&text).is_some_and(builds_screens) {
        return Err(TaskError::Node { found: format!("Node.js {} is installed", text.trim()) });
    }
    if process::runs(npm().arg("--version")) {
        Ok(())
    } else {
        Err(TaskError::Node { found: "npm is not installed".to_owned() })
    }
}

/// The first two numbers of a version such as `v20.20.2`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().trim_start_matches('v').split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// As [`crate::error::NODE_RANGES`] says in words.
fn builds_screens((major, minor): (u32, u32)) -> bool {
    match major {
        20 => minor >= 19,
        22 => minor >= 13,
        _ => major >= 24,
    }
}

/// Whether the toolchain has what `cargo xtask check` runs.
///
/// # Errors
/// A component is missing; rustup adds it in one line.
pub(crate) fn components() -> Result<(), TaskError> {
    for component in ["fmt", "clippy"] {
        if !process::runs(cargo().args([component, "--version"])) {
            return Err(TaskError::Component(component));
        }
    }
    Ok(())
}

/// Installs what the bench of forms measures beside us, from npm and PyPI at the versions `tests/peers` names, and gives the
/// folder of the Python packages.
///
/// # Errors
/// Node.js, npm or pip is missing, or a package cannot be had.
pub(crate) fn peers(target: &Path) -> Result<PathBuf, TaskError> {
    check_node()?;
    let folder = root().join("tests/peers");
    let python = target.join("peers/python");
    let mut wanted = Sha256::new();
    for name in ["package-lock.json", "requirements.txt"] {
        wanted.update(workspace::read(&folder.join(name))?);
    }
    let wanted = hex(&wanted.finalize());
    let stamp = target.join("peers/.installed");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) && folder.join("node_modules").exists() {
        return Ok(python);
    }
    let mut npm = npm();
    npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    process::step(&mut npm)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target"]).arg(&python);
    process::step(pip.arg("--requirement").arg(folder.join("requirements.txt")))?;
    fs::write(&stamp, wanted).map_err(TaskError::file(stamp))?;
    Ok(python)
}

/// Builds `ui/dist` when a source of it changed.
fn screens() -> Result<Outcome, TaskError> {
    let wanted = hash_of_screens()?;
    let stamp = root().join(BUILT);
    let built = root().join("ui/dist/index.html").exists();
    if built && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(Outcome::Present);
    }
    process::step(npm().args(["run", "--silent", "build"]))?;
    fs::write(&stamp, wanted).map_err(TaskError::file(stamp))?;
    Ok(Outcome::Done)
}

fn hash_of_screens() -> Result<String, TaskError> {
    let mut hash = Sha256::new();
    for path in workspace::files()?.into_iter().filter(|path| path.starts_with("ui/")) {
        hash.update(path.as_bytes());
        hash.update(Sha256::digest(workspace::read(&root().join(path))?));
    }
    Ok(hex(&hash.finalize()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_includes_those_before_it() {
        assert!(needed(Need::Engine).iter().all(|package| needed(Need::Window).contains(package)));
        assert!(needed(Need::Tests).contains(&"webkit2gtk-driver"));
        assert!(!needed(Need::Engine).contains(&"libwebkit2gtk-4.1-dev"));
    }

    #[test]
    fn the_line_to_run_names_every_missing_package() {
        let line = install_line(&["xvfb", "xauth"]);
        assert_eq!(line, "sudo apt-get update && sudo apt-get install --yes --no-install-recommends xvfb xauth");
    }

    #[test]
    fn versions_of_node_are_judged_as_the_tools_do() {
        for good in ["v20.20.2\n", "20.19.0", "v22.13.0", "v24.0.0", "25.1.0"] {
            assert!(version(good).is_some_and(builds_screens), "{good}");
        }
        for bad in ["v18.20.0", "v20.18.3", "v21.7.0", "v22.12.0", "v23.5.0", "none", "20"] {
            assert!(!version(bad).is_some_and(builds_screens), "{bad}");
        }
    }
}
