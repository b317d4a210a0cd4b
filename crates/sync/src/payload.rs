use chaski_values::RecordId;

use crate::cbor::{self, Malformed, Reader};
use crate::limits;

const WHAT: &str = "record changes";

/// The payload of an entry of kind [`crate::EntryKind::RecordChanges`]. **Frozen: hashed.**
///
/// CBOR `[[record, raw change], …]`. The changes are Automerge's own uncompressed chunks, as committed; whether they may be
/// applied is for `records` to say.
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
            w.array(self.0.len() as u64)?;
            for RecordChange { record, change } in &self.0 {
                w.array(2)?.bytes(record.as_bytes())?.bytes(change)?;
            }
            Ok(())
        })
    }

    /// # Errors
    /// When the bytes are no list of changes, or one of more than [`limits::CHANGES_PER_ENTRY`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(WHAT, bytes);
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
        r.end()?;
        Ok(Self(changes))
    }
}
