//! The domain's rules across records: what a programme is made of, whose projects these are, and what two records may not
//! both say. Pure: it is given tables and records and gives back findings; it reads no file, clock or database.

mod book;
pub mod head;
mod project;
mod publication;
mod settings;

pub use book::{Book, BookError, BookForm, BookParts, Listing, Omission};
pub use project::{Project, ProjectBook, ProjectError};
pub use publication::{Publication, PublicationError, Published};
pub use settings::{District, OfficerColumns, PersonEntry, Prefill, ProgrammeSettings, ProjectColumns, SettingsError};
