//! The encrypted SQLite file of a device or hub: the log, the journal, documents, lists, search, forms and media.
//!
//! The **log** ([`Store::append_own`], [`Store::take_frame`]) is the truth. **Documents, rows and search** are caches of it that
//! [`Store::rebuild`] makes again, to the byte. The **journal** ([`Store::journal_answer`]) holds what a person answered in
//! a sitting that has not ended. What the centre publishes, this device's settings and its media stand beside them.
//!
//! There is one opener, [`Store::open`], and one writer. Every mutation is one named function, one transaction and one
//! [`ChangeSummary`]; when it returns, it is durable. The store blocks; async callers reach it through a blocking task.
//! What it cannot know (who may do what, what a form calls a record) it asks its owner through [`Rules`].
//!
//! Deliberately absent: PINs, forms, people, HTTP, the clock.

mod error;
mod file;
pub mod keyring;
mod migrations;
mod open;
mod scalar;
mod store;
mod summary;

mod rules;

mod events;
mod journal;
mod log;
mod media;
mod published;
mod records;
mod salvage;
mod search;
mod settings;

#[cfg(test)]
mod testing;

pub use error::{Result, StoreError};
pub use events::Event;
pub use journal::{Happened, HappenedWhat, JournalWrite, Journalled, Sitting, SittingId, Undone};
pub use log::{EntryNote, HeldLog, LogProblem, Ownership, Place, Standing, Tier, Unsent, Verified};
pub use media::{MEDIA_BYTES, MediaRow};
pub use open::{Check, Environment, Opened, SetAside, damaged, put_away};
pub use published::{Attachment, Catalogue, CatalogueName, FormCurrency, FormRow};
pub use records::{
    AppliedPending, ChangeNote, DraftRow, JournalStanding, Only, Outcome, Rebuilt, RecordCounts, RecordFilter,
    RecordRow, RecordState, RowStanding,
};
pub use rules::{Projection, Publication, PublishedForm, Rules, Verdict};
pub use salvage::{Salvage, SalvagedAnswer, SalvagedLog, salvage};
pub use store::Store;
pub use summary::{ChangeSummary, Shared};
