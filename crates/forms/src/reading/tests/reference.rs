//! What the reference converter reads in a way of its own, which strict reading follows.

use super::*;

fn strictly(table: &str) -> Result<Reading, FormErrors> {
    let options = Options { strictness: Strictness::Strict, form_id: Some("f".to_owned()), ..Options::default() };
    read_form(table.as_bytes(), &options)
}

fn leniently(table: &str) -> Reading {
    read_form(table.as_bytes(), &Options::default()).unwrap_or_else(|FormErrors(problems)| panic!("{problems:?}"))
}

#[track_caller]
fn written(table: &str) -> String {
    let reading = strictly(table).unwrap_or_else(|FormErrors(problems)| panic!("{problems:?}"));
    crate::write_xform(&reading.source)
}

/// The default takes it; strict reading does not, and says why.
#[track_caller]
fn only_leniently(table: &str, reason: &str) {
    leniently(table);
    let FormErrors(problems) = strictly(table).expect_err("strict reading accepts it");
    assert!(problems.iter().any(|problem| problem.to_string().contains(reason)), "{problems:?}");
}

const CHOICES: &str = "| choices |\n| | list_name | name | label |\n| | l | x | X |\n| | l | y | |";

#[test]
fn what_the_reference_refuses_strict_reading_refuses() {
    let question = "| survey |\n| | type | name | label |\n| | text | a | A |\n";
    only_leniently("| survey |\n| | type | name | label |\n| | select_one_from_file l.CSV | a | A |", "ends in .csv");
    only_leniently("| survey |\n| | type | name::x | label |\n| | text | a | A |", "`name::x` is not known");
    only_leniently(
        "| survey |\n| | type | name | media::Image |\n| | text | a | a.png |",
        "`media::Image` is not known",
    );
    only_leniently(&format!("{question}| | CSV-External | b | |"), "as XLSForm spells it");
    only_leniently(&format!("{question}| | xml-external | meta | |"), "`meta` is the name of something");
    only_leniently(&format!("{question}| settings |\n| | type |\n| | letter |"), "a form is a survey");
    only_leniently(
        &format!("{question}| settings |\n| | form_title | Form Title |\n| | A | B |"),
        "`Form Title` is there twice",
    );
    only_leniently(
        &format!("{question}| entities |\n| | list_name | List_Name | label |\n| | e | | ${{a}} |"),
        "`List_Name` is there twice",
    );
    only_leniently(
        &format!("| survey |\n| | type | name | label | bind::type |\n| | select_one l | a | A | int |\n{CHOICES}"),
        "a choice is kept as text",
    );
    only_leniently(
        &format!(
            "| survey |\n| | type | name | label | parameters |\n| | geopoint | a | A | reference-geometry=L |\n{}",
            CHOICES.replace("| l |", "| L |")
        ),
        "`l` cannot be the parameter",
    );
    only_leniently(
        "| survey |\n| | type | name | label | calculation | trigger |\n| | text | t | T | | |\n\
         | | text | a | A | now() | ${t} |\n| | begin group | g | G | | |\n| | text | a | A | | |\n| | end group | | | | |",
        "`${a}` is more than one question",
    );
    // Where a header has `::`, a lone `:` parts no other.
    only_leniently("| survey |\n| | type | name | label:A | hint::B |\n| | text | a | A | |", "there is no text");
}

#[test]
fn what_the_reference_accepts_strict_reading_accepts() {
    let accepted = [
        "| survey |\n| | type | name | label |",
        "| survey |\n| | type | label |\n| | note | Read this. |",
        "| survey |\n| | type | name | label |\n| | begin group of | g | G |\n| | text | a | A |\n| | end group | | |",
        "| survey |\n| | type | name | label |\n| | phone number | a | |",
        "| survey |\n| | type | name | label |\n| | q dateTime | a | A |",
        "| survey |\n| | type | name | label |\n| | osm tags | a | A |",
        "| survey |\n| | type | name | label | trigger | calculation |\n| | text | a | A | | |\n| | text | b | B | ${a}, | 1 |",
        "| survey |\n| | type | name | label | big-image |\n| | begin group | g | G | b.png |\n| | text | a | A | |\n\
         | | end group | | | |",
        "| survey |\n| | type | name | label | choice_filter |\n| | select_one_external l | a | A | x = 1 |\n\
         | external_choices |\n| | list_name | name | label |\n| | l | | X |",
        "| survey |\n| | type | name | label |\n| | text | a | A |\n\
         | entities |\n| | list_name | label | dataset |\n| | | ${a} | e |",
    ];
    for table in accepted {
        let reading = strictly(table).unwrap_or_else(|FormErrors(problems)| panic!("{table}: {problems:?}"));
        leniently(table);
        crate::Form::from_source(&reading.source).unwrap_or_else(|error| panic!("{table}: {error:?}"));
    }
}

#[test]
fn never_is_written_and_asks_nothing() {
    let table = "| survey |\n| | type | name | label | required | readonly |\n| | text | a | A | No | FALSE |\n\
                 | | text | b | B | 1 | |";
    let xml = written(table);
    assert!(xml.contains(r#"required="false()" readonly="false()""#), "{xml}");
    assert!(xml.contains(r#"required="1""#), "{xml}");
}

#[test]
fn an_intent_is_of_groups_unless_it_says_where() {
    let table = "| survey |\n| | type | name | label | intent |\n| | begin group | g | G | ex:a |\n| | text | a | A | ex:b |\n\
                 | | end group | | | |";
    let xml = written(table);
    assert!(xml.contains(r#"<group ref="/data/g" intent="ex:a">"#) && !xml.contains("ex:b"), "{xml}");
    assert!(written(&table.replace("| intent |", "| body::intent |")).contains(r#"intent="ex:b""#));
}

#[test]
fn older_names_of_what_a_device_tells_stay() {
    let xml = written("| survey |\n| | type | name |\n| | uri:deviceid | a |");
    assert!(xml.contains(r#"jr:preload="property" jr:preloadParams="uri:deviceid""#), "{xml}");
}

#[test]
fn a_group_that_only_shows_has_no_label() {
    let xml = written(
        "| survey |\n| | type | name | label | image | appearance | guidance_hint |\n| | text | a | A | | | |\n\
         | | begin group | g | | g.png | w${a} | G |\n| | text | b | B | | | |\n| | end group | | | | | |",
    );
    assert!(xml.contains("<group ref=\"/data/g\" appearance=\"w${a}\">\n      <input"), "{xml}");
    assert!(!xml.contains("guidance"), "{xml}");
}

#[test]
fn a_file_and_what_is_said_without_an_app_are_named_as_the_reference_names_them() {
    let xml = written(
        "| survey |\n| | type | name | label | image | no_app_error_string |\n| | begin repeat | r | R | | |\n\
         | | text | a | A | | |\n| | text | b | B ${a} | ${a} | Get ${a} |\n| | end repeat | | | | |",
    );
    assert!(xml.contains(r#"<output value=" ../a "/>"#) && xml.contains(r#"<output value=" /data/r/a "/>"#), "{xml}");
    assert!(xml.contains(r#"jr:noAppErrorString="Get  ../a ""#), "{xml}");
}

#[test]
fn a_choice_that_says_nothing_has_no_text() {
    let table = format!("| survey |\n| | type | name | label |\n| | select_one l | a | A |\n{CHOICES}");
    let xml = written(&table.replace("| X |", "| ${a} |"));
    assert!(xml.contains(r#"<text id="l-0">"#) && !xml.contains(r#"<text id="l-1""#), "{xml}");
}

#[test]
fn only_a_place_is_shown_on_a_map() {
    let table =
        "| survey |\n| | type | name | label | parameters |\n| | integer | a | A | reference-geometry=nowhere |";
    assert!(!written(table).contains("itemset"));
}

#[test]
fn a_loop_shows_the_pictures_of_its_choices() {
    let xml = written(
        "| survey |\n| | type | name | label |\n| | begin_loop over l | of | Of |\n| | text | a | A |\n| | end_loop | | |\n\
         | choices |\n| | list_name | name | label | image |\n| | l | x | X | x.png |",
    );
    assert!(xml.contains(r#"<label ref="jr:itext('/data/of/x:label')"/>"#), "{xml}");
}

#[test]
fn an_attribute_of_the_form_is_parted_by_one_colon_or_two() {
    for header in ["attribute:x", "attribute::x"] {
        let table =
            format!("| survey |\n| | type | name | label |\n| | text | a | A |\n| settings |\n| | {header} |\n| | 7 |");
        assert!(written(&table).contains(r#"x="7""#), "{header}");
    }
}

#[test]
fn what_the_reference_warns_of_strict_reading_warns_of_in_the_same_row() {
    let warnings = |table: &str| -> Vec<String> {
        let reading = strictly(table).unwrap_or_else(|FormErrors(problems)| panic!("{table}: {problems:?}"));
        reading.warnings.iter().map(ToString::to_string).collect()
    };
    let cases = [
        ("| survey |\n| | type | name | label |\n| | image | a | A |", "survey, row 2: a picture is as large"),
        (
            "| survey |\n| | type | name | label | disabled |\n| | text | a | A | no |",
            "survey, row 2, column D (disabled): `no` does not belong",
        ),
        (
            "| survey |\n| | type | name | label | autoplay |\n| | text | a | A | |\n| | | | | yes |",
            "survey, row 3, column A (type): the row has no type",
        ),
        (
            "| survey |\n| | type | name | label |\n| | select_one l | a | A |\n\
             | choices |\n| | list_name | name | label | image |\n| | l | x | | x.png |",
            "choices, row 2, column C (label): there is no text",
        ),
    ];
    for (table, expected) in cases {
        let found = warnings(table);
        assert!(found.iter().any(|text| text.starts_with(expected)), "{found:?}");
    }
}

#[test]
fn a_column_of_names_is_missed_in_the_row_that_needs_it() {
    let table = "| survey |\n| | type | label |\n| | note | Read. |\n| | text | A |";
    for strictness in [Strictness::Lenient, Strictness::Strict] {
        let options = Options { strictness, ..Options::default() };
        let FormErrors(problems) = read_form(table.as_bytes(), &options).expect_err("it has no names");
        let told = "survey, row 3: the sheet has no column `name`; add it to the first row";
        assert!(problems.iter().any(|problem| problem.to_string() == told), "{problems:?}");
    }
}
