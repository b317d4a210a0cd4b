//! Folders as a disk holds them at one moment.

use std::path::{Path, PathBuf};

use crate::Broken;

/// Copies a folder as it lies on the disk now, whoever has its files open.
///
/// The shared-memory index of a write-ahead log is left behind: it does not survive a power cut either.
pub(crate) fn image(from: &Path, to: &Path) -> Result<(), Broken> {
    std::fs::create_dir_all(to).map_err(Broken::disk)?;
    for entry in std::fs::read_dir(from).map_err(Broken::disk)? {
        let entry = entry.map_err(Broken::disk)?;
        let name = entry.file_name();
        let target = to.join(&name);
        if entry.file_type().map_err(Broken::disk)?.is_dir() {
            image(&entry.path(), &target)?;
        } else if !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), target).map_err(Broken::disk)?;
        }
    }
    Ok(())
}

/// Puts an image in the place of a folder.
pub(crate) fn replace(folder: &Path, by: &Path) -> Result<(), Broken> {
    clear(folder)?;
    image(by, folder)
}

pub(crate) fn clear(folder: &Path) -> Result<(), Broken> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Broken::disk(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A folder kept in memory, to begin from as often as one likes.
#[derive(Debug)]
pub(crate) struct Kept(Vec<(PathBuf, Vec<u8>)>);

impl Kept {
    pub(crate) fn of(folder: &Path) -> Result<Self, Broken> {
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(inside) = folders.pop() {
            for entry in std::fs::read_dir(folder.join(&inside)).map_err(Broken::disk)? {
                let entry = entry.map_err(Broken::disk)?;
                let path = inside.join(entry.file_name());
                if entry.file_type().map_err(Broken::disk)?.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path, std::fs::read(entry.path()).map_err(Broken::disk)?));
                }
            }
        }
        Ok(Self(files))
    }

    pub(crate) fn lay_out(&self, folder: &Path) -> Result<(), Broken> {
        for (path, bytes) in &self.0 {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(Broken::disk)?;
            }
            std::fs::write(path, bytes).map_err(Broken::disk)?;
        }
        Ok(())
    }
}
