//! Record changes without what the receiver can work out.
//!
//! An Automerge change chunk is `85 6f 4a 83`, the first four bytes of the SHA-256 of what follows, its kind (1), its length
//! and its body: dependencies, actor, sequence, first operation, time, and the rest. Of these the actor is the log, the
//! checksum and lengths follow from the body, and the time and the record's id begin with the moment that the entry's own
//! clock tells. What is left is put where it compresses: numbers together, random bytes apart.
//!
//! A payload that does not come back byte for byte is sent as it is.

use chaski_values::{LogId, RecordId};
use sha2::{Digest, Sha256};

use super::Sections;
use crate::cbor::Malformed;
use crate::varint::{self, unzigzag, zigzag};
use crate::{Hlc, RecordChange, RecordChanges, limits};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;
const HASH_BYTES: usize = 32;
/// The bytes of a record's id that tell when it was made.
const MOMENT_BYTES: usize = 6;

/// A change chunk, in parts.
struct Parts<'b> {
    dependencies: &'b [u8],
    sequence: u64,
    start: u64,
    time: i64,
    rest: &'b [u8],
}

/// Puts a payload's changes into the sections; nothing is written when they would not come back the same.
pub(super) fn pack(payload: &[u8], log: LogId, hlc: Hlc, sections: &mut Sections) -> Option<()> {
    let changes = RecordChanges::from_bytes(payload).ok().filter(|changes| changes.to_bytes() == payload)?;
    let mut parts = Vec::with_capacity(changes.0.len());
    for RecordChange { change, .. } in &changes.0 {
        let split = split(change, log)?;
        if join(&split, log) != *change {
            return None;
        }
        parts.push(split);
    }
    let numbers = &mut sections.numbers;
    varint::write(numbers, parts.len() as u64);
    for (RecordChange { record, .. }, parts) in changes.0.iter().zip(&parts) {
        let (moment, random) = record.as_bytes().split_at(MOMENT_BYTES);
        varint::write(numbers, zigzag(distance(moment_of(moment), hlc)));
        varint::write(numbers, (parts.dependencies.len() / HASH_BYTES) as u64);
        varint::write(numbers, parts.sequence);
        varint::write(numbers, parts.start);
        // Wrapping both ways: any time comes back, however wild.
        varint::write(numbers, zigzag(parts.time.wrapping_sub(hlc.millis() as i64)));
        varint::write(numbers, parts.rest.len() as u64);
        sections.noise.extend_from_slice(random);
        sections.noise.extend_from_slice(parts.dependencies);
        sections.payloads.extend_from_slice(parts.rest);
    }
    Some(())
}

/// What [`pack`] packed.
pub(super) fn unpack(log: LogId, hlc: Hlc, from: &mut Source<'_>) -> Result<Vec<u8>, Malformed> {
    let count = from.number()?;
    let count = from.within(count, limits::CHANGES_PER_ENTRY)?;
    let mut changes = Vec::new();
    let mut total = 0;
    for _ in 0..count {
        let moment = unzigzag(from.number()?).checked_add(hlc.millis() as i64);
        let moment = moment.and_then(|moment| u64::try_from(moment).ok()).filter(|moment| *moment < 1 << 48);
        let moment = moment.ok_or(from.syntax())?;
        let dependencies = from.number()?;
        let dependencies = from.within(dependencies, limits::FRAME_BYTES / HASH_BYTES)?;
        let (sequence, start) = (from.number()?, from.number()?);
        let time = unzigzag(from.number()?).wrapping_add(hlc.millis() as i64);
        let rest = from.number()?;
        let rest = from.within(rest, limits::PAYLOAD_BYTES)?;
        let mut record = [0; 16];
        record[..MOMENT_BYTES].copy_from_slice(&moment.to_be_bytes()[8 - MOMENT_BYTES..]);
        record[MOMENT_BYTES..].copy_from_slice(from.noise(16 - MOMENT_BYTES)?);
        let dependencies = from.noise(dependencies * HASH_BYTES)?;
        let parts = Parts { dependencies, sequence, start, time, rest: from.payload(rest)? };
        let change = join(&parts, log);
        total += change.len();
        from.within(total as u64, limits::PAYLOAD_BYTES)?;
        changes.push(RecordChange { record: RecordId::from_bytes(record), change });
    }
    Ok(RecordChanges(changes).to_bytes())
}

/// What is left to read of the three sections.
#[derive(Debug)]
pub(super) struct Source<'b> {
    pub(super) numbers: &'b [u8],
    pub(super) noise: &'b [u8],
    pub(super) payloads: &'b [u8],
}

impl<'b> Source<'b> {
    pub(super) fn syntax(&self) -> Malformed {
        Malformed::Syntax { what: super::WHAT }
    }

    fn within(&self, found: u64, limit: usize) -> Result<usize, Malformed> {
        let too_large = Malformed::TooLarge { what: super::WHAT, found, limit: limit as u64 };
        usize::try_from(found).ok().filter(|found| *found <= limit).ok_or(too_large)
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        let (number, rest) = varint::read(self.numbers).ok_or(self.syntax())?;
        self.numbers = rest;
        Ok(number)
    }

    pub(super) fn noise(&mut self, len: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self.noise.split_at_checked(len).ok_or(self.syntax())?;
        self.noise = rest;
        Ok(taken)
    }

    pub(super) fn fixed_noise<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.noise(N)?.try_into().map_err(|_| self.syntax())
    }

    pub(super) fn payload(&mut self, len: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self.payloads.split_at_checked(len).ok_or(self.syntax())?;
        self.payloads = rest;
        Ok(taken)
    }
}

fn moment_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |moment, byte| moment << 8 | u64::from(*byte))
}

fn distance(moment: u64, hlc: Hlc) -> i64 {
    // Both are below 2^48.
    moment as i64 - hlc.millis() as i64
}

fn split(change: &[u8], log: LogId) -> Option<Parts<'_>> {
    let rest = change.strip_prefix(&MAGIC)?.get(4..)?;
    let (kind, rest) = rest.split_first()?;
    let (length, rest) = varint::read(rest)?;
    if *kind != CHANGE || length != rest.len() as u64 {
        return None;
    }
    let (count, rest) = varint::read(rest)?;
    let (dependencies, rest) = rest.split_at_checked(usize::try_from(count).ok()?.checked_mul(HASH_BYTES)?)?;
    let (_, rest) = varint::read(rest)?;
    let rest = rest.strip_prefix(log.as_bytes())?;
    let (sequence, rest) = varint::read(rest)?;
    let (start, rest) = varint::read(rest)?;
    let (time, rest) = read_signed(rest)?;
    Some(Parts { dependencies, sequence, start, time, rest })
}

fn join(parts: &Parts<'_>, log: LogId) -> Vec<u8> {
    let mut body = Vec::with_capacity(parts.rest.len() + parts.dependencies.len() + 48);
    varint::write(&mut body, (parts.dependencies.len() / HASH_BYTES) as u64);
    body.extend_from_slice(parts.dependencies);
    varint::write(&mut body, log.as_bytes().len() as u64);
    body.extend_from_slice(log.as_bytes());
    varint::write(&mut body, parts.sequence);
    varint::write(&mut body, parts.start);
    write_signed(&mut body, parts.time);
    body.extend_from_slice(parts.rest);
    let mut summed = vec![CHANGE];
    varint::write(&mut summed, body.len() as u64);
    summed.extend_from_slice(&body);
    let mut change = MAGIC.to_vec();
    change.extend(Sha256::digest(&summed).iter().take(4));
    change.extend(summed);
    change
}

/// A number in signed LEB128, and what follows it.
fn read_signed(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let mut value = 0i64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        let shift = 7 * at as u32;
        value |= i64::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 == 0 {
            let negative = byte & 0x40 != 0 && shift + 7 < 64;
            let value = if negative { value | -1 << (shift + 7) } else { value };
            return bytes.get(at + 1..).map(|rest| (value, rest));
        }
    }
    None
}

fn write_signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        let sign = byte & 0x40 != 0;
        if (value == 0 && !sign) || (value == -1 && sign) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests;
