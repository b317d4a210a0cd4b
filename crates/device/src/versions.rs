//! A draft whose form was published anew: it stays with its version until the person moves it.

use std::sync::Arc;

use chaski_forms::{Change, Form, Line};
use chaski_programme::head::{self, Head};
use chaski_values::{FormVersion, Scalar};

use crate::audit::Note;
use crate::fill::parse_record;
use crate::filling::{ByPerson, Filling};
use crate::lists::count;
use crate::view::{AddedQuestion, MigratedAnswer, MigrationView, Opened};
use crate::work::Work;
use crate::{Device, DeviceError, Result};

impl Device {
    /// What moving the open draft to its form's newer version would mean. Nothing changes by asking.
    ///
    /// # Errors
    /// When the record is not open, there is no newer version, or a newer program made it.
    pub fn migration(&mut self, record: &str) -> Result<MigrationView> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        work.filling_of(record)?;
        let filling = work.filling.as_ref().ok_or(DeviceError::NotOpen(record))?;
        let newer = work.newer_form(filling)?.ok_or(DeviceError::StaleVersion(record))?;
        let session = filling.session();
        let migration = session.migration(&newer);
        let moved =
            |line: &Line| migration.rewritten.iter().chain(&migration.kept).any(|other| other.path == line.path);
        let answered = session.summary().into_iter().flat_map(|section| section.lines);
        let unchanged = answered.filter(|line| !line.display.is_empty() && !moved(line)).count();
        let added = newer.asked_besides(session.form(), &session.outline().language);
        Ok(MigrationView {
            version: newer.version().to_string(),
            unchanged: count(unchanged as u64),
            added: added.into_iter().map(|(path, label)| AddedQuestion { path: path.to_string(), label }).collect(),
            rewritten: migration.rewritten.into_iter().map(answer).collect(),
            set_aside: migration.kept.into_iter().map(answer).collect(),
        })
    }

    /// Moves the open draft to the newer version of its form that the person was shown. What the version does not ask stays
    /// in the record. The version is part of the record, so undoing ends here: what was answered before stays answered.
    ///
    /// # Errors
    /// [`DeviceError::StaleVersion`] when `version` is not the newer one any more; when it cannot be stored, or a newer
    /// program made it. Then the draft is what it was.
    pub fn migrate(&mut self, record: &str, version: &str) -> Result<Opened> {
        let record = parse_record(record)?;
        let work = self.at_work()?;
        work.filling_of(record)?;
        let wanted: FormVersion = version.parse().map_err(|_| DeviceError::StaleVersion(record))?;
        let filling = work.filling.as_ref().ok_or(DeviceError::NotOpen(record))?;
        let newer = work.newer_form(filling)?.filter(|newer| newer.version() == wanted);
        let newer = newer.ok_or(DeviceError::StaleVersion(record))?;
        let environment = work.environment(&newer, record)?;
        let language = filling.session().outline().language;
        let mut writes = filling.session().migration(&newer).writes;
        writes.push((head::head_key(head::VERSION), Scalar::text(newer.version().to_string())));

        let mut filling = work.take_filling(record)?;
        let act = filling.act(Change { writes, ..Change::default() });
        // What moving writes is nobody's answer.
        work.note(&mut filling, Note::Resumed)?;
        let stored = work.store_act(&mut filling, &act, ByPerson::No);
        if let Err(error) = stored {
            work.filling = Some(filling);
            return Err(error);
        }
        let sitting = filling.sitting;
        let (mut moved, first) = Filling::open(newer, environment, record, filling.saved().clone());
        moved.sitting = sitting;
        // The language was the older version's; a newer one that lacks it is shown in its default one.
        let _ = moved.session_mut().set_language(&language);
        // What the newer version computes once, it computes now.
        let stored = work.store_act(&mut moved, &first, ByPerson::No);
        moved.settle_acts();
        work.filling = Some(moved);
        stored?;
        work.opened(true)
    }
}

impl Work {
    /// The version that an open draft's form has by now, if the draft was begun with another.
    pub(crate) fn newer_version(&self, filling: &Filling) -> Option<FormVersion> {
        let head = Head::of(filling.saved());
        let current = self.book().current_version(head.form.as_ref()?)?;
        (!head.is_final && current != filling.session().form().version()).then_some(current)
    }

    fn newer_form(&self, filling: &Filling) -> Result<Option<Arc<Form>>> {
        let Some(version) = self.newer_version(filling) else { return Ok(None) };
        Ok(Some(self.book().form(filling.session().form().id(), version)?))
    }
}

fn answer(line: Line) -> MigratedAnswer {
    MigratedAnswer { path: line.path.to_string(), label: line.label, display: line.display }
}
