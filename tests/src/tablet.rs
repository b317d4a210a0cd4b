//! A tablet without its window: the same `device` and `link` that the app runs, driven by a story.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chaski_device::view::{Opened, RecordView, SyncView};
use chaski_device::{Device, DeviceError, SharedDevice, Surroundings, System};
use chaski_link::{Link, LinkError, Patience};
use chaski_trust::{DeviceSecret, KdfParams};
use chaski_values::{Answer, Timestamp};

/// The PIN of everybody in a story.
pub const PIN: &str = "285713";

/// A real machine that spends less on each PIN: a story unlocks many times.
#[derive(Debug)]
struct Machine(System);

impl Surroundings for Machine {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn device_secret(&self) -> std::io::Result<DeviceSecret> {
        self.0.device_secret()
    }

    fn kdf(&self) -> KdfParams {
        KdfParams::FLOOR
    }
}

/// One tablet of a story.
#[derive(Debug)]
pub struct Tablet {
    pub name: String,
    folder: PathBuf,
    device: SharedDevice,
    link: Option<Link>,
}

/// How long anything in a story may take before it counts as broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

fn open(folder: &Path) -> Result<SharedDevice, DeviceError> {
    let machine = Arc::new(Machine(System::new(folder.join("device-secret"))));
    Ok(Device::open(folder, machine)?.share())
}

impl Tablet {
    /// A tablet whose data lie in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn new(name: &str, folder: &Path) -> Result<Self, DeviceError> {
        Ok(Self { name: name.to_owned(), folder: folder.to_owned(), device: open(folder)?, link: None })
    }

    /// Does something on the device.
    ///
    /// # Panics
    /// When an earlier step of the story panicked inside the device.
    pub fn with<T>(&self, step: impl FnOnce(&mut Device) -> T) -> T {
        step(&mut self.device.lock().expect("no step of a story panics inside the device"))
    }

    /// Enrols with a ticket.
    ///
    /// # Errors
    /// When the hub cannot be reached or does not let it in.
    pub async fn enrol(&self, ticket: &str, hub: &str) -> Result<String, LinkError> {
        let text = str::to_owned;
        let enrolled =
            chaski_link::enrol(&self.device, text(ticket), text(hub), self.name.clone(), text(PIN), text(PIN)).await?;
        self.with(Device::confirm_enrolment)?;
        Ok(enrolled.confirmation)
    }

    /// Lets the tablet exchange by itself, as the app does while it runs; a story does not wait minutes.
    pub fn connect(&mut self) {
        let patience = Patience {
            content: Duration::from_millis(700),
            first: Duration::from_millis(200),
            longest: Duration::from_secs(1),
        };
        self.link = Some(Link::start(SharedDevice::clone(&self.device), patience));
    }

    /// The first person of the tablet unlocks it.
    ///
    /// # Errors
    /// As [`Device::unlock`].
    pub fn unlock(&self) -> Result<(), DeviceError> {
        self.with(|device| {
            let person = device.status().people.first().map(|tile| tile.person.clone()).unwrap_or_default();
            device.unlock(&person, PIN).map(drop)
        })
    }

    /// The tablet loses power: nothing is left, locked or closed. Then it is started again and unlocked.
    ///
    /// # Errors
    /// When it does not come up again.
    pub fn kill_and_restart(&mut self) -> Result<(), DeviceError> {
        self.link = None;
        let fresh = open(&self.folder)?;
        // The old one is forgotten, not dropped: dropping would close the database as an orderly end does.
        std::mem::forget(std::mem::replace(&mut self.device, fresh));
        self.unlock()?;
        self.connect();
        Ok(())
    }

    /// Waits until something is so, or tells what it waited for.
    ///
    /// # Errors
    /// When it is not so after [`PATIENCE`].
    pub async fn until(&self, what: &str, mut is_so: impl FnMut(&mut Device) -> bool) -> Result<(), String> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if self.with(&mut is_so) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("{}: {what} did not come about in {} s", self.name, PATIENCE.as_secs()))
    }

    /// # Errors
    /// As [`Device::record`].
    pub fn record(&self, record: &str) -> Result<RecordView, DeviceError> {
        self.with(|device| device.record(record, None))
    }

    /// # Errors
    /// As [`Device::sync_view`].
    pub fn sync_view(&self) -> Result<SyncView, DeviceError> {
        self.with(Device::sync_view)
    }

    /// # Errors
    /// As [`Device::start_record`].
    pub fn start(&self, form: &str, project: &str) -> Result<Opened, DeviceError> {
        self.with(|device| device.start_record(form, Some(project), None))
    }

    /// Answers a question of the open record.
    ///
    /// # Errors
    /// As [`Device::answer`].
    pub fn answer(&self, record: &str, path: &str, answer: Answer) -> Result<(), DeviceError> {
        self.with(|device| device.answer(record, path, Some(answer)).map(drop))
    }

    /// Adds a row and gives its path.
    ///
    /// # Errors
    /// As [`Device::add_row`].
    pub fn add_row(&self, record: &str, repeat: &str) -> Result<String, DeviceError> {
        self.with(|device| device.add_row(record, repeat)).map(|answered| answered.row.unwrap_or_default())
    }

    /// Signs in a box: a small picture, as the screen would send it.
    ///
    /// # Errors
    /// As [`Device::add_media`].
    pub fn draw(&self, record: &str, path: &str) -> Result<(), DeviceError> {
        self.with(|device| device.add_media(record, path, DRAWING, "image/png").map(drop))
    }

    /// # Errors
    /// As [`Device::leave`].
    pub fn leave(&self, record: &str) -> Result<(), DeviceError> {
        self.with(|device| device.leave(record))
    }
}

/// A PNG of one black point.
const DRAWING: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0,
    1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];
