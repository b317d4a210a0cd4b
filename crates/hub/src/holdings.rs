//! What the hub holds behind one lock: its store, and the rules read from it.

use std::sync::Arc;

use chaski_store::{ChangeSummary, Ownership, Store};
use chaski_sync::{Entry, EntryKind, LogOpening, Tip};
use chaski_trust::{DeviceCertificate, Fingerprint, RosterItem, Signed, SigningKey};
use chaski_values::{DeviceId, Partition};

use crate::folder::Folder;
use crate::rules::{Rulebook, read_from};
use crate::{Environment, HubError, Result};

/// The store and its rules. Whoever has it `&mut` is the one writer of this process.
#[derive(Debug)]
pub(crate) struct Holdings {
    pub(crate) store: Store,
    pub(crate) rules: Arc<Rulebook>,
    certificates: Vec<RosterItem>,
    fingerprint: Fingerprint,
}

/// Who writes the hub's own log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) key: &'a SigningKey,
    pub(crate) environment: &'a Environment,
}

/// Whether anything was published since the rules were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    AsBefore,
    ReadAnew,
}

impl Holdings {
    pub(crate) fn new(store: Store, certificates: Vec<RosterItem>, fingerprint: Fingerprint) -> Result<Self> {
        let rules = Arc::new(Rulebook::read(&store, &certificates, fingerprint)?);
        let mut holdings = Self { store, rules, certificates, fingerprint };
        holdings.reconsider()?;
        Ok(holdings)
    }

    /// Judges again what waits in quarantine: this program may know more than the one before it did.
    fn reconsider(&mut self) -> Result<()> {
        let rules = Arc::clone(&self.rules);
        if self.store.reconsider(&*rules)? != ChangeSummary::default() {
            self.rules = Arc::new(Rulebook::read(&self.store, &self.certificates, self.fingerprint)?);
        }
        Ok(())
    }

    pub(crate) fn certificates(&self) -> &[RosterItem] {
        &self.certificates
    }

    /// Reads the rules anew when another process (`chaski hub invite`) or an exchange published something, and judges
    /// again what waited in quarantine.
    pub(crate) fn refresh(&mut self) -> Result<Freshness> {
        if read_from(&self.store)? == self.rules.read_from {
            return Ok(Freshness::AsBefore);
        }
        self.rules = Arc::new(Rulebook::read(&self.store, &self.certificates, self.fingerprint)?);
        self.reconsider()?;
        Ok(Freshness::ReadAnew)
    }

    /// Every roster item: what the roster starts from, and what was published since.
    pub(crate) fn roster_items(&self) -> Result<Vec<RosterItem>> {
        let published = self.store.roster_items()?;
        let published = published.iter().filter_map(|bytes| RosterItem::from_bytes(bytes).ok());
        let mut items = self.certificates.clone();
        for item in published {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// The certificate a device was given last.
    pub(crate) fn device_certificate(&self, device: DeviceId) -> Result<Option<Signed<DeviceCertificate>>> {
        let of_device = |item: RosterItem| match item {
            RosterItem::Device(signed) if signed.claims().device() == device => Some(signed),
            _ => None,
        };
        let given = self.roster_items()?.into_iter().filter_map(of_device);
        Ok(given.max_by_key(|signed| signed.claims().issued_at))
    }

    /// Publishes to everybody, as entries of the hub's own log, in this order. Each is durable before the next.
    pub(crate) fn publish(&mut self, writer: Writer<'_>, payloads: Vec<(EntryKind, Vec<u8>)>) -> Result<()> {
        if payloads.is_empty() {
            return Ok(());
        }
        let opening = self.own_log(writer)?;
        for (kind, payload) in payloads {
            self.append(writer, &opening, kind, payload)?;
        }
        let written = self.store.tip(opening.log())?.seq;
        writer.folder.keep_incarnation(*opening.incarnation(), written)?;
        self.refresh().map(|_| ())
    }

    fn append(&mut self, writer: Writer<'_>, opening: &LogOpening, kind: EntryKind, payload: Vec<u8>) -> Result<()> {
        const TRIES: usize = 8;
        let rules = Arc::clone(&self.rules);
        for _ in 0..TRIES {
            let tip: Tip = self.store.tip(opening.log())?;
            let hlc = tip.hlc.next(writer.environment.now());
            // Nobody's name stands in it: what a hub publishes, the hub answers for.
            let entry = Entry::after(opening.log(), &tip, hlc, None, kind, payload.clone())
                .map_err(chaski_store::StoreError::from)?;
            match self.store.append_own(&entry, &entry.sign(writer.key), &*rules) {
                Ok(_) => return Ok(()),
                // Another process published in between.
                Err(chaski_store::StoreError::NotNext { .. } | chaski_store::StoreError::Busy) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(HubError::LogMoved)
    }

    /// The log the hub writes; a new one when there is none, or the database is older than what this hub wrote before.
    fn own_log(&mut self, writer: Writer<'_>) -> Result<LogOpening> {
        let kept = writer.folder.incarnation()?;
        if let Some(held) = self.store.own_log(Partition::Programme)? {
            let same = kept.is_some_and(|kept| kept.id == *held.opening.incarnation() && kept.written <= held.tip.seq);
            if same {
                return Ok(held.opening);
            }
            tracing::warn!(log = %held.opening.log(), "the database is not the one this hub last wrote; a new log begins");
            self.store.close_log(held.opening.log())?;
        }
        let id = writer.environment.random();
        let opening = LogOpening::new(writer.key.verifying_key(), Partition::Programme, id);
        writer.folder.keep_incarnation(id, 0)?;
        self.store.keep_log(&opening, &[], Ownership::Ours)?;
        Ok(opening)
    }
}
