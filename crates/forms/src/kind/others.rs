//! Types that other programs add to XLSForm, and what is made of them where a form is not read strictly.
//!
//! Forms travel between programs. One that was written for another is taken with a warning for each such row, instead of being
//! refused for a row that only its first home could read.

use super::{Container, Kind};

/// A type that only another program has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) program: &'static str,
    pub(crate) instead: Instead,
}

/// What is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    Question(Kind),
    Begin(Container),
    End(Container),
    /// A question whose choices are those that its group names.
    OfGroup,
}

impl Instead {
    /// What becomes of the row, for its author.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Question(Kind::Calculate) => "it is computed as `calculate` is, whenever what it reads changes",
            Self::Question(_) => "it is kept and stays blank; remove the row if nothing reads it",
            Self::Begin(Container::Loop) => "its questions are asked for each choice of its list, in groups",
            Self::Begin(_) | Self::End(_) => "it is read as a group",
            Self::OfGroup => "it is asked as `select_one`, with the choices of its group",
        }
    }
}

/// In small letters, with spaces for `_`. A name may have more words after it.
const FOREIGN: &[(&str, &str, Instead)] = &[
    ("text audit", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("audio audit", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("speed violations count", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("speed violations list", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("speed violations audit", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("sensor statistic", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("sensor stream", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("caseid", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("comments", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("devicephonenum", SURVEYCTO, Instead::Question(Kind::Hidden)),
    ("calculate here", SURVEYCTO, Instead::Question(Kind::Calculate)),
    ("begin score", KOBO, Instead::Begin(Container::Group)),
    ("end score", KOBO, Instead::End(Container::Group)),
    ("score row", KOBO, Instead::OfGroup),
    ("begin rank", KOBO, Instead::Begin(Container::Group)),
    ("end rank", KOBO, Instead::End(Container::Group)),
    ("rank level", KOBO, Instead::OfGroup),
    ("begin kobomatrix", KOBO, Instead::Begin(Container::Loop)),
    ("end kobomatrix", KOBO, Instead::End(Container::Loop)),
];

const SURVEYCTO: &str = "SurveyCTO";
const KOBO: &str = "KoboToolbox";

/// The programs whose types are known, each with the names of those.
pub(crate) fn of_programs() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    [SURVEYCTO, KOBO].into_iter().map(|program| {
        let names = FOREIGN.iter().filter(move |(_, theirs, _)| *theirs == program).map(|(name, ..)| *name);
        (program, names.collect())
    })
}

/// Reads a cell of the column `type` as a type that only another program has.
pub(crate) fn foreign(cell: &str) -> Option<Foreign> {
    let lower = cell.to_lowercase();
    let words: Vec<&str> = lower.split([' ', '_']).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    let is_it = |name: &str| text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let (_, program, instead) = FOREIGN.iter().find(|(name, ..)| is_it(name))?;
    Some(Foreign { program, instead: *instead })
}
