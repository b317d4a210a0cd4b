//! Frames: runs of one partition, packed tightly and compressed apart from every other frame, so that each is taken in as
//! soon as it is whole and a cut loses at most one.
//!
//! On the wire: the format's number, the dictionary's number, the length of the noise and the noise, and a zstd frame of the
//! body. The noise is what no compressor makes smaller: ids, hashes, signatures. The body is CBOR
//! `[1, partition, logs, authors, runs, numbers, payloads]`, logs and authors by count and then by their place in order; what
//! is alike in neighbouring entries stands together, in columns of variable-length numbers.

use std::collections::BTreeMap;

use chaski_trust::Signature;
use chaski_values::{LogId, Partition, PersonId};
use thiserror::Error;

use crate::cbor::{self, Malformed, Reader};
use crate::varint;
use crate::{EntryKind, Hlc, Item, Run, limits};

mod change;
mod codec;
mod pack;

use change::Source;
pub use codec::{Codec, Effort};
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

    /// The frame before compression. **Frozen: a wire format.**
    pub fn to_body(&self) -> Body {
        let mut logs = Table::default();
        let mut authors = Table::default();
        for run in &self.runs {
            logs.place(run.log);
            for author in run.items.iter().filter_map(|item| item.author) {
                authors.place(author);
            }
        }
        let mut sections = Sections::default();
        logs.order.iter().for_each(|log| sections.noise.extend_from_slice(log.as_bytes()));
        authors.order.iter().for_each(|author| sections.noise.extend_from_slice(author.as_bytes()));
        let mut clock = Clock::default();
        let text = cbor::write(|w| {
            w.array(7)?.u64(VERSION)?.str(&self.partition.to_string())?;
            w.u64(logs.order.len() as u64)?.u64(authors.order.len() as u64)?;
            w.array(self.runs.len() as u64)?;
            for run in &self.runs {
                let columns = Columns::of(run, &mut clock, &mut authors, &mut sections);
                let extended = run.items.iter().any(|item| !item.extension.is_empty());
                w.array(if extended { 8 } else { 7 })?;
                w.u64(logs.place(run.log))?.u64(run.first)?;
                w.bytes(&columns.millis)?.bytes(&columns.counters)?.bytes(&columns.authors)?;
                w.bytes(&columns.kinds)?.bytes(&columns.lengths)?;
                if extended {
                    w.array(run.items.len() as u64)?;
                    for item in &run.items {
                        w.bytes(&item.extension)?;
                    }
                }
            }
            w.bytes(&sections.numbers)?.bytes(&sections.payloads)?;
            Ok(())
        });
        Body { text, noise: sections.noise }
    }

    /// # Errors
    /// When the bytes are no body of a version this side reads, or hold more than [`limits`] allow.
    pub fn from_body(body: &Body) -> Result<Self, Malformed> {
        let mut r = Reader::new(WHAT, &body.text);
        r.within(body.text.len() as u64, limits::FRAME_RAW_BYTES)?;
        let left = r.versioned(VERSION, 7)?;
        let mut source = Source { numbers: &[], noise: &body.noise, payloads: &[] };
        let partition = r.text(16)?.parse().map_err(|_| r.syntax())?;
        let (logs, authors) = (r.uint()?, r.uint()?);
        let logs = (0..r.within(logs, limits::RUNS_PER_FRAME)?)
            .map(|_| source.fixed_noise().map(LogId::from_bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let authors = (0..r.within(authors, limits::ENTRIES_PER_FRAME)?)
            .map(|_| source.fixed_noise().map(PersonId::from_bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let mut clock = Clock::default();
        let mut entries = 0;
        let mut unfilled = Vec::new();
        for _ in 0..r.array(limits::RUNS_PER_FRAME)? {
            let run = read_run(&mut r, &logs, &authors, &mut clock)?;
            entries += run.1.len();
            r.within(entries as u64, limits::ENTRIES_PER_FRAME)?;
            unfilled.push(run);
        }
        source.numbers = r.bytes(limits::FRAME_RAW_BYTES)?;
        source.payloads = r.bytes(limits::FRAME_RAW_BYTES)?;
        let mut runs = Vec::with_capacity(unfilled.len());
        for (mut run, lengths) in unfilled {
            run.signature = Signature::from_bytes(source.fixed_noise()?);
            for (item, length) in run.items.iter_mut().zip(lengths) {
                item.payload = match length.checked_sub(1) {
                    None => change::unpack(run.log, item.hlc, &mut source)?,
                    Some(length) => source.payload(r.within(length, limits::PAYLOAD_BYTES)?)?.to_vec(),
                };
            }
            runs.push(run);
        }
        if !(source.numbers.is_empty() && source.noise.is_empty() && source.payloads.is_empty()) {
            return Err(r.syntax());
        }
        r.skip(left - 6)?;
        r.end()?;
        Ok(Self { partition, runs })
    }
}

/// A frame before compression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// What is compressed.
    pub text: Vec<u8>,
    /// What is sent as it is.
    pub noise: Vec<u8>,
}

impl Body {
    /// Bytes before compression.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.noise.len()
    }
}

/// What is gathered from all entries of a frame.
#[derive(Debug, Default)]
struct Sections {
    numbers: Vec<u8>,
    noise: Vec<u8>,
    payloads: Vec<u8>,
}

/// A run without its payloads and signature, and the lengths by which to find the payloads: 0 for packed changes, one more
/// than the length for a payload as it is.
fn read_run(
    r: &mut Reader<'_>,
    logs: &[LogId],
    authors: &[PersonId],
    clock: &mut Clock,
) -> Result<(Run, Vec<u64>), Malformed> {
    let fields = r.array(64)?;
    if fields < 7 {
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
    let mut extensions = Vec::new();
    if fields > 7 {
        if r.array(limits::ENTRIES_PER_FRAME)? != count {
            return Err(r.syntax());
        }
        for _ in 0..count {
            extensions.push(r.bytes(limits::EXTENSION_BYTES)?.to_vec());
        }
        r.skip(fields - 8)?;
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
    let signature = Signature::from_bytes([0; 64]);
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
    /// The columns of a run; its payloads and signature go into the sections.
    fn of(run: &Run, clock: &mut Clock, authors: &mut Table<PersonId>, sections: &mut Sections) -> Self {
        let mut columns = Self {
            millis: Vec::new(),
            counters: Vec::new(),
            authors: Vec::new(),
            kinds: Vec::new(),
            lengths: Vec::new(),
        };
        sections.noise.extend_from_slice(run.signature.as_bytes());
        for item in &run.items {
            varint::write(&mut columns.millis, clock.delta(item.hlc));
            varint::write(&mut columns.counters, u64::from(item.hlc.counter()));
            varint::write(&mut columns.authors, item.author.map_or(0, |author| authors.place(author) + 1));
            varint::write(&mut columns.kinds, item.kind.code());
            let packed = match item.kind {
                EntryKind::RecordChanges => change::pack(&item.payload, run.log, item.hlc, sections),
                EntryKind::Form
                | EntryKind::Catalogue
                | EntryKind::Roster
                | EntryKind::Setting
                | EntryKind::Media
                | EntryKind::Unknown(_) => None,
            };
            if packed.is_some() {
                varint::write(&mut columns.lengths, 0);
            } else {
                varint::write(&mut columns.lengths, item.payload.len() as u64 + 1);
                sections.payloads.extend_from_slice(&item.payload);
            }
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
