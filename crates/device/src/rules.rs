//! What the store asks of whoever owns it, answered from the programme's book.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaski_forms::view::NodeView;
use chaski_forms::{Environment, Form, Session};
use chaski_programme::{Book, BookForm, BookParts, Publication, Published};
use chaski_records::Record;
use chaski_store::{FormCurrency, Projection, PublishedForm, Rules, Store, Verdict};
use chaski_sync::{Entry, EntryKind, LogOpening, judge};
use chaski_trust::{Fingerprint, RosterItem};
use chaski_values::{RecordId, Timestamp};

use crate::Result;
use crate::view::FormCard;

/// The key of the programme's settings in the store.
const PROGRAMME: &str = "programme";

/// The book, as the rules of a device's store.
#[derive(Debug)]
pub(crate) struct Rulebook {
    pub(crate) book: Book,
    /// The forms that can be begun: worked out once, shown on every visit of the first screen.
    pub(crate) cards: Vec<FormCard>,
}

impl Rulebook {
    /// Reads everything that was published to this device.
    pub(crate) fn read(store: &Store, fingerprint: Option<Fingerprint>) -> Result<Self> {
        let mut forms = Vec::new();
        for row in store.forms()? {
            let Some(source) = store.form_source(&row.form, row.version)? else { continue };
            forms.push(BookForm {
                form: row.form,
                version: row.version,
                title: row.title,
                current: row.currency == FormCurrency::Current,
                source,
            });
        }
        let mut catalogues = Vec::new();
        for name in store.catalogues()? {
            catalogues.extend(store.catalogue(&name.name)?.map(|catalogue| (catalogue.name, catalogue.bytes)));
        }
        let (book, omissions) = Book::assemble(BookParts {
            settings: store.setting(PROGRAMME)?,
            fingerprint,
            roster: store.roster_items()?,
            catalogues,
            forms,
        });
        for omission in omissions {
            tracing::warn!(
                what = omission.what,
                name = omission.name,
                reason = omission.reason,
                "left out of the book"
            );
        }
        let cards = book.current_forms().into_iter().map(|form| card(&book, form)).collect();
        Ok(Self { book, cards })
    }
}

fn card(book: &Book, form: Arc<Form>) -> FormCard {
    let environment = Environment {
        now: Timestamp::from_millis(0).expect("1970 is a moment"),
        zone_minutes: book.zone_minutes(),
        device: String::new(),
        person: String::new(),
        seed: [0; 32],
        lookups: book.lookups().clone(),
    };
    let blank = RecordId::from_bytes([0; 16]);
    let (mut session, _) = Session::open(Arc::clone(&form), environment, blank, &BTreeMap::new());
    let project = book.settings().and_then(|settings| settings.prefill.first()).map(|rule| rule.question.as_str());
    let asks = |node: &NodeView| Some(node.path().name()) == project;
    FormCard {
        form_id: form.id().to_string(),
        title: form.title().to_owned(),
        version: form.version().to_string(),
        questions: crate::lists::count(form.question_count() as u64),
        // What a record is about is asked on its first page.
        needs_project: session.page(0).is_ok_and(|page| page.nodes.iter().any(asks)),
    }
}

impl Rules for Rulebook {
    fn judge(&self, opening: &LogOpening, entry: &Entry) -> Verdict {
        let Some(roster) = self.book.roster() else { return Verdict::Quarantine("roster_missing".to_owned()) };
        match judge(roster, opening, entry) {
            Ok(()) => Verdict::Take,
            Err(denial) => Verdict::Quarantine(denial.code().to_owned()),
        }
    }

    fn publication(&self, entry: &Entry) -> chaski_store::Publication {
        use chaski_store::Publication as Kept;
        match entry.header().kind {
            EntryKind::RecordChanges | EntryKind::Media | EntryKind::Unknown(_) => return Kept::Nothing,
            EntryKind::Roster => {
                return match RosterItem::from_bytes(entry.payload()) {
                    Ok(_) => Kept::Roster(entry.payload().to_vec()),
                    Err(_) => Kept::Malformed("publication_malformed".to_owned()),
                };
            }
            EntryKind::Form | EntryKind::Catalogue | EntryKind::Setting => {}
        }
        match Publication::read(entry.payload()) {
            Ok(Published::Form { form, version, title, source }) => {
                Kept::Form(PublishedForm { form, version, title, source })
            }
            Ok(Published::Catalogue { name, table }) => Kept::Catalogue { name, bytes: table },
            Ok(Published::Attachment { name, hash, length }) => Kept::Attachment { name, hash, length },
            Ok(Published::Piece { hash, start, bytes }) => Kept::Piece { hash, start, bytes },
            Ok(Published::Settings { json }) => Kept::Setting { key: PROGRAMME.to_owned(), value: json },
            Err(error) => Kept::Malformed(error.code().to_owned()),
        }
    }

    fn project(&self, record: &Record) -> Projection {
        let listing = self.book.listing(record);
        Projection { title: listing.title, search: listing.search, conflicts: listing.conflicts }
    }
}
