//! Rows that are hidden alone, and choices that are made of the answers of rows.

use super::*;

/// People, of whom a row counts while its own answer does not say they are gone, and no more than three of them.
fn people() -> Arc<Form> {
    table(
        "| | begin_repeat | r | Persona | ${gone} != 'si' and position(.) < 4 | | | |
         | | text | name | Name | | | | |
         | | integer | age | Age | | | | |
         | | text | gone | Gone | | | | |
         | | calculate | of | | | concat(position(..), ' of ', count(${r})) | | |
         | | end_repeat | | | | | | |
         | | calculate | names | | | join(', ', ${name}) | | |
         | | calculate | years | | | sum(${age}) | | |
         | | note | told | ${names}: ${years}, ${first} | | | | |
         | | calculate | first | | | indexed-repeat(${name}, ${r}, 1) | | |",
    )
}

fn note(fill: &Fill) -> String {
    fill.label("told")
}

fn person(fill: &mut Fill, name: &str, age: &str) -> String {
    let row = fill.add_row("r");
    fill.answer(&format!("{row}/name"), name);
    fill.answer(&format!("{row}/age"), age);
    row
}

fn rows_shown(fill: &Fill) -> Vec<String> {
    match fill.view("r") {
        NodeView::Repeat(view) => view.rows.iter().map(|row| format!("{} {}", row.position, row.label)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_whose_own_answer_hides_it_is_hidden_alone() {
    let mut fill = Fill::new(people());
    let ana = person(&mut fill, "Ana", "30");
    person(&mut fill, "Beto", "4");
    assert_eq!(note(&fill), "Ana, Beto: 34, Ana");
    let change = fill.answer(&format!("{ana}/gone"), "si");
    assert_eq!(note(&fill), "Beto: 4, ");
    assert_eq!(rows_shown(&fill), ["2 Beto"]);
    let hidden = change.nodes.iter().find(|node| node.path().to_string() == format!("{ana}/age")).unwrap();
    assert!(!hidden.is_relevant());
    // The rows keep their places, so what is told of Beto is the same.
    let beto = fill.session.states().into_iter().find(|state| state.place == "r[2]/of").unwrap();
    assert_eq!(beto.value, "2 of 1");
    // It does not show itself again, and what it held is there when it comes back.
    fill.reopen();
    assert_eq!(note(&fill), "Beto: 4, ");
    let change = fill.answer(&format!("{ana}/gone"), "");
    assert_eq!(note(&fill), "Ana, Beto: 34, Ana");
    assert!(change.nodes.iter().any(|node| node.path().to_string() == format!("{ana}/age") && node.is_relevant()));
}

#[test]
fn a_row_is_hidden_by_its_position() {
    let mut fill = Fill::new(people());
    for name in ["Ana", "Beto", "Ciro", "Dora"] {
        person(&mut fill, name, "1");
    }
    assert_eq!(rows_shown(&fill), ["1 Ana", "2 Beto", "3 Ciro"]);
    assert_eq!(note(&fill), "Ana, Beto, Ciro: 3, Ana");
    let first = fill.rows("r")[0].clone();
    fill.remove_row(&first);
    assert_eq!(note(&fill), "Beto, Ciro, Dora: 3, Beto");
    fill.restore_row(&first);
    assert_eq!(note(&fill), "Ana, Beto, Ciro: 3, Ana");
}

#[test]
fn nothing_is_asked_for_in_a_hidden_row() {
    let form = form(
        "| survey |
         | | type | name | label | relevant | required |
         | | begin_repeat | r | R | ${kind} != 'none' | |
         | | text | kind | Kind | | yes |
         | | begin_repeat | s | S | | |
         | | text | a | A | | yes |
         | | end_repeat | | | | |
         | | end_repeat | | | | |
         | settings |
         | | form_id |
         | | f |",
    );
    let mut fill = Fill::new(form);
    let row = fill.add_row("r");
    fill.add_row(&format!("{row}/s"));
    assert_eq!(fill.session.finalize(now()).issues.len(), 2);
    fill.answer(&format!("{row}/kind"), "none");
    assert_eq!(fill.session.finalize(now()).issues, []);
    assert_eq!(fill.session.summary(), []);
    assert_eq!(fill.session.outline().questions, 0);
    let inner = fill.session.states().into_iter().find(|state| state.place == "r[1]/s[1]/a").unwrap();
    assert!(!inner.relevant);
}

#[test]
fn a_condition_that_is_the_same_in_each_row_is_of_the_whole_repeat() {
    let form = table(
        "| | text | a | A | | | | |
         | | begin_repeat | r | R | ${a} = 'x' and position(..) = 1 | | | |
         | | text | b | B | | | | |
         | | end_repeat | | | | | | |",
    );
    let mut fill = Fill::new(form);
    fill.add_row("r");
    let relevant = |fill: &Fill| fill.session.states().into_iter().find(|state| state.place == "r").unwrap().relevant;
    assert!(!relevant(&fill));
    fill.answer("a", "x");
    assert!(relevant(&fill));
}

#[test]
fn a_row_that_is_hidden_by_the_number_of_rows_seen_is_a_cycle() {
    let errors = read_markdown(
        "| survey |
         | | type | name | label | relevant | calculation |
         | | begin_repeat | r | R | ${a} < ${seen} | |
         | | integer | a | A | | |
         | | end_repeat | | | | |
         | | calculate | seen | | | count(${a}) |
         | settings |
         | | form_id |
         | | f |",
    )
    .unwrap_err();
    let told = errors.0.iter().map(ToString::to_string).collect::<String>();
    expect_test::expect!["survey, row 2, column D (relevant): the questions depend on each other in a circle: r → seen → r; break it at one of them"].assert_eq(&told);
}

/// A household, its head chosen from those old enough, and for each debt a debtor and another who stands in for them.
fn household() -> Arc<Form> {
    form(
        "| survey |
         | | type | name | label | choice_filter | relevant |
         | | integer | least | L | | |
         | | begin_repeat | r | R | | ${gone} = '' |
         | | text | name | Name | | |
         | | integer | age | Age | | |
         | | text | gone | Gone | | |
         | | select_one ${name} | friend | Friend | ${name} != current()/../name | |
         | | end_repeat | | | | |
         | | select_one ${name} | head | Head | ${age} >= ${least} and position(.) < 4 | |
         | | begin_repeat | debt | D | | |
         | | integer | over | O | | |
         | | select_multiple ${name} | by | By | ${age} > ${over} | |
         | | end_repeat | | | | |
         | | note | told | ${head} | | |
         | settings |
         | | form_id |
         | | f |",
    )
}

#[test]
fn choices_made_of_rows_follow_the_answers_of_each_row() {
    let mut fill = Fill::new(household());
    fill.answer("least", "18");
    let (ana, beto) = (person(&mut fill, "Ana", "30"), person(&mut fill, "Beto", "17"));
    person(&mut fill, "", "50");
    let ciro = person(&mut fill, "Ciro", "60");
    assert_eq!(fill.choices("head"), ["Ana"]);
    let change = fill.answer(&format!("{beto}/age"), "18");
    assert_eq!(fill.choices("head"), ["Ana", "Beto"]);
    assert!(change.nodes.iter().any(|node| node.path().to_string() == "head"));
    fill.answer("head", "Beto");
    assert_eq!(fill.label("told"), "Beto");
    // A row that is hidden or removed is no choice, and what was chosen is there again with it.
    fill.answer(&format!("{beto}/gone"), "si");
    assert_eq!((fill.choices("head"), fill.label("told")), (vec!["Ana".to_owned()], String::new()));
    fill.answer(&format!("{beto}/gone"), "");
    assert_eq!(fill.label("told"), "Beto");
    fill.remove_row(&ana);
    // Ciro is the third row now.
    assert_eq!(fill.choices("head"), ["Beto", "Ciro"]);
    fill.answer("least", "60");
    assert_eq!(fill.choices("head"), ["Ciro"]);
    fill.answer(&format!("{ciro}/name"), "Ciro Q.");
    assert_eq!(fill.question("head").choices.unwrap()[0].label, "Ciro Q.");
    fill.reopen();
    assert_eq!(fill.choices("head"), ["Ciro Q."]);
}

#[test]
fn choices_made_of_rows_are_seen_from_the_row_that_asks() {
    let mut fill = Fill::new(household());
    let (ana, beto) = (person(&mut fill, "Ana", "30"), person(&mut fill, "Beto", "17"));
    let (one, other) = (fill.add_row("debt"), fill.add_row("debt"));
    fill.answer(&format!("{one}/over"), "20");
    fill.answer(&format!("{other}/over"), "10");
    assert_eq!(fill.choices(&format!("{one}/by")), ["Ana"]);
    assert_eq!(fill.choices(&format!("{other}/by")), ["Ana", "Beto"]);
    assert_eq!(fill.choices(&format!("{ana}/friend")), ["Beto"]);
    assert_eq!(fill.choices(&format!("{beto}/friend")), ["Ana"]);
    fill.answer(&format!("{ana}/name"), "Anita");
    assert_eq!(fill.choices(&format!("{beto}/friend")), ["Anita"]);
}

#[test]
fn a_choice_made_of_a_choice_has_its_label() {
    let form = form(
        "| survey |
         | | type | name | label |
         | | begin_repeat | r | R |
         | | select_one crop | crop | Crop |
         | | end_repeat | | |
         | | select_one ${crop} | best | Best |
         | choices |
         | | list_name | name | label::English (en) | label::Español (es) |
         | | crop | a | Maize | Maíz |
         | settings |
         | | form_id |
         | | f |",
    );
    let mut fill = Fill::new(form);
    let row = fill.add_row("r");
    fill.answer(&format!("{row}/crop"), "a");
    let label = |fill: &Fill| fill.question("best").choices.unwrap()[0].label.clone();
    assert_eq!(label(&fill), "Maize");
    fill.session.set_language("es").unwrap();
    assert_eq!(label(&fill), "Maíz");
}
