//! Unlocking and locking.

use chaski_trust::{Pin, PinGate, WrapError};
use chaski_values::PersonId;

use crate::view::Status;
use crate::work::Work;
use crate::{Device, DeviceError, Result};

impl Device {
    /// A person unlocks the tablet with their PIN.
    ///
    /// The try is counted, durably, before the PIN is looked at, so that cutting the power gives no free guess. It takes
    /// half a second by design.
    ///
    /// # Errors
    /// [`DeviceError::WrongPin`]; [`DeviceError::TooManyTries`] with the time to wait for; or what keeps the database shut.
    pub fn unlock(&mut self, person: &str, pin: &str) -> Result<Status> {
        let person: PersonId = person.parse().map_err(|_| DeviceError::UnknownPerson(person.to_owned()))?;
        let now = self.around.now();
        let ring = self.keyring.as_mut().ok_or(DeviceError::NotEnrolled)?;
        let entry = ring.person(person).ok_or_else(|| DeviceError::UnknownPerson(person.to_string()))?.clone();
        let pin = Pin::entered(pin)?;
        let begun = match entry.gate.begin(now) {
            Ok(gate) => gate,
            Err(locked) => {
                ring.set_gate(person, entry.gate.seen(now));
                self.save_keyring()?;
                return Err(locked.into());
            }
        };
        ring.set_gate(person, begun);
        self.save_keyring()?;
        let secret = self.around.device_secret().map_err(DeviceError::Keys)?;
        let keys = match entry.keys.unwrap(person, &pin, &secret) {
            Ok(keys) => keys,
            Err(WrapError::WrongPin) => {
                return Err(match begun.locked_until(now) {
                    Some(until) => chaski_trust::PinLocked { until, failures: begun.failures() }.into(),
                    None => DeviceError::WrongPin { tries_left: begun.tries_left() },
                });
            }
            Err(error) => return Err(DeviceError::Wrap(error)),
        };
        if self.work.is_none() {
            let (work, set_aside) = Work::open(&self.folder, &self.database(), &keys.database, self.around.clone())?;
            self.work = Some(work);
            self.set_aside = set_aside;
        }
        if let Some(work) = &mut self.work {
            work.begin(person, keys.user)?;
        }
        if let Some(ring) = &mut self.keyring {
            ring.set_gate(person, PinGate::new());
        }
        self.save_keyring()?;
        Ok(self.status())
    }

    /// The person at work leaves: what they answered becomes an entry, and the screens show nothing more.
    ///
    /// # Errors
    /// When the answers could not be committed; they stay in the journal then, and the screen is locked all the same.
    pub fn lock(&mut self) -> Result<Status> {
        let outcome = self.work.as_mut().map_or(Ok(()), Work::end);
        outcome.map(|()| self.status())
    }

    /// Ends the person's session and closes the database: its key is forgotten.
    ///
    /// # Errors
    /// As [`Self::lock`].
    pub fn close(&mut self) -> Result<()> {
        let outcome = self.work.as_mut().map_or(Ok(()), Work::end);
        if let Some(work) = self.work.take() {
            work.close()?;
        }
        outcome
    }
}
