//! How messages lie on a stream of bytes, whatever carries it.
//!
//! A request begins with `chsk` and the range of protocol versions the sender speaks; a response with `chsk`, the version it
//! chose (0 when there is none in common) and its own range. **Frozen for every version to come.** After that come parts:
//! a number for the kind, the length, the body. A part of an unknown kind is skipped, so a newer side may add some.

use thiserror::Error;

use crate::{limits, varint};

const MAGIC: [u8; 4] = *b"chsk";

/// The protocol versions a side speaks, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    pub least: u8,
    pub most: u8,
}

impl Versions {
    /// What this build speaks.
    pub const OURS: Self = Self { least: 1, most: 1 };

    /// The highest version that both speak.
    pub fn common(self, other: Self) -> Option<u8> {
        let most = self.most.min(other.most);
        (most >= self.least.max(other.least)).then_some(most)
    }
}

/// What a part is. **Frozen: numbers on the wire.**
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    Hello,
    Welcome,
    Opening,
    Frame,
    End,
    Refusal,
    Unknown,
}

impl PartKind {
    const fn code(self) -> u8 {
        match self {
            Self::Hello => 1,
            Self::Welcome => 2,
            Self::Opening => 3,
            Self::Frame => 4,
            Self::End => 5,
            Self::Refusal => 6,
            Self::Unknown => 0,
        }
    }

    const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Hello,
            2 => Self::Welcome,
            3 => Self::Opening,
            4 => Self::Frame,
            5 => Self::End,
            6 => Self::Refusal,
            _ => Self::Unknown,
        }
    }

    const fn limit(self) -> usize {
        match self {
            Self::Hello | Self::Welcome => limits::GREETING_BYTES,
            Self::Opening => limits::OPENING_BYTES + limits::CERTIFICATE_BYTES,
            Self::Frame => limits::FRAME_BYTES,
            Self::End | Self::Refusal | Self::Unknown => limits::SMALL_PART_BYTES,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) kind: PartKind,
    pub(crate) body: Vec<u8>,
}

/// Why a stream is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    #[error("the stream does not begin as an exchange does")]
    NotOurs,
    #[error("a part of {found} bytes is over the limit of {limit}")]
    PartTooLarge { found: u64, limit: usize },
    #[error("a part's length is not well formed")]
    BadLength,
}

pub(crate) fn request_preamble(versions: Versions) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([versions.least, versions.most]);
    bytes
}

pub(crate) fn response_preamble(chosen: Option<u8>, versions: Versions) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([chosen.unwrap_or(0), versions.least, versions.most]);
    bytes
}

pub(crate) fn part(kind: PartKind, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() + 5);
    bytes.push(kind.code());
    varint::write(&mut bytes, body.len() as u64);
    bytes.extend(body);
    bytes
}

/// Cuts a stream back into what was sent, as far as it came. It holds at most one part and what was last given to it.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    buffer: Vec<u8>,
    at: usize,
}

impl StreamReader {
    pub(crate) fn give(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend(bytes);
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    fn preamble<const N: usize>(&mut self) -> Result<Option<[u8; N]>, WireError> {
        let rest = self.rest();
        let seen = rest.len().min(MAGIC.len());
        if rest.get(..seen) != MAGIC.get(..seen) {
            return Err(WireError::NotOurs);
        }
        let Some(fields) = rest.get(MAGIC.len()..).and_then(|rest| rest.first_chunk::<N>()).copied() else {
            return Ok(None);
        };
        self.at += MAGIC.len() + N;
        Ok(Some(fields))
    }

    pub(crate) fn request_preamble(&mut self) -> Result<Option<Versions>, WireError> {
        Ok(self.preamble()?.map(|[least, most]| Versions { least, most }))
    }

    /// The version that was chosen, if there is one in common, and what the other side speaks.
    pub(crate) fn response_preamble(&mut self) -> Result<Option<(Option<u8>, Versions)>, WireError> {
        Ok(self.preamble()?.map(|[chosen, least, most]| ((chosen != 0).then_some(chosen), Versions { least, most })))
    }

    pub(crate) fn part(&mut self) -> Result<Option<Part>, WireError> {
        let whole = self.rest();
        let Some((code, rest)) = whole.split_first() else { return Ok(None) };
        let kind = PartKind::from_code(*code);
        let Some((length, rest)) = varint::read(rest) else {
            let complete = rest.len() >= 10 || rest.iter().any(|byte| byte & 0x80 == 0);
            return if complete { Err(WireError::BadLength) } else { Ok(None) };
        };
        let limit = kind.limit();
        let wanted = usize::try_from(length).ok().filter(|length| *length <= limit);
        let wanted = wanted.ok_or(WireError::PartTooLarge { found: length, limit })?;
        let Some((body, rest)) = rest.split_at_checked(wanted) else {
            // As much as the part needs and no more: growing by itself, the buffer would take up to twice that.
            let missing = wanted - rest.len();
            self.buffer.reserve_exact(missing);
            return Ok(None);
        };
        let part = Part { kind, body: body.to_vec() };
        self.at += whole.len() - rest.len();
        Ok(Some(part))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_come_out_whatever_the_pieces_they_came_in() {
        let mut stream = request_preamble(Versions::OURS);
        stream.extend(part(PartKind::Frame, &[7; 300]));
        stream.extend([99, 2, 1, 1]);
        stream.extend(part(PartKind::End, &[]));
        for size in 1..stream.len() {
            let mut reader = StreamReader::default();
            let mut versions = None;
            let mut parts = Vec::new();
            for piece in stream.chunks(size) {
                reader.give(piece);
                if versions.is_none() {
                    versions = reader.request_preamble().unwrap();
                }
                while versions.is_some() {
                    let Some(part) = reader.part().unwrap() else { break };
                    parts.push((part.kind, part.body.len()));
                }
            }
            assert_eq!(versions, Some(Versions::OURS));
            assert_eq!(parts, [(PartKind::Frame, 300), (PartKind::Unknown, 2), (PartKind::End, 0)]);
        }
    }

    #[test]
    fn a_stranger_is_noticed_at_the_first_wrong_byte() {
        let mut reader = StreamReader::default();
        reader.give(b"c");
        assert_eq!(reader.request_preamble(), Ok(None));
        reader.give(b"x");
        assert_eq!(reader.request_preamble(), Err(WireError::NotOurs));
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_the_body_comes() {
        let mut reader = StreamReader::default();
        let mut bytes = vec![PartKind::Frame.code()];
        varint::write(&mut bytes, u64::MAX);
        reader.give(&bytes);
        assert!(matches!(reader.part(), Err(WireError::PartTooLarge { .. })));
    }

    #[test]
    fn the_highest_common_version_is_chosen() {
        let range = |least, most| Versions { least, most };
        assert_eq!(range(1, 3).common(range(2, 5)), Some(3));
        assert_eq!(range(1, 1).common(range(2, 5)), None);
        assert_eq!(range(4, 2).common(range(1, 9)), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(bytes: Vec<u8>) {
            let mut reader = StreamReader::default();
            reader.give(&bytes);
            let _ = reader.response_preamble();
            while let Ok(Some(_)) = reader.part() {}
        }
    }
}
