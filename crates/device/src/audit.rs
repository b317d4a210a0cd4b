//! How a record is filled in, for forms that ask for a log of it (`audit`).
//!
//! While a sitting goes on, what happens besides answers is noted with it in the store; when it ends, the form makes the rows of
//! both, and they go into the same entry as the answers. A form that asks for no log costs nothing.

use std::collections::BTreeMap;

use chaski_forms::{AuditEvent, AuditRow, Happening, Places, Session, What, audit_rows};
use chaski_store::{Happened, HappenedWhat, Sitting};
use chaski_values::{GeoPoint, Key, Scalar, Timestamp};

use crate::fill::parse_record;
use crate::filling::Filling;
use crate::surroundings::random;
use crate::view::{AuditKind, AuditLine};
use crate::work::Work;
use crate::{Device, DeviceError, Result};

/// The most notes that wait for a sitting: somebody who only looks turns pages too.
const MOST_WAITING: usize = 200;

/// What is noted beside the answers of a sitting. Its words are kept in the store for as long as the sitting goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Note {
    Begun,
    Resumed,
    Shown(u32),
    Located(GeoPoint),
    Refused,
    Finalized,
    Left,
}

impl Note {
    fn words(self) -> String {
        match self {
            Self::Begun => "begun".to_owned(),
            Self::Resumed => "resumed".to_owned(),
            Self::Shown(page) => format!("shown {page}"),
            Self::Located(point) => format!("located {}", point.to_odk()),
            Self::Refused => "refused".to_owned(),
            Self::Finalized => "finalized".to_owned(),
            Self::Left => "left".to_owned(),
        }
    }

    /// What a note says; nothing for one that a later version wrote.
    fn read(words: &str) -> Option<What> {
        let (name, rest) = words.split_once(' ').unwrap_or((words, ""));
        Some(match name {
            "begun" => What::Begun,
            "resumed" => What::Resumed,
            "shown" => What::Shown(rest.parse().ok()?),
            "located" => What::Located(GeoPoint::from_odk(rest)?),
            "refused" => What::Refused,
            "finalized" => What::Finalized,
            "left" => What::Left,
            _ => return None,
        })
    }
}

impl Device {
    /// The log of how a record was filled in, as ODK Collect's `audit.csv`; nothing when its form asks for none.
    ///
    /// # Errors
    /// When there is no such record, the person may not read in its district, nobody is at work, or the store fails.
    pub fn audit_csv(&mut self, record: &str) -> Result<Option<String>> {
        let id = parse_record(record)?;
        let work = self.at_work()?;
        work.store.record_row(id)?.ok_or(DeviceError::UnknownRecord(id))?;
        let (answers, _) = work.answers(id)?;
        work.may_read(id, chaski_programme::head::Head::of(&answers).district)?;
        Ok(work.book().audit_csv(&answers))
    }
}

impl Work {
    /// Notes what happened to the record being filled in, if its form keeps a log. Before its first answer it has no sitting:
    /// until then what happens waits with it.
    pub(crate) fn note(&mut self, filling: &mut Filling, note: Note) -> Result<()> {
        if filling.audit().is_none() {
            return Ok(());
        }
        let now = self.now();
        match filling.sitting {
            Some(sitting) => self.store.note_in_sitting(sitting, &note.words(), now)?,
            None if filling.waiting.len() < MOST_WAITING => filling.waiting.push((now, note)),
            None => {}
        }
        Ok(())
    }

    /// As [`Self::note`], of the record on the screen.
    pub(crate) fn note_on_screen(&mut self, note: Note) -> Result<()> {
        let Some(mut filling) = self.filling.take() else { return Ok(()) };
        let noted = self.note(&mut filling, note);
        self.filling = Some(filling);
        noted
    }

    /// The page that is on the screen from now on.
    pub(crate) fn note_page(&mut self, page: u32) -> Result<()> {
        if self.filling.as_mut().is_some_and(|filling| filling.is_other_page(page)) {
            self.note_on_screen(Note::Shown(page))?;
        }
        Ok(())
    }

    /// Notes what waited for a sitting, which there is now.
    pub(crate) fn note_waiting(&mut self, filling: &mut Filling) -> Result<()> {
        let Some(sitting) = filling.sitting else { return Ok(()) };
        for (at, note) in std::mem::take(&mut filling.waiting) {
            self.store.note_in_sitting(sitting, &note.words(), at)?;
        }
        Ok(())
    }

    /// What a sitting that ends adds to its record's log, if its form keeps one: `before` is the record as it was, `after` as it is with its answers.
    pub(crate) fn audit_of(
        &self,
        open: &Sitting,
        before: &BTreeMap<Key, Scalar>,
        after: &BTreeMap<Key, Scalar>,
    ) -> Result<Vec<(Key, Scalar)>> {
        let Ok(session) = self.book().reading_of(open.record, after) else { return Ok(Vec::new()) };
        let happened = self.store.happened(open.id)?;
        let happened: Vec<Happening> = happened.into_iter().filter_map(happening).collect();
        let pieces = session.audit(before, &happened, &self.book().person_name(open.person));
        Ok(pieces.into_iter().map(|piece| (Key::of_audit(random(&*self.around)), Scalar::Bytes(piece))).collect())
    }

    /// The log of a record for the screens, in the words of `session`.
    pub(crate) fn audit_view(&self, answers: &BTreeMap<Key, Scalar>, session: &Session) -> Option<Vec<AuditLine>> {
        session.form().audit()?;
        let line = |row: AuditRow| AuditLine {
            kind: kind(row.event),
            label: if row.node.is_empty() { String::new() } else { session.label_of_audited(&row.node) },
            start: row.start,
            end: row.end,
            place: row.place.and_then(|place| {
                let (latitude, rest) = place.split_once(' ')?;
                Some(format!("{latitude}, {}", rest.split_once(' ')?.0))
            }),
            before: row.old,
            after: row.new,
            person: row.person,
        };
        Some(audit_rows(answers).into_iter().map(line).collect())
    }
}

fn kind(event: AuditEvent) -> AuditKind {
    match event {
        AuditEvent::FormStart => AuditKind::Begun,
        AuditEvent::FormResume => AuditKind::Resumed,
        AuditEvent::FormExit => AuditKind::Left,
        AuditEvent::FormFinalize => AuditKind::Finalized,
        AuditEvent::FinalizeError => AuditKind::Refused,
        AuditEvent::Question => AuditKind::Answered,
        AuditEvent::GroupQuestions => AuditKind::Page,
        AuditEvent::AddRepeat => AuditKind::Added,
        AuditEvent::DeleteRepeat => AuditKind::Removed,
    }
}

fn happening(happened: Happened) -> Option<Happening> {
    let what = match happened.what {
        HappenedWhat::Wrote(writes) => What::Wrote(writes),
        HappenedWhat::Noted(words) => Note::read(&words)?,
    };
    Some(Happening { at: happened.at, what })
}

/// Whether a form that keeps a log of places asks where the tablet is now.
pub(crate) fn is_due(places: Places, asked: Option<Timestamp>, now: Timestamp) -> bool {
    // A clock that was set back would keep it from asking for as long.
    asked.is_none_or(|asked| now.millis().abs_diff(asked.millis()) >= places.min_interval_millis.unsigned_abs())
}
