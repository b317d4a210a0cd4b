use chaski_device::Device;
use chaski_device::view::Phase;

use crate::office::{Bench, Office, PIN, noon};

#[test]
fn a_tablet_enrols_locks_and_unlocks() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(1, noon());
    let mut device = Device::open(folder.path(), bench.clone()).unwrap();
    assert_eq!(device.status().phase, Phase::Unenrolled);
    drop(device);
    device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let status = device.status();
    assert_eq!((status.phase, status.people.len()), (Phase::Open, 1));
    assert_eq!(device.lock().unwrap().phase, Phase::Locked);
    assert_eq!(device.home().unwrap_err().code(), "locked");
    let person = status.people[0].person.clone();
    assert_eq!(device.unlock(&person, PIN).unwrap().phase, Phase::Open);
    drop(device);
    device = Device::open(folder.path(), bench).unwrap();
    assert_eq!(device.status().phase, Phase::Locked);
    device.unlock(&person, PIN).unwrap();
    assert_eq!(device.home().unwrap().projects.len(), 6, "the projects of Huanta");
}

#[test]
fn a_wrong_pin_costs_a_growing_wait_that_a_restart_does_not_end() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(2, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    device.lock().unwrap();
    for _ in 0..4 {
        assert_eq!(device.unlock(&person, "111112").unwrap_err().code(), "wrong_pin");
    }
    assert_eq!(device.unlock(&person, "111112").unwrap_err().code(), "too_many_tries");
    drop(device);
    let mut device = Device::open(folder.path(), bench.clone()).unwrap();
    assert_eq!(device.unlock(&person, PIN).unwrap_err().code(), "too_many_tries", "even with the right one");
    bench.pass(31_000);
    device.unlock(&person, "111112").unwrap_err();
    let first = device.status().locked_until.unwrap();
    assert!(first >= noon().millis() + 31_000 + 60_000, "twice as long: {first}");
    bench.set(noon().plus_millis(3_600_000));
    device.unlock(&person, PIN).unwrap();
    assert_eq!(device.status().failures, 0);
}

#[test]
fn a_damaged_database_is_put_aside_and_the_tablet_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(3, noon());
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    device.close().unwrap();
    drop(device);
    let path = folder.path().join("tablet.db");
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(4096).step_by(97) {
        *byte ^= 0x5a;
    }
    std::fs::write(&path, bytes).unwrap();
    // The last use did not end well, so the file is checked.
    let _ = std::fs::write(folder.path().join("tablet.db.suspect"), b"");
    let mut device = Device::open(folder.path(), bench).unwrap();
    let status = match device.unlock(&person, PIN) {
        Ok(status) => status,
        // Met while reading instead: the next opening sets it aside.
        Err(_) => device.unlock(&person, PIN).unwrap(),
    };
    let aside = status.set_aside.expect("what was put aside is named");
    assert!(folder.path().join(&aside).exists(), "{aside} is kept");
    // Still the programme's: what had reached the hub comes again.
    office.deliver(&mut device);
    assert_eq!(device.home().unwrap().projects.len(), 6);
}
