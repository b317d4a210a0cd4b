//! The keyring file: wrapped keys as opaque bytes, outside the database that they open.

use std::fs;
use std::io::Read;
use std::path::Path;

use crate::{Result, StoreError, file};

/// The most a keyring file may have: some kilobytes a person, for a tablet that many share.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// The keyring's bytes, or nothing if there is no keyring yet.
///
/// # Errors
/// When the file cannot be read or is larger than [`MAX_BYTES`].
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::file(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(StoreError::file(path))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(StoreError::Unreadable { what: "keyring" });
    }
    Ok(Some(bytes))
}

/// Replaces the keyring at once and for good: after a crash at any moment the old or the new one is there, whole.
/// Only this user may read it.
///
/// # Errors
/// When the file cannot be written; the old one stands.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(StoreError::Unreadable { what: "keyring" });
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(StoreError::file(folder))?;
    }
    file::replace(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_is_replaced_whole_and_is_this_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/keyring");
        assert_eq!(read(&path).unwrap(), None);
        replace(&path, b"first").unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"second");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn a_keyring_that_is_no_keyring_is_not_read_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        fs::File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(read(&path).is_err());
    }
}
