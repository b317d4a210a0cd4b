use expect_test::{Expect, expect};

use super::*;

mod arbitrary;
mod columns;
mod foreign;
mod reference;
mod strict;

/// What reading the table finds wrong, one problem a line.
#[track_caller]
fn check(table: &str, expect: Expect) {
    let problems = match read_markdown(table) {
        Ok(reading) => reading.warnings,
        Err(FormErrors(problems)) => problems,
    };
    let lines: Vec<String> = problems.iter().map(|problem| format!("{:?}: {problem}\n", problem.severity)).collect();
    expect.assert_eq(&lines.concat());
}

const SETTINGS: &str = "\n| settings | |\n| | form_id |\n| | f |\n";

#[test]
fn a_missing_sheet() {
    check(
        "| survy | |\n| | type |\n",
        expect![[r#"
            Error: a sheet `survey` is missing; is `survy` it? Rename it, or put `_` before a name that means nothing
        "#]],
    );
}

#[test]
fn missing_columns() {
    check(
        &format!("| survey | | |\n| | kind | label |\n| | text | A |{SETTINGS}"),
        expect![[r#"
            Error: survey: the sheet has no column `type`; add it to the first row
            Error: survey: the sheet has no column `name`; add it to the first row
            Warning: survey, row 1, column A (kind): the column `kind` is not known and was left out
        "#]],
    );
}

#[test]
fn an_unknown_type_and_the_nearest() {
    check(
        &format!("| survey | | | |\n| | type | name | label |\n| | integr | a | A |\n| | blob | b | B |{SETTINGS}"),
        expect![[r#"
            Error: survey, row 2, column A (type): `integr` is not a type of question; did you mean `integer`?
            Error: survey, row 3, column A (type): `blob` is not a type of question; write one that XLSForm has, such as `text`
        "#]],
    );
}

#[test]
fn groups_that_do_not_close() {
    check(
        &format!(
            "| survey | | | |
             | | type | name | label |
             | | begin_group | g | G |
             | | begin_repeat | r | R |
             | | text | a | A |{SETTINGS}"
        ),
        expect![[r#"
            Error: survey, row 2, column A (type): `begin_group g` is never closed; add `end_group` after its last question
            Error: survey, row 3, column A (type): `begin_repeat r` is never closed; add `end_repeat` after its last question
        "#]],
    );
}

#[test]
fn ends_that_close_nothing() {
    check(
        &format!(
            "| survey | | | |
             | | type | name | label |
             | | begin_group | g | G |
             | | text | a | A |
             | | end_repeat | | |
             | | end_group | | |{SETTINGS}"
        ),
        expect![[r#"
            Error: survey, row 4, column A (type): `end_repeat` closes nothing that is open here (open is `begin_group g`); remove it, or add `begin_repeat` above
            Error: survey, row 5, column A (type): `end_group` closes nothing that is open here; remove it, or add `begin_group` above
        "#]],
    );
}

#[test]
fn names() {
    check(
        &format!(
            "| survey | | | |
             | | type | name | label |
             | | text | a | A |
             | | text | a | A |
             | | text | b c | A |
             | | text | | A |
             | | | d | D |{SETTINGS}"
        ),
        expect![[r#"
            Error: survey, row 3, column B (name): the name `a` is already used in row 2; give one of them another name
            Error: survey, row 4, column B (name): `b c` cannot be a name: use letters, digits, `_`, `-` and `.`, and begin with a letter or `_`
            Error: survey, row 5, column B (name): the row has no name; every question needs one, without spaces
            Error: survey, row 6, column A (type): the row has no type; write one, such as `text`, or clear the row
        "#]],
    );
}

#[test]
fn lists() {
    check(
        &format!(
            "| survey | | | |
             | | type | name | label |
             | | select_one yes_mo | a | A |
             | | select_one | b | B |
             | choices | | |
             | | list_name | name | label |
             | | yes_no | yes | Yes |
             | | yes_no | yes | Again |
             | | yes_no | | No |{SETTINGS}"
        ),
        expect![[r#"
            Warning: choices, row 3, column B (name): the list `yes_no` has the choice `yes` twice; the second is left out
            Error: choices, row 4, column B (name): the choice has no name; write it, or clear the row
            Error: survey, row 2, column A (type): there is no list `yes_mo` in the sheet `choices`; did you mean `yes_no`?
            Error: survey, row 3, column A (type): the type needs the name of a list, such as `select_one yes_no`
        "#]],
    );
}

#[test]
fn a_select_without_the_sheet_of_choices() {
    check(
        &format!("| survey | | | |\n| | type | name | label |\n| | select_one sn | a | A |{SETTINGS}"),
        expect![[r#"
            Error: survey, row 2, column A (type): the workbook has no sheet `choices` with lists of choices; add it, or rename the sheet that holds them
        "#]],
    );
}

#[test]
fn an_empty_form() {
    check(
        &format!("| survey | | | |\n| | type | name | label |{SETTINGS}"),
        expect![[r#"
            Warning: survey: the sheet asks no question; add rows below the first
        "#]],
    );
}

#[test]
fn cells_of_the_wrong_kind() {
    check(
        &format!(
            "| survey | | | | | |
             | | type | name | label | parameters | bind::chaski:scale |
             | | image | a | A | max-pixels=600 tall | |
             | | decimal | b | B | | ten |
             | | text | c | C | | 2 |
             | | calculate | d | | | |{SETTINGS}"
        ),
        expect![[r#"
            Warning: survey, row 2, column D (parameters): `tall` is no parameter: write `name=value` with spaces between them, such as `start=0 end=10`
            Error: survey, row 3, column E (bind::chaski:scale): `ten` does not belong in this column; write for a decimal, a number of digits from 0 to 9
            Error: survey, row 4, column E (bind::chaski:scale): `2` does not belong in this column; write for a decimal, a number of digits from 0 to 9
            Error: survey, row 5: a calculation needs an expression in the column `calculation`
        "#]],
    );
}

#[test]
fn what_is_only_doubtful_does_not_refuse_the_form() {
    check(
        "| survey | | | | |
         | | type | name | label | colour |
         | | text | a | | red |
         | | osm | b | B | |",
        expect![[r#"
            Warning: the form has no id and takes the name of its file; write one in the sheet `settings`, in the column `form_id`, so that it stays the same
            Warning: survey, row 1, column D (colour): the column `colour` is not known and was left out
            Warning: survey, row 2, column C (label): there is no text in any language to show; write one, such as a `label`
            Warning: survey, row 3, column A (type): the type `osm` is kept, but this version cannot ask it
        "#]],
    );
}

#[test]
fn csv_sheets_are_read_as_a_workbook_is() {
    let sheets: [(&str, &[u8]); 2] = [
        ("survey", b"\xef\xbb\xbftype,name,label\ntext,a,\"A, or B\"\n"),
        ("settings", b"form_id,form_title\nf,A form\n"),
    ];
    let reading = read_csv(&sheets, &Options::default()).unwrap();
    assert_eq!(reading.warnings, []);
    assert_eq!(reading.source.title(), "A form");
    assert_eq!(reading.source.form_id().as_str(), "f");
}

#[test]
fn what_is_wrong_in_expressions_is_told_with_what_is_wrong_in_rows() {
    check(
        &format!(
            "| survey |
             | | type | name | label | relevant | calculation |
             | | intger | a | A | | |
             | | text | b | B | ${{a}} > | |
             | | text | c | C | ${{a}} > 1 and ${{bb}} = 'x' | |
             | | text | d | D | . = 1 | |{SETTINGS}"
        ),
        expect![[r#"
            Error: survey, row 2, column A (type): `intger` is not a type of question; did you mean `integer`?
            Error: survey, row 3, column D (relevant): the expression cannot be read at character 7: found the end where a value should be
            Error: survey, row 4, column D (relevant): there is no question `bb`; did you mean `b`?
            Error: survey, row 5, column D (relevant): `.` stands for the answer itself and is allowed only in a constraint; name the question that is meant, as `${name}`
        "#]],
    );
}

#[test]
fn an_end_that_is_missing_is_that_of_what_stands_open() {
    check(
        &format!(
            "| survey |
             | | type | name | label |
             | | begin_group | g | G |
             | | begin_repeat | r | R |
             | | text | a | A |
             | | end_group | | |
             | | text | b | B |{SETTINGS}"
        ),
        expect![[r#"
            Error: survey, row 3, column A (type): `begin_repeat r` is never closed; add `end_repeat` after its last question
        "#]],
    );
}

#[test]
fn a_language_written_in_two_ways_is_asked_about() {
    check(
        &format!(
            "| survey |
             | | type | name | label::Español (es) | label::English (en) | hint::Espanol (es) |
             | | select_one l | a | A | A | B |
             | choices |
             | | list_name | name | label::Español | label::English (en) |
             | | l | x | X | X |{SETTINGS}"
        ),
        expect![[r#"
            Warning: survey, row 1, column E (hint::Espanol (es)): `Espanol (es)` is another language than `Español (es)`; if they are one, write it in the same way in every column
            Warning: choices, row 1, column C (label::Español): `Español` is another language than `Español (es)`; if they are one, write it in the same way in every column
        "#]],
    );
}
