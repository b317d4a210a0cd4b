use chaski_device::Device;
use chaski_device::view::Opened;
use chaski_forms::view::NodeView;
use chaski_values::Answer;

use crate::office::{Bench, HUANTA, Office, PIN, noon};

const DAY: &str = "| survey | | | | |
    | | type | name | label | default |
    | | text | village | Village | ${last-saved#village} |
    | | text | weather | Weather | |
    | settings | |
    | | form_id |
    | | dia |";

fn text(text: &str) -> Option<Answer> {
    Some(Answer::Text(text.to_owned()))
}

fn village(opened: &Opened) -> Option<Answer> {
    opened.page.nodes.iter().find_map(|node| match node {
        NodeView::Question(question) if question.path.to_string() == "village" => question.value.clone(),
        _ => None,
    })
}

fn begin(device: &mut Device) -> Opened {
    device.start_record("dia", None, None).unwrap()
}

#[test]
fn a_record_begins_with_what_its_author_saved_last() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(120, noon());
    let mut office = Office::new();
    office.publish_form(DAY);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let first = begin(&mut device);
    assert_eq!(village(&first), None, "nothing was saved before");
    device.answer(&first.record, "village", text("Sarhua")).unwrap();
    // Not left: what the journal holds was saved too.
    bench.pass(1_000);
    let second = begin(&mut device);
    assert_eq!(village(&second), text("Sarhua"));
    device.answer(&second.record, "village", text("Cangallo")).unwrap();
    device.leave(&second.record).unwrap();
    bench.pass(1_000);
    // Frozen: whoever opens the first again finds what it said, and the third begins from the one changed last.
    let again = device.open_record(&first.record, None).unwrap();
    assert_eq!(village(&again), text("Sarhua"));
    device.answer(&first.record, "weather", text("Lluvia")).unwrap();
    device.leave(&first.record).unwrap();
    bench.pass(1_000);
    assert_eq!(village(&begin(&mut device)), text("Sarhua"));
}

#[test]
fn a_colleague_on_the_same_tablet_begins_from_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(121, noon());
    let mut office = Office::new();
    office.publish_form(DAY);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let rosa = device.status().people[0].person.clone();
    let first = begin(&mut device);
    device.answer(&first.record, "village", text("Sarhua")).unwrap();
    device.leave(&first.record).unwrap();
    bench.pass(1_000);
    office.add(&mut device, &[HUANTA]);
    let theirs = begin(&mut device);
    assert_eq!(village(&theirs), None);
    device.answer(&theirs.record, "village", text("Cangallo")).unwrap();
    device.leave(&theirs.record).unwrap();
    device.unlock(&rosa, PIN).unwrap();
    assert_eq!(village(&begin(&mut device)), text("Sarhua"));
}
