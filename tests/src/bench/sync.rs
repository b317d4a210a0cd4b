//! An exchange over TLS on the loopback: bytes, round trips, and how fast each side takes entries in.

use std::time::{Duration, Instant};

use chaski_device::{SharedDevice, Wish};
use chaski_sync::{Entry, EntryKind, Frame, Introduction, Item, LogOpening, RecordChanges, Run, Tip};
use chaski_tests::office::Office;
use chaski_tests::story::Broken;
use chaski_values::{Partition, PersonId, RecordId};

use crate::meter::{Meter, Reading};
use crate::records::{Dice, Form};
use crate::table::{Figure, Section};
use crate::tablet::{enrolled, exchange, hold, runtime};

const RECORDS: usize = 1_000;
/// Of the changes in one zstd batch at level 19.
const BATCHES: f64 = 1.3;
const ROUND_TRIPS: f64 = 3.0;
const NOTHING_BYTES: f64 = 1_200.0;
const DISTRICT: &str = "050401";
/// How long the hub may take to make its documents.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn measure() -> Result<Section, Broken> {
    runtime()?.block_on(exchanges())
}

async fn exchanges() -> Result<Section, Broken> {
    let folder = crate::folder()?;
    let hub = folder.path().join("hub");
    let mut office = Office::found(&hub).await?;
    let meter = Meter::before(office.url(), &hub).await?;
    let ticket = |given| office.ticket_of(given);
    let rosa = enrolled(&folder.path().join("rosa"), &ticket("Rosa")?, &meter.url).await?;
    let victor = enrolled(&folder.path().join("victor"), &ticket("Víctor")?, &meter.url).await?;
    exchange(&rosa).await?;

    let written = write(&rosa)?;
    meter.read();
    let summary = exchange(&rosa).await?;
    let settling = Instant::now();
    let sent = meter.read();
    while office.document(written.last).await?.is_none() {
        if settling.elapsed() > PATIENCE {
            return Err("the hub made no document of the last record".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let settled = settling.elapsed() + sent.took;
    let quiet = exchange(&rosa).await?;
    let nothing = meter.read();

    let started = Instant::now();
    let received = exchange(&victor).await?;
    let applied = started.elapsed();
    hold(&victor).record(&written.last.to_string(), None)?;
    if summary.progress.sent.entries != RECORDS as u64 || received.new != RECORDS as u64 {
        return Err(format!("{} entries were sent, {} received", summary.progress.sent.entries, received.new).into());
    }
    office.stop().await?;

    let rate = |took: Duration| RECORDS as f64 / took.as_secs_f64();
    let batch = written.batch as f64;
    Ok(Section {
        figures: vec![
            Figure::limited("1,000 new 60-answer records / zstd -19 of changes", bytes(sent) / batch, BATCHES, "x"),
            Figure::limited("  round trips", summary.rounds as f64, ROUND_TRIPS, ""),
            Figure::told("  both ways, HTTP headers included", bytes(sent) / 1e3, "kB"),
            Figure::told("  their changes in one zstd -19 batch", batch / 1e3, "kB"),
            Figure::told("  their changes, raw", written.raw as f64 / 1e3, "kB"),
            Figure::limited("nothing to sync, both ways, HTTP headers included", bytes(nothing), NOTHING_BYTES, "B"),
            Figure::limited("  round trips", quiet.rounds as f64, 1.0, ""),
            Figure::told("  with the TLS handshake and records", nothing.wire as f64, "B"),
            Figure::told("the hub verifies and stores durably", rate(sent.took), "entries/s"),
            Figure::told("  and has the documents", rate(settled), "entries/s"),
            Figure::told("another tablet fetches, stores and applies", rate(applied), "entries/s"),
        ],
        notes: vec![format!(
            "Through link and hub over TLS on the loopback, all on two real stores. Counted inside TLS: {} B up, {} B down, \
             and {} B up, {} B down with nothing to sync.",
            sent.up, sent.down, nothing.up, nothing.down
        )],
    })
}

fn bytes(reading: Reading) -> f64 {
    (reading.up + reading.down) as f64
}

struct Written {
    raw: usize,
    batch: usize,
    last: RecordId,
}

/// Puts the records into a tablet's store, each one entry signed by that tablet, as its person would have made them one
/// sitting a record. They come in the way entries of an earlier installation do, since a form of sixty random answers has
/// no screen.
fn write(device: &SharedDevice) -> Result<Written, Broken> {
    let mut device = hold(device);
    let person: PersonId = device.status().people.first().ok_or("nobody is enrolled")?.person.parse()?;
    let config = device.begin_exchange(Wish::Asked)?;
    let district: chaski_values::DistrictCode = DISTRICT.parse()?;
    let partition = Partition::District(district);
    let opening = LogOpening::new(config.key.verifying_key(), partition, [0x60; 16]);
    let (form, mut dice) = (Form::new(district)?, Dice(0xfeed));
    let (mut tip, mut raw, mut runs, mut last) = (Tip::of_opening(&opening), Vec::new(), Vec::new(), None);
    let mut now = device.now();
    for _ in 0..RECORDS {
        now = now.plus_millis(20_000 + i64::from(u16::from_le_bytes(dice.bytes())));
        let (record, change) = form.record(&mut dice, opening.log(), now)?;
        raw.extend(&change);
        last = Some(record);
        let (hlc, kind) = (tip.hlc.next(now), EntryKind::RecordChanges);
        let payload = RecordChanges::one(record, change).to_bytes();
        let entry = Entry::after(opening.log(), &tip, hlc, Some(person), kind, payload.clone())?;
        tip = entry.tip();
        let signature = entry.sign(&config.key);
        let item = Item { hlc, author: Some(person), kind, extension: Vec::new(), payload };
        runs.push(Run { log: opening.log(), first: entry.seq(), items: vec![item], signature });
    }
    device.introduce(&Introduction { opening, certificate: config.certificate })?;
    let told = device.ingest(&Frame { partition, runs })?;
    if !told.problems.is_empty() || told.new != RECORDS as u64 {
        return Err(format!("the tablet took {} entries: {:?}", told.new, told.problems).into());
    }
    while device.settle_exchange()?.0 {}
    let batch = zstd::bulk::compress(&raw, 19)?.len();
    Ok(Written { raw: raw.len(), batch, last: last.ok_or("no record was made")? })
}
