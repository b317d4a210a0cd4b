//! Files that are replaced whole: written aside, flushed, renamed, and the folder flushed.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use crate::open::beside;
use crate::{Result, StoreError};

/// Replaces `path` by `bytes`, readable by this user alone. After a crash at any moment the old or the new bytes are there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let aside = beside(path, ".new");
    let written = write_flushed(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    if let Err(error) = written {
        // Half a file is of no use to anybody.
        let _ = fs::remove_file(&aside);
        return Err(StoreError::file(path)(error));
    }
    sync_folder_of(path)
}

fn write_flushed(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = private().open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file for writing that other users of the machine cannot read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Flushes the folder that `path` lies in, so that the name survives a power cut as the bytes do.
pub(crate) fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Windows cannot flush a folder, and does not need it.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::file(folder))?;
    }
    Ok(())
}
