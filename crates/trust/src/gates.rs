//! Everybody's PIN gate, in a file of their own: it is written at every try, and the keys beside it are not.

use std::collections::BTreeMap;

use chaski_values::{Hash32, PersonId, Timestamp};

use crate::{Keyring, PinGate};

/// The gates of the people of one tablet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gates(BTreeMap<PersonId, PinGate>);

const VERSION: u8 = 1;
const ROW: usize = 16 + PinGate::BYTES;
const CHECK: usize = 4;

impl Gates {
    /// As the keyring has them, for a tablet that has no file of gates yet.
    pub fn of(ring: &Keyring) -> Self {
        Self(ring.people().map(|person| (person.person, person.gate)).collect())
    }

    /// For a file that was damaged: everybody begins with a wait.
    pub fn doubtful(ring: &Keyring, now: Timestamp) -> Self {
        Self(ring.people().map(|person| (person.person, PinGate::doubtful(now))).collect())
    }

    /// A person's gate; an open one for somebody who never tried.
    pub fn get(&self, person: PersonId) -> PinGate {
        self.0.get(&person).copied().unwrap_or_default()
    }

    pub fn set(&mut self, person: PersonId, gate: PinGate) {
        self.0.insert(person, gate);
    }

    /// Version byte; for each person 16 bytes of id and 12 of gate; the first 4 bytes of their hash. **Frozen.** As long for
    /// the same people whatever their gates say, so that the file can be written over in its place on a full disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for (person, gate) in &self.0 {
            bytes.extend_from_slice(person.as_bytes());
            bytes.extend_from_slice(&gate.to_bytes());
        }
        bytes.extend_from_slice(&check(&bytes));
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; nothing if the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<CHECK>()?;
        let (version, rows) = body.split_first()?;
        let (rows, rest) = rows.as_chunks::<ROW>();
        if *version != VERSION || !rest.is_empty() || *sum != check(body) {
            return None;
        }
        let row = |row: &[u8; ROW]| {
            let (person, gate) = row.split_first_chunk::<16>()?;
            Some((PersonId::from_bytes(*person), PinGate::from_bytes(gate)?))
        };
        rows.iter().map(row).collect::<Option<_>>().map(Self)
    }
}

fn check(body: &[u8]) -> [u8; CHECK] {
    let hash = Hash32::of("chaski 2026 pin gates v1", &[body]);
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gates() -> Gates {
        let now = Timestamp::from_millis(1_790_000_000_000).unwrap();
        let mut gates = Gates::default();
        gates.set(PersonId::from_bytes([3; 16]), PinGate::new().begin(now).unwrap());
        gates.set(PersonId::from_bytes([7; 16]), PinGate::doubtful(now));
        gates
    }

    #[test]
    fn gates_round_trip_and_keep_their_length() {
        let mut gates = gates();
        let bytes = gates.to_bytes();
        assert_eq!(Gates::from_bytes(&bytes), Some(gates.clone()));
        gates.set(PersonId::from_bytes([3; 16]), PinGate::new());
        assert_eq!(gates.to_bytes().len(), bytes.len());
        assert_eq!(gates.get(PersonId::from_bytes([9; 16])), PinGate::new());
    }

    #[test]
    fn no_flipped_bit_is_read_as_a_gate() {
        let bytes = gates().to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Gates::from_bytes(&damaged), None, "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn reading_survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Gates::from_bytes(&bytes);
        }
    }
}
