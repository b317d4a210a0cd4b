//! The office of these tests: a programme with its keys, what it publishes, and tablets that enrol in it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chaski_device::{Device, PendingEnrolment, Surroundings};
use chaski_forms::{FormSource, Limits};
use chaski_programme::{ProgrammeSettings, Publication};
use chaski_sync::{Entry, EntryKind, Frame, Hlc, Introduction, Item, LogOpening, Run, Tip};
use chaski_trust::testing::{TLS_SPKI_SHA256, TestProgramme, label};
use chaski_trust::{
    DeviceSecret, EnrolRequest, HubCertificate, KdfParams, Revocations, RevokedPerson, Role, RosterItem, Scope, Signed,
    SigningKey, Validity,
};
use chaski_values::{Partition, Timestamp};

pub(crate) const PIN: &str = "285713";
/// The TLS key of the hub that the programme moves to.
pub(crate) const OTHER_TLS: [u8; 32] = [0x72; 32];
pub(crate) const HUB: &str = "https://127.0.0.1:1";
pub(crate) const HUANTA: &str = "050401";

/// A clock that tests set, and numbers that repeat.
#[derive(Debug)]
pub(crate) struct Bench {
    now: AtomicI64,
    drawn: AtomicU64,
    seed: u64,
}

impl Bench {
    pub(crate) fn new(seed: u64, now: Timestamp) -> Arc<Self> {
        Arc::new(Self { now: AtomicI64::new(now.millis()), drawn: AtomicU64::new(0), seed })
    }

    pub(crate) fn set(&self, now: Timestamp) {
        self.now.store(now.millis(), Ordering::Relaxed);
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Surroundings for Bench {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed)).unwrap()
    }

    fn fill(&self, bytes: &mut [u8]) {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        let block = chaski_values::Hash32::of("test", &[&self.seed.to_le_bytes(), &drawn.to_le_bytes()]);
        for (byte, random) in bytes.iter_mut().zip(block.as_bytes().iter().cycle()) {
            *byte = *random;
        }
    }

    fn device_secret(&self) -> std::io::Result<DeviceSecret> {
        Ok(DeviceSecret::from_bytes([self.seed as u8; 32]))
    }

    fn kdf(&self) -> KdfParams {
        KdfParams::FLOOR
    }
}

pub(crate) struct Office {
    pub(crate) programme: TestProgramme,
    opening: LogOpening,
    tip: Tip,
    pub(crate) frame: Frame,
}

pub(crate) fn noon() -> Timestamp {
    // 2026-11-20T17:00:00Z: noon in Peru.
    Timestamp::from_millis(1_795_194_000_000).unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programme")
}

impl Office {
    /// The demo programme, published.
    pub(crate) fn new() -> Self {
        Self::of(0)
    }

    /// The same published by another programme.
    pub(crate) fn of(programme: u64) -> Self {
        let programme = TestProgramme::another(programme, noon().plus_millis(-86_400_000));
        let opening = LogOpening::new(programme.hub.verifying_key(), Partition::Programme, [7; 16]);
        let tip = Tip::of_opening(&opening);
        let frame = Frame { partition: Partition::Programme, runs: Vec::new() };
        let mut office = Self { programme, opening, tip, frame };
        let json = std::fs::read(folder().join("programme.json")).unwrap();
        let settings = ProgrammeSettings::from_json(&json).unwrap();
        office.publish(EntryKind::Setting, Publication::Settings { json: settings.to_published_json() }.to_bytes());
        for list in &settings.lists {
            let table = std::fs::read(folder().join("lists").join(list)).unwrap();
            let publication = Publication::Catalogue { name: list.clone(), table };
            office.publish(EntryKind::Catalogue, publication.to_bytes());
        }
        for form in &settings.forms {
            let bytes = std::fs::read(folder().join("forms").join(form)).unwrap();
            office.publish_source(&chaski_forms::read_xlsx(&bytes, &Limits::default()).unwrap().source);
        }
        office
    }

    /// Publishes a form, written as a table of Markdown.
    pub(crate) fn publish_form(&mut self, table: &str) {
        self.publish_source(&chaski_forms::read_markdown(table).unwrap().source);
    }

    /// Publishes a file that forms show: its name, and as many of its pieces as are given.
    pub(crate) fn publish_attachment(&mut self, name: &str, bytes: &[u8], pieces: usize) {
        let hash = *chaski_values::Hash32::of_content(bytes).as_bytes();
        let named = Publication::Attachment { name: name.to_owned(), hash, length: bytes.len() as u32 };
        self.publish(EntryKind::Catalogue, named.to_bytes());
        for piece in Publication::pieces(bytes).take(pieces) {
            self.publish(EntryKind::Catalogue, piece.to_bytes());
        }
    }

    fn publish_source(&mut self, source: &FormSource) {
        let publication = Publication::Form {
            form: source.form_id().to_string(),
            title: source.title().to_owned(),
            source: source.as_bytes().to_vec(),
        };
        self.publish(EntryKind::Form, publication.to_bytes());
    }

    fn publish(&mut self, kind: EntryKind, payload: Vec<u8>) {
        let hlc = Hlc::next(self.tip.hlc, noon());
        let entry = Entry::after(self.opening.log(), &self.tip, hlc, None, kind, payload.clone()).unwrap();
        self.tip = entry.tip();
        let signature = entry.sign(&self.programme.hub);
        let item = Item { hlc, author: None, kind, extension: Vec::new(), payload };
        let run = Run { log: self.opening.log(), first: entry.seq(), items: vec![item], signature };
        self.frame.runs.push(run);
    }

    /// A tablet of an agent of Huanta, enrolled and with everything published.
    pub(crate) fn tablet(&mut self, folder: &Path, bench: &Arc<Bench>, name: &str) -> Device {
        let mut device = Device::open(folder, bench.clone()).unwrap();
        let ticket = self.ticket(&[HUANTA]);
        let pending = device.begin_enrolment(&ticket, HUB, name, PIN, PIN).unwrap();
        let reply = self.reply(&pending);
        device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256).unwrap();
        device.confirm_enrolment().unwrap();
        self.deliver(&mut device);
        device
    }

    /// A ticket for a new agent of these districts.
    pub(crate) fn ticket(&mut self, districts: &[&str]) -> String {
        let (grant, ticket) = self.programme.grant(Role::Agent, districts, noon());
        self.programme.issue(grant);
        ticket.to_code()
    }

    /// What the hub answers to a request.
    pub(crate) fn reply(&mut self, pending: &PendingEnrolment) -> Vec<u8> {
        let request: Signed<EnrolRequest> = Signed::from_bytes(&pending.request).unwrap();
        self.programme.answer(&request, noon()).unwrap().to_bytes()
    }

    /// A further person of these districts on a tablet, at work when this returns.
    pub(crate) fn add(&mut self, device: &mut Device, districts: &[&str]) -> String {
        let ticket = self.ticket(districts);
        let pending = device.begin_enrolment(&ticket, HUB, "", PIN, PIN).unwrap();
        let reply = self.reply(&pending);
        let person = device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256).unwrap().person.person;
        device.confirm_enrolment().unwrap();
        person
    }

    /// The programme gets another hub, which answers from now on.
    pub(crate) fn move_hub(&mut self) {
        self.programme.hub = SigningKey::from_seed(&[77; 32]);
        let certificate = HubCertificate {
            key: self.programme.hub.verifying_key(),
            name: label("Otro centro"),
            tls_spki_sha256: OTHER_TLS,
            scope: Scope::Everywhere,
            validity: Validity { from: self.programme.founded, until: noon().plus_millis(86_400_000) },
        };
        self.programme.items.push(Signed::sign(certificate, &self.programme.root).into());
    }

    /// Takes a person's rights back, and publishes that.
    pub(crate) fn revoke(&mut self, person: &str) {
        let revoked = RevokedPerson { person: person.parse().unwrap(), at: noon() };
        let revocations = Revocations {
            epoch: 1,
            issued_at: noon(),
            devices: Vec::new(),
            people: vec![revoked],
            grants: Vec::new(),
            keys: Vec::new(),
        };
        let item: RosterItem = Signed::sign(revocations, &self.programme.issuer).into();
        self.publish(EntryKind::Roster, item.to_bytes());
    }

    /// What an exchange would bring of the programme's partition.
    pub(crate) fn deliver(&self, device: &mut Device) {
        device.introduce(&Introduction { opening: self.opening.clone(), certificate: None }).unwrap();
        let told = device.ingest(&self.frame).unwrap();
        assert_eq!(told.problems, []);
        while device.settle_exchange().unwrap().0 {}
    }
}
