//! Files whose outside is a container: an input may be the whole file, or only what is in it, so that looking for inputs is
//! not lost in checksums and compression.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Begins the name of a part, to the end of the line.
const PART: &[u8] = b"\n=== ";

/// The zip that an input is, or the zip of the parts it holds: each after a line `=== NAME`.
pub(crate) fn zip(input: &[u8]) -> Vec<u8> {
    if input.starts_with(b"PK") {
        return input.to_vec();
    }
    let whole = [b"\n", input].concat();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Small parts are stored as they are: that is fast. Large ones would not fit into a file.
    let method = if input.len() < 1 << 20 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    let options = SimpleFileOptions::default().compression_method(method);
    for part in split(&whole, PART).skip(1) {
        let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        let (name, content) = part.split_at(end);
        let name = String::from_utf8_lossy(name);
        // A part that stands there twice is written once.
        if zip.start_file(name.trim(), options).is_ok() {
            let _ = zip.write_all(content.get(1..).unwrap_or_default());
        }
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// The compound file that an input is, or the one whose stream it is.
pub(crate) fn compound(input: &[u8]) -> Vec<u8> {
    if input.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return input.to_vec();
    }
    let written = || -> std::io::Result<Vec<u8>> {
        let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
        file.create_stream("/Workbook")?.write_all(input)?;
        file.flush()?;
        Ok(file.into_inner().into_inner())
    };
    written().unwrap_or_default()
}

fn split<'i>(input: &'i [u8], mark: &'i [u8]) -> impl Iterator<Item = &'i [u8]> {
    let mut rest = Some(input);
    std::iter::from_fn(move || {
        let whole = rest?;
        let at = whole.windows(mark.len()).position(|window| window == mark);
        rest = at.map(|at| &whole[at + mark.len()..]);
        Some(&whole[..at.unwrap_or(whole.len())])
    })
}
