//! Wrapping a person's keys under their PIN and the device's secret.
//!
//! No key derivation saves six digits: a million guesses take hours. What protects a stolen file is the device secret, which
//! the operating system's keystore holds; Argon2id makes guessing slow for whoever has that too.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use chaski_values::PersonId;
use hkdf::Hkdf;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::{Decode, Encode};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{DatabaseKey, DeviceSecret, Pin, SigningKey, cbor};

/// What a person's PIN unlocks.
#[derive(Debug, Clone)]
pub struct PersonKeys {
    pub database: DatabaseKey,
    pub user: SigningKey,
}

/// How much work one guess is. Never below the floor, whoever says so; never above what a tablet can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode)]
pub struct KdfParams {
    #[n(0)]
    memory_kib: u32,
    #[n(1)]
    passes: u32,
    #[n(2)]
    lanes: u32,
}

/// Random bytes for one wrapping, drawn anew each time from the system's random source.
#[derive(Debug, Clone, Copy)]
pub struct WrapEntropy {
    pub salt: [u8; 16],
    pub nonce: [u8; 12],
}

/// A person's keys, wrapped. **Frozen:** the key is HKDF-SHA-256 of Argon2id v1.3 of the PIN, salted with the device
/// secret; the cipher is ChaCha20-Poly1305, bound to the person and the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WrappedKeys {
    #[n(0)]
    params: KdfParams,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(2), with = "minicbor::bytes")]
    nonce: [u8; 12],
    #[cbor(n(3), with = "minicbor::bytes")]
    sealed: [u8; SEALED],
}

/// Two keys of 32 bytes and the cipher's tag.
const SEALED: usize = 32 + 32 + 16;

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KdfParamsError {
    #[error("{memory_kib} KiB and {passes} passes are below the floor of 19456 KiB and 2 passes")]
    TooWeak { memory_kib: u32, passes: u32 },
    #[error("{memory_kib} KiB, {passes} passes and {lanes} lanes are more than a tablet can do")]
    TooMuch { memory_kib: u32, passes: u32, lanes: u32 },
}

/// Why keys could not be wrapped or unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WrapError {
    /// A changed file, another device's secret and a wrong PIN look alike, by design of the cipher.
    #[error("the PIN is wrong, or the keys were wrapped elsewhere")]
    WrongPin,
    #[error("the device has no memory left to check a PIN")]
    OutOfMemory,
}

impl KdfParams {
    /// The least we accept: OWASP's recommendation for Argon2id.
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// What a device begins with.
    pub const DEFAULT: Self = Self { memory_kib: 32 * 1024, passes: 3, lanes: 1 };
    /// The most a file may ask for: a tablet has 2 GiB for everything.
    const CEILING: Self = Self { memory_kib: 256 * 1024, passes: 32, lanes: 4 };
    /// Between half a second and eight tenths.
    const TARGET_MILLIS: u128 = 650;

    /// # Errors
    /// When they are below the floor or above what a tablet can do.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KdfParamsError> {
        let (floor, ceiling) = (Self::FLOOR, Self::CEILING);
        if memory_kib < floor.memory_kib || passes < floor.passes || lanes < floor.lanes {
            Err(KdfParamsError::TooWeak { memory_kib, passes })
        } else if memory_kib > ceiling.memory_kib || passes > ceiling.passes || lanes > ceiling.lanes {
            Err(KdfParamsError::TooMuch { memory_kib, passes, lanes })
        } else {
            Ok(Self { memory_kib, passes, lanes })
        }
    }

    /// The parameters that take about 650 ms on a device where [`DEFAULT`](Self::DEFAULT) took this long.
    ///
    /// The time grows with memory times passes. Memory is raised first, up to 64 MiB, since it costs an attacker more.
    #[must_use]
    pub fn calibrated(default_took: Duration) -> Self {
        let default_work = u128::from(Self::DEFAULT.memory_kib * Self::DEFAULT.passes);
        let work = default_work * Self::TARGET_MILLIS / default_took.as_millis().max(1);
        let work = u32::try_from(work).unwrap_or(u32::MAX);
        let (memory_kib, passes) = match work {
            0..196_608 => {
                let passes = if work < 98_304 { 2 } else { 3 };
                ((work / passes).max(Self::FLOOR.memory_kib), passes)
            }
            _ => (64 * 1024, (work / (64 * 1024)).min(16)),
        };
        Self { memory_kib, passes, lanes: 1 }
    }

    /// Does the work of one guess with [`DEFAULT`](Self::DEFAULT), for a caller that has a clock to measure this device by.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn work_once() -> Result<(), WrapError> {
        Self::DEFAULT.derive(&Pin::nobodys(), &[0; 16]).map(drop)
    }

    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    pub const fn passes(&self) -> u32 {
        self.passes
    }

    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    fn derive(&self, pin: &Pin, salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, WrapError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .expect("checked parameters are within Argon2's own range");
        let mut output = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin.expose(), salt, &mut *output)
            .map_err(|_| WrapError::OutOfMemory)?;
        Ok(output)
    }
}

impl<'b, C> Decode<'b, C> for KdfParams {
    /// Checked as [`KdfParams::new`]: a file cannot ask for less work, nor for all the memory there is.
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(3) {
            return Err(DecodeError::message("parameters are three"));
        }
        Self::new(d.u32()?, d.u32()?, d.u32()?).map_err(DecodeError::custom)
    }
}

impl WrappedKeys {
    /// Wraps a person's keys. Takes as long as the parameters say: not on a thread that draws the screen.
    ///
    /// # Errors
    /// When there is no memory for the derivation.
    pub fn wrap(
        keys: &PersonKeys,
        person: PersonId,
        pin: &Pin,
        secret: &DeviceSecret,
        params: KdfParams,
        entropy: WrapEntropy,
    ) -> Result<Self, WrapError> {
        let WrapEntropy { salt, nonce } = entropy;
        let mut plain = Zeroizing::new([0; 64]);
        plain[..32].copy_from_slice(keys.database.expose());
        plain[32..].copy_from_slice(&*keys.user.to_seed());
        let cipher = cipher(params, pin, &salt, secret)?;
        let context = context(person, params);
        let payload = Payload { msg: &*plain, aad: &context };
        let sealed = cipher.encrypt(&Nonce::from(nonce), payload).ok().and_then(|sealed| sealed.try_into().ok());
        let sealed = sealed.expect("64 bytes are within what the cipher takes, and it adds a tag of 16");
        Ok(Self { params, salt, nonce, sealed })
    }

    /// Unwraps them again. Takes as long whether the PIN is right or wrong.
    ///
    /// # Errors
    /// When the PIN, the device's secret, the person or any byte is another one.
    pub fn unwrap(&self, person: PersonId, pin: &Pin, secret: &DeviceSecret) -> Result<PersonKeys, WrapError> {
        let cipher = cipher(self.params, pin, &self.salt, secret)?;
        let context = context(person, self.params);
        let payload = Payload { msg: &self.sealed, aad: &context };
        let plain = cipher.decrypt(&Nonce::from(self.nonce), payload).map_err(|_| WrapError::WrongPin)?;
        let plain = Zeroizing::new(plain);
        let (mut database, mut seed) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        for (target, byte) in database.iter_mut().chain(seed.iter_mut()).zip(plain.iter()) {
            *target = *byte;
        }
        Ok(PersonKeys { database: DatabaseKey::from_bytes(*database), user: SigningKey::from_seed(&seed) })
    }

    pub fn params(&self) -> KdfParams {
        self.params
    }
}

fn cipher(params: KdfParams, pin: &Pin, salt: &[u8; 16], secret: &DeviceSecret) -> Result<ChaCha20Poly1305, WrapError> {
    let stretched = params.derive(pin, salt)?;
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(secret.expose()), &*stretched)
        .expand(b"chaski 2026 pin wrapping v1", &mut *key)
        .expect("32 bytes are within what HKDF gives");
    Ok(ChaCha20Poly1305::new(&Key::from(*key)))
}

fn context(person: PersonId, params: KdfParams) -> Vec<u8> {
    cbor::to_vec(&("chaski 2026 wrapped keys v1", minicbor::bytes::ByteArray::from(*person.as_bytes()), params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> PersonId {
        PersonId::from_bytes([3; 16])
    }

    fn wrapped(params: KdfParams) -> WrappedKeys {
        let keys = PersonKeys { database: DatabaseKey::from_bytes([1; 32]), user: SigningKey::from_seed(&[2; 32]) };
        let entropy = WrapEntropy { salt: [4; 16], nonce: [5; 12] };
        let secret = DeviceSecret::from_bytes([6; 32]);
        WrappedKeys::wrap(&keys, person(), &Pin::chosen("482913").unwrap(), &secret, params, entropy).unwrap()
    }

    #[test]
    fn the_right_pin_on_the_right_device_opens_and_nothing_else_does() {
        let wrapped = wrapped(KdfParams::FLOOR);
        let (pin, secret) = (Pin::entered("482913").unwrap(), DeviceSecret::from_bytes([6; 32]));
        let keys = wrapped.unwrap(person(), &pin, &secret).unwrap();
        assert_eq!(keys.database, DatabaseKey::from_bytes([1; 32]));
        assert_eq!(*keys.user.to_seed(), [2; 32]);

        let wrong = |person, pin: &str, secret| {
            wrapped.unwrap(person, &Pin::entered(pin).unwrap(), &DeviceSecret::from_bytes(secret)).err()
        };
        assert_eq!(wrong(person(), "482914", [6; 32]), Some(WrapError::WrongPin));
        assert_eq!(wrong(person(), "482913", [7; 32]), Some(WrapError::WrongPin));
        assert_eq!(wrong(PersonId::from_bytes([9; 16]), "482913", [6; 32]), Some(WrapError::WrongPin));
        for byte in [0, 31, 32, 63, 79] {
            let mut changed = wrapped.clone();
            changed.sealed[byte] ^= 1;
            assert_eq!(changed.unwrap(person(), &pin, &secret).err(), Some(WrapError::WrongPin));
        }
        let shown = format!("{keys:?}");
        assert_eq!(shown, "PersonKeys { database: DatabaseKey(secret), user: SigningKey(secret) }");
    }

    #[test]
    fn the_format_is_frozen() {
        let hex: String = cbor::to_vec(&wrapped(KdfParams::FLOOR)).iter().map(|byte| format!("{byte:02x}")).collect();
        expect_test::expect!["8483194c00020150040404040404040404040404040404044c05050505050505050505050558509290e3664cef5f64e4d65f40d62863f0b8303c2f356b5021e416b780d8381cbc8adf9fc2dfd99eddc8fea7050b65a2cc607fcf19ca481a02aab5a2011cbcd8508fa6fd8a6b6fb29c9a979cc5789cef8d"].assert_eq(&hex);
    }

    #[test]
    fn a_file_asks_for_neither_less_nor_too_much() {
        for (memory_kib, passes, lanes, accepted) in [
            (19 * 1024, 2, 1, true),
            (19 * 1024 - 1, 2, 1, false),
            (19 * 1024, 1, 1, false),
            (19 * 1024, 2, 0, false),
            (256 * 1024, 32, 4, true),
            (256 * 1024 + 1, 2, 1, false),
            (32 * 1024, 33, 1, false),
            (32 * 1024, 3, 5, false),
        ] {
            let bytes = cbor::to_vec(&(memory_kib, passes, lanes));
            assert_eq!(cbor::from_slice::<KdfParams>("params", &bytes, 100).is_ok(), accepted, "{memory_kib} {passes}");
        }
    }

    #[test]
    fn calibration_aims_at_650_ms_within_the_bounds() {
        for (took, expected) in [
            (650, (32 * 1024, 3)),
            (500, (42_598, 3)),
            (325, (64 * 1024, 3)),
            (60, (64 * 1024, 16)),
            (900, (35_498, 2)),
            (5_000, (19 * 1024, 2)),
            (0, (64 * 1024, 16)),
        ] {
            let params = KdfParams::calibrated(Duration::from_millis(took));
            assert_eq!((params.memory_kib(), params.passes()), expected, "{took} ms");
            assert_eq!(KdfParams::new(params.memory_kib, params.passes, params.lanes), Ok(params));
        }
    }
}
