//! Positions that no person gives: the device is asked for them while the form is filled in.
//!
//! A session reads no sensor. It says which nodes want a position now, and takes each when the device has a fix, which may
//! be minutes later or never: a node whose position never came stays blank, as in ODK Collect.

use chaski_values::{Answer, GeoPoint, NodePath};

use super::settle::Settling;
use super::state::RowIndex;
use super::{Change, Session, SessionError};
use crate::form::Aspect;
use crate::kind::Kind;

impl Settling<'_> {
    /// Asks for the position where the record is begun.
    pub(crate) fn want_first_positions(&mut self) {
        let starts = self.form.ids().filter(|id| self.form.node(*id).kind == Kind::StartGeopoint);
        self.work.wanted.extend(starts.map(|node| (node, RowIndex::RECORD)));
    }
}

impl Session {
    /// The nodes that want the device's position now, in document order: `start-geopoint` in the session that begins the
    /// record, `background-geopoint` whenever its trigger was answered. None of them is ever shown.
    pub fn wanted_positions(&self) -> Vec<NodePath> {
        let wanted = self
            .wanted
            .iter()
            .filter(|(node, row)| self.state.is_present(*row) && self.state.is_relevant(&self.form, *node, *row));
        wanted.map(|(node, row)| self.state.path(&self.form, *node, *row)).collect()
    }

    /// Takes the position that [`Self::wanted_positions`] asked for. It is wanted no more.
    ///
    /// # Errors
    /// When no such position is wanted.
    pub fn supply_position(&mut self, path: &NodePath, position: GeoPoint) -> Result<Change, SessionError> {
        let (node, row) = self.locate(path)?;
        let keep = self.form.node(node).keep.filter(|_| self.wanted.contains(&(node, row)));
        let keep = keep.ok_or_else(|| SessionError::NotAQuestion(path.clone()))?;
        let Ok(answer) = keep.fit(Answer::Point(position)) else {
            return Err(SessionError::NotAQuestion(path.clone()));
        };
        self.wanted.remove(&(node, row));
        let form = self.form.clone();
        let cell = self.state.cell_mut(&form, node, row);
        let writes = keep.writes(path, cell.answer.as_ref(), Some(&answer));
        cell.answer = Some(answer);
        let work = self.settling(|settling| {
            settling.call(node, Aspect::Value, row);
            settling.settle_events();
        });
        Ok(self.change(writes, work))
    }
}
