//! Numbers of variable length, seven bits a byte, least first, in their shortest form.

pub(crate) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The number at the start of `bytes`, and what follows it; nothing when it is cut off, too long or not shortest.
pub(crate) fn read(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * at as u32;
        if at == 9 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            let shortest = at == 0 || *byte != 0;
            return bytes.get(at + 1..).filter(|_| shortest).map(|rest| (value, rest));
        }
    }
    None
}

pub(crate) fn read_all(mut bytes: &[u8]) -> Option<Vec<u64>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let (value, rest) = read(bytes)?;
        values.push(value);
        bytes = rest;
    }
    Some(values)
}

/// Small distances either way become small numbers.
pub(crate) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_round_trip(values: Vec<u64>) {
            let mut out = Vec::new();
            values.iter().for_each(|value| write(&mut out, *value));
            prop_assert_eq!(read_all(&out), Some(values));
        }

        #[test]
        fn what_is_read_is_shortest(bytes: Vec<u8>) {
            if let Some(values) = read_all(&bytes) {
                let mut out = Vec::new();
                values.iter().for_each(|value| write(&mut out, *value));
                prop_assert_eq!(out, bytes);
            }
        }

        #[test]
        fn distances_round_trip(value: i64) {
            prop_assert_eq!(unzigzag(zigzag(value)), value);
        }
    }
}
