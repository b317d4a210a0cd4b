//! Ids. What a tablet makes without asking anybody is a UUID v7 or random bytes; what a form author or a programme names
//! is checked text.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::{Hash32, NodePath, Timestamp};

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    #[error("`{text}` is not a {what}: expected {expected}")]
    Malformed { what: &'static str, text: String, expected: &'static str },
}

pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

pub(crate) fn parse_hex<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N], IdError> {
    let malformed = || IdError::Malformed {
        what,
        text: text.chars().take(80).collect(),
        expected: "lower-case hexadecimal digits, two for each byte",
    };
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return Err(malformed());
    }
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let (Some(high), Some(low)) = (nibble(pair[0]), nibble(pair[1])) else { return Err(malformed()) };
        *byte = high << 4 | low;
    }
    Ok(bytes)
}

macro_rules! text_form {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: UUID v7 of `now` with ten random bytes, of which the version and variant bits are overwritten.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                // A clock before 1970 is as wrong as any other: the id only has to be unique.
                let millis = u64::try_from(now.millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError::Malformed {
                    what: $what,
                    text: text.chars().take(80).collect(),
                    expected: "a UUID",
                })
            }
        }

        text_form!($name);
    };
}

uuid_id!(
    /// One record: a filled-in form, a project, whatever merges as a unit. Made on the tablet, never derived from a person's data.
    RecordId,
    "record id"
);
uuid_id!(
    /// One person of the roster.
    PersonId,
    "person id"
);
uuid_id!(
    /// One installation of the app, or one hub. A restore or a new install is a new device.
    DeviceId,
    "device id"
);

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $len]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_hex($what, text).map(Self)
            }
        }

        text_form!($name);
    };
}

bytes_id!(
    /// One log: a device's entries for one partition since one install or restore. It is also the Automerge actor of every
    /// change in that log, so that no two installs ever share an actor.
    LogId,
    16,
    "log id"
);
bytes_id!(
    /// One row of a repeat.
    RowId,
    8,
    "row id"
);

impl RowId {
    /// The row that `repeat_count` calls for at `ordinal` (from 0): the same on every tablet, so that two tablets filling the
    /// same record do not make the same rows twice.
    pub fn derived(record: RecordId, repeat: &NodePath, ordinal: u32) -> Self {
        let hash = Hash32::of(
            "chaski 2026 row of a counted repeat v1",
            &[record.as_bytes(), repeat.to_string().as_bytes(), &ordinal.to_le_bytes()],
        );
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.as_bytes()[..8]);
        Self(bytes)
    }
}

/// The version of a form: the hash of its definition, so equal definitions are equal versions everywhere.
pub type FormVersion = Hash32;

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// # Errors
            /// When `text` is empty, longer than 120 bytes, or has a control character or white space at an end.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                let fits = !text.is_empty()
                    && text.len() <= 120
                    && text.trim() == text
                    && !text.chars().any(char::is_control);
                if fits {
                    Ok(Self(text))
                } else {
                    Err(IdError::Malformed {
                        what: $what,
                        text: text.chars().take(80).collect(),
                        expected: "1 to 120 bytes of text without control characters",
                    })
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        text_form!($name);
    };
}

name_id!(
    /// A form's `form_id`, as its author wrote it in the settings sheet.
    FormId,
    "form id"
);
name_id!(
    /// A project's code in the programme's own books, such as `NR-050401-01`.
    ProjectId,
    "project id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_through_their_text() {
        let record = RecordId::new(Timestamp::from_millis(1_790_000_000_000).unwrap(), [7; 10]);
        assert_eq!(record.to_string().parse::<RecordId>().unwrap(), record);
        let log = LogId::from_bytes([0xab; 16]);
        assert_eq!(log.to_string().parse::<LogId>().unwrap(), log);
    }

    #[test]
    fn ids_made_later_sort_later() {
        let at = |ms| RecordId::new(Timestamp::from_millis(ms).unwrap(), [0xff; 10]);
        assert!(at(1_790_000_000_000) < at(1_790_000_000_001));
    }

    #[test]
    fn a_malformed_id_is_named() {
        let error = "xyz".parse::<LogId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`xyz` is not a log id: expected lower-case hexadecimal digits, two for each byte"
        );
        assert!("é".parse::<RowId>().is_err());
        assert!(FormId::new(" visit").is_err());
    }

    #[test]
    fn counted_rows_are_the_same_everywhere_and_differ_by_place() {
        let record = RecordId::from_bytes([1; 16]);
        let repeat: NodePath = "T/miembro".parse().unwrap();
        assert_eq!(RowId::derived(record, &repeat, 0), RowId::derived(record, &repeat, 0));
        assert_ne!(RowId::derived(record, &repeat, 0), RowId::derived(record, &repeat, 1));
    }
}
