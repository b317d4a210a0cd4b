use chaski_values::LogId;

use crate::cbor::{self, Malformed, Reader};
use crate::limits;

/// Why entries of one log were not taken, or cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub log: LogId,
    pub code: ProblemCode,
    /// The sequence number it is about.
    pub seq: u64,
}

/// **Frozen: numbers on the wire.**
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemCode {
    /// What comes before is not here; `seq` is how much is.
    Gap,
    /// Another entry is held at `seq`.
    Forked,
    /// Not signed by the log's device.
    BadSignature,
    /// Beyond what the peer or the log's device may do.
    OutOfScope,
    /// The log was not introduced.
    UnknownLog,
    /// The log's device has no certificate of this programme.
    Uncertified,
    /// The log's device has opened [`limits::LOGS_PER_DEVICE`] others in the partition.
    TooManyLogs,
    /// Of a newer version.
    Unknown(u64),
}

/// Adds problems to those of an exchange, as many as are told: a frame of the smallest runs has a thousand.
pub(crate) fn note(problems: &mut Vec<Problem>, further: impl IntoIterator<Item = Problem>) {
    let room = limits::PROBLEMS.saturating_sub(problems.len());
    problems.extend(further.into_iter().take(room));
}

impl ProblemCode {
    const fn code(self) -> u64 {
        match self {
            Self::Gap => 1,
            Self::Forked => 2,
            Self::BadSignature => 3,
            Self::OutOfScope => 4,
            Self::UnknownLog => 5,
            Self::Uncertified => 6,
            Self::TooManyLogs => 7,
            Self::Unknown(code) => code,
        }
    }

    const fn from_code(code: u64) -> Self {
        match code {
            1 => Self::Gap,
            2 => Self::Forked,
            3 => Self::BadSignature,
            4 => Self::OutOfScope,
            5 => Self::UnknownLog,
            6 => Self::Uncertified,
            7 => Self::TooManyLogs,
            other => Self::Unknown(other),
        }
    }
}

pub(super) fn write_problems(
    w: &mut cbor::Writer,
    problems: &[Problem],
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    let told = problems.len().min(limits::PROBLEMS);
    w.array(told as u64 * 3)?;
    for problem in problems.iter().take(told) {
        w.bytes(problem.log.as_bytes())?.u64(problem.code.code())?.u64(problem.seq)?;
    }
    Ok(())
}

pub(super) fn read_problems(r: &mut Reader<'_>) -> Result<Vec<Problem>, Malformed> {
    let items = r.array(limits::PROBLEMS * 3)?;
    if !items.is_multiple_of(3) {
        return Err(r.syntax());
    }
    (0..items / 3)
        .map(|_| {
            Ok(Problem { log: LogId::from_bytes(r.fixed()?), code: ProblemCode::from_code(r.uint()?), seq: r.uint()? })
        })
        .collect()
}
