use super::*;
use crate::{read_form, read_markdown};

fn printed(table: &str, index: usize) -> String {
    questionnaire(&read_markdown(table).unwrap().source, index)
}

/// What the paper says between two tags that hold it.
fn rule(html: &str) -> Vec<&str> {
    let parts = html.split("<p class=\"rule\">").skip(1);
    parts.filter_map(|part| part.split_once("</p>").map(|(said, _)| said)).collect()
}

const FAMILY: &str = "
    | survey  |                     |        |                       |                  |                       |               |
    |         | type                | name   | label::Español (es)   | label::English (en) | relevant           | constraint    | calculation |
    |         | select_one yes      | go     | ¿**Va**?              | Do you **go**?   |                       |               |
    |         | text                | why    | ¿Por qué <no>?        |                  | ${go} = 'n'           |               |
    |         | select_multiple yes | both   | Marque                | Mark             | not(${go} = 'n')      |               |
    |         | integer             | age    | Edad                  | Age              | selected(${both},'y') and ${why} != '' | . >= 0 and . <= 120 |
    |         | text                | dni    | DNI                   | ID               | count-selected(${both}) > 0 | regex(., '^[0-9]{8}$') and . != '00000000' |
    |         | calculate           | old    |                       |                  |                       |               | ${age} + 2 |
    |         | text                | carer  | ¿Quién cuida a ${why}? | Who cares for ${why}? | ${old} > 70 |             |
    |         | date                | day    | Fecha                 | Day              | ${age} >= 18 or 65 < ${age} | . <= today() |
    | choices |                     |        |                       |                  |                       |               |
    |         | list_name           | name   | label::Español (es)   | label::English (en) |                    |               |
    |         | yes                 | y      | Sí                    | Yes              |                       |               |
    |         | yes                 | n      | No                    | No               |                       |               |
    ";

#[test]
fn a_form_is_printed_in_each_of_its_languages() {
    let spanish = printed(FAMILY, 0);
    assert!(spanish.contains("¿<strong>Va</strong>?"), "{spanish}");
    assert!(spanish.contains("¿Por qué &lt;no&gt;?"));
    assert!(spanish.contains("○ Sí"));
    let english = printed(FAMILY, 1);
    assert!(english.contains("<li>○ Yes</li>"));
    // What a language lacks is said in the default one.
    assert!(english.contains("¿Por qué"));
}

#[test]
fn conditions_are_said_in_words_with_labels_for_codes() {
    assert_eq!(
        rule(&printed(FAMILY, 0)),
        [
            "Solo si la respuesta 1 es «No».",
            "Solo si la respuesta 1 no es «No».",
            "Solo si en la respuesta 3 está marcado «Sí» y la respuesta 2 no está en blanco.",
            "Vale: de 0 a 120.",
            "Solo si en la respuesta 3 hay algo marcado.",
            "Vale: 8 cifras; la respuesta no es «00000000».",
            // What no sentence can say names the answers it hangs on.
            "Se pregunta o no según la respuesta 4.",
            "Solo si la respuesta 4 es 18 o más o la respuesta 4 es mayor que 65.",
            "Vale: la respuesta no es posterior a hoy.",
        ]
    );
    assert!(rule(&printed(FAMILY, 1)).contains(&"Only if “Yes” is marked in answer 3 and answer 2 is not blank."));
}

#[test]
fn an_answer_that_is_quoted_is_a_line_with_the_number_of_its_question() {
    let html = printed(FAMILY, 0);
    assert!(html.contains("¿Quién cuida a <span class=\"blank\"><sup>2</sup></span>?"), "{html}");
    // Names and expressions are the author's affair.
    for private in ["${", "count-selected", "regex", "[old]"] {
        assert!(!html.contains(private), "{private}");
    }
}

#[test]
fn a_language_without_words_of_its_own_takes_those_of_the_default() {
    let html = printed(
        "
        | survey |      |      |                     |                     |
        |        | type | name | label::Español (es) | label::Quechua (qu) |
        |        | text | a    | Nombre              | Suti                |
        ",
        1,
    );
    assert!(html.contains("Suti") && html.contains("Respuesta obligatoria."), "{html}");
}

#[test]
fn a_repeat_of_few_short_questions_is_a_table_and_another_is_copied() {
    let table = "
        | survey  |                |        |         |
        |         | type           | name   | label   |
        |         | begin_repeat   | member | Member  |
        |         | text           | name   | Name    |
        |         | select_one sex | sex    | Sex     |
        |         | KIND           | more   | More    |
        |         | end_repeat     |        |         |
        | choices |                |        |         |
        |         | list_name      | name   | label   |
        |         | sex            | f      | Female  |
        |         | sex            | m      | Male    |
        ";
    let roster = printed(&table.replace("KIND", "integer"), 0);
    assert!(roster.contains("<table class=\"roster\">") && roster.contains("<td>○ Female<br>○ Male</td>"), "{roster}");
    assert!(roster.contains("If there are more than 8, continue on another sheet like this."));
    let counted = "
        | survey |              |        |        |              |
        |        | type         | name   | label  | repeat_count |
        |        | begin_repeat | member | Member | 3            |
        |        | text         | name   | Name   |              |
        |        | end_repeat   |        |        |              |
        ";
    let counted = printed(counted, 0);
    assert!(counted.matches("<td class=\"n\">").count() == 3 && !counted.contains("If there are more"), "{counted}");
    let copied = printed(&table.replace("KIND", "geopoint"), 0);
    assert!(!copied.contains("<table") && copied.contains("Copy this part for each one."), "{copied}");
}

#[test]
fn a_repeat_of_many_questions_is_a_table_with_a_column_for_each_row() {
    let html = printed(
        "
        | survey  |                   |        |           |             |               |              |                    |
        |         | type              | name   | label     | appearance  | relevant      | constraint   | constraint_message |
        |         | begin_repeat      | member | Member    |             |               |              |                    |
        |         | text              | name   | Name      |             |               | regex(., 'x') | As on the card    |
        |         | begin_group       | g      | Work      |             |               |              |                    |
        |         | select_one job    | job    | Job       |             |               |              |                    |
        |         | select_multiple job | jobs | Other     |             | ${job} != 'c' |              |                    |
        |         | end_group         |        |           |             |               |              |                    |
        |         | date              | born   | Born      |             |               |              |                    |
        |         | image             | photo  | Photo     |             |               |              |                    |
        |         | image             | sign   | Sign      | signature   |               |              |                    |
        |         | acknowledge       | seen   | Seen      |             |               |              |                    |
        |         | note              | thanks | Thank you |             |               |              |                    |
        |         | end_repeat        |        |           |             |               |              |                    |
        | choices |                   |        |           |             |               |              |                    |
        |         | list_name         | name   | label     |             |               |              |                    |
        |         | job               | a      | A farm of the family's own |    |       |              |                    |
        |         | job               | b      | Day labour |            |               |              |                    |
        |         | job               | c      | None      |             |               |              |                    |
        ",
        0,
    );
    for part in [
        "<thead><tr><th></th><th class=\"n\">1</th><th class=\"n\">2</th><th class=\"n\">3</th><th class=\"n\">4</th></tr></thead>",
        "<span class=\"n\">1.</span>Name</b><p class=\"rule\">As on the card</p></td><td></td><td></td><td></td><td></td>",
        "<tr><td class=\"head\" colspan=\"5\">Work</td></tr>",
        "Write the number: <b>1</b>&nbsp;A farm of the family's own",
        "<p class=\"rule\">Only if answer 2 is not “None”.</p>",
        "Write the numbers: ",
        "<p class=\"hint\">year / month / day</p>",
        "<td><small>No.</small></td>",
        "<td class=\"high\"></td>",
        "<td>☐</td>",
        "<tr><td class=\"told\" colspan=\"5\">Thank you</td></tr>",
        "If there are more than 4, continue on another sheet like this.",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[test]
fn the_author_says_what_is_accepted_where_no_sentence_can() {
    let html = printed(
        "
        | survey |         |      |       |                              |                                |
        |        | type    | name | label | constraint                   | constraint_message             |
        |        | text    | tel  | Phone | regex(., '^9[0-9]{8}$')      | Nine <digits>, the first is 9  |
        |        | integer | age  | Age   | . >= 0 and . <= 120          | That is no age                 |
        |        | integer | kids | Kids  | . >= 0 and . * 2 < ${age}    |                                |
        ",
        0,
    );
    assert_eq!(
        rule(&html),
        ["Nine &lt;digits&gt;, the first is 9", "Accepted: from 0 to 120.", "Accepted: the answer is 0 or more."]
    );
}

#[test]
fn a_page_that_came_loose_says_whose_it_is_and_what_runs_from_the_right_is_set_so() {
    let table = "
        | survey   |             |      |                   |
        |          | type        | name | label::العربية (ar) |
        |          | text        | a    | ما اسمك؟            |
        | settings |             |      |                   |
        |          | form_title  | form_id | |
        |          | A \"b\" </style> \\ | f | |
        ";
    let html = printed(table, 0);
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
    assert!(html.contains(r#"@bottom-left{content:"A \22 b\22  \3c /style\3e  \5c ";"#), "{html}");
    assert!(html.contains("@top-right{content:\"Record no. ___"), "{html}");
    assert_eq!(html.matches("</style>").count(), 1);
    assert!(!printed(FAMILY, 0).contains(" dir=\""));
}

#[test]
fn a_grid_is_a_table_and_a_long_list_stands_once_at_the_end() {
    let rows: String = (0..40).map(|n| format!("| | long | c{n} | Place {n} |\n")).collect();
    let html = printed(
        &format!(
            "
            | survey  |                 |      |       |              |
            |         | type            | name | label | appearance   |
            |         | select_one mark | head |       | label        |
            |         | select_one mark | milk | Milk  | list-nolabel |
            |         | select_one mark | wool | Wool  | list-nolabel |
            |         | select_one long | from | From  |              |
            |         | select_one long | to   | To    |              |
            | choices |                 |      |       |              |
            |         | list_name       | name | label |              |
            |         | mark            | 1    | Good  |              |
            |         | mark            | 2    | Bad   |              |
            {rows}
            "
        ),
        0,
    );
    assert!(
        html.contains("<table class=\"grid\"><thead><tr><th></th><th>Good</th><th>Bad</th></tr></thead>"),
        "{html}"
    );
    assert_eq!(html.matches("class=\"tick\"").count(), 4);
    assert_eq!(html.matches("Place 7<").count(), 1);
    assert_eq!(html.matches("Choose from list A, at the end.").count(), 2);
}

#[test]
fn each_kind_has_the_room_it_needs() {
    let html = printed(
        "
        | survey |              |      |       |            |                      |
        |        | type         | name | label | appearance | parameters           |
        |        | date         | a    | A     |            |                      |
        |        | geopoint     | b    | B     |            |                      |
        |        | image        | c    | C     | signature  |                      |
        |        | image        | d    | D     |            |                      |
        |        | range        | e    | E     |            | start=0 end=10 step=5 |
        |        | acknowledge  | f    | F     |            |                      |
        ",
        0,
    );
    for room in [
        "<small>year</small>",
        "latitude",
        "<div class=\"box\"><small>Signature</small></div>",
        "Recorded on the tablet. No.",
        "<li>○ 0</li>\n<li>○ 5</li>\n<li>○ 10</li>",
        "☐ OK",
    ] {
        assert!(html.contains(room), "{room}: {html}");
    }
}

#[test]
fn the_programmes_forms_are_printed_without_a_code_or_an_expression() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/programme/forms");
    let mut read = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let source = read_form(&std::fs::read(&path).unwrap(), &crate::Options::default()).unwrap().source;
        for index in 0..languages(&source).len() {
            let html = questionnaire(&source, index);
            let text = html.split_once("<body>").unwrap().1;
            for private in ["${", "selected(", " != ", "()", "&apos;"] {
                assert!(!text.contains(private), "{}: {private}", path.display());
            }
        }
        read += 1;
    }
    assert!(read > 0);
}
