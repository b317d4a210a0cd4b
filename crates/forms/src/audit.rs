//! `audit`: how a record was filled in, for forms that ask for it.
//!
//! ODK Collect writes `audit.csv` beside a record. Here a form is filled in by several people on several tablets, so each sitting
//! keeps what happened in it under a key of its own: two tablets never write the same one, and nothing of it can conflict.
//! The log of a record is all of them, in the order of their beginnings, and [`csv`] writes it as Collect does, for the programs
//! that read it. One file under one key was weighed and left: two people's sittings would then be a conflict to settle.
//!
//! Nothing is written while a person answers. A sitting's answers are in the journal with their moments anyway; what happened
//! besides is noted there by the device, and [`crate::Session::audit`] makes the rows of both when the sitting ends.

use std::collections::BTreeMap;

use chaski_values::{GeoPoint, Key, Scalar, Timestamp};
use minicbor::{Decode, Encode};

use crate::form::Form;
use crate::kind::Kind;

/// What a form asks to be kept of how it is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// `track-changes`: what each answer was before and after.
    pub changes: Tracked,
    /// `identify-user`: who filled in.
    pub person: Tracked,
    /// Where the tablet was.
    pub places: Option<Places>,
}

/// Whether a form asks for something to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracked {
    Kept,
    LeftOut,
}

/// How often a form asks where the tablet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// `location-min-interval`, in milliseconds: no fix is asked for sooner after another.
    pub min_interval_millis: i64,
    /// `location-max-age`, in milliseconds: an older fix says nothing of where something happened.
    pub max_age_millis: i64,
}

/// Something that happened in a sitting, as the device noted it. A sitting's are in the order in which they happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    pub at: Timestamp,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The record was begun.
    Begun,
    /// Somebody came back to the record.
    Resumed,
    /// A page was put before the person.
    Shown(u32),
    /// One act: what it stored, in the order in which it did. A person's own comes before what followed from it.
    Wrote(Vec<(Key, Scalar)>),
    /// The device was told where it is.
    Located(GeoPoint),
    /// The record could not be finalized: something was wrong in it.
    Refused,
    Finalized,
    /// The person left the record.
    Left,
}

/// What a row of the log tells. **Frozen: the numbers are in records.** The words are those of Collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum AuditEvent {
    #[n(0)]
    FormStart,
    #[n(1)]
    FormResume,
    #[n(2)]
    FormExit,
    #[n(3)]
    FormFinalize,
    #[n(4)]
    FinalizeError,
    /// A question was answered.
    #[n(5)]
    Question,
    /// A page was looked at: a page is always a group's, however few questions it has.
    #[n(6)]
    GroupQuestions,
    #[n(7)]
    AddRepeat,
    #[n(8)]
    DeleteRepeat,
}

impl AuditEvent {
    /// As `audit.csv` has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::FormStart => "form start",
            Self::FormResume => "form resume",
            Self::FormExit => "form exit",
            Self::FormFinalize => "form finalize",
            Self::FinalizeError => "finalize error",
            Self::Question => "question",
            Self::GroupQuestions => "group questions",
            Self::AddRepeat => "add repeat",
            Self::DeleteRepeat => "delete repeat",
        }
    }
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AuditRow {
    #[n(0)]
    pub event: AuditEvent,
    /// The node it is about, as ODK writes it, with the positions that rows had then: `/data/members[2]/age`. Empty for what
    /// is about the whole form.
    #[n(1)]
    pub node: String,
    /// Milliseconds since 1970, by the tablet's clock.
    #[n(2)]
    pub start: i64,
    /// When it was over; the beginning itself for what takes no time. For an answer, `start` is the act before it: what lies
    /// between is the time it took.
    #[n(3)]
    pub end: i64,
    /// Where the tablet was, as [`GeoPoint::to_odk`] writes it.
    #[n(4)]
    pub place: Option<String>,
    /// What the answer was before, as ODK writes it; only of answers, and only if the form asks for it.
    #[n(5)]
    pub old: Option<String>,
    #[n(6)]
    pub new: Option<String>,
    /// Who filled in, if the form asks for it.
    #[n(7)]
    pub person: Option<String>,
}

/// What is stored under one key. **Frozen.**
#[derive(Debug, Encode, Decode)]
struct Kept {
    #[n(0)]
    format: u8,
    #[n(1)]
    rows: Vec<AuditRow>,
}

const FORMAT: u8 = 1;
/// The most rows that one sitting keeps: what comes after is left out. A long survey has some five hundred.
pub(crate) const MAX_ROWS: usize = 2_000;
/// The most characters of an answer in a row: the answer itself is in the record whole.
pub(crate) const MAX_TEXT: usize = 500;
/// Bytes under one key, at which the next begins.
const MAX_BYTES: usize = 16 * 1024;

impl Form {
    /// What the form asks to be kept of how it is filled in; nothing if it has no `audit`.
    pub fn audit(&self) -> Option<Audit> {
        let parameters = &self.nodes.iter().find(|node| node.kind == Kind::Audit)?.parameters;
        let tracked = |name: &str| match parameters.get(name).is_some_and(|value| value == "true") {
            true => Tracked::Kept,
            false => Tracked::LeftOut,
        };
        let seconds = |name: &str| parameters.get(name).and_then(|value| value.parse::<u32>().ok());
        let places = seconds("location-min-interval").zip(seconds("location-max-age"));
        // Power is the platform's to save: where it is not asked for, a form need not ask.
        let places = places.filter(|_| parameters.get("location-priority").is_some_and(|found| found != "no-power"));
        Some(Audit {
            changes: tracked("track-changes"),
            person: tracked("identify-user"),
            places: places.map(|(interval, age)| Places {
                min_interval_millis: i64::from(interval) * 1_000,
                max_age_millis: i64::from(age) * 1_000,
            }),
        })
    }
}

/// The log of a record: the rows of every sitting, in the order of their beginnings.
pub fn audit_rows(answers: &BTreeMap<Key, Scalar>) -> Vec<AuditRow> {
    let kept = answers.iter().filter(|(key, _)| key.is_audit()).filter_map(|(_, scalar)| match scalar {
        Scalar::Bytes(bytes) => minicbor::decode::<Kept>(bytes).ok().filter(|kept| kept.format == FORMAT),
        _ => None,
    });
    let mut rows: Vec<AuditRow> = kept.flat_map(|kept| kept.rows).collect();
    rows.sort_by_key(|row| row.start);
    rows
}

/// A log as Collect's `audit.csv`, with the columns that the form asks for.
///
/// An answer that a spreadsheet would compute has an apostrophe before it, which is how a spreadsheet is told that it is text.
pub fn audit_csv(audit: &Audit, rows: &[AuditRow]) -> String {
    let (has_places, has_changes) = (audit.places.is_some(), audit.changes == Tracked::Kept);
    let has_person = audit.person == Tracked::Kept;
    let mut lines = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["event", "node", "start", "end"];
    header.extend(has_places.then_some(["latitude", "longitude", "accuracy"]).into_iter().flatten());
    header.extend(has_changes.then_some(["old-value", "new-value"]).into_iter().flatten());
    header.extend(has_person.then_some("user"));
    // Writing to memory does not fail.
    let _ = lines.write_record(header);
    for row in rows {
        let mut cells = vec![row.event.word().to_owned(), row.node.clone(), row.start.to_string(), row.end.to_string()];
        if has_places {
            // Latitude, longitude, altitude, accuracy.
            let place: Vec<&str> = row.place.as_deref().unwrap_or_default().split(' ').collect();
            cells.extend([0, 1, 3].map(|index| place.get(index).copied().unwrap_or_default().to_owned()));
        }
        if has_changes {
            cells.extend([&row.old, &row.new].map(|value| as_text(value.as_deref().unwrap_or_default())));
        }
        if has_person {
            cells.push(as_text(row.person.as_deref().unwrap_or_default()));
        }
        let _ = lines.write_record(cells);
    }
    let bytes = lines.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn as_text(cell: &str) -> String {
    match cell.starts_with(['=', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// Rows in pieces that stay small.
pub(crate) fn kept(rows: Vec<AuditRow>) -> Vec<Vec<u8>> {
    let encode = |rows: Vec<AuditRow>| minicbor::to_vec(Kept { format: FORMAT, rows }).unwrap_or_default();
    let (mut pieces, mut piece, mut bytes) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        let texts = [&row.place, &row.old, &row.new, &row.person];
        bytes += 32 + row.node.len() + texts.into_iter().flatten().map(String::len).sum::<usize>();
        if bytes > MAX_BYTES && !piece.is_empty() {
            pieces.push(encode(std::mem::take(&mut piece)));
            bytes = 0;
        }
        piece.push(row);
    }
    if !piece.is_empty() {
        pieces.push(encode(piece));
    }
    pieces
}
