use std::fmt;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::DecoderDictionary;
use zstd::zstd_safe::{CParameter, Strategy};

use super::{Body, Frame, FrameError};
use crate::cbor::Malformed;
use crate::{limits, varint};

const FORMAT: u8 = 1;

/// How hard to try to make a frame small. Either is as fast to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For a day's work: a link in the field is slower still than this.
    Thorough,
    /// For a long history, which a hub may be asked for by many at once: some per cent more bytes for a fraction of the time.
    Quick,
}

/// No dictionary: what a side without [`DICTIONARY_V1`] could still send.
const NO_DICTIONARY: u8 = 0;
const DICTIONARY: u8 = 1;

/// What survey changes have in common. **Frozen: version 1 of the wire format reads with exactly these bytes.**
pub(crate) static DICTIONARY_V1: &[u8] = include_bytes!("dictionary-v1.zdict");

/// Compresses and decompresses frames. Make one and keep it.
pub struct Codec {
    decoder: DecoderDictionary<'static>,
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}

impl Default for Codec {
    fn default() -> Self {
        Self::new()
    }
}

impl Codec {
    pub fn new() -> Self {
        Self { decoder: DecoderDictionary::copy(DICTIONARY_V1) }
    }

    /// The frame as it travels.
    pub fn encode(&self, frame: &Frame, effort: Effort) -> Vec<u8> {
        self.encode_body(frame.to_body(), effort)
    }

    pub(super) fn encode_body(&self, Body { text, noise }: Body, effort: Effort) -> Vec<u8> {
        let compressed = compress(&text, effort).expect("zstd compresses any bytes that fit in memory");
        let mut bytes = Vec::with_capacity(compressed.len() + noise.len() + 8);
        bytes.extend([FORMAT, DICTIONARY]);
        varint::write(&mut bytes, noise.len() as u64);
        bytes.extend(noise);
        bytes.extend(compressed);
        bytes
    }

    /// # Errors
    /// When the bytes are no frame this side reads, or one beyond [`limits`]. It never allocates more than
    /// [`limits::FRAME_RAW_BYTES`] for what is decompressed.
    pub fn decode(&self, bytes: &[u8]) -> Result<Frame, FrameError> {
        Ok(Frame::from_body(&self.decompress(bytes)?)?)
    }

    /// The first half of [`Self::decode`], after which it is known how large the frame is.
    pub(crate) fn decompress(&self, bytes: &[u8]) -> Result<Body, FrameError> {
        if bytes.len() > limits::FRAME_BYTES {
            return Err(FrameError::TooLarge { found: bytes.len(), limit: limits::FRAME_BYTES });
        }
        let syntax = || FrameError::Malformed(Malformed::Syntax { what: super::WHAT });
        let [format, dictionary, rest @ ..] = bytes else { return Err(syntax()) };
        if *format != FORMAT {
            return Err(FrameError::Format { found: *format, known: FORMAT });
        }
        let (length, rest) = varint::read(rest).ok_or_else(syntax)?;
        let length = usize::try_from(length).map_err(|_| syntax())?;
        let (noise, compressed) = rest.split_at_checked(length).ok_or_else(syntax)?;
        let decompressor = match *dictionary {
            NO_DICTIONARY => Decompressor::new(),
            DICTIONARY => Decompressor::with_prepared_dictionary(&self.decoder),
            other => return Err(FrameError::Dictionary(other)),
        };
        let text = decompressor
            .and_then(|mut decompressor| decompressor.decompress(compressed, limits::FRAME_RAW_BYTES))
            .map_err(|_| FrameError::Compression { limit: limits::FRAME_RAW_BYTES })?;
        Ok(Body { text, noise: noise.to_vec() })
    }
}

/// Left to itself, zstd takes a dictionary's size for the size of what is to come and searches too little.
fn compress(text: &[u8], effort: Effort) -> std::io::Result<Vec<u8>> {
    let (level, search, target, strategy) = match effort {
        Effort::Thorough => (19, 8, 512, Strategy::ZSTD_btultra2),
        Effort::Quick => (9, 4, 32, Strategy::ZSTD_btlazy2),
    };
    let mut compressor = Compressor::with_dictionary(level, DICTIONARY_V1)?;
    for parameter in [
        CParameter::WindowLog(20),
        CParameter::HashLog(18),
        CParameter::ChainLog(19),
        CParameter::SearchLog(search),
        CParameter::MinMatch(3),
        CParameter::TargetLength(target),
        CParameter::Strategy(strategy),
        CParameter::DictIdFlag(false),
    ] {
        compressor.set_parameter(parameter)?;
    }
    compressor.compress(text)
}
