//! The house rules that no compiler knows.
//!
//! Each rule is a function from what it reads to its findings, so that a test can hand it a tree that breaks it.

mod layers;
mod layout;
mod migrations;
mod text;

use std::fmt;

use crate::error::TaskError;
use crate::workspace::{self, root};

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, relative to the root.
    path: String,
    /// The line, from 1, if the rule is about one.
    line: Option<usize>,
    /// What is wrong and what to do.
    message: String,
}

impl Finding {
    fn in_file(path: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding { path: path.into(), line: None, message: message.into() }
    }

    fn at(path: impl Into<String>, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: path.into(), line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// Looks at the whole tree.
///
/// # Errors
/// The tree cannot be read.
pub(crate) fn inspect() -> Result<Vec<Finding>, TaskError> {
    let mut findings = layers::check(&workspace::metadata()?.packages);
    let files = workspace::files()?;
    findings.extend(layout::check(&files));
    for path in &files {
        // Pictures, workbooks and fonts are not text and have no lines.
        if let Ok(content) = String::from_utf8(workspace::read(&root().join(path))?) {
            findings.extend(text::check(path, &content));
        }
    }
    findings.extend(migrations::check(&files, |path| workspace::read(&root().join(path)).ok()));
    findings.sort();
    Ok(findings)
}
