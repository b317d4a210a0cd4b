use proptest::prelude::*;

use super::*;
use crate::read_markdown;

fn sample() -> FormSource {
    read_markdown(
        "
        | survey |               |        |                    |            |
        |        | type          | name   | label::Español (es) | relevant   |
        |        | select_one sn | going  | ¿Va?               |            |
        |        | text          | why    | ¿Por qué?          | ${going}='no' |
        | choices |           |      |                     |
        |         | list_name | name | label::Español (es) |
        |         | sn        | si   | Sí                  |
        |         | sn        | no   | No                  |
        | settings |         |            |
        |          | form_id | form_title |
        |          | trip    | Viaje      |
        ",
    )
    .unwrap()
    .source
}

#[test]
fn a_definition_round_trips_byte_for_byte() {
    let source = sample();
    let read = FormSource::from_bytes(source.as_bytes()).unwrap();
    assert_eq!(read, source);
    assert_eq!(read.version(), source.version());
}

#[test]
fn the_version_is_frozen() {
    // A change here means that every form in the field gets a new version: only a new format may do that.
    assert_eq!(sample().version().to_string(), "5a61ddbbe66018ca0a7ec7a5f3114e7fb31cd43e1535dabad74d295de7006d4c");
}

#[test]
fn layout_and_notes_do_not_change_the_version() {
    let table = |notes: &str| {
        read_markdown(&format!(
            "| survey | | | | |\n| | name | type | notes | label |\n{notes}| | a | text | {} | A |\n",
            notes.len()
        ))
        .unwrap()
        .source
        .version()
    };
    assert_eq!(table(""), table("| | | | | |\n"));
}

#[test]
fn a_newer_format_is_refused_as_such() {
    let mut bytes = sample().as_bytes().to_vec();
    bytes[1] = 2;
    assert!(matches!(FormSource::from_bytes(&bytes), Err(SourceError::Newer(2))));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = FormSource::from_bytes(&bytes);
    }

    #[test]
    fn a_spoiled_definition_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = sample().as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(source) = FormSource::from_bytes(&bytes) {
            let _ = crate::Form::from_source(&source);
        }
    }
}
