use std::collections::BTreeSet;

use chaski_values::{DistrictCode, FormId, FormVersion, LogId, PersonId, ProjectId, RecordId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::unreadable;
use crate::log::{Place, place_of};
use crate::store::moment;
use crate::{ChangeSummary, Result, Store, StoreError, search};

/// What a list shows of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    pub record: RecordId,
    pub standing: RowStanding,
    /// What the record's head says; nothing of what it does not say, or says in no valid form.
    pub kind: Option<String>,
    pub district: Option<DistrictCode>,
    pub form: Option<FormId>,
    pub form_version: Option<FormVersion>,
    pub project: Option<ProjectId>,
    pub state: RecordState,
    pub title: String,
    /// By the clock of whoever changed it last.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub author: Option<PersonId>,
    /// In which log.
    pub log: Option<LogId>,
    pub conflicts: u32,
    /// The document's heads, 32 bytes each; empty while the record is only in the journal.
    pub heads: Vec<[u8; 32]>,
    /// Whether a sitting has written what is in no entry yet.
    pub journal: JournalStanding,
    pub place: Place,
}

/// How many records there are of a form, without those that have a tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCounts {
    /// None for records that name no form.
    pub form: Option<FormId>,
    pub records: u64,
    pub finals: u64,
    pub in_conflict: u64,
}

/// Whether a record is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStanding {
    OnlyJournal,
    InLog,
    /// In the log, with a tombstone.
    Deleted,
}

/// What the journal holds of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalStanding {
    Nothing,
    Unsaved,
}

/// Whether a record was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordState {
    Draft,
    Final,
}

/// The row of a record that is not in the log yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    pub kind: String,
    pub district: Option<DistrictCode>,
    pub form: Option<FormId>,
    pub form_version: Option<FormVersion>,
    pub project: Option<ProjectId>,
    pub title: String,
    pub search: String,
}

/// Which records to list. All of the named conditions hold together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordFilter {
    pub project: Option<ProjectId>,
    pub form: Option<FormId>,
    /// Of one of these districts.
    pub districts: Option<BTreeSet<DistrictCode>>,
    pub state: Option<RecordState>,
    /// Changed last by, or in an open sitting of.
    pub person: Option<PersonId>,
    pub only: Only,
    /// At most so many, the latest changed; all when nothing is said.
    pub limit: Option<u32>,
}

/// A further condition on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Only {
    /// Records without a tombstone.
    #[default]
    Standing,
    InConflict,
    /// With writes in an open sitting.
    Unsaved,
    Deleted,
}

impl RecordState {
    /// As the record's `_st` says it; a draft unless it says otherwise.
    pub fn of(text: &str) -> Self {
        if text == Self::Final.as_str() { Self::Final } else { Self::Draft }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Final => "final",
        }
    }
}

impl Only {
    const fn code(self) -> i64 {
        match self {
            Self::Standing => 0,
            Self::InConflict => 1,
            Self::Unsaved => 2,
            Self::Deleted => 3,
        }
    }
}

impl Store {
    /// The rows of records, the latest changed first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordRow>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(include_str!("list.sql"))?;
            let mut rows = statement.query(params![
                filter.project.as_ref().map(ProjectId::as_str),
                filter.form.as_ref().map(FormId::as_str),
                filter.districts.as_ref().map(json),
                filter.state.map(RecordState::as_str),
                filter.person.as_ref().map(PersonId::as_bytes),
                filter.only.code(),
                filter.limit.map_or(-1, i64::from),
                None::<&[u8]>,
            ])?;
            collect(&mut rows)
        })
    }

    /// Every record without a tombstone.
    ///
    /// # Errors
    /// When the database fails.
    pub fn record_ids(&self) -> Result<Vec<RecordId>> {
        self.look(|connection| {
            let mut statement =
                connection.prepare_cached("select record from records where deleted = 0 order by record")?;
            let records = statement.query_map([], |row| row.get(0).map(RecordId::from_bytes))?;
            Ok(records.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many records there are of each form.
    ///
    /// # Errors
    /// When the database fails.
    pub fn record_counts(&self) -> Result<Vec<RecordCounts>> {
        self.look(|connection| {
            let sql = "select form, count(*), sum(state = 'final'), sum(conflicts > 0) from records
                       where deleted = 0 group by form order by form";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                let number = |column: usize| Ok::<_, StoreError>(row.get::<_, i64>(column)?.unsigned_abs());
                counts.push(RecordCounts {
                    form: row.get::<_, String>(0)?.parse().ok(),
                    records: number(1)?,
                    finals: number(2)?,
                    in_conflict: number(3)?,
                });
            }
            Ok(counts)
        })
    }

    /// # Errors
    /// When the database fails.
    pub fn record_row(&self, record: RecordId) -> Result<Option<RecordRow>> {
        self.look(|connection| row_of(connection, record))
    }

    /// Gives a record that is being edited the title its answers amount to by now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn retitle(&mut self, record: RecordId, title: &str, search: &str) -> Result<ChangeSummary> {
        self.transact(|transaction| {
            let sql = "update records set title = ?2 where record = ?1 returning id";
            let id: Option<i64> = transaction
                .prepare_cached(sql)?
                .query_row(params![record.as_bytes(), title], |row| row.get(0))
                .optional()?;
            if let Some(id) = id {
                search::keep(transaction, id, title, search)?;
            }
            Ok(ChangeSummary::of_record(record))
        })
    }
}

/// Codes as JSON for a query. They are digits: nothing in them needs quoting.
fn json(districts: &BTreeSet<DistrictCode>) -> String {
    let codes: Vec<String> = districts.iter().map(|code| format!("\"{code}\"")).collect();
    format!("[{}]", codes.join(","))
}

pub(crate) fn row_of(connection: &Connection, record: RecordId) -> Result<Option<RecordRow>> {
    let mut statement = connection.prepare_cached(include_str!("list.sql"))?;
    let nothing: [Option<&str>; 4] = [None; 4];
    let [project, form, district, state] = nothing;
    let mut rows = statement.query(params![
        project,
        form,
        district,
        state,
        None::<&[u8]>,
        Only::Standing.code(),
        1,
        record.as_bytes()
    ])?;
    Ok(collect(&mut rows)?.pop())
}

pub(crate) fn collect(rows: &mut rusqlite::Rows<'_>) -> Result<Vec<RecordRow>> {
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(read(row)?);
    }
    Ok(records)
}

fn read(row: &Row<'_>) -> Result<RecordRow> {
    let text = |column: &str| row.get::<_, String>(column);
    let version: Vec<u8> = row.get("form_version")?;
    let heads: Vec<u8> = row.get("heads")?;
    let (heads, rest) = heads.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(unreadable("record row"));
    }
    let kind = text("kind")?;
    Ok(RecordRow {
        record: RecordId::from_bytes(row.get("record")?),
        standing: match (row.get::<_, bool>("in_log")?, row.get::<_, bool>("deleted")?) {
            (false, _) => RowStanding::OnlyJournal,
            (true, false) => RowStanding::InLog,
            (true, true) => RowStanding::Deleted,
        },
        kind: (!kind.is_empty()).then_some(kind),
        district: text("district")?.parse().ok(),
        form: text("form")?.parse().ok(),
        form_version: version.try_into().ok().map(FormVersion::from_bytes),
        project: text("project")?.parse().ok(),
        state: RecordState::of(&text("state")?),
        title: text("title")?,
        changed_at: moment(row.get("changed_at")?)?,
        author: row.get::<_, Option<_>>("author")?.map(PersonId::from_bytes),
        log: row.get::<_, Option<_>>("log")?.map(LogId::from_bytes),
        conflicts: row.get("conflicts")?,
        heads: heads.to_vec(),
        journal: if row.get("unsaved")? { JournalStanding::Unsaved } else { JournalStanding::Nothing },
        place: place_of(row.get("tier")?),
    })
}

/// Gives a record that is not in the log a row, unless it has one.
pub(crate) fn keep_draft_row(
    connection: &Connection,
    record: RecordId,
    person: PersonId,
    at: Timestamp,
    draft: &DraftRow,
) -> Result<()> {
    let id: Option<i64> = connection
        .prepare_cached(include_str!("keep_draft.sql"))?
        .query_row(
            params![
                record.as_bytes(),
                draft.kind,
                draft.district.as_ref().map_or("", DistrictCode::as_str),
                draft.form.as_ref().map_or("", FormId::as_str),
                draft.form_version.as_ref().map_or(&[][..], |version| version.as_bytes()),
                draft.project.as_ref().map_or("", ProjectId::as_str),
                draft.title,
                at.millis(),
                person.as_bytes(),
            ],
            |row| row.get(0),
        )
        .optional()?;
    match id {
        Some(id) => search::keep(connection, id, &draft.title, &draft.search),
        None => Ok(()),
    }
}

/// Takes away the row of a record that was only in the journal, when no sitting is left of it.
pub(crate) fn drop_row_if_only_draft(connection: &Connection, record: RecordId) -> Result<()> {
    let sql = "delete from records where record = ?1 and in_log = 0
               and not exists (select 1 from sittings where sittings.record = ?1) returning id";
    let id: Option<i64> =
        connection.prepare_cached(sql)?.query_row([record.as_bytes()], |row| row.get(0)).optional()?;
    match id {
        Some(id) => search::drop_row(connection, id),
        None => Ok(()),
    }
}
