//! Photos, drawings, recordings and files.

use chaski_store::StoreError;
use chaski_values::{Answer, Hash32, MediaRef};

use crate::view::Answered;
use crate::{Device, DeviceError, Result};

impl Device {
    /// Keeps a photo, drawing, recording or file, then answers the question with it. Both are durable when this returns.
    ///
    /// # Errors
    /// When its bytes are not of the type it is said to be, when it is empty or too large, or as [`Device::answer`].
    pub fn add_media(&mut self, record: &str, path: &str, bytes: &[u8], media_type: &str) -> Result<Answered> {
        let work = self.at_work()?;
        if bytes.is_empty() || !is_type(media_type) || !looks_like(media_type, bytes) {
            return Err(DeviceError::BadMedia);
        }
        let now = work.now();
        let (media, summary) = work.store.keep_media(bytes, media_type, now)?;
        work.changes.add(summary);
        work.shown.insert(media.hash);
        self.answer(record, path, Some(Answer::Media(media)))
    }

    /// A photo, drawing, recording or file of a record that was shown to the person at work, with its type.
    ///
    /// # Errors
    /// When it is not here or in nothing they were shown, or its file was damaged.
    pub fn media(&mut self, hash: &str) -> Result<(Vec<u8>, String)> {
        let hash: Hash32 = hash.parse().map_err(|_| DeviceError::BadId(hash.chars().take(80).collect()))?;
        let work = self.at_work()?;
        if !work.shown.contains(&hash) {
            return Err(StoreError::NoMedia(hash).into());
        }
        let media_type = work.store.media_row(hash)?.map(|row| row.media).map(|media: MediaRef| media.media_type);
        Ok((work.store.media(hash)?, media_type.unwrap_or_else(|| "application/octet-stream".to_owned())))
    }

    /// A file that forms show or play, by the name that their authors gave it.
    ///
    /// # Errors
    /// [`DeviceError::AttachmentNotHere`] while it was not published or did not come whole; when nobody is at work.
    pub fn attachment(&mut self, name: &str) -> Result<Vec<u8>> {
        self.at_work()?.store.attachment(name)?.ok_or(DeviceError::AttachmentNotHere)
    }
}

/// Whether it names a type as RFC 6838 has it, in lower case and no longer than a reference keeps.
fn is_type(media_type: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$&-^_.+".contains(c))
    };
    media_type.len() <= 100 && media_type.split_once('/').is_some_and(|(kind, name)| is_name(kind) && is_name(name))
}

/// Whether the first bytes are those of the type it is said to be. What is shown or played is one of a few types; a file
/// of any other is only handed on.
fn looks_like(media_type: &str, bytes: &[u8]) -> bool {
    let is_iso = bytes.get(4..8) == Some(b"ftyp");
    let is_webm = bytes.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]);
    let is_riff = |form: &[u8]| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(form);
    match media_type {
        "image/jpeg" => bytes.starts_with(&[0xff, 0xd8, 0xff]),
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/webp" => is_riff(b"WEBP"),
        "audio/webm" | "video/webm" => is_webm,
        "audio/ogg" | "video/ogg" => bytes.starts_with(b"OggS"),
        "audio/mp4" | "audio/x-m4a" | "video/mp4" | "video/quicktime" => is_iso,
        "audio/mpeg" => bytes.starts_with(b"ID3") || matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0),
        "audio/wav" | "audio/x-wav" => is_riff(b"WAVE"),
        "application/pdf" => bytes.starts_with(b"%PDF-"),
        other => !["image/", "audio/", "video/"].iter().any(|shown| other.starts_with(shown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_or_played_is_what_it_says() {
        for (media_type, bytes) in [
            ("image/png", b"\x89PNG\r\n\x1a\n..".as_slice()),
            ("image/webp", b"RIFF....WEBP"),
            ("audio/webm", b"\x1a\x45\xdf\xa3"),
            ("audio/mpeg", b"\xff\xfb\x90"),
            ("video/mp4", b"....ftypisom"),
            ("application/pdf", b"%PDF-1.7"),
        ] {
            assert!(is_type(media_type) && looks_like(media_type, bytes), "{media_type}");
            assert!(!looks_like(media_type, b"<svg onload>"), "{media_type}");
        }
        for media_type in ["image/svg+xml", "video/x-other"] {
            assert!(is_type(media_type) && !looks_like(media_type, b"<svg/>"), "{media_type}");
        }
        assert!(looks_like("application/vnd.ms-excel", b"any"));
    }

    #[test]
    fn a_type_is_a_kind_and_a_name() {
        let long = format!("application/{}", "x".repeat(100));
        for media_type in ["", "image", "/png", "image/", "image/p ng", "image/png; a=b", "Image/PNG", "a/b/c", &long] {
            assert!(!is_type(media_type), "{media_type}");
        }
        assert!(is_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"));
    }
}
