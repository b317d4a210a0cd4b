use chaski_sync::*;
use chaski_values::LogId;

use crate::surveys::*;
use crate::world::*;

/// Header bytes of a request and response as `link` and `hub` write them.
const HTTP_BYTES: usize = 350;

#[test]
fn nothing_to_say_takes_one_round_trip_and_little_more_than_a_kilobyte() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let mut tablets: Vec<Tablet> = (1..=6).map(|seed| programme.tablet(&hub, seed, &[HUANTA])).collect();
    hub.publish(EntryKind::Form, vec![1]);
    for seed in 101..106 {
        let mut other = programme.hub(seed);
        other.publish(EntryKind::Form, vec![seed]);
        sync(&programme, &mut tablets[0], &mut other, &mut Link::sound());
        tablets[0].acknowledged = Vector::default();
    }
    for tablet in &mut tablets {
        tablet.save(HUANTA, "uno");
        sync(&programme, tablet, &mut hub, &mut Link::sound());
    }
    sync(&programme, &mut tablets[0], &mut hub, &mut Link::sound());
    let mut link = Link::sound();
    let summary = sync(&programme, &mut tablets[0], &mut hub, &mut link);
    assert_eq!((summary.outcome, summary.rounds), (Outcome::Complete, 1));
    let vector = tablets[0].vector();
    let logs: Vec<usize> = vector.0.values().map(|heads| heads.0.len()).collect();
    println!(
        "nothing to say, {logs:?} logs: {} up, {} down, {} with headers",
        link.up,
        link.down,
        link.total() + HTTP_BYTES
    );
    assert!(link.total() + HTTP_BYTES <= 1_200, "{} + {}", link.up, link.down);
}

const DICTIONARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/frame/dictionary-v1.zdict");
const DICTIONARY_BYTES: usize = 16 * 1024;

/// Makes the dictionary again and compares. It is frozen: set `CHASKI_WRITE_DICTIONARY` only to make another version.
#[test]
#[ignore = "slow, and depends on the zstd in the lock file"]
fn the_dictionary_can_be_made_again() {
    let samples = samples();
    let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES).unwrap();
    assert!(dictionary.len() <= DICTIONARY_BYTES);
    if std::env::var_os("CHASKI_WRITE_DICTIONARY").is_some() {
        std::fs::write(DICTIONARY, &dictionary).unwrap();
    }
    assert!(std::fs::read(DICTIONARY).unwrap() == dictionary, "{} bytes differ from those kept", dictionary.len());
}

struct Measured {
    answers: f64,
    raw: usize,
    batch: usize,
    up: usize,
    rounds: usize,
}

/// A thousand new records on one tablet, sent to a hub.
fn a_thousand(form: &Form) -> Measured {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let mut rosa = programme.tablet(&hub, 1, &[HUANTA]);
    let mut dice = Dice(0xfeed);
    let mut raw = Vec::new();
    let mut answers = 0;
    for n in 0..1_000 {
        let now = moment(&mut dice, n);
        let (record, change, count) = form.new_record(&mut dice, rosa.log(HUANTA), now);
        raw.extend(&change);
        answers += count;
        rosa.save_at(HUANTA, now, EntryKind::RecordChanges, RecordChanges::one(record.id(), change).to_bytes());
    }
    let mut link = Link::sound();
    let summary = sync(&programme, &mut rosa, &mut hub, &mut link);
    assert_eq!(summary.outcome, Outcome::Complete);
    assert_eq!(hub.store.count(district(HUANTA)), 1_000);
    let batch = zstd::bulk::compress(&raw, 19).unwrap().len();
    Measured { answers: answers as f64 / 1_000.0, raw: raw.len(), batch, up: link.total(), rounds: summary.rounds }
}

#[test]
fn a_thousand_new_records_cost_little_more_than_their_changes_in_one_batch() {
    for (form, limit) in [(&SURVEY, 1.3), (&UNSEEN, 1.3)] {
        let measured = a_thousand(form);
        let ratio = measured.up as f64 / measured.batch as f64;
        println!(
            "1000 new `{}`, {:.1} answers each: raw {}, zstd -19 in one {}, exchange {} both ways in {} round trip(s): {ratio:.3}",
            form.id, measured.answers, measured.raw, measured.batch, measured.up, measured.rounds
        );
        assert!(measured.rounds <= 3);
        assert!(ratio <= limit, "{ratio:.3}");
    }
}

#[test]
#[ignore = "a measurement"]
fn how_frame_size_limits_the_ratio() {
    for form in [&SURVEY, &UNSEEN] {
        let mut dice = Dice(0xfeed);
        let log = LogId::from_bytes([1; 16]);
        let changes: Vec<Vec<u8>> = (0..1_000)
            .map(|n| {
                let now = moment(&mut dice, n);
                form.new_record(&mut dice, log, now).1
            })
            .collect();
        let batch = zstd::bulk::compress(&changes.concat(), 19).unwrap().len();
        let dictionary = std::fs::read(DICTIONARY).unwrap();
        for group in [1, 5, 10, 20, 40, 80, 160, 1_000] {
            let (mut plain, mut with) = (0, 0);
            for changes in changes.chunks(group) {
                let raw = changes.concat();
                plain += zstd::bulk::compress(&raw, 19).unwrap().len();
                with += zstd::bulk::Compressor::with_dictionary(19, &dictionary).unwrap().compress(&raw).unwrap().len();
            }
            let ratio = |bytes: usize| bytes as f64 / batch as f64;
            println!(
                "{}: {group:>4} records a frame ({:>6.0} B): {:.3} plain, {:.3} with the dictionary",
                form.id,
                with as f64 / (1_000.0 / group as f64),
                ratio(plain),
                ratio(with)
            );
        }
    }
}

#[test]
#[ignore = "a measurement"]
fn a_days_work() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let mut rosa = programme.tablet(&hub, 1, &[HUANTA]);
    sync(&programme, &mut rosa, &mut hub, &mut Link::sound());
    let mut dice = Dice(0xda7);
    let log = rosa.log(HUANTA);
    let mut records = Vec::new();
    for n in 0..20 {
        let now = moment(&mut dice, n);
        let (record, change, _) = SURVEY.new_record(&mut dice, log, now);
        rosa.save_at(HUANTA, now, EntryKind::RecordChanges, RecordChanges::one(record.id(), change).to_bytes());
        records.push(record);
    }
    for n in 0..15 {
        let now = moment(&mut dice, 30 + n);
        let record = &mut records[n as usize];
        let change = SURVEY.edit(&mut dice, record, log, now);
        rosa.save_at(HUANTA, now, EntryKind::RecordChanges, RecordChanges::one(record.id(), change).to_bytes());
    }
    let mut link = Link::sound();
    let summary = sync(&programme, &mut rosa, &mut hub, &mut link);
    println!("20 surveys and 15 edits: {} up, {} down, {} round trip(s)", link.up, link.down, summary.rounds);
}

#[test]
#[ignore = "a measurement: run it in a release build"]
fn how_fast_frames_are_packed_and_verified() {
    let mut programme = Programme::new();
    let hub = programme.hub(100);
    let mut rosa = programme.tablet(&hub, 1, &[HUANTA]);
    let mut dice = Dice(0xfeed);
    for n in 0..1_000 {
        let now = moment(&mut dice, n);
        let (record, change, _) = SURVEY.new_record(&mut dice, rosa.log(HUANTA), now);
        rosa.save_at(HUANTA, now, EntryKind::RecordChanges, RecordChanges::one(record.id(), change).to_bytes());
    }
    let wanted =
        Wanted { partition: district(HUANTA), above: PartitionVector::default(), budget: limits::EXCHANGE_BYTES * 4 };
    let loaded = rosa.store.load(&wanted);
    let codec = codec();
    let started = std::time::Instant::now();
    let mut packer = Packer::new(wanted.partition, Effort::Thorough);
    packer.add(loaded.entries);
    let frames: Vec<Packed> = std::iter::from_fn(|| packer.next(&codec)).collect();
    let packing = started.elapsed();
    let sizes: Vec<usize> = frames.iter().map(|frame| frame.bytes.len()).collect();
    let started = std::time::Instant::now();
    let opening = rosa.opening(HUANTA);
    let mut tip = Tip::of_opening(&opening);
    let mut entries = 0;
    for frame in &frames {
        for run in &codec.decode(&frame.bytes).unwrap().runs {
            let verified = verify_run(&opening, &tip, run).unwrap();
            entries += verified.len();
            tip = verified.last().unwrap().entry.tip();
        }
    }
    let verifying = started.elapsed();
    println!("{entries} records in {} frames of {sizes:?} B", frames.len());
    println!("packed in {packing:?}, decompressed and verified in {verifying:?}");
}
