use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A district by its INEI UBIGEO code: six digits kept as text, leading zeros and all.
///
/// INEI's and RENIEC's codes collide (INEI 09 is Huancavelica, RENIEC 09 is Huánuco); this is always INEI's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DistrictCode([u8; 6]);

/// What part of the programme's data an entry belongs to. A log never spans two partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Partition {
    /// Forms, catalogues, roster and settings: every device has it.
    Programme,
    /// The records of one district.
    District(DistrictCode),
}

/// Why a text names no partition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PartitionError {
    #[error("`{0}` is not a district: expected the six digits of an INEI UBIGEO code")]
    NotADistrict(String),
}

impl DistrictCode {
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are ever stored.
        std::str::from_utf8(&self.0).unwrap_or("000000")
    }
}

impl FromStr for DistrictCode {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Option<[u8; 6]> = text.as_bytes().try_into().ok();
        digits
            .filter(|digits| digits.iter().all(u8::is_ascii_digit))
            .map(Self)
            .ok_or_else(|| PartitionError::NotADistrict(text.chars().take(80).collect()))
    }
}

impl fmt::Display for DistrictCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for DistrictCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistrictCode({self})")
    }
}

impl TryFrom<String> for DistrictCode {
    type Error = PartitionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DistrictCode> for String {
    fn from(district: DistrictCode) -> Self {
        district.to_string()
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            PROGRAMME => Ok(Self::Programme),
            code => code.parse().map(Self::District),
        }
    }
}

const PROGRAMME: &str = "programme";

impl fmt::Display for Partition {
    /// `programme`, or the district's six digits. **Frozen: signed in every log's opening.**
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Programme => f.write_str(PROGRAMME),
            Self::District(district) => district.fmt(f),
        }
    }
}

impl TryFrom<String> for Partition {
    type Error = PartitionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Partition> for String {
    fn from(partition: Partition) -> Self {
        partition.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_round_trips() {
        for text in ["programme", "050401", "090101"] {
            assert_eq!(text.parse::<Partition>().unwrap().to_string(), text);
        }
        for text in ["", "50401", "05040a", "0504011", "Programme"] {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
    }
}
