//! One person's open edit of one record: the form's session and what is stored of the record.
//!
//! Nothing here stores anything. Each act gives the writes that the caller must make durable before it shows the outcome;
//! only then does the caller [`Filling::keep`] them. If storing fails, the filling is reopened from what stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaski_forms::{Audit, Change, Environment, Form, Session, SessionError};
use chaski_store::{JournalWrite, SittingId};
use chaski_values::{Answer, GeoPoint, Key, NodePath, RecordId, RowId, Scalar, Timestamp};

use crate::audit::{Note, is_due};

/// What one act came to, and what of it has to be stored first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Act {
    pub(crate) change: Change,
    pub(crate) writes: Vec<JournalWrite>,
}

#[derive(Debug)]
pub(crate) struct Filling {
    record: RecordId,
    /// The sitting in the store; none while only reading, before the first write.
    pub(crate) sitting: Option<SittingId>,
    session: Session,
    environment: Environment,
    saved: BTreeMap<Key, Scalar>,
    /// Acts of the person that can be undone: those since the record was opened.
    undoable: u32,
    page: u32,
    /// What the form asks to be kept of how it is filled in.
    audit: Option<Audit>,
    /// What is to be noted once there is a sitting.
    pub(crate) waiting: Vec<(Timestamp, Note)>,
    /// The page that was noted last.
    noted: Option<u32>,
    /// When the device was last asked where it is, for the log.
    asked: Option<Timestamp>,
}

impl Filling {
    /// Opens a record's answers. Also gives what the first opening writes (start time, defaults).
    pub(crate) fn open(
        form: Arc<Form>,
        environment: Environment,
        record: RecordId,
        saved: BTreeMap<Key, Scalar>,
    ) -> (Self, Act) {
        let (session, writes) = Session::open(form, environment.clone(), record, &saved);
        let audit = session.form().audit();
        let mut filling = Self {
            record,
            sitting: None,
            session,
            environment,
            saved,
            undoable: 0,
            page: 0,
            audit,
            waiting: Vec::new(),
            noted: None,
            asked: None,
        };
        let act = filling.act(Change { writes, ..Change::default() });
        filling.page = filling.first_page();
        (filling, act)
    }

    pub(crate) fn record(&self) -> RecordId {
        self.record
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Every answer as it is stored by now.
    pub(crate) fn saved(&self) -> &BTreeMap<Key, Scalar> {
        &self.saved
    }

    pub(crate) fn page(&self) -> u32 {
        self.page
    }

    pub(crate) fn turn_to(&mut self, page: u32) {
        self.page = page;
    }

    pub(crate) fn can_undo(&self) -> bool {
        self.undoable > 0
    }

    pub(crate) fn answer(&mut self, path: &NodePath, answer: Option<Answer>) -> Result<Act, SessionError> {
        let change = self.session.answer(path, answer)?;
        Ok(self.act(change))
    }

    pub(crate) fn add_row(&mut self, repeat: &NodePath, row: RowId) -> Result<Act, SessionError> {
        let change = self.session.add_row(repeat, row)?;
        Ok(self.act(change))
    }

    pub(crate) fn remove_row(&mut self, row: &NodePath) -> Result<Act, SessionError> {
        let change = self.session.remove_row(row)?;
        Ok(self.act(change))
    }

    pub(crate) fn audit(&self) -> Option<Audit> {
        self.audit
    }

    /// Whether a page is another than the one noted last, which it is from now on.
    pub(crate) fn is_other_page(&mut self, page: u32) -> bool {
        self.noted.replace(page) != Some(page)
    }

    /// Whether the form asks where the tablet is: for a question, or for its log. The log asks again no sooner than its form
    /// says, whether or not a fix came.
    pub(crate) fn wants_position(&mut self, now: Timestamp) -> bool {
        let places = self.audit.and_then(|audit| audit.places);
        let is_due = places.is_some_and(|places| is_due(places, self.asked, now));
        if is_due {
            self.asked = Some(now);
        }
        is_due || !self.session.wanted_positions().is_empty()
    }

    /// Puts the position wherever it is asked for.
    pub(crate) fn supply_position(&mut self, position: GeoPoint) -> Result<Act, SessionError> {
        let mut all = Change::default();
        for path in self.session.wanted_positions() {
            let change = self.session.supply_position(&path, position)?;
            all.writes.extend(change.writes);
            all.nodes.extend(change.nodes);
            all.pages = change.pages.or(all.pages);
        }
        Ok(self.act(all))
    }

    /// The act is durable: remember it. `by_person`: whether it is one that a person would undo.
    pub(crate) fn keep(&mut self, act: &Act, by_person: ByPerson) {
        for (key, scalar) in &act.change.writes {
            self.saved.insert(key.clone(), scalar.clone());
        }
        match by_person {
            ByPerson::Yes if !act.writes.is_empty() => self.undoable += 1,
            ByPerson::Yes | ByPerson::No => {}
        }
    }

    /// An act was taken back and that is durable: show the record as it was, on the page where it was done.
    pub(crate) fn keep_undone(&mut self, restored: Vec<(Key, Option<Scalar>)>, page: u32) {
        for (key, scalar) in restored {
            match scalar {
                Some(scalar) => self.saved.insert(key, scalar),
                None => self.saved.remove(&key),
            };
        }
        self.undoable = self.undoable.saturating_sub(1);
        self.page = page;
        self.reopen();
    }

    /// Starts over from what is stored, after changes of others arrived.
    pub(crate) fn reopen_with(&mut self, saved: BTreeMap<Key, Scalar>) {
        self.saved = saved;
        self.undoable = 0;
        self.noted = None;
        self.reopen();
    }

    /// Forgets what was computed since the last durable write.
    pub(crate) fn reopen(&mut self) {
        let language = self.session.outline().language;
        let form = Arc::clone(self.session.form());
        let (session, _) = Session::open(form, self.environment.clone(), self.record, &self.saved);
        self.session = session;
        // The language was this form's a moment ago; a form without languages has nothing to set.
        let _ = self.session.set_language(&language);
    }

    /// The first page that still has something to answer, for someone who comes back to a draft.
    fn first_page(&self) -> u32 {
        let pages = self.session.outline().pages;
        let relevant = || pages.iter().filter(|page| page.relevant);
        let touched = relevant().any(|page| page.answered > 0);
        let next = relevant().find(|page| touched && page.answered < page.questions);
        next.or_else(|| relevant().next()).map_or(0, |page| page.index)
    }

    /// The acts so far cannot be undone any more.
    pub(crate) fn settle_acts(&mut self) {
        self.undoable = 0;
    }

    pub(crate) fn act(&self, change: Change) -> Act {
        let write = |(key, scalar): &(Key, Scalar)| JournalWrite {
            key: key.clone(),
            scalar: scalar.clone(),
            previous: self.saved.get(key).cloned(),
        };
        let writes = change.writes.iter().map(write).collect();
        Act { change, writes }
    }
}

/// Whose doing an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByPerson {
    Yes,
    /// The form's own doing: a default, a start time, a prefilled project.
    No,
}
