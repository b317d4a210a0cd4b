use std::collections::BTreeMap;

use chaski_sync::{Head, PartitionVector};
use chaski_values::{DeviceId, LogId, Partition, RecordId};
use rusqlite::{Connection, params};

use super::{find, hash_at, seq, stored_seq};
use crate::{ChangeSummary, Result, Shared, Store};

/// Which kind of peer holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    Office,
    Centre,
}

/// The safest place that holds something, as far as is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Tablet,
    Office,
    Centre,
}

/// What is only on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// Entries of our logs that no peer said it holds.
    pub entries: u64,
    /// Records that those entries change, or that an open sitting has written to.
    pub records: u64,
}

impl Tier {
    const fn code(self) -> i64 {
        match self {
            Self::Office => 1,
            Self::Centre => 2,
        }
    }
}

impl Store {
    /// Takes note of how far a peer said, under its signature, that it holds a partition durably. It takes the place of what
    /// the peer said before: a hub that was restored holds less.
    ///
    /// A log that the peer holds another branch of does not count.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_acknowledgement(
        &mut self,
        peer: DeviceId,
        tier: Tier,
        partition: Partition,
        held: &PartitionVector,
    ) -> Result<ChangeSummary> {
        let told = self.look(|connection| counting(connection, partition, held))?;
        // Most exchanges say again what the last one said: those cost no write.
        if self.look(|connection| said(connection, peer, tier, partition))? == told {
            return Ok(ChangeSummary::default());
        }
        self.transact(|transaction| {
            let sql = "delete from acknowledgements
                       where peer = ?1 and log in (select id from logs where partition = ?2)";
            transaction.prepare_cached(sql)?.execute(params![peer.as_bytes(), partition.to_string()])?;
            for (id, head) in &told {
                let sql = "insert into acknowledgements (peer, log, tier, seq, head) values (?1, ?2, ?3, ?4, ?5)";
                let values = params![peer.as_bytes(), id, tier.code(), stored_seq(head.seq), head.hash];
                transaction.prepare_cached(sql)?.execute(values)?;
            }
            Ok(ChangeSummary::of_shared(Shared::Acknowledgements))
        })
    }

    /// What a peer last said it holds of a partition.
    ///
    /// # Errors
    /// When the database fails.
    pub fn acknowledged(&self, peer: DeviceId, partition: Partition) -> Result<PartitionVector> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(
                "select logs.log, acknowledgements.seq, acknowledgements.head
                 from acknowledgements join logs on logs.id = acknowledgements.log
                 where acknowledgements.peer = ?1 and logs.partition = ?2",
            )?;
            let mut rows = statement.query(params![peer.as_bytes(), partition.to_string()])?;
            let mut held = PartitionVector::default();
            while let Some(row) = rows.next()? {
                held.0.insert(LogId::from_bytes(row.get(0)?), Head { seq: seq(row.get(1)?), hash: row.get(2)? });
            }
            Ok(held)
        })
    }

    /// What is only on this device.
    ///
    /// # Errors
    /// When the database fails.
    pub fn unsent(&self) -> Result<Unsent> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(include_str!("unsent.sql"))?;
            Ok(statement.query_row([], |row| {
                Ok(Unsent { entries: seq(row.get("entries")?), records: seq(row.get("records")?) })
            })?)
        })
    }

    /// The place that every change of a record has reached.
    ///
    /// # Errors
    /// When the database fails.
    pub fn place(&self, record: RecordId) -> Result<Place> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(include_str!("place.sql"))?;
            let tier: i64 = statement.query_row([record.as_bytes()], |row| row.get(0))?;
            Ok(place_of(tier))
        })
    }
}

/// What counts of what a peer says: the logs of the partition that it holds no other branch of, by their row numbers.
fn counting(connection: &Connection, partition: Partition, held: &PartitionVector) -> Result<BTreeMap<i64, Head>> {
    let mut counting = BTreeMap::new();
    for (log, head) in &held.0 {
        let Some((id, known)) = find(connection, *log)? else { continue };
        let same = hash_at(connection, id, head.seq)?.is_none_or(|hash| hash.head() == head.hash);
        if known.opening.partition() == partition && same && head.seq > 0 {
            counting.insert(id, *head);
        }
    }
    Ok(counting)
}

/// What is kept of what a peer said.
fn said(connection: &Connection, peer: DeviceId, tier: Tier, partition: Partition) -> Result<BTreeMap<i64, Head>> {
    let mut statement = connection.prepare_cached(
        "select acknowledgements.log, acknowledgements.seq, acknowledgements.head
         from acknowledgements join logs on logs.id = acknowledgements.log
         where acknowledgements.peer = ?1 and logs.partition = ?2 and acknowledgements.tier = ?3",
    )?;
    let mut rows = statement.query(params![peer.as_bytes(), partition.to_string(), tier.code()])?;
    let mut said = BTreeMap::new();
    while let Some(row) = rows.next()? {
        said.insert(row.get(0)?, Head { seq: seq(row.get(1)?), hash: row.get(2)? });
    }
    Ok(said)
}

/// The place that a tier's number, 0 for none, stands for.
pub(crate) fn place_of(tier: i64) -> Place {
    match tier {
        2 => Place::Centre,
        1 => Place::Office,
        _ => Place::Tablet,
    }
}
