//! Frames: runs of one partition, packed tightly and compressed apart from every other frame, so that each is taken in as
//! soon as it is whole and a cut loses at most one.
//!
//! On the wire: the format's number, the dictionary's number, and a zstd frame of the body. The body is CBOR
//! `[1, partition, logs, authors, runs, payloads]`; logs and authors are named by their place in those tables, and what is
//! alike in neighbouring entries stands together in columns of variable-length numbers.

use std::collections::BTreeMap;

use chaski_trust::Signature;
use chaski_values::{LogId, Partition, PersonId};
use thiserror::Error;

use crate::cbor::{self, Malformed, Reader};
use crate::varint;
use crate::{EntryKind, Hlc, Item, Run, limits};

mod codec;
mod pack;

pub use codec::Codec;
pub use pack::{Packed, Packer};

const WHAT: &str = "frame";
const VERSION: u64 = 1;

/// Entries of one partition, in the sender's order of arrival: any prefix of a sender's frames is causally closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub partition: Partition,
    pub runs: Vec<Run>,
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    #[error("frame format {found} is not known here; this side reads {known}")]
    Format { found: u8, known: u8 },
    #[error("frame dictionary {0} is not known here")]
    Dictionary(u8),
    #[error("a frame of {found} bytes is over the limit of {limit}")]
    TooLarge { found: usize, limit: usize },
    #[error("the frame does not decompress to at most {limit} bytes")]
    Compression { limit: usize },
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl Frame {
    pub fn entries(&self) -> u64 {
        self.runs.iter().map(|run| run.items.len() as u64).sum()
    }

    /// The body, before compression. **Frozen: a wire format.**
    pub fn to_body(&self) -> Vec<u8> {
        let mut logs = Table::default();
        let mut authors = Table::default();
        for run in &self.runs {
            logs.place(run.log);
            for author in run.items.iter().filter_map(|item| item.author) {
                authors.place(author);
            }
        }
        let mut clock = Clock::default();
        cbor::write(|w| {
            w.array(6)?.u64(VERSION)?.str(&self.partition.to_string())?;
            w.array(logs.order.len() as u64)?;
            for log in &logs.order {
                w.bytes(log.as_bytes())?;
            }
            w.array(authors.order.len() as u64)?;
            for author in &authors.order {
                w.bytes(author.as_bytes())?;
            }
            w.array(self.runs.len() as u64)?;
            for run in &self.runs {
                let columns = Columns::of(run, &mut clock, &mut authors);
                let extended = run.items.iter().any(|item| !item.extension.is_empty());
                w.array(if extended { 9 } else { 8 })?;
                w.u64(logs.place(run.log))?.u64(run.first)?;
                w.bytes(&columns.millis)?.bytes(&columns.counters)?.bytes(&columns.authors)?;
                w.bytes(&columns.kinds)?.bytes(&columns.lengths)?.bytes(run.signature.as_bytes())?;
                if extended {
                    w.array(run.items.len() as u64)?;
                    for item in &run.items {
                        w.bytes(&item.extension)?;
                    }
                }
            }
            let payloads: Vec<u8> =
                self.runs.iter().flat_map(|run| &run.items).flat_map(|item| &item.payload).copied().collect();
            w.bytes(&payloads)?;
            Ok(())
        })
    }

    /// # Errors
    /// When the bytes are no body of a version this side reads, or hold more than [`limits`] allow.
    pub fn from_body(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(WHAT, bytes);
        r.within(bytes.len() as u64, limits::FRAME_RAW_BYTES)?;
        let left = r.versioned(VERSION, 6)?;
        let partition = r.text(16)?.parse().map_err(|_| r.syntax())?;
        let logs = (0..r.array(limits::RUNS_PER_FRAME)?)
            .map(|_| r.fixed().map(LogId::from_bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let authors = (0..r.array(limits::ENTRIES_PER_FRAME)?)
            .map(|_| r.fixed().map(PersonId::from_bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let mut clock = Clock::default();
        let mut entries = 0;
        let mut runs = Vec::new();
        let mut lengths = Vec::new();
        for _ in 0..r.array(limits::RUNS_PER_FRAME)? {
            let (run, of_run) = read_run(&mut r, &logs, &authors, &mut clock)?;
            entries += run.items.len();
            r.within(entries as u64, limits::ENTRIES_PER_FRAME)?;
            runs.push(run);
            lengths.extend(of_run);
        }
        let mut payloads = r.bytes(limits::FRAME_RAW_BYTES)?;
        for (item, length) in runs.iter_mut().flat_map(|run| &mut run.items).zip(lengths) {
            let length = r.within(length, limits::PAYLOAD_BYTES)?;
            let (payload, rest) = payloads.split_at_checked(length).ok_or_else(|| r.syntax())?;
            item.payload = payload.to_vec();
            payloads = rest;
        }
        if !payloads.is_empty() {
            return Err(r.syntax());
        }
        r.skip(left - 5)?;
        r.end()?;
        Ok(Self { partition, runs })
    }
}

fn read_run(
    r: &mut Reader<'_>,
    logs: &[LogId],
    authors: &[PersonId],
    clock: &mut Clock,
) -> Result<(Run, Vec<u64>), Malformed> {
    let fields = r.array(64)?;
    if fields < 8 {
        return Err(r.syntax());
    }
    let log = usize::try_from(r.uint()?).ok().and_then(|at| logs.get(at)).copied().ok_or_else(|| r.syntax())?;
    let first = r.uint()?;
    let mut column = || varint::read_all(r.bytes(limits::FRAME_RAW_BYTES)?).ok_or_else(|| r.syntax());
    let (millis, counters, author_places, kinds, lengths) = (column()?, column()?, column()?, column()?, column()?);
    let count = millis.len();
    r.within(count as u64, limits::ENTRIES_PER_FRAME)?;
    if count == 0 || [&counters, &author_places, &kinds, &lengths].iter().any(|column| column.len() != count) {
        return Err(r.syntax());
    }
    let signature = Signature::from_bytes(r.fixed()?);
    let mut extensions = Vec::new();
    if fields > 8 {
        if r.array(limits::ENTRIES_PER_FRAME)? != count {
            return Err(r.syntax());
        }
        for _ in 0..count {
            extensions.push(r.bytes(limits::EXTENSION_BYTES)?.to_vec());
        }
        r.skip(fields - 9)?;
    }
    let mut extensions = extensions.into_iter();
    let mut items = Vec::with_capacity(count);
    for (((millis, counter), author), kind) in millis.into_iter().zip(counters).zip(author_places).zip(kinds) {
        let author = match author.checked_sub(1) {
            None => None,
            Some(at) => Some(*usize::try_from(at).ok().and_then(|at| authors.get(at)).ok_or_else(|| r.syntax())?),
        };
        items.push(Item {
            hlc: clock.read(millis, counter).ok_or_else(|| r.syntax())?,
            author,
            kind: EntryKind::from_code(kind),
            extension: extensions.next().unwrap_or_default(),
            payload: Vec::new(),
        });
    }
    Ok((Run { log, first, items, signature }, lengths))
}

/// Ids in order of first use, and the place of each.
#[derive(Debug)]
struct Table<T> {
    order: Vec<T>,
    places: BTreeMap<T, u64>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { order: Vec::new(), places: BTreeMap::new() }
    }
}

impl<T: Ord + Copy> Table<T> {
    fn place(&mut self, id: T) -> u64 {
        let next = self.order.len() as u64;
        *self.places.entry(id).or_insert_with(|| {
            self.order.push(id);
            next
        })
    }
}

/// What the entries of a run have, each kind of thing together.
struct Columns {
    millis: Vec<u8>,
    counters: Vec<u8>,
    authors: Vec<u8>,
    kinds: Vec<u8>,
    lengths: Vec<u8>,
}

impl Columns {
    fn of(run: &Run, clock: &mut Clock, authors: &mut Table<PersonId>) -> Self {
        let mut columns = Self {
            millis: Vec::new(),
            counters: Vec::new(),
            authors: Vec::new(),
            kinds: Vec::new(),
            lengths: Vec::new(),
        };
        for item in &run.items {
            varint::write(&mut columns.millis, clock.delta(item.hlc));
            varint::write(&mut columns.counters, u64::from(item.hlc.counter()));
            varint::write(&mut columns.authors, item.author.map_or(0, |author| authors.place(author) + 1));
            varint::write(&mut columns.kinds, item.kind.code());
            varint::write(&mut columns.lengths, item.payload.len() as u64);
        }
        columns
    }
}

/// The last clock reading of the frame: the next is sent as its distance in milliseconds.
#[derive(Default)]
struct Clock {
    millis: u64,
}

impl Clock {
    fn delta(&mut self, hlc: Hlc) -> u64 {
        // Both are below 2^48, so the distance fits.
        let delta = hlc.millis() as i64 - self.millis as i64;
        self.millis = hlc.millis();
        varint::zigzag(delta)
    }

    fn read(&mut self, delta: u64, counter: u64) -> Option<Hlc> {
        let millis = (self.millis as i64).checked_add(varint::unzigzag(delta))?;
        self.millis = u64::try_from(millis).ok().filter(|millis| *millis < 1 << 48)?;
        Some(Hlc::from_parts(self.millis, u16::try_from(counter).ok()?))
    }
}

#[cfg(test)]
mod tests;
