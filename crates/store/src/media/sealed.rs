//! How a media file is sealed: in pieces, so that one can be opened without the others. **Frozen: files in the field.**
//!
//! Header: `CHSKM`, version 1, the binary logarithm of a piece's plain length, one zero byte, seven random bytes. Then the
//! pieces, each ChaCha20-Poly1305 with its tag after it. A piece's nonce is the seven bytes, its number in four (big-endian)
//! and one byte that is 1 for the last piece, so that pieces can be neither swapped, dropped nor cut off; the header is
//! bound to each. This is the STREAM construction. An empty file is one empty piece.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};

/// Random bytes at the start of every nonce of a file.
pub(super) const PREFIX: usize = 7;

const MAGIC: &[u8; 5] = b"CHSKM";
const VERSION: u8 = 1;
const PIECE_LOG: u8 = 16;
const PIECE: usize = 1 << PIECE_LOG;
const TAG: usize = 16;
const HEADER: usize = 15;

pub(super) fn seal(key: &[u8; 32], prefix: [u8; PREFIX], plain: &[u8]) -> Vec<u8> {
    let cipher = ChaCha20Poly1305::new(&Key::from(*key));
    let mut sealed = Vec::with_capacity(HEADER + plain.len() + (plain.len() / PIECE + 1) * TAG);
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&[VERSION, PIECE_LOG, 0]);
    sealed.extend_from_slice(&prefix);
    let header = sealed.clone();
    let pieces: Vec<&[u8]> = if plain.is_empty() { vec![plain] } else { plain.chunks(PIECE).collect() };
    for (piece, number) in pieces.iter().zip(0_u32..) {
        let last = number as usize + 1 == pieces.len();
        let payload = Payload { msg: piece, aad: &header };
        let piece = cipher
            .encrypt(&nonce(prefix, number, last), payload)
            .expect("the cipher refuses only more bytes than fit in memory");
        sealed.extend_from_slice(&piece);
    }
    sealed
}

/// What was sealed, or nothing if any byte is another one.
pub(super) fn open(key: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
    let cipher = ChaCha20Poly1305::new(&Key::from(*key));
    let (header, body) = sealed.split_at_checked(HEADER)?;
    let rest = header.strip_prefix(MAGIC)?;
    let (&[VERSION, PIECE_LOG, 0], prefix) = rest.split_first_chunk::<3>()? else { return None };
    let prefix: [u8; PREFIX] = prefix.try_into().ok()?;
    let count = body.len().div_ceil(PIECE + TAG).max(1);
    let mut plain = Vec::with_capacity(body.len());
    let mut rest = body;
    for number in 0..u32::try_from(count).ok()? {
        let (piece, after) = rest.split_at(rest.len().min(PIECE + TAG));
        let last = number as usize + 1 == count;
        let payload = Payload { msg: piece, aad: header };
        plain.extend(cipher.decrypt(&nonce(prefix, number, last), payload).ok()?);
        rest = after;
    }
    Some(plain)
}

/// How long the file of so many plain bytes is.
pub(super) fn sealed_length(plain: u64) -> u64 {
    HEADER as u64 + plain + plain.div_ceil(PIECE as u64).max(1) * TAG as u64
}

fn nonce(prefix: [u8; PREFIX], number: u32, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..PREFIX].copy_from_slice(&prefix);
    nonce[PREFIX..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last);
    Nonce::from(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back_and_is_foretold() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7] {
            let plain: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let sealed = seal(&[7; 32], [1; PREFIX], &plain);
            assert_eq!(sealed.len() as u64, sealed_length(length as u64));
            assert_eq!(open(&[7; 32], &sealed), Some(plain));
            assert_eq!(open(&[8; 32], &sealed), None);
        }
    }

    #[test]
    fn pieces_cannot_be_swapped_dropped_or_cut() {
        let plain: Vec<u8> = (0..3 * PIECE).map(|byte| (byte / PIECE) as u8).collect();
        let sealed = seal(&[7; 32], [1; PREFIX], &plain);
        let piece = |number: usize| &sealed[HEADER + number * (PIECE + TAG)..][..PIECE + TAG];
        let header = &sealed[..HEADER];
        for pieces in [vec![1, 0, 2], vec![0, 2], vec![0, 1], vec![0, 1, 1], vec![0, 1, 2, 2], vec![]] {
            let forged = pieces.iter().fold(header.to_vec(), |all, number| [&all, piece(*number)].concat());
            assert_eq!(open(&[7; 32], &forged), None, "{pieces:?}");
        }
    }

    #[test]
    fn the_format_is_frozen() {
        let sealed = seal(&[7; 32], [1, 2, 3, 4, 5, 6, 7], b"foto");
        let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "4348534b4d011000010203040506074a3faab6c82f789fd20e7cf615789f56dcd7393c");
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let sealed = seal(&[7; 32], [1; PREFIX], b"una foto");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(open(&[7; 32], &changed), None, "byte {place}");
            assert_eq!(open(&[7; 32], &sealed[..place]), None, "cut at {place}");
        }
    }
}
