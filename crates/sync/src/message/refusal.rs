use thiserror::Error;

use super::VERSION;
use crate::cbor::{self, Malformed, Reader};
use crate::wire::Versions;

/// Why a hub does not take part in an exchange. A code, never a text: what a person reads is for the screen to say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("no protocol version in common: they speak {theirs:?}, this side {ours:?}")]
    Version { theirs: Versions, ours: Versions },
    #[error("the request was malformed")]
    Malformed,
    #[error("the request was over a limit")]
    TooLarge,
    #[error("the request was meant for another hub")]
    WrongHub,
    /// The hub does not know the device, or knows it by a certificate that has ended: it asks for the one it has.
    #[error("the hub needs the device's certificate")]
    CertificateNeeded,
    #[error("the device's certificate is not of this programme")]
    Uncertified,
    #[error("the device's certificate has ended")]
    CertificateExpired,
    #[error("the device was revoked")]
    Revoked,
    #[error("the request was not signed by the device it names")]
    BadSignature,
    #[error("the hub is busy; try again in {retry_after_seconds} s")]
    Busy { retry_after_seconds: u64 },
    /// It could not store or read: a full disk, a fault.
    #[error("the hub cannot serve at the moment")]
    Unavailable,
    #[error("the hub refused with code {0}, which this version does not know")]
    Unknown(u64),
}

impl Refusal {
    /// CBOR `[1, code, parameter]`. **Frozen: numbers on the wire.** [`Refusal::Version`] travels in the response's first
    /// bytes, which every version reads; here it stands for a number.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let (code, parameter) = match self {
            Self::Version { .. } => (1, 0),
            Self::Malformed => (2, 0),
            Self::TooLarge => (3, 0),
            Self::WrongHub => (4, 0),
            Self::CertificateNeeded => (5, 0),
            Self::Uncertified => (6, 0),
            Self::CertificateExpired => (7, 0),
            Self::Revoked => (8, 0),
            Self::BadSignature => (9, 0),
            Self::Busy { retry_after_seconds } => (10, *retry_after_seconds),
            Self::Unavailable => (11, 0),
            Self::Unknown(code) => (*code, 0),
        };
        cbor::write(|w| {
            w.array(3)?.u64(VERSION)?.u64(code)?.u64(parameter)?;
            Ok(())
        })
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new("refusal", bytes);
        let left = r.versioned(VERSION, 3)?;
        let (code, parameter) = (r.uint()?, r.uint()?);
        r.skip(left - 2)?;
        r.end()?;
        Ok(match code {
            2 => Self::Malformed,
            3 => Self::TooLarge,
            4 => Self::WrongHub,
            5 => Self::CertificateNeeded,
            6 => Self::Uncertified,
            7 => Self::CertificateExpired,
            8 => Self::Revoked,
            9 => Self::BadSignature,
            10 => Self::Busy { retry_after_seconds: parameter },
            11 => Self::Unavailable,
            other => Self::Unknown(other),
        })
    }

    /// The code by which screens and logs name it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "version",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::WrongHub => "wrong_hub",
            Self::CertificateNeeded => "certificate_needed",
            Self::Uncertified => "uncertified",
            Self::CertificateExpired => "certificate_expired",
            Self::Revoked => "revoked",
            Self::BadSignature => "bad_signature",
            Self::Busy { .. } => "busy",
            Self::Unavailable => "unavailable",
            Self::Unknown(_) => "unknown",
        }
    }
}
