//! Unlocking and locking.

use chaski_trust::{Denial, Pin, PinGate, PinLocked, WrapError};
use chaski_values::PersonId;

use crate::view::Status;
use crate::work::Work;
use crate::{Device, DeviceError, Result};

impl Device {
    /// A person unlocks the tablet with their PIN.
    ///
    /// The try is counted, durably, before the PIN is looked at, so that cutting the power gives no free guess; one that
    /// shows nothing of the PIN is not counted. It takes half a second by design.
    ///
    /// # Errors
    /// [`DeviceError::WrongPin`]; [`DeviceError::TooManyTries`] with the time to wait for; [`DeviceError::Unconfirmed`]; that
    /// the person was revoked; or what keeps the database shut.
    pub fn unlock(&mut self, person: &str, pin: &str) -> Result<Status> {
        let person: PersonId = person.parse().map_err(|_| DeviceError::UnknownPerson(person.to_owned()))?;
        let now = self.around.now();
        let ring = self.keyring.as_ref().ok_or(DeviceError::NotEnrolled)?;
        if ring.newcomer().is_some() {
            return Err(DeviceError::Unconfirmed);
        }
        let entry = ring.person(person).ok_or_else(|| DeviceError::UnknownPerson(person.to_string()))?.clone();
        let pin = Pin::entered(pin)?;
        let before = self.gates.get(person);
        let begun = match before.begin(now) {
            Ok(gate) => gate,
            Err(locked) => {
                self.keep_gate(person, before.seen(now));
                return Err(locked.into());
            }
        };
        let secret = self.around.device_secret().map_err(DeviceError::Keys)?;
        self.keep_gate(person, begun);
        let mut unwrapped = entry.keys.unwrap(person, &pin, &secret);
        if unwrapped.as_ref().is_err_and(|error| *error == WrapError::WrongPin) {
            let copied = self.copy.as_ref().and_then(|copy| copy.person(person)).filter(|copy| copy.keys != entry.keys);
            if let Some(copied) = copied.cloned()
                && let Ok(keys) = copied.keys.unwrap(person, &pin, &secret)
            {
                tracing::error!("the keyring is damaged; a person's keys are taken from its copy");
                self.mend(person, copied.keys);
                unwrapped = Ok(keys);
            }
        }
        let keys = match unwrapped {
            Ok(keys) => keys,
            Err(WrapError::WrongPin) => {
                return Err(match begun.locked_until(now) {
                    Some(until) => PinLocked { until, failures: begun.failures() }.into(),
                    None => DeviceError::WrongPin { tries_left: begun.tries_left() },
                });
            }
            Err(error) => {
                self.keep_gate(person, before);
                return Err(DeviceError::Wrap(error));
            }
        };
        // The PIN was the right one, whatever fails from here on.
        self.keep_gate(person, PinGate::new());
        if self.work.is_none() {
            self.work = Some(Work::open(&self.folder, &self.database(), &keys.database, self.around.clone())?);
        }
        if let Some(work) = &mut self.work {
            if work.book().roster().is_some_and(|roster| roster.is_person_revoked(person)) {
                return Err(Denial::PersonRevoked(person).into());
            }
            work.begin(person, keys.user)?;
        }
        Ok(self.status())
    }

    /// Puts a person's keys back as the copy has them.
    fn mend(&mut self, person: PersonId, keys: chaski_trust::WrappedKeys) {
        let Some(mut ring) = self.keyring.clone() else { return };
        let Some(mut entry) = ring.person(person).cloned() else { return };
        entry.keys = keys;
        ring.put(entry);
        if let Err(error) = self.replace_keyring(ring) {
            tracing::warn!(code = error.code(), "the keyring could not be mended");
        }
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
        self.newcomer = None;
        if let Some(work) = self.work.take() {
            work.close()?;
        }
        outcome
    }
}
