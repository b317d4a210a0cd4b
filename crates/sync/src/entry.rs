use chaski_trust::{Domain, Signature, SigningKey, VerifyingKey};
use chaski_values::{Hash32, LogId, PersonId};
use thiserror::Error;

use crate::cbor::{self, Malformed, Reader};
use crate::{Hlc, LogOpening, limits};

const WHAT: &str = "entry header";
const VERSION: u64 = 1;
const DOMAIN: &str = "chaski 2026 log entry v1";
const PAYLOAD_DOMAIN: &str = "chaski 2026 entry payload v1";

/// What an entry's payload is. **Frozen: hashed by its number.**
///
/// A kind that this version does not know is verified, stored and relayed, and not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// Changes to records: [`crate::RecordChanges`].
    RecordChanges,
    Form,
    Catalogue,
    Roster,
    Setting,
    Media,
    /// Of a newer version.
    Unknown(u64),
}

impl EntryKind {
    pub const fn code(self) -> u64 {
        match self {
            Self::RecordChanges => 1,
            Self::Form => 2,
            Self::Catalogue => 3,
            Self::Roster => 4,
            Self::Setting => 5,
            Self::Media => 6,
            Self::Unknown(code) => code,
        }
    }

    pub const fn from_code(code: u64) -> Self {
        match code {
            1 => Self::RecordChanges,
            2 => Self::Form,
            3 => Self::Catalogue,
            4 => Self::Roster,
            5 => Self::Setting,
            6 => Self::Media,
            other => Self::Unknown(other),
        }
    }
}

/// Where a log stands: the sequence number and hash of its last entry, or 0 and the hash of its opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    pub seq: u64,
    pub hash: Hash32,
    pub hlc: Hlc,
}

impl Tip {
    /// Of a log that has no entry yet.
    pub fn of_opening(opening: &LogOpening) -> Self {
        Self { seq: 0, hash: opening.hash(), hlc: Hlc::ZERO }
    }
}

/// What an entry's hash covers. **Frozen: hashed and signed.**
///
/// CBOR `[1, log, seq, prev, hlc, author or null, kind, payload hash]`, and after it one byte string when a newer version
/// added something to the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHeader {
    pub log: LogId,
    /// From 1.
    pub seq: u64,
    /// The hash of the entry before it; of the opening, for the first.
    pub prev: Hash32,
    pub hlc: Hlc,
    /// The person whose edit it was; nobody for what the device does by itself.
    pub author: Option<PersonId>,
    pub kind: EntryKind,
    pub payload_hash: Hash32,
    /// What a newer version added, kept without being understood; empty in this version.
    pub extension: Vec<u8>,
}

impl EntryHeader {
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::write(|w| {
            w.array(if self.extension.is_empty() { 8 } else { 9 })?;
            w.u64(VERSION)?.bytes(self.log.as_bytes())?.u64(self.seq)?.bytes(self.prev.as_bytes())?;
            w.u64(self.hlc.to_u64())?;
            match self.author {
                Some(author) => w.bytes(author.as_bytes())?,
                None => w.null()?,
            };
            w.u64(self.kind.code())?.bytes(self.payload_hash.as_bytes())?;
            if !self.extension.is_empty() {
                w.bytes(&self.extension)?;
            }
            Ok(())
        })
    }

    /// # Errors
    /// When the bytes are not the one canonical form of a header of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(WHAT, bytes);
        let left = r.versioned(VERSION, 8)?;
        let log = LogId::from_bytes(r.fixed()?);
        let seq = r.uint()?;
        let prev = Hash32::from_bytes(r.fixed()?);
        let hlc = Hlc::from_u64(r.uint()?);
        let author = if r.null()? { None } else { Some(PersonId::from_bytes(r.fixed()?)) };
        let kind = EntryKind::from_code(r.uint()?);
        let payload_hash = Hash32::from_bytes(r.fixed()?);
        let extension = if left > 7 { r.bytes(limits::EXTENSION_BYTES)?.to_vec() } else { Vec::new() };
        r.end()?;
        let header = Self { log, seq, prev, hlc, author, kind, payload_hash, extension };
        if header.to_bytes() == bytes { Ok(header) } else { Err(Malformed::NotCanonical { what: WHAT }) }
    }

    pub fn hash(&self) -> Hash32 {
        Hash32::of(DOMAIN, &[&self.to_bytes()])
    }
}

/// One save, whole: its header, and a payload whose hash is the header's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    header: EntryHeader,
    hash: Hash32,
    payload: Vec<u8>,
}

/// Why an entry cannot be made, or is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryError {
    #[error("a payload of {found} bytes is over the limit of {limit}")]
    PayloadTooLarge { found: usize, limit: usize },
    #[error("log {log} has reached its last sequence number")]
    LogFull { log: LogId },
    #[error("the payload of entry {seq} of log {log} is not the one its header names")]
    PayloadMismatch { log: LogId, seq: u64 },
    #[error("entry {seq} of log {log} is not signed by its device")]
    BadSignature { log: LogId, seq: u64 },
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl Entry {
    /// The entry that follows `tip` in `log`.
    ///
    /// # Errors
    /// When the payload is larger than [`limits::PAYLOAD_BYTES`].
    pub fn after(
        log: LogId,
        tip: &Tip,
        hlc: Hlc,
        author: Option<PersonId>,
        kind: EntryKind,
        payload: Vec<u8>,
    ) -> Result<Self, EntryError> {
        Self::build(log, tip, hlc, author, kind, payload, Vec::new())
    }

    pub(crate) fn build(
        log: LogId,
        tip: &Tip,
        hlc: Hlc,
        author: Option<PersonId>,
        kind: EntryKind,
        payload: Vec<u8>,
        extension: Vec<u8>,
    ) -> Result<Self, EntryError> {
        check_payload(&payload)?;
        let seq = tip.seq.checked_add(1).ok_or(EntryError::LogFull { log })?;
        let payload_hash = Hash32::of(PAYLOAD_DOMAIN, &[&payload]);
        let header = EntryHeader { log, seq, prev: tip.hash, hlc, author, kind, payload_hash, extension };
        let hash = header.hash();
        Ok(Self { header, hash, payload })
    }

    /// An entry from its stored parts.
    ///
    /// # Errors
    /// When the payload is not the one the header names.
    pub fn from_parts(header: EntryHeader, payload: Vec<u8>) -> Result<Self, EntryError> {
        check_payload(&payload)?;
        if Hash32::of(PAYLOAD_DOMAIN, &[&payload]) != header.payload_hash {
            return Err(EntryError::PayloadMismatch { log: header.log, seq: header.seq });
        }
        let hash = header.hash();
        Ok(Self { header, hash, payload })
    }

    pub fn header(&self) -> &EntryHeader {
        &self.header
    }

    pub fn log(&self) -> LogId {
        self.header.log
    }

    pub fn seq(&self) -> u64 {
        self.header.seq
    }

    pub fn hash(&self) -> Hash32 {
        self.hash
    }

    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub fn tip(&self) -> Tip {
        Tip { seq: self.header.seq, hash: self.hash, hlc: self.header.hlc }
    }

    /// Signs the entry, as its device does when it commits it.
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(Domain::Entry, self.hash.as_bytes())
    }

    /// # Errors
    /// When `signature` is not the device's over this entry.
    pub fn verify(&self, key: &VerifyingKey, signature: &Signature) -> Result<(), EntryError> {
        if key.verifies(Domain::Entry, self.hash.as_bytes(), signature) {
            Ok(())
        } else {
            Err(EntryError::BadSignature { log: self.header.log, seq: self.header.seq })
        }
    }

    pub fn into_parts(self) -> (EntryHeader, Vec<u8>) {
        (self.header, self.payload)
    }
}

/// An entry as a store holds it: with the device's signature where that is known.
///
/// The device that wrote it has every signature. Another holds one where a run that it received ended; the hash chain
/// covers the entries before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    pub entry: Entry,
    pub signature: Option<Signature>,
}

fn check_payload(payload: &[u8]) -> Result<(), EntryError> {
    if payload.len() <= limits::PAYLOAD_BYTES {
        Ok(())
    } else {
        Err(EntryError::PayloadTooLarge { found: payload.len(), limit: limits::PAYLOAD_BYTES })
    }
}

#[cfg(test)]
pub(crate) mod tests;
