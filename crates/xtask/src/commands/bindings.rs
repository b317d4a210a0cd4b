//! `cargo xtask bindings`: the TypeScript types of everything that crosses to the screens.
//!
//! ts-rs adds a test to each exported type that writes the type's file. They write into the build folder first, so that a
//! type that was removed in Rust goes from the screens too, and so that a check changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::TaskError;
use crate::process;
use crate::workspace::{self, Metadata, cargo, root};

/// The crates whose types the screens see.
const SOURCES: &[&str] = &["chaski-forms", "chaski-device"];
/// Where the screens keep them.
const TYPES: &str = "ui/src/ipc/types";
/// The name of the feature and of ts-rs's tests.
const FEATURE: &str = "bindings";
const TESTS: &str = "export_bindings";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if the committed types are stale
    #[arg(long)]
    pub(super) check: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    let metadata = workspace::metadata()?;
    let fresh = export(&metadata)?;
    let folder = root().join(TYPES);
    let committed = read_folder(&folder)?;
    let differing: Vec<&String> = fresh
        .keys()
        .chain(committed.keys().filter(|name| !fresh.contains_key(*name)))
        .filter(|name| fresh.get(*name) != committed.get(*name))
        .collect();
    if differing.is_empty() {
        println!("bindings: {} types are as Rust says", fresh.len());
        return Ok(());
    }
    for name in &differing {
        println!("{TYPES}/{name}: {}", difference(fresh.contains_key(*name), committed.contains_key(*name)));
    }
    if arguments.check {
        return Err(TaskError::StaleBindings);
    }
    write_folder(&folder, &fresh, &committed)
}

fn difference(in_rust: bool, in_screens: bool) -> &'static str {
    match (in_rust, in_screens) {
        (true, false) => "new",
        (false, _) => "gone",
        (true, true) => "changed",
    }
}

/// The `--features` arguments that turn the exports on, for the crates that have them.
pub(super) fn features(metadata: &Metadata) -> Vec<String> {
    let with: Vec<String> = SOURCES
        .iter()
        .filter(|name| metadata.package(name).is_some_and(|package| package.features.contains(FEATURE)))
        .map(|name| format!("{name}/{FEATURE}"))
        .collect();
    if with.is_empty() { Vec::new() } else { vec!["--features".to_owned(), with.join(",")] }
}

/// The types as Rust says now, by file name.
fn export(metadata: &Metadata) -> Result<BTreeMap<String, String>, TaskError> {
    let folder = metadata.target.join("bindings");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(TaskError::file(&folder))?;
    }
    let mut command = cargo();
    command.args(["test", "--quiet", "--lib"]);
    for source in SOURCES {
        command.args(["--package", source]);
    }
    command.args(features(metadata)).arg(TESTS).env("TS_RS_EXPORT_DIR", &folder);
    process::output(&mut command)?;
    let mut types = read_folder(&folder)?;
    for text in types.values_mut() {
        // ts-rs leaves trailing blanks where a field has no doc; the screens' formatter would not.
        *text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n";
    }
    Ok(types)
}

/// The TypeScript files of a folder and of those in it, by their path in it.
fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, TaskError> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        if !next.exists() {
            continue;
        }
        for entry in fs::read_dir(&next).map_err(TaskError::file(&next))? {
            let path = entry.map_err(TaskError::file(&next))?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ts")
                && let Ok(name) = path.strip_prefix(folder)
            {
                let text = fs::read_to_string(&path).map_err(TaskError::file(&path))?;
                found.insert(name.to_string_lossy().into_owned(), text);
            }
        }
    }
    Ok(found)
}

fn write_folder(
    folder: &Path,
    fresh: &BTreeMap<String, String>,
    committed: &BTreeMap<String, String>,
) -> Result<(), TaskError> {
    for name in committed.keys().filter(|name| !fresh.contains_key(*name)) {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(TaskError::file(path))?;
    }
    for (name, text) in fresh {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(TaskError::file(parent))?;
        }
        fs::write(&path, text).map_err(TaskError::file(path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_and_removed_with_rust() {
        let folder = tempfile::tempdir().unwrap();
        let old = BTreeMap::from([("Old.ts".to_owned(), "1\n".to_owned()), ("Kept.ts".to_owned(), "1\n".to_owned())]);
        write_folder(folder.path(), &old, &BTreeMap::new()).unwrap();
        let new =
            BTreeMap::from([("Kept.ts".to_owned(), "2\n".to_owned()), ("deep/New.ts".to_owned(), "1\n".to_owned())]);
        write_folder(folder.path(), &new, &old).unwrap();
        assert_eq!(read_folder(folder.path()).unwrap(), new);
    }
}
