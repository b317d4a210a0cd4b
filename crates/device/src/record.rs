//! One record to read: its answers, what disagrees in it, and how it came to be.

use std::collections::BTreeMap;

use chaski_forms::Session;
use chaski_programme::head::{self, Head};
use chaski_records::{ChangeHash, Record, Step};
use chaski_store::{ChangeNote, Outcome};
use chaski_values::{Key, RecordId, Scalar};

use crate::fill::parse_record;
use crate::lists::place;
use crate::view::{
    AlternativeView, ConflictView, HistoryChange, HistoryStep, Line, Place, RecordView, Section, StepKind,
};
use crate::work::Work;
use crate::{Device, DeviceError, Result};

impl Device {
    /// A record with its conflicts and history.
    ///
    /// # Errors
    /// When there is no such record, the person may not read in its district, nobody is at work, or the store fails.
    pub fn record(&mut self, record: &str, language: Option<&str>) -> Result<RecordView> {
        let id = parse_record(record)?;
        let work = self.at_work()?;
        let row = work.store.record_row(id)?.ok_or(DeviceError::UnknownRecord(id))?;
        let (answers, _) = work.answers(id)?;
        let head = Head::of(&answers);
        work.may_read(id, head.district)?;
        let stored = work.store.record(id)?;
        let mut reader = stored.as_ref().and_then(|record| work.book().reading(record).ok());
        // What was answered and not yet committed is read along with the rest.
        if let Some(open) = work.reading_answers(id, &answers) {
            reader = Some(open);
        }
        if let (Some(session), Some(language)) = (&mut reader, language) {
            // A form that lacks the language is read in its default one.
            let _ = session.set_language(language);
        }
        let notes = work.store.change_notes(id)?;
        let conflicts = match (&stored, &reader) {
            (Some(record), reader) => work.conflicts(record, reader.as_ref(), &notes),
            (None, _) => Vec::new(),
        };
        work.show_media(answers.values());
        let standing = stored.as_ref().map(Record::conflicts).unwrap_or_default();
        work.show_media(standing.values().flat_map(|held| held.alternatives()).map(|standing| &standing.scalar));
        let sections = reader.as_ref().map(|session| sections(session, &answers, &conflicts)).unwrap_or_default();
        let audit = reader.as_ref().and_then(|session| work.audit_view(&answers, session));
        let history = stored.as_ref().map(|record| work.history(record, reader.as_ref(), &notes)).unwrap_or_default();
        let district = head.district;
        let district_name = district.map(|code| {
            work.book().settings().map_or_else(|| code.to_string(), |settings| settings.district_name(code))
        });
        let refused = notes.iter().filter(|note| note.outcome == Outcome::Refused);
        Ok(RecordView {
            card: work.card(&row),
            district_name: district_name.unwrap_or_default(),
            form_version: head.version.map(|version| version.to_string()).unwrap_or_default(),
            sections,
            conflicts,
            history,
            audit,
            can_edit: district.is_some_and(|district| work.may_capture(district).is_ok()),
            quarantined: refused.map(|note| note.reason.clone()).collect(),
        })
    }
}

impl Device {
    /// The canonical bytes of a record's document: the same on every device that holds the same changes.
    ///
    /// # Errors
    /// When the person may not read in its district, nobody is at work, or the store fails.
    pub fn document(&mut self, record: &str) -> Result<Option<Vec<u8>>> {
        let id = parse_record(record)?;
        let work = self.at_work()?;
        let (answers, _) = work.answers(id)?;
        if !answers.is_empty() {
            work.may_read(id, Head::of(&answers).district)?;
        }
        Ok(work.store.document(id)?)
    }
}

impl Work {
    /// A reading session over answers that may not all be in the log.
    fn reading_answers(&self, record: RecordId, answers: &BTreeMap<Key, Scalar>) -> Option<Session> {
        self.book().reading_of(record, answers).ok()
    }

    /// The questions that hold more than one value.
    pub(crate) fn conflicts(
        &self,
        record: &Record,
        session: Option<&Session>,
        notes: &[ChangeNote],
    ) -> Vec<ConflictView> {
        let note_of: BTreeMap<ChangeHash, &ChangeNote> = notes.iter().map(|note| (note.change, note)).collect();
        let me = self.person();
        let view = |(key, held): (Key, chaski_records::Held)| {
            let alternatives = held.alternatives().enumerate().map(|(index, alternative)| {
                let note = note_of.get(&alternative.change);
                let author = note.and_then(|note| note.entry.author);
                AlternativeView {
                    id: alternative.change.to_string(),
                    display: display(session, &key, &alternative.scalar),
                    media: media_of(&alternative.scalar),
                    author: author.map_or_else(String::new, |author| self.book().person_name(author)),
                    device: note.map_or_else(String::new, |note| self.book().device_name(note.entry.device)),
                    at: alternative.at.millis(),
                    shown: index == 0,
                    mine: author.is_some() && author == me,
                }
            });
            ConflictView {
                path: key.path().map_or_else(String::new, |path| path.to_string()),
                label: label(session, &key),
                alternatives: alternatives.collect(),
                key: key.to_string(),
            }
        };
        record.conflicts().into_iter().map(view).collect()
    }

    /// What was done to the record, newest first.
    fn history(&self, record: &Record, session: Option<&Session>, notes: &[ChangeNote]) -> Vec<HistoryStep> {
        let note_of: BTreeMap<ChangeHash, &ChangeNote> = notes.iter().map(|note| (note.change, note)).collect();
        let step = |step: Step| {
            let note = note_of.get(&step.change);
            let author = note.and_then(|note| note.entry.author);
            let written = |(key, written): (&Key, &chaski_records::Written)| HistoryChange {
                path: key.path().map_or_else(|| key.to_string(), |path| path.to_string()),
                label: label(session, key),
                before: written.before.as_ref().map(|before| {
                    let all = std::iter::once(before).chain(written.settled.iter().filter(|other| *other != before));
                    all.map(|scalar| display(session, key, scalar)).collect::<Vec<_>>().join(" / ")
                }),
                after: (!written.after.is_null()).then(|| display(session, key, &written.after)),
            };
            HistoryStep {
                id: step.change.to_string(),
                at: step.at.millis(),
                author: author.map_or_else(String::new, |author| self.book().person_name(author)),
                device: note.map_or_else(String::new, |note| self.book().device_name(note.entry.device)),
                kind: kind(&step),
                changes: step.writes.iter().filter(|(key, _)| is_shown(key)).map(written).collect(),
                place: note.map_or(Place::Tablet, |note| place(note.place)),
            }
        };
        let mut steps: Vec<HistoryStep> = record.history().into_iter().map(step).collect();
        steps.reverse();
        steps
    }
}

fn kind(step: &Step) -> StepKind {
    let writes = |name: &str| step.writes.get(&head::head_key(name));
    if writes(head::DELETED).is_some() {
        StepKind::Discarded
    } else if writes(head::STATE).is_some_and(|state| state.after.as_text() == Some(head::STATE_FINAL)) {
        StepKind::Finalized
    } else if writes(head::KIND).is_some() {
        StepKind::Created
    } else if step.writes.values().any(chaski_records::Written::resolves) {
        StepKind::Resolved
    } else {
        StepKind::Edited
    }
}

/// The record's head and the order of rows are not what people answered.
fn is_shown(key: &Key) -> bool {
    match key.path() {
        Some(path) => path.steps().last().is_none_or(|step| step.row.is_none()) || key.marks_removed_row(),
        None => false,
    }
}

fn display(session: Option<&Session>, key: &Key, scalar: &Scalar) -> String {
    match session {
        Some(session) => session.display(key, scalar),
        // Without its form a text can still be read, and nothing else can.
        None => scalar.as_text().unwrap_or_default().to_owned(),
    }
}

fn label(session: Option<&Session>, key: &Key) -> String {
    let path = key.path();
    let label = path.as_ref().and_then(|path| session?.label_of(path));
    label.or_else(|| path.map(|path| path.to_string())).unwrap_or_else(|| key.to_string())
}

/// The hash of the photo, drawing or file that a value is.
fn media_of(scalar: &Scalar) -> Option<String> {
    match scalar {
        Scalar::Bytes(bytes) => chaski_values::MediaRef::from_bytes(bytes).map(|media| media.hash.to_string()),
        Scalar::Null | Scalar::Text(_) | Scalar::Int(_) | Scalar::Bool(_) | Scalar::Time(_) => None,
    }
}

fn sections(session: &Session, answers: &BTreeMap<Key, Scalar>, conflicts: &[ConflictView]) -> Vec<Section> {
    let line = |line: chaski_forms::Line| {
        let media = answers.get(&Key::at(&line.path)).and_then(media_of);
        let path = line.path.to_string();
        let conflict = conflicts.iter().any(|conflict| conflict.path == path);
        Line { path, label: line.label, display: line.display, media, conflict }
    };
    let section = |section: chaski_forms::Section| Section {
        path: section.page.to_string(),
        label: section.label,
        lines: section.lines.into_iter().map(line).collect(),
    };
    session.summary().into_iter().map(section).filter(|section: &Section| !section.lines.is_empty()).collect()
}
