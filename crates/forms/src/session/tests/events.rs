//! What happens on its own when something else does: triggers, first values, rows from the beginning, choices that are answers.

use super::*;
use crate::{Limits, read_xform};

/// An XForm of a model and a body.
fn xform(model: &str, body: &str) -> Arc<Form> {
    let xml = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
            xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>F</h:title><model>{model}</model></h:head>
            <h:body>{body}</h:body></h:html>"#
    );
    let reading = read_xform(xml.as_bytes(), &Limits::default()).unwrap_or_else(|errors| {
        panic!("{}", errors.0.iter().map(|problem| format!("{problem}\n")).collect::<String>())
    });
    Arc::new(Form::from_source(&reading.source).unwrap())
}

#[test]
fn a_trigger_computes_when_it_changes_and_only_then() {
    let mut fill = Fill::new(form(
        "| survey | | | | | |
         | | type | name | label | calculation | trigger |
         | | text | a | A | | |
         | | integer | b | B | | |
         | | dateTime | at | At | now() | ${a} |
         | | integer | c | C | ${b} * 2 | ${a} |",
    ));
    fill.answer("b", "4");
    assert_eq!((fill.value("at"), fill.value("c")), (String::new(), String::new()));
    fill.answer("a", "x");
    assert_eq!(fill.value("at"), "2026-05-31T09:30:00.000-05:00");
    assert_eq!(fill.value("c"), "8");
    fill.answer("b", "5");
    assert_eq!(fill.value("c"), "8", "only the trigger counts");
    fill.answer("c", "1");
    fill.reopen();
    assert_eq!(fill.value("c"), "1", "a person may overwrite what a trigger gave");
    fill.answer("a", "y");
    assert_eq!(fill.value("c"), "10");
}

#[test]
fn becoming_relevant_sets_nothing_off() {
    let mut fill = Fill::new(form(
        "| survey | | | | | | |
         | | type | name | label | relevant | calculation | trigger |
         | | integer | n | N | | | |
         | | text | a | A | ${n} > 1 | | |
         | | integer | c | C | | ${n} * 1 | ${a} |",
    ));
    fill.answer("n", "2");
    fill.answer("a", "x");
    assert_eq!(fill.value("c"), "2");
    fill.answer("n", "0");
    fill.answer("n", "3");
    assert_eq!(fill.value("c"), "2");
}

#[test]
fn actions_that_set_each_other_off_come_to_an_end() {
    let mut fill = Fill::new(xform(
        "<instance><data id=\"f\"><a/><b/></data></instance><bind nodeset=\"/data/a\" type=\"int\"/>\
         <bind nodeset=\"/data/b\" type=\"int\"/>",
        "<input ref=\"/data/a\"><setvalue event=\"xforms-value-changed\" ref=\"/data/b\" value=\"/data/a + 1\"/></input>\
         <input ref=\"/data/b\"><setvalue event=\"xforms-value-changed\" ref=\"/data/a\" value=\"/data/b + 1\"/></input>",
    ));
    fill.answer("a", "1");
    assert_ne!(fill.value("b"), "");
}

#[test]
fn rows_of_the_instance_are_there_from_the_beginning_with_what_they_hold() {
    let mut fill = Fill::new(xform(
        "<instance><data id=\"f\"><r jr:template=\"\"><x>t</x><p/></r><r><x>one</x><p/></r><r><x/><p/></r></data></instance>\
         <bind nodeset=\"/data/r/p\" calculate=\"position(..)\"/>\
         <setvalue event=\"odk-instance-first-load odk-new-repeat\" ref=\"/data/r/p\"/>",
        "<repeat nodeset=\"/data/r\"><input ref=\"/data/r/x\"/></repeat>",
    ));
    let held = |fill: &Fill| {
        let states = fill.session.states();
        let named = states.into_iter().filter(|state| state.path.name() != "r");
        named.map(|state| format!("{} {}", state.place, state.value)).collect::<Vec<_>>()
    };
    assert_eq!(held(&fill), ["r[1]/x one", "r[1]/p 1", "r[2]/x ", "r[2]/p 2"]);
    fill.reopen();
    assert_eq!(held(&fill).len(), 4);
    fill.add_row("r");
    assert_eq!(held(&fill)[4..], ["r[3]/x t", "r[3]/p 3"]);
}

#[test]
fn a_count_may_depend_on_its_own_rows() {
    let mut fill = Fill::new(form(
        "| survey | | | | | |
         | | type | name | label | repeat_count | calculation |
         | | begin_repeat | r | R | ${wanted} | |
         | | text | more | More? | | |
         | | end_repeat | | | | |
         | | calculate | n | | | count(${r}) |
         | | calculate | wanted | | | if(${n} = 0 or indexed-repeat(${more}, ${r}, ${n}) = 'yes', ${n} + 1, ${n}) |",
    ));
    assert_eq!(fill.rows("r").len(), 1);
    for wanted in 2..5 {
        let last = fill.rows("r").pop().unwrap();
        fill.answer(&format!("{last}/more"), "yes");
        assert_eq!(fill.rows("r").len(), wanted);
    }
    let last = fill.rows("r").pop().unwrap();
    fill.answer(&format!("{last}/more"), "no");
    assert_eq!(fill.rows("r").len(), 4);
}

#[test]
fn choices_may_be_the_answers_of_a_repeat() {
    let mut fill = Fill::new(form(
        "| survey | | | | |
         | | type | name | label | choice_filter |
         | | begin_repeat | m | Members | |
         | | text | name | Name | |
         | | integer | age | Age | |
         | | end_repeat | | | |
         | | select_one ${name} | head | Head | ${age} >= 18 |",
    ));
    for (name, age) in [("Rosa", "40"), ("Luz", "9"), ("", "50"), ("Juan", "41")] {
        let row = fill.add_row("m");
        fill.answer(&format!("{row}/name"), name);
        fill.answer(&format!("{row}/age"), age);
    }
    assert_eq!(fill.choices("head"), ["Rosa", "Juan"]);
    fill.answer("head", "Juan");
    assert_eq!(fill.value("head"), "Juan");
    let rows = fill.rows("m");
    fill.answer(&format!("{}/age", rows[3]), "17");
    assert_eq!((fill.choices("head"), fill.value("head")), (vec!["Rosa".to_owned()], String::new()));
    fill.answer(&format!("{}/age", rows[3]), "18");
    assert_eq!(fill.value("head"), "Juan", "the answer was only hidden");
}

#[test]
fn read_only_is_inherited_and_a_whole_number_has_no_fraction() {
    let mut fill = Fill::new(xform(
        "<instance><data id=\"f\"><lock/><g><a/></g><n/></data></instance>\
         <bind nodeset=\"/data/g\" readonly=\"/data/lock = 'yes'\"/><bind nodeset=\"/data/n\" type=\"int\" calculate=\"7 div 2\"/>",
        "<input ref=\"/data/lock\"/><group ref=\"/data/g\"><input ref=\"/data/g/a\"/></group>",
    ));
    assert_eq!(fill.value("n"), "3");
    assert!(!fill.question("g/a").readonly);
    fill.answer("lock", "yes");
    assert!(fill.question("g/a").readonly);
    let refused = fill.session.answer(&path("g/a"), Some(Answer::Text("x".to_owned())));
    assert_eq!(refused, Err(SessionError::ReadOnly(path("g/a"))));
}

#[test]
fn what_is_computed_from_a_language_follows_it() {
    let mut fill = Fill::new(xform(
        "<itext><translation lang=\"es\"><text id=\"q\"><value>¿Qué?</value></text></translation>\
         <translation lang=\"en\"><text id=\"q\"><value>What?</value></text></translation></itext>\
         <instance><data id=\"f\"><a/><b/></data></instance><bind nodeset=\"/data/b\" calculate=\"jr:itext('q')\"/>",
        "<input ref=\"/data/a\"><label ref=\"jr:itext('q')\"/></input>",
    ));
    assert_eq!((fill.label("a"), fill.value("b")), ("¿Qué?".to_owned(), "¿Qué?".to_owned()));
    fill.session.set_language("en").unwrap();
    assert_eq!((fill.label("a"), fill.value("b")), ("What?".to_owned(), "What?".to_owned()));
}

#[test]
fn trap_15_what_the_record_saved_last_held_is_frozen_when_it_is_first_asked() {
    let form = form(
        "| survey | | | | |
         | | type | name | label | default | calculation |
         | | text | village | Village | ${last-saved#village} | |
         | | calculate | before | | | ${last-saved#village} |
         | | integer | n | N | | |",
    );
    assert!(form.reads_last_saved());
    let mut first = Fill::new(form.clone());
    assert_eq!(first.value("village"), "", "nothing was saved before");
    first.answer("village", "Sarhua");
    let mut lookups = Lookups::default();
    lookups.insert_document(Lookups::LAST_SAVED, first.session.answers());
    let mut second = Fill::with(form, lookups);
    assert_eq!(second.value("village"), "Sarhua");
    let mut later = Lookups::default();
    first.answer("village", "Cangallo");
    later.insert_document(Lookups::LAST_SAVED, first.session.answers());
    second.reopen_as(&environment(later));
    assert_eq!((second.value("village"), second.value("before")), ("Sarhua".to_owned(), "Sarhua".to_owned()));
}

#[test]
fn choices_in_a_random_order_keep_it() {
    let text = |parameters: &str| {
        let choices: String = (0..20).map(|code| format!("| | l | c{code} | C{code} |\n")).collect();
        format!(
            "| survey | | | | |\n| | type | name | label | parameters |\n| | integer | n | N | |\n\
             | | select_one l | a | A | {parameters} |\n| choices | | | |\n| | list_name | name | label |\n{choices}"
        )
    };
    let mut fill = Fill::new(form(&text("randomize=true")));
    let order = fill.choices("a");
    let mut sorted = order.clone();
    sorted.sort_by_key(|code| code[1..].parse::<u32>().unwrap());
    assert_ne!(order, sorted);
    fill.answer("a", &order[3]);
    fill.reopen();
    assert_eq!((fill.choices("a"), fill.value("a")), (order.clone(), order[3].clone()));
    let mut seeded = Fill::new(form(&text("randomize=true, seed=${n}")));
    seeded.answer("n", "42");
    let with_42 = seeded.choices("a");
    seeded.answer("n", "43");
    assert_ne!(seeded.choices("a"), with_42);
    seeded.answer("n", "42");
    assert_eq!(seeded.choices("a"), with_42);
}

#[test]
fn totals_follow_every_row() {
    let mut fill = Fill::new(table(
        "| | begin_repeat | r | R | | | | |
         | | integer | x | X | | | | |
         | | integer | y | Y | ${x} > 1 | | | |
         | | calculate | part | | | ${x} div ${total} | | |
         | | end_repeat | | | | | | |
         | | calculate | total | | | sum(${x}) | | |
         | | calculate | totals | | | concat(count(${r}), ' ', sum(${x}), ' ', min(${x}), ' ', max(${x}), ' ', count-non-empty(${y})) | | |",
    ));
    let rows: Vec<String> = (0..4).map(|_| fill.add_row("r")).collect();
    for (row, x) in rows.iter().zip(["1", "2", "3", "4"]) {
        fill.answer(&format!("{row}/x"), x);
    }
    assert_eq!(fill.value("totals"), "4 10 1 4 0");
    fill.answer(&format!("{}/y", rows[1]), "7");
    assert_eq!(fill.value("totals"), "4 10 1 4 1");
    assert_eq!(fill.value(&format!("{}/part", rows[3])), "0.4");
    fill.answer(&format!("{}/x", rows[1]), "1");
    assert_eq!(fill.value("totals"), "4 9 1 4 0", "what is not relevant does not count");
    fill.remove_row(&rows[3]);
    assert_eq!(fill.value("totals"), "3 5 1 3 0");
    assert_eq!(fill.value(&format!("{}/part", rows[2])), "0.6");
}

#[test]
fn a_row_that_the_count_brings_back_is_not_new() {
    let mut fill = Fill::new(form(
        "| survey | | | | | |
         | | type | name | label | repeat_count | default |
         | | integer | n | N | | |
         | | begin_repeat | r | R | ${n} | |
         | | text | x | X | | a |
         | | end_repeat | | | | |",
    ));
    fill.answer("n", "2");
    let rows = fill.rows("r");
    assert_eq!(fill.value(&format!("{}/x", rows[1])), "a");
    fill.answer(&format!("{}/x", rows[1]), "");
    fill.answer("n", "1");
    fill.answer("n", "2");
    assert_eq!(fill.value(&format!("{}/x", rows[1])), "", "what a person took back is not given again");
}
