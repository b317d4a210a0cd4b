use chaski_device::Device;
use chaski_device::view::Phase;

use crate::office::{Bench, HUANTA, Office, PIN, noon};

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
    let first = device.status().people[0].locked_until.unwrap();
    assert!(first >= noon().millis() + 31_000 + 60_000, "twice as long: {first}");
    bench.set(noon().plus_millis(3_600_000));
    device.unlock(&person, PIN).unwrap();
    assert_eq!(device.status().people[0].failures, 0);
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
    assert!(folder.path().join(&aside.file).exists(), "{aside:?} is kept");
    // Still the programme's: what had reached the hub comes again.
    office.deliver(&mut device);
    assert_eq!(device.home().unwrap().projects.len(), 6);
}

#[test]
fn one_persons_wrong_pins_lock_nobody_else_out() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(4, noon());
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let first = device.status().people[0].person.clone();
    let second = office.add(&mut device, &[HUANTA]);
    device.lock().unwrap();
    for _ in 0..5 {
        device.unlock(&first, "111112").unwrap_err();
    }
    let waits = |device: &Device, person: &str| {
        let status = device.status();
        let tile = status.people.into_iter().find(|tile| tile.person == person).unwrap();
        (tile.locked_until.is_some(), tile.failures)
    };
    assert_eq!((waits(&device, &first), waits(&device, &second)), ((true, 5), (false, 0)));
    assert_eq!(device.unlock(&second, PIN).unwrap().phase, Phase::Open);
}

#[test]
fn only_a_wrong_pin_counts_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(5, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    device.close().unwrap();
    let path = folder.path().join("identity");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"damaged").unwrap();
    for _ in 0..7 {
        assert_eq!(device.unlock(&person, PIN).unwrap_err().code(), "keys");
    }
    std::fs::write(&path, whole).unwrap();
    assert_eq!(device.unlock(&person, PIN).unwrap().phase, Phase::Open);
}

#[test]
fn the_keyring_is_written_when_people_change_and_read_from_its_copy_when_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(6, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    let path = folder.path().join("keyring");
    let whole = std::fs::read(&path).unwrap();
    device.lock().unwrap();
    // Were it written at all, this would keep the person out.
    std::fs::create_dir(folder.path().join("keyring.new")).unwrap();
    device.unlock(&person, "111112").unwrap_err();
    device.unlock(&person, PIN).unwrap();
    std::fs::remove_dir(folder.path().join("keyring.new")).unwrap();
    drop(device);
    // Cut short, and with one byte of the wrapped keys rotten.
    let mut rotten = whole.clone();
    let last = rotten.len() - 20;
    rotten[last] ^= 1;
    for damaged in [&whole[..40], &rotten] {
        std::fs::write(&path, damaged).unwrap();
        let mut device = Device::open(folder.path(), bench.clone()).unwrap();
        assert_eq!(device.unlock(&person, PIN).unwrap().phase, Phase::Open);
        assert_eq!(std::fs::read(&path).unwrap(), whole, "and mended");
    }
}

#[test]
fn tries_that_cannot_be_written_down_keep_a_right_pin_in() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(7, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let person = device.status().people[0].person.clone();
    device.lock().unwrap();
    std::fs::create_dir(folder.path().join("gates.new")).unwrap();
    device.unlock(&person, PIN).unwrap();
    device.lock().unwrap();
    for _ in 0..5 {
        device.unlock(&person, "111112").unwrap_err();
    }
    assert_eq!(device.unlock(&person, PIN).unwrap_err().code(), "too_many_tries", "they are counted all the same");
}

#[test]
fn a_damaged_count_of_tries_is_no_free_guess() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(8, noon());
    drop(Office::new().tablet(folder.path(), &bench, "Tableta 1"));
    std::fs::write(folder.path().join("gates"), b"damaged").unwrap();
    let mut device = Device::open(folder.path(), bench.clone()).unwrap();
    let person = device.status().people[0].person.clone();
    assert_eq!(device.unlock(&person, PIN).unwrap_err().code(), "too_many_tries");
    bench.pass(31_000);
    device.unlock(&person, PIN).unwrap();
}
