use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What one [`crate::Key`] holds: the only kinds of value a record's document may contain.
///
/// There is no floating-point kind on purpose: a decimal is an integer with its scale in the form, money is integer céntimos.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "t", content = "v", rename_all = "snake_case")]
pub enum Scalar {
    /// The answer was taken back. A key is never deleted.
    Null,
    Text(String),
    Int(i64),
    Bool(bool),
    Time(Timestamp),
    Bytes(Vec<u8>),
}

impl Scalar {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Int(_) | Self::Bool(_) | Self::Time(_) | Self::Bytes(_) => None,
        }
    }
}
