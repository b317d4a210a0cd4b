//! `cargo xtask tidy`: the house rules as code.

use crate::error::TaskError;
use crate::tidy;

pub(super) fn run() -> Result<(), TaskError> {
    let findings = tidy::inspect()?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: nothing to mend");
        Ok(())
    } else {
        Err(TaskError::Findings { count: findings.len() })
    }
}
