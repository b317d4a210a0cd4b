use std::collections::BTreeMap;

use chaski_values::{DistrictCode, ProjectId};
use thiserror::Error;

use crate::ProjectColumns;

/// One project, as the programme's table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: ProjectId,
    pub name: String,
    pub association: String,
    pub district: DistrictCode,
    /// Every column of its row, by the column's name.
    pub columns: BTreeMap<String, String>,
}

/// The programme's projects, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectBook(BTreeMap<ProjectId, Project>);

/// Why a table is no table of projects.
#[derive(Debug, Error)]
pub enum ProjectError {
    #[error("{table} has no column `{column}`")]
    MissingColumn { table: String, column: String },
    #[error("{table}, row {row}: {source}")]
    Unreadable { table: String, row: u64, source: csv::Error },
    #[error("{table}, row {row}, column `{column}`: {reason}")]
    BadValue { table: String, row: u64, column: String, reason: String },
    #[error("{table}, row {row}: project `{id}` is listed twice")]
    Twice { table: String, row: u64, id: ProjectId },
}

impl ProjectBook {
    /// Reads the projects from the CSV table `columns` describes.
    ///
    /// # Errors
    /// When a column is missing or a value cannot be: each error names the table, row (from 1, the header) and column.
    pub fn from_csv(bytes: &[u8], columns: &ProjectColumns) -> Result<Self, ProjectError> {
        let table = || columns.list.clone();
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let header =
            reader.headers().map_err(|source| ProjectError::Unreadable { table: table(), row: 1, source })?.clone();
        for column in [&columns.id, &columns.name, &columns.association, &columns.district] {
            if !header.iter().any(|name| name == column) {
                return Err(ProjectError::MissingColumn { table: table(), column: column.clone() });
            }
        }
        let mut book = BTreeMap::new();
        for (index, row) in reader.records().enumerate() {
            let number = index as u64 + 2;
            let row = row.map_err(|source| ProjectError::Unreadable { table: table(), row: number, source })?;
            let cells: BTreeMap<String, String> =
                header.iter().zip(&row).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
            let cell = |name: &str| cells.get(name).cloned().unwrap_or_default();
            let bad = |column: &str, reason: String| ProjectError::BadValue {
                table: table(),
                row: number,
                column: column.to_owned(),
                reason,
            };
            let id = ProjectId::new(cell(&columns.id)).map_err(|error| bad(&columns.id, error.to_string()))?;
            let district = cell(&columns.district)
                .parse()
                .map_err(|error: chaski_values::PartitionError| bad(&columns.district, error.to_string()))?;
            let project = Project {
                id: id.clone(),
                name: cell(&columns.name),
                association: cell(&columns.association),
                district,
                columns: cells,
            };
            if book.insert(id.clone(), project).is_some() {
                return Err(ProjectError::Twice { table: table(), row: number, id });
            }
        }
        Ok(Self(book))
    }

    pub fn get(&self, id: &ProjectId) -> Option<&Project> {
        self.0.get(id)
    }

    /// Every project, in the order of its id.
    pub fn iter(&self) -> impl Iterator<Item = &Project> {
        self.0.values()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> ProjectColumns {
        ProjectColumns {
            list: "proyectos.csv".into(),
            id: "name".into(),
            name: "label".into(),
            association: "organizacion".into(),
            district: "distrito".into(),
            progress: None,
            instalments_paid: None,
            instalments_planned: None,
            amounts: BTreeMap::new(),
            facts: BTreeMap::new(),
        }
    }

    #[test]
    fn a_table_of_projects_is_read() {
        let csv = "name,label,organizacion,distrito,avance\nNR-1,Quesos,Apu,050401,45\n";
        let book = ProjectBook::from_csv(csv.as_bytes(), &columns()).unwrap();
        let project = book.iter().next().unwrap();
        assert_eq!((project.name.as_str(), project.columns["avance"].as_str()), ("Quesos", "45"));
    }

    #[test]
    fn a_fault_names_table_row_and_column() {
        let error = |csv: &str| ProjectBook::from_csv(csv.as_bytes(), &columns()).unwrap_err().to_string();
        assert_eq!(error("name,label\n"), "proyectos.csv has no column `organizacion`");
        assert_eq!(
            error("name,label,organizacion,distrito\nNR-1,Quesos,Apu,5401\n"),
            "proyectos.csv, row 2, column `distrito`: `5401` is not a district: expected the six digits of an INEI UBIGEO code"
        );
        assert_eq!(
            error("name,label,organizacion,distrito\nA,x,y,050401\nA,x,y,050401\n"),
            "proyectos.csv, row 3: project `A` is listed twice"
        );
    }
}
