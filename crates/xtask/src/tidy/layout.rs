//! Where files may lie.

use std::collections::BTreeSet;

use crate::tidy::Finding;

/// What the top level holds besides dot files.
const TOP: &[&str] = &["Cargo.toml", "Cargo.lock", "LICENSE", "README.md", "crates", "src-tauri", "tests", "ui"];

/// Names of folders and files that say nothing of what they hold.
const VAGUE: &[&str] = &["common", "utils", "util", "helpers", "helper", "managers", "manager", "misc", "services"];

pub(super) fn check(files: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let top: BTreeSet<&str> = files.iter().filter_map(|path| path.split('/').next()).collect();
    for name in &top {
        if !name.starts_with('.') && !TOP.contains(name) {
            findings.push(Finding::in_file(*name, "does not belong to the top level; it goes into one of its folders"));
        }
    }
    for path in files {
        for part in path.split('/') {
            let stem = part.split('.').next().unwrap_or(part);
            if VAGUE.contains(&stem) {
                findings
                    .push(Finding::in_file(path, format!("`{part}` names no concept; name it after what it holds")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_paths(paths: &[&str]) -> Vec<String> {
        check(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn the_top_level_is_fixed() {
        assert_eq!(check_paths(&[".ci/run", "Cargo.toml", "ui/package.json", "README.md"]), Vec::<String>::new());
        assert_eq!(
            check_paths(&["scripts/run.sh"]),
            ["scripts: does not belong to the top level; it goes into one of its folders"]
        );
    }

    #[test]
    fn folders_and_files_are_named_after_what_they_hold() {
        assert_eq!(
            check_paths(&["ui/src/utils/date.ts", "crates/hub/src/helpers.rs"]),
            [
                "ui/src/utils/date.ts: `utils` names no concept; name it after what it holds",
                "crates/hub/src/helpers.rs: `helpers.rs` names no concept; name it after what it holds",
            ]
        );
    }
}
