use chaski_device::view::Opened;
use chaski_forms::view::NodeView;
use chaski_values::Answer;

use crate::office::{Bench, Office, noon};

const FIRST: &str = "| survey | | | |
    | | type | name | label |
    | | text | name | Name |
    | | integer | age | Age |
    | | decimal | area | Area |
    | settings | |
    | | form_id |
    | | censo |";

/// `age` became text, `area` is gone, `weight` is new.
const SECOND: &str = "| survey | | | | |
    | | type | name | label | calculation |
    | | text | name | Full name | |
    | | text | age | Age, in words | |
    | | decimal | weight | Weight of ${name} | |
    | | calculate | opened | | once(concat('v2-', ${name})) |
    | settings | |
    | | form_id |
    | | censo |";

fn text(text: &str) -> Option<Answer> {
    Some(Answer::Text(text.to_owned()))
}

fn value(opened: &Opened, path: &str) -> Option<Answer> {
    opened.page.nodes.iter().find_map(|node| match node {
        NodeView::Question(question) if question.path.to_string() == path => question.value.clone(),
        _ => None,
    })
}

#[test]
fn a_draft_stays_with_its_version_until_its_author_moves_it() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(130, noon());
    let mut office = Office::new();
    office.publish_form(FIRST);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let opened = device.start_record("censo", None, None).unwrap();
    let record = opened.record;
    assert_eq!(opened.newer, None);
    assert_eq!(device.migration(&record).unwrap_err().code(), "stale_version");
    device.answer(&record, "name", text("Rosa")).unwrap();
    device.answer(&record, "age", Some(Answer::Integer(40))).unwrap();
    device.answer(&record, "area", Some(Answer::Decimal("1.5".parse().unwrap()))).unwrap();

    bench.pass(1_000);
    office.publish_form(SECOND);
    office.deliver(&mut device);
    let opened = device.open_record(&record, None).unwrap();
    let newer = opened.newer.clone().unwrap();
    assert_eq!(value(&opened, "age"), Some(Answer::Integer(40)), "it is asked as it was begun");
    let told = device.migration(&record).unwrap();
    assert_eq!((told.version.as_str(), told.unchanged), (newer.as_str(), 1));
    assert_eq!(told.rewritten.iter().map(|line| line.path.as_str()).collect::<Vec<_>>(), ["age"]);
    let aside: Vec<_> = told.set_aside.iter().map(|line| (line.label.as_str(), line.display.as_str())).collect();
    assert_eq!(aside, [("Area", "1.5")]);
    let added: Vec<_> = told.added.iter().map(|line| (line.path.as_str(), line.label.as_str())).collect();
    assert_eq!(added, [("weight", "Weight of …")]);

    assert_eq!(device.migrate(&record, "no version").unwrap_err().code(), "stale_version");
    let moved = device.migrate(&record, &newer).unwrap();
    assert_eq!((&moved.newer, moved.can_undo), (&None, false));
    assert_eq!(moved.outline.version.to_string(), newer);
    assert_eq!((value(&moved, "name"), value(&moved, "age")), (text("Rosa"), text("40")));
    // The screen can go on at once, and take back what it does from here on.
    device.answer(&record, "age", text("cuarenta")).unwrap();
    let back = device.undo(&record).unwrap();
    assert_eq!((value(&back, "age"), back.can_undo), (text("40"), false));

    device.leave(&record).unwrap();
    let view = device.record(&record, None).unwrap();
    assert_eq!(view.form_version, newer);
    let written = |path: &str| {
        let changes = view.history.iter().flat_map(|step| &step.changes);
        changes.filter(|change| change.path == path).count()
    };
    assert_eq!(written("area"), 1, "what is no longer asked stays in the record, and in its history");
    assert_eq!(written("opened"), 1, "what the newer version computes once is kept");
}

#[test]
fn a_draft_nobody_moves_goes_on_and_ends_with_the_version_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(131, noon());
    let mut office = Office::new();
    office.publish_form(FIRST);
    let mut device = office.tablet(folder.path(), &bench, "Tableta 1");
    let began = device.start_record("censo", None, None).unwrap();
    device.leave(&began.record).unwrap();
    bench.pass(1_000);
    office.publish_form(SECOND);
    office.deliver(&mut device);
    device.open_record(&began.record, None).unwrap();
    device.answer(&began.record, "area", Some(Answer::Decimal("2".parse().unwrap()))).unwrap();
    assert_eq!(device.finalize(&began.record).unwrap().issues, []);
    // What is final is not moved: somebody who opens it corrects it as it was asked.
    let opened = device.open_record(&began.record, None).unwrap();
    assert_eq!(opened.newer, None);
    assert_eq!(opened.outline.version, began.outline.version);
    assert_eq!(device.migration(&began.record).unwrap_err().code(), "stale_version");
}
