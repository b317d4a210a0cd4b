use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of a change: the SHA-256 that Automerge computes of its content. **Frozen: changes name each other by it.**
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChangeHash([u8; 32]);

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a change hash: expected 64 lower-case hexadecimal digits")]
pub struct NotAChangeHash(String);

impl ChangeHash {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeHash({self})")
    }
}

impl FromStr for ChangeHash {
    type Err = NotAChangeHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `Hash32` reads the same digits; only the hash function differs.
        text.parse::<chaski_values::Hash32>()
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| NotAChangeHash(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for ChangeHash {
    type Error = NotAChangeHash;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ChangeHash> for String {
    fn from(hash: ChangeHash) -> Self {
        hash.to_string()
    }
}
