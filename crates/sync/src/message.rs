//! The parts of an exchange that are not frames. **Frozen: version 1 of the protocol.** All are CBOR arrays whose first
//! field is their version; fields after the known ones are a newer side's and are skipped.

mod problem;
mod refusal;

use std::collections::BTreeMap;

use chaski_trust::{DeviceCertificate, Domain, Signature, Signed, SigningKey, VerifyingKey};
use chaski_values::{DeviceId, Hash32, LogId, Partition, Timestamp};

use crate::cbor::{self, Malformed, Reader};
use crate::{Head, LogOpening, Vector, limits};

pub use problem::{Problem, ProblemCode};
pub use refusal::Refusal;

pub(crate) use problem::note;
use problem::{read_problems, write_problems};

const VERSION: u64 = 1;

/// How a device begins: who it is, and what it holds of each partition that it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello {
    /// Who is meant: a hello captured by one hub is worth nothing at another.
    pub(crate) hub: DeviceId,
    pub(crate) device: DeviceId,
    pub(crate) nonce: [u8; 16],
    /// The device's clock: a claim, for the hub's log alone.
    pub(crate) time: Timestamp,
    pub(crate) vector: Vector,
    /// Sent at the first meeting, and when the hub asks for it.
    pub(crate) certificate: Option<Signed<DeviceCertificate>>,
}

impl Hello {
    /// CBOR `[hello bytes, signature]`.
    pub(crate) fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let bytes = cbor::write(|w| {
            w.array(7)?.u64(VERSION)?.bytes(self.hub.as_bytes())?.bytes(self.device.as_bytes())?;
            w.bytes(&self.nonce)?.i64(self.time.millis())?;
            self.vector.write(w)?;
            match &self.certificate {
                Some(certificate) => w.bytes(&certificate.to_bytes())?,
                None => w.null()?,
            };
            Ok(())
        });
        let signature = key.sign(Domain::SyncRequest, &bytes);
        cbor::write(|w| {
            w.array(2)?.bytes(&bytes)?.bytes(signature.as_bytes())?;
            Ok(())
        })
    }
}

/// A hello as it was received, its signature not yet checked: whose key to check it with, it says itself.
#[derive(Debug)]
pub(crate) struct SignedHello {
    bytes: Vec<u8>,
    signature: Signature,
    pub(crate) hello: Hello,
}

impl SignedHello {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new("hello", bytes);
        let fields = r.array(8)?;
        if fields < 2 {
            return Err(r.syntax());
        }
        let signed = r.bytes(limits::GREETING_BYTES)?;
        let signature = Signature::from_bytes(r.fixed()?);
        r.skip(fields - 2)?;
        r.end()?;
        let mut r = Reader::new("hello", signed);
        let left = r.versioned(VERSION, 7)?;
        let hello = Hello {
            hub: DeviceId::from_bytes(r.fixed()?),
            device: DeviceId::from_bytes(r.fixed()?),
            nonce: r.fixed()?,
            time: r.time()?,
            vector: Vector::read(&mut r)?,
            certificate: read_certificate(&mut r)?,
        };
        r.skip(left - 6)?;
        r.end()?;
        Ok(Self { bytes: signed.to_vec(), signature, hello })
    }

    pub(crate) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        key.verifies(Domain::SyncRequest, &self.bytes, &self.signature)
    }
}

fn read_certificate(r: &mut Reader<'_>) -> Result<Option<Signed<DeviceCertificate>>, Malformed> {
    if r.null()? {
        return Ok(None);
    }
    let bytes = r.bytes(limits::CERTIFICATE_BYTES)?;
    Signed::from_bytes(bytes).map(Some).map_err(|_| r.syntax())
}

/// A log that the other side has not met: its opening, and the certificate of its device. A hub's own log needs none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    pub opening: LogOpening,
    pub certificate: Option<Signed<DeviceCertificate>>,
}

impl Introduction {
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::write(|w| {
            w.array(3)?.u64(VERSION)?.bytes(self.opening.as_bytes())?;
            match &self.certificate {
                Some(certificate) => w.bytes(&certificate.to_bytes())?,
                None => w.null()?,
            };
            Ok(())
        })
    }

    /// # Errors
    /// When the bytes are no introduction of a version this side reads.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new("introduction", bytes);
        let left = r.versioned(VERSION, 3)?;
        let opening = LogOpening::from_bytes(r.bytes(limits::OPENING_BYTES)?)?;
        let certificate = read_certificate(&mut r)?;
        r.skip(left - 2)?;
        r.end()?;
        Ok(Self { opening, certificate })
    }
}

/// How a hub answers: when, what it holds, and its signed word for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Welcome {
    /// The hub's clock.
    pub(crate) time: Timestamp,
    /// Where the hub's vector, after what it just took in, differs from the one in the hello.
    pub(crate) differences: BTreeMap<Partition, BTreeMap<LogId, Option<Head>>>,
    /// Partitions of the hello that the device may not have.
    pub(crate) denied: BTreeMap<Partition, Denied>,
    /// What of the request was not taken.
    pub(crate) problems: Vec<Problem>,
    /// Entries that the hub has for the device, in this response and those to follow.
    pub(crate) entries: u64,
}

impl Welcome {
    /// CBOR `[welcome bytes, signature of the acknowledgement]`.
    pub(crate) fn to_bytes(&self, sign: impl FnOnce(Hash32) -> Signature) -> Vec<u8> {
        let bytes = cbor::write(|w| {
            w.array(6)?.u64(VERSION)?.i64(self.time.millis())?;
            w.array(self.differences.len() as u64 * 2)?;
            for (partition, difference) in &self.differences {
                w.str(&partition.to_string())?.array(difference.len() as u64 * 3)?;
                for (log, head) in difference {
                    w.bytes(log.as_bytes())?.u64(head.map_or(0, |head| head.seq))?;
                    match head {
                        Some(head) => w.bytes(&head.hash)?,
                        None => w.null()?,
                    };
                }
            }
            w.array(self.denied.len() as u64 * 2)?;
            for (partition, denied) in &self.denied {
                w.str(&partition.to_string())?.u64(denied.code())?;
            }
            write_problems(w, &self.problems)?;
            w.u64(self.entries)?;
            Ok(())
        });
        let signature = sign(Self::hash(&bytes));
        cbor::write(|w| {
            w.array(2)?.bytes(&bytes)?.bytes(signature.as_bytes())?;
            Ok(())
        })
    }

    /// The welcome, its hash, and the signature to check both by.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<(Self, Hash32, Signature), Malformed> {
        let mut r = Reader::new("welcome", bytes);
        let fields = r.array(8)?;
        if fields < 2 {
            return Err(r.syntax());
        }
        let signed = r.bytes(limits::GREETING_BYTES)?;
        let signature = Signature::from_bytes(r.fixed()?);
        r.skip(fields - 2)?;
        r.end()?;
        let mut r = Reader::new("welcome", signed);
        let left = r.versioned(VERSION, 6)?;
        let time = r.time()?;
        let differences = read_differences(&mut r)?;
        let denied = (0..r.array(limits::PARTITIONS * 2)? / 2)
            .map(|_| {
                let partition = r.text(16)?.parse().map_err(|_| r.syntax())?;
                Ok((partition, Denied::from_code(r.uint()?)))
            })
            .collect::<Result<_, Malformed>>()?;
        let problems = read_problems(&mut r)?;
        let entries = r.uint()?;
        r.skip(left - 5)?;
        r.end()?;
        Ok((Self { time, differences, denied, problems, entries }, Self::hash(signed), signature))
    }

    fn hash(bytes: &[u8]) -> Hash32 {
        Hash32::of("chaski 2026 welcome v1", &[bytes])
    }
}

fn read_differences(r: &mut Reader<'_>) -> Result<BTreeMap<Partition, BTreeMap<LogId, Option<Head>>>, Malformed> {
    let mut differences = BTreeMap::new();
    let items = r.array(limits::PARTITIONS * 2)?;
    for _ in 0..items / 2 {
        let partition: Partition = r.text(16)?.parse().map_err(|_| r.syntax())?;
        let mut difference = BTreeMap::new();
        let items = r.array(limits::LOGS_PER_PARTITION * 6)?;
        for _ in 0..items / 3 {
            let log = LogId::from_bytes(r.fixed()?);
            let seq = r.uint()?;
            let head = if r.null()? { None } else { Some(Head { seq, hash: r.fixed()? }) };
            if head.is_none() != (seq == 0) {
                return Err(r.syntax());
            }
            difference.insert(log, head);
        }
        if !items.is_multiple_of(3) || differences.insert(partition, difference).is_some() {
            return Err(r.syntax());
        }
    }
    if items.is_multiple_of(2) { Ok(differences) } else { Err(r.syntax()) }
}

/// What a device may not do with a partition that it named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// It is not given entries; what it wrote there in its time is still taken.
    Receiving,
    Everything,
}

impl Denied {
    const fn code(self) -> u64 {
        match self {
            Self::Receiving => 1,
            Self::Everything => 2,
        }
    }

    /// A code of a newer version denies everything: the careful reading.
    const fn from_code(code: u64) -> Self {
        match code {
            1 => Self::Receiving,
            _ => Self::Everything,
        }
    }
}

/// What a hub's signature under a welcome means: at this time it held, durably, what this vector says.
///
/// It names everything by hash, so that it can be kept, shown and checked by anybody who has the vector. **Frozen: signed.**
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    pub hub: DeviceId,
    pub device: DeviceId,
    /// The device's own, of this one exchange.
    pub nonce: [u8; 16],
    pub time: Timestamp,
    /// [`crate::PartitionVector::hash`] of each partition the hub spoke of.
    pub vectors: BTreeMap<Partition, Hash32>,
    /// Of all that the hub said with it.
    pub welcome: Hash32,
}

impl Acknowledgement {
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::write(|w| {
            w.array(7)?.u64(VERSION)?.bytes(self.hub.as_bytes())?.bytes(self.device.as_bytes())?;
            w.bytes(&self.nonce)?.i64(self.time.millis())?.array(self.vectors.len() as u64 * 2)?;
            for (partition, hash) in &self.vectors {
                w.str(&partition.to_string())?.bytes(hash.as_bytes())?;
            }
            w.bytes(self.welcome.as_bytes())?;
            Ok(())
        })
    }

    pub(crate) fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(Domain::Acknowledgement, &self.to_bytes())
    }

    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyingKey, signature: &Signature) -> bool {
        key.verifies(Domain::Acknowledgement, &self.to_bytes(), signature)
    }
}

/// How a side ends its half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) rest: Rest,
    pub(crate) problems: Vec<Problem>,
}

/// Whether a side had more to send than one exchange allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Nothing,
    More,
}

impl End {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        cbor::write(|w| {
            w.array(3)?.u64(VERSION)?.bool(self.rest == Rest::More)?;
            write_problems(w, &self.problems)
        })
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new("end", bytes);
        let left = r.versioned(VERSION, 3)?;
        let rest = if r.bool()? { Rest::More } else { Rest::Nothing };
        let problems = read_problems(&mut r)?;
        r.skip(left - 2)?;
        r.end()?;
        Ok(Self { rest, problems })
    }
}

#[cfg(test)]
mod tests;
