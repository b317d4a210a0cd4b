use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chaski_store::{StoreError, keyring};
use chaski_trust::{CborError, Gates, Keyring, KeyringPerson, PinGate, SigningKey};
use chaski_values::{PersonId, Timestamp};

use crate::view::{PersonTile, Phase, Status};
use crate::work::Work;
use crate::{DeviceError, Result, Standing, Surroundings};

/// A device that a window, a link and a test share. Whoever locks it may wait for a disk, so never on an async thread.
pub type SharedDevice = Arc<Mutex<Device>>;

/// One installation of the app.
#[derive(Debug)]
pub struct Device {
    pub(crate) folder: PathBuf,
    pub(crate) around: Arc<dyn Surroundings>,
    /// None before enrolment.
    pub(crate) keyring: Option<Keyring>,
    /// The keyring's second copy, if it says something else: a byte of the first may have rotted.
    pub(crate) copy: Option<Keyring>,
    pub(crate) gates: Gates,
    /// The open database, from the first unlocking until the app ends.
    pub(crate) work: Option<Work>,
    /// Whoever enrolled last and is not confirmed yet, to begin work when they are.
    pub(crate) newcomer: Option<(PersonId, SigningKey)>,
    pub(crate) standing: Standing,
}

impl Device {
    /// The device in `folder`, which is made if it is not there. Nothing is unlocked by this.
    ///
    /// # Errors
    /// When the folder or the keyring in it cannot be read.
    pub fn open(folder: &Path, around: Arc<dyn Surroundings>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(DeviceError::Keys)?;
        let (keyring, copy) = read_keyring(folder)?;
        let gates = keyring.as_ref().map_or_else(Gates::default, |ring| read_gates(folder, ring, around.now()));
        Ok(Self {
            folder: folder.to_owned(),
            around,
            keyring,
            copy,
            gates,
            work: None,
            newcomer: None,
            standing: Standing::default(),
        })
    }

    /// Shares it between a window and a link.
    pub fn share(self) -> SharedDevice {
        Arc::new(Mutex::new(self))
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// What the first screen shows.
    pub fn status(&self) -> Status {
        let people = || self.keyring.iter().flat_map(Keyring::people);
        let at_work = self.work.as_ref().and_then(Work::person);
        let newcomer = self.keyring.as_ref().and_then(Keyring::newcomer);
        let phase = match (&self.keyring, newcomer, at_work) {
            (None, ..) => Phase::Unenrolled,
            (Some(_), Some(_), _) => Phase::Unconfirmed,
            (Some(_), None, None) => Phase::Locked,
            (Some(_), None, Some(_)) => Phase::Open,
        };
        let person = match newcomer {
            Some(newcomer) => Some(&newcomer.person),
            None => people().find(|person| Some(person.person) == at_work),
        };
        let label =
            |read: fn(&Keyring) -> &str| self.keyring.as_ref().map_or_else(String::new, |ring| read(ring).to_owned());
        Status {
            phase,
            programme: label(|ring| ring.programme.as_str()),
            device_name: label(|ring| ring.device_name.as_str()),
            person: person.map(|person| self.tile(person)),
            people: people().map(|person| self.tile(person)).collect(),
            confirmation: newcomer.map(|newcomer| newcomer.confirmation.to_string()),
            set_aside: self.work.as_ref().and_then(|work| work.set_aside.clone()),
        }
    }

    pub(crate) fn tile(&self, person: &KeyringPerson) -> PersonTile {
        let gate = self.gates.get(person.person);
        PersonTile {
            person: person.person.to_string(),
            name: person.shown_name.to_string(),
            initials: person.initials.to_string(),
            role: person.role.code().to_owned(),
            locked_until: gate.locked_until(self.around.now()).map(Timestamp::millis),
            failures: gate.failures(),
        }
    }

    /// Puts another keyring in the place of this one, and then its copy.
    ///
    /// It holds the only wrapped keys, so it is written when the people change and at no other time.
    ///
    /// # Errors
    /// When it cannot be written; the old one stands then.
    pub(crate) fn replace_keyring(&mut self, ring: Keyring) -> Result<()> {
        let bytes = ring.to_bytes();
        keyring::replace(&self.folder.join(KEYRING), &bytes)?;
        if let Err(error) = keyring::replace(&self.folder.join(KEYRING_COPY), &bytes) {
            tracing::warn!(%error, "the keyring has no copy that is up to date");
        }
        (self.keyring, self.copy) = (Some(ring), None);
        Ok(())
    }

    /// Nobody belongs here any more: what opens the database is removed.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub(crate) fn drop_keyring(&mut self) -> Result<()> {
        keyring::remove(&self.folder.join(KEYRING_COPY))?;
        keyring::remove(&self.folder.join(KEYRING))?;
        keyring::remove(&self.folder.join(GATES))?;
        (self.keyring, self.copy, self.gates) = (None, None, Gates::default());
        Ok(())
    }

    /// Keeps a person's gate. On a full disk it is written over in its place; if even that fails it counts until the app
    /// ends: a full disk must not keep out who knows their PIN.
    pub(crate) fn keep_gate(&mut self, person: PersonId, gate: PinGate) {
        self.gates.set(person, gate);
        let (path, bytes) = (self.folder.join(GATES), self.gates.to_bytes());
        let kept = keyring::replace(&path, &bytes).or_else(|error| match error {
            StoreError::DiskFull => keyring::overwrite(&path, &bytes),
            other => Err(other),
        });
        if let Err(error) = kept {
            tracing::warn!(%error, "a try at a PIN is counted only until the app ends");
        }
    }

    fn confirmed(&self) -> Result<()> {
        match &self.keyring {
            None => Err(DeviceError::NotEnrolled),
            Some(ring) if ring.newcomer().is_some() => Err(DeviceError::Unconfirmed),
            Some(_) => Ok(()),
        }
    }

    /// The open work, with somebody at it.
    pub(crate) fn at_work(&mut self) -> Result<&mut Work> {
        let work = self.open_work()?;
        if work.person().is_some() { Ok(work) } else { Err(DeviceError::Locked) }
    }

    /// The open work, whether or not its screen is locked: for exchanging.
    pub(crate) fn open_work(&mut self) -> Result<&mut Work> {
        self.confirmed()?;
        self.work.as_mut().ok_or(DeviceError::Locked)
    }
}

const KEYRING: &str = "keyring";
const KEYRING_COPY: &str = "keyring.copy";
const GATES: &str = "gates";
const DATABASE: &str = "tablet.db";

/// The keyring, and its copy if that says something else. A damaged keyring is mended from its copy.
fn read_keyring(folder: &Path) -> Result<(Option<Keyring>, Option<Keyring>)> {
    let (path, copy_path) = (folder.join(KEYRING), folder.join(KEYRING_COPY));
    let Some(bytes) = keyring::read(&path)? else { return Ok((None, None)) };
    let copy = keyring::read(&copy_path).ok().flatten().and_then(|bytes| Keyring::from_bytes(&bytes).ok());
    match (Keyring::from_bytes(&bytes), copy) {
        (Ok(ring), Some(copy)) => Ok((Some(ring.clone()), (copy != ring).then_some(copy))),
        (Ok(ring), None) => {
            if let Err(error) = keyring::replace(&copy_path, &bytes) {
                tracing::warn!(%error, "the keyring has no copy");
            }
            Ok((Some(ring), None))
        }
        (Err(error @ CborError::Version { .. }), _) | (Err(error), None) => Err(DeviceError::Keyring(error)),
        (Err(error), Some(copy)) => {
            tracing::error!(%error, "the keyring is damaged; its copy is read");
            if let Err(error) = keyring::replace(&path, &copy.to_bytes()) {
                tracing::warn!(%error, "the keyring could not be mended");
            }
            Ok((Some(copy), None))
        }
    }
}

fn read_gates(folder: &Path, ring: &Keyring, now: Timestamp) -> Gates {
    match keyring::read(&folder.join(GATES)) {
        Ok(None) => Gates::of(ring),
        Ok(Some(bytes)) => Gates::from_bytes(&bytes).unwrap_or_else(|| Gates::doubtful(ring, now)),
        Err(_) => Gates::doubtful(ring, now),
    }
}
