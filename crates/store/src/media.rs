//! Photos and other files: encrypted, beside the database, named by the hash of what is in them.
//!
//! Each has one random key, kept in the encrypted database. A file is written aside, flushed and renamed before its row is,
//! so a row always has its file; a file without a row is unreadable and is written over when its content comes again.
//! Every reading checks the hash, so what is shown is what the record names.

mod sealed;

use std::fs;
use std::path::{Path, PathBuf};

use chaski_values::{Hash32, MediaRef, Timestamp};
use rusqlite::{OptionalExtension, params};
use zeroize::Zeroizing;

use crate::store::moment;
use crate::{ChangeSummary, Result, Shared, Store, StoreError, file};

/// The most bytes one file may have: a photo of a good camera several times over.
pub const MEDIA_BYTES: u64 = 32 * 1024 * 1024;

/// A file that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRow {
    pub media: MediaRef,
    pub added_at: Timestamp,
}

impl Store {
    /// Keeps a file. Keeping the same content again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::MediaTooLarge`], [`StoreError::DiskFull`]; then nothing was kept.
    pub fn keep_media(&mut self, bytes: &[u8], media_type: &str, at: Timestamp) -> Result<(MediaRef, ChangeSummary)> {
        let length = u32::try_from(bytes.len())
            .ok()
            .filter(|length| u64::from(*length) <= MEDIA_BYTES)
            .ok_or(StoreError::MediaTooLarge { found: bytes.len() as u64, limit: MEDIA_BYTES })?;
        let hash = Hash32::of_content(bytes);
        let media = MediaRef { hash, length, media_type: media_type.to_owned() };
        if self.media(hash).is_ok() {
            return Ok((media, ChangeSummary::default()));
        }
        let path = self.media_path(hash);
        let mut key = Zeroizing::new([0; 32]);
        let mut prefix = [0; sealed::PREFIX];
        getrandom::fill(key.as_mut()).and_then(|()| getrandom::fill(&mut prefix)).map_err(StoreError::Random)?;
        make_folder_of(&path)?;
        file::replace(&path, &sealed::seal(&key, prefix, bytes))?;
        let summary = self.transact(|transaction| {
            let sql = "insert into media (hash, length, media_type, key, added_at) values (?1, ?2, ?3, ?4, ?5)
                       on conflict (hash) do update set key = excluded.key";
            transaction.prepare_cached(sql)?.execute(params![
                hash.as_bytes(),
                length,
                media_type,
                key.as_slice(),
                at.millis()
            ])?;
            Ok(ChangeSummary::of_shared(Shared::Media))
        })?;
        Ok((media, summary))
    }

    /// The bytes of a file, checked against its hash.
    ///
    /// # Errors
    /// [`StoreError::NoMedia`] when it is not held, [`StoreError::MediaDamaged`] when its file is not what was kept.
    pub fn media(&self, hash: Hash32) -> Result<Vec<u8>> {
        let kept: Option<(i64, [u8; 32])> = self.look(|connection| {
            let mut statement = connection.prepare_cached("select length, key from media where hash = ?1")?;
            Ok(statement.query_row([hash.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })?;
        let Some((length, key)) = kept else { return Err(StoreError::NoMedia(hash)) };
        let key = Zeroizing::new(key);
        let path = self.media_path(hash);
        let expected = sealed::sealed_length(length.unsigned_abs());
        let sealed = match fs::metadata(&path) {
            Ok(metadata) if metadata.len() == expected => fs::read(&path).map_err(StoreError::file(&path))?,
            Ok(_) => return Err(StoreError::MediaDamaged(hash)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(StoreError::MediaDamaged(hash)),
            Err(error) => return Err(StoreError::file(&path)(error)),
        };
        sealed::open(&key, &sealed)
            .filter(|bytes| Hash32::of_content(bytes) == hash)
            .ok_or(StoreError::MediaDamaged(hash))
    }

    /// What is known of a file that is held.
    ///
    /// # Errors
    /// When the database fails.
    pub fn media_row(&self, hash: Hash32) -> Result<Option<MediaRow>> {
        self.look(|connection| {
            let sql = "select length, media_type, added_at from media where hash = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([hash.as_bytes()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let media = MediaRef { hash, length: row.get(0)?, media_type: row.get(1)? };
            Ok(Some(MediaRow { media, added_at: moment(row.get(2)?)? }))
        })
    }

    /// The hash of every file that is held.
    ///
    /// # Errors
    /// When the database fails.
    pub fn media_hashes(&self) -> Result<Vec<Hash32>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached("select hash from media order by hash")?;
            let hashes = statement.query_map([], |row| row.get(0).map(Hash32::from_bytes))?;
            Ok(hashes.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Where a file lies: in one of 256 folders, so that none grows long.
    fn media_path(&self, hash: Hash32) -> PathBuf {
        let name = hash.to_string();
        self.media_folder().join(name.chars().take(2).collect::<String>()).join(name)
    }
}

fn make_folder_of(path: &Path) -> Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    if !folder.is_dir() {
        fs::create_dir_all(folder).map_err(StoreError::file(folder))?;
        // The new folder's own name, and its parent's, must survive a power cut too.
        file::sync_folder_of(folder)?;
        if let Some(parent) = folder.parent() {
            file::sync_folder_of(parent)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
