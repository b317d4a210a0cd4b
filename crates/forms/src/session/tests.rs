//! Filling in small forms, each written as the table an author would write.

use std::collections::BTreeSet;

use chaski_values::{GeoPoint, MediaRef};

use super::*;
use crate::view::{IssueKind, QuestionKind};
use crate::{Lookups, Table, read_markdown};

mod acts;
mod audit;
mod bounds;
mod device;
mod events;
mod migrate;
mod programme;
mod property;
mod rows;
mod search;
mod traps;

/// A record being filled in, with what was stored of it so far.
pub(super) struct Fill {
    pub(super) session: Session,
    pub(super) saved: BTreeMap<Key, Scalar>,
    lookups: Lookups,
    rows: u64,
}

pub(super) const RECORD: RecordId = RecordId::from_bytes([1; 16]);

/// 2026-05-31, 09:30 in Peru.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(1_780_237_800_000).unwrap()
}

pub(super) fn environment(lookups: Lookups) -> Environment {
    Environment {
        now: now(),
        zone_minutes: -300,
        device: "tablet-a".to_owned(),
        person: "rosa.quispe".to_owned(),
        seed: [7; 32],
        lookups,
    }
}

/// A table with the header of a survey that has the columns of most tests.
pub(super) fn table(rows: &str) -> Arc<Form> {
    let text = format!(
        "| survey |\n| | type | name | label | relevant | calculation | constraint | choice_filter |\n{rows}\n\
         | settings | |\n| | form_id |\n| | f |\n"
    );
    form(&text)
}

pub(super) fn form(text: &str) -> Arc<Form> {
    let reading = read_markdown(text).unwrap_or_else(|errors| {
        panic!("{}", errors.0.iter().map(|problem| format!("{problem}\n")).collect::<String>())
    });
    Arc::new(Form::from_source(&reading.source).unwrap())
}

pub(super) fn path(text: &str) -> NodePath {
    text.parse().unwrap()
}

impl Fill {
    pub(super) fn new(form: Arc<Form>) -> Self {
        Self::with(form, Lookups::default())
    }

    pub(super) fn with(form: Arc<Form>, lookups: Lookups) -> Self {
        let (session, writes) = Session::open(form, environment(lookups.clone()), RECORD, &BTreeMap::new());
        Self { session, saved: writes.into_iter().collect(), lookups, rows: 0 }
    }

    /// Closes the record and opens it again from what was stored, as after a power cut. Nothing is written by that.
    pub(super) fn reopen(&mut self) {
        self.reopen_as(&environment(self.lookups.clone()));
    }

    pub(super) fn reopen_as(&mut self, environment: &Environment) {
        let form = self.session.form().clone();
        let (session, writes) = Session::open(form, environment.clone(), RECORD, &self.saved);
        assert_eq!(writes, [], "a record that was opened before writes nothing when it is opened again");
        self.session = session;
    }

    pub(super) fn keep(&mut self, change: &Change) {
        self.saved.extend(change.writes.iter().cloned());
    }

    /// Answers with a text that is read as the question's kind; blank takes the answer back.
    pub(super) fn answer(&mut self, at: &str, text: &str) -> Change {
        let at = path(at);
        let kind = self.kind(&at);
        let change = self.session.answer(&at, answer(kind, text)).unwrap();
        self.keep(&change);
        change
    }

    pub(super) fn kind(&self, at: &NodePath) -> QuestionKind {
        let (node, _) = self.session.locate(at).unwrap();
        self.session.form.node(node).kind.asked_as().unwrap()
    }

    /// Adds a row and gives its path. Rows are numbered in the order they are added.
    pub(super) fn add_row(&mut self, repeat: &str) -> String {
        self.rows += 1;
        let row = RowId::from_bytes(self.rows.to_be_bytes());
        let change = self.session.add_row(&path(repeat), row).unwrap();
        self.keep(&change);
        path(repeat).with_row(row).to_string()
    }

    pub(super) fn remove_row(&mut self, row: &str) -> Change {
        let change = self.session.remove_row(&path(row)).unwrap();
        self.keep(&change);
        change
    }

    pub(super) fn restore_row(&mut self, row: &str) {
        let change = self.session.restore_row(&path(row)).unwrap();
        self.keep(&change);
    }

    /// What expressions see of a node.
    pub(super) fn value(&self, at: &str) -> String {
        let (node, row) = self.session.locate(&path(at)).unwrap();
        self.session.state.cell(&self.session.form, node, row).value.to_stored_text().to_string()
    }

    pub(super) fn is_relevant(&self, at: &str) -> bool {
        let (node, row) = self.session.locate(&path(at)).unwrap();
        self.session.state.cell(&self.session.form, node, row).is_relevant
    }

    pub(super) fn view(&self, at: &str) -> NodeView {
        let (node, row) = self.session.locate(&path(at)).unwrap();
        self.session.around().view(node, row).unwrap()
    }

    pub(super) fn question(&self, at: &str) -> crate::view::QuestionView {
        match self.view(at) {
            NodeView::Question(view) => view,
            other => panic!("{at} is {other:?}"),
        }
    }

    pub(super) fn label(&self, at: &str) -> String {
        match self.view(at) {
            NodeView::Question(view) => view.label,
            NodeView::Note(view) => view.label,
            NodeView::Group(view) => view.label,
            NodeView::Repeat(view) => view.label,
        }
    }

    pub(super) fn issue(&self, at: &str) -> Option<IssueKind> {
        self.question(at).issue.map(|issue| issue.kind)
    }

    pub(super) fn choices(&self, at: &str) -> Vec<String> {
        self.question(at).choices.unwrap().into_iter().map(|choice| choice.code).collect()
    }

    pub(super) fn rows(&self, at: &str) -> Vec<String> {
        match self.view(at) {
            NodeView::Repeat(view) => view.rows.iter().map(|row| row.path.to_string()).collect(),
            other => panic!("{at} is {other:?}"),
        }
    }

    pub(super) fn stored(&self, key: &str) -> Option<&Scalar> {
        self.saved.get(&key.parse::<Key>().unwrap())
    }
}

pub(super) fn answer(kind: QuestionKind, text: &str) -> Option<Answer> {
    if text.is_empty() {
        return None;
    }
    let owned = text.to_owned();
    Some(match kind {
        QuestionKind::Text | QuestionKind::Barcode | QuestionKind::Acknowledge | QuestionKind::Unsupported => {
            Answer::Text(owned)
        }
        QuestionKind::Integer | QuestionKind::Range => Answer::Integer(text.parse().unwrap()),
        QuestionKind::Decimal => Answer::Decimal(text.parse().unwrap()),
        QuestionKind::SelectOne => Answer::Choice(owned),
        QuestionKind::SelectMultiple => {
            Answer::Choices(text.split(' ').map(str::to_owned).filter(|code| code != "-").collect::<BTreeSet<_>>())
        }
        QuestionKind::Date => Answer::Date(text.parse().unwrap()),
        QuestionKind::Time => Answer::Time(text.parse().unwrap()),
        QuestionKind::DateTime => Answer::DateTime(Timestamp::from_millis(text.parse().unwrap()).unwrap()),
        QuestionKind::Geopoint => {
            let numbers: Vec<f64> = text.split(' ').map(|number| number.parse().unwrap()).collect();
            let point = chaski_values::GeoPoint::new(numbers[0], numbers[1], numbers.get(2).copied(), None, None);
            Answer::Point(point.unwrap())
        }
        QuestionKind::Geotrace | QuestionKind::Geoshape => Answer::Trace(crate::form::trace_from_odk(text).unwrap()),
        QuestionKind::Rank => Answer::Rank(text.split(' ').map(str::to_owned).collect()),
        QuestionKind::Image | QuestionKind::Audio | QuestionKind::Video | QuestionKind::File => {
            Answer::Media(MediaRef {
                hash: chaski_values::Hash32::of_content(text.as_bytes()),
                length: text.len() as u32,
                media_type: "image/jpeg".to_owned(),
            })
        }
    })
}

pub(super) fn lookups(tables: &[(&str, &str)]) -> Lookups {
    let mut lookups = Lookups::default();
    for (name, csv) in tables {
        lookups.insert(name, Table::from_csv(csv.as_bytes()).unwrap());
    }
    lookups
}
