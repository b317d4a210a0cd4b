//! What a damaged database still holds, taken over into the one that took its place.
//!
//! Entries come in through the same door as from a peer, signatures and all; this device's own logs are never written again.
//! Answers that were in no entry yet become open sittings of the people who gave them. It can be cut short and begun anew:
//! a file counts as taken over only when all of it is in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chaski_programme::head::{self, Head};
use chaski_store::{DraftRow, JournalWrite, Ownership, Salvage, Store};
use chaski_values::{Key, Partition, PersonId, RecordId, Scalar};

use crate::lists::count;
use crate::view::{SetAside, Status};
use crate::work::Work;
use crate::{Device, Result};

/// Followed by a file's name: it was taken over.
const TAKEN_OVER: &str = "taken-over.";
/// What nobody has taken note of yet.
const NOTICE: &str = "set-aside";

impl Device {
    /// Somebody took note that a damaged database was put aside.
    ///
    /// # Errors
    /// When nobody is at work or the store fails.
    pub fn acknowledge_set_aside(&mut self) -> Result<Status> {
        let work = self.at_work()?;
        let _ = work.store.forget_setting(NOTICE)?;
        work.set_aside = None;
        Ok(self.status())
    }
}

/// The damaged databases beside this one that were not taken over.
pub(crate) fn not_taken_over(store: &Store, path: &Path) -> Result<Vec<PathBuf>> {
    let mut files = chaski_store::damaged(path)?;
    let mut known = Vec::new();
    for file in &files {
        known.push(store.setting(&format!("{TAKEN_OVER}{}", name(file)))?.is_some());
    }
    let mut known = known.into_iter();
    files.retain(|_| !known.next().unwrap_or(false));
    Ok(files)
}

fn name(file: &Path) -> String {
    file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

impl Work {
    /// Takes over what damaged databases still hold, and remembers to tell of it.
    ///
    /// What cannot be taken over now, as on a full disk, is tried at the next opening: it keeps nobody from working.
    pub(crate) fn take_over(&mut self, damaged: &[PathBuf]) -> Result<()> {
        for file in damaged {
            let name = name(file);
            match self.take_over_file(file) {
                Ok(notice) => {
                    let _ = self.store.keep_setting(NOTICE, &to_bytes(&notice))?;
                    let _ = self.store.keep_setting(&format!("{TAKEN_OVER}{name}"), b"")?;
                }
                Err(error) => {
                    tracing::error!(code = error.code(), %error, file = name, "a damaged database was not taken over");
                    self.set_aside = Some(SetAside { file: name, entries: 0, answers: 0, lost: None });
                }
            }
        }
        if self.set_aside.is_none() {
            self.set_aside = self.store.setting(NOTICE)?.as_deref().and_then(from_bytes);
        }
        Ok(())
    }

    fn take_over_file(&mut self, file: &Path) -> Result<SetAside> {
        let mut notice = SetAside { file: name(file), entries: 0, answers: 0, lost: None };
        let found = match chaski_store::salvage(file, self.database_key()) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, file = notice.file, "nothing of a damaged database can be read");
                return Ok(notice);
            }
        };
        notice.lost = Some(count(found.lost));
        notice.entries = count(self.take_over_entries(&found)?);
        notice.answers = count(self.take_over_answers(&found)?);
        Ok(notice)
    }

    fn take_over_entries(&mut self, found: &Salvage) -> Result<u64> {
        let (now, device) = (self.now(), self.device());
        for log in &found.logs {
            let ours = log.opening.device() == device;
            let ownership = if ours { Ownership::OursClosed } else { Ownership::Another };
            self.store.keep_log(&log.opening, &log.certificate, ownership)?;
        }
        let mut entries = 0;
        // What the centre published first: the rest is judged by it.
        let (shared, rest): (Vec<_>, Vec<_>) =
            found.frames().into_iter().partition(|frame| frame.partition == Partition::Programme);
        for frame in shared {
            entries += self.store.take_frame(&frame, now, &self.rules)?.0.new;
        }
        self.reread()?;
        for frame in rest {
            entries += self.store.take_frame(&frame, now, &self.rules)?.0.new;
        }
        let _ = self.store.reconsider(&self.rules)?;
        while self.apply()? {}
        Ok(entries)
    }

    fn take_over_answers(&mut self, found: &Salvage) -> Result<u64> {
        let now = self.now();
        let mut sittings: BTreeMap<(RecordId, PersonId), Vec<(Key, Scalar)>> = BTreeMap::new();
        for answer in &found.answers {
            let writes = sittings.entry((answer.record, answer.person)).or_default();
            writes.push((answer.key.clone(), answer.scalar.clone()));
        }
        let mut taken = 0;
        for ((record, person), writes) in sittings {
            let mut held = self.store.record(record)?.map(|record| record.values()).unwrap_or_default();
            let mut journal = Vec::new();
            for (key, scalar) in writes {
                let previous = held.insert(key.clone(), scalar.clone());
                journal.push(JournalWrite { key, scalar, previous });
            }
            let head = Head::of(&held);
            let draft = DraftRow {
                kind: head::KIND_FORM.to_owned(),
                district: head.district,
                form: head.form,
                form_version: head.version,
                project: head.project,
                title: String::new(),
                search: String::new(),
            };
            let (sitting, _) = self.store.open_sitting(record, person, 0, now, Some(&draft))?;
            if self.store.journalled(sitting)?.writes.is_empty() {
                self.store.journal_answer(sitting, &journal, 0, now)?;
                taken += journal.len() as u64;
            }
        }
        Ok(taken)
    }
}

type Notice<'a> = (&'a str, u32, u32, Option<u32>);

fn to_bytes(notice: &SetAside) -> Vec<u8> {
    let notice: Notice<'_> = (&notice.file, notice.entries, notice.answers, notice.lost);
    minicbor::to_vec(notice).expect("writing to memory cannot fail")
}

fn from_bytes(bytes: &[u8]) -> Option<SetAside> {
    let (file, entries, answers, lost) = minicbor::decode::<Notice<'_>>(bytes).ok()?;
    Some(SetAside { file: file.to_owned(), entries, answers, lost })
}
