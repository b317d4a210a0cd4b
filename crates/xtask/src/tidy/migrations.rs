//! Migrations that were released never change.
//!
//! Beside the migrations lies `released.sha256`, in the format of `sha256sum`: a line for each released file. A file
//! without a line is not released yet and may still change; releasing adds its line (`sha256sum 0007_media.sql >>
//! released.sha256`).

use sha2::{Digest, Sha256};

use crate::setup::hex;
use crate::tidy::Finding;

const LEDGER: &str = "/released.sha256";

pub(super) fn check(files: &[String], read: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ledger in files.iter().filter(|path| path.ends_with(LEDGER)) {
        let folder = ledger.trim_end_matches(LEDGER);
        let text = read(ledger).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            let Some((hash, name)) = line.split_once("  ") else {
                findings.push(Finding::at(ledger, number + 1, "is not a line of `sha256sum`"));
                continue;
            };
            match read(&format!("{folder}/{name}")) {
                None => findings.push(Finding::at(ledger, number + 1, format!("{name} was released and is gone"))),
                Some(content) if hex(&Sha256::digest(&content)) != hash => findings.push(Finding::at(
                    ledger,
                    number + 1,
                    format!("{name} was released and has changed; add a migration instead"),
                )),
                Some(_) => {}
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_migration_is_frozen() {
        let kept = hex(&Sha256::digest(b"create table a (b text) strict;"));
        let ledger = format!("{kept}  0001_a.sql\n{kept}  0002_b.sql\n{kept}  0003_c.sql\n");
        let files = vec!["m/0001_a.sql".to_owned(), "m/0002_b.sql".to_owned(), "m/released.sha256".to_owned()];
        let findings = check(&files, |path| match path {
            "m/released.sha256" => Some(ledger.clone().into_bytes()),
            "m/0001_a.sql" => Some(b"create table a (b text) strict;".to_vec()),
            "m/0002_b.sql" => Some(b"create table b (b text) strict;".to_vec()),
            _ => None,
        });
        let spoken: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            spoken,
            [
                "m/released.sha256:2: 0002_b.sql was released and has changed; add a migration instead",
                "m/released.sha256:3: 0003_c.sql was released and is gone",
            ]
        );
    }
}
