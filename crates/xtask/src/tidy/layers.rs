//! Which crate may stand on which.
//!
//! The table is the architecture: what is not in it is refused, so a new dependency is a decision taken here. Tests may
//! reach further than the code they test, but even with them the crates form no circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::Finding;
use crate::workspace::Package;

/// Each crate with the crates that its shipped code may use.
///
/// `sync` speaks in the words of `values` and `trust`, so whoever may use `sync` may name those two as well.
const LAYERS: &[(&str, &[&str])] = &[
    ("chaski-values", &[]),
    ("chaski-xpath", &["values"]),
    ("chaski-forms", &["values", "xpath"]),
    ("chaski-records", &["values"]),
    ("chaski-trust", &["values"]),
    ("chaski-sync", &["values", "records", "trust"]),
    ("chaski-programme", &["values", "forms", "records", "trust"]),
    ("chaski-store", &["values", "records", "trust", "sync"]),
    ("chaski-device", &["values", "xpath", "forms", "records", "trust", "sync", "programme", "store"]),
    ("chaski-link", &["values", "trust", "sync", "device"]),
    ("chaski-hub", &["values", "xpath", "forms", "records", "trust", "sync", "programme", "store"]),
    (
        "chaski-cli",
        &["values", "xpath", "forms", "records", "trust", "sync", "programme", "store", "device", "link", "hub"],
    ),
    ("chaski-sim", &["values", "forms", "records", "trust", "sync", "programme", "store", "device", "hub"]),
    ("chaski-app", &["values", "device", "link"]),
    (
        "chaski-tests",
        &["values", "xpath", "forms", "records", "trust", "sync", "programme", "store", "device", "link", "hub", "sim"],
    ),
    ("chaski-fuzz", &["values", "xpath", "forms"]),
    ("chaski-xtask", &[]),
];

/// Crates from outside that only some of ours may use, with the reason a reader is given.
const RESERVED: &[(&str, &[&str], &str)] = &[
    // The bench measures an answer beside a bare commit.
    ("rusqlite", &["chaski-store", "chaski-tests"], "only the store speaks SQL"),
    (
        "tokio",
        &["chaski-link", "chaski-hub", "chaski-app", "chaski-cli", "chaski-tests"],
        "everything below the drivers is blocking or pure",
    ),
    ("reqwest", &["chaski-link", "chaski-tests"], "only the link calls the hub"),
    ("axum", &["chaski-hub"], "only the hub serves"),
    ("tauri", &["chaski-app"], "only the shell knows its window"),
    ("automerge", &["chaski-records"], "a record is the only document"),
    ("ed25519-dalek", &["chaski-trust"], "keys are handled in one place"),
    ("argon2", &["chaski-trust"], "keys are handled in one place"),
];

/// Checks every member of the workspace against the tables.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let members: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    for package in packages {
        findings.extend(check_layer(package, &members));
        findings.extend(check_reserved(package));
    }
    findings.extend(check_circles(packages, &members));
    findings
}

fn check_layer(package: &Package, members: &BTreeSet<&str>) -> Vec<Finding> {
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
        return vec![finding(&package.name, "is not in the table of layers; say in tidy what it may use")];
    };
    package
        .normal
        .iter()
        .filter(|used| members.contains(used.as_str()))
        .filter(|used| !allowed.iter().any(|name| used.strip_prefix("chaski-") == Some(*name)))
        .map(|used| finding(&package.name, &format!("may not use {used}; it may use: {}", list(allowed))))
        .collect()
}

fn check_reserved(package: &Package) -> Vec<Finding> {
    RESERVED
        .iter()
        .filter(|(used, users, _)| package.normal.contains(*used) && !users.contains(&package.name.as_str()))
        .map(|(used, users, why)| {
            finding(&package.name, &format!("may not use {used}: {why} (allowed for {})", users.join(", ")))
        })
        .collect()
}

/// Finds circles of crates, dependencies of tests included.
fn check_circles(packages: &[Package], members: &BTreeSet<&str>) -> Vec<Finding> {
    let mut left: BTreeMap<&str, BTreeSet<&str>> = packages
        .iter()
        .map(|package| {
            let used = package.normal.iter().chain(&package.dev).map(String::as_str);
            (package.name.as_str(), used.filter(|name| members.contains(name)).collect())
        })
        .collect();
    // Crates that stand on nothing left are taken away until none is; what remains stands in a circle or on one.
    loop {
        let free: Vec<&str> = left.iter().filter(|(_, used)| used.is_empty()).map(|(name, _)| *name).collect();
        if free.is_empty() {
            break;
        }
        for name in free {
            left.remove(name);
            for used in left.values_mut() {
                used.remove(name);
            }
        }
    }
    left.into_iter()
        .map(|(name, used)| {
            let used: Vec<&str> = used.into_iter().collect();
            finding(name, &format!("stands in a circle with {}", used.join(", ")))
        })
        .collect()
}

fn finding(package: &str, what: &str) -> Finding {
    Finding::in_file("Cargo.toml", format!("{package} {what}"))
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    /// A package with its dependencies and the kind of each.
    type Said<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

    /// Reads what `cargo metadata` says of such packages.
    fn metadata(packages: &[Said<'_>]) -> Vec<Package> {
        let entries: Vec<serde_json::Value> = packages
            .iter()
            .map(|(name, dependencies)| {
                let dependencies: Vec<serde_json::Value> = dependencies
                    .iter()
                    .map(|(name, kind)| serde_json::json!({"name": name, "kind": kind, "req": "*"}))
                    .collect();
                serde_json::json!({"name": name, "dependencies": dependencies, "features": {}})
            })
            .collect();
        let text = serde_json::json!({"packages": entries, "target_directory": "target"}).to_string();
        workspace::parse(&text).unwrap().packages
    }

    fn spoken(packages: &[Said<'_>]) -> Vec<String> {
        check(&metadata(packages)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_workspace_keeps_its_layers() {
        assert_eq!(check(&workspace::metadata().unwrap().packages), Vec::new());
    }

    #[test]
    fn a_forbidden_dependency_is_named_with_both_crates() {
        let findings = spoken(&[
            ("chaski-values", &[]),
            ("chaski-device", &[("chaski-values", None)]),
            ("chaski-hub", &[("chaski-device", None), ("chaski-values", None)]),
        ]);
        assert_eq!(
            findings,
            [
                "Cargo.toml: chaski-hub may not use chaski-device; it may use: values, xpath, forms, records, trust, sync, programme, store"
            ]
        );
    }

    #[test]
    fn a_build_script_counts_as_shipped() {
        let findings = spoken(&[("chaski-values", &[("chaski-xpath", Some("build"))]), ("chaski-xpath", &[])]);
        assert_eq!(findings, ["Cargo.toml: chaski-values may not use chaski-xpath; it may use: nothing"]);
    }

    #[test]
    fn tests_may_reach_further_but_not_in_a_circle() {
        assert_eq!(
            spoken(&[
                ("chaski-values", &[]),
                ("chaski-records", &[]),
                ("chaski-trust", &[("chaski-records", Some("dev"))])
            ]),
            Vec::<String>::new()
        );
        let circle = spoken(&[
            ("chaski-values", &[("chaski-xpath", Some("dev"))]),
            ("chaski-xpath", &[("chaski-values", None)]),
        ]);
        assert_eq!(
            circle,
            [
                "Cargo.toml: chaski-values stands in a circle with chaski-xpath",
                "Cargo.toml: chaski-xpath stands in a circle with chaski-values",
            ]
        );
    }

    #[test]
    fn only_the_store_speaks_sql_and_only_drivers_are_async() {
        let findings = spoken(&[
            ("chaski-store", &[("rusqlite", None)]),
            ("chaski-device", &[("rusqlite", None), ("tokio", None)]),
            ("chaski-sim", &[("tokio", Some("dev"))]),
        ]);
        assert_eq!(
            findings,
            [
                "Cargo.toml: chaski-device may not use rusqlite: only the store speaks SQL (allowed for chaski-store, chaski-tests)",
                "Cargo.toml: chaski-device may not use tokio: everything below the drivers is blocking or pure (allowed for chaski-link, chaski-hub, chaski-app, chaski-cli, chaski-tests)",
            ]
        );
    }

    #[test]
    fn a_crate_outside_the_table_is_refused() {
        assert_eq!(
            spoken(&[("chaski-misc", &[])]),
            ["Cargo.toml: chaski-misc is not in the table of layers; say in tidy what it may use"]
        );
    }
}
