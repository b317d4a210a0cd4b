use proptest::prelude::*;

use super::*;

fn put_record(stream: &mut Vec<u8>, kind: u16, content: &[u8]) {
    stream.extend_from_slice(&kind.to_le_bytes());
    stream.extend_from_slice(&(content.len() as u16).to_le_bytes());
    stream.extend_from_slice(content);
}

fn begin(kind: u16) -> Vec<u8> {
    [0x0600_u16, kind, 0, 0, 0, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A workbook of one sheet, with each cell's row, column and text.
fn workbook(cells: &[(u16, u16, &str)], more: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut globals = Vec::new();
    put_record(&mut globals, BEGIN, &begin(5));
    let name = b"survey";
    let sheet_at = globals.len() + 4 + 8 + name.len() + 4;
    let mut bound = (sheet_at as u32).to_le_bytes().to_vec();
    bound.extend_from_slice(&[0, 0, name.len() as u8, 0]);
    bound.extend_from_slice(name);
    put_record(&mut globals, BOUND_SHEET, &bound);
    put_record(&mut globals, END, &[]);
    assert_eq!(globals.len(), sheet_at);
    put_record(&mut globals, BEGIN, &begin(0x10));
    for (kind, content) in more {
        put_record(&mut globals, *kind, content);
    }
    for (row, column, text) in cells {
        let mut content: Vec<u8> = [*row, *column, 0, text.len() as u16].iter().flat_map(|n| n.to_le_bytes()).collect();
        content.push(0);
        content.extend_from_slice(text.as_bytes());
        put_record(&mut globals, 0x0204, &content);
    }
    put_record(&mut globals, END, &[]);
    in_a_file(&globals).unwrap()
}

#[test]
fn cells_are_read_where_they_stand() {
    let bytes = workbook(&[(0, 0, "type"), (0, 1, "name"), (4, 1, " who ")], &[]);
    let workbook = read(&bytes, &Limits::default()).unwrap();
    let rows = &workbook.sheet("survey").unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 5]);
    assert_eq!(rows[1].cells.get(1).unwrap(), "who");
}

#[test]
fn a_workbook_with_a_password_is_told() {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/EncryptedPackage").unwrap().write_all(b"secret").unwrap();
    file.flush().unwrap();
    let error = read(&file.into_inner().into_inner(), &Limits::default()).unwrap_err();
    assert!(error.0[0].to_string().contains("password"), "{error:?}");
}

#[test]
fn a_workbook_of_any_length_is_read() {
    for rows in [1, 10, 200, 2_000] {
        let cells: Vec<(u16, u16, &str)> = (0..rows).map(|row| (row, 0, "some words in a cell")).collect();
        let found = read(&workbook(&cells, &[]), &Limits::default()).unwrap();
        assert_eq!(found.sheet("survey").unwrap().rows.len(), usize::from(rows));
    }
}

#[test]
fn a_form_is_read_whatever_kind_of_file_it_is_in() {
    let cells = [(0, 0, "type"), (0, 1, "name"), (0, 2, "label"), (1, 0, "text"), (1, 1, "a"), (1, 2, "A")];
    let reading = crate::read_form(&workbook(&cells, &[]), &crate::Options::default()).unwrap();
    assert_eq!(crate::Form::from_source(&reading.source).unwrap().question_count(), 1);
}

#[test]
fn a_sheet_that_says_it_is_large_costs_nothing_and_one_that_is_large_is_refused() {
    let huge: Vec<u8> =
        [0_u32, u32::MAX - 1].iter().flat_map(|n| n.to_le_bytes()).chain([0, 0, 0xff, 0xff, 0, 0]).collect();
    let bytes = workbook(&[(0, 0, "type")], &[(DIMENSIONS, huge)]);
    assert!(read(&bytes, &Limits::default()).is_ok());
    let bytes = workbook(&[(0, 0, "type"), (65_000, 250, "x")], &[]);
    let FormErrors(problems) = read(&bytes, &Limits::default()).unwrap_err();
    assert_eq!(problems[0].cause, Cause::TooLarge { limit: 1_000_000, unit: "cells" });
}

#[test]
fn shared_texts_are_measured_across_parts() {
    // Two texts; the second goes on in the next part, where its characters are wide.
    let mut stream = Vec::new();
    let mut first = vec![0; 8];
    first.extend_from_slice(&[2, 0, 0, b'a', b'b', 3, 0, 0, b'c']);
    put_record(&mut stream, SHARED_TEXTS, &first);
    put_record(&mut stream, CONTINUE, &[1, b'd', 0, b'e', 0]);
    assert_eq!(shared_lengths(&stream, 0), [2, 3]);
}

proptest! {
    #[test]
    fn spoiled_workbooks_never_panic(spots in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = workbook(&[(0, 0, "type"), (0, 1, "name"), (1, 0, "text"), (1, 1, "a")], &[]);
        for (at, byte) in spots {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn arbitrary_records_never_panic(records in prop::collection::vec(
        (prop::sample::select(vec![FORMULA, NAME, MULTIPLE_NUMBERS, SHARED_TEXT, DIMENSIONS, 0x00d6, 0x0203, 0x0205, 0x0207, 0x027e]),
         prop::collection::vec(any::<u8>(), 0..40)), 0..30)) {
        let _ = read(&workbook(&[(0, 0, "type")], &records), &Limits::default());
    }
}
