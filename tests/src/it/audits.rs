//! How a record was filled in, by two people who did not know of each other, is one log at the hub.

use chaski_device::Device;
use chaski_tests::office::{Office, programme_with};
use chaski_tests::tablet::Tablet;
use chaski_values::Answer;

/// Asks to be told what was changed and by whom.
const HEALTH: &str = "\
survey,type,name,label,parameters
,audit,audit,,track-changes=true identify-user=true
,begin_group,a,Animales,
,integer,cows,Vacas,
,integer,sheep,Ovejas,
,end_group,,,
settings,form_id,form_title
,sanidad,Sanidad
";

#[tokio::test(flavor = "multi_thread")]
async fn two_sittings_apart_are_one_log_and_no_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let programme = programme_with(folder.path(), "sanidad.csv", HEALTH).unwrap();
    let mut office = Office::found_of(&folder.path().join("hub"), programme, 0).await.unwrap();
    let mut tablets = Vec::new();
    for given in ["Rosa", "Víctor"] {
        let mut tablet = Tablet::new(&format!("Tableta de {given}"), &folder.path().join(given)).unwrap();
        tablet.enrol(&office.ticket_of(given).unwrap(), office.url()).await.unwrap();
        tablet.connect();
        let has_form = |device: &mut Device| {
            device.home().is_ok_and(|home| home.forms.iter().any(|form| form.form_id == "sanidad"))
        };
        tablet.until("the form", has_form).await.unwrap();
        tablets.push(tablet);
    }
    let [rosa, víctor] = tablets.as_slice() else { unreachable!("two tablets were made") };
    let record = rosa.with(|device| device.start_record("sanidad", None, None)).unwrap().record;
    rosa.answer(&record, "a/cows", Answer::Integer(3)).unwrap();
    rosa.leave(&record).unwrap();
    let came = |device: &mut Device| device.record(&record, None).is_ok();
    víctor.until("the record", came).await.unwrap();
    office.stop().await.unwrap();

    // Both go on without the hub.
    for (tablet, sheep) in [(rosa, 20), (víctor, 25)] {
        tablet.with(|device| device.open_record(&record, None)).unwrap();
        tablet.answer(&record, "a/sheep", Answer::Integer(sheep)).unwrap();
        tablet.leave(&record).unwrap();
    }
    office.start().await.unwrap();
    let both = |device: &mut Device| device.record(&record, None).is_ok_and(|view| view.conflicts.len() == 1);
    for tablet in [rosa, víctor] {
        tablet.until("what the other answered", both).await.unwrap();
    }

    let theirs = rosa.with(|device| device.audit_csv(&record)).unwrap().unwrap();
    let told = office.audit(record.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(told, theirs, "the hub tells what the tablets tell");
    assert_eq!(víctor.with(|device| device.audit_csv(&record)).unwrap().as_deref(), Some(told.as_str()));
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "event,node,start,end,old-value,new-value,user");
    let answers: Vec<(&str, &str)> = lines
        .iter()
        .filter(|line| line.starts_with("question,"))
        .map(|line| (line.split(',').nth(1).unwrap(), line.split(',').nth(5).unwrap()))
        .collect();
    assert_eq!(answers, [("/data/a/cows", "3"), ("/data/a/sheep", "20"), ("/data/a/sheep", "25")]);
    let names = |given: &str| lines.iter().filter(|line| line.rsplit(',').next().unwrap().starts_with(given)).count();
    assert!(names("Rosa") > 0 && names("Víctor") > 0 && names("Rosa") + names("Víctor") == lines.len() - 1, "{told}");
    office.stop().await.unwrap();
}
