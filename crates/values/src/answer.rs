use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{CivilDate, CivilTime, Decimal, GeoPoint, Hash32, Timestamp};

/// What a person answered to one question, typed. A question that was not answered has no `Answer`.
///
/// How each kind is kept in a record is the form's business (`forms`): a decimal needs its question's scale, a set of choices
/// becomes one key a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "v", rename_all = "snake_case")]
pub enum Answer {
    /// Free text, a barcode, an acknowledgement (`OK`).
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    /// The code of the one choice taken.
    Choice(String),
    /// The codes of every choice ticked; empty means "answered: none of them".
    Choices(BTreeSet<String>),
    Date(CivilDate),
    Time(CivilTime),
    DateTime(Timestamp),
    Point(GeoPoint),
    /// A line walked, or the outline of an area: at least one point, in order. An outline ends where it began.
    Trace(Vec<GeoPoint>),
    /// The codes of a list, first the one put first.
    Rank(Vec<String>),
    Media(MediaRef),
}

/// A photo, drawing, recording or file: its content's hash in the record, its bytes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MediaRef {
    /// BLAKE3 of the plain bytes.
    pub hash: Hash32,
    /// Length of the plain bytes.
    pub length: u32,
    /// Media type such as `image/jpeg`.
    pub media_type: String,
}

impl MediaRef {
    const VERSION: u8 = 1;

    /// Version byte, hash, length (little-endian), media type. **Frozen: stored in records.**
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![Self::VERSION];
        bytes.extend_from_slice(self.hash.as_bytes());
        bytes.extend_from_slice(&self.length.to_le_bytes());
        bytes.extend_from_slice(self.media_type.as_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; nothing if the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (hash, rest) = rest.split_first_chunk::<32>()?;
        let (length, media_type) = rest.split_first_chunk::<4>()?;
        let media_type = std::str::from_utf8(media_type).ok()?;
        let known = *version == Self::VERSION && (1..=100).contains(&media_type.len());
        known.then(|| Self {
            hash: Hash32::from_bytes(*hash),
            length: u32::from_le_bytes(*length),
            media_type: media_type.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_reference_round_trips_and_refuses_the_rest() {
        let media = MediaRef { hash: Hash32::of_content(b"photo"), length: 5, media_type: "image/jpeg".to_owned() };
        assert_eq!(MediaRef::from_bytes(&media.to_bytes()), Some(media.clone()));
        assert_eq!(MediaRef::from_bytes(&[]), None);
        assert_eq!(MediaRef::from_bytes(&media.to_bytes()[..20]), None);
        assert_eq!(MediaRef::from_bytes(&[2; 60]), None);
    }
}
