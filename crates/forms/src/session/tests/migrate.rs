//! A draft and another version of its form.

use super::*;

fn version(rows: &str) -> Arc<Form> {
    table(rows)
}

#[test]
fn a_draft_moves_with_what_the_new_version_does_not_ask() {
    let older = version(
        "| | text | name | Name | | | | |
         | | integer | age | Age | | | | |
         | | decimal | area | Area | | | | |
         | | begin_repeat | m | Members | | | | |
         | | text | who | Who | | | | |
         | | end_repeat | | | | | | |",
    );
    let newer = version(
        "| | text | name | Full name | | | | |
         | | text | age | Age, in words | | | | |
         | | decimal | weight | Weight of ${name} | | | | |
         | | begin_repeat | m | Members | | | | |
         | | text | who | Who | | | | |
         | | integer | years | Years | | | | |
         | | end_repeat | | | | | | |",
    );
    assert_eq!(older.stranded_by(&newer), []);
    let added = [(path("weight"), "Weight of …".to_owned()), (path("m/years"), "Years".to_owned())];
    assert_eq!(newer.asked_besides(&older, "default"), added);
    assert_eq!(older.asked_besides(&older, "default"), []);
    let mut fill = Fill::new(older);
    fill.answer("name", "Rosa");
    fill.answer("age", "40");
    fill.answer("area", "1.5");
    let row = fill.add_row("m");
    fill.answer(&format!("{row}/who"), "Luz");
    let migration = fill.session.migration(&newer);
    let told = |lines: &[Line]| lines.iter().map(|line| format!("{} {}", line.path, line.display)).collect::<Vec<_>>();
    assert_eq!(told(&migration.kept), ["area 1.5"]);
    assert_eq!(told(&migration.rewritten), ["age 40"]);
    assert_eq!(migration.writes, [("q/age".parse().unwrap(), Scalar::text("40"))]);
    fill.saved.extend(migration.writes);
    let (session, _) = Session::open(newer, environment(Lookups::default()), RECORD, &fill.saved);
    fill.session = session;
    assert_eq!((fill.value("name"), fill.value("age")), ("Rosa".to_owned(), "40".to_owned()));
    assert_eq!(fill.value(&format!("{row}/who")), "Luz");
    assert!(fill.stored("q/area").is_some(), "what is no longer asked stays");
}

#[test]
fn choices_become_text_and_a_text_is_not_forced_into_a_number() {
    let older = version(
        "| | select_multiple l | a | A | | | | |
         | | text | b | B | | | | |
         | | decimal | c | C | | | | |
         | choices | | |
         | | list_name | name | label |
         | | l | x | X |
         | | l | y | Y |",
    );
    let newer = version(
        "| | text | a | A | | | | |
         | | integer | b | B | | | | |
         | | integer | c | C | | | | |",
    );
    assert_eq!(older.stranded_by(&newer), [path("b"), path("c")]);
    let mut fill = Fill::new(older);
    fill.answer("a", "y x");
    fill.answer("b", "several");
    fill.answer("c", "2.5");
    let migration = fill.session.migration(&newer);
    let kept: Vec<String> = migration.kept.iter().map(|line| line.path.to_string()).collect();
    assert_eq!(kept, ["b", "c"]);
    let expected = [
        ("q/a".parse().unwrap(), Scalar::text("x y")),
        ("q/a=x".parse().unwrap(), Scalar::Bool(false)),
        ("q/a=y".parse().unwrap(), Scalar::Bool(false)),
    ];
    assert_eq!(migration.writes, expected);
}

#[test]
fn what_stood_in_a_repeat_that_is_called_otherwise_is_kept_and_told_row_by_row() {
    let rows = |repeat: &str| {
        format!(
            "| | begin_repeat | {repeat} | Members | ${{who}} != 'gone' | | | |
             | | text | who | Who | | | | |
             | | end_repeat | | | | | | |"
        )
    };
    let (older, newer) = (version(&rows("m")), version(&rows("members")));
    assert_eq!(older.stranded_by(&newer), []);
    let mut fill = Fill::new(older.clone());
    for name in ["Luz", "gone"] {
        let row = fill.add_row("m");
        fill.answer(&format!("{row}/who"), name);
    }
    let migration = fill.session.migration(&newer);
    let kept: Vec<&str> = migration.kept.iter().map(|line| line.display.as_str()).collect();
    // What a hidden row holds is kept as well.
    assert_eq!((kept, migration.writes), (vec!["Luz", "gone"], Vec::new()));
    let before = fill.saved.clone();
    let (session, writes) = Session::open(newer, environment(Lookups::default()), RECORD, &fill.saved);
    fill.session = session;
    fill.keep(&Change { writes, ..Change::default() });
    assert_eq!(fill.rows("members"), [""; 0]);
    // A version that asks it again finds it whole.
    assert!(before.iter().all(|(key, scalar)| fill.saved.get(key) == Some(scalar)));
    let (session, _) = Session::open(older, environment(Lookups::default()), RECORD, &fill.saved);
    fill.session = session;
    let row = fill.rows("m")[0].clone();
    assert_eq!(fill.value(&format!("{row}/who")), "Luz");
}
