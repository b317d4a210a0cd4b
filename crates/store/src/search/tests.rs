use super::*;
use crate::DraftRow;
use crate::testing::{at, fresh, person, record};

fn with(titles: &[&str]) -> (tempfile::TempDir, Store) {
    let (folder, mut store) = fresh();
    for (title, number) in titles.iter().zip(1..) {
        let draft = DraftRow {
            kind: "form".to_owned(),
            district: None,
            form: None,
            form_version: None,
            project: None,
            title: (*title).to_owned(),
            search: format!("DNI 4000000{number}"),
        };
        store.open_sitting(record(number), person(1), 0, at(0), Some(&draft)).unwrap();
    }
    (folder, store)
}

#[test]
fn accents_case_and_word_ends_do_not_matter() {
    let (_folder, store) = with(&["José Ñahui Quispe", "Jose Nahui", "Rosa Huamán"]);
    for query in ["jose", "JOSÉ", "nahui jos", "ñahui", "nahui"] {
        assert_eq!(store.search(query, 10).unwrap().len(), 2, "{query}");
    }
    assert_eq!(store.search("huaman", 10).unwrap(), [record(3)]);
    assert_eq!(store.search("40000003", 10).unwrap(), [record(3)]);
    assert_eq!(store.search("jose huaman", 10).unwrap(), []);
    assert_eq!(store.search("jose", 1).unwrap().len(), 1);
}

#[test]
fn what_is_typed_is_never_a_query_language() {
    let (_folder, store) = with(&["Rosa OR Huamán", "title NOT body"]);
    for query in [
        "",
        " ",
        "\"",
        "'",
        "*",
        "a*",
        "^",
        "-",
        "--",
        "()",
        ")",
        "AND",
        "OR",
        "NOT",
        "NEAR(a b)",
        "title:rosa",
        "{",
        "}",
        "rosa\" OR \"x",
        "\u{0}",
        "\u{301}",
        "a\u{0}b",
        "%",
        "';drop table records;--",
        "💧",
        "¿qué?",
        "１２",
        "ª",
        "²",
        "rosa +",
        "col : x",
        "\"unterminated",
        "ﬁ",
        "ß",
        "İ",
        "\u{200d}",
        "漢字",
        "क्षि",
    ] {
        store.search(query, 10).unwrap_or_else(|error| panic!("{query:?}: {error}"));
    }
    assert_eq!(store.search("OR", 10).unwrap(), [record(1)]);
    assert_eq!(store.search("rosa\" OR \"not", 10).unwrap(), []);
    assert_eq!(store.search(&"palabra ".repeat(10_000), 10).unwrap(), []);
    assert_eq!(store.search(&"a".repeat(1_000_000), 10).unwrap(), []);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_survived(texts in proptest::collection::vec(".{0,40}", 8)) {
        let (_folder, store) = with(&["Rosa"]);
        for text in texts {
            proptest::prop_assert!(store.search(&text, 3).is_ok(), "{text:?}");
        }
    }
}
