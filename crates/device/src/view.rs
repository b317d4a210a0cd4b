//! What the screens are given: the shapes that cross from the device to the user interface, and nothing else.
//!
//! Field names are camelCase in JSON; moments are milliseconds since 1970 UTC; ids are text. TypeScript declarations are
//! generated from these types (`cargo xtask bindings`), so a change here that the screens do not follow fails the build.

pub use chaski_forms::view::{IssueAt, NodeView, Outline, PageEntry, PageView};
use serde::{Deserialize, Serialize};

/// Declares a type that crosses to the screens.
macro_rules! view {
    ($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident $body:tt)*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
            #[serde(rename_all = "camelCase")]
            $vis $kind $name $body
        )*
    };
}

view! {
    /// Where the app stands before any work: what the first screen asks.
    pub struct Status {
        pub phase: Phase,
        /// The programme's name; empty before enrolment.
        pub programme: String,
        /// What this tablet is called.
        pub device_name: String,
        /// Who can unlock it.
        pub people: Vec<PersonTile>,
        /// Who has it open; while unconfirmed, who enrolled.
        pub person: Option<PersonTile>,
        /// While unconfirmed: the six digits to compare with the office's screen, as `482 913`.
        pub confirmation: Option<String>,
        /// A damaged database was put aside, and nobody took note of it yet. Known once the tablet was unlocked.
        pub set_aside: Option<SetAside>,
    }

    /// What became of a damaged database.
    pub struct SetAside {
        /// Its file's name, for the person to report.
        pub file: String,
        /// Entries that were read from it and taken over.
        pub entries: u32,
        /// Answers not yet in an entry that were read from it and taken over.
        pub answers: u32,
        /// Rows that could not be read; nothing when not even their number is known.
        pub lost: Option<u32>,
    }

    pub enum Phase {
        /// No programme yet: a ticket is needed.
        Unenrolled,
        /// Somebody enrolled, and the digits on both screens were not compared yet: nothing is exchanged meanwhile.
        Unconfirmed,
        /// A person must unlock it.
        Locked,
        /// Somebody is at work.
        Open,
    }

    pub struct PersonTile {
        pub person: String,
        pub name: String,
        pub initials: String,
        /// `agent`, `officer`, `supervisor`, `office` or `administrator`.
        pub role: String,
        /// Their PIN is not taken before this moment, after too many wrong ones.
        pub locked_until: Option<i64>,
        /// Their wrong PINs in a row.
        pub failures: u32,
    }

    /// The outcome of enrolling, to be compared with what the hub's screen shows.
    pub struct Enrolled {
        /// Six digits, the same on both screens.
        pub confirmation: String,
        pub programme: String,
        pub person: PersonTile,
    }

    pub struct Home {
        pub person: PersonTile,
        pub programme: String,
        pub projects: Vec<ProjectCard>,
        /// Records this person began and has not finalized, newest first.
        pub drafts: Vec<RecordCard>,
        /// The newest finalized records of the person's districts.
        pub recent: Vec<RecordCard>,
        /// Records in which two values wait for a choice.
        pub conflicts: Vec<RecordCard>,
        pub unsent: Unsent,
        pub forms: Vec<FormCard>,
    }

    /// What only this tablet holds.
    pub struct Unsent {
        pub records: u32,
        pub entries: u32,
        /// Records with answers that cannot be made an entry: they are kept here, and cannot be sent.
        pub stuck: u32,
    }

    pub struct FormCard {
        pub form_id: String,
        pub title: String,
        pub version: String,
        pub questions: u32,
        /// Whether it asks which project it is about.
        pub needs_project: bool,
    }

    pub struct ProjectCard {
        pub id: String,
        pub name: String,
        pub association: String,
        pub district: String,
        pub district_name: String,
        /// Instalments paid so far, and planned.
        pub instalments_paid: u32,
        pub instalments_planned: u32,
        /// Physical progress in per cent.
        pub progress: u32,
        pub records: u32,
        pub drafts: u32,
        pub conflicts: u32,
    }

    pub struct ProjectView {
        pub card: ProjectCard,
        pub facts: Vec<Fact>,
        pub officers: Vec<Officer>,
        pub records: Vec<RecordCard>,
        pub forms: Vec<FormCard>,
    }

    /// One fact about a project; the screen has the words for `code`.
    pub struct Fact {
        pub code: String,
        /// Ready to show, amounts as `S/ 1,234.50`.
        pub text: String,
    }

    pub struct Officer {
        pub name: String,
        pub office: String,
        pub in_office_until: String,
    }

    pub struct RecordCard {
        pub record: String,
        pub form_id: String,
        pub form_title: String,
        pub project: Option<String>,
        pub project_name: Option<String>,
        /// The form's instance name, or its title and the date.
        pub title: String,
        pub state: RecordState,
        pub changed_at: i64,
        pub author: Option<String>,
        pub place: Place,
        pub conflicts: u32,
        /// Answers wait in the journal that are in no entry yet.
        pub unsaved: bool,
    }

    #[derive(Copy, Eq)]
    pub enum RecordState {
        Draft,
        Final,
    }

    /// How far a record's newest change has travelled.
    #[derive(Copy, Eq)]
    pub enum Place {
        /// On this tablet alone.
        Tablet,
        /// At a district office's hub.
        Office,
        /// At the centre.
        Centre,
    }

    /// A record opened for filling in.
    pub struct Opened {
        pub record: String,
        pub outline: Outline,
        pub page: PageView,
        pub state: RecordState,
        pub project_name: Option<String>,
        /// Whether this continues answers left unfinished.
        pub resumed: bool,
        pub can_undo: bool,
        /// Whether the form asks where the tablet is, for a question that no person answers.
        pub wants_position: bool,
        /// What is kept of how it is filled in, if its form asks for that: the person is told.
        pub logged: Option<Logged>,
        /// For a draft: the version that its form has by now, when the draft was begun with another.
        pub newer: Option<String>,
    }

    /// What a form asks to be kept of how it is filled in.
    #[derive(Copy, Eq)]
    pub enum Logged {
        Times,
        Places,
    }

    /// What it would mean to go on with a draft in another version of its form. Nothing is thrown away by it.
    pub struct MigrationView {
        /// The version to move to, for the command that does.
        pub version: String,
        /// How many answers stay as they are.
        pub unchanged: u32,
        /// Answers that are kept as text from then on.
        pub rewritten: Vec<MigratedAnswer>,
        /// Answers that the other version does not ask for, or cannot read: they stay in the record, and are not shown.
        pub set_aside: Vec<MigratedAnswer>,
        /// Questions that the draft's version does not ask.
        pub added: Vec<AddedQuestion>,
    }

    pub struct MigratedAnswer {
        pub path: String,
        pub label: String,
        /// The answer in words.
        pub display: String,
    }

    pub struct AddedQuestion {
        pub path: String,
        pub label: String,
    }

    /// What one answer changed, after it is durable.
    pub struct Answered {
        pub nodes: Vec<NodeView>,
        /// The page list, when it changed.
        pub pages: Option<Vec<PageEntry>>,
        /// The row that was added.
        pub row: Option<String>,
        pub can_undo: bool,
        /// As in [`Opened`].
        pub wants_position: bool,
    }

    /// What is wrong on one page.
    pub struct Checked {
        pub issues: Vec<IssueAt>,
        /// The nodes that show it now.
        pub nodes: Vec<NodeView>,
        pub pages: Option<Vec<PageEntry>>,
    }

    /// What finalizing found. No issues: the record is final.
    pub struct Finalized {
        pub issues: Vec<IssueAt>,
        pub state: RecordState,
    }

    pub struct RecordView {
        pub card: RecordCard,
        pub district_name: String,
        pub form_version: String,
        pub sections: Vec<Section>,
        pub conflicts: Vec<ConflictView>,
        /// Newest first.
        pub history: Vec<HistoryStep>,
        /// How it was filled in, in the order of the beginnings, if its form asks for that.
        pub audit: Option<Vec<AuditLine>>,
        pub can_edit: bool,
        /// Changes set aside because they were not admissible, with the reason's code.
        pub quarantined: Vec<String>,
    }

    pub struct Section {
        pub path: String,
        pub label: String,
        pub lines: Vec<Line>,
    }

    pub struct Line {
        pub path: String,
        pub label: String,
        /// Ready to show in the language asked for; empty when it was not answered.
        pub display: String,
        /// The photo or drawing, by its hash.
        pub media: Option<String>,
        pub conflict: bool,
    }

    /// One question that people answered differently without knowing of each other.
    pub struct ConflictView {
        pub key: String,
        pub path: String,
        pub label: String,
        pub alternatives: Vec<AlternativeView>,
    }

    pub struct AlternativeView {
        /// Names this value when one is chosen.
        pub id: String,
        pub display: String,
        /// The photo or drawing, by its hash.
        pub media: Option<String>,
        pub author: String,
        pub device: String,
        /// The tablet's clock when it was saved: a claim.
        pub at: i64,
        /// Shown until somebody chooses; the choice of the merge means nothing.
        pub shown: bool,
        pub mine: bool,
    }

    pub struct HistoryStep {
        pub id: String,
        pub at: i64,
        pub author: String,
        pub device: String,
        pub kind: StepKind,
        pub changes: Vec<HistoryChange>,
        pub place: Place,
    }

    #[derive(Copy, Eq)]
    pub enum StepKind {
        Created,
        Edited,
        Finalized,
        /// Settled a conflict.
        Resolved,
        Discarded,
    }

    pub struct HistoryChange {
        pub path: String,
        pub label: String,
        pub before: Option<String>,
        pub after: Option<String>,
    }

    /// A row of the log of how a record was filled in.
    pub struct AuditLine {
        pub kind: AuditKind,
        /// The label of the question, page or row; empty for what is about the whole record.
        pub label: String,
        pub start: i64,
        /// The same as `start` for what takes no time.
        pub end: i64,
        /// Where the tablet was: latitude and longitude.
        pub place: Option<String>,
        /// The answer before and after, if the form asks for that.
        pub before: Option<String>,
        pub after: Option<String>,
        pub person: Option<String>,
    }

    #[derive(Copy, Eq)]
    pub enum AuditKind {
        Begun,
        Resumed,
        Left,
        Finalized,
        /// It could not be finalized: something was wrong in it.
        Refused,
        Answered,
        /// A page was looked at.
        Page,
        Added,
        Removed,
    }

    pub struct SyncView {
        pub state: SyncState,
        pub hub_url: String,
        /// When everything was last exchanged.
        pub last_sync: Option<i64>,
        pub last_attempt: Option<i64>,
        /// When the next attempt is made by itself.
        pub next_attempt: Option<i64>,
        pub unsent: Unsent,
        pub progress: Option<SyncProgress>,
        /// Why the last attempt did not end well; the screen has the words.
        pub problem: Option<String>,
        /// Newest first.
        pub log: Vec<SyncEvent>,
    }

    #[derive(Copy, Eq)]
    pub enum SyncState {
        /// Nothing to do until something changes or time passes.
        Idle,
        Syncing,
        /// The hub cannot be reached: work goes on.
        Offline,
        /// The hub answered and refused, or answered rubbish.
        Refused,
    }

    #[derive(Copy, Eq)]
    pub struct SyncProgress {
        pub sent: u32,
        pub to_send: u32,
        pub received: u32,
        pub to_receive: u32,
    }

    pub struct SyncEvent {
        pub at: i64,
        /// `sent`, `received`, `nothing_new`, `offline`, `refused`, `enrolled` …; the screen has the words.
        pub code: String,
        pub sent: u32,
        pub received: u32,
        /// Bytes both ways.
        pub bytes: u32,
    }

    /// An error as it crosses to the screens, which have the words for its code.
    pub struct Failure {
        pub code: String,
        pub params: std::collections::BTreeMap<String, String>,
    }

    /// Told to the screens when something changed that they did not do themselves.
    #[derive(Default)]
    pub struct Changed {
        pub records: Vec<String>,
        pub forms: bool,
        pub roster: bool,
        /// More came of the files that forms show.
        pub attachments: bool,
    }
}
