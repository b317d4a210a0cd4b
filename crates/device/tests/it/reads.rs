use chaski_device::Device;
use chaski_device::view::RecordView;
use chaski_forms::view::NodeView;
use chaski_values::Answer;

use crate::office::{Bench, Office, PIN, noon};

const VISIT: &str = "aliados_visita";
const PROJECT: &str = "NR-050401-01";
/// A district of the programme that is not Huanta.
const ELSEWHERE: &str = "090101";
/// The smallest file that begins as a photo does.
const PHOTO: &[u8] = &[0xff, 0xd8, 0xff, 0xe0];

#[test]
fn who_was_given_another_district_reads_nothing_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &Bench::new(60, noon()), "Tableta 1");
    let first = device.status().people[0].person.clone();
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/tipo", Some(Answer::Choice("prog".to_owned()))).unwrap();
    device.leave(&record).unwrap();
    assert_eq!(device.search("culluchaca").unwrap().len(), 1);
    office.add(&mut device, &[ELSEWHERE]);
    assert_eq!(device.record(&record, None).unwrap_err().code(), "outside_scope");
    assert_eq!(device.document(&record).unwrap_err().code(), "outside_scope");
    assert_eq!(device.project(PROJECT).unwrap_err().code(), "outside_scope");
    assert_eq!(device.search("culluchaca").unwrap(), []);
    let home = device.home().unwrap();
    assert_eq!((home.drafts, home.recent, home.conflicts), (vec![], vec![], vec![]));
    assert!(home.projects.iter().all(|project| project.district == ELSEWHERE));
    device.unlock(&first, PIN).unwrap();
    assert_eq!(device.home().unwrap().drafts.len(), 1);
    let RecordView { card, .. } = device.record(&record, None).unwrap();
    assert_eq!(card.record, record);
}

#[test]
fn a_photo_is_shown_to_whom_its_record_was_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &Bench::new(61, noon()), "Tableta 1");
    let first = device.status().people[0].person.clone();
    let record = device.start_record(VISIT, Some(PROJECT), None).unwrap().record;
    device.answer(&record, "A/realizada", Some(Answer::Choice("si".to_owned()))).unwrap();
    let question = photo_question(&mut device, &record);
    let taken = device.add_media(&record, &question, PHOTO, "image/jpeg").unwrap();
    let hash = chaski_values::Hash32::of_content(PHOTO).to_string();
    assert!(!taken.nodes.is_empty());
    assert_eq!(device.media(&hash).unwrap().0, PHOTO);
    office.add(&mut device, &[ELSEWHERE]);
    assert_eq!(device.media(&hash).unwrap_err().code(), "media_not_here");
    device.unlock(&first, PIN).unwrap();
    assert_eq!(device.media(&hash).unwrap_err().code(), "media_not_here", "they have looked at nothing yet");
    device.record(&record, None).unwrap();
    assert_eq!(device.media(&hash).unwrap().0, PHOTO);
}

/// The first question for a photo or drawing.
fn photo_question(device: &mut Device, record: &str) -> String {
    let pages = device.outline(record).unwrap().pages;
    let mut nodes = pages.iter().flat_map(|page| device.page(record, page.index).unwrap().nodes);
    let found = nodes.find_map(|node| match node {
        NodeView::Question(question) if question.path.name() == "ag_firma" => Some(question.path.to_string()),
        _ => None,
    });
    found.expect("the form asks for a signature")
}

#[test]
fn who_was_revoked_unlocks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new();
    let mut device = office.tablet(folder.path(), &Bench::new(62, noon()), "Tableta 1");
    let person = device.status().people[0].person.clone();
    office.revoke(&person);
    office.deliver(&mut device);
    device.lock().unwrap();
    for _ in 0..6 {
        assert_eq!(device.unlock(&person, PIN).unwrap_err().code(), "person_revoked");
    }
}
