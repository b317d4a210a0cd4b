//! The hub's side: a real store, the protocol's server over it, and the rules that a hub judges by.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaski_programme::Publication;
use chaski_records::Record;
use chaski_store::{Check, Environment, Ownership, Projection, Rules, Store, Verdict};
use chaski_sync::{
    Codec, Entry, EntryKind, LogOpening, Server, ServerConfig, ServerEffect, ServerEvent, Tip, judge, limits,
};
use chaski_trust::{DatabaseKey, Roster, SigningKey};
use chaski_values::{Partition, Timestamp};

use crate::sabotage::{Sabotage, Sabotaged};
use crate::{Broken, disk};

/// Judges entries by the roster, as a hub does; of what is published it needs to know nothing more.
#[derive(Debug, Clone)]
pub(crate) struct ByRoster(pub(crate) Arc<Roster>);

impl Rules for ByRoster {
    fn judge(&self, opening: &LogOpening, entry: &Entry) -> Verdict {
        match judge(&self.0, opening, entry) {
            Ok(()) => Verdict::Take,
            Err(denial) => Verdict::Quarantine(denial.code().to_owned()),
        }
    }

    fn publication(&self, _: &Entry) -> chaski_store::Publication {
        chaski_store::Publication::Nothing
    }

    fn project(&self, _: &Record) -> Projection {
        Projection::default()
    }
}

/// What every hub of the programme is made with.
#[derive(Debug, Clone)]
pub(crate) struct Office {
    pub(crate) key: SigningKey,
    pub(crate) roster: Arc<Roster>,
    pub(crate) codec: Arc<Codec>,
}

const DATABASE: &str = "hub.db";

pub(crate) fn database_key() -> DatabaseKey {
    DatabaseKey::from_bytes([0x33; 32])
}

#[derive(Debug)]
pub(crate) struct Centre {
    pub(crate) folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) office: Office,
}

impl Centre {
    pub(crate) fn open(folder: &Path, office: &Office, now: Timestamp) -> Result<Self, Broken> {
        let environment = Environment { now, check: Check::IfUnclean };
        let opened = Store::open(&folder.join(DATABASE), &database_key(), environment).map_err(Broken::store)?;
        if let Some(aside) = opened.set_aside {
            return Err(Broken::promise(format!("the hub's database was set aside: {}", aside.finding)));
        }
        Ok(Self { folder: folder.to_owned(), store: opened.store, office: office.clone() })
    }

    pub(crate) fn rules(&self) -> ByRoster {
        ByRoster(Arc::clone(&self.office.roster))
    }

    /// Puts something into the hub's own log, for every tablet.
    pub(crate) fn publish(&mut self, kind: EntryKind, payload: Vec<u8>, now: Timestamp) -> Result<(), Broken> {
        let opening = LogOpening::new(self.office.key.verifying_key(), Partition::Programme, [7; 16]);
        self.store.keep_log(&opening, &[], Ownership::Ours).map_err(Broken::store)?;
        let tip: Tip = self.store.tip(opening.log()).map_err(Broken::store)?;
        let entry = Entry::after(opening.log(), &tip, tip.hlc.next(now), None, kind, payload)
            .map_err(|error| Broken::promise(error.to_string()))?;
        let signature = entry.sign(&self.office.key);
        self.store.append_own(&entry, &signature, &self.rules()).map_err(Broken::store)?;
        Ok(())
    }

    pub(crate) fn publish_all(&mut self, items: &[(EntryKind, Publication)], now: Timestamp) -> Result<(), Broken> {
        items.iter().try_for_each(|(kind, item)| self.publish(*kind, item.to_bytes(), now))
    }

    /// Brings some records up to date; true while more are left.
    pub(crate) fn settle(&mut self, sabotaged: Sabotaged) -> Result<bool, Broken> {
        if sabotaged.by(Sabotage::LeaveARecordBehind) {
            self.store.apply_pending(1, &self.rules()).map_err(Broken::store)?;
            return Ok(false);
        }
        let applied = self.store.apply_pending(64, &self.rules()).map_err(Broken::store)?;
        Ok(applied.left > 0)
    }

    pub(crate) fn serve(&self) -> Serving {
        let config = ServerConfig {
            key: self.office.key.clone(),
            roster: Arc::clone(&self.office.roster),
            codec: Arc::clone(&self.office.codec),
            budget: limits::EXCHANGE_BYTES,
        };
        Serving { server: Server::new(config), unstored: Vec::new() }
    }

    /// The power fails: what the disk holds is all that is left.
    pub(crate) fn power_cut(self, to: &Path, now: Timestamp) -> Result<Self, Broken> {
        disk::image(&self.folder, to)?;
        let Self { folder, store, office } = self;
        drop(store);
        disk::clear(&folder)?;
        Self::open(to, &office, now)
    }

    /// An older database takes the place of this one.
    pub(crate) fn restore(self, backup: &Path, now: Timestamp) -> Result<Self, Broken> {
        let Self { folder, store, office } = self;
        drop(store);
        disk::replace(&folder, backup)?;
        Self::open(&folder, &office, now)
    }
}

/// One exchange at the hub.
#[derive(Debug)]
pub(crate) struct Serving {
    server: Server,
    /// Frames that a sabotaged hub said it had stored.
    unstored: Vec<chaski_sync::Frame>,
}

impl Serving {
    /// What the hub answers to an event, with everything it asks of its store done.
    pub(crate) fn turn(
        &mut self,
        centre: &mut Centre,
        now: Timestamp,
        event: ServerEvent,
        sabotaged: Sabotaged,
    ) -> Result<Vec<u8>, Broken> {
        let mut response = Vec::new();
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.server.step(now, event) {
                match effect {
                    ServerEffect::Open(introduction) => {
                        let refused = centre.store.introduce(&introduction).map_err(Broken::store)?;
                        events.extend(refused.map(ServerEvent::NotOpened));
                    }
                    ServerEffect::Ingest(frame) if sabotaged.by(Sabotage::AcknowledgeBeforeStoring) => {
                        let new = frame.runs.iter().map(|run| run.items.len() as u64).sum();
                        self.unstored.push(frame);
                        events.push_back(ServerEvent::Ingested(chaski_sync::Ingested {
                            new,
                            ..chaski_sync::Ingested::default()
                        }));
                    }
                    ServerEffect::Ingest(frame) => {
                        let rules = centre.rules();
                        let (told, _) = centre.store.take_frame(&frame, now, &rules).map_err(Broken::store)?;
                        events.push_back(ServerEvent::Ingested(told));
                    }
                    ServerEffect::LoadVector(partitions) => {
                        let mut vector = centre.store.vector(&partitions).map_err(Broken::store)?;
                        for frame in &self.unstored {
                            boast(&mut vector, frame, &centre.store);
                        }
                        events.push_back(ServerEvent::Vector(vector));
                    }
                    ServerEffect::Load(wanted) => {
                        events.push_back(ServerEvent::Loaded(centre.store.load(&wanted).map_err(Broken::store)?));
                    }
                    ServerEffect::Send(bytes) => response.extend(bytes),
                    ServerEffect::Done(_) => {}
                }
            }
        }
        Ok(response)
    }
}

/// Adds to a vector what a frame would have brought: the lie of a hub that acknowledges before it stores.
fn boast(vector: &mut chaski_sync::Vector, frame: &chaski_sync::Frame, store: &Store) {
    for run in &frame.runs {
        let Ok(Some(held)) = store.log(run.log) else { continue };
        let known = |seq| store.hash_at(run.log, seq).ok().flatten();
        if let Ok(checked) = chaski_sync::check_run(&held.opening, &held.tip, known, run)
            && let Some(last) = checked.new.last()
        {
            let heads = vector.0.entry(frame.partition).or_default();
            heads.0.insert(run.log, chaski_sync::Head::from(&last.entry.tip()));
        }
    }
}
