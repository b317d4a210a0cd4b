//! What each act of a person does.

use super::*;

const SN: &str = "
    | choices | | | |
    | | list_name | name | label |
    | | sn | si | Sí |
    | | sn | no | No |";

fn paths(change: &Change) -> Vec<String> {
    change.nodes.iter().map(|node| node.path().to_string()).collect()
}

#[test]
fn an_answer_gives_only_what_it_changed() {
    let mut fill = Fill::new(table(&format!(
        "| | select_one sn | a | A | | | | |
         | | text | b | B | ${{a}} = 'no' | | | |
         | | text | c | C | | | | |
         | | note | d | Hay ${{c}} | | | | |{SN}"
    )));
    let change = fill.answer("a", "no");
    assert_eq!(paths(&change), ["a", "b"]);
    assert_eq!(change.writes, [("q/a".parse().unwrap(), Scalar::text("no"))]);
    assert!(change.pages.is_some(), "one more question counts");
    assert_eq!(paths(&fill.answer("c", "tres")), ["c", "d"]);
    assert_eq!(fill.label("d"), "Hay tres");
    let again = fill.answer("c", "tres");
    assert_eq!((again.writes.len(), paths(&again)), (0, vec!["c".to_owned()]));
}

#[test]
fn conditions_may_lean_on_each_others_answers() {
    let mut fill = Fill::new(table(
        "| | text | a | A | ${b} = '' | | | |
         | | text | b | B | ${a} = '' | | | |",
    ));
    assert!(fill.is_relevant("a") && fill.is_relevant("b"));
    fill.answer("a", "x");
    assert!(fill.is_relevant("a") && !fill.is_relevant("b"));
    fill.answer("a", "");
    fill.answer("b", "x");
    assert!(!fill.is_relevant("a") && fill.is_relevant("b"));
}

#[test]
fn a_missing_answer_is_told_when_it_is_taken_back_or_its_page_checked() {
    let mut fill = Fill::new(form(
        "| survey | | | | | |
         | | type | name | label | required | required_message |
         | | text | a | A | yes | Escriba ${b} |
         | | text | b | B | yes | |",
    ));
    assert_eq!(fill.issue("a"), None);
    fill.answer("a", "x");
    fill.answer("a", "");
    assert_eq!(fill.issue("a"), Some(IssueKind::Required));
    assert_eq!(fill.issue("b"), None);
    let (issues, change) = fill.session.check_page(0).unwrap();
    assert_eq!(issues.iter().map(|found| found.path.to_string()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(issues[0].issue.message.as_deref(), Some("Escriba "));
    assert_eq!(paths(&change), ["b"]);
    assert_eq!(change.pages.unwrap()[0].issues, 2);
    assert_eq!(fill.issue("b"), Some(IssueKind::Required));
}

#[test]
fn finalizing_lists_every_issue_and_notes_the_end_only_when_there_is_none() {
    let mut fill = Fill::new(form(
        "| survey | | | | | | |
         | | type | name | label | required | constraint | constraint_message |
         | | end | end | | | | |
         | | begin_group | g | G | | | |
         | | text | a | A | yes | | |
         | | end_group | | | | | |
         | | begin_group | h | H | | | |
         | | integer | b | B | | . < 5 | Menos de 5 |
         | | end_group | | | | | |",
    ));
    fill.answer("h/b", "9");
    let closed = fill.session.finalize(now());
    let found: Vec<(u32, String, IssueKind)> =
        closed.issues.iter().map(|at| (at.page, at.label.clone(), at.issue.kind)).collect();
    assert_eq!(found, [(0, "A".to_owned(), IssueKind::Required), (1, "B".to_owned(), IssueKind::Constraint)]);
    assert_eq!(closed.issues[1].issue.message.as_deref(), Some("Menos de 5"));
    assert_eq!(closed.change.writes, []);
    fill.answer("g/a", "x");
    fill.answer("h/b", "4");
    let closed = fill.session.finalize(now());
    assert_eq!(closed.issues, []);
    assert_eq!(closed.change.writes, [("q/end".parse().unwrap(), Scalar::Time(now()))]);
}

#[test]
fn rows_stand_by_order_then_id_and_come_back_whole() {
    let mut fill = Fill::new(table(
        "| | begin_repeat | r | Miembros | | | | |
         | | text | name | Name | | | | |
         | | end_repeat | | | | | | |",
    ));
    let (one, two) = (fill.add_row("r"), fill.add_row("r"));
    fill.answer(&format!("{one}/name"), "Rosa");
    fill.answer(&format!("{two}/name"), "Juan");
    // A row made apart on another tablet has the same order: its id decides.
    let other = path("r").with_row(RowId::from_bytes([0; 8]));
    fill.saved.insert(Key::at(&other), Scalar::Int(2));
    fill.reopen();
    assert_eq!(fill.rows("r"), [one.clone(), other.to_string(), two.clone()]);
    let labels = |fill: &Fill| match fill.view("r") {
        NodeView::Repeat(view) => view.rows.into_iter().map(|row| row.label).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    assert_eq!(labels(&fill), ["Rosa", "Miembros 2", "Juan"]);
    let change = fill.remove_row(&one);
    assert_eq!(change.writes, [(format!("r/{one}=_del").parse().unwrap(), Scalar::Bool(true))]);
    fill.reopen();
    assert_eq!(labels(&fill), ["Miembros 1", "Juan"]);
    assert!(fill.session.answer(&path(&format!("{one}/name")), None).is_err());
    fill.restore_row(&one);
    assert_eq!(labels(&fill), ["Rosa", "Miembros 2", "Juan"]);
}

#[test]
fn an_answer_that_does_not_fit_is_told_and_not_stored() {
    let mut fill = Fill::new(form(
        "| survey | | | | |
         | | type | name | label | bind::chaski:scale |
         | | decimal | price | Price | 2 |
         | | decimal | length | Length | |",
    ));
    fill.answer("price", "12.5");
    assert_eq!(fill.stored("q/price"), Some(&Scalar::Int(1250)));
    let change = fill.answer("price", "12.555");
    assert_eq!(change.writes, []);
    assert_eq!(fill.issue("price"), Some(IssueKind::Type));
    assert_eq!(fill.value("price"), "12.5");
    fill.answer("price", "12.50");
    assert_eq!(fill.issue("price"), None);
    fill.answer("length", "1.5");
    assert_eq!(fill.stored("q/length"), Some(&Scalar::Int(1_500_000)));
    let shown = |at: &str| match fill.question(at).value {
        Some(Answer::Decimal(decimal)) => decimal.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!((shown("price").as_str(), shown("length").as_str()), ("12.50", "1.5"));
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_reason() {
    let mut fill = Fill::new(form(
        "| survey | | | | | |
         | | type | name | label | readonly | calculation |
         | | text | a | A | yes | |
         | | integer | b | B | | 1 + 1 |
         | | note | c | C | | |
         | | integer | d | D | | |",
    ));
    let text = || Some(Answer::Text("x".to_owned()));
    assert_eq!(fill.session.answer(&path("a"), text()), Err(SessionError::ReadOnly(path("a"))));
    assert_eq!(fill.session.answer(&path("b"), text()), Err(SessionError::ReadOnly(path("b"))));
    assert_eq!(fill.question("b").value, Some(Answer::Integer(2)));
    assert_eq!(fill.session.answer(&path("c"), text()), Err(SessionError::NotAQuestion(path("c"))));
    assert_eq!(fill.session.answer(&path("z"), text()), Err(SessionError::UnknownNode(path("z"))));
    let error = fill.session.answer(&path("d"), text()).unwrap_err();
    assert_eq!(error.to_string(), "`d` takes a whole number, not a text");
}

#[test]
fn languages_fall_back_to_the_default() {
    let mut fill = Fill::new(form(
        "| survey | | | | |
         | | type | name | label::Español (es) | label::Quechua (quy) |
         | | text | a | Nombre | Suti |
         | | text | b | Edad | |
         | settings | | |
         | | form_id | default_language |
         | | f | es |",
    ));
    let names: Vec<String> = fill.session.outline().languages.into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["Español", "Quechua"]);
    let change = fill.session.set_language("quy").unwrap();
    assert_eq!(change.nodes.len(), 2);
    assert_eq!((fill.label("a"), fill.label("b")), ("Suti".to_owned(), "Edad".to_owned()));
    assert!(fill.session.set_language("fr").is_err());
}

#[test]
fn tables_are_looked_up_filtered_and_walked() {
    let tables = [("proyectos", "name,label,distrito,avance\np1,Riego,0501,40\np2,Cuyes,0501,\np3,Trucha,0502,7\n")];
    let mut fill = Fill::with(
        table(
            "| | text | distrito | D | | | | |
             | | select_one_from_file proyectos.csv | proyecto | P | | | | distrito = ${distrito} |
             | | calculate | avance | | | coalesce(pulldata('proyectos','avance','name',${proyecto}), 0) | | |
             | | calculate | label | | | instance('proyectos')/root/item[name = ${proyecto}]/label | | |
             | | calculate | n | | | count(instance('proyectos')/root/item[distrito = ${distrito}]) | | |
             | | note | word | ${label} ${avance} | | | | |",
        ),
        lookups(&tables),
    );
    fill.answer("distrito", "0501");
    assert_eq!(fill.choices("proyecto"), ["p1", "p2"]);
    assert_eq!(fill.value("n"), "2");
    fill.answer("proyecto", "p1");
    assert_eq!(fill.label("word"), "Riego 40");
    fill.answer("proyecto", "p2");
    assert_eq!(fill.label("word"), "Cuyes 0");
    let view = fill.question("proyecto");
    assert_eq!(view.choices.unwrap()[0].label, "Riego");
    assert_eq!(fill.session.summary()[0].lines[1].display, "Cuyes");
}

#[test]
fn without_its_table_an_answer_stands() {
    let form = table("| | select_one_from_file proyectos.csv | p | P | | | | |\n| | note | n | ${p} | | | | |");
    let mut fill = Fill::new(form);
    fill.answer("p", "p1");
    assert_eq!(fill.label("n"), "p1");
    assert_eq!(fill.issue("p"), None);
}

#[test]
fn a_choice_that_its_list_does_not_have_is_an_issue() {
    let mut fill = Fill::new(table(&format!("| | select_one sn | a | A | | | | |{SN}")));
    fill.answer("a", "quizas");
    assert_eq!(fill.issue("a"), Some(IssueKind::UnknownChoice));
    assert_eq!(fill.value("a"), "");
}

#[test]
fn times_of_day_compare_as_times() {
    let mut fill = Fill::new(table(
        "| | time | from | F | | | | |
         | | time | to | T | | | . > ${from} | |
         | | note | early | E | ${from} < '08:00' | | | |
         | | note | given | G | ${from} != '' | | | |",
    ));
    assert!(!fill.is_relevant("given"));
    fill.answer("from", "09:30");
    fill.answer("to", "09:15");
    assert_eq!(fill.issue("to"), Some(IssueKind::Constraint));
    fill.answer("to", "10:00");
    assert_eq!(fill.issue("to"), None);
    assert!(fill.is_relevant("given") && !fill.is_relevant("early"));
    fill.answer("from", "07:59");
    assert!(fill.is_relevant("early"));
}

#[test]
fn a_row_is_reached_by_its_index() {
    let mut fill = Fill::new(table(
        "| | begin_repeat | r | R | | | | |
         | | integer | x | X | | | | |
         | | calculate | before | | | indexed-repeat(${x}, ${r}, position(..) - 1) | | |
         | | end_repeat | | | | | | |
         | | calculate | second | | | indexed-repeat(${x}, ${r}, 2) | | |
         | | calculate | big | | | count(${r}[x > 5]) | | |",
    ));
    let rows = [fill.add_row("r"), fill.add_row("r")];
    fill.answer(&format!("{}/x", rows[0]), "4");
    fill.answer(&format!("{}/x", rows[1]), "8");
    assert_eq!(fill.value("second"), "8");
    assert_eq!(fill.value("big"), "1");
    assert_eq!(fill.value(&format!("{}/before", rows[1])), "4");
    assert_eq!(fill.value(&format!("{}/before", rows[0])), "");
    fill.answer(&format!("{}/x", rows[0]), "6");
    assert_eq!(fill.value(&format!("{}/before", rows[1])), "6");
    assert_eq!(fill.value("big"), "2");
}

#[test]
fn codes_are_named_in_labels() {
    let mut fill = Fill::new(table(&format!(
        "| | select_one sn | a | A | | | | |
         | | calculate | word | | | jr:choice-name(${{a}}, '${{a}}') | | |
         | | note | n | ${{word}} | | | | |{SN}"
    )));
    fill.answer("a", "si");
    assert_eq!(fill.label("n"), "Sí");
}

#[test]
fn a_record_is_called_what_its_author_says() {
    let mut fill = Fill::new(form(
        "| survey | | | |
         | | type | name | label |
         | | text | a | A |
         | settings | | |
         | | form_id | instance_name |
         | | f | concat('Visita ', ${a}) |",
    ));
    assert_eq!(fill.session.instance_name(), "Visita");
    fill.answer("a", "1");
    assert_eq!(fill.session.instance_name(), "Visita 1");
}

#[test]
fn stored_scalars_are_told_in_words() {
    let mut fill = Fill::new(table(&format!(
        "| | select_one sn | a | A | | | | |
         | | select_multiple sn | b | B | | | | |
         | | begin_repeat | r | R | | | | |
         | | date | d | Fecha | | | | |
         | | end_repeat | | | | | | |{SN}"
    )));
    let row = fill.add_row("r");
    let told = |key: &str, scalar: Scalar| fill.session.display(&key.parse().unwrap(), &scalar);
    assert_eq!(told("q/a", Scalar::text("si")), "Sí");
    assert_eq!(told("q/a", Scalar::Null), "");
    assert_eq!(told("q/b=no", Scalar::Bool(true)), "☑ No");
    assert_eq!(told(&format!("r/{row}/d"), Scalar::text("2026-05-31")), "31/05/2026");
    assert_eq!(fill.session.label_of(&path(&format!("{row}/d"))).unwrap(), "R 1 · Fecha");
    assert_eq!(fill.session.label_of(&path(&row)).unwrap(), "R 1");
    assert_eq!(fill.session.label_of(&path("x")), None);
}

#[test]
fn wrappers_are_cut_into_pages_and_loose_questions_join_the_repeat_before_them() {
    let fill = Fill::new(table(
        "| | text | first | First | | | | |
         | | begin_group | w | W | | | | |
         | | text | intro | Intro | | | | |
         | | begin_group | a | Group A | | | | |
         | | text | x | X | | | | |
         | | end_group | | | | | | |
         | | begin_repeat | r | Repeat R | | | | |
         | | text | y | Y | | | | |
         | | end_repeat | | | | | | |
         | | calculate | n | | | count(${r}) | | |
         | | note | total | Total | | | | |
         | | end_group | | | | | | |
         | | begin_group | z | Group Z | | | | |
         | | begin_group | z1 | Inside | | | | |
         | | text | q | Q | | | | |
         | | end_group | | | | | | |
         | | text | p | P | | | | |
         | | end_group | | | | | | |",
    ));
    let mut session = fill.session;
    let pages: Vec<String> = (0..session.outline().pages.len() as u32)
        .map(|index| {
            let page = session.page(index).unwrap();
            let join = |paths: Vec<String>| paths.join(" ");
            let roots = join(page.roots.iter().map(ToString::to_string).collect());
            let nodes = join(page.nodes.iter().map(|node| node.path().to_string()).collect());
            format!("{}: {roots} | {nodes}", page.label)
        })
        .collect();
    assert_eq!(
        pages,
        [
            "f: first | first",
            "W: w/intro | w/intro",
            "Group A: w/a/x | w/a/x",
            "Repeat R: w/r w/total | w/r w/total",
            "Group Z: z/z1 z/p | z/z1 z/z1/q z/p",
        ]
    );
}

#[test]
fn circles_are_refused_with_their_path() {
    let refused = |rows: &str| {
        let text = format!("| survey |\n| | type | name | label | relevant | calculation |\n{rows}");
        let errors = read_markdown(&text).unwrap_err().0;
        errors.into_iter().find(|problem| problem.severity == crate::Severity::Error).unwrap().to_string()
    };
    assert_eq!(
        refused("| | calculate | a | | | ${b} + 1 |\n| | calculate | b | | | ${c} |\n| | calculate | c | | | ${a} |"),
        "survey, row 2, column E (calculation): the questions depend on each other in a circle: a → b → c → a; \
         break it at one of them"
    );
    assert_eq!(
        refused("| | text | a | A | ${a} = 'x' | |"),
        "survey, row 2, column D (relevant): the questions depend on each other in a circle: a → a; \
         break it at one of them"
    );
    assert_eq!(
        refused("| | calculate | a | | | ${a} + 1 |"),
        "survey, row 2, column E (calculation): the questions depend on each other in a circle: a → a; \
         break it at one of them"
    );
}

#[test]
fn references_and_expressions_that_cannot_be_read_are_told_with_their_place() {
    let refused = |cell: &str| {
        let text = format!(
            "| survey |\n| | type | name | label | relevant |\n| | text | going | G | |\n| | text | a | A | {cell} |"
        );
        let errors = read_markdown(&text).unwrap_err().0;
        errors.into_iter().find(|problem| problem.severity == crate::Severity::Error).unwrap().to_string()
    };
    assert_eq!(
        refused("${goin} = 'x'"),
        "survey, row 3, column D (relevant): there is no question `goin`; did you mean `going`?"
    );
    assert!(
        refused("${going} = ")
            .starts_with("survey, row 3, column D (relevant): the expression cannot be read at character ")
    );
    assert!(refused("cuont(${going}) > 1").contains("did you mean `count`?"));
}

#[test]
fn quotes_that_a_word_processor_bent_are_read() {
    let mut fill = Fill::new(table("| | text | a | A | | | | |\n| | note | n | N | ${a} = ‘x’ or ${a} = “y” | | | |"));
    fill.answer("a", "y");
    assert!(fill.is_relevant("n"));
}

#[test]
fn a_number_beyond_its_range_is_kept_and_told() {
    let source = crate::read_markdown(
        "
        | survey |       |      |       |                       |
        |        | type  | name | label | parameters            |
        |        | range | a    | A     | start=10 end=0 step=2 |
        |        | range | b    | B     |                       |
        ",
    )
    .unwrap()
    .source;
    let mut fill = Fill::new(Arc::new(Form::from_source(&source).unwrap()));
    for (at, number, issue) in [
        ("a", "0", None),
        ("a", "10", None),
        ("a", "99", Some(IssueKind::Type)),
        ("b", "0", Some(IssueKind::Type)),
        ("b", "1", None),
    ] {
        fill.answer(at, number);
        assert_eq!(fill.issue(at), issue, "{at} {number}");
    }
    fill.answer("a", "99");
    assert_eq!(fill.value("a"), "99");
}

#[test]
fn the_ticks_of_a_range_have_the_words_of_their_list_in_each_language() {
    let mut fill = Fill::new(form(
        "| survey |
         | | type  | name | label::es (es) | label::en (en) | parameters |
         | | range | a    | ¿Riega?       | Watered?      | start=0 end=4 step=1 tick_labelset=often |
         | | range | b    | B             | B             | start=0 end=4 step=1 |
         | choices |
         | | list_name | name | label::es (es) | label::en (en) |
         | | often     | 0    | Nunca         | Never         |
         | | often     | 4    | Siempre       | Always        |
         | settings |
         | | form_id | default_language |
         | | f | es (es) |",
    ));
    let ticks = |fill: &mut Fill, at: usize| match &fill.session.page(0).unwrap().nodes[at] {
        NodeView::Question(question) => question.choices.as_ref().map(|ticks| {
            ticks.iter().map(|tick| format!("{} {}", tick.code, tick.label)).collect::<Vec<_>>().join(", ")
        }),
        other => panic!("{other:?}"),
    };
    assert_eq!(ticks(&mut fill, 0).as_deref(), Some("0 Nunca, 4 Siempre"));
    assert_eq!(ticks(&mut fill, 1), None);
    fill.session.set_language("en").unwrap();
    assert_eq!(ticks(&mut fill, 0).as_deref(), Some("0 Never, 4 Always"));
}
