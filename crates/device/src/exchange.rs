//! The device's part in an exchange with a hub: what it brings, what it takes in, and what it tells the screens of it.
//!
//! The exchange itself is `sync`'s state machine; `link` drives it and asks these functions, each of which is short, so that
//! an answer never waits long for the lock.

use std::collections::BTreeSet;
use std::sync::Arc;

use chaski_store::{Event, Store, Tier};
use chaski_sync::{
    Acknowledged, ClientConfig, Codec, Frame, Frozen, Ingested as Told, Introduction, Loaded, Outcome, Problem, Push,
    Round, Summary, Wanted, limits,
};
use chaski_trust::{RosterItem, Signed};
use chaski_values::{Partition, Timestamp};

use crate::surroundings::random;
use crate::view::{Changed, SyncEvent, SyncProgress, SyncState, SyncView};
use crate::work::Work;
use crate::{Device, DeviceError, Result};

/// How the exchange stands, as the link knows it and the screen shows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    pub state: Option<SyncState>,
    pub progress: Option<SyncProgress>,
    pub last_attempt: Option<Timestamp>,
    pub next_attempt: Option<Timestamp>,
    /// Why the last attempt did not end well.
    pub problem: Option<&'static str>,
}

/// Where to go and how to know that one is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubEndpoint {
    pub address: String,
    /// SHA-256 of its TLS key.
    pub spki: [u8; 32],
}

/// Who wants an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// A person: everything answered so far goes along.
    Asked,
    /// The link: a sitting that somebody is busy with is left to them.
    ByItself,
}

/// How long a sitting must have rested before an exchange that nobody asked for takes it along.
const IDLE_MILLIS: i64 = 60_000;
/// How many records one turn of the lock may bring up to date after an exchange.
const APPLY_AT_ONCE: u32 = 64;
/// How many events the screen shows.
const SHOWN_EVENTS: usize = 50;
/// How old the line that says that nothing was new may become before it is written again.
const NOTHING_NEW_MILLIS: u64 = 10 * 60_000;
const EXCHANGED: &str = "exchanged";
const NOTHING_NEW: &str = "nothing_new";
const NEXT_PUSH: &str = "sync.push";
const PUSH_AT_ONCE: &[u8] = b"at-once";
const PUSH_AFTER_VECTOR: &[u8] = b"after-vector";

impl Device {
    /// Where the hub is; nothing before enrolment or while the database is shut.
    pub fn hub_endpoint(&self) -> Option<HubEndpoint> {
        let hub = self.work.as_ref()?.hub();
        Some(HubEndpoint { address: hub.address.clone(), spki: hub.spki? })
    }

    /// Moves to another address of the same hub, as when the office's network changed.
    ///
    /// # Errors
    /// When it is no address, or the device is shut.
    pub fn set_hub_address(&mut self, address: &str) -> Result<()> {
        let address = chaski_trust::HubAddress::new(address.trim())?;
        self.open_work()?.move_hub(&address)
    }

    /// Begins a session: what people answered so far becomes entries, and this is what the device brings.
    ///
    /// # Errors
    /// When the device is shut or not enrolled, or the store fails.
    pub fn begin_exchange(&mut self, wish: Wish) -> Result<ClientConfig> {
        let work = self.open_work()?;
        work.commit_sittings(match wish {
            Wish::Asked => 0,
            Wish::ByItself => IDLE_MILLIS,
        })?;
        let hub = work.hub().id.ok_or(DeviceError::NotEnrolled)?;
        let roster = work.book().roster().ok_or(DeviceError::NotEnrolled)?.clone();
        let key = roster.device_key(hub).ok_or(DeviceError::NotEnrolled)?;
        let certificate = Signed::from_bytes(&work.certificate()?).ok();
        let mut acknowledged = chaski_sync::Vector::default();
        for partition in work.partitions() {
            let heads = work.store.acknowledged(hub, partition)?;
            if !heads.0.is_empty() {
                acknowledged.0.insert(partition, heads);
            }
        }
        let at_once = work.store.setting(NEXT_PUSH)?.is_none_or(|push| push == PUSH_AT_ONCE);
        Ok(ClientConfig {
            key: work.device_key().clone(),
            hub: key,
            roster: Arc::new(roster),
            codec: Arc::new(Codec::default()),
            certificate,
            acknowledged,
            push: if at_once { Push::AtOnce } else { Push::AfterVector },
            budget: limits::EXCHANGE_BYTES,
        })
    }

    /// What the device holds as one exchange of the session begins.
    ///
    /// # Errors
    /// When the store fails.
    pub fn begin_round(&mut self) -> Result<Round> {
        let work = self.open_work()?;
        let partitions = work.partitions();
        let mut own = BTreeSet::new();
        for partition in &partitions {
            own.extend(work.store.own_log(*partition)?.map(|held| held.opening.log()));
        }
        Ok(Round { nonce: random(&*work.around), vector: work.store.vector(&partitions)?, own })
    }

    /// The next entries that the hub lacks.
    ///
    /// # Errors
    /// When the store fails.
    pub fn load_entries(&mut self, wanted: &Wanted) -> Result<Loaded> {
        Ok(self.open_work()?.store.load(wanted)?)
    }

    /// Makes a log known, or says why it is not kept.
    ///
    /// # Errors
    /// When the store fails.
    pub fn introduce(&mut self, introduction: &Introduction) -> Result<Option<Problem>> {
        Ok(self.open_work()?.store.introduce(introduction)?)
    }

    /// Takes in a frame, durably.
    ///
    /// # Errors
    /// When the store fails; then nothing of it was taken in.
    pub fn ingest(&mut self, frame: &Frame) -> Result<Told> {
        let work = self.open_work()?;
        work.take_in(frame)
    }

    /// Brings some records up to date with what came; true while more are left. Also what changed, for the screens.
    ///
    /// # Errors
    /// When the store fails.
    pub fn settle_exchange(&mut self) -> Result<(bool, Changed)> {
        let work = self.open_work()?;
        let left = work.apply()?;
        Ok((left, work.take_changes()?))
    }

    /// Keeps the hub's signed word for what it holds.
    ///
    /// # Errors
    /// When the store fails.
    pub fn acknowledge(&mut self, acknowledged: &Acknowledged) -> Result<()> {
        let work = self.open_work()?;
        work.keep_word(acknowledged)?;
        work.heard = Some(acknowledged.clone());
        work.hear_time(acknowledged.acknowledgement.time)
    }

    /// The session is over: what it came to is written where the person can read it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end_exchange(&mut self, summary: &Summary) -> Result<()> {
        let work = self.open_work()?;
        let now = work.now();
        if let Some(word) = work.heard.take() {
            // It was given before the logs that came after it were known here. Without it their entries would be sent back.
            work.keep_word(&word)?;
        }
        let push: &[u8] = if summary.next_push() == Push::AtOnce { PUSH_AT_ONCE } else { PUSH_AFTER_VECTOR };
        let _ = work.store.keep_setting(NEXT_PUSH, push)?;
        if let Outcome::Frozen { log, theirs, .. } = &summary.outcome {
            tracing::warn!(%log, "this device's log went on elsewhere; a new one begins");
            match theirs {
                // Its later entries were fetched; only their writing ends here.
                Frozen::Ahead(_) | Frozen::Forked { .. } => work.begin_anew(*log)?,
            }
        }
        if summary.outcome == Outcome::Complete {
            work.last_exchange = Some(now);
        }
        let moved = summary.progress.sent.entries + summary.new > 0;
        let code = match &summary.outcome {
            Outcome::Complete if moved => EXCHANGED,
            Outcome::Complete => return work.note_nothing_new(now),
            Outcome::Stalled => "stalled",
            Outcome::Interrupted => "interrupted",
            Outcome::Refused(refusal) => refusal.code(),
            Outcome::Frozen { .. } => "frozen",
            Outcome::Faulty(_) => "faulty",
            Outcome::StoreFailed => "store_failed",
        };
        let bytes = summary.progress.sent.bytes + summary.progress.received.bytes;
        let parameters = format!("{},{},{bytes}", summary.progress.sent.entries, summary.new);
        work.note_event(now, code, parameters)
    }

    /// A session that was cut before the hub said a word: the next one asks what arrived before it sends.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_cut(&mut self, summary: &Summary) -> Result<()> {
        let push: &[u8] = if summary.next_push() == Push::AtOnce { PUSH_AT_ONCE } else { PUSH_AFTER_VECTOR };
        let _ = self.open_work()?.store.keep_setting(NEXT_PUSH, push)?;
        Ok(())
    }

    /// The tablet's time, held within what the hub last said.
    pub fn now(&self) -> Timestamp {
        self.work.as_ref().map_or_else(|| self.around.now(), Work::now)
    }

    /// The hub could not be reached, or the connection failed before the exchange began.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_offline(&mut self, code: &str) -> Result<()> {
        let work = self.open_work()?;
        let now = work.now();
        // One line for a night without signal, not a thousand.
        if work.store.events(1)?.first().is_some_and(|last| last.code == code) {
            return Ok(());
        }
        work.note_event(now, code, "0,0,0".to_owned())
    }

    /// What the sync screen shows.
    ///
    /// # Errors
    /// When nobody is at work or the store fails.
    pub fn sync_view(&mut self) -> Result<SyncView> {
        let standing = self.standing;
        let work = self.at_work()?;
        let events = work.store.events(Store::EVENTS as u32)?;
        let kept = events.iter().find(|event| matches!(&*event.code, EXCHANGED | NOTHING_NEW)).map(|event| event.at);
        Ok(SyncView {
            state: standing.state.unwrap_or(SyncState::Idle),
            hub_url: work.hub().address.clone(),
            last_sync: work.last_exchange.or(kept).map(Timestamp::millis),
            last_attempt: standing.last_attempt.map(Timestamp::millis),
            next_attempt: standing.next_attempt.map(Timestamp::millis),
            unsent: work.unsent()?,
            progress: standing.progress,
            problem: standing.problem.map(str::to_owned),
            log: events.iter().take(SHOWN_EVENTS).map(event).collect(),
        })
    }

    /// The link's word on how the exchange stands.
    pub fn set_standing(&mut self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.standing);
    }

    /// What changed since it was last asked, for the screens.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take_changes(&mut self) -> Result<Changed> {
        self.open_work()?.take_changes()
    }
}

impl Work {
    /// What this device exchanges: the programme's partition, and the districts its certificate lets it read.
    pub(crate) fn partitions(&self) -> Vec<Partition> {
        let districts = self.book().settings().map(|settings| settings.districts.as_slice()).unwrap_or_default();
        let scope = self.book().roster().and_then(|roster| roster.readable(self.device(), self.now()).ok());
        let readable = |partition: &Partition| scope.is_some_and(|scope| scope.covers(*partition));
        let districts = districts.iter().map(|district| Partition::District(district.code)).filter(readable);
        std::iter::once(Partition::Programme).chain(districts).collect()
    }

    /// Keeps what the hub said it holds, of the logs that are known here.
    fn keep_word(&mut self, acknowledged: &Acknowledged) -> Result<()> {
        let hub = acknowledged.acknowledgement.hub;
        for (partition, heads) in &acknowledged.vector.0 {
            // This hub is the centre; a district hub between will say so in its certificate.
            let summary = self.store.keep_acknowledgement(hub, Tier::Centre, *partition, heads)?;
            self.changes.add(summary);
        }
        Ok(())
    }

    fn take_in(&mut self, frame: &Frame) -> Result<Told> {
        let now = self.now();
        let partition = frame.partition;
        let (told, summary) = self.store.take_frame(frame, now, &self.rules)?;
        // Pictures that forms show say nothing of what comes next, and come in many frames.
        let governs = summary.shared.iter().any(|shared| *shared != chaski_store::Shared::Attachments);
        self.changes.add(summary);
        if partition == Partition::Programme && told.new > 0 && governs {
            // What the centre published may be what the next frame is judged by.
            self.reread()?;
            let summary = self.store.reconsider(&self.rules)?;
            self.changes.add(summary);
        }
        Ok(told)
    }

    /// Brings records up to date; true while more are left.
    pub(crate) fn apply(&mut self) -> Result<bool> {
        let applied = self.store.apply_pending(APPLY_AT_ONCE, &self.rules)?;
        let open = self.filling.as_ref().map(crate::filling::Filling::record);
        let changed = open.is_some_and(|open| applied.summary.records.contains(&open));
        self.changes.add(applied.summary);
        let mut ended = false;
        for record in &applied.held {
            // Somebody is editing it. Their answers so far are committed, on top of what they saw; then the others' come in.
            for sitting in self.store.sittings()?.into_iter().filter(|sitting| sitting.record == *record) {
                self.commit_or_keep(sitting.id)?;
                ended = true;
            }
        }
        // Only then: showing the record anew forgets what can be undone.
        if ended || changed {
            self.refresh_filling()?;
        }
        Ok(applied.left > 0)
    }

    pub(crate) fn take_changes(&mut self) -> Result<Changed> {
        use chaski_store::Shared;
        let summary = std::mem::take(&mut self.changes);
        let published = [Shared::Forms, Shared::Catalogues, Shared::Roster, Shared::Settings];
        if published.iter().any(|shared| summary.shared.contains(shared)) {
            self.reread()?;
        }
        Ok(Changed {
            records: summary.records.iter().map(ToString::to_string).collect(),
            forms: summary.shared.contains(&Shared::Forms) || summary.shared.contains(&Shared::Catalogues),
            roster: summary.shared.contains(&Shared::Roster),
            attachments: summary.shared.contains(&Shared::Attachments),
        })
    }

    /// An exchange that brought nothing. All day long most do: the log has one line for them, and it is seldom written.
    fn note_nothing_new(&mut self, at: Timestamp) -> Result<()> {
        let last = self.store.events(1)?.pop().filter(|last| last.code == NOTHING_NEW);
        if last.is_some_and(|last| last.at.millis().abs_diff(at.millis()) < NOTHING_NEW_MILLIS) {
            return Ok(());
        }
        let event = Event { at, code: NOTHING_NEW.to_owned(), parameters: "0,0,0".to_owned() };
        Ok(self.store.repeat_event(&event)?)
    }

    pub(crate) fn note_event(&mut self, at: Timestamp, code: &str, parameters: String) -> Result<()> {
        Ok(self.store.keep_event(&Event { at, code: code.to_owned(), parameters })?)
    }

    /// The item of the roster that certifies this device, as others need it to verify its log.
    pub(crate) fn own_item(
        bytes: &[u8],
        device: chaski_values::DeviceId,
    ) -> Option<Signed<chaski_trust::DeviceCertificate>> {
        match RosterItem::from_bytes(bytes) {
            Ok(RosterItem::Device(signed)) if signed.claims().device() == device => Some(signed),
            Ok(_) | Err(_) => None,
        }
    }
}

/// `sent,received,bytes`, as the device wrote it.
fn event(event: &Event) -> SyncEvent {
    let mut numbers = event.parameters.split(',').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    SyncEvent { at: event.at.millis(), code: event.code.clone(), sent: next(), received: next(), bytes: next() }
}
