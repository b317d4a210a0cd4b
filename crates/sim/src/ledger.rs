//! What people were told is safe: the memory against which the replicas are held in the end.
//!
//! An answer that the screen showed as saved waits, here as in the device's journal, until its sitting becomes an entry. From
//! then on it is the entry that must survive, unless every disk that held it was lost.

use std::collections::BTreeMap;

use chaski_values::{Key, LogId, Partition, Scalar};

/// One act of a person: what it wrote, with values that nothing else ever writes.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) writes: Vec<(Key, Scalar)>,
    pub(crate) certainty: Certainty,
}

/// Whether the person saw that it was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    Shown,
    /// The power failed before the screen said so: it may be there or not.
    Unknown,
}

/// What a tablet's disk holds, as its person knows. It goes into a backup and comes back with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    /// By record, in the order in which they were done.
    pub(crate) pending: BTreeMap<String, Vec<Act>>,
    /// How far each of its own logs is known to have been written.
    pub(crate) written: BTreeMap<LogId, chaski_sync::Head>,
}

/// An entry that a tablet committed.
#[derive(Debug, Clone)]
pub(crate) struct Committed {
    pub(crate) by: usize,
    pub(crate) partition: Partition,
    pub(crate) log: LogId,
    pub(crate) head: chaski_sync::Head,
    pub(crate) record: String,
    pub(crate) promises: Vec<Promise>,
    pub(crate) fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Held,
    /// Every disk that held it was lost before anybody else had it.
    Lost,
}

/// One of these values must be in the record's history under this key.
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    pub(crate) key: Key,
    pub(crate) values: Vec<Scalar>,
}

/// What the last act on each key promises: an act that may not have been saved can stand in its place.
pub(crate) fn promises(acts: &[Act]) -> Vec<Promise> {
    let mut kept: BTreeMap<&Key, Vec<&Scalar>> = BTreeMap::new();
    for act in acts {
        for (key, value) in &act.writes {
            match act.certainty {
                Certainty::Shown => {
                    kept.insert(key, vec![value]);
                }
                Certainty::Unknown => {
                    if let Some(values) = kept.get_mut(key) {
                        values.push(value);
                    }
                }
            }
        }
    }
    kept.into_iter()
        .map(|(key, values)| Promise { key: key.clone(), values: values.into_iter().cloned().collect() })
        .collect()
}
