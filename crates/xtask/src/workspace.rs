//! The workspace as the tasks see it: its folders, and its packages as `cargo metadata` tells them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::error::TaskError;
use crate::process;

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // `crates/xtask` lies two folders below the root; the parents exist by construction.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// `cargo`, in the root folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// `npm`, in the folder of the screens, without its notices.
pub(crate) fn npm() -> Command {
    let mut command = Command::new("npm");
    command.current_dir(root().join("ui")).env("NO_UPDATE_NOTIFIER", "1");
    command
}

/// One member of the workspace with what it depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its name in `Cargo.toml`, such as `chaski-values`.
    pub(crate) name: String,
    /// What the shipped code depends on, build scripts included.
    pub(crate) normal: BTreeSet<String>,
    /// What only its tests depend on.
    pub(crate) dev: BTreeSet<String>,
    /// Its cargo features.
    pub(crate) features: BTreeSet<String>,
}

/// The members of the workspace, and the folder that builds go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target: PathBuf,
}

/// Asks cargo for the members of the workspace.
///
/// # Errors
/// Cargo failed, or its answer has another shape.
pub(crate) fn metadata() -> Result<Metadata, TaskError> {
    let text = process::output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--quiet"]))?;
    parse(&text)
}

/// Reads what `cargo metadata --format-version 1 --no-deps` prints.
///
/// # Errors
/// The text is no such answer.
pub(crate) fn parse(text: &str) -> Result<Metadata, TaskError> {
    let shape = || TaskError::Shape { what: "the answer of `cargo metadata`".to_owned() };
    let value: Value = serde_json::from_str(text).map_err(|_| shape())?;
    let target = value["target_directory"].as_str().ok_or_else(shape)?.into();
    let mut packages = Vec::new();
    for entry in value["packages"].as_array().ok_or_else(shape)? {
        let mut package = Package { name: entry["name"].as_str().ok_or_else(shape)?.to_owned(), ..Package::default() };
        for dependency in entry["dependencies"].as_array().ok_or_else(shape)? {
            let name = dependency["name"].as_str().ok_or_else(shape)?.to_owned();
            match dependency["kind"].as_str() {
                Some("dev") => package.dev.insert(name),
                Some(_) | None => package.normal.insert(name),
            };
        }
        if let Some(features) = entry["features"].as_object() {
            package.features.extend(features.keys().cloned());
        }
        packages.push(package);
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Metadata { packages, target })
}

impl Metadata {
    /// The package of that name, if the workspace has it.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

/// The files that git knows or would add, as paths relative to the root, in order.
///
/// # Errors
/// The folder is no git checkout.
pub(crate) fn files() -> Result<Vec<String>, TaskError> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut files: Vec<String> =
        process::output(&mut git)?.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    files.retain(|path| root().join(path).exists());
    files.sort();
    files.dedup();
    Ok(files)
}

/// Reads a file of the workspace.
///
/// # Errors
/// It cannot be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TaskError> {
    std::fs::read(path).map_err(TaskError::file(path))
}
