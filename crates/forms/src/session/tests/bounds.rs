//! What a form can make a session do and hold has an end, whatever the form asks for.

use chaski_values::RowId;

use super::*;
use crate::{Limits, read_xform};

#[test]
fn a_text_within_itself_is_left_out() {
    let text = "<h><head><title>F</title><model><itext><translation lang='es'><text id='t'>\
        <value>x<output value=\"jr:itext('t')\"/></value></text></translation></itext>\
        <instance><d id='f'><a/><n/></d></instance><bind nodeset='/d/n' calculate=\"jr:itext('t')\"/></model></head>\
        <body><input ref='/d/a'><label ref=\"jr:itext('t')\"/></input></body></h>";
    let reading = read_xform(text.as_bytes(), &Limits::default()).unwrap();
    let fill = Fill::new(Arc::new(Form::from_source(&reading.source).unwrap()));
    assert_eq!(fill.value("n"), "xx");
}

#[test]
fn a_record_that_is_full_takes_no_row_and_says_so() {
    let asked: String = (0..398).map(|n| format!("| | text | a{n} | A | |\n")).collect();
    let more: String = (0..1_000).map(|n| format!("| | text | b{n} | B | |\n")).collect();
    let form = form(&format!(
        "| survey |\n| | type | name | label | repeat_count |\n| | begin_repeat | counted | C | 1000 |\n{asked}\
         | | end_repeat | | | |\n| | begin_repeat | more | M | |\n{more}| | end_repeat | | | |\n\
         | settings | |\n| | form_id |\n| | f |\n"
    ));
    let mut fill = Fill::new(form);
    // The first row of the other repeat has no room left beside these.
    let error = fill.session.add_row(&path("more"), RowId::from_bytes([1; 8])).unwrap_err();
    assert_eq!(error.to_string(), "`more` has no room for another row; go on in another record");
}

#[test]
fn long_texts_that_questions_copy_are_kept_up_to_a_bound() {
    let copies: String = (0..1_000).map(|n| format!("| | calculate | c{n} | | concat(${{b}}, '') |\n")).collect();
    let form = form(&format!(
        "| survey |\n| | type | name | label | calculation |\n| | text | a | A | |\n| | calculate | b | | '{}' |\n{copies}\
         | settings | |\n| | form_id |\n| | f |\n",
        "x".repeat(100_000)
    ));
    let fill = Fill::new(form);
    let lengths: Vec<usize> = fill.session.states().iter().map(|state| state.value.len()).collect();
    assert_eq!(lengths[2], 100_000);
    // What does not fit is blank and counts as not computed.
    assert_eq!(lengths.last(), Some(&0));
    assert!(lengths.iter().sum::<usize>() <= 48 << 20);
}
