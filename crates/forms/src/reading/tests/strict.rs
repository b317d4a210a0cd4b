//! What strict reading refuses and the default only tells, and what larger parts of XLSForm become.

use super::*;
use crate::source::DefinedNode;

fn read_as(table: &str, strictness: Strictness) -> Result<Reading, FormErrors> {
    let options = Options { strictness, form_id: Some("f".to_owned()), ..Options::default() };
    read_form(table.as_bytes(), &options)
}

/// Reads leniently with a warning and strictly not at all, for the same reason.
#[track_caller]
fn refused(table: &str, reason: &str) {
    let tells = |problems: &[Problem]| problems.iter().any(|problem| problem.to_string().contains(reason));
    let lenient = read_as(table, Strictness::Lenient).unwrap_or_else(|error| panic!("{error}"));
    assert!(tells(&lenient.warnings), "{:?}", lenient.warnings);
    let FormErrors(problems) = read_as(table, Strictness::Strict).expect_err("strict reading accepts it");
    assert!(tells(&problems), "{problems:?}");
}

fn nodes(table: &str) -> Vec<DefinedNode> {
    let reading = read_as(table, Strictness::Strict).unwrap_or_else(|FormErrors(problems)| panic!("{problems:?}"));
    reading.source.definition().nodes.clone()
}

#[test]
fn small_faults_refuse_a_form_only_where_reading_is_strict() {
    let survey = |rows: &str| format!("| survey |\n| | type | name | label | parameters | appearance |\n{rows}");
    refused(&survey("| | text | a | | | |"), "there is no text");
    refused(&survey("| | range | a | A | step=0 | |"), "`0` cannot be the parameter `step`");
    refused(&survey("| | range | a | A | stop=3 | |"), "the parameter `stop` is not one of this type's");
    refused(&survey("| | text | a | A | rows | |"), "`rows` is no parameter");
    refused(&survey("| | audit | log | | | |"), "`log` does not belong in this column");
    refused(&survey("| | text | meta | A | | |"), "`meta` is the name of something");
    refused(&survey("| | geotrace | a | A | reference-geometry=nowhere | |"), "`nowhere` cannot be the parameter");
    refused(&survey("| | Text | a | A | | |"), "a type as XLSForm spells it");
    refused(
        &survey("| | text | a | A | | |\n| | Begin Group | g | G | | |\n| | end group | | | | |"),
        "a type as XLSForm spells it",
    );
}

#[test]
fn duplicate_choices_are_left_out_or_refused() {
    refused(
        "| survey |\n| | type | name | label |\n| | select_one l | a | A |\n\
         | choices |\n| | list_name | name | label |\n| | l | x | X |\n| | l | x | Y |",
        "row 3, column B (name): the list `l` has the choice `x` twice",
    );
}

#[test]
fn a_language_that_lacks_a_column_is_told() {
    let table = "| survey |\n| | type | name | label::A | label::B | hint::A |\n| | text | a | x | y | z |";
    let warnings = read_as(table, Strictness::Strict).unwrap().warnings;
    let told =
        warnings.iter().any(|problem| problem.to_string().contains("`B` lacks its `hint`; add a column `hint::B`"));
    assert!(told, "{warnings:?}");
}

#[test]
fn a_column_without_a_language_is_told_from_one_that_names_the_default() {
    let table = "| settings |\n| | default_language |\n| | A |\n| survey |\n\
                 | | type | name | label::A | hint | constraint | constraint_message |\n| | text | a | x | y | . != '' | z |";
    let reading = read_as(table, Strictness::Strict).unwrap();
    assert!(reading.warnings.iter().any(|problem| problem.to_string().contains("`A` lacks its `hint`")));
    let xml = crate::write_xform(&reading.source);
    assert!(xml.contains(r#"<label ref="jr:itext('/data/a:label')"/>"#), "{xml}");
    assert!(xml.contains("<hint>y</hint>") && xml.contains(r#"jr:constraintMsg="z""#), "{xml}");
    assert!(xml.contains(r#"<translation lang="A" default="true()">"#), "{xml}");
    let again = crate::FormSource::from_bytes(reading.source.as_bytes()).unwrap();
    assert_eq!(again, reading.source);
}

#[test]
fn a_setting_that_changes_nothing_is_told() {
    let table = "| settings |\n| | flat |\n| | yes |\n| survey |\n| | type | name | label |\n| | text | a | A |";
    let warnings = read_as(table, Strictness::Lenient).unwrap().warnings;
    assert!(warnings.iter().any(|problem| problem.to_string().contains("the setting `flat` changes nothing")));
    let without = read_as(&table.replace("yes", "no"), Strictness::Lenient).unwrap().warnings;
    assert_eq!(without.len() + 1, warnings.len());
}

#[test]
fn a_loop_asks_for_each_choice() {
    let nodes = nodes(
        "| survey |\n| | type | name | label |\n| | begin_loop over towns | of | Of |\n\
         | | integer | houses | Houses in %(label)s |\n| | end_loop | | |\n\
         | choices |\n| | list_name | name | label |\n| | towns | a | Anco |\n| | towns | b | Chungui |",
    );
    let names: Vec<(&str, Option<u32>)> = nodes.iter().map(|node| (node.name.as_str(), node.parent)).collect();
    assert_eq!(names, [("of", None), ("a", Some(0)), ("houses", Some(1)), ("b", Some(0)), ("houses", Some(3))]);
    assert_eq!(nodes[4].label[&0], "Houses in Chungui");
}

#[test]
fn entities_belong_to_the_innermost_repeat_of_their_properties() {
    let table = "| survey |\n| | type | name | label | save_to |\n| | begin_repeat | tree | Tree | |\n\
         | | text | species | Species | species |\n| | end_repeat | | | |\n\
         | entities |\n| | list_name | label |\n| | trees | ${species} |";
    let reading = read_as(table, Strictness::Strict).unwrap();
    let entities = &reading.source.definition().entities;
    assert_eq!((entities[0].list.as_str(), entities[0].container), ("trees", Some(0)));
    refused(&table.replace("| species |\n", "| name |\n"), "`name` and `label` are taken");
}

#[test]
fn an_external_choice_is_chosen_from_its_own_sheet() {
    let table = "| survey |\n| | type | name | label | choice_filter |\n| | text | a | A | |\n\
         | | select_one_external town | b | B | region = ${a} |\n\
         | external_choices |\n| | list_name | name | label | region |\n| | town | x | X | n |";
    assert!(matches!(&nodes(table)[1].choices, Some(crate::source::DefinedChoices::External(list)) if list == "town"));
    let FormErrors(problems) = read_as(&table.replace("external_choices", "extern_choices"), Strictness::Lenient)
        .expect_err("there is no such sheet");
    let is_told = |problem: &Problem| problem.to_string().contains("`external_choices` is missing");
    assert!(problems.iter().any(is_told), "{problems:?}");
}

#[test]
fn a_form_of_nothing_but_faults_is_told_of_enough_of_them() {
    let rows: String =
        (0..3_000).map(|row| format!("| | text | question{row} | L | ${{quastion{row}}} = 1 |\n")).collect();
    let table = format!("| survey |\n| | type | name | label | relevant |\n{rows}");
    for strictness in [Strictness::Lenient, Strictness::Strict] {
        let FormErrors(problems) = read_as(&table, strictness).expect_err("it names no question that there is");
        assert!((500..600).contains(&problems.len()), "{}", problems.len());
    }
}
