use std::fs;
use std::path::Path;

use chaski_device::view::Phase;
use chaski_device::{Device, DeviceError};
use chaski_trust::testing::TLS_SPKI_SHA256;

use crate::office::{Bench, HUANTA, HUB, OTHER_TLS, Office, PIN, noon};

#[test]
fn a_ticket_of_another_programme_adds_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(20, noon());
    let mut device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
    let mut stranger = Office::of(9);
    let ticket = stranger.ticket(&[HUANTA]);
    device.lock().unwrap();
    let before = fs::read(folder.path().join("identity")).unwrap();
    let refused = device.begin_enrolment(&ticket, HUB, "", PIN, PIN).unwrap_err();
    assert_eq!(refused.code(), "other_programme");
    // Nor does an answer that was asked for elsewhere.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = Device::open(elsewhere.path(), Bench::new(21, noon())).unwrap();
    let pending = other.begin_enrolment(&ticket, HUB, "Tableta 2", PIN, PIN).unwrap();
    let reply = stranger.reply(&pending);
    assert!(device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256).is_err());
    let status = device.status();
    assert_eq!((status.phase, status.people.len()), (Phase::Locked, 1));
    assert_eq!(fs::read(folder.path().join("identity")).unwrap(), before);
}

#[test]
fn a_further_person_leaves_the_tablet_at_its_hub() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &Bench::new(22, noon()), "Tableta 1");
    let hub = device.hub_endpoint().unwrap();
    let ticket = office.ticket(&[HUANTA]);
    let pending = device.begin_enrolment(&ticket, HUB, "", PIN, PIN).unwrap();
    office.move_hub();
    let reply = office.reply(&pending);
    let refused = device.finish_enrolment(&pending, &reply, &OTHER_TLS).unwrap_err();
    assert_eq!(refused.code(), "enrol_other_hub");
    assert_eq!(device.hub_endpoint().unwrap(), hub);
}

/// Whichever write of the answer fails, the same ticket and PIN let the tablet in afterwards.
#[test]
fn no_write_that_fails_costs_the_ticket() {
    for (seed, name) in ["tablet.db.key-check", "incarnation", "identity", "keyring"].into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let bench = Bench::new(30 + seed as u64, noon());
        let mut office = Office::new();
        let ticket = office.ticket(&[HUANTA]);
        let mut device = Device::open(folder.path(), bench.clone()).unwrap();
        let pending = device.begin_enrolment(&ticket, HUB, "Tableta 1", PIN, PIN).unwrap();
        let reply = office.reply(&pending);
        // A folder where the file is to be written aside.
        let blocked = folder.path().join(format!("{name}.new"));
        fs::create_dir(&blocked).unwrap();
        let failed = device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256);
        assert!(matches!(failed, Err(DeviceError::Store(_))), "{name}: {failed:?}");
        std::mem::forget(device);
        fs::remove_dir(&blocked).unwrap();
        let device = Device::open(folder.path(), bench).unwrap();
        let_in(device, &mut office, &ticket, name);
    }
}

/// Cut between any two writes: what of them is there is taken from a whole run.
#[test]
fn no_cut_costs_the_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(40, noon());
    let mut office = Office::new();
    let ticket = office.ticket(&[HUANTA]);
    let mut device = Device::open(folder.path(), bench.clone()).unwrap();
    let pending = device.begin_enrolment(&ticket, HUB, "Tableta 1", PIN, PIN).unwrap();
    let begun = Files::of(folder.path());
    let reply = office.reply(&pending);
    device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256).unwrap();
    let digits = device.status().confirmation.unwrap();
    std::mem::forget(device);
    // Cut after the keyring, before the request was dropped: the tablet waits for the digits all the same.
    for name in ["identity", "enrolment"] {
        begun.put_back(folder.path(), name);
        let device = Device::open(folder.path(), bench.clone()).unwrap();
        assert_eq!(device.status().confirmation.as_ref(), Some(&digits), "{name}");
    }
    let mut device = Device::open(folder.path(), bench).unwrap();
    device.confirm_enrolment().unwrap();
    let person = device.status().people[0].person.clone();
    assert_eq!(device.unlock(&person, PIN).unwrap().phase, Phase::Open);
    // Nor does the request that is still there keep a further person out.
    office.add(&mut device, &[HUANTA]);
}

fn let_in(mut device: Device, office: &mut Office, ticket: &str, case: &str) {
    assert_eq!(device.status().phase, Phase::Unenrolled, "{case}");
    let pending = device.begin_enrolment(ticket, HUB, "Tableta 1", PIN, PIN).unwrap();
    let reply = office.reply(&pending);
    device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256).unwrap();
    assert_eq!(device.confirm_enrolment().unwrap().phase, Phase::Open, "{case}");
    let person = device.status().people[0].person.clone();
    device.close().unwrap();
    assert_eq!(device.unlock(&person, PIN).unwrap().phase, Phase::Open, "{case}");
}

/// The files of a folder as they stand.
struct Files(Vec<(String, Vec<u8>)>);

impl Files {
    fn of(folder: &Path) -> Self {
        let files = fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
        Self(files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect())
    }

    fn put_back(&self, folder: &Path, name: &str) {
        let (_, bytes) = self.0.iter().find(|(known, _)| known == name).expect("it was there");
        fs::write(folder.join(name), bytes).unwrap();
    }
}

#[test]
fn a_database_that_nobody_has_the_key_of_does_not_stand_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(41, noon());
    drop(Office::new().tablet(folder.path(), &bench, "Tableta 1"));
    for name in ["keyring", "keyring.copy", "identity", "gates"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let mut office = Office::new();
    let ticket = office.ticket(&[HUANTA]);
    let_in(Device::open(folder.path(), bench).unwrap(), &mut office, &ticket, "another key");
    let names = Files::of(folder.path()).0;
    assert!(names.iter().any(|(name, _)| name.starts_with("tablet.db.unknown-")), "it is kept");
}
