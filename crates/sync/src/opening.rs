use chaski_trust::VerifyingKey;
use chaski_values::{DeviceId, Hash32, LogId, Partition};

use crate::cbor::{self, Malformed, Reader};
use crate::limits;

const WHAT: &str = "log opening";
const VERSION: u64 = 1;
const DOMAIN: &str = "chaski 2026 log opening v1";

/// What a log begins with: whose it is and which partition it serves.
///
/// A log's id is the start of its opening's hash, and its first entry is chained to that hash, so an opening needs no
/// signature of its own: whoever signs entries under it has the key it names. The incarnation is random and kept outside
/// the database and its backups, so that a restored tablet opens a new log instead of forking its old one.
///
/// CBOR `[1, device key, partition, incarnation]`. The bytes are kept as received, so what a newer version adds survives.
/// **Frozen: hashed.**
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOpening {
    device_key: VerifyingKey,
    partition: Partition,
    incarnation: [u8; 16],
    bytes: Vec<u8>,
}

impl LogOpening {
    pub fn new(device_key: VerifyingKey, partition: Partition, incarnation: [u8; 16]) -> Self {
        let bytes = cbor::write(|w| {
            w.array(4)?.u64(VERSION)?.bytes(device_key.as_bytes())?;
            w.str(&partition.to_string())?.bytes(&incarnation)?;
            Ok(())
        });
        Self { device_key, partition, incarnation, bytes }
    }

    /// # Errors
    /// When the bytes are no opening of a version this side reads.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(WHAT, bytes);
        r.within(bytes.len() as u64, limits::OPENING_BYTES)?;
        let left = r.versioned(VERSION, 4)?;
        let device_key = VerifyingKey::from_bytes(&r.fixed()?).map_err(|_| r.syntax())?;
        let partition = r.text(16)?.parse().map_err(|_| r.syntax())?;
        let incarnation = r.fixed()?;
        r.skip(left - 3)?;
        r.end()?;
        Ok(Self { device_key, partition, incarnation, bytes: bytes.to_vec() })
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The device that writes the log: its id follows from its key.
    pub fn device(&self) -> DeviceId {
        self.device_key.device_id()
    }

    pub fn device_key(&self) -> &VerifyingKey {
        &self.device_key
    }

    pub fn partition(&self) -> Partition {
        self.partition
    }

    pub fn incarnation(&self) -> &[u8; 16] {
        &self.incarnation
    }

    /// What the log's first entry names as the one before it.
    pub fn hash(&self) -> Hash32 {
        Hash32::of(DOMAIN, &[&self.bytes])
    }

    pub fn log(&self) -> LogId {
        LogId::from_bytes(self.hash().head())
    }
}
