//! A hub that is open: its parts, and what can be read of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chaski_records::Record;
use chaski_store::{Check, EntryNote, Rebuilt, RecordCounts, RecordFilter, RecordRow, Store, Verified};
use chaski_sync::Codec;
use chaski_trust::{Fingerprint, Grant, SigningKey};
use chaski_values::{DeviceId, Hash32, PersonId, RecordId, Timestamp};
use tokio::sync::{Notify, broadcast};

use crate::folder::{Config, Folder};
use crate::holdings::{Holdings, Writer};
use crate::slip::Wording;
use crate::visits::Visits;
use crate::{Environment, HubError, HubEvent, Result, Visit, papers};

/// A hub, open. Cheap to clone: every clone is the same hub. It blocks; async callers reach it through a blocking task.
#[derive(Debug, Clone)]
pub struct Hub(pub(crate) Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) folder: Folder,
    pub(crate) config: Config,
    pub(crate) environment: Environment,
    pub(crate) key: SigningKey,
    pub(crate) codec: Arc<Codec>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) visits: Visits,
    pub(crate) events: broadcast::Sender<HubEvent>,
    /// Told when entries came in that no document has yet.
    pub(crate) unsettled: Notify,
    set_aside: Option<SetAside>,
    holdings: Mutex<Holdings>,
}

/// A damaged database that was put aside when the hub was opened. The hub begins with an empty one, and tablets send again
/// what they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    pub database: PathBuf,
    pub finding: String,
}

/// A tablet that the hub certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceNote {
    pub device: DeviceId,
    pub name: String,
    /// Who enrolled on it.
    pub people: Vec<PersonId>,
    pub certified_until: Timestamp,
    pub revoked: bool,
    /// Its last exchange, if there was one.
    pub visit: Option<Visit>,
}

/// How many events a slow listener may miss.
const EVENTS: usize = 256;

impl Hub {
    /// Opens the hub in a folder that [`Hub::init`] made.
    ///
    /// # Errors
    /// When the folder is no hub, a key or the store cannot be read, or they do not belong together.
    pub fn open(folder: &Path) -> Result<Self> {
        Self::open_in(folder, Environment::of_system())
    }

    /// The same under a given clock and random source.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_in(folder: &Path, environment: Environment) -> Result<Self> {
        let folder = Folder::new(folder);
        let config = folder.config()?;
        let certificates = folder.certificates()?;
        let fingerprint = papers::fingerprint_of(&certificates)
            .ok_or_else(|| HubError::damaged(folder.path().join("certificates"), "they name no programme"))?;
        let key = folder.hub_key()?;
        let now = environment.now();
        let environment_of_store = chaski_store::Environment { now, check: Check::IfUnclean };
        let opened = Store::open(&folder.database(), &folder.store_key()?, environment_of_store)?;
        let set_aside = opened.set_aside.map(|aside| SetAside { database: aside.database, finding: aside.finding });
        if set_aside.is_some() {
            tracing::error!("the database was damaged and is set aside; the hub begins with an empty one");
        }
        let visits = Visits::read(&opened.store)?;
        let holdings = Mutex::new(Holdings::new(opened.store, certificates, fingerprint)?);
        Ok(Self(Arc::new(Parts {
            folder,
            config,
            environment,
            key,
            codec: Arc::new(Codec::new()),
            fingerprint,
            visits,
            events: broadcast::channel(EVENTS).0,
            unsettled: Notify::new(),
            set_aside,
            holdings,
        })))
    }

    /// The hub's id, as a device among devices.
    pub fn id(&self) -> DeviceId {
        self.0.key.verifying_key().device_id()
    }

    pub fn name(&self) -> &str {
        &self.0.config.name
    }

    pub fn programme(&self) -> &str {
        &self.0.config.programme
    }

    /// Where tablets find it, as `hub.json` says.
    pub fn url(&self) -> &str {
        &self.0.config.url
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// The damaged database that was put aside, if there was one.
    pub fn set_aside(&self) -> Option<&SetAside> {
        self.0.set_aside.as_ref()
    }

    /// What happens from now on. A listener that falls far behind misses the oldest.
    pub fn events(&self) -> broadcast::Receiver<HubEvent> {
        self.0.events.subscribe()
    }

    /// A record as the log has it, once its entries are settled ([`Self::settle`]).
    ///
    /// # Errors
    /// When the store fails.
    pub fn record(&self, record: RecordId) -> Result<Option<Record>> {
        Ok(self.holdings().store.record(record)?)
    }

    /// A hash of every record's document: equal to a tablet's that holds the same records.
    ///
    /// # Errors
    /// When the store fails.
    pub fn documents_hash(&self) -> Result<Hash32> {
        Ok(self.holdings().store.documents_hash()?)
    }

    /// Records as a list shows them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordRow>> {
        Ok(self.holdings().store.records(filter)?)
    }

    /// How many records there are of each form.
    ///
    /// # Errors
    /// When the store fails.
    pub fn record_counts(&self) -> Result<Vec<RecordCounts>> {
        Ok(self.holdings().store.record_counts()?)
    }

    /// How many entries the hub holds, its own among them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn count_entries(&self) -> Result<u64> {
        Ok(self.holdings().store.count_entries()?)
    }

    /// What is kept and not applied, with its reason.
    ///
    /// # Errors
    /// When the store fails.
    pub fn quarantine(&self) -> Result<Vec<EntryNote>> {
        Ok(self.holdings().store.not_taken()?)
    }

    /// Every tablet that was certified, in the order of their ids.
    ///
    /// # Errors
    /// When the store fails.
    pub fn devices(&self) -> Result<Vec<DeviceNote>> {
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let roster = &holdings.rules.roster;
        let notes = roster.devices().map(|certificate| {
            let device = certificate.device();
            DeviceNote {
                device,
                name: certificate.name.to_string(),
                people: roster.people().filter(|person| person.is_bound_to(device)).map(|person| person.id).collect(),
                certified_until: certificate.not_after,
                revoked: roster.is_device_revoked(device),
                visit: self.0.visits.of(device),
            }
        });
        Ok(notes.collect())
    }

    /// Everybody of the roster with their full name, in the order of their ids.
    ///
    /// # Errors
    /// When the store fails.
    pub fn people(&self) -> Result<Vec<(PersonId, String)>> {
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let named = |person: &chaski_trust::Person| Some((person.id, person.names()?.full()));
        Ok(holdings.rules.roster.people().filter_map(named).collect())
    }

    /// What a person was granted, the latest first; nothing for somebody the roster does not have.
    ///
    /// # Errors
    /// When the store fails.
    pub fn roster_of(&self, person: PersonId) -> Result<Vec<Grant>> {
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let known = holdings.rules.roster.person(person);
        Ok(known.map_or_else(Vec::new, |known| known.grants.iter().map(|(_, grant)| grant.clone()).collect()))
    }

    /// How people of the programme read.
    pub fn wording(&self) -> Wording {
        Wording::of(self.holdings().rules.book.settings())
    }

    /// What people call a device; its id when the roster does not know it.
    pub fn device_name(&self, device: DeviceId) -> String {
        self.holdings().rules.book.device_name(device)
    }

    /// What a person is called; the id when the roster does not know them.
    pub fn person_name(&self, person: PersonId) -> String {
        self.holdings().rules.book.person_name(person)
    }

    /// Reads every log from its opening to its tip: payloads, links and signatures.
    ///
    /// # Errors
    /// When the store fails; what is wrong with a log is in its [`Verified`].
    pub fn log_verify(&self) -> Result<Vec<Verified>> {
        let holdings = self.holdings();
        let mut verified = Vec::new();
        for partition in holdings.store.partitions()? {
            for held in holdings.store.logs(partition)? {
                verified.push(holdings.store.verify_log(held.opening.log())?);
            }
        }
        Ok(verified)
    }

    /// Throws every document, title and search word away and makes them again from the log. `progress` is told how many
    /// records are done, and of how many.
    ///
    /// # Errors
    /// When the store fails; then everything is as it was.
    pub fn rebuild(&self, progress: impl FnMut(u64, u64)) -> Result<Rebuilt> {
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let rules = Arc::clone(&holdings.rules);
        let rebuilt = holdings.store.rebuild(&*rules, progress)?;
        crate::settle::note_wording(&mut holdings, rules.wording)?;
        Ok(rebuilt)
    }

    /// A panic under the lock left at most a transaction that was rolled back.
    pub(crate) fn holdings(&self) -> MutexGuard<'_, Holdings> {
        self.0.holdings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn writer(&self) -> Writer<'_> {
        Writer { folder: &self.0.folder, key: &self.0.key, environment: &self.0.environment }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.environment.now()
    }

    pub(crate) fn tell(&self, event: HubEvent) {
        // Nobody has to listen.
        let _ = self.0.events.send(event);
    }
}
