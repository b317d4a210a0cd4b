//! Whatever happens to a tablet, what was answered is kept and the rest goes on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chaski_device::view::SetAside;
use chaski_device::{Device, Wish};
use chaski_sync::{
    Acknowledged, Acknowledgement, Frame, Introduction, Item, Outcome, PartitionVector, Progress, Run, Summary, Vector,
    Wanted,
};
use chaski_values::{Answer, Hash32, Partition, Timestamp};

use crate::office::{Bench, HUANTA, Office, PIN, noon};

const VISIT: &str = "aliados_visita";
const PROJECT: &str = "NR-050401-01";
const HOUR: i64 = 3_600_000;

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn visit(device: &mut Device, kind: &str) -> String {
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/tipo", Some(Answer::Choice(kind.to_owned()))).unwrap();
    device.leave(&record).unwrap();
    record
}

/// Everything a tablet wrote in Huanta, as it would send it.
fn written(device: &mut Device) -> (Vec<Introduction>, Frame) {
    let partition: Partition = HUANTA.parse().unwrap();
    let wanted = Wanted { partition, above: PartitionVector::default(), budget: usize::MAX };
    let loaded = device.load_entries(&wanted).unwrap();
    let run = |stored: chaski_sync::StoredEntry| {
        let (header, payload) = stored.entry.into_parts();
        let item =
            Item { hlc: header.hlc, author: header.author, kind: header.kind, extension: header.extension, payload };
        Run { log: header.log, first: header.seq, items: vec![item], signature: stored.signature.unwrap() }
    };
    let runs = loaded.entries.into_iter().map(run).collect();
    (loaded.introductions, Frame { partition, runs })
}

#[test]
fn a_restored_tablet_that_is_stopped_while_it_hears_of_itself_works_on() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(70, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    visit(&mut device, "prog");
    device.close().unwrap();
    let image = tempfile::tempdir().unwrap();
    copy(folder.path(), image.path());
    device.unlock(&person, PIN).unwrap();
    visit(&mut device, "prog");
    let (introductions, frame) = written(&mut device);
    let mut restored = Device::open(image.path(), bench.clone()).unwrap();
    restored.unlock(&person, PIN).unwrap();
    for introduction in &introductions {
        restored.introduce(introduction).unwrap();
    }
    assert_eq!(restored.ingest(&frame).unwrap().new, 1, "the entry it wrote after the image was made");
    // Stopped before the session ends.
    std::mem::forget(restored);
    let mut restored = Device::open(image.path(), bench).unwrap();
    restored.unlock(&person, PIN).unwrap();
    visit(&mut restored, "prog");
    assert_eq!(written(&mut restored).1.runs.len(), 3);
    assert_eq!(restored.home().unwrap().unsent.stuck, 0);
}

#[test]
fn a_sitting_that_cannot_be_committed_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(71, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    // More than one entry can hold, each answer within its bounds.
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/realizada", Some(Answer::Choice("si".to_owned()))).unwrap();
    let long = "x".repeat(16 * 1024);
    for _ in 0..60 {
        let row = device.add_row(&record, "T/part").unwrap().row.unwrap();
        device.answer(&record, &format!("{row}/p_nombre"), Some(Answer::Text(long.clone()))).unwrap();
    }
    assert_eq!(device.leave(&record).unwrap_err().code(), "change_refused");
    visit(&mut device, "prog");
    for _ in 0..2 {
        device.begin_exchange(Wish::Asked).unwrap();
        device.settle_exchange().unwrap();
    }
    let view = device.sync_view().unwrap();
    assert_eq!((view.unsent.stuck, view.unsent.entries), (1, 1));
    assert_eq!(view.log.iter().filter(|event| event.code == "answers_kept").count(), 1);
    device.lock().unwrap();
    device.unlock(&person, PIN).unwrap();
    assert!(device.open_record(&record, None).unwrap().resumed, "its answers are kept");
}

#[test]
fn a_long_sitting_is_one_entry_of_several_changes() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(72, noon()), "Tableta 1");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/realizada", Some(Answer::Choice("si".to_owned()))).unwrap();
    let long = "x".repeat(16 * 1024);
    for _ in 0..30 {
        let row = device.add_row(&record, "T/part").unwrap().row.unwrap();
        device.answer(&record, &format!("{row}/p_nombre"), Some(Answer::Text(long.clone()))).unwrap();
    }
    device.leave(&record).unwrap();
    assert_eq!(device.home().unwrap().unsent.entries, 1);
    let view = device.record(&record, None).unwrap();
    assert!(view.history.len() > 1, "{}", view.history.len());
    assert_eq!(view.sections.iter().flat_map(|section| &section.lines).filter(|line| line.display == long).count(), 30);
}

#[test]
fn a_text_that_is_too_long_is_refused_beside_its_question() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(73, noon()), "Tableta 1");
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/realizada", Some(Answer::Choice("si".to_owned()))).unwrap();
    let name = format!("{}/p_nombre", device.add_row(&record, "T/part").unwrap().row.unwrap());
    device.answer(&record, &name, Some(Answer::Text("Julia".to_owned()))).unwrap();
    let refused = device.answer(&record, &name, Some(Answer::Text("x".repeat(16 * 1024 + 1)))).unwrap_err();
    assert_eq!((refused.code(), refused.params()["limit"].as_str()), ("answer_too_long", "16384"));
    device.leave(&record).unwrap();
    let view = device.record(&record, None).unwrap();
    assert!(view.sections.iter().flat_map(|section| &section.lines).any(|line| line.display == "Julia"));
}

fn word(time: Timestamp) -> Acknowledged {
    let hub = chaski_values::DeviceId::from_bytes([1; 16]);
    let acknowledgement = Acknowledgement {
        hub,
        device: hub,
        nonce: [0; 16],
        time,
        vectors: BTreeMap::new(),
        welcome: Hash32::of_content(&[]),
    };
    Acknowledged { vector: Vector::default(), acknowledgement, signature: chaski_trust::Signature::from_bytes([0; 64]) }
}

#[test]
fn a_clock_that_is_slow_by_years_does_not_stand_still() {
    const YEAR: i64 = 365 * 24 * HOUR;
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(74, noon().plus_millis(-2 * YEAR));
    let device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    assert_eq!(device.now(), noon());
    bench.pass(5 * HOUR);
    assert_eq!(device.now(), noon().plus_millis(5 * HOUR));
    // The offset outlives the app, and a clock that somebody sets right is believed at once.
    let person = device.status().people[0].person.clone();
    drop(device);
    let mut device = Device::open(folder.path(), bench.clone()).unwrap();
    device.unlock(&person, PIN).unwrap();
    assert_eq!(device.now(), noon().plus_millis(5 * HOUR));
    bench.set(noon().plus_millis(6 * HOUR));
    assert_eq!(device.now(), noon().plus_millis(6 * HOUR));
}

#[test]
fn a_hub_that_was_wrong_and_is_set_right_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Office::new().tablet(folder.path(), &Bench::new(75, noon()), "Tableta 1");
    device.acknowledge(&word(noon().plus_millis(40 * 24 * HOUR))).unwrap();
    assert_eq!(device.now(), noon().plus_millis(40 * 24 * HOUR));
    device.acknowledge(&word(noon().plus_millis(HOUR))).unwrap();
    assert_eq!(device.now(), noon().plus_millis(HOUR));
}

#[test]
fn a_night_without_news_is_one_line_and_hardly_a_write() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(76, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let nothing = Summary {
        outcome: Outcome::Complete,
        new: 0,
        denied: Default::default(),
        hub_time: None,
        problems: Default::default(),
        progress: Progress::default(),
        rounds: 1,
    };
    let log = folder.path().join("tablet.db-wal");
    device.acknowledge(&word(noon())).unwrap();
    device.end_exchange(&nothing).unwrap();
    let before = std::fs::metadata(&log).unwrap().len();
    for _ in 0..9 {
        bench.pass(60_000);
        device.acknowledge(&word(device.now())).unwrap();
        device.end_exchange(&nothing).unwrap();
    }
    assert_eq!(std::fs::metadata(&log).unwrap().len(), before, "nothing was written");
    bench.pass(3 * 60_000);
    device.end_exchange(&nothing).unwrap();
    let view = device.sync_view().unwrap();
    assert_eq!(view.log.iter().filter(|event| event.code == "nothing_new").count(), 1);
    assert_eq!(view.last_sync, Some(noon().millis() + 12 * 60_000));
}

#[test]
fn what_a_damaged_database_still_holds_is_taken_over_and_told_until_somebody_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(77, noon());
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    let committed = visit(&mut device, "prog");
    let open = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&open, "A/tipo", Some(Answer::Choice("prog".to_owned()))).unwrap();
    // Killed, then opened and closed without going on with the sitting: it stays in the journal.
    let killed = tempfile::tempdir().unwrap();
    copy(folder.path(), killed.path());
    let mut device = Device::open(killed.path(), bench.clone()).unwrap();
    device.unlock(&person, PIN).unwrap();
    device.close().unwrap();
    drop(device);
    let (folder, mut device, told) = with_one_page_damaged(killed.path(), &bench, &person);
    assert!(folder.path().join(&told.file).exists(), "{told:?}");
    assert!(told.entries > 0 && told.answers > 0, "{told:?}");
    assert_eq!(device.record(&committed, None).unwrap().card.record, committed);
    assert!(device.open_record(&open, None).unwrap().resumed);
    device.leave(&open).unwrap();
    let logs = device.verify_logs().unwrap();
    assert!(logs.iter().all(|log| log.problem.is_none()), "{logs:?}");
    // It is told again until somebody took note of it.
    drop(device);
    let mut device = Device::open(folder.path(), bench.clone()).unwrap();
    assert_eq!(device.unlock(&person, PIN).unwrap().set_aside, Some(told));
    assert_eq!(device.acknowledge_set_aside().unwrap().set_aside, None);
    drop(device);
    let mut device = Device::open(folder.path(), bench).unwrap();
    assert_eq!(device.unlock(&person, PIN).unwrap().set_aside, None);
}

/// The tablet after one of its database's pages was damaged: of the pages in turn, the first that left something to take
/// over and is not one that nothing uses.
fn with_one_page_damaged(folder: &Path, bench: &Arc<Bench>, person: &str) -> (tempfile::TempDir, Device, SetAside) {
    let pages = std::fs::metadata(folder.join("tablet.db")).unwrap().len() as usize / 4096;
    for page in (0..pages).rev() {
        let damaged = tempfile::tempdir().unwrap();
        copy(folder, damaged.path());
        let path = damaged.path().join("tablet.db");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[page * 4096 + 700] ^= 0x5a;
        std::fs::write(&path, bytes).unwrap();
        // The last use did not end well, so the file is checked.
        std::fs::write(damaged.path().join("tablet.db.suspect"), b"").unwrap();
        let mut device = Device::open(damaged.path(), bench.clone()).unwrap();
        if let Some(told) = device.unlock(person, PIN).unwrap().set_aside
            && told.entries > 0
            && told.answers > 0
        {
            return (damaged, device, told);
        }
    }
    panic!("no page of {pages} is used and leaves something");
}
