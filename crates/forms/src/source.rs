//! A form's definition, normalised: what is stored, sent and hashed.

use chaski_values::{FormId, FormVersion};
use thiserror::Error;

/// A form's definition as versioned CBOR. Its BLAKE3 is the form's version.
#[derive(Debug, Clone, PartialEq)]
pub struct FormSource {
    bytes: Vec<u8>,
    id: FormId,
    title: String,
}

/// Why bytes are not a form's definition.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("not a form definition: {0}")]
    Malformed(String),
    #[error("form definition version {0} is newer than this program: at most 1")]
    Newer(u32),
}

impl FormSource {
    /// The bytes to store and to send.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads what [`Self::as_bytes`] gave. The bytes are kept as they came, so the version never changes on the way.
    ///
    /// # Errors
    /// When the bytes are not a definition, or of a newer kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SourceError> {
        let _ = bytes;
        Err(SourceError::Malformed("not yet read".to_owned()))
    }

    pub fn version(&self) -> FormVersion {
        FormVersion::of("chaski 2026 form source v1", &[&self.bytes])
    }

    pub fn form_id(&self) -> &FormId {
        &self.id
    }

    /// In the form's default language.
    pub fn title(&self) -> &str {
        &self.title
    }
}
