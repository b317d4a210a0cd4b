//! The keyring file: wrapped keys as opaque bytes, outside the database that they open.

use std::fs;
use std::io::{Read, Write};
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

/// Writes `bytes` over a file of the same length, in its place: it takes no room, so it also goes through on a full disk.
/// Not whole after a crash: for what can be told to be damaged and done without.
///
/// # Errors
/// When there is no such file, it has another length, or it cannot be written.
pub fn overwrite(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).open(path)?;
        if file.metadata()?.len() != bytes.len() as u64 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        file.write_all(bytes)?;
        file.sync_data()
    };
    write().map_err(StoreError::file(path))
}

/// Removes a file, durably. That it is not there is no error.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => file::sync_folder_of(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::file(path)(error)),
    }
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
    fn a_file_is_written_over_only_in_its_own_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gates");
        assert!(overwrite(&path, b"12").is_err());
        replace(&path, b"12").unwrap();
        overwrite(&path, b"34").unwrap();
        assert!(overwrite(&path, b"567").is_err());
        assert_eq!(read(&path).unwrap().unwrap(), b"34");
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read(&path).unwrap(), None);
    }

    #[test]
    fn a_keyring_that_is_no_keyring_is_not_read_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        fs::File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(read(&path).is_err());
    }
}
