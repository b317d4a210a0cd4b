//! The run-length columns of a change's operations, read in memory bounded by a count known beforehand.

use super::wire::{Reader, Unreadable, write_signed, write_unsigned};

/// Column numbers of Automerge's storage format, in the order they are written.
pub(super) const KEY: u64 = 0x15;
pub(super) const INSERT: u64 = 0x34;
pub(super) const ACTION: u64 = 0x42;
pub(super) const VALUE_META: u64 = 0x56;
pub(super) const VALUE: u64 = 0x57;
pub(super) const PREDECESSOR_COUNT: u64 = 0x70;
pub(super) const PREDECESSOR_ACTOR: u64 = 0x71;
pub(super) const PREDECESSOR_COUNTER: u64 = 0x73;

pub(super) const ALL: [u64; 8] =
    [KEY, INSERT, ACTION, VALUE_META, VALUE, PREDECESSOR_COUNT, PREDECESSOR_ACTOR, PREDECESSOR_COUNTER];

/// How many values a column of unsigned integers holds, found by reading the run headers only. Stops above `limit`.
pub(super) fn count(column: &[u8], limit: u64) -> Result<u64, Unreadable> {
    let mut reader = Reader::new(column);
    let mut total = 0u64;
    while !reader.is_empty() && total <= limit {
        let run = reader.signed()?;
        if run == 0 {
            total = total.saturating_add(reader.unsigned()?);
            continue;
        }
        // A literal run holds a byte or more for each value, so this ends with the bytes.
        let values = if run < 0 { run.unsigned_abs() } else { 1 };
        for _ in 0..values {
            reader.unsigned()?;
        }
        total = total.saturating_add(run.unsigned_abs());
    }
    Ok(total)
}

/// Reads a run-length column of exactly `count` values, none of them null.
pub(super) fn read_runs<'a, T: Clone>(
    column: &'a [u8],
    count: usize,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, Unreadable>,
) -> Result<Vec<T>, Unreadable> {
    let mut reader = Reader::new(column);
    let mut values = Vec::with_capacity(count);
    while !reader.is_empty() {
        let run = reader.signed()?;
        let length = usize::try_from(run.unsigned_abs()).map_err(|_| Unreadable)?;
        if run == 0 || length > count - values.len() {
            return Err(Unreadable);
        }
        if run > 0 {
            let value = read(&mut reader)?;
            values.extend(std::iter::repeat_n(value, length));
        } else {
            for _ in 0..length {
                values.push(read(&mut reader)?);
            }
        }
    }
    if values.len() == count { Ok(values) } else { Err(Unreadable) }
}

/// Writes `values` in the one way that Automerge does: equal neighbours as a run, the others gathered as literals.
pub(super) fn write_runs<T: PartialEq>(out: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    let run_at = |start: usize| values[start..].iter().take_while(|value| **value == values[start]).count();
    let mut start = 0;
    while start < values.len() {
        let run = run_at(start);
        if run > 1 {
            write_signed(out, run as i64);
            write(out, &values[start]);
            start += run;
            continue;
        }
        let mut end = start + 1;
        while end < values.len() && run_at(end) == 1 {
            end += 1;
        }
        write_signed(out, -((end - start) as i64));
        values[start..end].iter().for_each(|value| write(out, value));
        start = end;
    }
}

pub(super) fn read_unsigned_runs(column: &[u8], count: usize) -> Result<Vec<u64>, Unreadable> {
    read_runs(column, count, Reader::unsigned)
}

pub(super) fn write_unsigned_runs(out: &mut Vec<u8>, values: &[u64]) {
    write_runs(out, values, |out, value| write_unsigned(out, *value));
}

/// Reads `count` integers, each kept as the difference from the one before.
pub(super) fn read_deltas(column: &[u8], count: usize) -> Result<Vec<u64>, Unreadable> {
    let mut value = 0i64;
    read_runs(column, count, Reader::signed)?
        .into_iter()
        .map(|delta| {
            value = value.checked_add(delta).ok_or(Unreadable)?;
            u64::try_from(value).map_err(|_| Unreadable)
        })
        .collect()
}

pub(super) fn write_deltas(out: &mut Vec<u8>, values: &[u64]) {
    let mut before = 0i64;
    let deltas: Vec<i64> = values
        .iter()
        .map(|value| {
            let value = *value as i64;
            value - std::mem::replace(&mut before, value)
        })
        .collect();
    write_runs(out, &deltas, |out, delta| write_signed(out, *delta));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn columns_round_trip(values in proptest::collection::vec(0u64..4, 0..60)) {
            let mut out = Vec::new();
            write_unsigned_runs(&mut out, &values);
            prop_assert_eq!(count(&out, 1_000), Ok(values.len() as u64));
            prop_assert_eq!(read_unsigned_runs(&out, values.len()), Ok(values.clone()));
            prop_assert!(read_unsigned_runs(&out, values.len() + 1).is_err());
            let mut out = Vec::new();
            write_deltas(&mut out, &values);
            prop_assert_eq!(read_deltas(&out, values.len()), Ok(values));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60), n in 0usize..50) {
            let _ = count(&bytes, 5_000);
            let _ = read_unsigned_runs(&bytes, n);
            let _ = read_deltas(&bytes, n);
        }
    }

    #[test]
    fn a_run_longer_than_memory_is_only_counted() {
        let mut out = Vec::new();
        write_signed(&mut out, i64::MAX);
        write_unsigned(&mut out, 1);
        assert_eq!(count(&out, 5_000), Ok(i64::MAX as u64));
        assert!(read_unsigned_runs(&out, 5_000).is_err());
    }
}
