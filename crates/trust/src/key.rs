//! Ed25519 keys. Verification is always strict: a weak key or a malleable signature is refused everywhere alike, so two
//! replicas never disagree about a signature.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use chaski_values::{DeviceId, Hash32};
use ed25519_dalek::Signer;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::Domain;

/// A secret key. It is wiped from memory when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A public key: 32 bytes, known to be a point that is not weak. `Debug` shows only its fingerprint.
#[derive(Clone, Copy)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

/// An Ed25519 signature, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

/// Why bytes are not a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("{0} bytes are not an Ed25519 public key of 32 bytes")]
    Length(usize),
    #[error("the bytes are not an Ed25519 public key that can be trusted")]
    NotAKey,
}

impl SigningKey {
    /// The key of 32 secret random bytes. Callers draw them from the system's random source, once.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The 32 secret bytes, to be wrapped and stored.
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs `bytes` for one purpose. Deterministic: the same bytes give the same signature.
    pub fn sign(&self, domain: Domain, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(&domain.message(bytes)).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

impl VerifyingKey {
    /// # Errors
    /// When the bytes are not a point of the curve, or are one of the weak points for which anybody can forge.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAKey)?;
        if key.is_weak() { Err(KeyError::NotAKey) } else { Ok(Self(key)) }
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether this key signed `bytes` for this purpose.
    #[must_use]
    pub fn verifies(&self, domain: Domain, bytes: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(&domain.message(bytes), &signature).is_ok()
    }

    /// The id of the device or hub that holds this key: the first 16 bytes of the key's hash.
    ///
    /// The id is derived, never chosen, so that a captured hub cannot certify a key of its own under another's id.
    pub fn device_id(&self) -> DeviceId {
        DeviceId::from_bytes(self.hash().head())
    }

    /// **Frozen**: programme fingerprints and device ids are cut from it.
    pub(crate) fn hash(&self) -> Hash32 {
        Hash32::of("chaski 2026 verifying key v1", &[self.as_bytes()])
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.hash().to_string();
        write!(f, "VerifyingKey(#{})", hash.get(..12).unwrap_or_default())
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for VerifyingKey {}

impl PartialOrd for VerifyingKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VerifyingKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for VerifyingKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl TryFrom<&[u8]> for VerifyingKey {
    type Error = KeyError;

    fn try_from(bytes: &[u8]) -> Result<Self, KeyError> {
        let fixed: &[u8; 32] = bytes.try_into().map_err(|_| KeyError::Length(bytes.len()))?;
        Self::from_bytes(fixed)
    }
}

impl<C> Encode<C> for VerifyingKey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for VerifyingKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Self::try_from(d.bytes()?).map_err(DecodeError::custom)
    }
}

impl Signature {
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Signature({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

impl<C> Encode<C> for Signature {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Signature {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let bytes = d.bytes()?;
        bytes.try_into().map(Self).map_err(|_| DecodeError::message("a signature has 64 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_domain_and_bytes_only() {
        let key = SigningKey::from_seed(&[1; 32]);
        let other = SigningKey::from_seed(&[2; 32]);
        let signature = key.sign(Domain::Entry, b"hola");
        assert!(key.verifying_key().verifies(Domain::Entry, b"hola", &signature));
        assert!(!key.verifying_key().verifies(Domain::Grant, b"hola", &signature));
        assert!(!key.verifying_key().verifies(Domain::Entry, b"holb", &signature));
        assert!(!other.verifying_key().verifies(Domain::Entry, b"hola", &signature));
        for index in 0..64 {
            let mut bytes = *signature.as_bytes();
            bytes[index] ^= 1;
            assert!(!key.verifying_key().verifies(Domain::Entry, b"hola", &Signature::from_bytes(bytes)));
        }
    }

    #[test]
    fn a_weak_key_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(VerifyingKey::from_bytes(&identity), Err(KeyError::NotAKey));
        assert_eq!(VerifyingKey::from_bytes(&[0; 32]), Err(KeyError::NotAKey));
        assert_eq!(VerifyingKey::try_from(&[0_u8; 31][..]), Err(KeyError::Length(31)));
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SigningKey::from_seed(&[0xab; 32]);
        assert_eq!(format!("{key:?}"), "SigningKey(secret)");
        let shown = format!("{:?}", key.verifying_key());
        assert_eq!(shown.len(), "VerifyingKey(#)".len() + 12);
    }
}
