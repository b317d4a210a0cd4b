//! The rows that a sitting adds to its record's log, made of what was noted while it went on.

use std::collections::BTreeMap;

use chaski_values::{GeoPoint, Key, NodePath, Scalar, Timestamp};

use super::Session;
use super::state::RowIndex;
use super::tree::Handle;
use crate::audit::{Audit, AuditEvent, AuditRow, Happening, MAX_ROWS, MAX_TEXT, Tracked, What, kept};
use crate::form::{Keep, NodeId, StoredChoices};

impl Session {
    /// The rows that a sitting adds to the record's log, as they are stored, each to be put under a key of its own; none if the
    /// form has no `audit` or nothing happened. The session stands at the end of the sitting; `before` is what was stored when
    /// it began.
    pub fn audit(&self, before: &BTreeMap<Key, Scalar>, happened: &[Happening], person: &str) -> Vec<Vec<u8>> {
        let Some(audit) = self.form().audit() else { return Vec::new() };
        let person = (audit.person == Tracked::Kept).then(|| person.to_owned());
        let mut log =
            Log { session: self, audit, person, stored: before.clone(), rows: Vec::new(), page: None, place: None };
        let mut since = None;
        for Happening { at, what } in happened {
            // A clock may be set back while somebody fills in.
            log.add(*at, since.map_or(*at, |since: Timestamp| since.min(*at)), what);
            since = Some(*at);
        }
        if let Some(last) = since {
            log.close_page(last);
        }
        log.rows.truncate(MAX_ROWS);
        kept(log.rows)
    }

    /// The label of the node that a row of the log is about, after those of the rows it stood in, as they are now; the node
    /// itself where the form or the record has it no more.
    pub fn label_of_audited(&self, place: &str) -> String {
        self.audited(place).unwrap_or_else(|| place.to_owned())
    }

    fn audited(&self, place: &str) -> Option<String> {
        let mut names = String::new();
        let mut found = None;
        let mut row = RowIndex::RECORD;
        for step in place.strip_prefix("/data/")?.split('/') {
            let (name, position) = step.split_once('[').unwrap_or((step, ""));
            names = if names.is_empty() { name.to_owned() } else { format!("{names}/{name}") };
            let node = *self.form.by_path.get(&names)?;
            if let (Some(scope), Ok(position)) =
                (self.form.node(node).rows, position.trim_end_matches(']').parse::<usize>())
            {
                let rows = &self.state.row(row).present[self.form.scope(scope).ordinal];
                row = *rows.get(position.checked_sub(1)?)?;
            }
            found = Some(node);
        }
        let node = found?;
        // A repeat as a whole, or a node of a row that was removed, stands in no row.
        let stands = self.form.node(node).scope == self.state.row(row).scope;
        if stands {
            return Some(self.full_label(node, row)).filter(|label| !label.is_empty());
        }
        (self.form.node(node).rows == Some(self.state.row(row).scope)).then(|| self.row_labels(row))
    }
}

/// The log of one sitting while it is made.
struct Log<'a> {
    session: &'a Session,
    audit: Audit,
    person: Option<String>,
    /// What is stored by now.
    stored: BTreeMap<Key, Scalar>,
    rows: Vec<AuditRow>,
    /// The row of the page that is being looked at.
    page: Option<usize>,
    place: Option<(Timestamp, GeoPoint)>,
}

impl Log<'_> {
    /// `since`: when the thing before it happened.
    fn add(&mut self, at: Timestamp, since: Timestamp, what: &What) {
        match what {
            What::Begun => self.push(AuditEvent::FormStart, String::new(), at, at),
            What::Resumed => {
                // Nobody knows how long the page was still looked at before.
                self.close_page(since);
                self.push(AuditEvent::FormResume, String::new(), at, at);
            }
            What::Shown(page) => self.show(*page, at),
            What::Wrote(writes) => self.write(writes, at, since),
            What::Located(point) => self.place = Some((at, *point)),
            What::Refused => self.push(AuditEvent::FinalizeError, String::new(), at, at),
            What::Finalized => self.push(AuditEvent::FormFinalize, String::new(), at, at),
            What::Left => {
                self.close_page(at);
                self.push(AuditEvent::FormExit, String::new(), at, at);
            }
        }
    }

    fn push(&mut self, event: AuditEvent, node: String, start: Timestamp, end: Timestamp) {
        let max_age = self.audit.places.map(|places| places.max_age_millis);
        let place = self.place.zip(max_age).filter(|((fixed, _), max)| end.millis() - fixed.millis() <= *max);
        self.rows.push(AuditRow {
            event,
            node,
            start: start.millis(),
            end: end.millis(),
            place: place.map(|((_, point), _)| point.to_odk()),
            old: None,
            new: None,
            person: self.person.clone(),
        });
    }

    fn show(&mut self, page: u32, at: Timestamp) {
        self.close_page(at);
        let form = self.session.form();
        let Some(page) = form.page(page) else { return };
        self.page = Some(self.rows.len());
        self.push(AuditEvent::GroupQuestions, self.node(page.node, RowIndex::RECORD), at, at);
    }

    fn close_page(&mut self, at: Timestamp) {
        if let Some(row) = self.page.take().and_then(|page| self.rows.get_mut(page)) {
            row.end = at.millis().max(row.start);
        }
    }

    fn write(&mut self, writes: &[(Key, Scalar)], at: Timestamp, since: Timestamp) {
        // What was written before a page was shown is the form's own: defaults, the start, what a project brings along.
        let own = self.page.and_then(|_| writes.iter().find_map(|write| self.own(write)));
        let before = own.as_ref().and_then(|own| self.text(own));
        self.stored.extend(writes.iter().cloned());
        let Some(own) = own else { return };
        let after = self.text(&own);
        self.push(own.event, own.place, if own.event == AuditEvent::Question { since } else { at }, at);
        if let Some(row) = self.rows.last_mut().filter(|row| row.event == AuditEvent::Question)
            && self.audit.changes == Tracked::Kept
        {
            (row.old, row.new) = (before, after);
        }
    }

    /// What a write is of a person's doing; nothing for what the form computed.
    fn own(&self, (key, scalar): &(Key, Scalar)) -> Option<Own> {
        let (form, path) = (self.session.form(), key.path()?);
        let (node, row) = self.session.state.locate(form, &path)?;
        let found = form.node(node);
        let ends_at = path.steps().last().and_then(|step| step.row);
        let ends_at_row = ends_at.is_some();
        let event = match scalar {
            Scalar::Bool(true) if ends_at_row && key.marks_removed_row() => AuditEvent::DeleteRepeat,
            _ if ends_at_row && found.repeat_count.is_none() => AuditEvent::AddRepeat,
            _ if !ends_at_row && found.kind.asked_as().is_some() && found.calculation.is_none() => AuditEvent::Question,
            _ => return None,
        };
        let inner = ends_at.zip(found.rows).and_then(|(id, scope)| self.session.state.find(row, scope, id));
        Some(Own { event, place: self.node(node, inner.unwrap_or(row)), node, row, path })
    }

    /// The answer as ODK writes it.
    fn text(&self, own: &Own) -> Option<String> {
        let keep = self.session.form().node(own.node).keep.filter(|_| own.event == AuditEvent::Question)?;
        let key = Key::at(&own.path);
        let answer = match keep {
            Keep::Choices => {
                let below = format!("{key}=");
                let ticks = self.stored.iter().skip_while(|(key, _)| key.as_str() < below.as_str());
                let ticks = ticks.take_while(|(key, _)| key.as_str().starts_with(&below));
                let ticks = ticks.filter_map(|(key, on)| Some((key.choice()?.to_owned(), *on == Scalar::Bool(true))));
                StoredChoices { ticks: ticks.collect(), answered_none: false }.answer()
            }
            keep => self.stored.get(&key).and_then(|scalar| keep.read(scalar)),
        };
        let text = self.session.around().seen(own.node, own.row, &answer?).to_stored_text();
        Some(match text.char_indices().nth(MAX_TEXT) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_string(),
        })
    }

    /// As ODK writes it. A row that was removed again has no position to name.
    fn node(&self, node: NodeId, row: RowIndex) -> String {
        let place = self.session.around().world().place_label(Handle::Node { row, node });
        format!("/data/{}", place.replace("[0]", ""))
    }
}

/// A person's own act.
struct Own {
    event: AuditEvent,
    place: String,
    node: NodeId,
    row: RowIndex,
    path: NodePath,
}
