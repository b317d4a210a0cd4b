//! One test for each trap of the forms' design that shows in a session, named after it.

use super::*;

#[test]
fn trap_01_blank_is_not_zero() {
    let mut fill = Fill::new(table(
        "| | integer | a | A | | | | |
         | | note | zero | Z | ${a} = 0 | | | |
         | | note | small | S | ${a} < 5 | | | |
         | | note | other | O | ${a} != 5 | | | |
         | | calculate | next | | | ${a} + 1 | | |",
    ));
    let shown = |fill: &Fill| ["zero", "small", "other"].map(|name| fill.is_relevant(name));
    assert_eq!(shown(&fill), [false, false, true]);
    assert_eq!(fill.value("next"), "");
    fill.answer("a", "0");
    assert_eq!(shown(&fill), [true, true, true]);
    assert_eq!(fill.value("next"), "1");
    fill.answer("a", "");
    assert_eq!(shown(&fill), [false, false, true]);
}

#[test]
fn trap_02_nan_stored_is_an_empty_string() {
    let mut fill = Fill::new(table(
        "| | integer | a | A | | | | |
         | | calculate | twice | | | ${a} * 2 | | |
         | | note | none | N | ${twice} = '' | | | |",
    ));
    assert!(fill.is_relevant("none"));
    fill.answer("a", "4");
    assert!(!fill.is_relevant("none"));
}

#[test]
fn trap_03_false_stored_and_read_back_is_true_in_if() {
    let fill = Fill::new(table(
        "| | calculate | no | | | false() | | |
         | | calculate | word | | | if(${no}, 'true', 'false') | | |
         | | calculate | zero | | | 0 | | |
         | | calculate | digit | | | if(${zero}, 'true', 'false') | | |
         | | note | n | N | | | | |",
    ));
    assert_eq!(fill.value("no"), "false");
    assert_eq!(fill.value("word"), "true");
    assert_eq!(fill.value("digit"), "true");
}

#[test]
fn trap_04_a_date_compares_with_a_date_string_as_dates() {
    let mut fill = Fill::new(table(
        "| | date | d | D | | | . <= '2026-05-31' and . > date('1900-01-01') | |
         | | note | same | S | ${d} = '2026-05-30' | | | |",
    ));
    fill.answer("d", "2026-06-01");
    assert_eq!(fill.issue("d"), Some(IssueKind::Constraint));
    fill.answer("d", "2026-05-30");
    assert_eq!(fill.issue("d"), None);
    assert!(fill.is_relevant("same"));
}

#[test]
fn trap_05_decimal_date_time_of_a_date_is_midnight_in_the_records_zone() {
    let mut fill = Fill::new(table(
        "| | date | d | D | | | | |
         | | calculate | days | | | decimal-date-time(${d}) | | |",
    ));
    fill.answer("d", "1970-01-02");
    assert!(fill.value("days").starts_with("1.2083333"), "{}", fill.value("days"));
    let mut east = environment(Lookups::default());
    east.zone_minutes = 120;
    fill.reopen_as(&east);
    assert!(fill.value("days").starts_with("0.9166666"), "{}", fill.value("days"));
}

#[test]
fn trap_10_what_is_not_relevant_is_blank_left_out_of_node_sets_and_kept_in_storage() {
    let mut fill = Fill::new(table(
        "| | select_one sn | has | Has | | | | |
         | | begin_repeat | r | R | | | | |
         | | integer | x | X | ${has} = 'si' | | | |
         | | end_repeat | | | | | | |
         | | calculate | total | | | sum(${x}) | | |
         | | calculate | n | | | count(${x}) | | |
         | choices | | | |
         | | list_name | name | label |
         | | sn | si | Sí |
         | | sn | no | No |",
    ));
    fill.answer("has", "si");
    let row = fill.add_row("r");
    fill.answer(&format!("{row}/x"), "5");
    assert_eq!((fill.value("total"), fill.value("n")), ("5".to_owned(), "1".to_owned()));
    let change = fill.answer("has", "no");
    assert_eq!((fill.value("total"), fill.value("n")), ("0".to_owned(), "0".to_owned()));
    assert_eq!(change.writes.len(), 1, "only the answer itself is stored: {:?}", change.writes);
    assert_eq!(fill.stored(&format!("r/{row}/x")), Some(&Scalar::Int(5)));
    assert!(!fill.session.summary().iter().any(|section| section.lines.iter().any(|line| line.path.name() == "x")));
    fill.reopen();
    fill.answer("has", "si");
    assert_eq!(fill.value("total"), "5");
}

#[test]
fn trap_11_a_choice_filtered_away_hides_the_answer_and_restores_it() {
    let mut fill = Fill::new(table(
        "| | select_one region | region | R | | | | |
         | | select_one town | town | T | | | | region = ${region} |
         | | select_multiple town | towns | T | | | | region = ${region} |
         | | note | n | ${town} ${towns} | | | | |
         | choices | | | | |
         | | list_name | name | label | region |
         | | region | 05 | Ayacucho | |
         | | region | 09 | Huancavelica | |
         | | town | hua | Huamanga | 05 |
         | | town | can | Cangallo | 05 |
         | | town | lir | Lircay | 09 |",
    ));
    assert_eq!(fill.choices("town"), Vec::<String>::new());
    fill.answer("region", "05");
    assert_eq!(fill.choices("town"), ["hua", "can"]);
    fill.answer("town", "can");
    fill.answer("towns", "can hua");
    assert_eq!(fill.label("n"), "can hua can");
    let change = fill.answer("region", "09");
    assert!(change.nodes.iter().any(|node| node.path().name() == "town"));
    assert_eq!(fill.question("town").value, None);
    assert_eq!(fill.label("n"), " ");
    assert_eq!(fill.issue("town"), None, "hidden is not wrong");
    assert_eq!(fill.stored("q/town"), Some(&Scalar::text("can")));
    fill.answer("region", "05");
    assert_eq!(fill.question("town").value, Some(Answer::Choice("can".to_owned())));
    assert_eq!(fill.label("n"), "can hua can");
}

#[test]
fn trap_12_a_lowered_repeat_count_keeps_the_rows_hidden() {
    let mut fill = Fill::new(form(
        "| survey | | | | | |
         | | type | name | label | repeat_count | calculation |
         | | integer | n | N | | |
         | | begin_repeat | r | R | ${n} | |
         | | text | x | X | | |
         | | end_repeat | | | | |
         | | calculate | all | | | join(',', ${x}) |",
    ));
    fill.answer("n", "3");
    let rows = fill.rows("r");
    assert_eq!(rows.len(), 3);
    for (row, text) in rows.iter().zip(["a", "b", "c"]) {
        fill.answer(&format!("{row}/x"), text);
    }
    assert_eq!(fill.value("all"), "a,b,c");
    let change = fill.answer("n", "1");
    assert_eq!(change.writes.len(), 1);
    assert_eq!(fill.rows("r"), rows[..1]);
    assert_eq!(fill.value("all"), "a");
    fill.reopen();
    assert_eq!(fill.rows("r"), rows[..1]);
    fill.answer("n", "2");
    assert_eq!(fill.value("all"), "a,b");
    fill.answer("n", "3");
    assert_eq!(fill.value("all"), "a,b,c");
    assert_eq!(
        fill.session.add_row(&path("r"), RowId::from_bytes([9; 8])),
        Err(SessionError::CountedRepeat(path("r")))
    );
}

#[test]
fn trap_13_from_inside_its_repeat_a_question_is_the_same_rows_from_outside_all_rows() {
    let mut fill = Fill::new(table(
        "| | begin_repeat | r | R | | | | |
         | | integer | x | X | | | | |
         | | calculate | twice | | | ${x} * 2 | | |
         | | calculate | among | | | count(${r}) | | |
         | | begin_repeat | inner | I | | | | |
         | | integer | y | Y | | | | |
         | | calculate | product | | | ${x} * ${y} | | |
         | | end_repeat | | | | | | |
         | | calculate | ys | | | sum(${y}) | | |
         | | end_repeat | | | | | | |
         | | calculate | xs | | | sum(${twice}) | | |
         | | calculate | products | | | sum(${product}) | | |",
    ));
    let (one, two) = (fill.add_row("r"), fill.add_row("r"));
    fill.answer(&format!("{one}/x"), "1");
    fill.answer(&format!("{two}/x"), "10");
    assert_eq!(fill.value("xs"), "22");
    assert_eq!(fill.value(&format!("{one}/among")), "2");
    let (a, b) = (fill.add_row(&format!("{two}/inner")), fill.add_row(&format!("{two}/inner")));
    fill.answer(&format!("{a}/y"), "3");
    fill.answer(&format!("{b}/y"), "4");
    assert_eq!(fill.value(&format!("{a}/product")), "30");
    assert_eq!(fill.value(&format!("{two}/ys")), "7");
    assert_eq!(fill.value(&format!("{one}/ys")), "0");
    assert_eq!(fill.value("products"), "70");
    fill.remove_row(&a);
    assert_eq!(fill.value("products"), "40");
    fill.restore_row(&a);
    assert_eq!(fill.value("products"), "70");
}

#[test]
fn trap_13_several_nodes_in_a_scalar_place_are_an_error() {
    let mut fill = Fill::new(table(
        "| | begin_repeat | r | R | | | | |
         | | integer | x | X | | | | |
         | | end_repeat | | | | | | |
         | | integer | y | Y | | | . > ${x} + 0 | |",
    ));
    let one = fill.add_row("r");
    fill.answer(&format!("{one}/x"), "1");
    fill.answer("y", "2");
    assert_eq!(fill.issue("y"), None, "one row is one value");
    let two = fill.add_row("r");
    fill.answer(&format!("{two}/x"), "1");
    assert_eq!(fill.issue("y"), Some(IssueKind::Calculation));
    let (node, row) = fill.session.locate(&path("y")).unwrap();
    let constraint = fill.session.form.node(node).constraint.unwrap();
    let error = fill.session.around().truth(constraint, row).unwrap_err().to_string();
    assert!(error.contains("`r[1]/x` and `r[2]/x`"), "{error}");
}

#[test]
fn trap_14_a_constraint_runs_only_on_an_answer() {
    let mut fill = Fill::new(table("| | text | a | A | | | string-length(.) = 8 | |"));
    fill.answer("a", "123");
    assert_eq!(fill.issue("a"), Some(IssueKind::Constraint));
    fill.answer("a", "");
    assert_eq!(fill.issue("a"), None);
    fill.answer("a", "12345678");
    assert_eq!(fill.issue("a"), None);
}

#[test]
fn trap_14_a_dot_is_legal_in_a_constraint_only() {
    let problems = |rows: &str| {
        let text = format!("| survey |\n| | type | name | label | relevant | calculation | constraint |\n{rows}");
        let errors = read_markdown(&text).unwrap_err().0;
        errors.into_iter().find(|problem| problem.severity == crate::Severity::Error).unwrap().to_string()
    };
    let refused = "`.` stands for the answer itself and is allowed only in a constraint; name the question that is meant, as \
                   `${name}`";
    assert_eq!(problems("| | text | a | A | . = 'x' | | |"), format!("survey, row 2, column D (relevant): {refused}"));
    assert_eq!(
        problems("| | calculate | a | A | | . + 1 | |"),
        format!("survey, row 2, column E (calculation): {refused}")
    );
}

#[test]
fn trap_14_positions_count_from_one() {
    let mut fill = Fill::new(table(
        "| | begin_repeat | r | R | | | | |
         | | calculate | at | | | position(..) | | |
         | | note | n | ${at} | | | | |
         | | end_repeat | | | | | | |",
    ));
    let rows = [fill.add_row("r"), fill.add_row("r"), fill.add_row("r")];
    let positions =
        |fill: &Fill, rows: &[String]| rows.iter().map(|row| fill.label(&format!("{row}/n"))).collect::<String>();
    assert_eq!(positions(&fill, &rows), "123");
    let change = fill.remove_row(&rows[0]);
    assert_eq!(positions(&fill, &rows[1..]), "12");
    let shown: Vec<String> = change.nodes.iter().map(|node| node.path().name().to_owned()).collect();
    assert_eq!(shown, ["r", "n", "n"]);
}

#[test]
fn trap_15_one_shots_are_frozen_and_calculations_are_not() {
    let mut fill = Fill::new(form(
        "| survey | | | | | |
         | | type | name | label | calculation | default |
         | | start | start | | | |
         | | today | today | | | |
         | | calculate | id | | once(concat('F-', uuid())) | |
         | | calculate | opened | | now() | |
         | | calculate | luck | | random() | |
         | | calculate | day | | today() | |
         | | text | place | Place | | Ayacucho |
         | | date | due | Due | | today() |",
    ));
    let names = ["start", "today", "id", "opened", "luck", "place", "due"];
    let before = names.map(|name| fill.value(name));
    assert_eq!(before[0], "2026-05-31T09:30:00.000-05:00");
    assert_eq!(before[1], "2026-05-31");
    assert!(before[2].starts_with("F-") && before[2].len() == 38);
    assert_eq!(before[5], "Ayacucho");
    assert_eq!(before[6], "2026-05-31");
    assert_eq!(fill.stored("q/start"), Some(&Scalar::Time(now())));
    assert_eq!(fill.stored("q/day"), None, "a calculation is never stored");
    let mut later = environment(Lookups::default());
    later.now = now().plus_millis(3 * 86_400_000);
    later.seed = [9; 32];
    fill.reopen_as(&later);
    assert_eq!(names.map(|name| fill.value(name)), before);
    assert_eq!(fill.value("day"), "2026-06-03");
    // A default taken back does not come back.
    fill.answer("place", "");
    fill.reopen_as(&later);
    assert_eq!(fill.value("place"), "");
}

#[test]
fn trap_15_a_counted_row_whose_default_came_to_nothing_is_not_new_again() {
    let mut fill = Fill::new(form(
        "| survey |
         | | type | name | label | default | repeat_count |
         | | text | t | T | | |
         | | begin_repeat | r | R | | 1 |
         | | text | a | A | ${t} | |
         | | end_repeat | | | | |
         | settings |
         | | form_id |
         | | f |",
    ));
    fill.answer("t", "later");
    fill.reopen();
    let row = fill.rows("r").remove(0);
    assert_eq!(fill.value(&format!("{row}/a")), "");
}
