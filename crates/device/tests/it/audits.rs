//! The log of how a record is filled in, for forms that ask for one.

use chaski_device::view::{AuditKind, Logged};
use chaski_device::{Device, Wish};
use chaski_values::{Answer, GeoPoint};

use crate::office::{Bench, Office, PIN, noon};

const VISIT: &str = "| survey | | | | |
    | | type | name | label | parameters |
    | | audit | audit | | track-changes=true identify-user=true location-priority=balanced location-min-interval=60 location-max-age=120 |
    | | begin_group | who | Who | |
    | | text | name | Name | |
    | | text | remark | Remark | |
    | | end_group | | | |
    | | begin_group | what | What | |
    | | integer | cows | Cows | |
    | | end_group | | | |
    | settings | |
    | | form_id |
    | | logged |";

fn text(words: &str) -> Option<Answer> {
    Some(Answer::Text(words.to_owned()))
}

/// The log as Collect's file, its moments in seconds after `noon`, and `me` for whoever filled in.
fn log(device: &mut Device, record: &str) -> Vec<String> {
    let author = device.record(record, None).unwrap().history[0].author.clone();
    let csv = device.audit_csv(record).unwrap().unwrap().replace(&author, "me");
    let seconds = |cell: &str| match cell.parse::<i64>() {
        Ok(millis) if millis > 1_000_000_000_000 => ((millis - noon().millis()) / 1_000).to_string(),
        _ => cell.to_owned(),
    };
    csv.lines().skip(1).map(|line| line.split(',').map(seconds).collect::<Vec<_>>().join(",")).collect()
}

#[test]
fn a_sitting_leaves_its_log_in_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(140, noon());
    let mut office = Office::new();
    office.publish_form(VISIT);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    bench.set(noon());
    let opened = device.start_record("logged", None, None).unwrap();
    let record = opened.record;
    assert_eq!(opened.logged, Some(Logged::Places));
    assert!(opened.wants_position);
    bench.pass(2_000);
    let here = GeoPoint::new(-12.5, -74.25, None, Some(5.0), None).unwrap();
    assert!(!device.supply_position(&record, here).unwrap().wants_position);
    bench.pass(8_000);
    assert!(!device.answer(&record, "who/name", text("Rosa")).unwrap().wants_position, "a minute has not passed");
    bench.pass(20_000);
    device.answer(&record, "who/remark", text("undone")).unwrap();
    device.undo(&record).unwrap();
    device.page(&record, 1).unwrap();
    bench.pass(40_000);
    assert!(device.answer(&record, "what/cows", Some(Answer::Integer(3))).unwrap().wants_position);
    device.page(&record, 0).unwrap();
    bench.pass(5_000);
    device.leave(&record).unwrap();
    let first = [
        "form start,,0,0,,,,,,me",
        "group questions,/data/who,0,30,,,,,,me",
        "question,/data/who/name,2,10,-12.5,-74.25,5,,Rosa,me",
        "group questions,/data/what,30,70,-12.5,-74.25,5,,,me",
        "question,/data/what/cows,30,70,-12.5,-74.25,5,,3,me",
        "group questions,/data/who,70,75,-12.5,-74.25,5,,,me",
        "form exit,,75,75,-12.5,-74.25,5,,,me",
    ];
    let told = log(&mut device, &record);
    assert_eq!(told, first);

    // Looking alone leaves nothing; a change tells when the record was opened and what was looked at.
    bench.pass(25_000);
    device.open_record(&record, None).unwrap();
    device.leave(&record).unwrap();
    assert_eq!(log(&mut device, &record).len(), first.len());
    bench.pass(100_000);
    device.open_record(&record, None).unwrap();
    bench.pass(10_000);
    device.answer(&record, "who/name", text("Rosa María")).unwrap();
    device.finalize(&record).unwrap();
    let all = log(&mut device, &record);
    assert_eq!(
        all[first.len()..],
        [
            "form resume,,200,200,,,,,,me",
            "group questions,/data/who,200,210,,,,,,me",
            "question,/data/who/name,200,210,,,,Rosa,Rosa María,me",
            "form finalize,,210,210,,,,,,me",
            "form exit,,210,210,,,,,,me",
        ]
    );
    let view = device.record(&record, None).unwrap();
    let lines = view.audit.unwrap();
    let cows = lines.iter().find(|line| line.label.ends_with("Cows")).unwrap();
    assert_eq!((cows.kind, cows.after.as_deref()), (AuditKind::Answered, Some("3")));
    assert_eq!(cows.place.as_deref(), Some("-12.5, -74.25"));
    assert!(view.history.iter().flat_map(|step| &step.changes).all(|change| !change.path.starts_with("a/")));
}

#[test]
fn a_tablet_that_was_off_goes_on_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(141, noon());
    let mut office = Office::new();
    office.publish_form(VISIT);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    bench.set(noon());
    let record = device.start_record("logged", None, None).unwrap().record;
    bench.pass(10_000);
    device.answer(&record, "who/name", text("Rosa")).unwrap();
    drop(device);
    bench.pass(3_600_000);
    let mut device = Device::open(folder.path(), bench.clone()).unwrap();
    let person = device.status().people[0].person.clone();
    device.unlock(&person, PIN).unwrap();
    device.open_record(&record, None).unwrap();
    bench.pass(5_000);
    device.answer(&record, "who/name", text("Julia")).unwrap();
    device.leave(&record).unwrap();
    let told: Vec<String> =
        log(&mut device, &record).iter().map(|line| line.split(",,,").next().unwrap().to_owned()).collect();
    assert_eq!(
        told,
        [
            "form start,,0,0",
            "group questions,/data/who,0,10",
            "question,/data/who/name,0,10",
            "form resume,,3610,3610",
            "group questions,/data/who,3610,3615",
            "question,/data/who/name,3610,3615",
            "form exit,,3615,3615",
        ]
    );
}

#[test]
fn a_sync_while_somebody_fills_in_leaves_nothing_out() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(143, noon());
    let mut office = Office::new();
    office.publish_form(VISIT);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    bench.set(noon());
    let record = device.start_record("logged", None, None).unwrap().record;
    bench.pass(10_000);
    device.answer(&record, "who/name", text("Rosa")).unwrap();
    bench.pass(10_000);
    device.begin_exchange(Wish::Asked).unwrap();
    bench.pass(10_000);
    device.answer(&record, "who/remark", text("well")).unwrap();
    bench.pass(10_000);
    device.leave(&record).unwrap();
    let told = log(&mut device, &record);
    let told: Vec<&str> = told.iter().map(|line| line.split(",,,").next().unwrap()).collect();
    assert_eq!(
        told,
        [
            "form start,,0,0",
            "group questions,/data/who,0,10",
            "question,/data/who/name,0,10",
            "group questions,/data/who,20,40",
            "question,/data/who/remark,20,30",
            "form exit,,40,40",
        ]
    );
}

#[test]
fn a_form_without_a_log_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(142, noon());
    let mut office = Office::new();
    office.publish_form(&VISIT.replace("| audit | audit |", "| text | other |"));
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let opened = device.start_record("logged", None, None).unwrap();
    assert_eq!((opened.logged, opened.wants_position), (None, false));
    device.answer(&opened.record, "who/name", text("Rosa")).unwrap();
    device.leave(&opened.record).unwrap();
    assert_eq!(device.audit_csv(&opened.record).unwrap(), None);
    assert_eq!(device.record(&opened.record, None).unwrap().audit, None);
}
