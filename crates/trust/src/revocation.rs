//! Revocations: what the programme takes back.

use chaski_values::{DeviceId, Hash32, PersonId, Timestamp};
use minicbor::{Decode, Encode};

use crate::{Domain, Statement, VerifyingKey, cbor};

/// Everything one signer has taken back, whole: a list with a higher epoch replaces the signer's earlier one.
///
/// Signed by the programme root or by a roster key, whose own certificate is anchored in the root. The two lists add up,
/// so that a roster key that was stolen cannot shut the root out by claiming the highest epoch. Only the root's list may
/// revoke keys of hubs and roster issuers.
///
/// A revoked device or person is refused whatever time it claims, since a claimed time is free to forge. What was admitted
/// before stays admitted; what comes later is quarantined, not dropped.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Revocations {
    #[n(0)]
    pub epoch: u64,
    #[cbor(n(1), with = "cbor::timestamp")]
    pub issued_at: Timestamp,
    #[n(2)]
    pub devices: Vec<RevokedDevice>,
    #[n(3)]
    pub people: Vec<RevokedPerson>,
    #[n(4)]
    pub grants: Vec<RevokedGrant>,
    #[n(5)]
    pub keys: Vec<RevokedKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RevokedDevice {
    #[cbor(n(0), with = "cbor::device_id")]
    pub device: DeviceId,
    #[cbor(n(1), with = "cbor::timestamp")]
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RevokedPerson {
    #[cbor(n(0), with = "cbor::person_id")]
    pub person: PersonId,
    #[cbor(n(1), with = "cbor::timestamp")]
    pub at: Timestamp,
}

/// One grant, by the hash of its statement.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RevokedGrant {
    #[cbor(n(0), with = "cbor::hash32")]
    pub grant: Hash32,
    #[cbor(n(1), with = "cbor::timestamp")]
    pub at: Timestamp,
}

/// The key of a hub or a roster issuer: all that it signed falls with it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RevokedKey {
    #[n(0)]
    pub key: VerifyingKey,
    #[cbor(n(1), with = "cbor::timestamp")]
    pub at: Timestamp,
}

impl Revocations {
    /// An empty list of the first epoch.
    pub fn none(issued_at: Timestamp) -> Self {
        Self { epoch: 1, issued_at, devices: vec![], people: vec![], grants: vec![], keys: vec![] }
    }
}

impl Statement for Revocations {
    const NAME: &'static str = "revocation list";
    const DOMAIN: Domain = Domain::Revocations;
    const VERSION: u16 = 1;
    const MAX_BYTES: usize = 1024 * 1024;
}
