//! One answer, from the arguments as the window sends them to the reply as it gets it, durable in between; against a bare
//! SQLite commit of the same bytes.
//!
//! Both take turns on one disk, so that what the disk does at the moment befalls both, and only their ratio has a limit.

use std::collections::BTreeSet;

use chaski_device::SharedDevice;
use chaski_tests::office::Office;
use chaski_tests::story::Broken;
use chaski_values::{Answer, NodePath};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::answers;
use crate::table::{Figure, Section};
use crate::tablet::{enrolled, hold, runtime};
use crate::times::Times;

const ANSWERS: usize = 600;
const RATIO: f64 = 3.0;
const SURVEY: &str = "aliados_encuesta_familia";
const PROJECT: &str = "NR-050401-01";

pub(crate) fn measure() -> Result<Section, Broken> {
    let folder = crate::folder()?;
    let device = runtime()?.block_on(async {
        let mut office = Office::found(&folder.path().join("hub")).await?;
        let ticket = office.ticket_of("Rosa")?;
        let device = enrolled(&folder.path().join("tablet"), &ticket, office.url()).await;
        office.stop().await?;
        device
    })?;
    let mut bench = Bench {
        device,
        bare: Bare::open(&folder.path().join("bare.db"))?,
        ours: Times::default(),
        theirs: Times::default(),
    };
    while bench.ours.len() < ANSWERS {
        bench.fill_one()?;
    }
    let Bench { ours, theirs, .. } = bench;
    Ok(Section {
        figures: vec![
            Figure::limited("one answer / bare SQLite commit, medians", ours.median() / theirs.median(), RATIO, "x"),
            Figure::told("  one answer, median", ours.median(), "ms"),
            Figure::told("  bare commit, median", theirs.median(), "ms"),
            Figure::told("  one answer, 99 of 100 within", ours.share(0.99), "ms"),
            Figure::told("  bare commit, 99 of 100 within", theirs.share(0.99), "ms"),
            Figure::told("  one answer, worst", ours.worst(), "ms"),
        ],
        notes: vec![format!(
            "{} answers to the survey, by turns with the commits: arguments decoded, computed, durable, reply encoded. \
             Bare: one insert of the path and the value, WAL, synchronous=FULL, not encrypted.",
            ours.len()
        )],
    })
}

struct Bench {
    device: SharedDevice,
    bare: Bare,
    ours: Times,
    theirs: Times,
}

impl Bench {
    /// Fills in a new survey, or as much of it as answers are missing.
    fn fill_one(&mut self) -> Result<(), Broken> {
        let opened = hold(&self.device).start_record(SURVEY, Some(PROJECT), None)?;
        let record = opened.record;
        for index in 0..opened.outline.pages.len() as u32 {
            let page = hold(&self.device).page(&record, index)?;
            for repeat in answers::missing_rows(&page) {
                hold(&self.device).add_row(&record, &repeat.to_string())?;
            }
            let mut asked = BTreeSet::new();
            loop {
                let page = hold(&self.device).page(&record, index)?;
                let mut open = answers::open_questions(&page);
                open.retain(|(path, _)| asked.insert(path.clone()));
                if open.is_empty() {
                    break;
                }
                for (path, value) in open {
                    if self.ours.len() == ANSWERS {
                        return Ok(());
                    }
                    self.answer(&record, &path, &value)?;
                }
            }
        }
        hold(&self.device).leave(&record)?;
        Ok(())
    }

    fn answer(&mut self, record: &str, path: &NodePath, value: &Answer) -> Result<(), Broken> {
        let arguments = serde_json::to_vec(&json!({ "record": record, "path": path.to_string(), "value": value }))?;
        let bytes = [path.to_string().into_bytes(), serde_json::to_vec(value)?].concat();
        // Who goes first changes, so that neither always meets the disk as the other left it.
        let first = self.ours.len().is_multiple_of(2);
        if first {
            self.theirs.time(|| self.bare.commit(&bytes))?;
        }
        let reply = self.ours.time(|| command(&self.device, &arguments))?;
        if !first {
            self.theirs.time(|| self.bare.commit(&bytes))?;
        }
        std::hint::black_box(reply);
        Ok(())
    }
}

/// What the window's command does: the arguments come as one JSON object, the reply goes as JSON.
fn command(device: &SharedDevice, arguments: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut arguments: Value = serde_json::from_slice(arguments)?;
    let record: String = serde_json::from_value(arguments["record"].take())?;
    let path: String = serde_json::from_value(arguments["path"].take())?;
    let value: Option<Answer> = serde_json::from_value(arguments["value"].take())?;
    let answered = hold(device).answer(&record, &path, value)?;
    Ok(serde_json::to_vec(&answered)?)
}

struct Bare(Connection);

impl Bare {
    fn open(path: &std::path::Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full;
             create table bare (id integer primary key, bytes blob not null) strict;",
        )?;
        Ok(Self(connection))
    }

    fn commit(&self, bytes: &[u8]) -> rusqlite::Result<usize> {
        self.0.prepare_cached("insert into bare (bytes) values (?1)")?.execute([bytes])
    }
}
