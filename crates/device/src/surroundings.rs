use std::sync::OnceLock;
use std::time::Instant;

use chaski_trust::{DeviceSecret, KdfParams};
use chaski_values::Timestamp;

/// What a device needs of the machine it runs on: a clock, randomness, and a secret kept outside the database.
///
/// The app has one implementation for each platform, simulations another with a seed, so that nothing in this crate reads a
/// clock or draws a random number by itself.
pub trait Surroundings: Send + Sync + std::fmt::Debug {
    /// The clock of the tablet: a claim, possibly wrong by years.
    fn now(&self) -> Timestamp;

    /// Fills `bytes` with fresh random bytes fit for keys.
    fn fill(&self, bytes: &mut [u8]);

    /// The secret without which a stolen database cannot be tried PIN by PIN. Made at first use, kept by the platform's
    /// key store, or by a file of this user alone where there is none.
    ///
    /// # Errors
    /// When the key store refuses or its file cannot be read or written.
    fn device_secret(&self) -> std::io::Result<DeviceSecret>;

    /// What keys are derived with: the right cost for this machine, asked when somebody enrols.
    fn kdf(&self) -> KdfParams;
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>(surroundings: &dyn Surroundings) -> [u8; N] {
    let mut bytes = [0; N];
    surroundings.fill(&mut bytes);
    bytes
}

/// A real machine: its clock, its random source, and a device secret in a file that only this user may read.
///
/// The file is kept beside the database but never in a backup. On platforms with a key store the app keeps the secret
/// there instead; the docs say which.
#[derive(Debug)]
pub struct System {
    secret: std::path::PathBuf,
    /// Measured at the first need.
    kdf: OnceLock<KdfParams>,
}

impl System {
    /// With the device's secret in the file `secret`.
    pub fn new(secret: std::path::PathBuf) -> Self {
        Self { secret, kdf: OnceLock::new() }
    }
}

impl Surroundings for System {
    fn now(&self) -> Timestamp {
        Timestamp::from_chrono(chrono::Utc::now())
    }

    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes once it has started");
    }

    fn device_secret(&self) -> std::io::Result<DeviceSecret> {
        let kept = chaski_store::keyring::read(&self.secret).map_err(std::io::Error::other)?;
        if let Some(bytes) = kept.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
            return Ok(DeviceSecret::from_bytes(bytes));
        }
        if self.secret.exists() {
            // Making another would lock everybody out for good; a damaged file may still be mended from outside.
            return Err(std::io::Error::other("the device's secret is damaged"));
        }
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        chaski_store::keyring::replace(&self.secret, &bytes).map_err(std::io::Error::other)?;
        Ok(DeviceSecret::from_bytes(bytes))
    }

    fn kdf(&self) -> chaski_trust::KdfParams {
        *self.kdf.get_or_init(|| {
            let started = Instant::now();
            match KdfParams::work_once() {
                Ok(()) => KdfParams::calibrated(started.elapsed()),
                Err(_) => KdfParams::FLOOR,
            }
        })
    }
}
