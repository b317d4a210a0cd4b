//! Who this installation is: its device key, its programme and its hub, sealed in a file of their own under the database's
//! key.
//!
//! They are not in the database on purpose: when a damaged database is put aside, the tablet is still the programme's, and
//! fetches from the hub again everything that had reached it.

use std::path::Path;

use chaski_store::keyring;
use chaski_trust::{DatabaseKey, Fingerprint, SealKey, SigningKey};
use chaski_values::{DeviceId, Timestamp};
use minicbor::{Decode, Encode};

use crate::surroundings::random;
use crate::{DeviceError, Result, Surroundings};

#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) device_key: SigningKey,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) hub: Hub,
    /// The roster as enrolling gave it, this device's certificate among it: enough to meet the hub with an empty database.
    pub(crate) roster: Vec<Vec<u8>>,
    /// A request to enrol whose answer has not come, and the key of the person it is for.
    pub(crate) request: Option<(Vec<u8>, SigningKey)>,
}

/// The hub this device exchanges with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hub {
    pub(crate) address: String,
    pub(crate) id: Option<DeviceId>,
    /// The TLS key it is pinned to.
    pub(crate) spki: Option<[u8; 32]>,
    /// The last time it signed.
    pub(crate) time: Option<Timestamp>,
    /// How far it was then ahead of the tablet's clock, in milliseconds.
    pub(crate) offset_millis: i64,
}

/// How an identity is written, before it is sealed. **Frozen.**
#[derive(Encode, Decode)]
struct File {
    #[n(0)]
    version: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    device_key: [u8; 32],
    #[cbor(n(2), with = "minicbor::bytes")]
    fingerprint: Option<[u8; 10]>,
    #[n(3)]
    hub_address: String,
    #[cbor(n(4), with = "minicbor::bytes")]
    hub: Option<[u8; 16]>,
    #[cbor(n(5), with = "minicbor::bytes")]
    spki: Option<[u8; 32]>,
    #[n(6)]
    hub_time: Option<i64>,
    #[n(7)]
    roster: Vec<minicbor::bytes::ByteVec>,
    #[cbor(n(8), with = "minicbor::bytes")]
    request: Option<Vec<u8>>,
    #[cbor(n(9), with = "minicbor::bytes")]
    request_user: Option<[u8; 32]>,
    #[n(10)]
    hub_offset_millis: Option<i64>,
}

const VERSION: u8 = 1;
const NAME: &str = "identity";
const PURPOSE: &str = "device identity v1";

impl Identity {
    /// A new installation that nobody knows yet.
    pub(crate) fn fresh(around: &dyn Surroundings) -> Self {
        Self {
            device_key: SigningKey::from_seed(&random(around)),
            fingerprint: None,
            hub: Hub::default(),
            roster: Vec::new(),
            request: None,
        }
    }

    /// Reads the identity in `folder`; nothing when there is none.
    ///
    /// # Errors
    /// When the file cannot be read, or is not one that this key sealed.
    pub(crate) fn read(folder: &Path, key: &DatabaseKey) -> Result<Option<Self>> {
        let Some(sealed) = keyring::read(&folder.join(NAME))? else { return Ok(None) };
        let damaged = || DeviceError::Keys(std::io::Error::other("the device's identity is damaged"));
        let plain = chaski_trust::open(&seal_key(key), PURPOSE, &[], &sealed).map_err(|_| damaged())?;
        let file: File = minicbor::decode(&plain).map_err(|_| damaged())?;
        if file.version != VERSION {
            return Err(damaged());
        }
        let user = file.request_user.map(|seed| SigningKey::from_seed(&seed));
        Ok(Some(Self {
            device_key: SigningKey::from_seed(&file.device_key),
            fingerprint: file.fingerprint.map(Fingerprint::from_bytes),
            hub: Hub {
                address: file.hub_address,
                id: file.hub.map(DeviceId::from_bytes),
                spki: file.spki,
                time: file.hub_time.and_then(|millis| Timestamp::from_millis(millis).ok()),
                offset_millis: file.hub_offset_millis.unwrap_or(0),
            },
            roster: file.roster.into_iter().map(Vec::from).collect(),
            request: file.request.zip(user),
        }))
    }

    /// Removes the identity in `folder`: this installation is nobody any more.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub(crate) fn remove(folder: &Path) -> Result<()> {
        Ok(keyring::remove(&folder.join(NAME))?)
    }

    /// Replaces the identity in `folder`, at once and durably.
    ///
    /// # Errors
    /// When the file cannot be written; the old one stands.
    pub(crate) fn write(&self, folder: &Path, key: &DatabaseKey, around: &dyn Surroundings) -> Result<()> {
        let file = File {
            version: VERSION,
            device_key: *self.device_key.to_seed(),
            fingerprint: self.fingerprint.map(|fingerprint| *fingerprint.as_bytes()),
            hub_address: self.hub.address.clone(),
            hub: self.hub.id.map(|id| *id.as_bytes()),
            spki: self.hub.spki,
            hub_time: self.hub.time.map(Timestamp::millis),
            roster: self.roster.iter().cloned().map(minicbor::bytes::ByteVec::from).collect(),
            request: self.request.as_ref().map(|(request, _)| request.clone()),
            request_user: self.request.as_ref().map(|(_, user)| *user.to_seed()),
            hub_offset_millis: Some(self.hub.offset_millis),
        };
        let plain = zeroize::Zeroizing::new(minicbor::to_vec(&file).expect("writing to memory cannot fail"));
        let sealed = chaski_trust::seal(&seal_key(key), random(around), PURPOSE, &[], &plain);
        Ok(keyring::replace(&folder.join(NAME), &sealed)?)
    }
}

/// The database's key serves SQLCipher; what else it protects gets a key of its own from it.
fn seal_key(key: &DatabaseKey) -> SealKey {
    SealKey::from_bytes(*chaski_values::Hash32::of("chaski 2026 identity seal key v1", &[key.expose()]).as_bytes())
}
