//! What a peer that means ill, or has a great deal, may make the other side hold.

use chaski_sync::*;
use chaski_trust::SigningKey;
use chaski_values::{LogId, Partition, RecordId, Timestamp};

use crate::surveys::{SURVEY, moment};
use crate::world::*;

fn part(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    let mut length = body.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(body);
    bytes
}

const FRAME: u8 = 4;

/// A frame of one entry of zeros: some hundred bytes, three quarters of a megabyte once it is decompressed.
fn bomb(tablet: &Tablet, seq: u64) -> Vec<u8> {
    let item = Item {
        hlc: Hlc::from_u64(1),
        author: None,
        kind: EntryKind::Setting,
        extension: Vec::new(),
        payload: vec![0; limits::PAYLOAD_BYTES],
    };
    let signature = SigningKey::from_seed(&[1; 32]).sign(chaski_trust::Domain::Entry, b"");
    let run = Run { log: tablet.log(HUANTA), first: seq, items: vec![item], signature };
    part(FRAME, &codec().encode(&Frame { partition: district(HUANTA), runs: vec![run] }, Effort::Quick))
}

/// A tablet that has written nothing, and what it says first.
fn greeting() -> (Programme, Hub, Tablet, Vec<u8>) {
    let mut programme = Programme::new();
    let hub = programme.hub(100);
    let mut rosa = programme.tablet(&hub, 1, &[HUANTA]);
    let hello = rosa.request(&programme, &hub).swap_remove(0);
    (programme, hub, rosa, hello)
}

#[test]
fn a_piece_full_of_frames_is_carried_out_one_frame_at_a_time() {
    let (programme, hub, rosa, mut request) = greeting();
    (0..8).for_each(|n| request.extend(bomb(&rosa, n + 1)));
    assert!(request.len() < 8 * 1_024, "{}", request.len());
    let mut server = hub.server(&programme);
    let mut effects = server.step(at(1), ServerEvent::Received(request));
    for _ in 0..8 {
        assert!(matches!(effects.as_slice(), [ServerEffect::Ingest(_)]), "{} at once", effects.len());
        effects = server.step(at(1), ServerEvent::Ingested(Ingested::default()));
    }
    assert_eq!(effects, []);
}

#[test]
fn frames_that_decompress_to_too_much_are_refused() {
    let (programme, mut hub, rosa, mut request) = greeting();
    let fit = limits::REQUEST_RAW_BYTES / limits::PAYLOAD_BYTES;
    (0..fit as u64 + 1).for_each(|n| request.extend(bomb(&rosa, n + 1)));
    assert!(request.len() < 64 * 1_024, "{}", request.len());
    let mut server = hub.server(&programme);
    let answer = serve(&mut hub.store, &mut server, ServerEvent::Received(request));
    assert_eq!(answer, refusal_response(&Refusal::TooLarge));
}

#[test]
fn more_frames_than_anybody_sends_are_refused() {
    let (programme, mut hub, rosa, mut request) = greeting();
    let runs = Vec::new();
    let frame = codec().encode(&Frame { partition: district(HUANTA), runs }, Effort::Quick);
    (0..=limits::FRAMES).for_each(|_| request.extend(part(FRAME, &frame)));
    drop(rosa);
    let mut server = hub.server(&programme);
    let answer = serve(&mut hub.store, &mut server, ServerEvent::Received(request));
    assert_eq!(answer, refusal_response(&Refusal::TooLarge));
}

/// What compresses well is sent in several exchanges, so that an honest side never meets that refusal.
#[test]
fn a_great_deal_that_compresses_well_is_spread_over_exchanges() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let mut rosa = programme.tablet(&hub, 1, &[HUANTA]);
    let entries = 5 * limits::REQUEST_RAW_BYTES / (4 * limits::PAYLOAD_BYTES);
    for n in 0..entries {
        rosa.save_payload(HUANTA, EntryKind::Setting, vec![n as u8; limits::PAYLOAD_BYTES]);
    }
    let summary = sync(&programme, &mut rosa, &mut hub, &mut Link::sound());
    assert_eq!(summary.outcome, Outcome::Complete);
    assert_eq!(hub.store.count(district(HUANTA)), entries);
    assert!(summary.rounds > 4, "{}", summary.rounds);
}

#[test]
fn problems_are_told_up_to_a_bound() {
    let (programme, mut hub, rosa, mut request) = greeting();
    let signature = SigningKey::from_seed(&[1; 32]).sign(chaski_trust::Domain::Entry, b"");
    for n in 0..3 {
        let run = |log: u64| {
            let mut id = [n; 16];
            id[..8].copy_from_slice(&log.to_le_bytes());
            let kind = EntryKind::Setting;
            let item = Item { hlc: Hlc::ZERO, author: None, kind, extension: Vec::new(), payload: Vec::new() };
            Run { log: LogId::from_bytes(id), first: 1, items: vec![item], signature }
        };
        let runs = (0..1_000).map(run).collect();
        request.extend(part(FRAME, &codec().encode(&Frame { partition: district(HUANTA), runs }, Effort::Quick)));
    }
    drop(rosa);
    let mut server = hub.server(&programme);
    serve(&mut hub.store, &mut server, ServerEvent::Received(request));
    let done = server.step(at(1), ServerEvent::Cut);
    let [ServerEffect::Done(summary)] = done.as_slice() else { panic!("{} effects", done.len()) };
    assert_eq!(summary.problems.len(), limits::PROBLEMS);
}

/// Puts a log of the tablet with one entry into a store.
fn further_log(store: &mut Store, tablet: &Tablet, partition: Partition, number: u64) {
    let mut incarnation = [0xee; 16];
    incarnation[..8].copy_from_slice(&number.to_le_bytes());
    let opening = LogOpening::new(tablet.key.verifying_key(), partition, incarnation);
    let tip = Tip::of_opening(&opening);
    let payload = RecordChanges::one(RecordId::from_bytes([1; 16]), vec![1]).to_bytes();
    let hlc = Hlc::ZERO.next(at(0));
    let entry = Entry::after(opening.log(), &tip, hlc, None, EntryKind::RecordChanges, payload.clone()).unwrap();
    let item = Item { hlc, author: None, kind: EntryKind::RecordChanges, extension: Vec::new(), payload };
    let signature = entry.sign(&tablet.key);
    let run = Run { log: opening.log(), first: 1, items: vec![item], signature };
    store.open(Introduction { opening, certificate: Some(tablet.certificate.clone()) });
    assert_eq!(store.ingest(&Frame { partition, runs: vec![run] }).new, 1);
}

/// As after years, or one device that opened logs without end: whoever comes new still gets everything.
#[test]
fn a_newcomer_is_introduced_to_thousands_of_logs_in_several_exchanges() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let mut rosa = programme.tablet(&hub, 1, &[HUANTA]);
    let busy = programme.tablet(&hub, 2, &[HUANTA]);
    let logs = limits::OPENINGS as u64 + 200;
    (0..logs).for_each(|number| further_log(&mut hub.store, &busy, district(HUANTA), number));
    let summary = sync(&programme, &mut rosa, &mut hub, &mut Link::sound());
    assert_eq!(summary.outcome, Outcome::Complete);
    assert_eq!(rosa.store.count(district(HUANTA)) as u64, logs);
}

#[test]
fn a_tablet_of_nobody_who_publishes_opens_no_log_for_the_programme() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let mut rosa = programme.tablet(&hub, 1, &[HUANTA]);
    let mut store = rosa.store.clone();
    further_log(&mut store, &rosa, Partition::Programme, 1);
    rosa.store = store;
    let summary = sync(&programme, &mut rosa, &mut hub, &mut Link::sound());
    assert_eq!(summary.outcome, Outcome::Stalled);
    assert!(summary.problems.iter().any(|problem| problem.code == ProblemCode::OutOfScope), "{:?}", summary.problems);
    assert_eq!(hub.store.count(Partition::Programme), 0);
}

/// The bytes of some hundred records in frames made with this effort.
fn packed(effort: Effort) -> usize {
    let log = LogId::from_bytes([7; 16]);
    let mut dice = Dice(0xfeed);
    let mut packer = Packer::new(district(HUANTA), effort);
    let mut tip = Tip { seq: 0, hash: chaski_values::Hash32::from_bytes([0; 32]), hlc: Hlc::ZERO };
    let key = SigningKey::from_seed(&[1; 32]);
    let entries = (0..400).map(|n| {
        let now: Timestamp = moment(&mut dice, n);
        let (record, change, _) = SURVEY.new_record(&mut dice, log, now);
        let payload = RecordChanges::one(record.id(), change).to_bytes();
        let entry = Entry::after(log, &tip, tip.hlc.next(now), None, EntryKind::RecordChanges, payload).unwrap();
        tip = entry.tip();
        StoredEntry { signature: Some(entry.sign(&key)), entry }
    });
    packer.add(entries.collect::<Vec<_>>());
    std::iter::from_fn(|| packer.next(&codec())).map(|packed| packed.bytes.len()).sum()
}

#[test]
fn a_history_that_is_packed_quickly_is_little_larger() {
    let (thorough, quick) = (packed(Effort::Thorough), packed(Effort::Quick));
    assert!(quick * 100 <= thorough * 115, "{quick} instead of {thorough}");
}
