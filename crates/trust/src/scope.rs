use std::collections::BTreeSet;

use chaski_values::{DistrictCode, Partition};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

/// Where a certificate or a grant holds. **Frozen:** null for everywhere, else the district codes, rising.
///
/// The programme's own partition (forms, lists, roster) is inside every scope: whoever has any district needs it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Everywhere,
    Districts(BTreeSet<DistrictCode>),
}

/// Peru has 1,891 districts; one scope naming them all would say "everywhere".
const MAX_DISTRICTS: u64 = 2_000;

impl Scope {
    pub fn districts(codes: impl IntoIterator<Item = DistrictCode>) -> Self {
        Self::Districts(codes.into_iter().collect())
    }

    pub fn covers(&self, partition: Partition) -> bool {
        match (self, partition) {
            (Self::Everywhere, _) | (_, Partition::Programme) => true,
            (Self::Districts(codes), Partition::District(district)) => codes.contains(&district),
        }
    }

    /// Whether everything in `inner` is in `self`.
    pub fn contains(&self, inner: &Self) -> bool {
        match (self, inner) {
            (Self::Everywhere, _) => true,
            (Self::Districts(_), Self::Everywhere) => false,
            (Self::Districts(outer), Self::Districts(inner)) => inner.is_subset(outer),
        }
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Districts(one), Self::Districts(two)) => Self::Districts(one.union(two).copied().collect()),
            _ => Self::Everywhere,
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everywhere, scope) | (scope, Self::Everywhere) => scope.clone(),
            (Self::Districts(one), Self::Districts(two)) => Self::Districts(one.intersection(two).copied().collect()),
        }
    }
}

impl<C> Encode<C> for Scope {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Everywhere => e.null()?.ok(),
            Self::Districts(codes) => {
                e.array(codes.len() as u64)?;
                codes.iter().try_for_each(|code| e.str(code.as_str())?.ok())
            }
        }
    }
}

impl<'b, C> Decode<'b, C> for Scope {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            return Ok(Self::Everywhere);
        }
        let count =
            d.array()?.filter(|count| *count <= MAX_DISTRICTS).ok_or(DecodeError::message("too many districts"))?;
        let mut codes = BTreeSet::new();
        for _ in 0..count {
            let code: DistrictCode = d.str()?.parse().map_err(DecodeError::custom)?;
            if codes.last().is_some_and(|last| *last >= code) {
                return Err(DecodeError::message("districts must rise"));
            }
            codes.insert(code);
        }
        Ok(Self::Districts(codes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    fn of(codes: &[&str]) -> Scope {
        Scope::districts(codes.iter().map(|code| code.parse().unwrap()))
    }

    #[test]
    fn scopes_nest_and_join() {
        let huanta = Partition::District("050401".parse().unwrap());
        assert!(of(&["050401"]).covers(huanta));
        assert!(!of(&["030201"]).covers(huanta));
        assert!(of(&[]).covers(Partition::Programme));
        assert!(Scope::Everywhere.covers(huanta));
        assert!(!of(&["050401"]).contains(&Scope::Everywhere));
        assert!(of(&["050401", "030201"]).contains(&of(&["030201"])));
        assert_eq!(of(&["050401"]).union(&of(&["030201"])), of(&["030201", "050401"]));
        assert_eq!(of(&["050401"]).intersection(&Scope::Everywhere), of(&["050401"]));
        assert_eq!(of(&["050401"]).intersection(&of(&["030201"])), of(&[]));
    }

    #[test]
    fn a_scope_round_trips_and_has_one_spelling() {
        for scope in [Scope::Everywhere, of(&[]), of(&["050401", "030201"])] {
            assert_eq!(cbor::from_slice::<Scope>("scope", &cbor::to_vec(&scope), 100).unwrap(), scope);
        }
        for codes in [["050401", "030201"], ["050401", "050401"]] {
            assert!(cbor::from_slice::<Scope>("scope", &cbor::to_vec(&codes), 100).is_err());
        }
    }
}
