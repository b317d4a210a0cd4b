//! The log of how a record was filled in.

use expect_test::{Expect, expect};

use super::*;
use crate::{Happening, Tracked, What, audit_csv, audit_rows};

fn at(seconds: i64) -> Timestamp {
    now().plus_millis(seconds * 1_000)
}

fn happening(seconds: i64, what: What) -> Happening {
    Happening { at: at(seconds), what }
}

fn survey(parameters: &str) -> Arc<Form> {
    form(&format!(
        "| survey |
         | | type | name | label | calculation | parameters |
         | | audit | audit | | | {parameters} |
         | | start | began | | | |
         | | begin_group | g | G | | |
         | | text | name | Name | | |
         | | select_multiple c | crops | Crops | | |
         | | calculate | long | | string-length(${{name}}) | |
         | | end_group | | | | |
         | | begin_repeat | member | Member | | |
         | | integer | age | Age | | |
         | | end_repeat | | | | |
         | choices |
         | | list_name | name | label |
         | | c | maize | Maize |
         | | c | oca | Oca |
         | settings |
         | | form_id |
         | | f |"
    ))
}

/// A sitting: the name, both crops, a row with an age, another that is removed again, and a finalizing that fails at first.
fn sitting(fill: &mut Fill) -> Vec<Happening> {
    let first = fill.saved.clone().into_iter().collect();
    let mut happened = vec![
        happening(0, What::Begun),
        happening(0, What::Wrote(first)),
        happening(1, What::Shown(0)),
        happening(5, What::Located(GeoPoint::new(-13.16, -74.22, Some(2_760.0), Some(4.5), None).unwrap())),
        happening(9, What::Wrote(fill.answer("g/name", "=Quispe, \"Rosa\"").writes)),
        happening(20, What::Wrote(fill.answer("g/crops", "maize").writes)),
        happening(21, What::Wrote(fill.answer("g/crops", "oca maize").writes)),
        happening(30, What::Shown(1)),
    ];
    let one = path(&fill.add_row("member"));
    happened.push(happening(31, What::Wrote(vec![(Key::at(&one), Scalar::Int(1))])));
    happened.push(happening(40, What::Wrote(fill.answer(&format!("{one}/age"), "41").writes)));
    let two = path(&fill.add_row("member"));
    happened.push(happening(41, What::Wrote(vec![(Key::at(&two), Scalar::Int(2))])));
    let removed = fill.session.remove_row(&two).unwrap();
    fill.keep(&removed);
    happened.push(happening(42, What::Wrote(removed.writes)));
    happened.push(happening(50, What::Refused));
    happened.push(happening(60, What::Finalized));
    happened.push(happening(60, What::Left));
    happened
}

/// The log of a sitting, its moments in seconds after its beginning.
fn check(parameters: &str, expected: Expect) {
    let mut fill = Fill::new(survey(parameters));
    let happened = sitting(&mut fill);
    let audit = fill.session.form().audit().unwrap();
    for (number, piece) in (1_u8..).zip(fill.session.audit(&BTreeMap::new(), &happened, "Rosa Quispe")) {
        fill.saved.insert(Key::of_audit([number; 8]), Scalar::Bytes(piece));
    }
    let mut rows = audit_rows(&fill.saved);
    for row in &mut rows {
        row.start = (row.start - now().millis()) / 1_000;
        row.end = (row.end - now().millis()) / 1_000;
    }
    expected.assert_eq(&audit_csv(&audit, &rows));
    // What the log holds is no answer.
    fill.reopen();
}

#[test]
fn a_log_tells_pages_answers_and_rows() {
    check(
        "",
        expect![[r#"
            event,node,start,end
            form start,,0,0
            group questions,/data/g,1,30
            question,/data/g/name,5,9
            question,/data/g/crops,9,20
            question,/data/g/crops,20,21
            group questions,/data/member,30,60
            add repeat,/data/member[1],31,31
            question,/data/member[1]/age,31,40
            add repeat,/data/member,41,41
            delete repeat,/data/member,42,42
            finalize error,,50,50
            form finalize,,60,60
            form exit,,60,60
        "#]],
    );
}

#[test]
fn a_form_asks_for_changes_the_person_and_where_it_was() {
    check(
        "track-changes=true identify-user=true location-priority=balanced location-min-interval=10 location-max-age=20",
        expect![[r#"
            event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user
            form start,,0,0,,,,,,Rosa Quispe
            group questions,/data/g,1,30,,,,,,Rosa Quispe
            question,/data/g/name,5,9,-13.16,-74.22,4.5,,"'=Quispe, ""Rosa""",Rosa Quispe
            question,/data/g/crops,9,20,-13.16,-74.22,4.5,,maize,Rosa Quispe
            question,/data/g/crops,20,21,-13.16,-74.22,4.5,maize,maize oca,Rosa Quispe
            group questions,/data/member,30,60,,,,,,Rosa Quispe
            add repeat,/data/member[1],31,31,,,,,,Rosa Quispe
            question,/data/member[1]/age,31,40,,,,,41,Rosa Quispe
            add repeat,/data/member,41,41,,,,,,Rosa Quispe
            delete repeat,/data/member,42,42,,,,,,Rosa Quispe
            finalize error,,50,50,,,,,,Rosa Quispe
            form finalize,,60,60,,,,,,Rosa Quispe
            form exit,,60,60,,,,,,Rosa Quispe
        "#]],
    );
}

#[test]
fn who_comes_back_begins_where_the_page_was_left() {
    let mut fill = Fill::new(survey("track-changes=true"));
    fill.answer("g/name", "Rosa");
    let before = fill.saved.clone();
    let happened = [
        happening(0, What::Resumed),
        happening(0, What::Shown(0)),
        happening(3, What::Wrote(fill.answer("g/name", "").writes)),
        // The tablet was off for an hour.
        happening(3_600, What::Resumed),
        happening(3_600, What::Shown(0)),
        happening(3_605, What::Wrote(fill.answer("g/name", "Rosa María").writes)),
    ];
    let pieces = fill.session.audit(&before, &happened, "");
    fill.saved.extend(pieces.into_iter().map(|piece| (Key::of_audit([1; 8]), Scalar::Bytes(piece))));
    let rows = audit_rows(&fill.saved);
    let rows: Vec<String> = rows
        .iter()
        .map(|row| {
            let seconds = |millis: i64| (millis - now().millis()) / 1_000;
            let values = [&row.old, &row.new].map(|value| value.as_deref().unwrap_or("–"));
            format!("{} {}–{} {}", row.event.word(), seconds(row.start), seconds(row.end), values.join(" → "))
        })
        .collect();
    assert_eq!(
        rows,
        [
            "form resume 0–0 – → –",
            "group questions 0–3 – → –",
            "question 0–3 Rosa → –",
            "form resume 3600–3600 – → –",
            "group questions 3600–3605 – → –",
            "question 3600–3605 – → Rosa María",
        ]
    );
}

#[test]
fn a_log_is_kept_in_small_pieces_and_has_an_end() {
    let mut fill = Fill::new(survey("track-changes=true"));
    let mut happened = vec![happening(0, What::Shown(0))];
    for number in 0..3_000 {
        let long = format!("{number} {}", "ñ".repeat(2_000));
        happened.push(happening(number, What::Wrote(vec![(Key::at(&path("g/name")), Scalar::Text(long))])));
    }
    let pieces = fill.session.audit(&BTreeMap::new(), &happened, "");
    assert!(pieces.iter().all(|piece| piece.len() < 20_000), "{:?}", pieces.iter().map(Vec::len).max());
    for (number, piece) in (0_u64..).zip(pieces) {
        fill.saved.insert(Key::of_audit(number.to_be_bytes()), Scalar::Bytes(piece));
    }
    let rows = audit_rows(&fill.saved);
    assert_eq!(rows.len(), 2_000);
    let new = rows.last().and_then(|row| row.new.clone()).unwrap();
    assert!(new.starts_with("1998 ñ") && new.ends_with('…') && new.chars().count() == 501, "{new}");
}

#[test]
fn what_is_no_log_is_passed_over() {
    let form = table("| | text | a | A | | | | |");
    assert!(form.audit().is_none());
    assert_eq!(
        Fill::new(form).session.audit(&BTreeMap::new(), &[happening(0, What::Begun)], ""),
        Vec::<Vec<u8>>::new()
    );
    let audit = survey("location-priority=no-power location-min-interval=10 location-max-age=20").audit().unwrap();
    assert!(audit.places.is_none() && audit.changes == Tracked::LeftOut);
    let rubbish = [Scalar::Bytes(vec![0xff; 40]), Scalar::Bytes(Vec::new()), Scalar::Int(3)];
    let saved = (0_u8..).zip(rubbish).map(|(number, scalar)| (Key::of_audit([number; 8]), scalar)).collect();
    assert_eq!(audit_rows(&saved), []);
}
