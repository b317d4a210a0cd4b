//! The machine a tablet or hub runs on: a clock that may be years wrong, seeded randomness, and a disk that can be
//! photographed in the middle of an operation.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chaski_device::Surroundings;
use chaski_trust::{DeviceSecret, KdfParams};
use chaski_values::Timestamp;

use crate::dice::Dice;
use crate::disk;

/// The time that it really is, shared by everybody.
#[derive(Debug, Clone)]
pub(crate) struct TrueTime(Arc<AtomicI64>);

impl TrueTime {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(at.millis())))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed)).expect("simulated time stays within this century")
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub(crate) struct Machine {
    time: TrueTime,
    secret: u8,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How far the clock is ahead of the true time, in milliseconds.
    ahead: i64,
    dice: Dice,
    power_cut: Option<PowerCut>,
}

/// The disk is copied at some call of the clock or of the random source: what is on it then is what a power cut leaves.
#[derive(Debug)]
struct PowerCut {
    after_calls: u64,
    folder: PathBuf,
    left: PathBuf,
}

impl Machine {
    /// `secret` names the machine's key store: a copied folder opens only with the same one.
    pub(crate) fn new(time: TrueTime, secret: u8, dice: Dice) -> Arc<Self> {
        Arc::new(Self { time, secret, state: Mutex::new(State { ahead: 0, dice, power_cut: None }) })
    }

    pub(crate) fn set_ahead(&self, millis: i64) {
        self.state().ahead = millis;
    }

    /// Cuts the power at the `after_calls`-th call from now: what `folder` holds then is copied to `left`.
    pub(crate) fn cut_power(&self, after_calls: u64, folder: PathBuf, left: PathBuf) {
        self.state().power_cut = Some(PowerCut { after_calls, folder, left });
    }

    /// Whether the power was cut meanwhile.
    pub(crate) fn is_dark(&self) -> bool {
        self.state().power_cut.as_ref().is_some_and(|cut| cut.after_calls == 0)
    }

    /// Whether the power was cut meanwhile. From here on it is there.
    pub(crate) fn was_cut(&self) -> bool {
        self.state().power_cut.take().is_some_and(|cut| cut.after_calls == 0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(state: &mut State) {
        if let Some(cut) = state.power_cut.as_mut().filter(|cut| cut.after_calls > 0) {
            cut.after_calls -= 1;
            if cut.after_calls == 0 {
                disk::image(&cut.folder, &cut.left).expect("the memory disk takes an image");
            }
        }
    }
}

impl Surroundings for Machine {
    fn now(&self) -> Timestamp {
        let mut state = self.state();
        Self::called(&mut state);
        self.time.now().plus_millis(state.ahead)
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.state();
        Self::called(&mut state);
        state.dice.fill(bytes);
    }

    fn device_secret(&self) -> std::io::Result<DeviceSecret> {
        Ok(DeviceSecret::from_bytes([self.secret; 32]))
    }

    fn kdf(&self) -> KdfParams {
        KdfParams::FLOOR
    }
}
