//! A signed statement: bytes kept exactly as they were received, what they say, and who has to have signed them.

use std::fmt;

use chaski_values::Hash32;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{CborError, Domain, Signature, SigningKey, VerifyingKey, cbor};

/// Something that is signed: one domain, one version, one limit.
pub trait Statement: Encode<()> + for<'b> Decode<'b, ()> {
    /// What it is called in errors, such as `grant`.
    const NAME: &'static str;
    const DOMAIN: Domain;
    const VERSION: u16;
    /// The most bytes it may take.
    const MAX_BYTES: usize = 64 * 1024;
}

/// A statement with its signature. **Frozen:** `[1, bytes, signature]`, where `bytes` is the CBOR of `[version, statement]`.
///
/// Reading one checks its shape, not its signature: what it says is reached through [`verify`](Self::verify), or, knowingly
/// unverified, through [`claims`](Self::claims). The bytes are kept as received, so fields that this version does not know
/// still verify and are passed on whole.
#[derive(Clone)]
pub struct Signed<T> {
    payload: Vec<u8>,
    signature: Signature,
    value: T,
}

/// Why a signed statement is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrustError {
    #[error(transparent)]
    Cbor(#[from] CborError),
    #[error("the {0} was not signed by the key that should have")]
    WrongSigner(&'static str),
}

/// The version of the envelope, not of what it holds.
const ENVELOPE: u16 = 1;

impl<T: Statement> Signed<T> {
    /// Signs a statement. Deterministic: the same statement and key give the same bytes.
    pub fn sign(value: T, key: &SigningKey) -> Self {
        let payload = cbor::to_versioned(T::VERSION, &value);
        let signature = key.sign(T::DOMAIN, &payload);
        Self { payload, signature, value }
    }

    /// Reads a statement without verifying it.
    ///
    /// # Errors
    /// When the bytes are over the statement's limit, of another version, or malformed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TrustError> {
        // The envelope adds its own few bytes, the signature and the payload's length to what the payload may take.
        let envelope: Envelope = cbor::from_slice(T::NAME, bytes, T::MAX_BYTES + 128)?;
        Self::open(envelope)
    }

    fn open(envelope: Envelope) -> Result<Self, TrustError> {
        if envelope.version != ENVELOPE {
            let found = u64::from(envelope.version);
            return Err(CborError::Version { what: T::NAME, found, known: ENVELOPE }.into());
        }
        let value = cbor::from_versioned(T::NAME, &envelope.payload, T::VERSION, T::MAX_BYTES)?;
        Ok(Self { payload: envelope.payload, signature: envelope.signature, value })
    }

    /// What the statement says, if `key` signed it.
    ///
    /// # Errors
    /// When another key signed it, or the bytes were changed.
    pub fn verify(&self, key: &VerifyingKey) -> Result<&T, TrustError> {
        if key.verifies(T::DOMAIN, &self.payload, &self.signature) {
            Ok(&self.value)
        } else {
            Err(TrustError::WrongSigner(T::NAME))
        }
    }

    /// What the statement claims, unverified: to find the key that has to have signed it.
    pub fn claims(&self) -> &T {
        &self.value
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// The statement's identity: the hash of its domain and bytes, without the signature. **Frozen.**
    pub fn hash(&self) -> Hash32 {
        Hash32::of("chaski 2026 statement v1", &[T::DOMAIN.tag().as_bytes(), &self.payload])
    }
}

impl<T> Signed<T> {
    /// The bytes under the signature.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl<T> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.payload == other.payload && self.signature == other.signature
    }
}

impl<T> Eq for Signed<T> {}

impl<T: fmt::Debug> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signed").field(&self.value).finish()
    }
}

#[derive(Decode)]
struct Envelope {
    #[n(0)]
    version: u16,
    #[cbor(n(1), with = "minicbor::bytes")]
    payload: Vec<u8>,
    #[n(2)]
    signature: Signature,
}

impl<C, T> Encode<C> for Signed<T> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.u16(ENVELOPE)?.bytes(&self.payload)?;
        self.signature.encode(e, ctx)
    }
}

impl<'b, C, T: Statement> Decode<'b, C> for Signed<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        Self::open(Envelope::decode(d, ctx)?).map_err(DecodeError::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
    struct Note {
        #[n(0)]
        text: String,
    }

    impl Statement for Note {
        const NAME: &'static str = "note";
        const DOMAIN: Domain = Domain::Bundle;
        const VERSION: u16 = 1;
        const MAX_BYTES: usize = 64;
    }

    /// The same note, as a later version of the app writes it.
    #[derive(Debug, Clone, Encode, Decode)]
    struct LongerNote {
        #[n(0)]
        text: String,
        #[n(1)]
        mood: u8,
    }

    impl Statement for LongerNote {
        const NAME: &'static str = "note";
        const DOMAIN: Domain = Domain::Bundle;
        const VERSION: u16 = 1;
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    #[test]
    fn a_statement_round_trips() {
        let signed = Signed::sign(Note { text: "allin".into() }, &key());
        let read = Signed::<Note>::from_bytes(&signed.to_bytes()).unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.verify(&key().verifying_key()).unwrap().text, "allin");
    }

    #[test]
    fn an_unknown_field_survives() {
        let newer = Signed::sign(LongerNote { text: "allin".into(), mood: 3 }, &key());
        let read = Signed::<Note>::from_bytes(&newer.to_bytes()).unwrap();
        assert_eq!(read.verify(&key().verifying_key()).unwrap().text, "allin");
        assert_eq!(read.to_bytes(), newer.to_bytes());
        assert_eq!(read.hash(), newer.hash());
    }

    #[test]
    fn no_changed_byte_is_accepted() {
        let bytes = Signed::sign(Note { text: "allin".into() }, &key()).to_bytes();
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[index] ^= 1 << bit;
                let accepted = Signed::<Note>::from_bytes(&changed)
                    .is_ok_and(|signed| signed.verify(&key().verifying_key()).is_ok());
                assert!(!accepted, "byte {index} bit {bit}");
            }
        }
    }

    #[test]
    fn a_statement_over_its_limit_is_refused() {
        let signed = Signed::sign(Note { text: "x".repeat(80) }, &key());
        assert!(matches!(
            Signed::<Note>::from_bytes(&signed.to_bytes()),
            Err(TrustError::Cbor(CborError::TooLong { len: 85, limit: 64, .. }))
        ));
    }
}
