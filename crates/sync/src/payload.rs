use chaski_values::RecordId;

use crate::cbor::{self, Malformed, Reader};
use crate::limits;

const WHAT: &str = "record changes";
const VERSION: u64 = 1;

/// The payload of an entry of kind [`crate::EntryKind::RecordChanges`]. **Frozen: hashed.**
///
/// CBOR `[1, [[record, raw change], …]]`. The changes are Automerge's own uncompressed chunks, as committed; whether they may
/// be applied is for `records` to say. A payload of another version is kept and relayed as it is, and not applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordChanges(pub Vec<RecordChange>);

/// One change to one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    pub record: RecordId,
    pub change: Vec<u8>,
}

impl RecordChanges {
    pub fn one(record: RecordId, change: Vec<u8>) -> Self {
        Self(vec![RecordChange { record, change }])
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::write(|w| {
            w.array(2)?.u64(VERSION)?.array(self.0.len() as u64)?;
            for RecordChange { record, change } in &self.0 {
                w.array(2)?.bytes(record.as_bytes())?.bytes(change)?;
            }
            Ok(())
        })
    }

    /// # Errors
    /// [`Malformed::Version`] for a payload of another version; another when the bytes are no list of changes, or one of more
    /// than [`limits::CHANGES_PER_ENTRY`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(WHAT, bytes);
        let left = r.versioned(VERSION, 2)?;
        let count = r.array(limits::CHANGES_PER_ENTRY)?;
        let mut changes = Vec::new();
        for _ in 0..count {
            let fields = r.array(8)?;
            if fields < 2 {
                return Err(r.syntax());
            }
            let record = RecordId::from_bytes(r.fixed()?);
            let change = r.bytes(limits::PAYLOAD_BYTES)?.to_vec();
            r.skip(fields - 2)?;
            changes.push(RecordChange { record, change });
        }
        r.skip(left - 1)?;
        r.end()?;
        Ok(Self(changes))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn changes() -> RecordChanges {
        RecordChanges(vec![
            RecordChange { record: RecordId::from_bytes([1; 16]), change: vec![2, 3] },
            RecordChange { record: RecordId::from_bytes([4; 16]), change: Vec::new() },
        ])
    }

    #[test]
    fn record_changes_never_change_a_byte() {
        let hex: String = changes().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        expect!["82018282500101010101010101010101010101010142020382500404040404040404040404040404040440"]
            .assert_eq(&hex);
        assert_eq!(RecordChanges::from_bytes(&changes().to_bytes()), Ok(changes()));
    }

    #[test]
    fn a_newer_version_is_told_from_nonsense_and_what_it_adds_is_skipped() {
        let mut newer = changes().to_bytes();
        newer[1] = 2;
        let refused = Malformed::Version { what: WHAT, found: 2, known: VERSION };
        assert_eq!(RecordChanges::from_bytes(&newer), Err(refused));
        let mut longer = changes().to_bytes();
        longer[0] = 0x83;
        longer.push(0x18);
        longer.push(0x2a);
        assert_eq!(RecordChanges::from_bytes(&longer), Ok(changes()));
        assert_eq!(RecordChanges::from_bytes(&[0x80]), Err(Malformed::Syntax { what: WHAT }));
    }
}
