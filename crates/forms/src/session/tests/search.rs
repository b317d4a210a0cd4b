//! Choices that `search(…)` finds in a table beside the form.

use super::*;

const PLACES: &str = "code,name,also,region,photo\n\
    01,Huamanga,Ayacucho,05,h.jpg\n\
    02,Huanta,,05,\n\
    03,Lima,La Ciudad,15,\n\
    03,Lima again,,15,\n\
    04,,,15,\n";

fn searching(search: &str) -> Fill {
    let form = form(&format!(
        "| survey |
         | | type | name | label | appearance |
         | | text | t | T | |
         | | text | region | R | |
         | | select_one place | p | P | minimal {search} |
         | | note | told | ${{p}} | |
         | choices |
         | | list_name | name | label | label::Quechua (qu) | image |
         | | place | code | name, also | also | photo |
         | | place | 99 | None of them | Mana | |
         | settings |
         | | form_id |
         | | f |"
    ));
    Fill::with(form, lookups(&[("places", PLACES)]))
}

fn labels(fill: &Fill) -> Vec<String> {
    fill.question("p").choices.unwrap().into_iter().map(|choice| format!("{} {}", choice.code, choice.label)).collect()
}

#[test]
fn a_search_offers_every_row_once_and_the_choices_that_are_numbers() {
    let fill = searching("search('places')");
    let expected =
        ["01 Huamanga (also: Ayacucho)", "02 Huanta (also: )", "03 Lima (also: La Ciudad)", "04 04", "99 None of them"];
    assert_eq!(labels(&fill), expected);
    let question = fill.question("p");
    assert_eq!(question.appearance, ["minimal"]);
    assert_eq!(question.choices.unwrap()[0].image.as_deref(), Some("h.jpg"));
}

#[test]
fn a_search_follows_what_it_looks_for() {
    let mut fill = searching("search('places', 'contains', 'name, also', ${t})");
    assert_eq!(fill.choices("p").len(), 5);
    let change = fill.answer("t", "HUA");
    assert_eq!(fill.choices("p"), ["01", "02", "99"]);
    assert!(change.nodes.iter().any(|node| node.path().to_string() == "p"));
    fill.answer("t", "ciudad");
    assert_eq!(fill.choices("p"), ["03", "99"]);
    fill.answer("p", "03");
    assert_eq!(fill.label("told"), "03");
    // What is no longer found is hidden, and there again when it is found again.
    fill.answer("t", "hua");
    assert_eq!(fill.label("told"), "");
    fill.reopen();
    fill.answer("t", "lima");
    assert_eq!(fill.label("told"), "03");
    assert_eq!(fill.issue("p"), None);
}

#[test]
fn each_way_of_searching_agrees_with_its_name() {
    let found = |how: &str, text: &str| {
        let mut fill = searching(&format!("search('places', '{how}', 'name', ${{t}}, 'region', ${{region}})"));
        fill.answer("t", text);
        fill.answer("region", "05");
        fill.choices("p")
    };
    assert_eq!(found("contains", "uan"), ["02", "99"]);
    assert_eq!(found("contains", "ma"), ["01", "99"]);
    assert_eq!(found("startswith", "hua"), ["01", "02", "99"]);
    assert_eq!(found("endswith", "ta"), ["02", "99"]);
    assert_eq!(found("matches", "huanta"), ["02", "99"]);
    assert_eq!(found("matches", "lima"), ["99"]);
}

#[test]
fn the_words_of_what_is_found_follow_the_language() {
    let mut fill = searching("search('places', 'matches', 'code', '03')");
    assert_eq!(labels(&fill), ["03 Lima (also: La Ciudad)", "99 None of them"]);
    fill.session.set_language("qu").unwrap();
    assert_eq!(labels(&fill), ["03 La Ciudad", "99 Mana"]);
}

#[test]
fn without_its_table_a_search_offers_nothing_and_keeps_the_answer() {
    let mut fill = searching("search('places')");
    fill.answer("p", "02");
    fill.reopen_as(&environment(Lookups::default()));
    assert_eq!(fill.choices("p"), [""; 0]);
    assert_eq!(fill.label("told"), "02");
}

#[test]
fn a_column_called_sortby_says_in_which_order_rows_are_offered() {
    let form = searching("search('places')").session.form().clone();
    let fill = Fill::with(form, lookups(&[("places", "code,name,sortby\na,A,10\nb,B,9\nc,C,\nd,D,1\n")]));
    assert_eq!(fill.choices("p"), ["d", "b", "a", "c", "99"]);
}

#[test]
fn a_search_in_a_row_looks_for_the_answers_of_the_row() {
    let form = form(
        "| survey |
         | | type | name | label | appearance |
         | | begin_repeat | r | R | |
         | | text | t | T | |
         | | select_one place | p | P | search('places', 'startswith', 'name', ${t}) |
         | | end_repeat | | | |
         | choices |
         | | list_name | name | label |
         | | place | code | name |
         | settings |
         | | form_id |
         | | f |",
    );
    let mut fill = Fill::with(form, lookups(&[("places", PLACES)]));
    let (one, other) = (fill.add_row("r"), fill.add_row("r"));
    fill.answer(&format!("{one}/t"), "li");
    fill.answer(&format!("{other}/t"), "huan");
    assert_eq!(fill.choices(&format!("{one}/p")), ["03"]);
    assert_eq!(fill.choices(&format!("{other}/p")), ["02"]);
}

#[test]
fn a_search_that_cannot_be_read_offers_the_list_and_says_so() {
    let reading = read_markdown(
        "| survey |
         | | type | name | label | appearance |
         | | select_one place | p | P | search('places', 'contains') |
         | choices |
         | | list_name | name | label |
         | | place | code | name |
         | settings |
         | | form_id |
         | | f |",
    )
    .unwrap();
    let told = reading.warnings.iter().map(ToString::to_string).collect::<String>();
    assert!(told.contains("row 2") && told.contains("search('table')"), "{told}");
    assert_eq!(reading.source.files(), [""; 0]);
    let fill = Fill::new(Arc::new(Form::from_source(&reading.source).unwrap()));
    assert_eq!(fill.choices("p"), ["code"]);
}

#[test]
fn the_tables_a_form_looks_into_are_among_its_files() {
    let fill = |text: &str| read_markdown(text).unwrap().source.files();
    let files = fill(
        "| survey |
         | | type | name | label | appearance | calculation |
         | | select_one place | p | P | search('places') | |
         | | calculate | c | | | pulldata('prices', 'price', 'code', ${p}) |
         | | calculate | d | | | pulldata('own', 'label', 'name', 'a') |
         | | select_one own | o | O | | |
         | choices |
         | | list_name | name | label |
         | | place | code | name |
         | | own | a | A |
         | settings |
         | | form_id |
         | | f |",
    );
    assert_eq!(files, ["places.csv", "prices.csv"]);
}

#[test]
fn choices_from_geojson_and_xml_have_their_columns() {
    let form = form(
        "| survey |
         | | type | name | label | calculation | choice_filter |
         | | select_one_from_file museums.geojson | museum | M | | |
         | | select_one_from_file rooms.xml | room | R | | museum = ${museum} |
         | | calculate | at | | instance('museums')/root/item[id = ${museum}]/geometry | |
         | | calculate | floor | | instance('rooms')/root/item[name = ${room}]/@floor | |
         | settings |
         | | form_id |
         | | f |",
    );
    let museums = r#"{"type": "FeatureCollection", "features": [{"id": "g", "properties": {"title": "Giger"},
        "geometry": {"type": "Point", "coordinates": [7.0801379, 46.5841618]}}]}"#;
    let rooms = "<root><item floor='2'><name>a</name><label>Alien</label><museum>g</museum></item>
        <item floor='3'><name>b</name><label>Bar</label><museum>x</museum></item></root>";
    let mut lookups = Lookups::default();
    lookups.insert_file("museums.geojson", museums.as_bytes()).unwrap();
    lookups.insert_file("rooms.xml", rooms.as_bytes()).unwrap();
    let mut fill = Fill::with(form, lookups);
    assert_eq!(fill.question("museum").choices.unwrap()[0].label, "Giger");
    fill.answer("museum", "g");
    assert_eq!(fill.value("at"), "46.5841618 7.0801379 0 0");
    assert_eq!(fill.choices("room"), ["a"]);
    fill.answer("room", "a");
    assert_eq!(fill.value("floor"), "2");
}
