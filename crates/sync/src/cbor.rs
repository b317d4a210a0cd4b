//! Reading and writing deterministic CBOR: definite lengths, shortest integers, fields by position in an array.
//!
//! A reader takes the fields it knows from the front of an array and skips what a newer version put after them.

use std::convert::Infallible;

use chaski_values::Timestamp;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use thiserror::Error;

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Malformed {
    #[error("{what} is not well formed")]
    Syntax { what: &'static str },
    #[error("{what} has version {found}; this side reads {known}")]
    Version { what: &'static str, found: u64, known: u64 },
    #[error("{what} has {found}; at most {limit} is accepted")]
    TooLarge { what: &'static str, found: u64, limit: u64 },
    #[error("{what} is not in its one canonical form")]
    NotCanonical { what: &'static str },
}

pub(crate) type Writer = Encoder<Vec<u8>>;

/// Writes with `body`. Writing into memory cannot fail.
pub(crate) fn write(body: impl FnOnce(&mut Writer) -> Result<(), minicbor::encode::Error<Infallible>>) -> Vec<u8> {
    let mut writer = Encoder::new(Vec::new());
    body(&mut writer).expect("writing into memory cannot fail");
    writer.into_writer()
}

/// A decoder that names what it reads when it fails.
pub(crate) struct Reader<'b> {
    what: &'static str,
    decoder: Decoder<'b>,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(what: &'static str, bytes: &'b [u8]) -> Self {
        Self { what, decoder: Decoder::new(bytes) }
    }

    pub(crate) fn syntax(&self) -> Malformed {
        Malformed::Syntax { what: self.what }
    }

    /// The number of items of an array, which must say it.
    pub(crate) fn array(&mut self, limit: usize) -> Result<usize, Malformed> {
        let len = self.decoder.array().ok().flatten().ok_or_else(|| self.syntax())?;
        self.within(len, limit)
    }

    pub(crate) fn within(&self, found: u64, limit: usize) -> Result<usize, Malformed> {
        usize::try_from(found).ok().filter(|found| *found <= limit).ok_or(Malformed::TooLarge {
            what: self.what,
            found,
            limit: limit as u64,
        })
    }

    /// An array of at least `least` fields whose first is the version `known`; gives the number of fields left after it.
    pub(crate) fn versioned(&mut self, known: u64, least: usize) -> Result<usize, Malformed> {
        let len = self.array(MAX_FIELDS)?;
        let found = self.uint()?;
        if found != known {
            return Err(Malformed::Version { what: self.what, found, known });
        }
        if len < least { Err(self.syntax()) } else { Ok(len - 1) }
    }

    pub(crate) fn uint(&mut self) -> Result<u64, Malformed> {
        self.decoder.u64().map_err(|_| self.syntax())
    }

    pub(crate) fn bytes(&mut self, limit: usize) -> Result<&'b [u8], Malformed> {
        let bytes = self.decoder.bytes().map_err(|_| self.syntax())?;
        self.within(bytes.len() as u64, limit)?;
        Ok(bytes)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.bytes(N)?.try_into().map_err(|_| self.syntax())
    }

    pub(crate) fn text(&mut self, limit: usize) -> Result<&'b str, Malformed> {
        let text = self.decoder.str().map_err(|_| self.syntax())?;
        self.within(text.len() as u64, limit)?;
        Ok(text)
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Malformed> {
        self.decoder.bool().map_err(|_| self.syntax())
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Malformed> {
        let millis = self.decoder.i64().map_err(|_| self.syntax())?;
        Timestamp::from_millis(millis).map_err(|_| self.syntax())
    }

    /// Whether a null stands here; if so it is read past.
    pub(crate) fn null(&mut self) -> Result<bool, Malformed> {
        match self.decoder.datatype().map_err(|_| self.syntax())? {
            Type::Null => self.decoder.null().map(|()| true).map_err(|_| self.syntax()),
            _ => Ok(false),
        }
    }

    /// Skips `count` fields of a newer version.
    pub(crate) fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        (0..count).try_for_each(|_| self.decoder.skip().map_err(|_| self.syntax()))
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.decoder.position() == self.decoder.input().len() { Ok(()) } else { Err(self.syntax()) }
    }
}

/// Fields in any message of ours: far above what any version has.
const MAX_FIELDS: usize = 64;
