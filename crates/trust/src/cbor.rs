//! Versioned, deterministic, bounded CBOR: how every frozen format of the product is written and read.
//!
//! Bytes from outside are first walked without building anything: shortest integers and lengths only, definite lengths,
//! bounded depth, nothing after the end, no tags or floats. What then reaches the derived decoders is small and plain.
//! Fields are numbered (`#[n(..)]`), never renumbered or reused; one that this version does not know is read past.

use minicbor::{Decode, Encode};
use thiserror::Error;

/// How deep arrays and maps may nest.
pub const MAX_DEPTH: usize = 16;

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CborError {
    #[error("{what} of {len} bytes is over its limit of {limit}")]
    TooLong { what: &'static str, len: usize, limit: usize },
    #[error("{what} of version {found} cannot be read: this app knows version {known}")]
    Version { what: &'static str, found: u64, known: u16 },
    #[error("{what} is malformed at byte {at}")]
    Malformed { what: &'static str, at: usize },
}

/// Encodes a value as it stands, without a version.
pub fn to_vec<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = minicbor::encode(value, &mut bytes);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    bytes
}

/// Encodes `[version, value]`.
pub fn to_versioned<T: Encode<()>>(version: u16, value: &T) -> Vec<u8> {
    to_vec(&(version, value))
}

/// Decodes one value that fills `bytes` exactly.
///
/// # Errors
/// When the bytes are over `limit`, not deterministic CBOR, or not this value.
pub fn from_slice<T: for<'b> Decode<'b, ()>>(what: &'static str, bytes: &[u8], limit: usize) -> Result<T, CborError> {
    check(what, bytes, limit)?;
    decode(what, bytes, 0)
}

/// Decodes `[version, value]` that fills `bytes` exactly.
///
/// # Errors
/// As [`from_slice`], or when the version is another one: it is looked at before the value, so newer bytes are named as such.
pub fn from_versioned<T: for<'b> Decode<'b, ()>>(
    what: &'static str,
    bytes: &[u8],
    known: u16,
    limit: usize,
) -> Result<T, CborError> {
    check(what, bytes, limit)?;
    let mut decoder = minicbor::Decoder::new(bytes);
    let malformed = |at| CborError::Malformed { what, at };
    match decoder.array() {
        Ok(Some(2)) => {}
        _ => return Err(malformed(0)),
    }
    let found = decoder.u64().map_err(|_| malformed(decoder.position()))?;
    if found != u64::from(known) {
        return Err(CborError::Version { what, found, known });
    }
    decode(what, bytes, decoder.position())
}

fn decode<T: for<'b> Decode<'b, ()>>(what: &'static str, bytes: &[u8], start: usize) -> Result<T, CborError> {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.set_position(start);
    // The decoder's own message may quote what it read, which may be a person's name: only the place is kept.
    let value = decoder.decode().map_err(|_| CborError::Malformed { what, at: decoder.position() })?;
    if decoder.position() == bytes.len() {
        Ok(value)
    } else {
        Err(CborError::Malformed { what, at: decoder.position() })
    }
}

/// Walks `bytes` without building anything: one item of deterministic CBOR, exactly filling them.
///
/// # Errors
/// When the bytes are over `limit` or are not that.
pub fn check(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), CborError> {
    if bytes.len() > limit {
        return Err(CborError::TooLong { what, len: bytes.len(), limit });
    }
    walk(bytes).map_err(|at| CborError::Malformed { what, at })
}

/// The error is the position of the first byte that is wrong.
fn walk(bytes: &[u8]) -> Result<(), usize> {
    let mut at = 0;
    // How many items each open array or map still lacks.
    let mut open: Vec<u64> = vec![1];
    while let Some(missing) = open.last_mut() {
        if *missing == 0 {
            open.pop();
            continue;
        }
        *missing -= 1;
        let start = at;
        let (major, argument, next) = head(bytes, at).ok_or(start)?;
        at = next;
        let left = (bytes.len() - at) as u64;
        match major {
            0 | 1 | 7 => {}
            2 | 3 => {
                let len = usize::try_from(argument).ok().filter(|_| argument <= left).ok_or(start)?;
                let end = at + len;
                if major == 3 && bytes.get(at..end).is_none_or(|text| std::str::from_utf8(text).is_err()) {
                    return Err(start);
                }
                at = end;
            }
            4 | 5 => {
                let items = if major == 4 { Some(argument) } else { argument.checked_mul(2) };
                // Each item takes a byte at least, so a count beyond the bytes left is refused before it is believed.
                let items = items.filter(|items| *items <= left && open.len() <= MAX_DEPTH).ok_or(start)?;
                open.push(items);
            }
            _ => return Err(start),
        }
    }
    if at == bytes.len() { Ok(()) } else { Err(at) }
}

/// The major type, its argument in shortest form, and where the next byte stands.
fn head(bytes: &[u8], at: usize) -> Option<(u8, u64, usize)> {
    let first = *bytes.get(at)?;
    let (major, short) = (first >> 5, first & 0x1f);
    let at = at + 1;
    if major == 7 {
        // false, true and null; no floats, no undefined, no other simple values.
        return matches!(short, 20..=22).then_some((major, 0, at));
    }
    let (len, least) = match short {
        0..=23 => return Some((major, u64::from(short), at)),
        24 => (1, 24),
        25 => (2, 1 << 8),
        26 => (4, 1 << 16),
        27 => (8, 1 << 32),
        _ => return None,
    };
    let argument = bytes.get(at..at + len)?.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    (argument >= least).then_some((major, argument, at + len))
}

/// For `#[cbor(with = "…")]`: a type of `values` that is written as its fixed bytes.
macro_rules! bytes_field {
    ($(#[$doc:meta])* $module:ident, $type:ty, $len:literal) => {
        $(#[$doc])*
        pub mod $module {
            use minicbor::decode::{Decoder, Error as DecodeError};
            use minicbor::encode::{Encoder, Error as EncodeError, Write};

            /// # Errors
            /// When the writer fails.
            pub fn encode<C, W: Write>(
                value: &$type,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), EncodeError<W::Error>> {
                e.bytes(value.as_bytes())?.ok()
            }

            /// # Errors
            /// When the bytes are not a byte string of this length.
            pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<$type, DecodeError> {
                let bytes: [u8; $len] =
                    d.bytes()?.try_into().map_err(|_| DecodeError::message(concat!("expected ", $len, " bytes")))?;
                Ok(<$type>::from_bytes(bytes))
            }
        }
    };
}

bytes_field!(
    /// A [`PersonId`](chaski_values::PersonId) as 16 bytes.
    person_id, chaski_values::PersonId, 16
);
bytes_field!(
    /// A [`DeviceId`](chaski_values::DeviceId) as 16 bytes.
    device_id, chaski_values::DeviceId, 16
);
bytes_field!(
    /// A [`RecordId`](chaski_values::RecordId) as 16 bytes.
    record_id, chaski_values::RecordId, 16
);
bytes_field!(
    /// A [`LogId`](chaski_values::LogId) as 16 bytes.
    log_id, chaski_values::LogId, 16
);
bytes_field!(
    /// A [`Hash32`](chaski_values::Hash32) as 32 bytes.
    hash32, chaski_values::Hash32, 32
);

/// For `#[cbor(with = "…")]`: a [`Timestamp`](chaski_values::Timestamp) as its milliseconds.
pub mod timestamp {
    use chaski_values::Timestamp;
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};

    /// # Errors
    /// When the writer fails.
    pub fn encode<C, W: Write>(value: &Timestamp, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.i64(value.millis())?.ok()
    }

    /// # Errors
    /// When the number is outside the years 0 to 9999.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Timestamp, DecodeError> {
        Timestamp::from_millis(d.i64()?).map_err(DecodeError::custom)
    }
}

/// For `#[cbor(with = "…")]`: a [`Partition`](chaski_values::Partition) as its text.
pub mod partition {
    use chaski_values::Partition;
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};

    /// # Errors
    /// When the writer fails.
    pub fn encode<C, W: Write>(value: &Partition, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&value.to_string())?.ok()
    }

    /// # Errors
    /// When the text names no partition.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Partition, DecodeError> {
        d.str()?.parse().map_err(DecodeError::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_bytes(bytes: &[u8], expected: Result<(), usize>) {
        assert_eq!(walk(bytes), expected, "{bytes:02x?}");
    }

    #[test]
    fn only_deterministic_cbor_passes() {
        check_bytes(&[0x00], Ok(()));
        check_bytes(&[0x82, 0x01, 0x41, 0xff], Ok(()));
        check_bytes(&[0xa1, 0x01, 0xf6], Ok(()));
        check_bytes(&[0x18, 0x18], Ok(()));
        for (bytes, at) in [
            (&[][..], 0),
            (&[0x18, 0x17], 0),                                   // 23 in two bytes
            (&[0x19, 0x00, 0xff], 0),                             // 255 in three bytes
            (&[0x00, 0x00], 1),                                   // something after the end
            (&[0x9f, 0xff], 0),                                   // indefinite
            (&[0x5f, 0xff], 0),                                   // indefinite bytes
            (&[0xc0, 0x00], 0),                                   // a tag
            (&[0xf9, 0x00, 0x00], 0),                             // a float
            (&[0xf7], 0),                                         // undefined
            (&[0x61, 0xff], 0),                                   // not UTF-8
            (&[0x42, 0x00], 0),                                   // cut
            (&[0x9b, 255, 255, 255, 255, 255, 255, 255, 255], 0), // a count that nothing backs
            (&[0xbb, 255, 255, 255, 255, 255, 255, 255, 255], 0),
        ] {
            check_bytes(bytes, Err(at));
        }
        check_bytes(&[vec![0x81; MAX_DEPTH], vec![0x00]].concat(), Ok(()));
        check_bytes(&[vec![0x81; MAX_DEPTH + 1], vec![0x00]].concat(), Err(MAX_DEPTH));
    }

    #[test]
    fn another_version_is_named_before_the_value_is_looked_at() {
        let bytes = to_versioned(2, &"anything");
        assert_eq!(
            from_versioned::<u8>("ticket", &bytes, 1, 100),
            Err(CborError::Version { what: "ticket", found: 2, known: 1 })
        );
        assert_eq!(from_versioned::<String>("ticket", &bytes, 2, 100), Ok("anything".to_owned()));
        assert!(from_versioned::<String>("ticket", &bytes, 2, 3).is_err());
    }

    proptest! {
        #[test]
        fn the_walk_survives_anything_and_agrees_with_the_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if walk(&bytes).is_ok() {
                let mut decoder = minicbor::Decoder::new(&bytes);
                prop_assert!(decoder.skip().is_ok());
                prop_assert_eq!(decoder.position(), bytes.len());
            }
        }
    }
}
