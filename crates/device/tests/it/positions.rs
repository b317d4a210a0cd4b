use chaski_forms::view::NodeView;
use chaski_values::{Answer, GeoPoint};

use crate::office::{Bench, Office, noon};

const VISIT: &str = "| survey | | | | |
    | | type | name | label | trigger |
    | | start-geopoint | begun_at | | |
    | | text | name | Name | |
    | | background-geopoint | answered_at | | ${name} |
    | | note | told | ${begun_at} / ${answered_at} | |
    | settings | |
    | | form_id |
    | | where |";

#[test]
fn the_tablet_says_where_it_is_and_no_person_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(130, noon());
    let mut office = Office::new();
    office.publish_form(VISIT);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let opened = device.start_record("where", None, None).unwrap();
    assert!(opened.wants_position);
    let here = |latitude| GeoPoint::new(latitude, -74.25, None, Some(5.0), None).unwrap();
    let supplied = device.supply_position(&opened.record, here(-12.5)).unwrap();
    assert!(!supplied.wants_position);
    assert!(!supplied.can_undo, "nobody did it");
    let answered = device.answer(&opened.record, "name", Some(Answer::Text("Rosa".to_owned()))).unwrap();
    assert!(answered.wants_position);
    device.supply_position(&opened.record, here(-13.5)).unwrap();
    // What nobody asks for any more changes nothing.
    let late = device.supply_position(&opened.record, here(1.0)).unwrap();
    assert!(late.nodes.is_empty() && !late.wants_position);
    device.leave(&opened.record).unwrap();
    let again = device.open_record(&opened.record, None).unwrap();
    assert!(!again.wants_position, "where it was begun is known");
    let told = again.page.nodes.iter().find_map(|node| match node {
        NodeView::Note(note) => Some(note.label.clone()),
        _ => None,
    });
    let told = told.unwrap();
    assert!(told.contains("-12.5 -74.25") && told.contains("-13.5 -74.25"), "{told}");
}
