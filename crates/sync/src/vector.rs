use std::collections::BTreeMap;

use chaski_values::{Hash32, LogId, Partition};

use crate::cbor::{Malformed, Reader, Writer};
use crate::{Tip, limits};

const WHAT: &str = "vector";
const DOMAIN: &str = "chaski 2026 vector v1";

/// How far a side holds one log: the last sequence number, from 1, and the first 16 bytes of that entry's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    pub seq: u64,
    pub hash: [u8; 16],
}

impl From<&Tip> for Head {
    fn from(tip: &Tip) -> Self {
        Self { seq: tip.seq, hash: tip.hash.head() }
    }
}

/// What a side holds of one partition. A log without entries is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartitionVector(pub BTreeMap<LogId, Head>);

/// What a side holds: for each partition that it serves, how far it has each log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vector(pub BTreeMap<Partition, PartitionVector>);

/// Two sides hold different entries at the same place of one log: its device was cloned, restored, or lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Divergence {
    pub log: LogId,
    pub seq: u64,
}

impl PartitionVector {
    pub fn seq(&self, log: LogId) -> u64 {
        self.0.get(&log).map_or(0, |head| head.seq)
    }

    /// Entries that `self` has and `other` lacks, by count.
    pub fn entries_beyond(&self, other: &Self) -> u64 {
        self.0.iter().fold(0, |sum: u64, (log, head)| sum.saturating_add(head.seq.saturating_sub(other.seq(*log))))
    }

    /// What has to be said to one who knows `base` for it to know `self`: the logs whose heads differ, `None` for one that
    /// `self` lacks.
    pub fn difference_from(&self, base: &Self) -> BTreeMap<LogId, Option<Head>> {
        let changed =
            self.0.iter().filter(|(log, head)| base.0.get(log) != Some(head)).map(|(log, head)| (*log, Some(*head)));
        let missing = base.0.keys().filter(|log| !self.0.contains_key(log)).map(|log| (*log, None));
        changed.chain(missing).collect()
    }

    /// `self` with a difference applied: the inverse of [`Self::difference_from`].
    #[must_use]
    pub fn with_difference(&self, difference: &BTreeMap<LogId, Option<Head>>) -> Self {
        let mut heads = self.0.clone();
        for (log, head) in difference {
            match head {
                Some(head) => heads.insert(*log, *head),
                None => heads.remove(log),
            };
        }
        Self(heads)
    }

    /// What a signed acknowledgement names. **Frozen: signed.**
    pub fn hash(&self) -> Hash32 {
        Hash32::of(DOMAIN, &[&crate::cbor::write(|w| self.write(w))])
    }

    /// A flat array of log, seq and head, logs ascending.
    pub(crate) fn write(&self, w: &mut Writer) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        w.array(self.0.len() as u64 * 3)?;
        for (log, head) in &self.0 {
            w.bytes(log.as_bytes())?.u64(head.seq)?.bytes(&head.hash)?;
        }
        Ok(())
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let items = r.array(limits::LOGS_PER_PARTITION * 3)?;
        if !items.is_multiple_of(3) {
            return Err(r.syntax());
        }
        let mut heads = BTreeMap::new();
        for _ in 0..items / 3 {
            let log = LogId::from_bytes(r.fixed()?);
            let head = Head { seq: r.uint()?, hash: r.fixed()? };
            if head.seq == 0 || heads.last_key_value().is_some_and(|(last, _)| *last >= log) {
                return Err(Malformed::NotCanonical { what: WHAT });
            }
            heads.insert(log, head);
        }
        Ok(Self(heads))
    }
}

impl Vector {
    pub fn partition(&self, partition: Partition) -> Option<&PartitionVector> {
        self.0.get(&partition)
    }

    pub(crate) fn write(&self, w: &mut Writer) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        w.array(self.0.len() as u64 * 2)?;
        for (partition, heads) in &self.0 {
            w.str(&partition.to_string())?;
            heads.write(w)?;
        }
        Ok(())
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let items = r.array(limits::PARTITIONS * 2)?;
        if !items.is_multiple_of(2) {
            return Err(r.syntax());
        }
        let mut partitions = BTreeMap::new();
        for _ in 0..items / 2 {
            let partition: Partition = r.text(16)?.parse().map_err(|_| r.syntax())?;
            if partitions.last_key_value().is_some_and(|(last, _)| *last >= partition) {
                return Err(Malformed::NotCanonical { what: WHAT });
            }
            partitions.insert(partition, PartitionVector::read(r)?);
        }
        Ok(Self(partitions))
    }
}
