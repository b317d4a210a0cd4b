//! Sealing a small piece of data under a key: a media file's own key, a hub's private file.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use chaski_values::Hash32;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::SealKey;

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    #[error("sealed bytes of version {0} cannot be opened by this app")]
    Version(u8),
    #[error("the sealed bytes are too short")]
    TooShort,
    /// A changed byte, another key and another context look alike, by design of the cipher.
    #[error("the sealed bytes were changed, or belong elsewhere")]
    DoesNotOpen,
}

const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Seals `plain`, so that it opens only with this key and in this context.
///
/// `purpose` is a constant tag such as `"chaski 2026 media key v1"`; `context` is what the piece belongs to, such as the
/// file's hash, and need not be stored with it. **Frozen:** a version byte (1), the nonce, then XChaCha20-Poly1305. Its
/// nonce of 24 bytes may be random however many pieces one key seals, which the shorter one's may not.
pub fn seal(key: &SealKey, nonce: [u8; NONCE], purpose: &str, context: &[&[u8]], plain: &[u8]) -> Vec<u8> {
    let bound = Hash32::of(purpose, context);
    let payload = Payload { msg: plain, aad: bound.as_bytes() };
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .expect("the cipher refuses only more bytes than fit in memory");
    let mut bytes = Vec::with_capacity(1 + NONCE + sealed.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    bytes
}

/// Opens what [`seal`] sealed. What it gives is wiped when dropped.
///
/// # Errors
/// When a byte, the key, the purpose or the context is another one.
pub fn open(key: &SealKey, purpose: &str, context: &[&[u8]], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (version, rest) = bytes.split_first().ok_or(SealError::TooShort)?;
    if *version != VERSION {
        return Err(SealError::Version(*version));
    }
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(SealError::TooShort)?;
    let bound = Hash32::of(purpose, context);
    let payload = Payload { msg: sealed, aad: bound.as_bytes() };
    let plain = cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::DoesNotOpen)?;
    Ok(Zeroizing::new(plain))
}

fn cipher(key: &SealKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key.expose()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PURPOSE: &str = "chaski 2026 test v1";

    fn key() -> SealKey {
        SealKey::from_bytes([1; 32])
    }

    #[test]
    fn what_is_sealed_opens_only_where_it_belongs() {
        let sealed = seal(&key(), [2; 24], PURPOSE, &[b"file 1"], b"hola");
        assert_eq!(*open(&key(), PURPOSE, &[b"file 1"], &sealed).unwrap(), b"hola");
        let refused = Err(SealError::DoesNotOpen);
        assert_eq!(open(&key(), PURPOSE, &[b"file 2"], &sealed), refused);
        assert_eq!(open(&key(), "chaski 2026 other v1", &[b"file 1"], &sealed), refused);
        assert_eq!(open(&SealKey::from_bytes([3; 32]), PURPOSE, &[b"file 1"], &sealed), refused);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 0x80;
            assert!(open(&key(), PURPOSE, &[b"file 1"], &changed).is_err(), "byte {index}");
        }
        for len in 0..sealed.len() {
            assert!(open(&key(), PURPOSE, &[b"file 1"], &sealed[..len]).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn the_format_is_frozen() {
        let sealed = seal(&key(), [2; 24], PURPOSE, &[b"file 1"], b"hola");
        let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        expect_test::expect![
            "01020202020202020202020202020202020202020202020202a4095a8ef2ede58d15254146fbe718eb4faa46ab"
        ]
        .assert_eq(&hex);
    }

    proptest! {
        #[test]
        fn anything_round_trips(plain in proptest::collection::vec(any::<u8>(), 0..200), nonce: [u8; 24]) {
            let sealed = seal(&key(), nonce, PURPOSE, &[], &plain);
            prop_assert_eq!(&*open(&key(), PURPOSE, &[], &sealed).unwrap(), &plain);
        }
    }
}
