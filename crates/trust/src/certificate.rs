//! Certificates: the programme root signs hubs and roster issuers; a hub signs devices.

use std::fmt;

use chaski_values::{DeviceId, Timestamp};
use minicbor::{Decode, Encode};

use crate::{Domain, Label, Scope, Statement, VerifyingKey, cbor};

/// The programme itself, signed by its own root key. Whoever knows the fingerprint can check it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ProgrammeRoot {
    #[n(0)]
    pub key: VerifyingKey,
    /// What people call the programme.
    #[n(1)]
    pub name: Label,
    #[cbor(n(2), with = "cbor::timestamp")]
    pub founded: Timestamp,
}

/// The first ten bytes of the hash of the programme's root key: in every ticket, and shown as 20 digits.
///
/// 80 bits, because only a second key with the same fingerprint would help a forger, never two keys of his own choice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 10]);

/// From when (inclusive) until when (exclusive) something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Validity {
    #[cbor(n(0), with = "cbor::timestamp")]
    pub from: Timestamp,
    #[cbor(n(1), with = "cbor::timestamp")]
    pub until: Timestamp,
}

/// The root's word that a key is a hub of the programme: it may certify devices and publish what is common.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HubCertificate {
    #[n(0)]
    pub key: VerifyingKey,
    #[n(1)]
    pub name: Label,
    /// SHA-256 of the SubjectPublicKeyInfo of the hub's TLS certificate: what a device pins.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub tls_spki_sha256: [u8; 32],
    #[n(3)]
    pub scope: Scope,
    #[n(4)]
    pub validity: Validity,
}

/// The root's word that a key may grant people their roles. The key is kept off the hub.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RosterCertificate {
    #[n(0)]
    pub key: VerifyingKey,
    #[n(1)]
    pub validity: Validity,
}

/// A hub's word that a key is one installation of the app.
///
/// It has an end and no beginning: a tablet's clock may be years behind, and what it wrote then is still its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DeviceCertificate {
    #[n(0)]
    pub key: VerifyingKey,
    /// The certifying hub.
    #[cbor(n(1), with = "cbor::device_id")]
    pub hub: DeviceId,
    #[n(2)]
    pub name: Label,
    #[n(3)]
    pub scope: Scope,
    #[cbor(n(4), with = "cbor::timestamp")]
    pub issued_at: Timestamp,
    #[cbor(n(5), with = "cbor::timestamp")]
    pub not_after: Timestamp,
}

impl ProgrammeRoot {
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.key)
    }
}

impl HubCertificate {
    /// The hub's id, as a device among devices.
    pub fn hub(&self) -> DeviceId {
        self.key.device_id()
    }
}

impl DeviceCertificate {
    /// 90 days: how long a device may be away from every hub and still have what it writes accepted without review.
    pub const LIFE_MILLIS: i64 = 90 * 24 * 60 * 60 * 1_000;

    pub fn device(&self) -> DeviceId {
        self.key.device_id()
    }
}

impl Validity {
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

impl Fingerprint {
    pub fn of(root: &VerifyingKey) -> Self {
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&root.hash().as_bytes()[..10]);
        Self(bytes)
    }

    pub const fn from_bytes(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    /// Five groups of four hexadecimal digits, for two people to compare aloud.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pair) in self.0.chunks(2).enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            pair.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl Statement for ProgrammeRoot {
    const NAME: &'static str = "programme root";
    const DOMAIN: Domain = Domain::ProgrammeRoot;
    const VERSION: u16 = 1;
    const MAX_BYTES: usize = 1024;
}

impl Statement for HubCertificate {
    const NAME: &'static str = "hub certificate";
    const DOMAIN: Domain = Domain::HubCertificate;
    const VERSION: u16 = 1;
}

impl Statement for RosterCertificate {
    const NAME: &'static str = "roster certificate";
    const DOMAIN: Domain = Domain::RosterCertificate;
    const VERSION: u16 = 1;
    const MAX_BYTES: usize = 1024;
}

impl Statement for DeviceCertificate {
    const NAME: &'static str = "device certificate";
    const DOMAIN: Domain = Domain::DeviceCertificate;
    const VERSION: u16 = 1;
}
