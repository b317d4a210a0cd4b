use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::RowId;
use crate::name::is_name;

/// One step of a [`NodePath`]: a node's name, and the row if that node is a repeat and one of its rows is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    pub name: String,
    pub row: Option<RowId>,
}

/// Where a node stands in one filled-in form: the names from the top, with the row of each repeat passed through.
///
/// Written with slashes, a row as `@` and 16 hexadecimal digits after its repeat: `T/part/@00112233aabbccdd/p_nombre`.
/// `@` cannot begin a node's name, so the text is unambiguous. The form's own root is left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodePath(Vec<Step>);

/// Why a text is not a node path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    #[error("a node path is empty")]
    Empty,
    #[error("`{0}` is too long for a node path: at most {max} bytes", max = NodePath::MAX_BYTES)]
    TooLong(String),
    #[error("`{step}` in the node path `{path}` is not a name")]
    BadName { step: String, path: String },
    #[error(
        "`{step}` in the node path `{path}` is not a row: expected `@` and 16 hexadecimal digits after a repeat's name"
    )]
    BadRow { step: String, path: String },
}

impl NodePath {
    /// The longest text a path may have; a [`crate::Key`] adds two bytes.
    pub const MAX_BYTES: usize = 500;

    /// # Errors
    /// When there is no step, a name is not a name, or the text would be too long.
    pub fn new(steps: Vec<Step>) -> Result<Self, PathError> {
        let path = Self(steps);
        let text = path.to_string();
        if path.0.is_empty() {
            return Err(PathError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(PathError::TooLong(text.chars().take(80).collect()));
        }
        match path.0.iter().find(|step| !is_name(&step.name)) {
            Some(step) => Err(PathError::BadName { step: step.name.clone(), path: text }),
            None => Ok(path),
        }
    }

    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The name of the node itself.
    pub fn name(&self) -> &str {
        self.0.last().map_or("", |step| &step.name)
    }

    /// The innermost row the path passes through or ends at.
    pub fn row(&self) -> Option<RowId> {
        self.0.iter().rev().find_map(|step| step.row)
    }

    /// Whether the path passes through or ends at a row of a repeat.
    pub fn has_row(&self) -> bool {
        self.row().is_some()
    }

    /// The path without its last step, or nothing at the top.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        (!above.is_empty()).then(|| Self(above.to_vec()))
    }

    /// A node inside this one.
    ///
    /// # Errors
    /// When `name` is not a name or the path becomes too long.
    pub fn child(&self, name: &str) -> Result<Self, PathError> {
        let mut steps = self.0.clone();
        steps.push(Step { name: name.to_owned(), row: None });
        Self::new(steps)
    }

    /// One row of this repeat.
    pub fn with_row(&self, row: RowId) -> Self {
        let mut steps = self.0.clone();
        if let Some(last) = steps.last_mut() {
            last.row = Some(row);
        }
        Self(steps)
    }

    /// The same path with every row left out: the place in the form, as its author wrote it.
    pub fn in_form(&self) -> Self {
        Self(self.0.iter().map(|step| Step { name: step.name.clone(), row: None }).collect())
    }

    /// Whether `self` is `other` or inside it. A row is inside its repeat.
    pub fn is_within(&self, other: &Self) -> bool {
        let Some((last, above)) = other.0.split_last() else { return true };
        self.0.len() >= other.0.len()
            && self.0.iter().zip(above).all(|(mine, theirs)| mine == theirs)
            && self
                .0
                .get(above.len())
                .is_some_and(|mine| mine.name == last.name && (last.row.is_none() || mine.row == last.row))
    }
}

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(&step.name)?;
            if let Some(row) = step.row {
                write!(f, "/@{row}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodePath({self})")
    }
}

impl FromStr for NodePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(PathError::TooLong(text.chars().take(80).collect()));
        }
        let mut steps: Vec<Step> = Vec::new();
        for part in text.split('/') {
            let Some(row) = part.strip_prefix('@') else {
                steps.push(Step { name: part.to_owned(), row: None });
                continue;
            };
            let bad_row = || PathError::BadRow { step: part.to_owned(), path: text.to_owned() };
            let row = row.parse().map_err(|_| bad_row())?;
            match steps.last_mut() {
                Some(step) if step.row.is_none() => step.row = Some(row),
                _ => return Err(bad_row()),
            }
        }
        Self::new(steps)
    }
}

impl TryFrom<String> for NodePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<NodePath> for String {
    fn from(path: NodePath) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> NodePath {
        text.parse().unwrap()
    }

    #[test]
    fn a_path_round_trips() {
        for text in ["A", "A/proyecto", "T/part/@00112233aabbccdd/p_nombre", "T/part/@00112233aabbccdd"] {
            assert_eq!(path(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_path_is_refused() {
        for text in
            ["", "/", "A//b", "@00112233aabbccdd", "A/@0011", "A/@00112233aabbccdd/@00112233aabbccdd", "A/1b", "A/b c"]
        {
            assert!(text.parse::<NodePath>().is_err(), "{text}");
        }
        assert!("a/".repeat(400).parse::<NodePath>().is_err());
    }

    #[test]
    fn inside_means_at_or_below() {
        let row = "T/part/@00112233aabbccdd";
        assert!(path("T/part/@00112233aabbccdd/p_nombre").is_within(&path(row)));
        assert!(path(row).is_within(&path("T/part")));
        assert!(path(row).is_within(&path("T")));
        assert!(!path("T/participants").is_within(&path("T/part")));
        assert!(!path("T/part").is_within(&path(row)));
    }

    #[test]
    fn the_place_in_the_form_has_no_rows() {
        assert_eq!(path("T/part/@00112233aabbccdd/p_nombre").in_form(), path("T/part/p_nombre"));
    }
}
