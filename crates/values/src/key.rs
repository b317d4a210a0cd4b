use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{NodePath, PathError};

/// The key of one scalar in a record's flat map. **Frozen: keys are part of every stored and sent change.**
///
/// | Key | Holds |
/// |---|---|
/// | `_t` `_p` `_f` `_fv` `_proj` `_mov` `_ant` `_del` `_st` | the record's own head: kind, district, form, form version, project, successor, predecessor, tombstone, submission state |
/// | `q/<path>` | an answer outside every repeat |
/// | `q/<path>=<code>` | one choice of a select-multiple: true or false |
/// | `r/<path>/@<row>` | the row's order |
/// | `r/<path>/@<row>/<field>` | an answer inside a row (`=<code>` as above) |
/// | `r/<path>/@<row>=_del` | true when the row was removed |
/// | `s/<role>/<name>` | a sign-off statement |
/// | `a/<id>` | a piece of the log of how the record was filled in, for forms with `audit`: 16 hexadecimal digits, drawn anew for each |
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(String);

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("`{0}` is not a record key: too long, at most {max} bytes", max = Key::MAX_BYTES)]
    TooLong(String),
    #[error("`{0}` is not a record key: it begins with none of `_`, `a/`, `q/`, `r/`, `s/`")]
    UnknownSpace(String),
    #[error("`{key}` is not a record key: {source}")]
    BadPath { key: String, source: PathError },
    #[error("`{0}` is not a record key: `q/` holds no row, `r/` holds one")]
    WrongSpace(String),
    #[error("`{0}` is not a choice's code: 1 to 255 bytes without control characters")]
    BadCode(String),
}

impl Key {
    /// The longest key: a path, its space and a choice's code.
    pub const MAX_BYTES: usize = 800;

    /// The key that holds the answer at `path`, or the order of the row if `path` ends at one.
    pub fn at(path: &NodePath) -> Self {
        let space = if path.has_row() { 'r' } else { 'q' };
        Self(format!("{space}/{path}"))
    }

    /// The key that holds whether `code` is ticked at `path`.
    ///
    /// # Errors
    /// When `code` is empty, too long or has a control character.
    pub fn of_choice(path: &NodePath, code: &str) -> Result<Self, KeyError> {
        if !is_code(code) {
            return Err(KeyError::BadCode(code.chars().take(80).collect()));
        }
        Ok(Self(format!("{}={code}", Self::at(path))))
    }

    /// The key that marks the row at `path` as removed.
    pub fn of_removed_row(path: &NodePath) -> Self {
        Self(format!("{}={REMOVED}", Self::at(path)))
    }

    /// The key of one piece of the log of how the record was filled in.
    pub fn of_audit(id: [u8; 8]) -> Self {
        Self(format!("{AUDIT}{:016x}", u64::from_be_bytes(id)))
    }

    /// Whether this key holds a piece of the log of how the record was filled in.
    pub fn is_audit(&self) -> bool {
        self.0.starts_with(AUDIT)
    }

    /// A key of the record's head, such as `_t`.
    ///
    /// # Errors
    /// When `name` does not begin with an underscore or is no name.
    pub fn of_head(name: &str) -> Result<Self, KeyError> {
        name.parse::<Self>().and_then(|key| match key.0.starts_with('_') {
            true => Ok(key),
            false => Err(KeyError::UnknownSpace(key.0)),
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The node this key is about; nothing for the head, for sign-offs and for the log.
    pub fn path(&self) -> Option<NodePath> {
        let rest = self.0.strip_prefix("q/").or_else(|| self.0.strip_prefix("r/"))?;
        rest.split_once('=').map_or(rest, |(path, _)| path).parse().ok()
    }

    /// The choice's code, for a key of one choice.
    pub fn choice(&self) -> Option<&str> {
        let (_, code) = self.0.split_once('=')?;
        (!self.marks_removed_row()).then_some(code)
    }

    /// Whether this key marks a row as removed.
    pub fn marks_removed_row(&self) -> bool {
        let Some((path, REMOVED)) = self.0.split_once('=') else { return false };
        path.starts_with("r/") && path.rsplit('/').next().is_some_and(|last| last.starts_with('@'))
    }
}

const REMOVED: &str = "_del";
const AUDIT: &str = "a/";

fn is_code(code: &str) -> bool {
    (1..=255).contains(&code.len()) && !code.chars().any(char::is_control)
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = || text.chars().take(80).collect::<String>();
        if text.len() > Self::MAX_BYTES {
            return Err(KeyError::TooLong(shown()));
        }
        if let Some(name) = text.strip_prefix('_') {
            let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            return if fits { Ok(Self(text.to_owned())) } else { Err(KeyError::UnknownSpace(shown())) };
        }
        if let Some(rest) = text.strip_prefix("s/") {
            let fits = !rest.is_empty() && !rest.chars().any(char::is_control);
            return if fits { Ok(Self(text.to_owned())) } else { Err(KeyError::UnknownSpace(shown())) };
        }
        if let Some(id) = text.strip_prefix(AUDIT) {
            let fits = id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            return if fits { Ok(Self(text.to_owned())) } else { Err(KeyError::UnknownSpace(shown())) };
        }
        let (in_row, rest) = match (text.strip_prefix("q/"), text.strip_prefix("r/")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return Err(KeyError::UnknownSpace(shown())),
        };
        let (path, code) = match rest.split_once('=') {
            Some((path, code)) => (path, Some(code)),
            None => (rest, None),
        };
        let path: NodePath = path.parse().map_err(|source| KeyError::BadPath { key: shown(), source })?;
        if path.has_row() != in_row {
            return Err(KeyError::WrongSpace(shown()));
        }
        match code {
            Some(code) if !is_code(code) => Err(KeyError::BadCode(code.chars().take(80).collect())),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    #[test]
    fn every_shape_of_key_is_read() {
        assert_eq!(key("_fv").path(), None);
        assert_eq!(key("q/A/proyecto").path().unwrap().to_string(), "A/proyecto");
        assert_eq!(key("q/A/prop=at").choice(), Some("at"));
        assert_eq!(key("q/A/prop=at").path().unwrap().to_string(), "A/prop");
        let row = "r/T/part/@00112233aabbccdd";
        assert!(!key(row).marks_removed_row());
        assert!(key(&format!("{row}=_del")).marks_removed_row());
        assert_eq!(key(&format!("{row}=_del")).choice(), None);
        // A choice may be called `_del`: it stands on a question, not on a row.
        assert_eq!(key(&format!("{row}/p_sexo=_del")).choice(), Some("_del"));
        assert_eq!(key("q/A/prop=a=b").choice(), Some("a=b"));
        let piece = Key::of_audit([0, 0, 0, 0, 0, 0, 1, 0xab]);
        assert_eq!(piece.as_str(), "a/00000000000001ab");
        assert!(piece.is_audit() && key(piece.as_str()) == piece && piece.path().is_none() && !key("q/A").is_audit());
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for text in [
            "",
            "x/y",
            "q/",
            "r/A",
            "q/A/@00112233aabbccdd",
            "a/",
            "a/00112233AABBCCDD",
            "_",
            "_A",
            "q/A=",
            "s/",
            "q/A=\u{7}",
        ] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
}
