//! A scalar as bytes, for the journal: version, kind, content. **Frozen: stored.**

use chaski_values::{Scalar, Timestamp};

use crate::Result;
use crate::error::unreadable;

const VERSION: u8 = 1;

const NULL: u8 = 0;
const TEXT: u8 = 1;
const INT: u8 = 2;
const BOOL: u8 = 3;
const TIME: u8 = 4;
const BYTES: u8 = 5;

pub(crate) fn to_bytes(scalar: &Scalar) -> Vec<u8> {
    let with = |kind: u8, content: &[u8]| [&[VERSION, kind], content].concat();
    match scalar {
        Scalar::Null => with(NULL, &[]),
        Scalar::Text(text) => with(TEXT, text.as_bytes()),
        Scalar::Int(number) => with(INT, &number.to_le_bytes()),
        Scalar::Bool(truth) => with(BOOL, &[u8::from(*truth)]),
        Scalar::Time(moment) => with(TIME, &moment.millis().to_le_bytes()),
        Scalar::Bytes(bytes) => with(BYTES, bytes),
    }
}

pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Scalar> {
    read(bytes).ok_or_else(|| unreadable("scalar"))
}

fn read(bytes: &[u8]) -> Option<Scalar> {
    let (&[VERSION, kind], content) = bytes.split_first_chunk::<2>()? else { return None };
    let number = || content.try_into().ok().map(i64::from_le_bytes);
    Some(match kind {
        NULL if content.is_empty() => Scalar::Null,
        TEXT => Scalar::Text(std::str::from_utf8(content).ok()?.to_owned()),
        INT => Scalar::Int(number()?),
        BOOL if content == [0] => Scalar::Bool(false),
        BOOL if content == [1] => Scalar::Bool(true),
        TIME => Scalar::Time(Timestamp::from_millis(number()?).ok()?),
        BYTES => Scalar::Bytes(content.to_vec()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_keeps_its_bytes() {
        // Golden: stored in journals of tablets in the field.
        for (scalar, hex) in [
            (Scalar::Null, "0100"),
            (Scalar::text("sí"), "010173c3ad"),
            (Scalar::Int(-2), "0102feffffffffffffff"),
            (Scalar::Bool(true), "010301"),
            (Scalar::Time(Timestamp::from_millis(1).unwrap()), "01040100000000000000"),
            (Scalar::Bytes(vec![7, 0]), "01050700"),
        ] {
            let bytes = to_bytes(&scalar);
            assert_eq!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), hex);
            assert_eq!(from_bytes(&bytes).unwrap(), scalar);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(scalar) = from_bytes(&bytes) {
                prop_assert_eq!(to_bytes(&scalar), bytes);
            }
        }
    }
}
