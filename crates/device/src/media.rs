//! Photos and drawings.

use chaski_values::{Answer, Hash32, MediaRef};

use crate::view::Answered;
use crate::{Device, DeviceError, Result};

/// What a question may hold: what the screens make, and what a camera makes.
const TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "audio/webm"];

impl Device {
    /// Keeps a photo or drawing, then answers the question with it. Both are durable when this returns.
    ///
    /// # Errors
    /// When it is of another type, empty or too large, or as [`Device::answer`].
    pub fn add_media(&mut self, record: &str, path: &str, bytes: &[u8], media_type: &str) -> Result<Answered> {
        let work = self.at_work()?;
        if bytes.is_empty() || !TYPES.contains(&media_type) || !looks_like(media_type, bytes) {
            return Err(DeviceError::BadMedia);
        }
        let now = work.now();
        let (media, summary) = work.store.keep_media(bytes, media_type, now)?;
        work.changes.add(summary);
        self.answer(record, path, Some(Answer::Media(media)))
    }

    /// A photo or drawing that is on this tablet, with its type.
    ///
    /// # Errors
    /// When it is not here, or its file was damaged.
    pub fn media(&mut self, hash: &str) -> Result<(Vec<u8>, String)> {
        let hash: Hash32 = hash.parse().map_err(|_| DeviceError::BadId(hash.chars().take(80).collect()))?;
        let work = self.at_work()?;
        let media_type = work.store.media_row(hash)?.map(|row| row.media).map(|media: MediaRef| media.media_type);
        Ok((work.store.media(hash)?, media_type.unwrap_or_else(|| "application/octet-stream".to_owned())))
    }
}

/// Whether the first bytes are those of the type it is said to be.
fn looks_like(media_type: &str, bytes: &[u8]) -> bool {
    match media_type {
        "image/jpeg" => bytes.starts_with(&[0xff, 0xd8, 0xff]),
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        "audio/webm" => bytes.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]),
        _ => false,
    }
}
