use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use chaski_values::{LogId, Timestamp};
use sha2::{Digest, Sha256};

use super::columns;
use super::hash::ChangeHash;
use super::shape::{Header, Shape};
use super::wire::{Reader, Unreadable, write_unsigned};
use crate::{Refusal, limits};

/// The first bytes of every Automerge chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The kind of chunk that holds one uncompressed change.
const CHANGE_CHUNK: u8 = 1;

/// One uncompressed change, kept byte for byte as it was written. **Frozen: these bytes are what entries sign and send.**
///
/// That it exists says that its size, checksum and header are in order and how many operations it has; nothing of it has
/// been expanded. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct RawChange(Arc<Parsed>);

#[derive(PartialEq, Eq)]
struct Parsed {
    bytes: Box<[u8]>,
    hash: ChangeHash,
    header: Header,
    /// The logs, other than the change's own, whose values it replaces.
    others: Vec<LogId>,
    columns: [Range<usize>; columns::ALL.len()],
    operations: usize,
}

impl RawChange {
    /// Reads the header of a change and counts its operations, without expanding anything.
    ///
    /// The layout is that of a change chunk in Automerge's binary document format, <https://automerge.org/automerge-binary-format-spec/>.
    ///
    /// # Errors
    /// When the bytes are too many, are not exactly one uncompressed change, do not match their checksum, hold too many
    /// operations or dependencies, or use a part of the format that records do not.
    pub fn parse(bytes: impl Into<Box<[u8]>>) -> Result<Self, Refusal> {
        let bytes = bytes.into();
        if bytes.len() > limits::CHANGE_BYTES {
            return Err(Refusal::TooLarge { bytes: bytes.len() });
        }
        let (hash, content) = open_chunk(&bytes)?;
        let parsed = read_content(&bytes, content)?;
        let Content { header, others, columns, operations } = parsed;
        Ok(Self(Arc::new(Parsed { hash, header, others, columns, operations, bytes })))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    pub fn hash(&self) -> ChangeHash {
        self.0.hash
    }

    /// The log that wrote the change: its Automerge actor.
    pub fn log(&self) -> LogId {
        self.0.header.log
    }

    /// The change's number among its log's changes to the same record, from 1.
    pub fn seq(&self) -> u64 {
        self.0.header.seq
    }

    /// The logical time of the first operation.
    pub fn start(&self) -> u64 {
        self.0.header.start
    }

    /// When the writer's clock said it was.
    pub fn at(&self) -> Timestamp {
        self.0.header.at
    }

    /// The changes this one was made on top of, in the order of their hashes.
    pub fn deps(&self) -> &[ChangeHash] {
        &self.0.header.deps
    }

    pub fn operations(&self) -> usize {
        self.0.operations
    }

    /// Checks that the change was written by the log it was found in.
    ///
    /// # Errors
    /// [`Refusal::ForeignActor`] when it was not.
    pub fn check_log(&self, expected: LogId) -> Result<(), Refusal> {
        if self.log() == expected { Ok(()) } else { Err(Refusal::ForeignActor { expected, found: self.log() }) }
    }

    /// Reads every operation and checks that the bytes are the one encoding of them. Needs no document.
    ///
    /// # Errors
    /// When an operation is not a put of a scalar at a valid key, keys are not in order or repeat, or the same content
    /// could have been written in other bytes.
    pub fn check_shape(&self) -> Result<Shape, Refusal> {
        Shape::read(self)
    }

    pub(super) fn header(&self) -> &Header {
        &self.0.header
    }

    pub(super) fn others(&self) -> &[LogId] {
        &self.0.others
    }

    /// The bytes of the column at `index` of [`columns::ALL`].
    pub(super) fn column(&self, index: usize) -> &[u8] {
        &self.0.bytes[self.0.columns[index].clone()]
    }
}

/// Puts `content` into a chunk: magic, checksum, kind, length.
pub(crate) fn close_chunk(content: &[u8]) -> Vec<u8> {
    let hash = hash_of(content);
    let mut out = Vec::with_capacity(content.len() + 14);
    out.extend(MAGIC);
    out.extend(&hash.as_bytes()[..4]);
    out.push(CHANGE_CHUNK);
    write_unsigned(&mut out, content.len() as u64);
    out.extend(content);
    out
}

fn hash_of(content: &[u8]) -> ChangeHash {
    let mut prefix = vec![CHANGE_CHUNK];
    write_unsigned(&mut prefix, content.len() as u64);
    ChangeHash::from_bytes(Sha256::new().chain_update(prefix).chain_update(content).finalize().into())
}

/// Checks everything around the content: where the content begins, and what it hashes to.
fn open_chunk(bytes: &[u8]) -> Result<(ChangeHash, usize), Refusal> {
    let not = |what| Refusal::NotAChange { what };
    let ended = |_: Unreadable| not("the bytes end inside the chunk's head");
    let mut reader = Reader::new(bytes);
    if reader.array().map_err(ended)? != MAGIC {
        return Err(not("it does not begin as an Automerge chunk does"));
    }
    let checksum: [u8; 4] = reader.array().map_err(ended)?;
    match reader.array().map_err(ended)? {
        [CHANGE_CHUNK] => {}
        [0] => return Err(not("it is a whole document")),
        [2] => return Err(not("it is a compressed change")),
        [3] => return Err(not("it is a bundle of changes")),
        [_] => return Err(not("it is a chunk of an unknown kind")),
    }
    let length = reader.unsigned().map_err(ended)?;
    let content = reader.rest();
    if content.len() as u64 != length {
        return Err(not("its length is not the one it states"));
    }
    let hash = hash_of(content);
    if hash.as_bytes()[..4] != checksum {
        return Err(Refusal::Checksum);
    }
    Ok((hash, bytes.len() - content.len()))
}

struct Content {
    header: Header,
    others: Vec<LogId>,
    columns: [Range<usize>; columns::ALL.len()],
    operations: usize,
}

fn read_content(bytes: &[u8], start: usize) -> Result<Content, Refusal> {
    let malformed = |part| move |_: Unreadable| Refusal::Malformed { part };
    let mut reader = Reader::new(&bytes[start..]);

    let deps_count = reader.unsigned().map_err(malformed("dependencies"))?;
    if deps_count > limits::CHANGE_DEPENDENCIES as u64 {
        return Err(Refusal::TooManyDependencies { dependencies: deps_count });
    }
    let deps = (0..deps_count)
        .map(|_| reader.array().map(ChangeHash::from_bytes).map_err(malformed("dependencies")))
        .collect::<Result<Vec<_>, _>>()?;
    if !deps.is_sorted_by(|before, after| before < after) {
        return Err(Refusal::NotCanonical { part: "list of dependencies" });
    }
    let log = read_log(&mut reader)?;
    let seq = reader.unsigned().map_err(malformed("sequence"))?;
    let first = reader.unsigned().map_err(malformed("first operation"))?;
    let millis = reader.signed().map_err(malformed("time"))?;
    let at = Timestamp::from_millis(millis).map_err(|_| Refusal::BadTime { millis })?;
    if reader.unsigned().map_err(malformed("message"))? != 0 {
        return Err(Refusal::Unused { what: "message" });
    }
    let others_count = reader.unsigned().map_err(malformed("list of other logs"))?;
    if others_count > limits::CHANGE_PREDECESSORS as u64 {
        return Err(Refusal::TooManyPredecessors { predecessors: others_count });
    }
    let others = (0..others_count).map(|_| read_log(&mut reader)).collect::<Result<Vec<_>, _>>()?;

    let columns = read_columns(bytes, &mut reader)?;
    let [_, _, action, ..] = &columns;
    let operations = columns::count(&bytes[action.clone()], limits::CHANGE_OPERATIONS as u64)
        .map_err(malformed("list of operations"))?;
    match usize::try_from(operations) {
        Ok(0) => Err(Refusal::Empty),
        Ok(operations) if operations <= limits::CHANGE_OPERATIONS => {
            Ok(Content { header: Header { log, seq, start: first, at, deps }, others, columns, operations })
        }
        _ => Err(Refusal::TooManyOperations { operations }),
    }
}

fn read_log(reader: &mut Reader<'_>) -> Result<LogId, Refusal> {
    let bytes = reader.unsigned().map_err(|_| Refusal::Malformed { part: "actor" })?;
    if bytes != 16 {
        return Err(Refusal::BadActor { bytes });
    }
    reader.array().map(LogId::from_bytes).map_err(|_| Refusal::Malformed { part: "actor" })
}

/// Finds where in `bytes` each column of [`columns::ALL`] stands; one that is left out is empty.
fn read_columns(bytes: &[u8], reader: &mut Reader<'_>) -> Result<[Range<usize>; columns::ALL.len()], Refusal> {
    let malformed = |_: Unreadable| Refusal::Malformed { part: "list of columns" };
    let mut lengths = [0u64; columns::ALL.len()];
    let mut next = 0;
    for _ in 0..reader.unsigned().map_err(malformed)? {
        let column = reader.unsigned().map_err(malformed)?;
        let Some(index) = columns::ALL.iter().position(|known| *known == column) else {
            return Err(Refusal::Unused { what: unused_column(column) });
        };
        let length = reader.unsigned().map_err(malformed)?;
        if index < next || length == 0 {
            return Err(Refusal::NotCanonical { part: "list of columns" });
        }
        next = index + 1;
        lengths[index] = length;
    }
    let mut found = [const { 0..0 }; columns::ALL.len()];
    for (range, length) in found.iter_mut().zip(lengths) {
        let start = bytes.len() - reader.rest().len();
        let column = reader.take(length).map_err(|_| Refusal::Malformed { part: "columns" })?;
        *range = start..start + column.len();
    }
    if reader.is_empty() { Ok(found) } else { Err(Refusal::Unused { what: "footer" }) }
}

fn unused_column(column: u64) -> &'static str {
    match column {
        _ if column & 0x08 != 0 => "compressed column",
        0x01 | 0x02 => "nested object",
        0x11 | 0x13 => "list or text",
        0x94 | 0xa5 => "mark",
        _ => "column of an unknown kind",
    }
}

impl fmt::Debug for RawChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawChange")
            .field("hash", &self.hash())
            .field("log", &self.log())
            .field("seq", &self.seq())
            .field("operations", &self.operations())
            .finish_non_exhaustive()
    }
}
