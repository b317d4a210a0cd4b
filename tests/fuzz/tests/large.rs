//! Inputs as large as they may be, made of whatever is dearest to read: what guides the search for inputs never sees them,
//! as it tries short ones.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chaski_fuzz::{Target, run};

/// Far beyond what any input needs, also without optimisation on a busy machine; what hangs stays longer.
const TIME: Duration = Duration::from_secs(60);

/// As much as a file may have, in bytes.
const FILE: usize = 16 << 20;
/// As much as a workbook may unpack to, in bytes.
const UNPACKED: usize = 64 << 20;

fn take(target: Target, inputs: &[(&str, &dyn Fn() -> String)]) {
    // Memory is measured for the whole process.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock();
    let wanted = std::env::var("CHASKI_LARGE").unwrap_or_default();
    for (name, input) in inputs.iter().filter(|(name, _)| name.contains(&wanted)) {
        let input = input();
        let begun = Instant::now();
        println!("{name}: {} bytes", input.len());
        run(target, input.as_bytes());
        println!("{name}: {:?}", begun.elapsed());
        assert!(begun.elapsed() < TIME, "{name} took {:?}", begun.elapsed());
    }
}

/// `piece` as often as it goes into `bytes`.
fn filled(bytes: usize, piece: &str) -> String {
    piece.repeat(bytes / piece.len())
}

/// A line for each number below `count`.
fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn csv() {
    let survey = "survey,,,,\n,type,name,label,calculation,relevant\n";
    take(
        Target::Csv,
        &[
            ("cells", &|| filled(FILE / 4, &format!("{}a\n", "a,".repeat(499)))),
            ("cells of a form", &|| format!("{survey}{}", filled(FILE / 4, &format!("{}a\n", "a,".repeat(499))))),
            ("lines", &|| filled(FILE, "\n")),
            ("commas", &|| filled(FILE, ",")),
            ("bars", &|| format!("| survey |\n{}", filled(FILE - 100, "|"))),
            ("one long cell", &|| format!("{survey},text,a,{}", "x".repeat(FILE - 1000))),
            ("questions", &|| format!("{survey}{}", numbered(21_000, |n| format!(",text,a{n},A\n")))),
            ("long conditions", &|| {
                let terms = "a or ".repeat(3_200);
                format!("{survey},text,a,A\n{}", numbered(1_000, |n| format!(",text,a{n},A,,{terms}a\n")))
            }),
            ("long sums", &|| {
                let terms = "(1+1+1+1)+".repeat(100);
                format!("{survey},text,a,A\n{}", numbered(2_000, |n| format!(",calculate,a{n},A,{terms}1\n")))
            }),
            ("as many questions as may be", &|| {
                let line = |n| format!(",integer,a{n},A ${{a0}},,${{a0}} > {n}\n");
                format!("{survey},integer,a0,A\n{}", (1..19_999).map(line).collect::<String>())
            }),
            ("questions that read each other", &|| {
                format!(
                    "{survey},integer,a0,A\n{}",
                    numbered(9_000, |n| format!(",calculate,a{},,${{a{n}}} + 1\n", n + 1))
                )
            }),
            ("questions that double each other", &|| {
                let line = |n| format!(",calculate,a{},,\"concat(${{a{n}}}, ${{a{n}}})\"\n", n + 1);
                format!("{survey},text,a0,A\n{}", numbered(60, line))
            }),
            ("questions that copy a long one", &|| {
                let copies = numbered(4_000, |n| format!(",calculate,c{n},,\"concat(${{b}}, '')\"\n"));
                format!("{survey},text,a,A\n,calculate,b,,'{}'\n{copies}", "x".repeat(100_000))
            }),
            ("labels that show a long answer", &|| {
                let notes = numbered(300, |n| format!(",note,n{n},{}\n", "${b}".repeat(20)));
                format!("{survey},text,a,A\n,calculate,b,,'{}'\n{notes}", "x".repeat(100_000))
            }),
            ("questions that look at all", &|| {
                format!("{survey},text,a,A\n{}", numbered(2_500, |n| format!(",calculate,c{n},,count(//*[. = 'q'])\n")))
            }),
            ("questions that walk far", &|| {
                let walks = numbered(400, |n| format!(",calculate,c{n},,count(/data/g/*[/data/g/*/.. or {n}])\n"));
                let asked = numbered(2_000, |n| format!(",text,t{n},T\n"));
                format!("{survey},begin_group,g,G\n{asked},end_group,,\n{walks}settings,\n,form_id\n,f\n")
            }),
            ("questions without a type", &|| format!("{survey}{}", numbered(10_000, |n| format!(",wat,a{n},A\n")))),
            ("questions of one name", &|| format!("{survey}{}", numbered(20_000, |_| ",text,a,A\n".to_owned()))),
            ("groups", &|| format!("{survey}{}", numbered(19_000, |n| format!(",begin_group,g{n},G\n")))),
            ("labels that name a question", &|| {
                format!("{survey},text,a,A\n{}", numbered(19_000, |n| format!(",note,n{n},{}\n", "${a}".repeat(20))))
            }),
            ("choices", &|| {
                let choices = numbered(98_000, |n| format!(",l,c{n},C\n"));
                format!("{survey},select_one l,a,A\nchoices,,,\n,list_name,name,label\n{choices}")
            }),
            ("lists that no one asks", &|| {
                let choices = numbered(30_000, |n| format!(",l{n},c,C\n"));
                format!("{survey},text,a,A\nchoices,,,\n,list_name,name,label\n{choices}")
            }),
            ("questions in counted rows", &|| {
                let head = "survey,,,,\n,type,name,label,repeat_count\n,begin_repeat,r,R,1000\n";
                format!("{head}{},end_repeat,,,\n", numbered(2_000, |n| format!(",text,a{n},A,\n")))
            }),
            ("rows within rows within rows", &|| {
                let head = "survey,,,,\n,type,name,label,repeat_count\n";
                let open = numbered(6, |n| format!(",begin_repeat,r{n},R,1000\n"));
                format!("{head}{open},text,a,A,\n{}", ",end_repeat,,,\n".repeat(6))
            }),
        ],
    );
}

#[test]
fn xlsx() {
    let book = |sheet: &str, shared: &str| {
        format!(
            "=== [Content_Types].xml\n<Types/>\n\
             === _rels/.rels\n<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>\n\
             === xl/workbook.xml\n<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"survey\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>\n\
             === xl/_rels/workbook.xml.rels\n<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>\n\
             === xl/worksheets/sheet1.xml\n<worksheet><sheetData>{sheet}</sheetData></worksheet>\n\
             === xl/sharedStrings.xml\n<sst>{shared}</sst>\n"
        )
    };
    let room = UNPACKED - 2000;
    // More cells than there may be.
    let cells = UNPACKED / 4;
    let row = |cell: &str| format!("<row>{}</row>", cell.repeat(500));
    take(
        Target::Xlsx,
        &[
            ("cells", &|| book(&filled(cells, &row("<c><v>1</v></c>")), "")),
            ("texts in cells", &|| book(&filled(cells, &row("<c t=\"str\"><v>a</v></c>")), "")),
            ("empty cells", &|| book(&filled(cells, &row("<c/>")), "")),
            ("shared texts", &|| book("<row><c><v>1</v></c></row>", &filled(room, "<si><t>a</t></si>"))),
            ("empty shared texts", &|| book("<row><c><v>1</v></c></row>", &filled(room, "<si/>"))),
            ("formulas", &|| {
                book(&filled(room, "<row><c r=\"A1\"><f t=\"shared\" si=\"1\" ref=\"A1:ZZ9999\">A1</f></c></row>"), "")
            }),
            ("sheets", &|| {
                let sheets = filled(room / 2, "<sheet name=\"a\" r:id=\"rId9\"/>");
                let related = filled(room / 2, "<Relationship Id=\"a\"/>");
                format!(
                    "=== xl/workbook.xml\n<workbook><sheets>{sheets}</sheets></workbook>\n\
                     === xl/_rels/workbook.xml.rels\n<Relationships>{related}</Relationships>\n"
                )
            }),
            ("attributes", &|| book(&format!("<row {}/>", numbered(room / 10, |n| format!("a{n}=\"\" "))), "")),
        ],
    );
}

#[test]
fn xls() {
    let record = |kind: u16, content: &[u8]| {
        [&kind.to_le_bytes()[..], &u16::try_from(content.len()).unwrap().to_le_bytes()[..], content].concat()
    };
    let begin =
        |kind: u16| [0x0600_u16, kind, 0, 0, 0, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let book = |globals: &[u8], sheet: &[u8], sheets: u32| {
        let mut stream = record(0x0809, &begin(5));
        stream.extend_from_slice(globals);
        let at = stream.len() + 18 * sheets as usize + 4;
        for _ in 0..sheets {
            let bound = [&u32::try_from(at).unwrap().to_le_bytes()[..], &[0, 0, 6, 0], b"survey"].concat();
            stream.extend(record(0x0085, &bound));
        }
        stream.extend(record(0x000a, &[]));
        stream.extend(record(0x0809, &begin(0x10)));
        stream.extend_from_slice(sheet);
        stream.extend(record(0x000a, &[]));
        stream
    };
    let number = |row: u16, column: u16| {
        record(0x0203, &[&row.to_le_bytes()[..], &column.to_le_bytes()[..], &[0, 0], &1_f64.to_le_bytes()[..]].concat())
    };
    let far = [number(0, 0), number(3_900, 255)].concat();
    let many: Vec<u8> = (0..3_900).flat_map(|row| (0..255).flat_map(move |column| number(row, column))).collect();
    let text = [&8000_u16.to_le_bytes()[..], &[0], &[b'x'; 8000]].concat();
    let texts: Vec<u8> = record(0x00fc, &[&[1, 0, 0, 0, 1, 0, 0, 0][..], &text].concat());
    let shared: Vec<u8> = (0..2_000_u16)
        .flat_map(|row| record(0x00fd, &[&row.to_le_bytes()[..], &[0, 0, 0, 0], &[0, 0, 0, 0]].concat()))
        .collect();
    let inputs: [(&str, Vec<u8>); 5] = [
        ("far cells", book(&[], &far, 1)),
        ("the same sheet often", book(&[], &number(15_000, 60), 64)),
        ("many cells", book(&[], &many, 1)),
        ("one text in many cells", book(&texts, &shared, 1)),
        ("records", filled(FILE - 4096, "\u{1}\u{2}\0\0").into_bytes()),
    ];
    for (name, input) in inputs {
        let begun = Instant::now();
        println!("{name}: {} bytes", input.len());
        run(Target::Xls, &input);
        println!("{name}: {:?}", begun.elapsed());
        assert!(begun.elapsed() < TIME, "{name} took {:?}", begun.elapsed());
    }
}

#[test]
fn xml() {
    let form = |model: &str, body: &str| {
        format!("<h><head><title>F</title><model>{model}</model></head><body>{body}</body></h>")
    };
    let room = FILE - 2000;
    take(
        Target::Xml,
        &[
            ("elements", &|| format!("<a>{}</a>", filled(room, "<a/>"))),
            ("elements within each other", &|| filled(room, "<a>")),
            ("texts", &|| format!("<a>{}</a>", filled(room, "x<!---->"))),
            ("references", &|| format!("<a>{}</a>", filled(room, "&#x61;"))),
            ("attributes", &|| {
                let mut element = "<a ".to_owned();
                for n in 0..room / 12 {
                    let _ = write!(element, "a{n}='' ");
                }
                element + "/>"
            }),
            ("attributes of many", &|| {
                format!("<a>{}</a>", filled(room, &format!("<a {}/>", numbered(40, |n| format!("a{n}='' ")))))
            }),
            ("questions", &|| {
                let nodes = numbered(100_000, |n| format!("<a{n}/>"));
                let asked = numbered(100_000, |n| format!("<input ref='/d/a{n}'/>"));
                form(&format!("<instance><d id='f'>{nodes}</d></instance>"), &asked)
            }),
            ("binds", &|| {
                let nodes = numbered(20_000, |n| format!("<a{n}/>"));
                let binds = numbered(20_000, |n| format!("<bind nodeset='/d/a{n}' calculate='/d/a{} + 1'/>", n + 1));
                form(&format!("<instance><d id='f'>{nodes}</d></instance>{binds}"), "")
            }),
            ("items", &|| {
                let items = filled(room - 1000, "<item><name>a</name></item>");
                form(
                    &format!("<instance><d id='f'><a/></d></instance><instance id='l'><root>{items}</root></instance>"),
                    "<select1 ref='/d/a'><itemset nodeset=\"instance('l')/root/item\"><value ref='name'/><label ref='name'/></itemset></select1>",
                )
            }),
            ("rows", &|| {
                let rows = filled(room - 1000, "<r><a/></r>");
                form(
                    &format!("<instance><d id='f'>{rows}</d></instance>"),
                    "<group ref='/d/r'><repeat nodeset='/d/r'><input ref='/d/r/a'/></repeat></group>",
                )
            }),
            ("a text within itself", &|| {
                form(
                    "<itext><translation lang='es'><text id='t'><value>x<output value=\"jr:itext('t')\"/></value></text></translation></itext>\
                     <instance><d id='f'><a/></d></instance><bind nodeset='/d/a' calculate=\"jr:itext('t')\"/>",
                    "<input ref='/d/a'><label ref=\"jr:itext('t')\"/></input>",
                )
            }),
            ("texts that double each other", &|| {
                let output = |n| format!("<output value=\"jr:itext('t{n}')\"/>");
                let texts = numbered(60, |n| {
                    format!("<text id='t{}'><value>x{}{}</value></text>", n + 1, output(n), output(n))
                });
                form(
                    &format!(
                        "<itext><translation lang='es'>{texts}</translation></itext><instance><d id='f'><a/></d></instance>"
                    ),
                    "<input ref='/d/a'><label ref=\"jr:itext('t60')\"/></input>",
                )
            }),
            ("one list in many questions", &|| {
                let items = numbered(20_000, |n| format!("<item><name>c{n}</name><label>L</label></item>"));
                let nodes = numbered(400, |n| format!("<s{n}/>"));
                let filtered = "instance('l')/root/item[name != /d/a]";
                let asked = numbered(400, |n| {
                    format!(
                        "<select1 ref='/d/s{n}'><itemset nodeset=\"{filtered}\"><value ref='name'/><label ref='label'/></itemset></select1>"
                    )
                });
                form(
                    &format!(
                        "<instance><d id='f'><a/>{nodes}</d></instance><instance id='l'><root>{items}</root></instance>"
                    ),
                    &asked,
                )
            }),
            ("one document in many questions", &|| {
                let items = numbered(20_000, |n| format!("<x><name>c{n}</name><label>L</label></x>"));
                let nodes = numbered(400, |n| format!("<s{n}/>"));
                let asked = numbered(400, |n| {
                    format!(
                        "<select1 ref='/d/s{n}'><itemset nodeset=\"instance('l')/root/x\"><value ref='name'/><label ref='label'/></itemset></select1>"
                    )
                });
                form(
                    &format!(
                        "<instance><d id='f'><a/>{nodes}</d></instance><instance id='l'><root>{items}</root></instance>"
                    ),
                    &asked,
                )
            }),
            ("translations", &|| {
                let texts = numbered(100_000, |n| format!("<text id='t{n}'><value>x</value></text>"));
                form(
                    &format!(
                        "<itext><translation lang='es'>{texts}</translation></itext><instance><d id='f'><a/></d></instance>"
                    ),
                    "<input ref='/d/a'/>",
                )
            }),
        ],
    );
}

#[test]
fn expression() {
    let room = 256 * 1024 - 100;
    take(
        Target::Expression,
        &[
            ("terms", &|| format!("1{}", filled(room, " or 1"))),
            ("paths", &|| format!("a{}", filled(room, "|a"))),
            ("arguments", &|| format!("concat(1{})", filled(room, ",1"))),
            ("any depth", &|| format!("count({}*)", filled(room, "//*[1]/.."))),
            ("parentheses", &|| filled(room, "(")),
            ("signs", &|| format!("{}1", filled(room, "-"))),
            ("a pattern", &|| format!("regex('{}', '{}')", "a".repeat(room / 2), "(a*)*".repeat(room / 12))),
            ("a pattern for each node", &|| {
                "count(//*[regex(., concat('(', 'a|b{1,200}|[c-z\u{e0}-\u{ff}]{1,200}', ')'))])".to_owned()
            }),
            ("a long condition for each node", &|| format!("count(//*[1{}])", filled(room - 20, " and 1"))),
            ("a long text read often", &|| {
                format!("string-length('{}'){}", "a".repeat(room / 2), filled(room / 3, "+1"))
            }),
            ("random digits that are thrown away", &|| format!("1{}", filled(room, "+string-length(uuid(10000))"))),
            ("counted patterns", &|| "regex(/data/b, '((((a{99}){99}){99}){99})')".to_owned()),
            ("translated", &|| format!("translate('{0}', '{0}', 'b')", "a".repeat(room / 2))),
            ("random text", &|| format!("concat(''{})", ", uuid(10000)".repeat(room / 13))),
            ("far exponents", &|| format!("string(1{}) + round(1.5, 400) + pow(10, 308) * 10", filled(1000, "0"))),
        ],
    );
}
