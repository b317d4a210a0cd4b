//! A tablet: a real store, a real session of the protocol, and answers without a form.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use chaski_programme::head::Head;
use chaski_records::Record;
use chaski_store::{Check, Environment, Ownership, Projection, Publication, Rules, Store, Verdict};
use chaski_sync::{
    Client, ClientConfig, ClientEffect, ClientEvent, Codec, Entry, EntryKind, LogOpening, Push, RecordChanges, Round,
    Summary, Vector, limits,
};
use chaski_trust::{
    DatabaseKey, DeviceCertificate, EnrolReply, EnrolRequest, Label, Roster, RosterItem, Signed, SigningKey, Ticket,
    VerifyingKey,
};
use chaski_values::{FormVersion, Hash32, Key, Partition, PersonId, RecordId, Scalar};

use crate::client::post;
use crate::world::{HUANTA, World, now, random};

/// Takes what the hub publishes of the roster, and asks nothing.
#[derive(Debug)]
pub struct Trusting;

impl Rules for Trusting {
    fn judge(&self, _: &LogOpening, _: &Entry) -> Verdict {
        Verdict::Take
    }

    fn publication(&self, entry: &Entry) -> Publication {
        match entry.header().kind {
            EntryKind::Roster => Publication::Roster(entry.payload().to_vec()),
            _ => Publication::Nothing,
        }
    }

    fn project(&self, _: &Record) -> Projection {
        Projection::default()
    }
}

pub struct Tablet {
    pub store: Store,
    pub key: SigningKey,
    pub person: PersonId,
    pub certificate: Signed<DeviceCertificate>,
    pub confirmation: String,
    pub request: Signed<EnrolRequest>,
    hub: VerifyingKey,
    items: Vec<RosterItem>,
    incarnation: [u8; 16],
    acknowledged: Vector,
    _folder: tempfile::TempDir,
}

/// A session and what it cost.
#[derive(Debug)]
pub struct Session {
    pub summary: Summary,
    /// Request and response with their headers, all rounds.
    pub bytes: usize,
}

impl Tablet {
    pub async fn enrol(world: &World, ticket: &Ticket) -> Self {
        let (key, user) = (SigningKey::from_seed(&random()), SigningKey::from_seed(&random()));
        let request = EnrolRequest::make(ticket, &key, &user, Label::new("Tableta").unwrap(), now());
        let answer = post(world.address, "/v1/enrol", &request.to_bytes()).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let reply: Signed<EnrolReply> = Signed::from_bytes(&answer.body).unwrap();
        let enrolled = EnrolReply::accept(&reply, &ticket.fingerprint(), &request, &answer.tls_key).unwrap();
        let certificate = enrolled.items.iter().find_map(|item| match item {
            RosterItem::Device(signed) => Some(signed.clone()),
            _ => None,
        });
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseKey::from_bytes(random());
        let environment = Environment { now: now(), check: Check::IfUnclean };
        let opened = Store::open(&folder.path().join("t.db"), &database, environment).unwrap();
        Self {
            store: opened.store,
            key,
            person: enrolled.person,
            certificate: certificate.unwrap(),
            confirmation: enrolled.confirmation.to_string(),
            request,
            hub: enrolled.hub.key,
            items: enrolled.items,
            incarnation: random(),
            acknowledged: Vector::default(),
            _folder: folder,
        }
    }

    pub fn roster(&self) -> Roster {
        let root = self.items.iter().find_map(|item| match item {
            RosterItem::Root(root) => Some(root.claims().fingerprint()),
            _ => None,
        });
        let held = self.store.roster_items().unwrap();
        let held: Vec<_> = held.iter().map(|bytes| RosterItem::from_bytes(bytes).unwrap()).collect();
        Roster::from_items(&root.unwrap(), self.items.iter().chain(&held)).unwrap().0
    }

    pub fn district() -> Partition {
        HUANTA.parse().unwrap()
    }

    fn opening(&mut self) -> LogOpening {
        let opening = LogOpening::new(self.key.verifying_key(), Self::district(), self.incarnation);
        self.store.keep_log(&opening, &self.certificate.to_bytes(), Ownership::Ours).unwrap();
        opening
    }

    /// A new record of a form.
    pub fn begin(&mut self, form: &str, version: FormVersion) -> RecordId {
        let record = RecordId::new(now(), random());
        let Partition::District(district) = Self::district() else { unreachable!() };
        let head = Head {
            form: Some(form.parse().unwrap()),
            version: Some(version),
            project: Some("NR-050401-01".parse().unwrap()),
            district: Some(district),
            is_final: false,
        };
        self.write(record, &head.writes());
        record
    }

    pub fn answer(&mut self, record: RecordId, question: &str, text: &str) {
        let key: Key = format!("q/T/{question}").parse().unwrap();
        self.write(record, &[(key, Scalar::text(text))]);
    }

    pub fn write(&mut self, record: RecordId, writes: &[(Key, Scalar)]) {
        let log = self.opening().log();
        let document = self.store.record(record).unwrap().unwrap_or_else(|| Record::empty(record));
        let change = document.prepare(log, now(), writes).unwrap().expect("it says something new");
        let payload = RecordChanges::one(record, change.as_bytes().to_vec()).to_bytes();
        self.append(EntryKind::RecordChanges, payload, Some(self.person));
    }

    pub fn append(&mut self, kind: EntryKind, payload: Vec<u8>, author: Option<PersonId>) {
        let log = self.opening().log();
        let tip = self.store.tip(log).unwrap();
        let entry = Entry::after(log, &tip, tip.hlc.next(now()), author, kind, payload).unwrap();
        self.store.append_own(&entry, &entry.sign(&self.key), &Trusting).unwrap();
    }

    /// One session, with a new connection for each exchange.
    pub async fn sync(&mut self, world: &World) -> Session {
        let mut client = self.client();
        let mut bytes = 0;
        loop {
            let body = self.request(&mut client);
            let answer = post(world.address, "/v1/sync", &body).await;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            bytes += answer.bytes;
            if let Some(summary) = self.take(&mut client, answer.body) {
                self.store.apply_pending(u32::MAX, &Trusting).unwrap();
                return Session { summary, bytes };
            }
        }
    }

    pub fn client(&self) -> Client {
        Client::new(ClientConfig {
            key: self.key.clone(),
            hub: self.hub,
            roster: Arc::new(self.roster()),
            codec: Arc::new(Codec::new()),
            certificate: Some(self.certificate.clone()),
            acknowledged: self.acknowledged.clone(),
            push: Push::AtOnce,
            budget: limits::EXCHANGE_BYTES,
        })
    }

    /// The body of the next request.
    pub fn request(&mut self, client: &mut Client) -> Vec<u8> {
        let partitions = [Partition::Programme, Self::district()];
        let own = BTreeSet::from([self.opening().log()]);
        let round = Round { nonce: random(), vector: self.store.vector(&partitions).unwrap(), own };
        let mut body = Vec::new();
        self.run(client, ClientEvent::Round(round), &mut body);
        body
    }

    /// Takes in a whole response. None when another round is to follow.
    pub fn take(&mut self, client: &mut Client, response: Vec<u8>) -> Option<Summary> {
        let mut nothing = Vec::new();
        let summary = self.run(client, ClientEvent::Received(response), &mut nothing);
        summary.or_else(|| self.run(client, ClientEvent::ResponseEnded, &mut nothing))
    }

    fn run(&mut self, client: &mut Client, event: ClientEvent, body: &mut Vec<u8>) -> Option<Summary> {
        let mut events = VecDeque::from([event]);
        let mut over = None;
        while let Some(event) = events.pop_front() {
            for effect in client.step(now(), event) {
                match effect {
                    ClientEffect::BeginRound | ClientEffect::EndRequest | ClientEffect::Progress(_) => {}
                    ClientEffect::Send(bytes) => body.extend(bytes),
                    ClientEffect::Load(wanted) => {
                        events.push_back(ClientEvent::Loaded(self.store.load(&wanted).unwrap()));
                    }
                    ClientEffect::Open(introduction) => {
                        self.store.introduce(&introduction).unwrap();
                    }
                    ClientEffect::Ingest(frame) => {
                        let (told, _) = self.store.take_frame(&frame, now(), &Trusting).unwrap();
                        events.push_back(ClientEvent::Ingested(told));
                    }
                    ClientEffect::Acknowledged(word) => self.acknowledged = word.vector,
                    ClientEffect::Done(summary) => over = Some(summary),
                }
            }
        }
        over
    }

    pub fn documents_hash(&self) -> Hash32 {
        self.store.documents_hash().unwrap()
    }

    pub fn text(&self, record: RecordId, question: &str) -> Option<String> {
        let key: Key = format!("q/T/{question}").parse().unwrap();
        let record = self.store.record(record).unwrap()?;
        Some(record.get(&key)?.winner.scalar.as_text()?.to_owned())
    }
}
