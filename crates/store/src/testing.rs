//! What the tests of this crate stand on: a store in a folder of its own, a device that writes, and plain rules.

use std::path::Path;

use chaski_records::Record;
use chaski_sync::{
    Entry, EntryKind, Frame, Ingested, Introduction, Item, LogOpening, RecordChanges, Run, StoredEntry, Wanted,
};
use chaski_trust::{DatabaseKey, Signature, SigningKey};
use chaski_values::{Key, LogId, Partition, PersonId, RecordId, Scalar, Timestamp};
use tempfile::TempDir;

use crate::{
    ChangeSummary, Check, Environment, Opened, Ownership, Projection, Publication, PublishedForm, Result, Rules, Store,
    Verdict,
};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + seconds * 1000).unwrap()
}

pub(crate) fn key() -> DatabaseKey {
    DatabaseKey::from_bytes([42; 32])
}

pub(crate) fn environment() -> Environment {
    Environment { now: at(0), check: Check::IfUnclean }
}

pub(crate) fn open(path: &Path) -> Result<Opened> {
    Store::open(path, &key(), environment())
}

/// A new store. The folder goes when it is dropped.
pub(crate) fn fresh() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(&folder.path().join("chaski.db")).unwrap();
    assert_eq!(opened.set_aside, None);
    (folder, opened.store)
}

pub(crate) fn record(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

pub(crate) fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 16])
}

pub(crate) fn key_of(text: &str) -> Key {
    text.parse().unwrap()
}

pub(crate) fn district() -> Partition {
    "050401".parse().unwrap()
}

/// Takes every entry but those of persons it bars; a record's title is its answer `q/nombre`.
#[derive(Default)]
pub(crate) struct PlainRules {
    pub(crate) barred: Vec<PersonId>,
}

impl Rules for PlainRules {
    fn judge(&self, _opening: &LogOpening, entry: &Entry) -> Verdict {
        match entry.header().author {
            Some(author) if self.barred.contains(&author) => Verdict::Quarantine("no_grant".to_owned()),
            _ => Verdict::Take,
        }
    }

    fn publication(&self, entry: &Entry) -> Publication {
        let bytes = entry.payload().to_vec();
        match entry.header().kind {
            EntryKind::Form => Publication::Form(PublishedForm {
                form: "visita".parse().unwrap(),
                title: "Visita".to_owned(),
                version: chaski_values::Hash32::of_content(&bytes),
                source: bytes,
            }),
            EntryKind::Catalogue => Publication::Catalogue { name: "proyectos".to_owned(), bytes },
            EntryKind::Roster => Publication::Roster(bytes),
            EntryKind::Setting if bytes.is_empty() => Publication::Malformed("bad_setting".to_owned()),
            EntryKind::Setting => Publication::Setting { key: "programme".to_owned(), value: bytes },
            EntryKind::RecordChanges | EntryKind::Media | EntryKind::Unknown(_) => Publication::Nothing,
        }
    }

    fn project(&self, record: &Record) -> Projection {
        let text = |name: &str| match record.get(&key_of(name)).map(|held| held.winner.scalar) {
            Some(Scalar::Text(text)) => text,
            _ => String::new(),
        };
        let conflicts = record.conflicts().len() as u32;
        Projection { title: text("q/nombre"), search: text("q/comunidad"), conflicts }
    }
}

/// A device that writes one log, whatever store that is in.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) signing: SigningKey,
    pub(crate) opening: LogOpening,
    pub(crate) person: PersonId,
}

impl Writer {
    pub(crate) fn new(number: u8) -> Self {
        Self::of_partition(number, district())
    }

    pub(crate) fn of_partition(number: u8, partition: Partition) -> Self {
        let signing = SigningKey::from_seed(&[number; 32]);
        let opening = LogOpening::new(signing.verifying_key(), partition, [number; 16]);
        Self { signing, opening, person: person(number) }
    }

    pub(crate) fn log(&self) -> LogId {
        self.opening.log()
    }

    pub(crate) fn join(&self, store: &mut Store) {
        store.keep_log(&self.opening, b"certificate", Ownership::Ours).unwrap();
    }

    /// The next entry after what the store holds.
    pub(crate) fn entry(&self, store: &Store, kind: EntryKind, payload: Vec<u8>, now: Timestamp) -> (Entry, Signature) {
        let tip = store.tip(self.log()).unwrap();
        let entry = Entry::after(self.log(), &tip, tip.hlc.next(now), Some(self.person), kind, payload).unwrap();
        let signature = entry.sign(&self.signing);
        (entry, signature)
    }

    /// The entry that writes some answers on top of what the store holds of a record.
    pub(crate) fn answers(
        &self,
        store: &Store,
        record: RecordId,
        writes: &[(Key, Scalar)],
        now: Timestamp,
    ) -> (Entry, Signature) {
        let document = store.record(record).unwrap().unwrap_or_else(|| Record::empty(record));
        let mut writes = writes.to_vec();
        if document.len_ops() == 0 {
            writes.push((key_of("_p"), Scalar::text(self.opening.partition().to_string())));
        }
        let change = document.prepare(self.log(), now, &writes).unwrap().expect("it says something new");
        let payload = RecordChanges::one(record, change.as_bytes().to_vec()).to_bytes();
        self.entry(store, EntryKind::RecordChanges, payload, now)
    }

    /// Appends and applies answers.
    pub(crate) fn write(
        &self,
        store: &mut Store,
        record: RecordId,
        writes: &[(&str, &str)],
        now: Timestamp,
    ) -> ChangeSummary {
        let (entry, signature) = self.answers(store, record, &scalars(writes), now);
        store.append_own(&entry, &signature, &PlainRules::default()).unwrap()
    }
}

pub(crate) fn scalars(writes: &[(&str, &str)]) -> Vec<(Key, Scalar)> {
    writes.iter().map(|(key, text)| (key_of(key), Scalar::text(*text))).collect()
}

/// Everything that `from` holds of a partition beyond what `to` holds, as `from` would send it.
pub(crate) fn frame(from: &Store, to: &Store, partition: Partition) -> Frame {
    let above = to.vector(&[partition]).unwrap().0.remove(&partition).unwrap();
    let loaded = from.load(&Wanted { partition, above, budget: usize::MAX }).unwrap();
    Frame { partition, runs: runs(&loaded.entries) }
}

/// Brings what `from` holds of a partition to `to`, introductions first, and applies it.
pub(crate) fn send(from: &Store, to: &mut Store, partition: Partition) -> (Ingested, ChangeSummary) {
    for held in from.logs(partition).unwrap() {
        to.introduce(&Introduction { opening: held.opening, certificate: None }).unwrap();
    }
    let frame = frame(from, to, partition);
    let told = to.take_frame(&frame, at(0), &PlainRules::default()).unwrap();
    to.apply_pending(u32::MAX, &PlainRules::default()).unwrap();
    told
}

/// Entries as the runs they travel in.
pub(crate) fn runs(entries: &[StoredEntry]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for StoredEntry { entry, signature } in entries {
        let (header, payload) = entry.clone().into_parts();
        let item =
            Item { hlc: header.hlc, author: header.author, kind: header.kind, extension: header.extension, payload };
        match runs.last_mut() {
            Some(run) if run.log == header.log && run.first + run.items.len() as u64 == header.seq => {
                run.items.push(item);
            }
            _ => runs.push(Run {
                log: header.log,
                first: header.seq,
                items: vec![item],
                signature: Signature::from_bytes([0; 64]),
            }),
        }
        if let (Some(run), Some(signature)) = (runs.last_mut(), signature) {
            run.signature = *signature;
        }
    }
    runs
}
