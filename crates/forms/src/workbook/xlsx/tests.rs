use std::io::Write as _;

use proptest::prelude::*;
use rust_xlsxwriter::{Workbook as Writer, XlsxError};
use zip::write::SimpleFileOptions;

use super::*;

fn workbook(fill: impl FnOnce(&mut Writer) -> Result<(), XlsxError>) -> Vec<u8> {
    let mut writer = Writer::new();
    fill(&mut writer).unwrap();
    writer.save_to_buffer().unwrap()
}

fn cause(bytes: &[u8]) -> Cause {
    read(bytes, &Limits::default()).unwrap_err().0.remove(0).cause
}

#[test]
fn cells_keep_their_place_and_read_as_the_author_sees_them() {
    let bytes = workbook(|writer| {
        let sheet = writer.add_worksheet().set_name("Survey")?;
        sheet.write(0, 0, "type")?;
        sheet.write(4, 2, 12.5)?;
        sheet.write(4, 3, 3.0)?;
        sheet.write(4, 4, true)?;
        sheet.write(4, 5, "  a\u{a0}b ")?;
        writer.add_worksheet().set_name("notes")?.write(0, 0, "not read")?;
        Ok(())
    });
    let workbook = read(&bytes, &Limits::default()).unwrap();
    assert_eq!(workbook.sheets.iter().map(|sheet| sheet.rows.is_empty()).collect::<Vec<_>>(), [false, true]);
    let row = &workbook.sheet("survey").unwrap().rows[1];
    assert_eq!(row.number, 5);
    let cells: Vec<_> = row.cells.iter().collect();
    assert_eq!(cells, [(2, "12.5"), (3, "3"), (4, "TRUE"), (5, "a b")]);
}

#[test]
fn what_is_not_a_zip_is_refused() {
    for bytes in [&b""[..], b"PK", b"type,name,label\n", &[0; 5000]] {
        assert!(matches!(cause(bytes), Cause::NotAWorkbook { .. }));
    }
}

#[test]
fn a_zip_that_is_not_a_workbook_is_refused() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"a").unwrap();
    assert!(matches!(cause(&zip.finish().unwrap().into_inner()), Cause::NotAWorkbook { .. }));
}

#[test]
fn a_zip_bomb_is_refused_by_what_it_really_unpacks_to() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let zeros = vec![0; 1 << 20];
    zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
    for _ in 0..80 {
        zip.write_all(&zeros).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 20);
    assert_eq!(cause(&bytes), Cause::TooLarge { limit: 64 << 20, unit: "bytes" });
}

#[test]
fn a_bomb_of_entries_is_refused() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for part in 0..1_001 {
        zip.start_file(format!("{part}"), SimpleFileOptions::default()).unwrap();
    }
    assert_eq!(cause(&zip.finish().unwrap().into_inner()), Cause::TooLarge { limit: 1_000, unit: "files" });
}

#[test]
fn a_lone_cell_far_away_costs_nothing_and_is_refused() {
    let bytes = workbook(|writer| {
        writer.add_worksheet().set_name("survey")?.write(1_048_575, 16_383, "x")?;
        Ok(())
    });
    assert_eq!(cause(&bytes), Cause::TooLarge { limit: 100_000, unit: "rows" });
}

#[test]
fn one_long_text_shared_by_many_cells_is_refused() {
    let long = "x".repeat(30_000);
    let bytes = workbook(|writer| {
        let sheet = writer.add_worksheet().set_name("survey")?;
        for row in 0..3_000 {
            sheet.write(row, 0, &long)?;
        }
        Ok(())
    });
    assert!(bytes.len() < 1 << 20);
    assert_eq!(cause(&bytes), Cause::TooLarge { limit: 64 << 20, unit: "bytes" });
}

fn small() -> Vec<u8> {
    workbook(|writer| {
        let sheet = writer.add_worksheet().set_name("survey")?;
        sheet.write_row(0, 0, ["type", "name", "label"])?;
        sheet.write_row(1, 0, ["text", "a", "A"])?;
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn a_spoiled_workbook_never_panics(spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = small();
        for (at, byte) in spoils {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn a_workbook_cut_short_never_panics(cut in any::<prop::sample::Index>()) {
        let bytes = small();
        let _ = read(&bytes[..cut.index(bytes.len())], &Limits::default());
    }
}
