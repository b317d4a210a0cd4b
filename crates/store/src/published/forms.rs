use chaski_sync::Hlc;
use chaski_values::{FormId, FormVersion};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::unreadable;
use crate::log::rank;
use crate::{ChangeSummary, PublishedForm, Result, Shared, Store};

/// A form's version that is held, without its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    pub form: FormId,
    pub version: FormVersion,
    pub title: String,
    pub currency: FormCurrency,
}

/// Whether new records are made by a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormCurrency {
    /// The one published last.
    Current,
    /// Kept for the records that were made by it.
    Superseded,
}

impl Store {
    /// Keeps a form's version. The one published last becomes current.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_form(&mut self, form: &PublishedForm, published: Hlc) -> Result<ChangeSummary> {
        self.transact(|transaction| keep(transaction, form, rank(published)))
    }

    /// Every version of every form, current ones first within each form.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forms(&self) -> Result<Vec<FormRow>> {
        self.look(|connection| {
            let sql = "select form, version, title, current from forms order by form, current desc, published desc";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut forms = Vec::new();
            while let Some(row) = rows.next()? {
                forms.push(read(row)?);
            }
            Ok(forms)
        })
    }

    /// The version of a form that new records are made by.
    ///
    /// # Errors
    /// When the database fails.
    pub fn current_form(&self, form: &FormId) -> Result<Option<FormRow>> {
        self.look(|connection| {
            let sql = "select form, version, title, current from forms where form = ?1 and current = 1";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([form.as_str()])?;
            rows.next()?.map(read).transpose()
        })
    }

    /// The source of one version of a form.
    ///
    /// # Errors
    /// When the database fails.
    pub fn form_source(&self, form: &FormId, version: FormVersion) -> Result<Option<Vec<u8>>> {
        self.look(|connection| {
            let sql = "select source from forms where form = ?1 and version = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row(params![form.as_str(), version.as_bytes()], |row| row.get(0)).optional()?)
        })
    }
}

fn read(row: &Row<'_>) -> Result<FormRow> {
    Ok(FormRow {
        form: row.get::<_, String>("form")?.parse().map_err(|_| unreadable("form"))?,
        version: FormVersion::from_bytes(row.get("version")?),
        title: row.get("title")?,
        currency: if row.get("current")? { FormCurrency::Current } else { FormCurrency::Superseded },
    })
}

pub(super) fn keep(connection: &Connection, form: &PublishedForm, published: i64) -> Result<ChangeSummary> {
    let name = form.form.as_str();
    let sql = "insert into forms (form, version, title, source, published, current) values (?1, ?2, ?3, ?4, ?5, 0)
               on conflict (form, version) do update set
                   title = case when excluded.published >= published then excluded.title else title end,
                   published = max(published, excluded.published)";
    connection.prepare_cached(sql)?.execute(params![
        name,
        form.version.as_bytes(),
        form.title,
        form.source,
        published
    ])?;
    connection.prepare_cached("update forms set current = 0 where form = ?1 and current = 1")?.execute([name])?;
    // Of two published at the same reading, every device takes the same.
    let sql = "update forms set current = 1 where form = ?1 and version = (
                   select version from forms where form = ?1 order by published desc, version desc limit 1)";
    connection.prepare_cached(sql)?.execute([name])?;
    Ok(ChangeSummary::of_shared(Shared::Forms))
}
