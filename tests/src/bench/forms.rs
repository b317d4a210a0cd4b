//! The forms engine: the longest of the real forms, one ten times as long, and what others make of the same workbooks.

mod large;
mod peers;
mod survey;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chaski_forms::view::NodeView;
use chaski_forms::{Environment, Form, FormSource, Limits, Lookups, Session, Table, read_xlsx, write_xform};
use chaski_tests::office::programme;
use chaski_tests::story::Broken;
use chaski_values::{Answer, NodePath, RecordId, RowId, Timestamp};

pub(crate) use peers::ALONE;

use crate::table::{Figure, Section};
use crate::times::Times;

/// How often a conversion and a loading are measured.
const RUNS: usize = 7;
/// Rows in the roster when the last one is added.
const ROSTER_ROWS: u64 = 200;
/// How many questions are answered.
const ANSWERED: usize = 200;
/// At least so many times as fast as the reference converter, as a share of its time.
const OF_CONVERTER: f64 = 1.0 / 20.0;
/// At most such a share of the JavaScript engine's memory.
const OF_MEMORY: f64 = 1.0 / 5.0;

pub(crate) fn measure() -> Result<Section, Broken> {
    let mut section = survey::measure()?;
    let folder = crate::folder()?;
    let workbook = folder.path().join("large.xlsx");
    std::fs::write(&workbook, large::workbook()?)?;
    let ours = Ours::measure(&workbook)?;
    section.figures.extend([
        Figure::limited("load the 1,200-row form, median", ours.load.median(), 100.0, "ms"),
        Figure::limited("any answer of it, median", ours.answers.median(), 1.0, "ms"),
        Figure::limited("  the worst", ours.answers.worst(), 5.0, "ms"),
        Figure::limited("add and fill the 200th row of its roster", ours.row, 10.0, "ms"),
    ]);
    let peers = peers::Peers::find()?;
    let mut workbooks: Vec<_> = std::fs::read_dir(programme().join("forms"))?
        .map(|file| file.map(|file| file.path()))
        .collect::<std::io::Result<_>>()?;
    workbooks.sort();
    workbooks.push(workbook);
    let theirs = peers.convert(&workbooks, folder.path())?;
    let mut worst: f64 = 0.0;
    for path in &workbooks {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let reference = *theirs.get(name.as_ref()).ok_or_else(|| format!("pyxform did not convert {name}"))?;
        let share = convert(path)?.median() / 1e3 / reference;
        section.notes.push(format!("{name}: {:.0} × as fast as pyxform ({:.0} ms).", 1.0 / share, reference * 1e3));
        worst = worst.max(share);
    }
    section.figures.push(Figure::limited("convert a workbook / pyxform's time, the worst", worst, OF_CONVERTER, "×"));
    let engine = peers.engine(&folder.path().join("large.xml"), ANSWERED, ROSTER_ROWS)?;
    let memory = peers::alone(&folder.path().join("large.xlsx"))?;
    section.figures.extend([
        Figure::limited("memory with the form open / the JavaScript engine's", memory / engine.memory, OF_MEMORY, "×"),
        Figure::told("load / its time", ours.load.median() / engine.load, "×"),
        Figure::told("any answer / its time, median", ours.answers.median() / engine.median, "×"),
        Figure::told("  the worst", ours.answers.worst() / engine.worst, "×"),
    ]);
    section.notes.push(format!(
        "@getodk/xforms-engine in Node with jsdom: load {:.0} ms, answer {:.1} ms (worst {:.1}), row {} of the roster {:.0} ms, \
         {:.0} MB; ours {:.1} MB.",
        engine.load,
        engine.median,
        engine.worst,
        engine.rows,
        engine.row,
        engine.memory / 1e6,
        memory / 1e6
    ));
    Ok(section)
}

/// Opens the form in a process of its own, answers it, and prints the most memory that took, in bytes.
///
/// # Errors
/// When the form cannot be used.
pub(crate) fn alone(workbook: &Path) -> Result<f64, Broken> {
    Ours::measure(workbook)?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: f64 =
        line.and_then(|line| line.split_whitespace().next()).ok_or("the system tells no memory")?.parse()?;
    Ok(kibibytes * 1024.0)
}

/// What our engine does with the long form.
struct Ours {
    load: Times,
    answers: Times,
    /// Milliseconds.
    row: f64,
}

impl Ours {
    fn measure(workbook: &Path) -> Result<Self, Broken> {
        let kept = read_xlsx(&std::fs::read(workbook)?, &Limits::default())?.source.as_bytes().to_vec();
        let environment = environment()?;
        let (mut load, mut answers) = (Times::default(), Times::default());
        for _ in 0..RUNS {
            load.time(|| open(&kept, &environment).map(drop))?;
        }
        let mut session = open(&kept, &environment)?;
        let asked: Vec<NodePath> = integers(&mut session)?.into_iter().take(ANSWERED).collect();
        if asked.len() < ANSWERED {
            return Err(format!("the form asks for {} whole numbers only", asked.len()).into());
        }
        for path in asked {
            answers.time(|| session.answer(&path, Some(Answer::Integer(7))))?;
        }
        let mut row = 0.0;
        for number in 1..=ROSTER_ROWS {
            let id = RowId::from_bytes(number.to_be_bytes());
            let began = Instant::now();
            session.add_row(&large::ROSTER.parse()?, id)?;
            let amount = format!("{}/@{id}/{}", large::ROSTER, large::AMOUNT);
            session.answer(&amount.parse()?, Some(Answer::Integer(i64::try_from(number)?)))?;
            row = began.elapsed().as_secs_f64() * 1e3;
        }
        let total = session.summary();
        std::hint::black_box(total);
        Ok(Self { load, answers, row })
    }
}

/// From the stored bytes to the first page.
fn open(kept: &[u8], environment: &Environment) -> Result<Session, Broken> {
    let form = Form::from_source(&FormSource::from_bytes(kept)?)?;
    let record = RecordId::from_bytes([7; 16]);
    let (mut session, _) = Session::open(Arc::new(form), environment.clone(), record, &Default::default());
    std::hint::black_box((session.outline(), session.page(0)?));
    Ok(session)
}

/// Every question for a whole number outside the roster.
fn integers(session: &mut Session) -> Result<Vec<NodePath>, Broken> {
    let mut found = Vec::new();
    for index in 0..session.outline().pages.len() as u32 {
        for node in session.page(index)?.nodes {
            if let NodeView::Question(question) = node
                && question.kind == chaski_forms::view::QuestionKind::Integer
            {
                found.push(question.path);
            }
        }
    }
    Ok(found)
}

/// From a workbook's bytes to its XForm, as the reference does.
fn convert(workbook: &Path) -> Result<Times, Broken> {
    let bytes = std::fs::read(workbook)?;
    let mut times = Times::default();
    for _ in 0..RUNS {
        times.time(|| -> Result<(), Broken> {
            let reading = read_xlsx(&bytes, &Limits::default())?;
            std::hint::black_box(write_xform(&reading.source));
            Ok(())
        })?;
    }
    Ok(times)
}

fn environment() -> Result<Environment, Broken> {
    let mut lookups = Lookups::default();
    for list in std::fs::read_dir(programme().join("lists"))? {
        let list = list?;
        let table = Table::from_csv(&std::fs::read(list.path())?).map_err(|cause| format!("{cause:?}"))?;
        lookups.insert(&list.file_name().to_string_lossy(), table);
    }
    Ok(Environment {
        now: Timestamp::from_millis(1_795_194_000_000)?,
        zone_minutes: -300,
        device: "tablet".to_owned(),
        person: "person".to_owned(),
        seed: [7; 32],
        lookups,
    })
}
