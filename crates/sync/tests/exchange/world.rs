//! A programme in memory: a root, hubs, tablets with their stores, and links between them that can be cut or spoilt.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

use chaski_sync::*;
use chaski_trust::{
    DeviceCertificate, Fingerprint, HubCertificate, Label, ProgrammeRoot, Revocations, RevokedDevice, Roster,
    RosterItem, Scope, Signed, SigningKey, Validity,
};
use chaski_values::{Hash32, LogId, Partition, PersonId, RecordId, Timestamp};

pub const HUANTA: &str = "050401";
pub const ANCO: &str = "030501";

pub fn at(hours: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).unwrap().plus_millis(hours * 3_600_000)
}

pub fn district(code: &str) -> Partition {
    code.parse().unwrap()
}

pub fn codec() -> Arc<Codec> {
    static CODEC: OnceLock<Arc<Codec>> = OnceLock::new();
    CODEC.get_or_init(|| Arc::new(Codec::new())).clone()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// Numbers that look random and are the same every time.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) % sides
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.roll(256) as u8).collect()
    }
}

/// The papers of a programme.
#[derive(Debug, Clone)]
pub struct Programme {
    items: Vec<RosterItem>,
    pub roster: Arc<Roster>,
    revocations: u64,
}

const ROOT: u8 = 200;

impl Programme {
    pub fn new() -> Self {
        let root = ProgrammeRoot {
            key: key(ROOT).verifying_key(),
            name: Label::new("Núcleos Ejecutores").unwrap(),
            founded: at(-1_000),
        };
        let items = vec![Signed::sign(root, &key(ROOT)).into()];
        let roster = roster_of(&items);
        Self { items, roster, revocations: 0 }
    }

    fn add(&mut self, item: impl Into<RosterItem>) {
        self.items.push(item.into());
        self.roster = roster_of(&self.items);
    }

    pub fn hub(&mut self, seed: u8) -> Hub {
        let certificate = HubCertificate {
            key: key(seed).verifying_key(),
            name: Label::new("Centro").unwrap(),
            tls_spki_sha256: [0; 32],
            scope: Scope::Everywhere,
            validity: Validity { from: at(-1_000), until: at(100_000) },
        };
        self.add(Signed::sign(certificate, &key(ROOT)));
        Hub { key: key(seed), store: Store::default(), budget: limits::EXCHANGE_BYTES }
    }

    /// A certificate that `hub` gives to the tablet of `seed`, without telling the roster.
    pub fn certify(&self, hub: &Hub, seed: u8, districts: &[&str], until: Timestamp) -> Signed<DeviceCertificate> {
        let certificate = DeviceCertificate {
            key: key(seed).verifying_key(),
            hub: hub.key.verifying_key().device_id(),
            name: Label::new("Tableta").unwrap(),
            scope: Scope::districts(districts.iter().map(|code| code.parse().unwrap())),
            issued_at: at(-10 + i64::from(self.items.len() as u8)),
            not_after: until,
        };
        Signed::sign(certificate, &hub.key)
    }

    pub fn tablet(&mut self, hub: &Hub, seed: u8, districts: &[&str]) -> Tablet {
        let certificate = self.certify(hub, seed, districts, at(2_000));
        self.add(certificate.clone());
        Tablet::new(seed, certificate, districts)
    }

    /// The same tablet under a new certificate.
    pub fn reassign(&mut self, hub: &Hub, tablet: &mut Tablet, seed: u8, districts: &[&str]) {
        let certificate = self.certify(hub, seed, districts, at(2_000));
        self.add(certificate.clone());
        tablet.certificate = certificate;
    }

    pub fn revoke(&mut self, tablet: &Tablet) {
        self.revocations += 1;
        let device = tablet.key.verifying_key().device_id();
        self.add(Signed::sign(revocations_of(self.revocations, device), &key(ROOT)));
    }
}

fn roster_of(items: &[RosterItem]) -> Arc<Roster> {
    let fingerprint = Fingerprint::of(&key(ROOT).verifying_key());
    let (roster, refused) = Roster::from_items(&fingerprint, items).unwrap();
    assert_eq!(refused, []);
    Arc::new(roster)
}

/// What a device or hub holds.
#[derive(Debug, Clone, Default)]
pub struct Store {
    introductions: BTreeMap<LogId, Introduction>,
    tips: BTreeMap<LogId, Tip>,
    hashes: BTreeMap<(LogId, u64), Hash32>,
    arrived: BTreeMap<Partition, Vec<StoredEntry>>,
    pub forks: Vec<Fork>,
}

impl Store {
    pub fn open(&mut self, introduction: Introduction) {
        let log = introduction.opening.log();
        self.tips.entry(log).or_insert_with(|| Tip::of_opening(&introduction.opening));
        self.introductions.entry(log).or_insert(introduction);
    }

    fn append(&mut self, partition: Partition, stored: StoredEntry) {
        let entry = &stored.entry;
        self.tips.insert(entry.log(), entry.tip());
        self.hashes.insert((entry.log(), entry.seq()), entry.hash());
        self.arrived.entry(partition).or_default().push(stored);
    }

    pub fn ingest(&mut self, frame: &Frame) -> Ingested {
        let known = |log| {
            let opening = self.introductions.get(&log).map(|introduction| introduction.opening.clone());
            Ok::<_, ()>(opening.zip(self.tips.get(&log)).map(|(opening, tip)| KnownLog { opening, tip: *tip }))
        };
        let plan = plan_ingest(frame, known, |log, seq| Ok(self.hashes.get(&(log, seq)).copied())).unwrap();
        let ingested = Ingested::from(&plan);
        for stored in plan.append {
            self.append(frame.partition, stored);
        }
        self.forks.extend(plan.forks);
        ingested
    }

    pub fn vector(&self, partitions: impl IntoIterator<Item = Partition>) -> Vector {
        let heads = |partition| {
            let of = |(log, tip): (&LogId, &Tip)| {
                let inside = self.introductions[log].opening.partition() == partition && tip.seq > 0;
                inside.then_some((*log, Head::from(tip)))
            };
            (partition, PartitionVector(self.tips.iter().filter_map(of).collect()))
        };
        Vector(partitions.into_iter().map(heads).collect())
    }

    pub fn load(&self, wanted: &Wanted) -> Loaded {
        let diverging: Vec<_> = wanted
            .above
            .0
            .iter()
            .filter(|(log, head)| self.hashes.get(&(**log, head.seq)).is_some_and(|hash| hash.head() != head.hash))
            .map(|(log, head)| Divergence { log: *log, seq: head.seq })
            .collect();
        let mut entries: Vec<StoredEntry> = Vec::new();
        let mut introductions = BTreeMap::new();
        let mut raw = 0;
        let mut more = More::No;
        for stored in self.arrived.get(&wanted.partition).into_iter().flatten() {
            let log = stored.entry.log();
            let held = wanted.above.seq(log);
            if stored.entry.seq() <= held || diverging.iter().any(|diverging| diverging.log == log) {
                continue;
            }
            if raw >= wanted.budget && entries.last().is_some_and(|last| last.signature.is_some()) {
                more = More::Yes;
                break;
            }
            raw += stored.entry.payload().len();
            if held == 0 {
                introductions.entry(log).or_insert_with(|| self.introductions[&log].clone());
            }
            entries.push(stored.clone());
        }
        let introductions = introductions.into_values().collect();
        Loaded { partition: wanted.partition, introductions, entries, more, diverging }
    }

    /// Everything held of a partition, whatever the order it came in.
    pub fn contents(&self, partition: Partition) -> BTreeMap<(LogId, u64), (Hash32, Vec<u8>)> {
        let of = |stored: &StoredEntry| {
            let entry = &stored.entry;
            ((entry.log(), entry.seq()), (entry.hash(), entry.payload().to_vec()))
        };
        self.arrived.get(&partition).into_iter().flatten().map(of).collect()
    }

    pub fn count(&self, partition: Partition) -> usize {
        self.arrived.get(&partition).map_or(0, Vec::len)
    }
}

#[derive(Debug, Clone)]
pub struct Hub {
    pub key: SigningKey,
    pub store: Store,
    pub budget: usize,
}

impl Hub {
    pub fn server(&self, programme: &Programme) -> Server {
        Server::new(ServerConfig {
            key: self.key.clone(),
            roster: programme.roster.clone(),
            codec: codec(),
            budget: self.budget,
        })
    }

    /// Publishes to every device, in the hub's own log.
    pub fn publish(&mut self, kind: EntryKind, payload: Vec<u8>) {
        let opening = LogOpening::new(self.key.verifying_key(), Partition::Programme, [9; 16]);
        commit(&mut self.store, &self.key, Introduction { opening, certificate: None }, None, at(0), kind, payload);
    }
}

fn commit(
    store: &mut Store,
    key: &SigningKey,
    introduction: Introduction,
    author: Option<PersonId>,
    now: Timestamp,
    kind: EntryKind,
    payload: Vec<u8>,
) {
    let (log, partition) = (introduction.opening.log(), introduction.opening.partition());
    store.open(introduction);
    let tip = store.tips[&log];
    let hlc = tip.hlc.next(now);
    let entry = Entry::after(log, &tip, hlc, author, kind, payload).unwrap();
    let signature = Some(entry.sign(key));
    store.append(partition, StoredEntry { entry, signature });
}

#[derive(Debug, Clone)]
pub struct Tablet {
    pub key: SigningKey,
    pub certificate: Signed<DeviceCertificate>,
    pub incarnation: [u8; 16],
    pub serves: BTreeSet<Partition>,
    pub store: Store,
    pub acknowledged: Vector,
    pub push: Push,
    pub budget: usize,
    nonces: u64,
}

impl Tablet {
    pub fn new(seed: u8, certificate: Signed<DeviceCertificate>, districts: &[&str]) -> Self {
        let serves = districts.iter().map(|code| district(code)).chain([Partition::Programme]).collect();
        Self {
            key: key(seed),
            certificate,
            incarnation: [seed; 16],
            serves,
            store: Store::default(),
            acknowledged: Vector::default(),
            push: Push::AtOnce,
            budget: limits::EXCHANGE_BYTES,
            nonces: 0,
        }
    }

    pub fn opening(&self, code: &str) -> LogOpening {
        LogOpening::new(self.key.verifying_key(), district(code), self.incarnation)
    }

    pub fn log(&self, code: &str) -> LogId {
        self.opening(code).log()
    }

    /// One saved sitting: something that stands for a change to a record.
    pub fn save(&mut self, code: &str, note: &str) {
        let record = RecordId::from_bytes(Hash32::of("record", &[note.as_bytes()]).head());
        let change = format!("{note} {}", note.repeat(3)).into_bytes();
        self.save_payload(code, EntryKind::RecordChanges, RecordChanges::one(record, change).to_bytes());
    }

    pub fn save_payload(&mut self, code: &str, kind: EntryKind, payload: Vec<u8>) {
        let written = self.store.tips.get(&self.log(code)).map_or(0, |tip| tip.seq);
        self.save_at(code, at(0).plus_millis(written as i64 * 240_000), kind, payload);
    }

    pub fn save_at(&mut self, code: &str, now: Timestamp, kind: EntryKind, payload: Vec<u8>) {
        let introduction = Introduction { opening: self.opening(code), certificate: Some(self.certificate.clone()) };
        let author = PersonId::from_bytes(self.incarnation);
        commit(&mut self.store, &self.key.clone(), introduction, Some(author), now, kind, payload);
    }

    pub fn vector(&self) -> Vector {
        self.store.vector(self.serves.iter().copied())
    }

    pub fn round(&mut self) -> Round {
        self.nonces += 1;
        let own = self
            .store
            .introductions
            .values()
            .filter(|introduction| *introduction.opening.device_key() == self.key.verifying_key())
            .filter(|introduction| *introduction.opening.incarnation() == self.incarnation)
            .map(|introduction| introduction.opening.log())
            .collect();
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.nonces.to_le_bytes());
        Round { nonce, vector: self.vector(), own }
    }
}

impl Tablet {
    pub fn client(&self, programme: &Programme, hub: &Hub) -> Client {
        Client::new(ClientConfig {
            key: self.key.clone(),
            hub: hub.key.verifying_key(),
            roster: programme.roster.clone(),
            codec: codec(),
            certificate: Some(self.certificate.clone()),
            acknowledged: self.acknowledged.clone(),
            push: self.push,
            budget: self.budget,
        })
    }

    /// The parts of a first request, the preamble with the hello.
    pub fn request(&mut self, programme: &Programme, hub: &Hub) -> Vec<Vec<u8>> {
        let mut client = self.client(programme, hub);
        let mut parts = Vec::new();
        let mut todo: VecDeque<_> = client.step(at(1), ClientEvent::Round(self.round())).into();
        while let Some(effect) = todo.pop_front() {
            match effect {
                ClientEffect::Send(bytes) => parts.push(bytes),
                ClientEffect::Load(wanted) => {
                    todo.extend(client.step(at(1), ClientEvent::Loaded(self.store.load(&wanted))));
                }
                _ => {}
            }
        }
        parts
    }
}

/// What carries bytes between a tablet and a hub.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// Bytes, counted both ways, after which it is cut.
    pub cut_after: Option<usize>,
    /// Bytes that arrive changed: place in the stream, both ways counted, and what is added to the byte.
    pub spoil: BTreeMap<usize, u8>,
    /// How many bytes come at a time; all, when 0.
    pub piece: usize,
    pub up: usize,
    pub down: usize,
}

impl Link {
    pub fn sound() -> Self {
        Self::default()
    }

    pub fn cut_after(bytes: usize) -> Self {
        Self { cut_after: Some(bytes), ..Self::default() }
    }

    pub fn total(&self) -> usize {
        self.up + self.down
    }

    /// What of `bytes` arrives, and whether the link still stands.
    fn carry(&self, mut bytes: Vec<u8>) -> (Vec<u8>, bool) {
        let start = self.total();
        for (place, by) in self.spoil.range(start..start + bytes.len()) {
            bytes[place - start] = bytes[place - start].wrapping_add(*by);
        }
        let left = self.cut_after.map_or(bytes.len(), |cut| cut.saturating_sub(start));
        let stands = left >= bytes.len();
        bytes.truncate(left);
        (bytes, stands)
    }
}

/// One session of a tablet with a hub over a link.
pub fn sync(programme: &Programme, tablet: &mut Tablet, hub: &mut Hub, link: &mut Link) -> Summary {
    let mut client = tablet.client(programme, hub);
    let mut server = None;
    let mut todo: VecDeque<ClientEffect> = client.step(at(1), ClientEvent::Round(tablet.round())).into();
    let mut response = Vec::new();
    loop {
        let effect = todo.pop_front().expect("a session goes on until it is done");
        let event = match effect {
            ClientEffect::BeginRound => {
                server = None;
                response.clear();
                ClientEvent::Round(tablet.round())
            }
            ClientEffect::Send(bytes) => {
                let server = server.get_or_insert_with(|| hub.server(programme));
                let (arrived, stands) = link.carry(bytes);
                link.up += arrived.len();
                let size = if link.piece == 0 { arrived.len().max(1) } else { link.piece };
                for piece in arrived.chunks(size) {
                    response.extend(serve(&mut hub.store, server, ServerEvent::Received(piece.to_vec())));
                }
                if stands {
                    continue;
                }
                response.extend(serve(&mut hub.store, server, ServerEvent::Cut));
                ClientEvent::Cut
            }
            ClientEffect::EndRequest => {
                let server = server.as_mut().unwrap();
                response.extend(serve(&mut hub.store, server, ServerEvent::RequestEnded));
                let mut effects = Vec::new();
                let (arrived, stands) = link.carry(std::mem::take(&mut response));
                link.down += arrived.len();
                let size = if link.piece == 0 { arrived.len().max(1) } else { link.piece };
                for piece in arrived.chunks(size) {
                    // Answers come before more bytes, as the protocol asks.
                    for effect in client.step(at(1), ClientEvent::Received(piece.to_vec())) {
                        effects.extend(keep(tablet, &mut client, effect));
                    }
                }
                let last = if stands { ClientEvent::ResponseEnded } else { ClientEvent::Cut };
                effects.extend(client.step(at(1), last));
                todo.extend(effects);
                continue;
            }
            ClientEffect::Load(wanted) => ClientEvent::Loaded(tablet.store.load(&wanted)),
            ClientEffect::Done(summary) => {
                tablet.push = summary.next_push();
                return summary;
            }
            other => {
                todo.extend(keep(tablet, &mut client, other));
                continue;
            }
        };
        todo.extend(client.step(at(1), event));
    }
}

/// Does what a client asks of its store, and gives back what is left to do.
fn keep(tablet: &mut Tablet, client: &mut Client, effect: ClientEffect) -> Vec<ClientEffect> {
    match effect {
        ClientEffect::Open(introduction) => tablet.store.open(*introduction),
        ClientEffect::Acknowledged(acknowledged) => tablet.acknowledged = acknowledged.vector,
        ClientEffect::Progress(_) => {}
        ClientEffect::Ingest(frame) => {
            let ingested = tablet.store.ingest(&frame);
            let further = client.step(at(1), ClientEvent::Ingested(ingested));
            return further.into_iter().flat_map(|effect| keep(tablet, client, effect)).collect();
        }
        other => return vec![other],
    }
    Vec::new()
}

/// Does what a server asks of its store, and gives back the bytes it sends.
pub fn serve(store: &mut Store, server: &mut Server, event: ServerEvent) -> Vec<u8> {
    let mut sent = Vec::new();
    let mut todo: VecDeque<ServerEffect> = server.step(at(1), event).into();
    while let Some(effect) = todo.pop_front() {
        let event = match effect {
            ServerEffect::Open(introduction) => {
                store.open(*introduction);
                continue;
            }
            ServerEffect::Ingest(frame) => ServerEvent::Ingested(store.ingest(&frame)),
            ServerEffect::LoadVector(partitions) => ServerEvent::Vector(store.vector(partitions)),
            ServerEffect::Load(wanted) => ServerEvent::Loaded(store.load(&wanted)),
            ServerEffect::Send(bytes) => {
                sent.extend(bytes);
                continue;
            }
            ServerEffect::Done(_) => continue,
        };
        todo.extend(server.step(at(1), event));
    }
    sent
}

fn revocations_of(epoch: u64, device: chaski_values::DeviceId) -> Revocations {
    let devices = vec![RevokedDevice { device, at: at(0) }];
    Revocations { epoch, devices, ..Revocations::none(at(0)) }
}
