//! The open database and whoever is at work in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaski_programme::Book;
use chaski_programme::head::Head;
use chaski_records::Record;
use chaski_store::{ChangeSummary, Opened, Ownership, SittingId, Store};
use chaski_sync::{Acknowledged, Entry, EntryKind, LogOpening, RecordChange, RecordChanges, Tip};
use chaski_trust::{
    DatabaseKey, DeviceCertificate, EnrolRefusal, EnrolRequest, Enrolled, Fingerprint, HubAddress, RosterItem, Signed,
    SigningKey,
};
use chaski_values::{DeviceId, Hash32, Key, LogId, Partition, PersonId, RecordId, Scalar, Timestamp};

use crate::audit::Note;
use crate::filling::Filling;
use crate::identity::{Hub, Identity};
use crate::rules::Rulebook;
use crate::salvage;
use crate::surroundings::random;
use crate::view::SetAside;
use crate::{DeviceError, Result, Surroundings};

/// The file that names this installation: kept beside the database and out of every backup, so that a restored database
/// begins new logs instead of forking the old ones.
const INCARNATION: &str = "incarnation";

/// How far ahead of the hub's last word a tablet's clock is believed: the life of a device certificate.
const BELIEVED_AHEAD_MILLIS: i64 = DeviceCertificate::LIFE_MILLIS;

#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) store: Store,
    pub(crate) around: Arc<dyn Surroundings>,
    pub(crate) rules: Rulebook,
    key: DatabaseKey,
    folder: PathBuf,
    identity: Identity,
    /// The hub's last word and its offset as the identity's file has them.
    saved_hub: (Option<Timestamp>, i64),
    incarnation: [u8; 16],
    at_work: Option<AtWork>,
    pub(crate) filling: Option<Filling>,
    /// What changed since the link or the window last asked.
    pub(crate) changes: ChangeSummary,
    /// What the hub said it holds, in the exchange that goes on.
    pub(crate) heard: Option<Acknowledged>,
    /// When everything was last exchanged, as far as it is known since the database was opened.
    pub(crate) last_exchange: Option<Timestamp>,
    /// Records with answers that could not be made an entry when it was last tried.
    stuck: BTreeSet<RecordId>,
    /// The photos of what was shown to the person at work.
    pub(crate) shown: BTreeSet<Hash32>,
    pub(crate) set_aside: Option<SetAside>,
}

/// The person who unlocked the tablet.
#[derive(Debug)]
struct AtWork {
    person: PersonId,
    /// Signs statements; the sign-off of receipts uses it.
    _key: SigningKey,
}

pub(crate) fn open_store(path: &Path, key: &DatabaseKey, around: &dyn Surroundings) -> Result<Opened> {
    Ok(Store::open(path, key, chaski_store::Environment { now: around.now(), check: chaski_store::Check::IfUnclean })?)
}

impl Work {
    /// Opens the database of an enrolled device. What a damaged one still holds is taken over.
    pub(crate) fn open(folder: &Path, path: &Path, key: &DatabaseKey, around: Arc<dyn Surroundings>) -> Result<Self> {
        let identity = Identity::read(folder, key)?.ok_or(DeviceError::NotEnrolled)?;
        let Opened { mut store, set_aside } = open_store(path, key, &*around)?;
        let damaged = salvage::not_taken_over(&store, path)?;
        if set_aside.is_some() || !damaged.is_empty() {
            // What the lost database wrote may have reached the hub: nothing may be written over it.
            std::fs::remove_file(folder.join(INCARNATION)).or_else(absent_is_fine).map_err(DeviceError::Keys)?;
            for item in &identity.roster {
                let _ = store.keep_roster_item(item)?;
            }
        }
        let rules = Rulebook::read(&store, identity.fingerprint)?;
        let incarnation = incarnation(folder, &*around)?;
        let mut work = Self {
            rules,
            key: key.clone(),
            folder: folder.to_owned(),
            saved_hub: (identity.hub.time, identity.hub.offset_millis),
            identity,
            incarnation,
            at_work: None,
            filling: None,
            changes: ChangeSummary::default(),
            heard: None,
            last_exchange: None,
            stuck: BTreeSet::new(),
            shown: BTreeSet::new(),
            set_aside: None,
            store,
            around,
        };
        work.take_over(&damaged)?;
        Ok(work)
    }

    /// Keeps what enrolling gave: the roster so far, the hub, its time. The request stays until [`Self::drop_request`].
    ///
    /// # Errors
    /// When it is of another programme or another hub than this tablet's, or it cannot be kept.
    pub(crate) fn settle(
        &mut self,
        address: &HubAddress,
        fingerprint: &Fingerprint,
        enrolled: &Enrolled,
    ) -> Result<()> {
        self.check_programme(fingerprint)?;
        let hub = &self.identity.hub;
        let (id, spki) = (Some(enrolled.hub.hub()), Some(enrolled.hub.tls_spki_sha256));
        if hub.id.is_some() && hub.id != id || hub.spki.is_some() && hub.spki != spki {
            return Err(EnrolRefusal::OtherHub.into());
        }
        let items: Vec<Vec<u8>> = enrolled.items.iter().map(RosterItem::to_bytes).collect();
        for item in &items {
            let _ = self.store.keep_roster_item(item)?;
        }
        self.identity.fingerprint = Some(*fingerprint);
        self.identity.roster = items;
        self.identity.hub = Hub {
            address: address.to_string(),
            id,
            spki,
            time: Some(enrolled.at),
            offset_millis: enrolled.at.millis().saturating_sub(self.around.now().millis()),
        };
        self.save_identity()?;
        self.reread()
    }

    /// A tablet stays the programme's that it was enrolled in first.
    ///
    /// # Errors
    /// [`DeviceError::OtherProgramme`] when a ticket is of another one.
    pub(crate) fn check_programme(&self, fingerprint: &Fingerprint) -> Result<()> {
        match &self.identity.fingerprint {
            Some(ours) if ours != fingerprint => Err(DeviceError::OtherProgramme),
            Some(_) | None => Ok(()),
        }
    }

    fn save_identity(&mut self) -> Result<()> {
        self.identity.write(&self.folder, &self.key, &*self.around)?;
        self.saved_hub = (self.identity.hub.time, self.identity.hub.offset_millis);
        Ok(())
    }

    /// The hub said what time it is, in answer to what was asked just now. It is believed even if it said a later one before:
    /// a hub's clock can be wrong, and be set right.
    pub(crate) fn hear_time(&mut self, time: Timestamp) -> Result<()> {
        // As fine as they need to be: each save is a write to the disk.
        const HEARD_WORTH_SAVING_MILLIS: u64 = 24 * 60 * 60 * 1_000;
        const OFFSET_WORTH_SAVING_MILLIS: u64 = 60 * 1_000;
        let offset = time.millis().saturating_sub(self.around.now().millis());
        let known = self.saved_hub;
        (self.identity.hub.time, self.identity.hub.offset_millis) = (Some(time), offset);
        let moved = known.0.is_none_or(|known| known.millis().abs_diff(time.millis()) > HEARD_WORTH_SAVING_MILLIS);
        if moved || known.1.abs_diff(offset) > OFFSET_WORTH_SAVING_MILLIS {
            self.save_identity()?;
        }
        Ok(())
    }

    /// Reads again what the centre published.
    pub(crate) fn reread(&mut self) -> Result<()> {
        self.rules = Rulebook::read(&self.store, self.identity.fingerprint)?;
        Ok(())
    }

    /// The tablet's time: its clock, as far ahead of it as the hub was when it last spoke, held between the hub's last word and
    /// what is believable after it. What was written before never has a later time than what is written now: the log's own
    /// clock sees to that.
    ///
    /// Somebody may have set the clock right since: when only the clock itself says a believable time, it is taken.
    ///
    /// While the tablet's certificate holds at the hub's last word, its end is not believed to have passed either: a clock
    /// that is ahead by years would keep everybody from working, and what they wrote would be refused by all.
    pub(crate) fn now(&self) -> Timestamp {
        let claimed = self.around.now();
        let Some(heard) = self.identity.hub.time else { return claimed };
        let certificate = self.book().roster().and_then(|roster| roster.device(self.device()));
        let last = certificate.map(|certificate| certificate.not_after.plus_millis(-1)).filter(|last| *last >= heard);
        let believable = heard.plus_millis(BELIEVED_AHEAD_MILLIS);
        let latest = last.map_or(believable, |last| believable.min(last));
        let set_by_hub = claimed.plus_millis(self.identity.hub.offset_millis);
        let fits = |time: &Timestamp| (heard..=latest).contains(time);
        [set_by_hub, claimed].into_iter().find(fits).unwrap_or(set_by_hub.clamp(heard, latest))
    }

    pub(crate) fn book(&self) -> &Book {
        &self.rules.book
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.identity.device_key.verifying_key().device_id()
    }

    pub(crate) fn device_key(&self) -> &SigningKey {
        &self.identity.device_key
    }

    pub(crate) fn database_key(&self) -> &DatabaseKey {
        &self.key
    }

    pub(crate) fn person(&self) -> Option<PersonId> {
        self.at_work.as_ref().map(|at_work| at_work.person)
    }

    pub(crate) fn me(&self) -> Result<PersonId> {
        self.person().ok_or(DeviceError::Locked)
    }

    /// A person begins to work. What somebody left unfinished stays theirs.
    pub(crate) fn begin(&mut self, person: PersonId, key: SigningKey) -> Result<()> {
        if self.person().is_some_and(|other| other != person) {
            self.end()?;
        }
        self.at_work = Some(AtWork { person, _key: key });
        Ok(())
    }

    /// The person stops working: the open record is left, and its answers become an entry.
    pub(crate) fn end(&mut self) -> Result<()> {
        // The tablet is locked whatever becomes of a note, also when the disk is full.
        let noted = self.note_on_screen(Note::Left);
        let open = self.filling.take();
        self.at_work = None;
        self.shown.clear();
        match open.and_then(|filling| filling.sitting) {
            Some(sitting) => self.commit_or_keep(sitting).and(noted),
            None => noted,
        }
    }

    pub(crate) fn close(self) -> Result<()> {
        Ok(self.store.close()?)
    }

    /// The log this device writes for a partition, opened at the first need.
    pub(crate) fn own_log(&mut self, partition: Partition) -> Result<(LogOpening, Tip)> {
        if let Some(held) = self.store.own_log(partition)? {
            if held.opening.incarnation() == &self.incarnation {
                return Ok((held.opening, held.tip));
            }
            // This database was restored, or is a copy: what it wrote before may have gone on elsewhere.
            self.store.close_log(held.opening.log())?;
        }
        let opened_before = self.store.log(self.opening(partition).log())?;
        if opened_before.is_some_and(|held| held.ownership != Ownership::Ours) {
            // It went on elsewhere, and this device was stopped before it began anew.
            self.renew_incarnation()?;
        }
        let opening = self.opening(partition);
        let certificate = self.certificate()?;
        self.store.keep_log(&opening, &certificate, Ownership::Ours)?;
        Ok((opening.clone(), Tip::of_opening(&opening)))
    }

    fn opening(&self, partition: Partition) -> LogOpening {
        LogOpening::new(self.identity.device_key.verifying_key(), partition, self.incarnation)
    }

    /// This device's own certificate, as the roster has it last.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>> {
        let mine = |bytes: &Vec<u8>| Self::own_item(bytes, self.device());
        let latest = self.store.roster_items()?.iter().filter_map(mine).max_by_key(|signed| signed.claims().issued_at);
        Ok(latest.map_or_else(Vec::new, |signed| signed.to_bytes()))
    }

    /// Keeps a further certificate of this device, also beside the database: a tablet whose database was put aside meets the
    /// hub with it.
    pub(crate) fn keep_certificate(&mut self, item: &RosterItem) -> Result<()> {
        let bytes = item.to_bytes();
        let _ = self.store.keep_roster_item(&bytes)?;
        let device = self.device();
        self.identity.roster.retain(|held| Self::own_item(held, device).is_none());
        self.identity.roster.push(bytes);
        self.save_identity()?;
        self.reread()
    }

    /// Turns a sitting's answers into one signed entry. A sitting that changed nothing just ends.
    pub(crate) fn commit(&mut self, sitting: SittingId) -> Result<()> {
        let Some(open) = self.store.sittings()?.into_iter().find(|open| open.id == sitting) else { return Ok(()) };
        let journalled = self.store.journalled(sitting)?;
        let record = self.store.record(open.record)?.unwrap_or_else(|| Record::empty(open.record));
        let mut answers = record.values();
        answers.extend(journalled.last_of_each());
        let partition = match Head::of(&answers).district {
            Some(district) => Partition::District(district),
            None => return Err(DeviceError::UnknownRecord(open.record)),
        };
        let (opening, tip) = self.own_log(partition)?;
        let log = opening.log();
        let hlc = tip.hlc.next(self.now());
        let mut writes: Vec<_> = journalled.last_of_each().into_iter().collect();
        // A sitting that changed nothing leaves no log either, so the answers are looked at alone first.
        let logged = self.book().audit(&answers).map(|_| record.clone());
        let mut changes = changes_of(record, log, hlc.at(), &writes)?;
        if changes.0.is_empty() {
            let summary = self.store.end_sitting(&journalled, &self.rules)?;
            self.changes.add(summary);
            return Ok(());
        }
        if let Some(record) = logged {
            writes.extend(self.audit_of(&open, &record.values(), &answers)?);
            changes = changes_of(record, log, hlc.at(), &writes)?;
        }
        let payload = changes.to_bytes();
        let entry = Entry::after(log, &tip, hlc, Some(open.person), EntryKind::RecordChanges, payload)?;
        let signature = entry.sign(&self.identity.device_key);
        let summary = self.store.commit_sitting(&journalled, &entry, &signature, &self.rules)?;
        self.changes.add(summary);
        self.stuck.remove(&open.record);
        Ok(())
    }

    /// As [`Self::commit`]; a sitting that cannot be committed for what is in it is kept, and told of, and holds up nothing.
    pub(crate) fn commit_or_keep(&mut self, sitting: SittingId) -> Result<()> {
        match self.commit(sitting) {
            Err(error) if error.is_of_the_sitting() => {
                let open = self.store.sittings()?.into_iter().find(|open| open.id == sitting);
                if let Some(open) = open
                    && self.stuck.insert(open.record)
                {
                    tracing::error!(record = %open.record, code = error.code(), %error, "a sitting cannot be committed");
                    self.note_event(self.now(), "answers_kept", "0,0,0".to_owned())?;
                }
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// How many records have answers that cannot be made an entry.
    pub(crate) fn stuck(&self) -> usize {
        self.stuck.len()
    }

    /// Commits the sittings that nobody has touched for `idle_millis`, so that colleagues see what was answered.
    ///
    /// The record that is open on the screen goes on as a new sitting.
    pub(crate) fn commit_sittings(&mut self, idle_millis: i64) -> Result<()> {
        let now = self.now();
        let before = now.plus_millis(-idle_millis);
        let mut any = false;
        for sitting in self.store.sittings()? {
            // Touched in the future: the clock was set back since, and nobody knows how long ago that was.
            let rested = sitting.touched_at <= before || now < sitting.touched_at;
            if sitting.writes > 0 && rested {
                self.commit_or_keep(sitting.id)?;
                any = true;
            }
        }
        if any { self.refresh_filling() } else { Ok(()) }
    }

    /// The open record as it stands now, if it was committed or changed under the screen.
    pub(crate) fn refresh_filling(&mut self) -> Result<()> {
        let Some(record) = self.filling.as_ref().map(Filling::record) else { return Ok(()) };
        let (answers, sitting) = self.answers(record)?;
        self.show_media(answers.values());
        if let Some(filling) = &mut self.filling {
            filling.sitting = sitting;
            filling.reopen_with(answers);
        }
        // What was on the screen is there still, in a sitting of its own.
        let page = self.filling.as_ref().map(Filling::page);
        page.map_or(Ok(()), |page| self.note_page(page))
    }

    /// What a record holds for this person: its document, and over it what they answered since. And their open sitting.
    pub(crate) fn answers(
        &self,
        record: RecordId,
    ) -> Result<(std::collections::BTreeMap<chaski_values::Key, chaski_values::Scalar>, Option<SittingId>)> {
        let mut answers = self.store.record(record)?.map(|record| record.values()).unwrap_or_default();
        let me = self.me()?;
        let sitting = self.store.sitting(record, me)?;
        if let Some(sitting) = &sitting {
            answers.extend(self.store.journalled(sitting.id)?.last_of_each());
        }
        Ok((answers, sitting.map(|sitting| sitting.id)))
    }

    pub(crate) fn move_hub(&mut self, address: &HubAddress) -> Result<()> {
        self.identity.hub.address = address.to_string();
        self.save_identity()
    }

    /// Another copy of this database wrote on in `log`: it is closed, and everything from now on goes into new logs.
    pub(crate) fn begin_anew(&mut self, log: chaski_values::LogId) -> Result<()> {
        let ours = self.store.log(log)?.is_some_and(|held| held.ownership == Ownership::Ours);
        if ours {
            self.store.close_log(log)?;
        }
        self.renew_incarnation()
    }

    fn renew_incarnation(&mut self) -> Result<()> {
        std::fs::remove_file(self.folder.join(INCARNATION)).or_else(absent_is_fine).map_err(DeviceError::Keys)?;
        self.incarnation = incarnation(&self.folder, &*self.around)?;
        Ok(())
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.identity.hub
    }

    /// A request to enrol a further person, kept until its answer came.
    pub(crate) fn keep_request(&mut self, request: &Signed<EnrolRequest>, user: &SigningKey) -> Result<()> {
        self.identity.request = Some((request.to_bytes(), user.clone()));
        self.save_identity()
    }

    /// The answer to the request was kept.
    pub(crate) fn drop_request(&mut self) -> Result<()> {
        self.identity.request = None;
        self.save_identity()
    }

    pub(crate) fn kept_request(&self) -> Option<(Signed<EnrolRequest>, SigningKey)> {
        let (bytes, user) = self.identity.request.clone()?;
        Some((Signed::from_bytes(&bytes).ok()?, user))
    }
}

/// Puts in one change: a tenth of what a record may hold, far above a long survey.
const PUTS_IN_A_CHANGE: usize = 2_000;
/// Bytes of answers in one change, at which the next begins: half of what a change may have.
const BYTES_IN_A_CHANGE: usize = chaski_records::limits::CHANGE_BYTES / 2;

/// The changes that write a sitting on top of a record, each within what a change may hold; none when nothing is altered.
fn changes_of(mut record: Record, log: LogId, at: Timestamp, writes: &[(Key, Scalar)]) -> Result<RecordChanges> {
    let mut changes = RecordChanges::default();
    let mut rest = writes;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(PUTS_IN_A_CHANGE).take_while(|(key, scalar)| {
            let begins = bytes == 0;
            bytes += key.as_str().len() + weight(scalar);
            begins || bytes <= BYTES_IN_A_CHANGE
        });
        let (now, later) = rest.split_at(fits.count());
        // The last is made without being applied: the store does that.
        let change = if later.is_empty() { record.prepare(log, at, now)? } else { record.commit(log, at, now)? };
        if let Some(change) = change {
            changes.0.push(RecordChange { record: record.id(), change: change.as_bytes().to_vec() });
        }
        rest = later;
    }
    Ok(changes)
}

/// About how many bytes a scalar takes.
fn weight(scalar: &Scalar) -> usize {
    match scalar {
        Scalar::Text(text) => text.len(),
        Scalar::Bytes(bytes) => bytes.len(),
        Scalar::Null | Scalar::Int(_) | Scalar::Bool(_) | Scalar::Time(_) => 8,
    }
}

fn absent_is_fine(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn incarnation(folder: &Path, around: &dyn Surroundings) -> Result<[u8; 16]> {
    let path = folder.join(INCARNATION);
    let kept = chaski_store::keyring::read(&path)?.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    if let Some(incarnation) = kept {
        return Ok(incarnation);
    }
    // Gone with a backup that left it out, as it should: this is a new installation.
    let fresh = random(around);
    chaski_store::keyring::replace(&path, &fresh)?;
    Ok(fresh)
}
