//! What lies where in a hub's folder.

use std::fs;
use std::path::{Path, PathBuf};

use chaski_store::keyring;
use chaski_trust::{DatabaseKey, HubAddress, RosterItem, SigningKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{HubError, Result};

/// A hub's folder, by the paths inside it.
///
/// ```text
/// hub.json         what the operator may read and edit
/// certificates     root, hub and roster issuer: what the roster starts from
/// incarnation      which log the hub writes; not to be put into a backup
/// hub.db           the store, and the files beside it
/// keys/            hub.key, store.key, tls.key, tls.pem, console.token
/// offline/         root.key, issuer.key, tickets/ — to be moved away from the hub
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

/// `hub.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) programme: String,
    /// Where tablets find the hub: what new invitations say.
    pub(crate) url: String,
}

/// `incarnation`: which log of the programme's partition is ours, and how far we wrote it.
///
/// A database that was restored from a backup is behind this file, or has another log; then a new log is begun, since going
/// on with the old one would fork it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Incarnation {
    version: u32,
    pub(crate) id: [u8; 16],
    pub(crate) written: u64,
}

const VERSION: u32 = 1;

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("hub.db")
    }

    pub(crate) fn offline(&self) -> PathBuf {
        self.0.join("offline")
    }

    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.0.join("keys").join(name)
    }

    pub(crate) fn config(&self) -> Result<Config> {
        let path = self.0.join("hub.json");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(HubError::NotAHub(self.0.clone()));
            }
            Err(error) => return Err(HubError::file(path)(error)),
        };
        let config: Config = serde_json::from_slice(&bytes).map_err(|error| HubError::damaged(&path, error))?;
        match config.version {
            VERSION => Ok(config),
            found => Err(HubError::Newer { path, found, known: VERSION }),
        }
    }

    pub(crate) fn keep_config(&self, config: &Config) -> Result<()> {
        let json = serde_json::to_vec_pretty(config).expect("a few texts are JSON");
        Ok(keyring::replace(&self.0.join("hub.json"), &json)?)
    }

    /// What the roster starts from, readable before there is any entry.
    pub(crate) fn certificates(&self) -> Result<Vec<RosterItem>> {
        let path = self.0.join("certificates");
        let bytes = fs::read(&path).map_err(HubError::file(&path))?;
        let damaged = |reason: String| HubError::damaged(&path, reason);
        let (version, items): (u32, Vec<minicbor::bytes::ByteVec>) =
            minicbor::decode(&bytes).map_err(|error| damaged(error.to_string()))?;
        if version != VERSION {
            return Err(HubError::Newer { path, found: version, known: VERSION });
        }
        let read = |item: &minicbor::bytes::ByteVec| RosterItem::from_bytes(item);
        items.iter().map(read).collect::<Result<_, _>>().map_err(|error| damaged(error.to_string()))
    }

    pub(crate) fn keep_certificates(&self, items: &[RosterItem]) -> Result<()> {
        let items: Vec<minicbor::bytes::ByteVec> = items.iter().map(|item| item.to_bytes().into()).collect();
        let bytes = minicbor::to_vec((VERSION, items)).expect("writing to memory cannot fail");
        Ok(keyring::replace(&self.0.join("certificates"), &bytes)?)
    }

    /// Nothing when a backup left it out, as it should.
    pub(crate) fn incarnation(&self) -> Result<Option<Incarnation>> {
        let path = self.0.join("incarnation");
        let bytes = keyring::read(&path)?;
        let kept: Option<Incarnation> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(kept.filter(|kept| kept.version == VERSION))
    }

    pub(crate) fn keep_incarnation(&self, id: [u8; 16], written: u64) -> Result<()> {
        let bytes = serde_json::to_vec(&Incarnation { version: VERSION, id, written }).expect("numbers are JSON");
        Ok(keyring::replace(&self.0.join("incarnation"), &bytes)?)
    }

    pub(crate) fn hub_key(&self) -> Result<SigningKey> {
        Ok(SigningKey::from_seed(&*read_secret(&self.key("hub.key"))?))
    }

    pub(crate) fn store_key(&self) -> Result<DatabaseKey> {
        Ok(DatabaseKey::from_bytes(*read_secret(&self.key("store.key"))?))
    }

    pub(crate) fn console_token(&self) -> Result<String> {
        let path = self.key("console.token");
        fs::read_to_string(&path).map(|text| text.trim().to_owned()).map_err(HubError::file(path))
    }
}

impl Config {
    pub(crate) fn new(name: String, programme: String, url: &HubAddress) -> Self {
        Self { version: VERSION, name, programme, url: url.to_string() }
    }

    pub(crate) fn address(&self) -> Result<HubAddress> {
        Ok(HubAddress::new(&self.url)?)
    }
}

/// Makes a folder that only this user may enter.
pub(crate) fn make_private(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(HubError::file(path))
}

/// Writes 32 secret bytes as one line of text that a person can copy by hand if a disk dies: `chaski-key-1 <64 digits>`.
pub(crate) fn keep_secret(path: &Path, secret: &[u8; 32]) -> Result<()> {
    let digits = Zeroizing::new(chaski_values::Hash32::from_bytes(*secret).to_string());
    let line = Zeroizing::new(format!("{SECRET_MARK} {}\n", *digits));
    Ok(keyring::replace(path, line.as_bytes())?)
}

pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    let text = Zeroizing::new(fs::read_to_string(path).map_err(HubError::file(path))?);
    let digits = text.trim().strip_prefix(SECRET_MARK).map(str::trim_start);
    let read: Option<chaski_values::Hash32> = digits.and_then(|digits| digits.parse().ok());
    let hash = read.ok_or_else(|| HubError::damaged(path, "it is no key"))?;
    Ok(Zeroizing::new(*hash.as_bytes()))
}

const SECRET_MARK: &str = "chaski-key-1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_round_trips_and_is_this_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        keep_secret(&path, &[7; 32]).unwrap();
        assert_eq!(*read_secret(&path).unwrap(), [7; 32]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "chaski-key-1 abc").unwrap();
        assert!(read_secret(&path).unwrap_err().to_string().contains("it is no key"));
    }

    #[test]
    fn a_folder_without_a_hub_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Folder::new(folder.path()).config().unwrap_err();
        assert!(error.to_string().ends_with("is not a hub: it has no hub.json; `chaski hub init` makes one"));
        fs::write(folder.path().join("hub.json"), r#"{"version":9,"name":"a","programme":"b","url":"c"}"#).unwrap();
        assert!(matches!(Folder::new(folder.path()).config(), Err(HubError::Newer { found: 9, .. })));
    }
}
