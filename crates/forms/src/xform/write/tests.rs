use super::*;
use crate::{Form, Limits, read_markdown, read_xform};

fn xform(table: &str) -> String {
    write_xform(&read_markdown(table).unwrap_or_else(|error| panic!("{error:?}")).source)
}

const RICH: &str = "
    | survey  |                       |       |             |               |                  |              |              |
    |         | type                  | name  | label::A    | label::B      | relevant         | calculation  | repeat_count |
    |         | start                 | start |             |               |                  |              |              |
    |         | integer               | n     | How many?   | B             |                  |              |              |
    |         | begin_repeat          | r     | Each        | B             | ${n} > 0         |              | ${n} + 0     |
    |         | text                  | name  | Name        | B             |                  |              |              |
    |         | select_one l          | kind  | Of ${name}  | B             | ${name} != ''    |              |              |
    |         | select_multiple l     | many  | Many        | B             |                  |              |              |
    |         | rank l                | order | Order       | B             |                  |              |              |
    |         | calculate             | c     |             |               |                  | position(..) |              |
    |         | end_repeat            |       |             |               |                  |              |              |
    |         | geoshape              | area  | Area        | B             |                  |              |              |
    |         | image                 | photo | Photo       | B             |                  |              |              |
    |         | note                  | sum   | ${n}        | B             |                  |              |              |
    | choices |                       |       |             |               |                  |              |              |
    |         | list_name             | name  | label::A    | label::B      |                  |              |              |
    |         | l                     | x     | X           | B             |                  |              |              |
    |         | l                     | y     | Y           | B             |                  |              |              |
";

#[test]
fn what_is_written_is_read_again_and_asks_the_same() {
    let source = read_markdown(RICH).unwrap().source;
    let again = read_xform(write_xform(&source).as_bytes(), &Limits::default());
    let again = again.unwrap_or_else(|error| panic!("{error:?}")).source;
    let (form, other) = (Form::from_source(&source).unwrap(), Form::from_source(&again).unwrap());
    assert_eq!(form.question_count(), other.question_count());
    assert_eq!(form.languages().len(), other.languages().len());
    let names = |source: &crate::FormSource| -> Vec<String> {
        let nodes = source.definition().nodes.iter().filter(|node| node.kind.asked_as().is_some());
        nodes.map(|node| node.name.clone()).collect()
    };
    assert_eq!(names(&source), names(&again));
}

#[test]
fn a_reference_inside_its_repeat_is_relative_and_from_outside_absolute() {
    let xml = xform(RICH);
    assert!(xml.contains("nodeset=\"/data/r/kind\" type=\"string\" relevant=\" ../name  != ''\""), "{xml}");
    assert!(xml.contains("nodeset=\"/data/r\" relevant=\" /data/n  &gt; 0\""), "{xml}");
    assert!(xml.contains("jr:count=\" /data/r_count \""), "{xml}");
    assert!(xml.contains("<value> Of <output value=\" ../name \"/> </value>"), "{xml}");
}

#[test]
fn bent_quotes_are_straightened_only_where_nothing_can_be_read_otherwise() {
    let table = |expression: &str| {
        xform(&format!("| survey |\n| | type | name | label | constraint |\n| | text | a | A | {expression} |"))
    };
    assert!(table(". != \u{2018}x\u{2019}").contains("constraint=\". != 'x'\""));
    assert!(table("regex(., '[\u{2019}a-z]+')").contains("constraint=\"regex(., '[\u{2019}a-z]+')\""));
}

#[test]
fn what_an_author_writes_is_escaped() {
    let xml = xform("| survey |\n| | type | name | label | constraint |\n| | text | a | 1 < 2 & \"3\" | . < 'é & ü' |");
    assert!(xml.contains("<label>1 &lt; 2 &amp; \"3\"</label>"), "{xml}");
    assert!(xml.contains("constraint=\". &lt; 'é &amp; ü'\""), "{xml}");
}
