//! Columns that stand beside each other.

use crate::reading::{Options, Strictness};
use crate::source::{DefinedNode, FormSource};
use crate::workbook::markdown;
use crate::{Cause, FormErrors, Reading, read_markdown, write_xform};

fn strictly(table: &str) -> Result<Reading, FormErrors> {
    let options = Options { strictness: Strictness::Strict, form_id: Some("f".to_owned()), ..Options::default() };
    crate::reading::read(&markdown::read(table, &options.limits)?, &options)
}

fn node<'a>(source: &'a FormSource, name: &str) -> &'a DefinedNode {
    source.definition().nodes.iter().find(|node| node.name == name).unwrap()
}

#[test]
fn a_column_code_beside_the_names_of_choices_is_the_authors_own() {
    let table = "
        | survey  |              |      |       |                   |
        |         | type         | name | label | choice_filter     |
        |         | select_one l | a    | A     | code = 'q'        |
        | choices |              |      |       |                   |
        |         | list_name    | name | label | code              |
        |         | l            | x    | X     | q                 |
        ";
    for reading in [read_markdown(table).unwrap(), strictly(table).unwrap()] {
        let choice = &reading.source.definition().lists[0].choices[0];
        assert_eq!((choice.code.as_str(), choice.extra.get("code").map(String::as_str)), ("x", Some("q")));
        assert!(!reading.warnings.iter().any(|problem| matches!(problem.cause, Cause::DuplicateColumn { .. })));
    }
    // Where nothing else names the choices, it does.
    let alone = table.replace("| name | label | code              |", "| code | label | group             |");
    let source = read_markdown(&alone.replace("code = 'q'", "group = 'q'")).unwrap().source;
    assert_eq!(source.definition().lists[0].choices[0].code, "x");
}

#[test]
fn a_text_without_a_language_stands_where_the_default_language_has_none() {
    let table = "
        | survey   |                  |      |       |           |           |          |
        |          | type             | name | label | label::fr | hint      | hint::fr |
        |          | integer          | a    | Hello |           | Only here |          |
        |          | integer          | b    | Hello | Bonjour   |           |          |
        |          | begin_group      | g    | Group |           |           |          |
        |          | text             | c    | C     |           |           |          |
        |          | end_group        |      |       |           |           |          |
        | settings |                  |      |       |           |           |          |
        |          | default_language |      |       |           |           |          |
        |          | fr               |      |       |           |           |          |
        ";
    for source in [read_markdown(table).unwrap().source, strictly(table).unwrap().source] {
        assert_eq!(node(&source, "a").label.get(&0).map(String::as_str), Some("Hello"));
        assert_eq!(node(&source, "a").hint.get(&0).map(String::as_str), Some("Only here"));
        assert_eq!(node(&source, "b").label.get(&0).map(String::as_str), Some("Bonjour"));
        assert_eq!(node(&source, "g").label.get(&0).map(String::as_str), Some("Group"));
    }
}

#[test]
fn a_truth_is_written_as_a_word_in_any_expression() {
    let source = read_markdown(
        "
        | survey |              |      |       |          |             |
        |        | type         | name | label | relevant | calculation |
        |        | text         | a    | A     | TRUE     |             |
        |        | text         | b    | B     | No       |             |
        |        | calculate    | c    |       |          | yes         |
        |        | text         | d    | D     | ${c}     |             |
        ",
    )
    .unwrap()
    .source;
    let xform = write_xform(&source);
    for bind in [
        "/data/a\" type=\"string\" relevant=\"true()\"",
        "/data/b\" type=\"string\" relevant=\"false()\"",
        "calculate=\"true()\"",
    ] {
        assert!(xform.contains(bind), "{bind}: {xform}");
    }
}

#[test]
fn only_a_repeat_has_a_count_and_only_a_question_a_default() {
    let reading = read_markdown(
        "
        | survey |             |      |       |              |         |
        |        | type        | name | label | repeat_count | default |
        |        | text        | a    | A     | 3            |         |
        |        | begin_group | g    | G     |              | yes     |
        |        | text        | b    | B     |              |         |
        |        | end_group   |      |       |              |         |
        ",
    )
    .unwrap();
    let told = reading.warnings.iter().filter(|problem| matches!(problem.cause, Cause::BadValue { .. }));
    assert_eq!(told.map(|problem| problem.row).collect::<Vec<_>>(), [Some(2), Some(3)]);
    let xform = write_xform(&reading.source);
    assert!(!xform.contains("a_count") && !xform.contains("yes"), "{xform}");
}

#[test]
fn what_only_this_program_reads_gives_way_to_the_usual_column() {
    let table = "
        | survey |         |      |       |           |            |
        |        | type    | name | label | text      | bind::type |
        |        | integer | a    | A     | my notes  | string     |
        ";
    for reading in [read_markdown(table).unwrap(), strictly(table).unwrap()] {
        assert_eq!(node(&reading.source, "a").label.get(&0).map(String::as_str), Some("A"));
        assert!(matches!(&reading.warnings.iter().find(|problem| problem.column.is_some()).unwrap().cause,
            Cause::UnknownColumn { column, .. } if column == "text"));
        assert!(write_xform(&reading.source).contains("nodeset=\"/data/a\" type=\"string\""));
    }
}

#[test]
fn tables_and_the_last_record_are_declared_wherever_they_are_read() {
    let xform = write_xform(
        &read_markdown(
            "
            | survey   |                                        |      |       |                                       |
            |          | type                                   | name | label | repeat_count                          |
            |          | text                                   | q    | Q     |                                       |
            |          | begin_repeat                           | r    | R     | pulldata('rows', 'n', 'id', ${q})     |
            |          | text                                   | a    | A     |                                       |
            |          | end_repeat                             |      |       |                                       |
            | settings |                                        |      |       |                                       |
            |          | instance_name                          |      |       |                                       |
            |          | concat(${last-saved#q}, pulldata('names', 'n', 'id', ${q})) | | |                               |
            ",
        )
        .unwrap()
        .source,
    );
    for instance in ["jr://file-csv/rows.csv", "jr://file-csv/names.csv", "jr://instance/last-saved"] {
        assert!(xform.contains(instance), "{instance}: {xform}");
    }
}

#[test]
fn the_reference_refuses_other_where_no_list_can_take_it() {
    for (kind, filter) in [
        ("select_one ${q} or_other", ""),
        ("select_one_external e or_other", "a = ${q}"),
        ("select_one_external e", ""),
    ] {
        let table = format!(
            "
            | survey           |              |      |       |               |
            |                  | type         | name | label | choice_filter |
            |                  | begin_repeat | r    | R     |               |
            |                  | text         | q    | Q     |               |
            |                  | end_repeat   |      |       |               |
            |                  | {kind}       | a    | A     | {filter}      |
            | external_choices |              |      |       |               |
            |                  | list_name    | name | a     |               |
            |                  | e            | x    | y     |               |
            "
        );
        assert!(strictly(&table).is_err(), "{kind}");
    }
}

#[test]
fn the_question_about_another_choice_is_the_same_in_every_language() {
    let source = read_markdown(
        "
        | survey  |                       |      |           |           |
        |         | type                  | name | label::en | label::fr |
        |         | select_one l or_other | a    | Hello     | Bonjour   |
        | choices |                       |      |           |           |
        |         | list_name             | name | label::en | label::fr |
        |         | l                     | x    | X         | X         |
        ",
    )
    .unwrap()
    .source;
    let xform = write_xform(&source);
    assert!(xform.contains("<label>Specify other.</label>"), "{xform}");
    assert_eq!(xform.matches(">-<").count(), 0, "{xform}");
}
