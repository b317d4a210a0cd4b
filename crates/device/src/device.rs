use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chaski_store::keyring;
use chaski_trust::Keyring;

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
    /// The open database, from the first unlocking until the app ends.
    pub(crate) work: Option<Work>,
    /// The name of a damaged database that was put aside when it was opened.
    pub(crate) set_aside: Option<String>,
    pub(crate) standing: Standing,
}

impl Device {
    /// The device in `folder`, which is made if it is not there. Nothing is unlocked by this.
    ///
    /// # Errors
    /// When the folder or the keyring in it cannot be read.
    pub fn open(folder: &Path, around: Arc<dyn Surroundings>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(DeviceError::Keys)?;
        let keyring = keyring::read(&folder.join(KEYRING))?;
        let keyring = keyring.map(|bytes| Keyring::from_bytes(&bytes)).transpose().map_err(DeviceError::Keyring)?;
        Ok(Self {
            folder: folder.to_owned(),
            around,
            keyring,
            work: None,
            set_aside: None,
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

    pub(crate) fn keyring_path(&self) -> PathBuf {
        self.folder.join(KEYRING)
    }

    /// What the first screen shows.
    pub fn status(&self) -> Status {
        let now = self.around.now();
        let tiles: Vec<PersonTile> = self.keyring.iter().flat_map(Keyring::people).map(tile).collect();
        let person = self.work.as_ref().and_then(Work::person).map(|person| person.to_string());
        let locked_until =
            self.keyring.iter().flat_map(Keyring::people).filter_map(|person| person.gate.locked_until(now)).max();
        let failures = self.keyring.iter().flat_map(Keyring::people).map(|person| person.gate.failures()).max();
        let phase = match (&self.keyring, &person) {
            (None, _) => Phase::Unenrolled,
            (Some(_), None) => Phase::Locked,
            (Some(_), Some(_)) => Phase::Open,
        };
        let label =
            |read: fn(&Keyring) -> &str| self.keyring.as_ref().map_or_else(String::new, |ring| read(ring).to_owned());
        Status {
            phase,
            programme: label(|ring| ring.programme.as_str()),
            device_name: label(|ring| ring.device_name.as_str()),
            person: tiles.iter().find(|tile| Some(&tile.person) == person.as_ref()).cloned(),
            people: tiles,
            locked_until: locked_until.map(chaski_values::Timestamp::millis),
            failures: failures.unwrap_or(0),
            set_aside: self.set_aside.clone(),
        }
    }

    pub(crate) fn save_keyring(&self) -> Result<()> {
        if let Some(ring) = &self.keyring {
            keyring::replace(&self.keyring_path(), &ring.to_bytes())?;
        }
        Ok(())
    }

    /// The open work, with somebody at it.
    pub(crate) fn at_work(&mut self) -> Result<&mut Work> {
        match &mut self.work {
            Some(work) if work.person().is_some() => Ok(work),
            Some(_) | None => Err(if self.keyring.is_some() { DeviceError::Locked } else { DeviceError::NotEnrolled }),
        }
    }

    /// The open work, whether or not its screen is locked: for exchanging.
    pub(crate) fn open_work(&mut self) -> Result<&mut Work> {
        let enrolled = self.keyring.is_some();
        self.work.as_mut().ok_or(if enrolled { DeviceError::Locked } else { DeviceError::NotEnrolled })
    }
}

const KEYRING: &str = "keyring";
const DATABASE: &str = "tablet.db";

pub(crate) fn tile(person: &chaski_trust::KeyringPerson) -> PersonTile {
    PersonTile {
        person: person.person.to_string(),
        name: person.shown_name.to_string(),
        initials: person.initials.to_string(),
        role: person.role.code().to_owned(),
    }
}
