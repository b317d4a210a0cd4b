use proptest::prelude::*;

use super::*;

fn xform(model: &str, body: &str) -> String {
    format!(
        "<h:html>\n<h:head><h:title>F</h:title><model>\n{model}\n</model></h:head>\n<h:body>\n{body}\n</h:body></h:html>"
    )
}

fn told(xml: &str) -> Vec<String> {
    match read_xform(xml.as_bytes(), &Limits::default()) {
        Ok(reading) => reading.warnings.iter().map(ToString::to_string).collect(),
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_problem_names_its_element_and_line() {
    let model = "<instance><data id=\"f\"><a/><b/></data></instance>\n<bind nodeset=\"/data/a\" relevant=\"1 +\"/>\n\
                 <setvalue event=\"later\" ref=\"/data/b\" value=\"1\"/><setvalue event=\"odk-instance-first-load\" ref=\"/data/c\"/>";
    assert_eq!(
        told(&xform(model, "<input ref=\"/data/a\"/>")),
        [
            "line 5, `<setvalue ref=\"/data/b\">`: the event `later` is not known",
            "line 5, `<setvalue ref=\"/data/c\">`: it sets nothing that is in the instance: check its `ref`",
        ]
    );
    let model = "<instance><data id=\"f\"><a/><b/></data></instance>\n<bind nodeset=\"/data/a\" relevant=\"1 +\"/>";
    let found = told(&xform(model, "<input ref=\"/data/a\"/>\n<input ref=\"/data/x\"/>"));
    assert!(found[0].starts_with("line 8, `<input ref=\"/data/x\">`"), "{found:?}");
    assert!(found[1].starts_with("line 4, `<bind nodeset=\"/data/a\">`: the expression cannot be read"), "{found:?}");
}

#[test]
fn what_is_no_form_is_told_why() {
    assert_eq!(told(""), ["line 1: this is not XML that can be read: it holds no element"]);
    assert_eq!(told("<a/>"), ["line 1, `<a>`: it has no `head`: is it an XForm?"]);
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(told(&deep), ["line 1: this is not XML that can be read: it is nested more than 200 deep"]);
    let entity = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\">]>\n<a>&a;</a>";
    assert_eq!(told(entity), ["line 2: this is not XML that can be read: `&a;` is not known"]);
    let small = Limits { file_bytes: 3, ..Limits::default() };
    assert!(read_xform(b"<a/>", &small).is_err());
}

#[test]
fn a_list_is_one_and_its_condition_a_filter() {
    let model = "<instance><data id=\"f\"><r/><d/></data></instance><instance id=\"places\"><root>\
                 <item><name>x</name><label>X</label><region>1</region></item>\
                 <item><name>y</name><label>Y</label><region>2</region></item></root></instance>";
    let body = "<input ref=\"/data/r\"/><select1 ref=\"/data/d\">\
                <itemset nodeset=\"instance('places')/root/item[region = /data/r]\"><value ref=\"name\"/><label ref=\"label\"/>\
                </itemset></select1>";
    let reading = read_xform(xform(model, body).as_bytes(), &Limits::default()).unwrap();
    let definition = reading.source.definition();
    assert_eq!(definition.nodes[1].choices, Some(crate::source::DefinedChoices::List("places".to_owned())));
    assert_eq!(definition.nodes[1].choice_filter.as_deref(), Some("region = /data/r"));
    assert_eq!(definition.lists[0].choices[1].extra["region"], "2");
}

#[test]
fn words_that_look_computed_are_words() {
    let model = "<instance><data id=\"f\"><a>now()</a></data></instance>";
    let reading = read_xform(
        xform(
            model,
            "<input ref=\"/data/a\"><label>${a} &lt;output value=\"1\"/&gt; <output value=\"1 + 1\"/></label></input>",
        )
        .as_bytes(),
        &Limits::default(),
    )
    .unwrap();
    let form = std::sync::Arc::new(crate::Form::from_source(&reading.source).unwrap());
    let environment = crate::Environment {
        now: chaski_values::Timestamp::from_millis(0).unwrap(),
        zone_minutes: 0,
        device: String::new(),
        person: String::new(),
        seed: [0; 32],
        lookups: crate::Lookups::default(),
    };
    let record = chaski_values::RecordId::from_bytes([1; 16]);
    let (session, _) = crate::Session::open(form, environment, record, &BTreeMap::new());
    let states = session.states();
    assert_eq!(states[0].value, "now()");
    assert_eq!(states[0].label.as_deref(), Some("${a} <output value=\"1\"/> 2"));
}

/// Pieces of forms, in any order: some of them fit.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<h:html>",
        "</h:html>",
        "<h:head>",
        "</h:head>",
        "<model>",
        "</model>",
        "<instance>",
        "</instance>",
        "<data id=\"f\">",
        "</data>",
        "<a/>",
        "<a>1</a>",
        "<r>",
        "</r>",
        "<r jr:template=\"\">",
        "<h:body>",
        "</h:body>",
        "<bind nodeset=\"/data/a\" calculate=\"../a + 1\"/>",
        "<bind nodeset=\"/data/r/a\" relevant=\"position(..) = 1\"/>",
        "<bind nodeset=\"/data/r\" readonly=\"/data/a\" type=\"int\"/>",
        "<input ref=\"/data/a\">",
        "</input>",
        "<repeat nodeset=\"/data/r\" jr:count=\"/data/a\">",
        "<repeat nodeset=\"/data/r\">",
        "</repeat>",
        "<select1 ref=\"a\">",
        "</select1>",
        "<itemset nodeset=\"../r\">",
        "</itemset>",
        "<value ref=\"a\"/>",
        "<label ref=\"jr:itext('x')\"/>",
        "<label>A <output value=\"../a\"/></label>",
        "<item>",
        "</item>",
        "&amp;",
        "&#0;",
        "<setvalue event=\"xforms-value-changed\" ref=\"/data/r[1]/a\" value=\". + 1\"/>",
        "<![CDATA[x]]>",
        "<!--",
        "<itext>",
        "</itext>",
        "<translation lang=\"x\">",
        "</translation>",
        "<instance id=\"i\">",
        "<root>",
        "</root>",
        "\n",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A whole form around pieces of it.
fn nearly() -> impl Strategy<Value = String> {
    (pieces(), pieces(), pieces()).prop_map(|(instance, model, body)| {
        format!(
            "<h:html><h:head><model><instance><data id=\"f\"><a/>{instance}</data></instance>{model}</model></h:head>\
             <h:body>{body}</h:body></h:html>"
        )
    })
}

fn survives(bytes: &[u8]) {
    let Ok(reading) = read_xform(bytes, &Limits::default()) else { return };
    let form = std::sync::Arc::new(crate::Form::from_source(&reading.source).unwrap());
    let environment = crate::Environment {
        now: chaski_values::Timestamp::from_millis(1_780_237_800_000).unwrap(),
        zone_minutes: -300,
        device: String::new(),
        person: String::new(),
        seed: [0; 32],
        lookups: crate::Lookups::default(),
    };
    let record = chaski_values::RecordId::from_bytes([1; 16]);
    let (mut session, _) = crate::Session::open(form, environment, record, &BTreeMap::new());
    for state in session.states() {
        let answer = session.parse(&state.path, "3").unwrap();
        let _ = session.answer(&state.path, answer);
        let _ = session.add_row(&state.path, chaski_values::RowId::from_bytes([9; 8]));
    }
    session.finalize(chaski_values::Timestamp::from_millis(1_780_237_900_000).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn any_pieces_of_forms_are_read_to_an_end(xml in pieces()) {
        survives(xml.as_bytes());
    }

    #[test]
    fn any_form_that_is_read_can_be_filled_in(xml in nearly()) {
        survives(xml.as_bytes());
    }
}

#[test]
fn a_message_whose_text_is_looked_up_by_a_computed_id_is_written_with_its_text() {
    let model = "<itext><translation lang=\"en\"><text id=\"nox\"><value>Only x</value></text></translation></itext>\
                 <instance><data id=\"f\"><a/></data></instance>\
                 <bind nodeset=\"/data/a\" constraint=\". = 'x'\" jr:constraintMsg=\"jr:itext(concat('no', 'x'))\"/>";
    let xml = xform(model, "<input ref=\"/data/a\"/>");
    let written = crate::write_xform(&read_xform(xml.as_bytes(), &Limits::default()).unwrap().source);
    assert!(written.contains("Only x") && written.contains("concat('no', 'x')"), "{written}");
}

#[test]
fn what_a_form_says_to_other_programs_is_written_again() {
    let source = crate::read_markdown(
        "
        | survey   |                  |      |       |                    |         |                                            |         |
        |          | type             | name | label | calculation        | default | parameters                                 | save_to |
        |          | start-geopoint   | sg   |       |                    |         |                                            |         |
        |          | audit            | audit |      |                    |         | identify-user=true                         |         |
        |          | background-audio | ba   |       |                    |         | quality=low                                |         |
        |          | text             | a    | A     |                    |         | rows=5                                     | name_of |
        |          | geopoint         | p    | P     |                    |         | capture-accuracy=5 allow-mock-accuracy=true |        |
        |          | begin_repeat     | r    | R     |                    |         |                                            |         |
        |          | text             | ra   | RA    |                    | uuid()  |                                            |         |
        |          | end_repeat       |      |       |                    |         |                                            |         |
        | entities |                  |      |       |                    |         |                                            |         |
        |          | list_name        | label |      |                    |         |                                            |         |
        |          | people           | concat(${a}, '!') | |             |         |                                            |         |
        | settings |                  |      |       |                    |         |                                            |         |
        |          | form_id          | style | instance_name |            |         |                                            |         |
        |          | f                | pages | ${a}          |            |         |                                            |         |
        ",
    )
    .unwrap()
    .source;
    let first = crate::write_xform(&source);
    let read = |xml: &str| read_xform(xml.as_bytes(), &Limits::default()).unwrap();
    let reading = read(&first);
    assert_eq!(reading.warnings, [], "{first}");
    let second = crate::write_xform(&reading.source);
    for (once, count) in [
        ("<meta>", 1),
        ("<entity dataset=\"people\" create=\"1\" id=\"\">", 1),
        ("entities:saveto=\"name_of\"", 1),
        ("nodeset=\"/data/meta/instanceID\"", 1),
        ("nodeset=\"/data/meta/instanceName\"", 1),
        ("nodeset=\"/data/meta/audit\" type=\"binary\" odk:identify-user=\"true\"", 1),
        ("ref=\"/data/meta\"", 0),
        ("class=\"pages\"", 1),
        ("rows=\"5\"", 1),
        ("accuracyThreshold=\"5\"", 1),
        ("odk:allow-mock-accuracy=\"true\"", 1),
        ("odk:quality=\"low\"", 1),
        ("event=\"odk-new-repeat\"", 1),
    ] {
        assert_eq!(second.matches(once).count(), count, "{once}: {second}");
        assert_eq!(first.matches(once).count(), count, "{once}: {first}");
    }
    // From here on nothing changes any more.
    assert_eq!(crate::write_xform(&read(&second).source), second);
}
