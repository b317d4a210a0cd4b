//! Who a form's new version would leave with answers that it cannot read.
//!
//! A record stays with the version it was begun with, and a draft moves only when its author says so; what the newer version
//! cannot read stays in the record then, and is shown to nobody. The publisher is told before that can happen.

use std::collections::BTreeSet;
use std::fmt;

use chaski_forms::Form;
use chaski_programme::Book;
use chaski_store::{RecordFilter, RecordState, Store};
use chaski_values::{FormVersion, NodePath};

use crate::Result;
use crate::programme::FormFile;

/// Whether a version may be published that cannot read answers given so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranding {
    Refuse,
    Allow,
}

/// A form whose new version cannot read answers given so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// The form's file in the programme's folder.
    pub file: String,
    /// The questions whose type changes to something that is no text, without rows.
    pub questions: Vec<NodePath>,
    /// How many drafts at this hub have such an answer. Tablets may hold more that they did not send yet.
    pub drafts: usize,
    /// Who changed those last, each once.
    pub people: Vec<String>,
}

impl fmt::Display for Stranded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let questions: Vec<String> = self.questions.iter().map(|path| format!("`{path}`")).collect();
        write!(
            f,
            "{} changes the type of {}, which could not read the answers so far",
            self.file,
            questions.join(", ")
        )?;
        match self.drafts {
            0 => write!(f, " (no draft at this hub has one)"),
            drafts => write!(f, " ({drafts} of the drafts at this hub have one, of {})", self.people.join(", ")),
        }
    }
}

/// The drafts of a form that another version began, and what of them its new version could not read.
pub(crate) struct Behind {
    pub(crate) drafts: usize,
    pub(crate) stranded: Option<Stranded>,
}

/// What publishing a form would mean for the drafts of its other versions.
pub(crate) fn behind(store: &Store, book: &Book, file: &FormFile) -> Result<Behind> {
    let id = file.source.form_id();
    // A version that does not compile was refused when its file was read.
    let Ok(newer) = Form::from_source(&file.source) else { return Ok(Behind { drafts: 0, stranded: None }) };
    let filter = RecordFilter { form: Some(id.clone()), state: Some(RecordState::Draft), ..RecordFilter::default() };
    let rows = store.records(&filter)?;
    let rows: Vec<_> =
        rows.into_iter().filter(|row| row.form_version.is_some_and(|of| of != newer.version())).collect();
    let current = book.current_version(id);
    let versions: BTreeSet<FormVersion> = rows.iter().filter_map(|row| row.form_version).chain(current).collect();
    let questions = |version: &FormVersion| book.form(id, *version).map(|older| older.stranded_by(&newer));
    let mut questions: Vec<NodePath> =
        versions.iter().filter_map(|version| questions(version).ok()).flatten().collect();
    questions.sort();
    questions.dedup();
    let drafts = rows.len();
    // What stands already was judged when it was published.
    if questions.is_empty() || current == Some(newer.version()) {
        return Ok(Behind { drafts, stranded: None });
    }
    let (mut left, mut people) = (0, BTreeSet::new());
    for row in rows {
        let Some(record) = store.record(row.record)? else { continue };
        let Ok(session) = book.reading(&record) else { continue };
        let kept = session.migration(&newer).kept;
        if kept.iter().any(|line| questions.binary_search(&line.path.in_form()).is_ok()) {
            left += 1;
            people.extend(row.author.map(|author| book.person_name(author)));
        }
    }
    let people = people.into_iter().collect();
    Ok(Behind { drafts, stranded: Some(Stranded { file: file.file.clone(), questions, drafts: left, people }) })
}
