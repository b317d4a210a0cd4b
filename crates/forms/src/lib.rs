//! Forms: an author's XLSForm workbook, or an XForm of another server, becomes a [`Form`], and a [`Session`] is one person
//! filling one in.
//!
//! The way: workbook (`.xlsx`, `.xls`, CSV, a Markdown table in tests) or XForm → [`FormSource`], the normalised definition whose hash
//! is the form's version → [`Form`], an arena with compiled expressions and their dependency graph → [`Session`], which
//! computes only what an answer touches. The tablet and the hub run the same code, so both come to the same values.
//!
//! Nothing here reads a clock, a file or the network: what a form may know of the world is in its [`Environment`]. Nothing
//! here stores anything either: a session says what to write, its caller writes.

mod audit;
mod columns;
mod document;
mod environment;
mod form;
mod instance;
mod kind;
mod lookups;
mod nearest;
mod problem;
mod questionnaire;
mod reading;
mod session;
mod source;
mod support;
pub mod view;
mod workbook;
mod xform;

pub use audit::{Audit, AuditEvent, AuditRow, Happening, Places, Tracked, What, audit_csv, audit_rows};
pub use document::Document;
pub use environment::Environment;
pub use form::Form;
pub use instance::Instance;
pub use lookups::{Lookups, Table};
pub use problem::{Cause, Column, FormErrors, Problem, Severity, gathered, told};
pub use questionnaire::{languages, questionnaire};
pub use reading::{Options, Reading, Strictness, read_csv, read_form, read_markdown, read_xlsx};
pub use session::{Change, Finalized, Line, Migration, NodeState, Part, Section, Session, SessionError, Write};
pub use source::{FormSource, SourceError};
pub use support::support_table;
pub use workbook::Limits;
pub use xform::read::read_xform;
pub use xform::write::write_xform;
