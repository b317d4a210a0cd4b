//! What the device tells and no person is asked for.

use chaski_values::GeoPoint;

use super::*;

const VISIT: &str = "| survey |
         | | type | name | label | trigger | calculation | relevant |
         | | start-geopoint | begun_at | | | | |
         | | begin_repeat | r | R | | | |
         | | text | a | A | | | |
         | | background-geopoint | at | | ${a} | | ${a} != 'x' |
         | | end_repeat | | | | | |
         | | note | told | ${begun_at} ${id} | | | |
         | | calculate | id | | | concat(${instanceID}, ' ', /data/meta/instanceID) | |
         | settings |
         | | form_id |
         | | f |";

fn visit() -> Arc<Form> {
    form(VISIT)
}

fn wanted(fill: &Fill) -> Vec<String> {
    fill.session.wanted_positions().iter().map(ToString::to_string).collect()
}

fn supply(fill: &mut Fill, at: &str, latitude: f64) {
    let point = GeoPoint::new(latitude, -74.0, None, Some(4.0), None).unwrap();
    let change = fill.session.supply_position(&path(at), point).unwrap();
    fill.keep(&change);
}

#[test]
fn the_position_of_the_beginning_is_asked_of_the_device_once() {
    let mut fill = Fill::new(visit());
    assert_eq!(wanted(&fill), ["begun_at"]);
    supply(&mut fill, "begun_at", -13.0);
    assert_eq!(wanted(&fill), [""; 0]);
    assert!(fill.label("told").starts_with("-13 -74 0 4"));
    let again = fill.session.supply_position(&path("begun_at"), GeoPoint::new(1.0, 1.0, None, None, None).unwrap());
    assert_eq!(again, Err(SessionError::NotAQuestion(path("begun_at"))));
    fill.reopen();
    assert_eq!(wanted(&fill), [""; 0]);
    assert!(fill.label("told").starts_with("-13 -74 0 4"));
}

#[test]
fn a_record_that_was_begun_before_does_not_ask_where() {
    let mut fill = Fill::new(visit());
    fill.add_row("r");
    fill.reopen();
    assert_eq!(wanted(&fill), [""; 0]);
    assert!(fill.label("told").starts_with(" uuid:"));
}

#[test]
fn a_position_is_asked_for_whenever_its_trigger_is_answered() {
    let mut fill = Fill::new(visit());
    supply(&mut fill, "begun_at", -13.0);
    let (one, other) = (fill.add_row("r"), fill.add_row("r"));
    assert_eq!(wanted(&fill), [""; 0]);
    fill.answer(&format!("{other}/a"), "b");
    assert_eq!(wanted(&fill), [format!("{other}/at")]);
    supply(&mut fill, &format!("{other}/at"), -14.0);
    assert_eq!(fill.value(&format!("{other}/at")), "-14 -74 0 4");
    fill.answer(&format!("{other}/a"), "c");
    fill.answer(&format!("{one}/a"), "b");
    assert_eq!(wanted(&fill).len(), 2);
    // What was found before stands until the device has a new fix.
    assert_eq!(fill.value(&format!("{other}/at")), "-14 -74 0 4");
    fill.remove_row(&one);
    assert_eq!(wanted(&fill), [format!("{other}/at")]);
    fill.answer(&format!("{other}/a"), "x");
    assert_eq!(wanted(&fill), [""; 0]);
}

#[test]
fn a_record_knows_its_id() {
    let fill = Fill::new(visit());
    let id = format!("uuid:{RECORD}");
    assert_eq!(fill.value("id"), format!("{id} {id}"));
}

#[test]
fn what_the_device_captures_is_the_same_in_an_xform() {
    let written = crate::write_xform(&read_markdown(VISIT).unwrap().source);
    let reading = crate::read_xform(written.as_bytes(), &crate::Limits::default()).unwrap();
    let form = Arc::new(Form::from_source(&reading.source).unwrap());
    let mut fill = Fill::new(form);
    assert_eq!(wanted(&fill), ["begun_at"]);
    let row = fill.add_row("r");
    fill.answer(&format!("{row}/a"), "b");
    assert_eq!(wanted(&fill), ["begun_at".to_owned(), format!("{row}/at")]);
}

#[test]
fn what_no_device_tells_is_told_to_the_author() {
    let reading = read_markdown(
        "| survey |
         | | type | name | label | parameters |
         | | audit | audit | | track-changes=true track-changes-reasons=on-form-edit |
         | | background-audio | sound | | |
         | | text | a | A | |
         | settings |
         | | form_id |
         | | f |",
    );
    let told: Vec<String> = reading.unwrap().warnings.iter().map(ToString::to_string).collect();
    assert!(told[0].contains("why they change") && told[1].contains("no sound"), "{told:?}");
}
