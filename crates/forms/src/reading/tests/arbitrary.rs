//! Whatever stands in the cells, reading ends with a form or with problems, and a form that was read can be opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaski_values::{RecordId, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::workbook::{Sheet, SheetRow};
use crate::{Environment, Form, Lookups, Session};

const HEADERS: [&str; 18] = [
    "type",
    "name",
    "label",
    "relevant",
    "required",
    "constraint",
    "calculation",
    "choice_filter",
    "repeat_count",
    "default",
    "appearance",
    "parameters",
    "save_to",
    "trigger",
    "media::image",
    "bind::odk:x",
    "hint::Español (es)",
    "bind::chaski:scale",
];

/// Cells that are half right, so that reading gets beyond the first check.
fn cell() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "text",
        "integer",
        "decimal",
        "select_one l",
        "select_multiple l or_other",
        "begin_group",
        "end_group",
        "begin_repeat",
        "end_repeat",
        "calculate",
        "note",
        "today",
        "a",
        "b",
        "c",
        "r",
        "${a}",
        "${b} > 1",
        "${r}",
        "count(${r})",
        "sum(${a}) + ${b}",
        ". = 1",
        "../a",
        "/data/r/a",
        "position(..)",
        "once(uuid())",
        "yes",
        "no",
        "2",
        "x = ${a}",
        "name != 'a' and x",
        "indexed-repeat(${a}, ${r}, ${b})",
        "${r}[a > 1]/b",
        "//*",
        "${",
        "}",
        "((((",
        "pulldata('t', 'a', 'b', ${c})",
        "instance('l')/root/item[name = ${a}]/label",
        "${last-saved#a}",
        "1 div 0",
        "Hola ${a} y ${b",
        "field-list",
        "max-pixels=1",
        "value=name label=x",
        "select_one t.csv",
        "select_one ${a}",
        "select_one_external l",
        "rank l",
        "range",
        "start=1 end=2 step=0",
        "begin_loop over l",
        "end_loop",
        "geotrace",
        "reference-geometry=${r}",
        "audit",
        "background-geopoint",
        "e#p",
        "table-list",
        "search('t')",
        "randomize=true seed=${a}",
        "",
        "",
        "",
    ]);
    prop_oneof![
        9 => known.prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

fn sheet(name: &str, headers: &[&str], rows: Vec<Vec<String>>) -> Sheet {
    let row = |(index, cells): (usize, Vec<String>)| SheetRow {
        number: index as u32 + 1,
        cells: (0..).zip(cells).filter(|(_, text)| !text.is_empty()).collect(),
    };
    let headers = headers.iter().map(|header| (*header).to_owned()).collect();
    let rows = std::iter::once(headers).chain(rows).enumerate().map(row).collect();
    Sheet { name: name.to_owned(), rows, ..Sheet::default() }
}

fn rows(width: usize) -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec(cell(), width), 0..14)
}

fn open(workbook: &Workbook) {
    let strict = Options { strictness: Strictness::Strict, ..Options::default() };
    let is_strictly_read = read(workbook, &strict).is_ok();
    let Ok(reading) = read(workbook, &Options::default()) else {
        assert!(!is_strictly_read, "what is read strictly is read");
        return;
    };
    // What is written is XML, whatever the author wrote.
    let xform = crate::write_xform(&reading.source);
    if let Err(FormErrors(problems)) = crate::read_xform(xform.as_bytes(), &Limits::default()) {
        let is_broken = |problem: &Problem| matches!(problem.cause, Cause::NotXml { .. });
        assert!(!problems.iter().any(is_broken), "{problems:?}\n{xform}");
    }
    crate::questionnaire(&reading.source, 0);
    let bytes = reading.source.as_bytes();
    let source = FormSource::from_bytes(bytes).expect("what was written is read");
    assert_eq!(source.version(), reading.source.version());
    let form = Arc::new(Form::from_source(&source).expect("what was read without an error compiles"));
    let environment = Environment {
        now: Timestamp::from_millis(0).expect("in range"),
        zone_minutes: -300,
        device: String::new(),
        person: String::new(),
        seed: [0; 32],
        lookups: Lookups::default(),
    };
    let (mut session, writes) =
        Session::open(form.clone(), environment.clone(), RecordId::from_bytes([0; 16]), &BTreeMap::new());
    for page in 0..session.outline().pages.len() as u32 {
        session.page(page).expect("the page is listed");
    }
    session.finalize(environment.now);
    let saved = writes.into_iter().collect();
    Session::open(form, environment, RecordId::from_bytes([0; 16]), &saved);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_cells_never_panic(
        survey in rows(HEADERS.len()), choices in rows(4), settings in rows(3), entities in rows(3)
    ) {
        open(&Workbook { sheets: vec![
            sheet("survey", &HEADERS, survey),
            sheet("choices", &["list_name", "name", "label", "x"], choices),
            sheet("settings", &["form_id", "instance_name", "default_language"], settings),
            sheet("entities", &["list_name", "label", "create_if"], entities),
            sheet("external_choices", &["list_name", "name", "label", "x"], vec![
                ["l", "a", "A", "1"].map(str::to_owned).to_vec(),
            ]),
        ], ..Workbook::default() });
    }

    #[test]
    fn well_formed_rows_with_arbitrary_expressions_never_panic(
        cells in prop::collection::vec(prop::collection::vec(cell(), 10), 8)
    ) {
        // The first columns are sound, so that the expressions are reached.
        let frame = [
            ("text", "a"), ("begin_group", "g"), ("integer", "b"), ("end_group", ""),
            ("begin_repeat", "r"), ("calculate", "c"), ("select_one l", "d"), ("end_repeat", ""),
        ];
        let rows = frame.iter().zip(cells).map(|((kind, name), cells)| {
            let mut row = vec![(*kind).to_owned(), (*name).to_owned(), "L".to_owned()];
            // One cell in ten of each: a row with every column wrong only tells of the first.
            row.extend(cells.into_iter().enumerate().map(|(at, cell)| if cell.len() % 3 == at % 3 { cell } else { String::new() }));
            row
        });
        open(&Workbook { sheets: vec![
            sheet("survey", &HEADERS, rows.collect()),
            sheet("choices", &["list_name", "name", "label", "x"], vec![
                ["l", "a", "A", "1"].map(str::to_owned).to_vec(),
                ["l", "b", "B ${a}", "2"].map(str::to_owned).to_vec(),
            ]),
        ], ..Workbook::default() });
    }

    #[test]
    fn arbitrary_text_never_panics(text in "(\\|?(survey|choices|type|name|text|,|\\||\"|\n| |[a-c])){0,60}") {
        let _ = read_form(text.as_bytes(), &Options::default());
        let _ = read_markdown(&text);
    }

    #[test]
    fn what_only_begins_like_a_workbook_never_panics(
        start in prop::sample::select(vec![&b"PK\x03\x04"[..], &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], b"<h:html"]),
        rest in prop::collection::vec(any::<u8>(), 0..2_000)
    ) {
        let bytes = [start, &rest].concat();
        let _ = read_form(&bytes, &Options::default());
        let _ = crate::read_xform(&bytes, &Limits::default());
    }

    #[test]
    fn arbitrary_csv_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_csv(&[("survey", &bytes)], &Options::default());
        let _ = read_form(&bytes, &Options::default());
        let _ = crate::Table::from_csv(&bytes);
    }
}
