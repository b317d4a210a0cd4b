//! Filling in: begin or open a record, answer, add and remove rows, undo, turn pages, finalize, leave.

use chaski_forms::{Environment, Form, Lookups};
use chaski_programme::head::{self, Head};
use chaski_store::DraftRow;
use chaski_values::{Answer, FormId, GeoPoint, Key, NodePath, ProjectId, RecordId, RowId, Scalar};

use crate::audit::Note;
use crate::filling::{Act, ByPerson, Filling};
use crate::prefill::prefill;
use crate::surroundings::random;
use crate::view::{Answered, Finalized, Logged, Opened, RecordState};
use crate::work::Work;
use crate::{Device, DeviceError, Result};

/// Bytes that one text may have: some five pages. More would fill a record that others have to carry.
const TEXT_BYTES: usize = 16 * 1024;

impl Device {
    /// Begins a record of a form, about a project if one is given, and opens it.
    ///
    /// # Errors
    /// When the form or project is unknown, the person may not capture in that district, or the record cannot be stored.
    pub fn start_record(&mut self, form: &str, project: Option<&str>, language: Option<&str>) -> Result<Opened> {
        let work = self.at_work()?;
        work.leave_for_another()?;
        let form_id = FormId::new(form).map_err(|_| DeviceError::BadId(form.to_owned()))?;
        let compiled = work.book().current_form(&form_id)?;
        let project = match project {
            Some(id) => {
                let id = ProjectId::new(id).map_err(|_| DeviceError::BadId(id.to_owned()))?;
                Some(work.book().project(&id)?.clone())
            }
            None => None,
        };
        let district = match &project {
            Some(project) => project.district,
            None => *work.my_districts()?.first().ok_or(DeviceError::NoDistrict)?,
        };
        work.may_capture(district)?;
        let record = RecordId::new(work.now(), random(&*work.around));
        let head = Head {
            form: Some(form_id.clone()),
            version: Some(compiled.version()),
            project: project.as_ref().map(|project| project.id.clone()),
            district: Some(district),
            is_final: false,
        };
        let environment = work.environment(&compiled, record)?;
        let answers = head.writes().into_iter().collect();
        let (mut filling, first) = Filling::open(compiled.clone(), environment, record, answers);
        let draft = DraftRow {
            kind: head::KIND_FORM.to_owned(),
            district: head.district,
            form: head.form.clone(),
            form_version: head.version,
            project: head.project.clone(),
            title: String::new(),
            search: String::new(),
        };
        let (me, now) = (work.me()?, work.now());
        let (sitting, summary) = work.store.open_sitting(record, me, 0, now, Some(&draft))?;
        work.changes.add(summary);
        filling.sitting = Some(sitting);
        work.note(&mut filling, Note::Begun)?;
        let mut change = first.change;
        change.writes.splice(0..0, head.writes());
        // The head was given to the session as known; what it held before is nothing all the same.
        let mut act = filling.act(change);
        for write in &mut act.writes {
            write.previous = None;
        }
        work.store_act(&mut filling, &act, ByPerson::No)?;
        if let Some(project) = &project {
            let rules = work.book().settings().map(|settings| settings.prefill.clone()).unwrap_or_default();
            let lookups = work.book().lookups().clone();
            prefill(&mut filling, &lookups, &rules, project.id.as_str(), |filling, act| {
                work.store_act(filling, &act, ByPerson::No)
            })?;
        }
        set_language(&mut filling, language);
        work.filling = Some(filling);
        work.opened(false)
    }

    /// Opens a record to go on with it or to change it.
    ///
    /// # Errors
    /// When there is no such record, its form's version is not here, or the person may not capture in its district.
    pub fn open_record(&mut self, record: &str, language: Option<&str>) -> Result<Opened> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        if work.filling.as_ref().is_some_and(|filling| filling.record() != record) {
            work.leave_for_another()?;
        }
        let (answers, sitting) = work.answers(record)?;
        let head = Head::of(&answers);
        let form = head.form.clone().ok_or(DeviceError::UnknownRecord(record))?;
        let version = head.version.ok_or(DeviceError::UnknownRecord(record))?;
        let district = head.district.ok_or(DeviceError::UnknownRecord(record))?;
        work.may_capture(district)?;
        let compiled = work.book().form(&form, version).map_err(|error| match error {
            chaski_programme::BookError::UnknownVersion { .. } => DeviceError::FormNotHere { record, form },
            other => other.into(),
        })?;
        let environment = work.environment(&compiled, record)?;
        // What a first opening writes by itself was written when the record was begun.
        let (mut filling, _) = Filling::open(compiled, environment, record, answers);
        filling.sitting = sitting;
        work.note(&mut filling, Note::Resumed)?;
        set_language(&mut filling, language);
        let resumed = sitting.is_some();
        if let Some(open) = work.store.sitting(record, work.me()?)? {
            filling.turn_to(open.page);
        }
        work.filling = Some(filling);
        work.opened(resumed)
    }

    /// Answers a question, or takes its answer back. It is durable when this returns.
    ///
    /// # Errors
    /// When the record is not open, the path is no question of it, or the answer cannot be stored: then what was saved
    /// before stands, and the form shows that.
    pub fn answer(&mut self, record: &str, path: &str, answer: Option<Answer>) -> Result<Answered> {
        let path = parse_path(path)?;
        self.act(record, |filling, _| filling.answer(&path, answer).map(|act| (act, None)))
    }

    /// Takes where the tablet is, for what the form asks of the device itself: where the record was begun, or where a question
    /// was answered. It is nobody's act and cannot be undone. Where nothing is asked for, nothing happens.
    ///
    /// # Errors
    /// When the record is not the one being filled in, or the position cannot be stored.
    pub fn supply_position(&mut self, record: &str, position: GeoPoint) -> Result<Answered> {
        let work = self.at_work()?;
        if work.filling.as_ref().and_then(Filling::audit).is_some_and(|audit| audit.places.is_some()) {
            work.note_on_screen(Note::Located(position))?;
        }
        self.act_of(record, ByPerson::No, |filling, _| filling.supply_position(position).map(|act| (act, None)))
    }

    /// Adds a row to a repeat.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn add_row(&mut self, record: &str, repeat: &str) -> Result<Answered> {
        let repeat = parse_path(repeat)?;
        self.act(record, |filling, random| {
            let row = RowId::from_bytes(random);
            filling.add_row(&repeat, row).map(|act| (act, Some(repeat.with_row(row))))
        })
    }

    /// Removes a row from a repeat. What it held is kept, and undoing brings it back.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn remove_row(&mut self, record: &str, row: &str) -> Result<Answered> {
        let row = parse_path(row)?;
        self.act(record, |filling, _| filling.remove_row(&row).map(|act| (act, None)))
    }

    /// Takes back the last answer or row of this sitting.
    ///
    /// # Errors
    /// When the record is not open or the store fails.
    pub fn undo(&mut self, record: &str) -> Result<Opened> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        let mut filling = work.take_filling(record)?;
        let outcome = match filling.sitting {
            Some(sitting) if filling.can_undo() => work.store.undo_step(sitting),
            Some(_) | None => Ok(None),
        };
        if let Ok(Some(undone)) = &outcome {
            filling.keep_undone(undone.restored.clone(), undone.page);
        }
        work.filling = Some(filling);
        outcome?;
        work.retitle()?;
        work.opened(true)
    }

    /// One page of the open record.
    ///
    /// # Errors
    /// When the record is not open or has no such page.
    pub fn page(&mut self, record: &str, index: u32) -> Result<chaski_forms::view::PageView> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        let now = work.now();
        let filling = work.filling_of(record)?;
        let page = filling.session_mut().page(index)?;
        filling.turn_to(index);
        if let Some(sitting) = filling.sitting {
            work.store.turn_page(sitting, index, now)?;
        }
        work.note_page(index)?;
        Ok(page)
    }

    /// The page list of the open record.
    ///
    /// # Errors
    /// When the record is not open.
    pub fn outline(&mut self, record: &str) -> Result<chaski_forms::view::Outline> {
        let record = parse_record(record)?;
        Ok(self.at_work()?.filling_of(record)?.session().outline())
    }

    /// Everything wrong on one page, which is from now on also shown beside its questions.
    ///
    /// # Errors
    /// When the record is not open or has no such page.
    pub fn check_page(&mut self, record: &str, index: u32) -> Result<crate::view::Checked> {
        let record = parse_record(record)?;
        let filling = self.at_work()?.filling_of(record)?;
        let (issues, change) = filling.session_mut().check_page(index)?;
        Ok(crate::view::Checked { issues, nodes: change.nodes, pages: change.pages })
    }

    /// Shows the open record in another of its form's languages.
    ///
    /// # Errors
    /// When the record is not open or its form has no such language.
    pub fn set_form_language(&mut self, record: &str, language: &str) -> Result<Opened> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        work.filling_of(record)?.session_mut().set_language(language)?;
        work.opened(true)
    }

    /// Finalizes the open record: nothing in it may be wrong. Gives what is.
    ///
    /// # Errors
    /// When the record is not open or cannot be stored.
    pub fn finalize(&mut self, record: &str) -> Result<Finalized> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        let now = work.now();
        let mut filling = work.take_filling(record)?;
        let outcome = filling.session_mut().finalize(now);
        if !outcome.issues.is_empty() {
            let noted = work.note(&mut filling, Note::Refused);
            work.filling = Some(filling);
            noted?;
            return Ok(Finalized { issues: outcome.issues, state: RecordState::Draft });
        }
        let mut change = outcome.change;
        change.writes.push((head::head_key(head::STATE), Scalar::text(head::STATE_FINAL)));
        let act = filling.act(change);
        let stored = work.store_act(&mut filling, &act, ByPerson::No);
        let stored = stored.and_then(|()| work.note(&mut filling, Note::Finalized));
        work.filling = Some(filling);
        stored?;
        work.leave()?;
        Ok(Finalized { issues: Vec::new(), state: RecordState::Final })
    }

    /// Leaves the open record: its answers become one signed entry. A draft stays a draft.
    ///
    /// # Errors
    /// When they cannot be committed; they stay in the journal then.
    pub fn leave(&mut self, record: &str) -> Result<()> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        if work.filling.as_ref().is_some_and(|filling| filling.record() == record) {
            work.leave()?;
        }
        Ok(())
    }

    /// Discards a draft, with the reason. What was never committed is gone; the rest keeps a tombstone, and its history.
    ///
    /// # Errors
    /// When there is no such record, it was finalized, or the person may not capture in its district.
    pub fn discard_draft(&mut self, record: &str, reason: &str) -> Result<()> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        let (answers, sitting) = work.answers(record)?;
        let head = Head::of(&answers);
        let district = head.district.ok_or(DeviceError::UnknownRecord(record))?;
        if head.is_final {
            return Err(DeviceError::AlreadyFinal(record));
        }
        work.may_capture(district)?;
        if work.filling.as_ref().is_some_and(|filling| filling.record() == record) {
            work.filling = None;
        }
        if let Some(sitting) = sitting {
            let summary = work.store.discard_sitting(sitting)?;
            work.changes.add(summary);
        }
        if work.store.record(record)?.is_some() {
            let reason = if reason.trim().is_empty() { "discarded" } else { reason.trim() };
            work.write(record, vec![(head::head_key(head::DELETED), Scalar::text(reason))])?;
        }
        Ok(())
    }

    fn act(
        &mut self,
        record: &str,
        act: impl FnOnce(&mut Filling, [u8; 8]) -> std::result::Result<(Act, Option<NodePath>), chaski_forms::SessionError>,
    ) -> Result<Answered> {
        self.act_of(record, ByPerson::Yes, act)
    }

    fn act_of(
        &mut self,
        record: &str,
        by_person: ByPerson,
        act: impl FnOnce(&mut Filling, [u8; 8]) -> std::result::Result<(Act, Option<NodePath>), chaski_forms::SessionError>,
    ) -> Result<Answered> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        let random = random(&*work.around);
        let mut filling = work.take_filling(record)?;
        let outcome = act(&mut filling, random).map_err(DeviceError::from).and_then(|(act, row)| {
            work.store_act(&mut filling, &act, by_person)?;
            Ok((act, row))
        });
        let now = work.now();
        let (can_undo, wants_position) = (filling.can_undo(), filling.wants_position(now));
        work.filling = Some(filling);
        let (act, row) = outcome?;
        Ok(Answered {
            nodes: act.change.nodes,
            pages: act.change.pages,
            row: row.map(|path| path.to_string()),
            can_undo,
            wants_position,
        })
    }
}

impl Work {
    /// Makes an act durable, then remembers it; if it cannot be stored, the form goes back to what was.
    pub(crate) fn store_act(&mut self, filling: &mut Filling, act: &Act, by_person: ByPerson) -> Result<()> {
        let (now, page) = (self.now(), filling.page());
        if act.writes.iter().any(|write| write.scalar.as_text().is_some_and(|text| text.len() > TEXT_BYTES)) {
            filling.reopen();
            return Err(DeviceError::AnswerTooLong { limit: TEXT_BYTES });
        }
        let sitting = match filling.sitting {
            Some(sitting) => sitting,
            None if act.writes.is_empty() => return Ok(()),
            None => {
                let (sitting, summary) = self.store.open_sitting(filling.record(), self.me()?, page, now, None)?;
                self.changes.add(summary);
                filling.sitting = Some(sitting);
                self.note_waiting(filling)?;
                sitting
            }
        };
        match self.store.journal_answer(sitting, &act.writes, page, now) {
            Ok(()) => {
                filling.keep(act, by_person);
                Ok(())
            }
            Err(error) => {
                filling.reopen();
                Err(error.into())
            }
        }
    }

    /// Leaves the record on the screen, if one is.
    pub(crate) fn leave(&mut self) -> Result<()> {
        self.note_on_screen(Note::Left)?;
        self.retitle()?;
        match self.filling.take().and_then(|filling| filling.sitting) {
            Some(sitting) => self.commit(sitting),
            None => Ok(()),
        }
    }

    /// As [`Self::leave`], on the way to something else, which answers that cannot be committed do not stand in the way of.
    fn leave_for_another(&mut self) -> Result<()> {
        self.note_on_screen(Note::Left)?;
        self.retitle()?;
        match self.filling.take().and_then(|filling| filling.sitting) {
            Some(sitting) => self.commit_or_keep(sitting),
            None => Ok(()),
        }
    }

    /// Gives a draft that is only in the journal the title its answers amount to.
    fn retitle(&mut self) -> Result<()> {
        let Some(filling) = &self.filling else { return Ok(()) };
        if self.store.record(filling.record())?.is_none() {
            let title = filling.session().instance_name();
            let summary = self.store.retitle(filling.record(), &title, "")?;
            self.changes.add(summary);
        }
        Ok(())
    }

    pub(crate) fn opened(&mut self, resumed: bool) -> Result<Opened> {
        let project = self.filling.as_ref().and_then(|filling| Head::of(filling.saved()).project);
        let project_name = project.and_then(|id| self.book().projects().get(&id).map(|project| project.name.clone()));
        let newer = self.filling.as_ref().and_then(|filling| self.newer_version(filling));
        let saved = self.filling.as_ref().map(|filling| filling.saved().clone()).unwrap_or_default();
        self.show_media(saved.values());
        let filling = self.filling.as_mut().ok_or(DeviceError::Locked)?;
        let page = filling.page();
        let page = match filling.session_mut().page(page) {
            Ok(page) => page,
            // The page it stood at is gone: the form's first is always there.
            Err(_) => filling.session_mut().page(0)?,
        };
        filling.turn_to(page.index);
        self.note_page(page.index)?;
        let now = self.now();
        let filling = self.filling.as_mut().ok_or(DeviceError::Locked)?;
        let audit = filling.audit().map(|audit| match audit.places {
            Some(_) => Logged::Places,
            None => Logged::Times,
        });
        Ok(Opened {
            record: filling.record().to_string(),
            outline: filling.session().outline(),
            page,
            state: if Head::of(filling.saved()).is_final { RecordState::Final } else { RecordState::Draft },
            project_name,
            resumed,
            can_undo: filling.can_undo(),
            wants_position: filling.wants_position(now),
            logged: audit,
            newer: newer.map(|version| version.to_string()),
        })
    }

    pub(crate) fn filling_of(&mut self, record: RecordId) -> Result<&mut Filling> {
        self.filling.as_mut().filter(|filling| filling.record() == record).ok_or(DeviceError::NotOpen(record))
    }

    pub(crate) fn take_filling(&mut self, record: RecordId) -> Result<Filling> {
        self.filling_of(record)?;
        self.filling.take().ok_or(DeviceError::NotOpen(record))
    }

    pub(crate) fn environment(&self, form: &Form, record: RecordId) -> Result<Environment> {
        let me = self.me()?;
        let mut lookups = self.book().lookups().clone();
        if form.reads_last_saved()
            && let Some(answers) = self.last_saved(form.id(), record)?
        {
            lookups.insert_document(Lookups::LAST_SAVED, answers);
        }
        Ok(Environment {
            now: self.now(),
            zone_minutes: self.book().zone_minutes(),
            device: self.book().device_name(self.device()),
            person: self.book().person_name(me),
            seed: random(&*self.around),
            lookups,
        })
    }

    /// Writes to a record outside of any sitting, as one entry of its own: a settled conflict, a tombstone.
    pub(crate) fn write(&mut self, record: RecordId, writes: Vec<(Key, Scalar)>) -> Result<()> {
        let (me, now) = (self.me()?, self.now());
        // An open sitting's answers were given before this: they go first.
        if let Some(open) = self.store.sitting(record, me)?.filter(|open| open.writes > 0) {
            self.commit(open.id)?;
        }
        let held = self.store.record(record)?.ok_or(DeviceError::UnknownRecord(record))?;
        let writes: Vec<chaski_store::JournalWrite> = writes
            .into_iter()
            .map(|(key, scalar)| chaski_store::JournalWrite {
                previous: held.get(&key).map(|held| held.winner.scalar),
                key,
                scalar,
            })
            .collect();
        let (sitting, summary) = self.store.open_sitting(record, me, 0, now, None)?;
        self.changes.add(summary);
        self.store.journal_answer(sitting, &writes, 0, now)?;
        self.commit(sitting)?;
        self.refresh_filling()
    }
}

fn set_language(filling: &mut Filling, language: Option<&str>) {
    if let Some(language) = language {
        // A form that lacks the language stays in its default one.
        let _ = filling.session_mut().set_language(language);
    }
}

pub(crate) fn parse_record(text: &str) -> Result<RecordId> {
    text.parse().map_err(|_| DeviceError::BadId(text.chars().take(80).collect()))
}

fn parse_path(text: &str) -> Result<NodePath> {
    text.parse().map_err(|_| DeviceError::BadId(text.chars().take(80).collect()))
}
