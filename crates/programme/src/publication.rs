use chaski_forms::FormSource;
use chaski_values::{FormId, FormVersion, Hash32};
use minicbor::{Decode, Decoder, Encode, Encoder};
use thiserror::Error;

use crate::{ProgrammeSettings, SettingsError};

/// What the centre publishes to every device through the programme's partition: the payload of one entry.
///
/// **Frozen: part of signed entries.** CBOR `[1, [kind, [field, …]]]`. A new kind takes a new number and a change of what is
/// there a new version; a device that does not know them keeps and relays the entry all the same, and does not apply it.
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
    /// A file that forms show or play: which bytes its name stands for from now on. They come as pieces.
    #[n(3)]
    Attachment {
        /// As the form's author writes it, without folders.
        #[n(0)]
        name: String,
        /// Plain hash of the whole file.
        #[cbor(n(1), with = "minicbor::bytes")]
        hash: [u8; 32],
        #[n(2)]
        length: u32,
    },
    /// A piece of such a file: all but the last have [`Publication::PIECE_BYTES`].
    #[n(4)]
    Piece {
        /// Plain hash of the whole file.
        #[cbor(n(0), with = "minicbor::bytes")]
        hash: [u8; 32],
        /// Where it begins in the file.
        #[n(1)]
        start: u32,
        #[cbor(n(2), with = "minicbor::bytes")]
        bytes: Vec<u8>,
    },
}

/// A publication that was read, and says what its kind should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    Form {
        form: FormId,
        version: FormVersion,
        title: String,
        /// The form's normalised definition.
        source: Vec<u8>,
    },
    Catalogue {
        name: String,
        table: Vec<u8>,
    },
    /// The programme's settings, as JSON.
    Settings {
        json: Vec<u8>,
    },
    Attachment {
        name: String,
        hash: Hash32,
        length: u32,
    },
    /// At most [`Publication::PIECE_BYTES`], on a boundary of so many.
    Piece {
        hash: Hash32,
        start: u32,
        bytes: Vec<u8>,
    },
}

const VERSION: u64 = 1;

/// Why bytes are no publication.
#[derive(Debug, Error)]
pub enum PublicationError {
    #[error("a publication of {0} bytes is more than {max}", max = Publication::MAX_BYTES)]
    TooLarge(usize),
    #[error("a publication has version {found}; this side reads {known}", known = VERSION)]
    Version { found: u64 },
    #[error("a publication could not be read")]
    Malformed(#[source] minicbor::decode::Error),
    #[error("a publication names a form badly")]
    BadForm(#[source] chaski_values::IdError),
    #[error("the definition of form `{0}` is not one")]
    BadSource(FormId),
    #[error("a file that forms show has no usable name, or more than {max} bytes", max = Publication::ATTACHMENT_BYTES)]
    BadAttachment,
    #[error("the programme's settings cannot be used")]
    BadSettings(#[source] SettingsError),
}

impl PublicationError {
    /// The code under which an entry with such a payload is kept in quarantine.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "publication_newer",
            Self::TooLarge(_)
            | Self::Malformed(_)
            | Self::BadForm(_)
            | Self::BadSource(_)
            | Self::BadAttachment
            | Self::BadSettings(_) => "publication_malformed",
        }
    }
}

impl Publication {
    /// The most bytes one publication may take: the payload of one entry, as `sync` bounds it. A form of several thousand
    /// rows fits, and so does a table of every district of Peru.
    pub const MAX_BYTES: usize = 768 << 10;
    /// The most bytes that one file may have which forms show.
    pub const ATTACHMENT_BYTES: usize = 2 << 20;
    /// The most that all of a programme may have: every tablet holds them.
    pub const ATTACHMENTS_BYTES: usize = 8 << 20;
    /// Bytes of one piece of a file: what a tablet on a poor line has to get in one go.
    pub const PIECE_BYTES: usize = 64 << 10;

    /// What publishes the bytes of a file, in order.
    pub fn pieces(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let hash = *Hash32::of_content(bytes).as_bytes();
        let starts = (0..).step_by(Self::PIECE_BYTES);
        bytes.chunks(Self::PIECE_BYTES).zip(starts).map(move |(piece, start)| Self::Piece {
            hash,
            start,
            bytes: piece.to_vec(),
        })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Encoder::new(Vec::new());
        let written = writer.array(2).and_then(|writer| writer.u64(VERSION)).and_then(|writer| writer.encode(self));
        written.expect("writing to memory cannot fail");
        writer.into_writer()
    }

    /// # Errors
    /// When the bytes are too many, no publication, or name a form badly.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PublicationError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(PublicationError::TooLarge(bytes.len()));
        }
        let mut reader = Decoder::new(bytes);
        let malformed = PublicationError::Malformed;
        let fields = reader.array().map_err(malformed)?;
        let found = reader.u64().map_err(malformed)?;
        if found != VERSION {
            return Err(PublicationError::Version { found });
        }
        if fields.is_none_or(|fields| fields < 2) {
            return Err(malformed(minicbor::decode::Error::message("too few fields")));
        }
        let publication: Self = reader.decode().map_err(malformed)?;
        if let Self::Form { form, .. } = &publication {
            FormId::new(form.as_str()).map_err(PublicationError::BadForm)?;
        }
        Ok(publication)
    }

    /// Reads a publication and what is in it.
    ///
    /// # Errors
    /// As [`Self::from_bytes`], and when the form is not the one it is called, or the settings cannot be used.
    pub fn read(bytes: &[u8]) -> Result<Published, PublicationError> {
        Ok(match Self::from_bytes(bytes)? {
            Self::Form { form, title, source } => {
                let form = FormId::new(form).map_err(PublicationError::BadForm)?;
                match FormSource::from_bytes(&source) {
                    Ok(read) if *read.form_id() == form => {
                        Published::Form { version: read.version(), form, title, source }
                    }
                    Ok(_) | Err(_) => return Err(PublicationError::BadSource(form)),
                }
            }
            Self::Catalogue { name, table } => Published::Catalogue { name, table },
            Self::Settings { json } => {
                ProgrammeSettings::from_json(&json).map_err(PublicationError::BadSettings)?;
                Published::Settings { json }
            }
            Self::Attachment { name, hash, length } => {
                let is_name = !name.is_empty() && name.len() <= 255 && !name.contains(['/', '\\', '\0']);
                if !is_name || length as usize > Self::ATTACHMENT_BYTES {
                    return Err(PublicationError::BadAttachment);
                }
                Published::Attachment { name, hash: Hash32::from_bytes(hash), length }
            }
            Self::Piece { hash, start, bytes } => {
                let at = start as usize;
                let fits = at.is_multiple_of(Self::PIECE_BYTES)
                    && (1..=Self::PIECE_BYTES).contains(&bytes.len())
                    && at + bytes.len() <= Self::ATTACHMENT_BYTES;
                if !fits {
                    return Err(PublicationError::BadAttachment);
                }
                Published::Piece { hash: Hash32::from_bytes(hash), start, bytes }
            }
        })
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
            Publication::Attachment { name: "mapa.png".into(), hash: [7; 32], length: 3 },
            Publication::Piece { hash: [7; 32], start: 0, bytes: vec![1, 2, 3] },
        ] {
            assert_eq!(Publication::from_bytes(&publication.to_bytes()).unwrap(), publication);
        }
    }

    #[test]
    fn golden_bytes_of_a_publication() {
        let bytes = Publication::Catalogue { name: "a".into(), table: vec![7] }.to_bytes();
        assert_eq!(bytes, [0x82, 0x01, 0x82, 0x01, 0x82, 0x61, b'a', 0x41, 7]);
        let bytes = Publication::Piece { hash: [9; 32], start: 1, bytes: vec![7] }.to_bytes();
        assert_eq!(bytes[..8], [0x82, 0x01, 0x82, 0x04, 0x83, 0x58, 0x20, 9]);
        assert_eq!(bytes[39..], [0x01, 0x41, 7]);
    }

    #[test]
    fn a_file_comes_in_pieces_that_make_it_whole() {
        let file: Vec<u8> = (0..150_000_u32).map(|byte| byte as u8).collect();
        let pieces: Vec<Published> =
            Publication::pieces(&file).map(|piece| Publication::read(&piece.to_bytes()).unwrap()).collect();
        let starts = pieces.iter().map(|piece| match piece {
            Published::Piece { hash, start, bytes } if *hash == Hash32::of_content(&file) => (*start, bytes.len()),
            other => panic!("{other:?}"),
        });
        assert_eq!(starts.collect::<Vec<_>>(), [(0, 65_536), (65_536, 65_536), (131_072, 18_928)]);
    }

    #[test]
    fn a_file_or_piece_that_nobody_would_publish_is_refused() {
        let attachment = |name: &str, length: u32| Publication::Attachment { name: name.into(), hash: [7; 32], length };
        let piece = |start: u32, bytes: usize| Publication::Piece { hash: [7; 32], start, bytes: vec![1; bytes] };
        for publication in [
            attachment("", 1),
            attachment("../a.png", 1),
            attachment("a.png", 3 << 20),
            piece(1, 1),
            piece(0, 0),
            piece(0, 65_537),
            piece(2 << 20, 1),
            piece(u32::MAX, 1),
        ] {
            assert!(matches!(Publication::read(&publication.to_bytes()), Err(PublicationError::BadAttachment)));
        }
    }

    #[test]
    fn a_newer_publication_is_told_from_nonsense() {
        let mut newer = Publication::Settings { json: b"{}".to_vec() }.to_bytes();
        newer[1] = 2;
        let refused = Publication::read(&newer).unwrap_err();
        assert!(matches!(refused, PublicationError::Version { found: 2 }), "{refused}");
        assert_eq!(refused.code(), "publication_newer");
        // What a version that this side knows adds at the end is left aside.
        let mut longer = Publication::Catalogue { name: "a".into(), table: vec![7] }.to_bytes();
        longer[0] = 0x83;
        longer.push(0xf6);
        assert!(matches!(Publication::read(&longer), Ok(Published::Catalogue { .. })));
    }

    #[test]
    fn what_does_not_say_what_its_kind_should_is_refused() {
        let form = Publication::Form { form: "visita".into(), title: "Visita".into(), source: vec![1, 2] };
        let settings = Publication::Settings { json: b"{".to_vec() };
        for publication in [form, settings] {
            assert_eq!(Publication::read(&publication.to_bytes()).unwrap_err().code(), "publication_malformed");
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in
            [&[][..], &[0xff; 40], &[0x82, 0x01, 0x82, 0x09, 0x80], &[0x82, 0x01, 0x80], &[0x81, 0x01], &[0x9f; 9000]]
        {
            assert!(Publication::from_bytes(bytes).is_err());
        }
    }
}
