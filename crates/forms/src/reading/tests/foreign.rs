//! Forms written for another program are taken with warnings, unless they are read strictly.

use super::*;
use crate::{Form, write_xform};

const SURVEYCTO: &str = "| survey |
    | | type            | name  | label | calculation | appearance | relevant     |
    | | caseid          | case  |       |             |            |              |
    | | text audit      | times |       |             | p=100      |              |
    | | comments        | notes |       |             |            |              |
    | | integer         | a     | A     |             |            |              |
    | | calculate_here  | twice |       | ${a} * 2    |            |              |
    | | sensor_stream ll | light |      |             |            |              |
    | | text            | why   | Why?  |             |            | ${twice} > 4 |
    | settings | |
    | | form_id |
    | | f |";

const KOBO: &str = "| survey |
    | | type | name | label | kobo--score-choices | kobo--matrix_list |
    | | begin_score | care | Care | often | |
    | | score__row | water | Water | | |
    | | score__row | fodder | Fodder | | |
    | | end_score | | | | |
    | | begin_kobomatrix | herd | Herd | | animal |
    | | integer | many | How many? | | |
    | | end_kobomatrix | | | | |
    | choices |
    | | list_name | name | label |
    | | often | never | Never |
    | | often | daily | Daily |
    | | animal | cow | Cows |
    | | animal | hen | Hens |
    | settings | |
    | | form_id |
    | | f |";

fn told(text: &str) -> (Vec<String>, String) {
    let reading = read_markdown(text).unwrap_or_else(|errors| panic!("{:#?}", errors.0));
    Form::from_source(&reading.source).unwrap();
    (reading.warnings.iter().map(ToString::to_string).collect(), write_xform(&reading.source))
}

#[test]
fn rows_of_surveycto_stay_blank_and_are_told() {
    let (warnings, xform) = told(SURVEYCTO);
    let foreign: Vec<&String> = warnings.iter().filter(|warning| warning.contains("only SurveyCTO knows")).collect();
    assert_eq!(foreign.len(), 5, "{warnings:#?}");
    assert!(
        foreign[0].starts_with("survey, row 2, column A (type): only SurveyCTO knows the type `caseid`"),
        "{foreign:?}"
    );
    assert!(foreign[3].contains("computed as `calculate` is"), "{foreign:?}");
    assert!(xform.contains("nodeset=\"/data/twice\"") && xform.contains("calculate=\" /data/a  * 2\""), "{xform}");
}

#[test]
fn groups_of_kobotoolbox_are_groups_whose_rows_have_its_choices() {
    let (warnings, xform) = told(KOBO);
    let foreign = warnings.iter().filter(|warning| warning.contains("only KoboToolbox knows"));
    assert_eq!(foreign.count(), 4, "{warnings:#?}");
    for ask in [
        "<select1 ref=\"/data/care/water\"",
        "<select1 ref=\"/data/care/fodder\"",
        "ref=\"/data/herd/cow/many\"",
        "ref=\"/data/herd/hen/many\"",
    ] {
        assert!(xform.contains(ask), "{ask}: {xform}");
    }
}

#[test]
fn a_strict_reading_refuses_them_with_what_to_do() {
    for (text, remedy) in [
        (SURVEYCTO, "`caseid` is not a type of question; only SurveyCTO knows it; remove the row"),
        (KOBO, "only KoboToolbox knows it; write a `select_one` for each row, in a group, instead"),
    ] {
        let options = Options { strictness: Strictness::Strict, ..Options::default() };
        let refused = read(&markdown::read(text, &options.limits).unwrap(), &options).unwrap_err();
        let said: Vec<String> = refused.0.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains(remedy)), "{said:#?}");
    }
}
