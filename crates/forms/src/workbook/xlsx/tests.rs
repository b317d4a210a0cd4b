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
fn a_sheet_that_stands_alone_is_the_survey_whatever_it_is_called() {
    let bytes = workbook(|writer| {
        let sheet = writer.add_worksheet().set_name("Hoja1")?;
        sheet.write_row(0, 0, ["type", "name", "label"])?;
        sheet.write_row(1, 0, ["text", "a", "A"])?;
        Ok(())
    });
    let found = read(&bytes, &Limits::default()).unwrap();
    assert_eq!(found.sheet("survey").unwrap().name, "Hoja1");
    assert!(found.sheet("choices").is_none());
    assert!(crate::read_form(&bytes, &crate::Options::default()).is_ok());
}

#[test]
fn what_stands_far_below_is_left_out_and_told() {
    let bytes = workbook(|writer| {
        let sheet = writer.add_worksheet().set_name("survey")?;
        sheet.write_row(0, 0, ["type", "name", "label"])?;
        sheet.write_row(1, 0, ["text", "a", "A"])?;
        sheet.write_row(62, 0, ["text", "b", "B"])?;
        sheet.write_row(124, 0, ["text", "c", "C"])?;
        sheet.write(200, 2, "forgotten")?;
        Ok(())
    });
    let found = read(&bytes, &Limits::default()).unwrap();
    let survey = found.sheet("survey").unwrap();
    assert_eq!(survey.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 63]);
    let reading = crate::read_form(&bytes, &crate::Options::default()).unwrap();
    let told: Vec<_> = reading.warnings.iter().filter(|problem| problem.cause == Cause::FarRow).collect();
    assert_eq!(told.iter().map(|problem| problem.row).collect::<Vec<_>>(), [Some(125)]);
}

/// A workbook in parts: what `parts` says stands for what is usual.
fn in_parts(parts: &[(&str, &str)]) -> Vec<u8> {
    let usual = [
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="survey" sheetId="1" r:id="b"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="b" Type="x/worksheet" Target="worksheets/sheet1.xml"/>
               <Relationship Id="c" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#,
        ),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let others = usual.iter().filter(|(name, _)| !parts.iter().any(|(other, _)| other.ends_with(name)));
    for (name, text) in others.chain(parts) {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The cells of the only sheet of a workbook with these parts.
#[track_caller]
fn check_parts(parts: &[(&str, &str)], expected: &[(u32, u32, &str)]) {
    let found = read(&in_parts(parts), &Limits::default()).unwrap();
    let rows = &found.sheet("survey").unwrap().rows;
    let cells: Vec<_> =
        rows.iter().flat_map(|row| row.cells.iter().map(|(column, text)| (row.number, column, text))).collect();
    assert_eq!(cells, expected);
}

#[test]
fn cells_are_read_as_any_program_writes_them() {
    const SHEET: &str = "xl/worksheets/sheet1.xml";
    // In the cell itself, with formats; without places; a cached result of a formula and a failed one.
    let inline = r#"<worksheet><sheetData><row><c t="inlineStr"><is><r><t>a </t></r><r><t>&lt;b&#233;</t></r>
        <rPh sb="0" eb="1"><t>no</t></rPh></is></c><c/><c t="str"><f>A1&amp;"x"</f><v>axe</v></c></row>
        <row r="4"><c r="C4"><v>1.0</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2026-05-31</v></c></row>
        <row><c r="B5" t="n"><v/></c></row></sheetData></worksheet>"#;
    let cells = [(1, 0, "a <bé"), (1, 2, "axe"), (4, 2, "1"), (4, 3, "TRUE"), (4, 4, "#N/A"), (4, 5, "2026-05-31")];
    check_parts(&[(SHEET, inline)], &cells);
    // Shared, with formats and how it sounds; the names have a prefix, and a place points nowhere.
    let shared = "<x:sst><x:si><x:r><x:t>U</x:t></x:r><x:r><x:t>no</x:t></x:r><x:rPh><x:t>UNO</x:t></x:rPh></x:si><x:si/>\
                  <x:si><x:t>dos</x:t></x:si></x:sst>";
    let sheet = r#"<x:worksheet><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="s"><x:v>1</x:v></x:c>
        <x:c r="C1" t="s"><x:v>2</x:v></x:c><x:c r="D1" t="s"><x:v>9</x:v></x:c></x:row></x:sheetData></x:worksheet>"#;
    check_parts(&[(SHEET, sheet), ("xl/sharedStrings.xml", shared)], &[(1, 0, "Uno"), (1, 2, "dos")]);
    check_parts(&[("xl\\worksheets\\sheet1.xml", inline), (SHEET, inline)], &cells);
    // Rows in any order, and names of parts in any case.
    let order = r#"<worksheet><sheetData><row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>0</v></c>
        </row></sheetData></worksheet>"#;
    check_parts(&[("xl/Worksheets/Sheet1.XML", order), (SHEET, order)], &[(1, 0, "0"), (1, 1, "1"), (2, 0, "2")]);
}

#[test]
fn parts_that_do_not_fit_together_are_refused() {
    for (part, text, expected) in [
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row></sheetData></worksheet>", "row"),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", "no end"),
        ("xl/worksheets/sheet1.xml", r#"<worksheet><sheetData><row><c r="1A"/>"#, "no place"),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c><v>&who;", "`&who;`"),
        ("xl/_rels/workbook.xml.rels", "<Relationships/>", "no column `type`"),
    ] {
        let error = crate::read_form(&in_parts(&[(part, text)]), &crate::Options::default()).unwrap_err();
        assert!(error.0.iter().any(|problem| problem.to_string().contains(expected)), "{part}: {error:?}");
    }
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
