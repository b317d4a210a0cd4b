use std::fmt;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::{Frame, FrameError};
use crate::limits;

const FORMAT: u8 = 1;
/// Slow to write and as fast to read as any; a frame is small and a link is slower still.
const LEVEL: i32 = 19;
/// No dictionary: what a side without [`DICTIONARY_V1`] could still send.
const NO_DICTIONARY: u8 = 0;
const DICTIONARY: u8 = 1;

/// What survey changes have in common. **Frozen: version 1 of the wire format reads with exactly these bytes.**
pub(crate) static DICTIONARY_V1: &[u8] = include_bytes!("dictionary-v1.zdict");

/// Compresses and decompresses frames. Making one costs some milliseconds: make one and keep it.
pub struct Codec {
    encoder: EncoderDictionary<'static>,
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
        Self { encoder: EncoderDictionary::copy(DICTIONARY_V1, LEVEL), decoder: DecoderDictionary::copy(DICTIONARY_V1) }
    }

    /// The frame as it travels.
    pub fn encode(&self, frame: &Frame) -> Vec<u8> {
        let body = frame.to_body();
        let compressed = Compressor::with_prepared_dictionary(&self.encoder)
            .and_then(|mut compressor| compressor.compress(&body))
            .expect("zstd compresses any bytes that fit in memory");
        let mut bytes = Vec::with_capacity(compressed.len() + 2);
        bytes.extend([FORMAT, DICTIONARY]);
        bytes.extend(compressed);
        bytes
    }

    /// # Errors
    /// When the bytes are no frame this side reads, or one beyond [`limits`]. It never allocates more than
    /// [`limits::FRAME_RAW_BYTES`] for what is decompressed.
    pub fn decode(&self, bytes: &[u8]) -> Result<Frame, FrameError> {
        if bytes.len() > limits::FRAME_BYTES {
            return Err(FrameError::TooLarge { found: bytes.len(), limit: limits::FRAME_BYTES });
        }
        let compression = FrameError::Compression { limit: limits::FRAME_RAW_BYTES };
        let (format, dictionary, compressed) = match bytes {
            [format, dictionary, compressed @ ..] => (*format, *dictionary, compressed),
            _ => return Err(compression),
        };
        if format != FORMAT {
            return Err(FrameError::Format { found: format, known: FORMAT });
        }
        let decompressor = match dictionary {
            NO_DICTIONARY => Decompressor::new(),
            DICTIONARY => Decompressor::with_prepared_dictionary(&self.decoder),
            other => return Err(FrameError::Dictionary(other)),
        };
        let body = decompressor
            .and_then(|mut decompressor| decompressor.decompress(compressed, limits::FRAME_RAW_BYTES))
            .map_err(|_| compression)?;
        Ok(Frame::from_body(&body)?)
    }
}
