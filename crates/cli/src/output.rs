//! Where a command's words go.

use std::io::{IsTerminal, Write};

use serde_json::Value;

use crate::Outcome;
use crate::failure::Failure;

/// A line of the command's result. Whoever closed the pipe does not want the rest.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A result as JSON.
pub(crate) fn say_json(value: &Value) {
    say(&format!("{value:#}"));
}

/// A line for a person that is no result.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// How far something is, where a person is looking.
pub(crate) fn progress(done: u64, of: u64) {
    let mut stream = std::io::stderr();
    if stream.is_terminal() && (done == of || done.is_multiple_of(16)) {
        let end = if done == of { "\n" } else { "" };
        let _ = write!(stream, "\r{done} of {of}{end}");
        let _ = stream.flush();
    }
}

/// Ends with exit code 1 when the result, which was said, is not right.
pub(crate) fn right(is_right: bool) -> Outcome {
    if is_right { Ok(()) } else { Err(Failure::NotRight) }
}
