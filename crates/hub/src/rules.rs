//! What the store asks of whoever owns it, answered from what this hub published.

use std::sync::Arc;

use chaski_programme::{Book, BookForm, BookParts, Publication, Published};
use chaski_records::Record;
use chaski_store::{FormCurrency, Projection, PublishedForm, Rules, Store, Verdict};
use chaski_sync::{Entry, EntryKind, LogOpening, judge};
use chaski_trust::{Fingerprint, Roster, RosterItem};
use chaski_values::{Hash32, LogId, Partition};

use crate::Result;

/// The key of the programme's settings in the store.
pub(crate) const PROGRAMME: &str = "programme";

/// The book, as the rules of a hub's store. Assembled anew when something is published.
#[derive(Debug)]
pub(crate) struct Rulebook {
    pub(crate) book: Book,
    /// Empty of people until there are entries, but never without the root and this hub.
    pub(crate) roster: Arc<Roster>,
    /// Which entries it was read from.
    pub(crate) read_from: ReadFrom,
    /// What records' titles depend on: forms, tables and settings.
    pub(crate) wording: Hash32,
}

/// How far each log of the programme's partition was.
pub(crate) type ReadFrom = Vec<(LogId, u64)>;

pub(crate) fn read_from(store: &Store) -> Result<ReadFrom> {
    let logs = store.logs(Partition::Programme)?;
    Ok(logs.into_iter().map(|held| (held.opening.log(), held.tip.seq)).collect())
}

impl Rulebook {
    /// Reads everything that was published.
    ///
    /// # Errors
    /// When the store fails, or the certificates hold no root of this fingerprint.
    pub(crate) fn read(store: &Store, certificates: &[RosterItem], fingerprint: Fingerprint) -> Result<Self> {
        let read_from = read_from(store)?;
        let mut wording: Vec<Vec<u8>> = Vec::new();
        let mut forms = Vec::new();
        for row in store.forms()? {
            let Some(source) = store.form_source(&row.form, row.version)? else { continue };
            let current = row.currency == FormCurrency::Current;
            wording.push(format!("{} {} {current}", row.form, row.version).into_bytes());
            forms.push(BookForm { form: row.form, version: row.version, title: row.title, current, source });
        }
        let mut catalogues = Vec::new();
        for name in store.catalogues()? {
            wording.push(format!("{} {}", name.name, name.hash).into_bytes());
            catalogues.extend(store.catalogue(&name.name)?.map(|catalogue| (catalogue.name, catalogue.bytes)));
        }
        let settings = store.setting(PROGRAMME)?;
        wording.extend(settings.clone());
        let bootstrap = certificates.iter().map(RosterItem::to_bytes);
        let roster = bootstrap.chain(store.roster_items()?).collect();
        let (book, omissions) =
            Book::assemble(BookParts { settings, fingerprint: Some(fingerprint), roster, catalogues, forms });
        for omission in omissions {
            let (what, name, reason) = (omission.what, omission.name, omission.reason);
            tracing::warn!(what, name, reason, "left out of the book");
        }
        let roster = match book.roster() {
            Some(roster) => roster.clone(),
            None => Roster::from_items(&fingerprint, certificates)?.0,
        };
        let parts: Vec<&[u8]> = wording.iter().map(Vec::as_slice).collect();
        let wording = Hash32::of("chaski 2026 hub wording v1", &parts);
        Ok(Self { book, roster: Arc::new(roster), read_from, wording })
    }
}

impl Rules for Rulebook {
    fn judge(&self, opening: &LogOpening, entry: &Entry) -> Verdict {
        match judge(&self.roster, opening, entry) {
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
