use chaski_device::view::Phase;
use chaski_device::{Device, Wish};
use chaski_trust::testing::TLS_SPKI_SHA256;

use crate::office::{Bench, HUANTA, HUB, Office, PIN, noon};

/// A tablet whose person enrolled, and the digits are not compared yet.
fn unconfirmed(folder: &std::path::Path, seed: u64) -> (Device, std::sync::Arc<Bench>, String) {
    let bench = Bench::new(seed, noon());
    let mut office = Office::new();
    let mut device = Device::open(folder, bench.clone()).unwrap();
    let ticket = office.ticket(&[HUANTA]);
    let pending = device.begin_enrolment(&ticket, HUB, "Tableta 1", PIN, PIN).unwrap();
    let reply = office.reply(&pending);
    let digits = device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256).unwrap().confirmation;
    (device, bench, digits)
}

#[test]
fn nothing_is_exchanged_and_nobody_works_before_the_digits_were_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, bench, digits) = unconfirmed(folder.path(), 50);
    for restarted in [false, true] {
        if restarted {
            std::mem::forget(device);
            device = Device::open(folder.path(), bench.clone()).unwrap();
        }
        let status = device.status();
        assert_eq!((status.phase, status.confirmation.as_ref()), (Phase::Unconfirmed, Some(&digits)));
        assert_eq!(status.people.len(), 0);
        let newcomer = status.person.expect("the screen names who enrolled").person;
        assert_eq!(device.begin_renewal().unwrap_err().code(), "unconfirmed");
        assert_eq!(device.begin_exchange(Wish::Asked).unwrap_err().code(), "unconfirmed");
        assert_eq!(device.home().unwrap_err().code(), "unconfirmed");
        assert_eq!(device.unlock(&newcomer, PIN).unwrap_err().code(), "unconfirmed");
    }
    assert_eq!(device.confirm_enrolment().unwrap().phase, Phase::Locked, "after a restart the PIN is asked");
    let person = device.status().people[0].person.clone();
    assert_eq!(device.unlock(&person, PIN).unwrap().phase, Phase::Open);
    assert!(device.begin_exchange(Wish::Asked).is_ok());
}

#[test]
fn digits_that_differ_leave_nothing_of_a_first_person() {
    for restarted in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (mut device, bench, _) = unconfirmed(folder.path(), 51);
        if restarted {
            std::mem::forget(device);
            device = Device::open(folder.path(), bench.clone()).unwrap();
        }
        assert_eq!(device.cancel_enrolment().unwrap().phase, Phase::Unenrolled);
        assert_eq!(device.begin_exchange(Wish::Asked).unwrap_err().code(), "not_enrolled");
        assert_eq!(Device::open(folder.path(), bench.clone()).unwrap().status().phase, Phase::Unenrolled);
        drop(device);
        // The tablet can enrol again.
        let device = Office::new().tablet(folder.path(), &bench, "Tableta 1");
        assert_eq!((device.status().phase, device.status().set_aside), (Phase::Open, None));
    }
}

#[test]
fn digits_that_differ_leave_the_people_who_were_here() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &Bench::new(52, noon()), "Tableta 1");
    let first = device.status().people[0].person.clone();
    device.lock().unwrap();
    let ticket = office.ticket(&[HUANTA]);
    let pending = device.begin_enrolment(&ticket, HUB, "", PIN, PIN).unwrap();
    let reply = office.reply(&pending);
    let newcomer = device.finish_enrolment(&pending, &reply, &TLS_SPKI_SHA256).unwrap().person.person;
    assert_eq!(device.status().phase, Phase::Unconfirmed);
    assert_eq!(device.unlock(&first, PIN).unwrap_err().code(), "unconfirmed");
    assert_eq!(device.cancel_enrolment().unwrap().phase, Phase::Locked);
    assert_eq!(device.unlock(&newcomer, PIN).unwrap_err().code(), "unknown_person");
    assert_eq!(device.unlock(&first, PIN).unwrap().phase, Phase::Open);
}

#[test]
fn a_person_who_is_added_works_once_they_are_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new();
    let bench = Bench::new(53, noon());
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let second = office.add(&mut device, &[HUANTA]);
    let status = device.status();
    assert_eq!((status.phase, status.person.unwrap().person), (Phase::Open, second.clone()));
    drop(device);
    let mut device = Device::open(folder.path(), bench).unwrap();
    assert_eq!(device.unlock(&second, PIN).unwrap().phase, Phase::Open);
}
