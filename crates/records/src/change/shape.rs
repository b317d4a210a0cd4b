use chaski_values::{Key, LogId, Scalar, Timestamp};

use super::columns;
use super::hash::ChangeHash;
use super::raw::{RawChange, close_chunk};
use super::wire::{Reader, Unreadable, write_signed, write_unsigned};
use crate::{Refusal, limits};

/// What a change says of itself before its operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    pub(crate) start: u64,
    pub(crate) at: Timestamp,
    pub(crate) deps: Vec<ChangeHash>,
}

/// One operation's place in logical time. Of values written apart, the one with the greatest `OpId` wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId {
    pub counter: u64,
    pub log: LogId,
}

/// One operation: a scalar written to a key, in place of the values named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    pub key: Key,
    pub scalar: Scalar,
    /// The operations whose values this one replaces, in ascending order.
    pub preds: Vec<OpId>,
}

/// Everything a change does. That it exists says that the change's bytes are the one encoding of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    puts: Vec<Put>,
}

/// Automerge's number for the operation that puts a value.
const PUT: u64 = 1;

mod kind {
    pub(super) const NULL: u64 = 0;
    pub(super) const FALSE: u64 = 1;
    pub(super) const TRUE: u64 = 2;
    pub(super) const INT: u64 = 4;
    pub(super) const TEXT: u64 = 6;
    pub(super) const BYTES: u64 = 7;
    pub(super) const TIME: u64 = 9;
}

impl Shape {
    /// The change's operations, in the order of their keys.
    pub fn puts(&self) -> &[Put] {
        &self.puts
    }

    pub(super) fn read(change: &RawChange) -> Result<Self, Refusal> {
        let malformed = |part| move |_: Unreadable| Refusal::Malformed { part };
        let count = change.operations();
        let [key, insert, action, meta, value, group, actor, counter] = std::array::from_fn(|i| change.column(i));

        check_actions(insert, action, count)?;
        let metas = columns::read_unsigned_runs(meta, count).map_err(malformed("kinds of value"))?;
        let keys = columns::read_runs(key, count, |reader| {
            let length = reader.unsigned()?;
            reader.take(length)
        })
        .map_err(malformed("keys"))?;
        let groups = columns::read_unsigned_runs(group, count).map_err(malformed("predecessors"))?;
        let predecessors = groups.iter().fold(0u64, |sum, more| sum.saturating_add(*more));
        if predecessors > limits::CHANGE_PREDECESSORS as u64 {
            return Err(Refusal::TooManyPredecessors { predecessors });
        }
        let actors = columns::read_unsigned_runs(actor, predecessors as usize).map_err(malformed("predecessors"))?;
        let counters = columns::read_deltas(counter, predecessors as usize).map_err(malformed("predecessors"))?;
        let mut ids = actors.iter().zip(&counters).map(|(actor, counter)| {
            let log = match actor {
                0 => Some(change.log()),
                other => usize::try_from(other - 1).ok().and_then(|index| change.others().get(index)).copied(),
            };
            log.map(|log| OpId { counter: *counter, log }).ok_or(Refusal::Malformed { part: "predecessors" })
        });

        let mut values = Reader::new(value);
        let mut puts: Vec<Put> = Vec::with_capacity(count);
        for (operation, ((key, meta), group)) in keys.into_iter().zip(metas).zip(groups).enumerate() {
            let key = read_key(operation, key)?;
            if puts.last().is_some_and(|before| before.key >= key) {
                return Err(Refusal::KeysOutOfOrder { key });
            }
            let scalar = read_scalar(operation, meta, &mut values)?;
            let preds = ids.by_ref().take(group as usize).collect::<Result<Vec<_>, _>>()?;
            if !preds.is_sorted_by(|before, after| before < after) {
                return Err(Refusal::NotCanonical { part: "list of predecessors" });
            }
            puts.push(Put { key, scalar, preds });
        }
        // Reading is lenient where writing is not: runs cut short, logs listed and not used, bytes left over. Writing the
        // same content again finds all of them at once.
        if encode(change.header(), &puts) != change.as_bytes() {
            return Err(Refusal::NotCanonical { part: "content" });
        }
        Ok(Self { puts })
    }
}

fn check_actions(insert: &[u8], action: &[u8], count: usize) -> Result<(), Refusal> {
    let actions =
        columns::read_unsigned_runs(action, count).map_err(|_| Refusal::Malformed { part: "list of operations" })?;
    if let Some(operation) = actions.iter().position(|action| *action != PUT) {
        let what = match actions[operation] {
            0 => "new map",
            2 => "new list",
            3 => "deletion",
            4 => "new text",
            5 => "counter's increment",
            6 => "new table",
            7 => "mark",
            _ => "operation of an unknown kind",
        };
        return Err(Refusal::NotAScalarPut { operation, what });
    }
    let mut none_inserts = Vec::new();
    write_unsigned(&mut none_inserts, count as u64);
    if insert == none_inserts { Ok(()) } else { Err(Refusal::Unused { what: "insertion into a list" }) }
}

fn read_key(operation: usize, bytes: &[u8]) -> Result<Key, Refusal> {
    std::str::from_utf8(bytes)
        .map_err(|_| Refusal::Malformed { part: "keys" })?
        .parse()
        .map_err(|source| Refusal::BadKey { operation, source })
}

fn read_scalar(operation: usize, meta: u64, values: &mut Reader<'_>) -> Result<Scalar, Refusal> {
    let malformed = |_: Unreadable| Refusal::Malformed { part: "values" };
    let not_a_scalar = |what| Refusal::NotAScalarPut { operation, what };
    let bytes = values.take(meta >> 4).map_err(malformed)?;
    let integer = || Reader::new(bytes).signed().map_err(malformed);
    match meta & 0x0f {
        kind::NULL => Ok(Scalar::Null),
        kind::FALSE => Ok(Scalar::Bool(false)),
        kind::TRUE => Ok(Scalar::Bool(true)),
        kind::INT => Ok(Scalar::Int(integer()?)),
        kind::TEXT => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Scalar::text(text)),
            Err(_) => Err(Refusal::Malformed { part: "values" }),
        },
        kind::BYTES => Ok(Scalar::Bytes(bytes.to_vec())),
        kind::TIME => Timestamp::from_millis(integer()?)
            .map(Scalar::Time)
            .map_err(|_| not_a_scalar("time outside the years 0 to 9999")),
        3 => Err(not_a_scalar("unsigned integer")),
        5 => Err(not_a_scalar("floating-point number")),
        8 => Err(not_a_scalar("counter")),
        _ => Err(not_a_scalar("value of an unknown kind")),
    }
}

/// Writes `scalar` to `values` and gives its description: the kind in the low four bits, the length above.
fn write_scalar(values: &mut Vec<u8>, scalar: &Scalar) -> u64 {
    let start = values.len();
    let kind = match scalar {
        Scalar::Null => kind::NULL,
        Scalar::Bool(false) => kind::FALSE,
        Scalar::Bool(true) => kind::TRUE,
        Scalar::Int(value) => {
            write_signed(values, *value);
            kind::INT
        }
        Scalar::Text(text) => {
            values.extend(text.as_bytes());
            kind::TEXT
        }
        Scalar::Bytes(bytes) => {
            values.extend(bytes);
            kind::BYTES
        }
        Scalar::Time(at) => {
            write_signed(values, at.millis());
            kind::TIME
        }
    };
    ((values.len() - start) as u64) << 4 | kind
}

/// The bytes of a change: what Automerge itself writes for the same header and operations.
pub(crate) fn encode(header: &Header, puts: &[Put]) -> Vec<u8> {
    let preds = || puts.iter().flat_map(|put| &put.preds);
    let mut others: Vec<LogId> = preds().map(|id| id.log).filter(|log| *log != header.log).collect();
    others.sort_unstable();
    others.dedup();
    let actor_of = |log: LogId| others.binary_search(&log).map_or(0, |index| index as u64 + 1);

    let mut columns: [Vec<u8>; columns::ALL.len()] = Default::default();
    let [key, insert, action, meta, value, group, actor, counter] = &mut columns;
    columns::write_runs(key, puts, |out, put| {
        write_unsigned(out, put.key.as_str().len() as u64);
        out.extend(put.key.as_str().as_bytes());
    });
    write_unsigned(insert, puts.len() as u64);
    columns::write_unsigned_runs(action, &vec![PUT; puts.len()]);
    columns::write_unsigned_runs(meta, &puts.iter().map(|put| write_scalar(value, &put.scalar)).collect::<Vec<_>>());
    columns::write_unsigned_runs(group, &puts.iter().map(|put| put.preds.len() as u64).collect::<Vec<_>>());
    columns::write_unsigned_runs(actor, &preds().map(|id| actor_of(id.log)).collect::<Vec<_>>());
    columns::write_deltas(counter, &preds().map(|id| id.counter).collect::<Vec<_>>());

    let mut out = Vec::with_capacity(128 + columns.iter().map(Vec::len).sum::<usize>());
    write_unsigned(&mut out, header.deps.len() as u64);
    header.deps.iter().for_each(|dep| out.extend(dep.as_bytes()));
    write_log(&mut out, header.log);
    write_unsigned(&mut out, header.seq);
    write_unsigned(&mut out, header.start);
    write_signed(&mut out, header.at.millis());
    write_unsigned(&mut out, 0);
    write_unsigned(&mut out, others.len() as u64);
    others.iter().for_each(|log| write_log(&mut out, *log));
    write_unsigned(&mut out, columns.iter().filter(|column| !column.is_empty()).count() as u64);
    for (number, column) in columns::ALL.iter().zip(&columns).filter(|(_, column)| !column.is_empty()) {
        write_unsigned(&mut out, *number);
        write_unsigned(&mut out, column.len() as u64);
    }
    columns.iter().for_each(|column| out.extend(column));
    close_chunk(&out)
}

fn write_log(out: &mut Vec<u8>, log: LogId) {
    write_unsigned(out, log.as_bytes().len() as u64);
    out.extend(log.as_bytes());
}
