use chaski_values::FormId;
use minicbor::{Decode, Encode};
use thiserror::Error;

/// What the centre publishes to every device through the programme's partition: the payload of one entry.
///
/// **Frozen: part of signed entries.** CBOR; a new kind takes a new number, and a device that does not know it keeps and
/// relays the entry all the same.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Publication {
    /// A form's normalised definition; its version is the hash of `source`.
    #[n(0)]
    Form {
        #[n(0)]
        form: String,
        #[n(1)]
        title: String,
        #[cbor(n(2), with = "minicbor::bytes")]
        source: Vec<u8>,
    },
    /// A table that forms look things up in: CSV with a header row.
    #[n(1)]
    Catalogue {
        #[n(0)]
        name: String,
        #[cbor(n(1), with = "minicbor::bytes")]
        table: Vec<u8>,
    },
    /// The programme's settings, as JSON.
    #[n(2)]
    Settings {
        #[cbor(n(0), with = "minicbor::bytes")]
        json: Vec<u8>,
    },
}

/// Why bytes are no publication.
#[derive(Debug, Error)]
pub enum PublicationError {
    #[error("a publication of {0} bytes is more than {max}", max = Publication::MAX_BYTES)]
    TooLarge(usize),
    #[error("a publication could not be read")]
    Malformed(#[source] minicbor::decode::Error),
    #[error("a publication names a form badly")]
    BadForm(#[source] chaski_values::IdError),
}

impl Publication {
    /// The most bytes one publication may take: the payload of one entry, as `sync` bounds it. A form of several thousand
    /// rows fits, and so does a table of every district of Peru.
    pub const MAX_BYTES: usize = 768 << 10;

    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }

    /// # Errors
    /// When the bytes are too many, no publication, or name a form badly.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PublicationError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(PublicationError::TooLarge(bytes.len()));
        }
        let publication: Self = minicbor::decode(bytes).map_err(PublicationError::Malformed)?;
        if let Self::Form { form, .. } = &publication {
            FormId::new(form.as_str()).map_err(PublicationError::BadForm)?;
        }
        Ok(publication)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publication_round_trips() {
        for publication in [
            Publication::Form { form: "visita".into(), title: "Visita".into(), source: vec![1, 2] },
            Publication::Catalogue { name: "proyectos.csv".into(), table: b"name\n".to_vec() },
            Publication::Settings { json: b"{}".to_vec() },
        ] {
            assert_eq!(Publication::from_bytes(&publication.to_bytes()).unwrap(), publication);
        }
    }

    #[test]
    fn golden_bytes_of_a_publication() {
        let bytes = Publication::Catalogue { name: "a".into(), table: vec![7] }.to_bytes();
        assert_eq!(bytes, [0x82, 0x01, 0x82, 0x61, b'a', 0x41, 7]);
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in [&[][..], &[0xff; 40], &[0x82, 0x09, 0x80], &[0x9f; 9000]] {
            assert!(Publication::from_bytes(bytes).is_err());
        }
    }
}
