//! One tablet and its person: what they can do, and what of it is remembered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaski_device::{Device, DeviceError};
use chaski_sync::{EntryKind, RecordChanges, Vector, Wanted};
use chaski_values::LogId;

use crate::cast::{PIN, Part};
use crate::ledger::{Act, Certainty, Committed, Fate, Memory, promises};
use crate::machine::Machine;
use crate::{Broken, disk};

/// A tablet that is running and unlocked.
#[derive(Debug)]
pub(crate) struct Tablet {
    pub(crate) part: &'static Part,
    pub(crate) machine: Arc<Machine>,
    pub(crate) folder: PathBuf,
    pub(crate) device: Device,
    pub(crate) memory: Memory,
    /// The record on the screen.
    pub(crate) open: Option<String>,
    /// Whether the last act on the screen can be taken back, as far as is known here.
    pub(crate) undoable: bool,
    pub(crate) backup: Option<Backup>,
    times_restored: u64,
}

/// A copy of a tablet's folder, and what its person knew then.
#[derive(Debug)]
pub(crate) struct Backup {
    pub(crate) folder: PathBuf,
    pub(crate) memory: Memory,
}

/// Whether a copy has the file that names the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Incarnation {
    /// Left out, as every backup of ours does.
    LeftOut,
    /// Copied along, as an image of the whole disk does.
    Copied,
}

impl Tablet {
    pub(crate) fn start(part: &'static Part, machine: Arc<Machine>, folder: &Path) -> Result<Self, Broken> {
        part.disk.lay_out(folder)?;
        let device = unlocked(folder, &machine, part)?;
        Ok(Self {
            part,
            machine,
            folder: folder.to_owned(),
            device,
            memory: Memory::default(),
            open: None,
            undoable: false,
            backup: None,
            times_restored: 0,
        })
    }

    /// The power fails: the disk as it is goes to a folder of its own, and the tablet starts from there.
    pub(crate) fn power_cut(&mut self, left: &Path, forget_journal: bool) -> Result<(), Broken> {
        if !left.exists() {
            disk::image(&self.folder, left)?;
        }
        if forget_journal {
            // What a disk leaves that said "synced" and had not.
            let _ = std::fs::remove_file(left.join("tablet.db-wal"));
        }
        let old = std::mem::replace(&mut self.folder, left.to_owned());
        self.reopen()?;
        disk::clear(&old)
    }

    fn reopen(&mut self) -> Result<(), Broken> {
        self.device = unlocked(&self.folder, &self.machine, self.part)?;
        self.open = None;
        self.undoable = false;
        match self.device.status().set_aside {
            Some(aside) => {
                Err(Broken::promise(format!("{}'s database was set aside as {}", self.part.name, aside.file)))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn back_up(&mut self, to: &Path, incarnation: Incarnation) -> Result<(), Broken> {
        disk::clear(to)?;
        disk::image(&self.folder, to)?;
        if incarnation == Incarnation::LeftOut {
            let _ = std::fs::remove_file(to.join("incarnation"));
        }
        self.backup = Some(Backup { folder: to.to_owned(), memory: self.memory.clone() });
        Ok(())
    }

    /// The tablet is lost or broken, and another one takes its place with what the backup holds.
    pub(crate) fn restore(&mut self) -> Result<(), Broken> {
        let Some(backup) = &self.backup else { return Ok(()) };
        let (folder, memory) = (backup.folder.clone(), backup.memory.clone());
        self.times_restored += 1;
        let fresh = self.folder.with_extension(format!("restored-{}", self.times_restored));
        disk::image(&folder, &fresh)?;
        let old = std::mem::replace(&mut self.folder, fresh);
        self.reopen()?;
        disk::clear(&old)?;
        self.memory = memory;
        Ok(())
    }

    /// What this tablet holds, and which logs it writes.
    pub(crate) fn vector(&mut self) -> Result<(Vector, Vec<LogId>), Broken> {
        let round = self.device.begin_round().map_err(Broken::device)?;
        Ok((round.vector, round.own.into_iter().collect()))
    }

    /// Notes a saved act on a record.
    pub(crate) fn remember(&mut self, record: &str, act: Act) {
        self.memory.pending.entry(record.to_owned()).or_default().push(act);
    }

    /// After something whose end nobody saw: the record's last act may or may not have happened.
    pub(crate) fn doubt(&mut self, record: &str, acts: usize) {
        let pending = self.memory.pending.get_mut(record);
        for act in pending.into_iter().flat_map(|pending| pending.iter_mut().rev().take(acts)) {
            act.certainty = Certainty::Unknown;
        }
    }

    /// What was committed since this was last asked: sittings that became entries.
    pub(crate) fn committed(&mut self, by: usize) -> Result<Vec<Committed>, Broken> {
        let (vector, own) = self.vector()?;
        let mut found = Vec::new();
        for (partition, heads) in &vector.0 {
            for log in own.iter().filter(|log| heads.0.contains_key(log)) {
                let head = heads.0[log];
                let known = self.memory.written.get(log).copied();
                if known.is_some_and(|known| known.seq >= head.seq) {
                    continue;
                }
                let mut above = heads.clone();
                above.0.remove(log);
                above.0.extend(known.map(|known| (*log, known)));
                let wanted = Wanted { partition: *partition, above, budget: usize::MAX };
                let loaded = self.device.load_entries(&wanted).map_err(Broken::device)?;
                for stored in &loaded.entries {
                    let entry = &stored.entry;
                    if entry.header().kind != EntryKind::RecordChanges {
                        continue;
                    }
                    let changes = RecordChanges::from_bytes(entry.payload())
                        .map_err(|error| Broken::promise(format!("a committed entry is unreadable: {error}")))?;
                    for change in changes.0 {
                        let record = change.record.to_string();
                        let acts = self.memory.pending.remove(&record).unwrap_or_default();
                        if self.open.as_ref() == Some(&record) {
                            self.undoable = false;
                        }
                        found.push(Committed {
                            by,
                            partition: *partition,
                            log: *log,
                            head: chaski_sync::Head::from(&entry.tip()),
                            promises: promises(&acts),
                            record,
                            fate: Fate::Held,
                        });
                    }
                }
                self.memory.written.insert(*log, head);
            }
        }
        Ok(found)
    }
}

fn unlocked(folder: &Path, machine: &Arc<Machine>, part: &Part) -> Result<Device, Broken> {
    let mut device = Device::open(folder, machine.clone()).map_err(Broken::device)?;
    match device.unlock(&part.person.to_string(), PIN) {
        Ok(_) => Ok(device),
        Err(error @ DeviceError::TooManyTries(_)) => {
            Err(Broken::promise(format!("the right PIN is refused after power cuts: {error}")))
        }
        Err(error) => Err(Broken::device(error)),
    }
}
