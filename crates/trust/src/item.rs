//! One item of the roster, as it is stored and carried.

use chaski_values::Hash32;
use minicbor::data::Type;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use crate::{
    Binding, CborError, DeviceCertificate, Grant, HubCertificate, ProgrammeRoot, Revocations, RosterCertificate,
    Signed, Statement, TrustError, cbor,
};

/// One signed statement that a [`Roster`](crate::Roster) is made of. **Frozen:** `[kind, bytes]`, the bytes being the signed
/// statement's.
///
/// A hub stores and passes on items without having to trust them; an item of a kind that this version does not know is
/// kept and passed on as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterItem {
    Root(Signed<ProgrammeRoot>),
    Hub(Signed<HubCertificate>),
    Issuer(Signed<RosterCertificate>),
    Device(Signed<DeviceCertificate>),
    Grant(Signed<Grant>),
    Binding(Signed<Binding>),
    Revocations(Signed<Revocations>),
    /// From a later version.
    Unknown {
        kind: u16,
        bytes: Vec<u8>,
    },
}

const ROOT: u16 = 1;
const HUB: u16 = 2;
const ISSUER: u16 = 3;
const DEVICE: u16 = 4;
const GRANT: u16 = 5;
const BINDING: u16 = 6;
const REVOCATIONS: u16 = 7;

impl RosterItem {
    /// The most bytes an item may take: a full list of revocations and its envelope.
    pub const MAX_BYTES: usize = Revocations::MAX_BYTES + 256;

    pub const fn kind(&self) -> u16 {
        match self {
            Self::Root(_) => ROOT,
            Self::Hub(_) => HUB,
            Self::Issuer(_) => ISSUER,
            Self::Device(_) => DEVICE,
            Self::Grant(_) => GRANT,
            Self::Binding(_) => BINDING,
            Self::Revocations(_) => REVOCATIONS,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// The bytes of the signed statement inside.
    pub fn statement_bytes(&self) -> Vec<u8> {
        match self {
            Self::Root(signed) => signed.to_bytes(),
            Self::Hub(signed) => signed.to_bytes(),
            Self::Issuer(signed) => signed.to_bytes(),
            Self::Device(signed) => signed.to_bytes(),
            Self::Grant(signed) => signed.to_bytes(),
            Self::Binding(signed) => signed.to_bytes(),
            Self::Revocations(signed) => signed.to_bytes(),
            Self::Unknown { bytes, .. } => bytes.clone(),
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// # Errors
    /// When the bytes are malformed, over their limit, or a known kind of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TrustError> {
        const WHAT: &str = "roster item";
        cbor::check(WHAT, bytes, Self::MAX_BYTES)?;
        let mut decoder = Decoder::new(bytes);
        let (kind, inner) =
            parts(&mut decoder).map_err(|_| CborError::Malformed { what: WHAT, at: decoder.position() })?;
        Self::of(kind, inner)
    }

    fn of(kind: u16, bytes: &[u8]) -> Result<Self, TrustError> {
        Ok(match kind {
            ROOT => Self::Root(Signed::from_bytes(bytes)?),
            HUB => Self::Hub(Signed::from_bytes(bytes)?),
            ISSUER => Self::Issuer(Signed::from_bytes(bytes)?),
            DEVICE => Self::Device(Signed::from_bytes(bytes)?),
            GRANT => Self::Grant(Signed::from_bytes(bytes)?),
            BINDING => Self::Binding(Signed::from_bytes(bytes)?),
            REVOCATIONS => Self::Revocations(Signed::from_bytes(bytes)?),
            kind => Self::Unknown { kind, bytes: bytes.to_vec() },
        })
    }

    /// The item's identity: the hash of its bytes, signature and all.
    pub fn id(&self) -> Hash32 {
        Hash32::of("chaski 2026 roster item v1", &[&self.to_bytes()])
    }
}

fn parts<'b>(d: &mut Decoder<'b>) -> Result<(u16, &'b [u8]), DecodeError> {
    match d.array()? {
        Some(2) => Ok((d.u16()?, d.bytes()?)),
        _ => Err(DecodeError::type_mismatch(Type::Array)),
    }
}

impl<C> Encode<C> for RosterItem {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?.u16(self.kind())?.bytes(&self.statement_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for RosterItem {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let (kind, bytes) = parts(d)?;
        Self::of(kind, bytes).map_err(DecodeError::custom)
    }
}

macro_rules! from_signed {
    ($($variant:ident($statement:ty)),*) => {
        $(impl From<Signed<$statement>> for RosterItem {
            fn from(signed: Signed<$statement>) -> Self {
                Self::$variant(signed)
            }
        })*
    };
}

from_signed!(
    Root(ProgrammeRoot),
    Hub(HubCertificate),
    Issuer(RosterCertificate),
    Device(DeviceCertificate),
    Grant(Grant),
    Binding(Binding),
    Revocations(Revocations)
);
