use std::collections::BTreeMap;

use chaski_values::DistrictCode;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a programme says of itself: the `programme.json` of a programme folder, as published to every tablet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeSettings {
    pub name: String,
    /// For whoever opens the file; shown nowhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Minutes east of Greenwich; Peru is −300. Pinned in each record when it is begun.
    pub zone_offset_minutes: i16,
    /// The languages of the screens, the first by default.
    pub languages: Vec<String>,
    pub districts: Vec<District>,
    /// Who works in it. Used once to make the roster, then left out: names travel in grants only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonEntry>,
    /// Workbooks in the folder's `forms/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<String>,
    /// Tables in the folder's `lists/`, under the names by which forms look them up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<String>,
    /// Which table holds the projects, and which of its columns mean what.
    pub projects: ProjectColumns,
    #[serde(default)]
    pub officers: Option<OfficerColumns>,
    /// Which questions a record that is begun from a project can be told: the project's own first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefill: Vec<Prefill>,
}

/// One question that stands for a row of a table, in every form that asks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefill {
    /// The question's name, such as `distrito`.
    pub question: String,
    /// The table whose column `name` holds its choices.
    pub list: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct District {
    pub code: DistrictCode,
    pub name: String,
    pub region: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonEntry {
    pub given: String,
    pub paternal: String,
    #[serde(default)]
    pub maternal: String,
    /// `agent`, `officer`, `supervisor`, `office` or `administrator`.
    pub role: String,
    pub districts: Vec<DistrictCode>,
    /// The project whose association the person is an officer of.
    #[serde(default)]
    pub association: Option<String>,
    /// The officer's seat on the board.
    #[serde(default)]
    pub office: Option<String>,
}

impl std::fmt::Debug for PersonEntry {
    /// Names are personal data: they never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonEntry").field("role", &self.role).finish_non_exhaustive()
    }
}

/// The columns of the table of projects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectColumns {
    /// The table's file name, such as `proyectos.csv`.
    pub list: String,
    pub id: String,
    pub name: String,
    pub association: String,
    pub district: String,
    /// Physical progress in per cent, and instalments paid and planned, where the table has them.
    #[serde(default)]
    pub progress: Option<String>,
    #[serde(default)]
    pub instalments_paid: Option<String>,
    #[serde(default)]
    pub instalments_planned: Option<String>,
    /// Amounts in soles to show, by the code of their label: `programme_amount`, `total_amount`, `disbursed`, `accounted`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<String, String>,
    /// Other columns to show, by the code of their label: `account_ending`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// The table of associations' officers, and which of its columns mean what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficerColumns {
    pub list: String,
    /// The project whose association the officer sits on.
    pub project: String,
    pub name: String,
    /// The seat on the board.
    pub office: String,
    /// The last day in office.
    pub until: String,
}

/// Why a programme's settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error("programme.json, line {line}, column {column}: {source}")]
    Malformed { line: usize, column: usize, source: serde_json::Error },
    #[error("programme.json: `{0}` is empty")]
    Empty(&'static str),
    #[error("programme.json: district {0} is listed twice")]
    DistrictTwice(DistrictCode),
    #[error("programme.json: {role} number {number} works in district {district}, which is not among `districts`")]
    UnknownDistrict { role: String, number: usize, district: DistrictCode },
    #[error("programme.json: a zone {0} minutes from Greenwich does not exist")]
    BadZone(i16),
}

impl ProgrammeSettings {
    /// Reads and checks the JSON of `programme.json`.
    ///
    /// # Errors
    /// When it is no JSON of this shape, or what it says cannot be: each error names the place.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SettingsError> {
        let settings: Self = serde_json::from_slice(bytes).map_err(|source| SettingsError::Malformed {
            line: source.line(),
            column: source.column(),
            source,
        })?;
        if settings.name.trim().is_empty() {
            return Err(SettingsError::Empty("name"));
        }
        if settings.districts.is_empty() {
            return Err(SettingsError::Empty("districts"));
        }
        if settings.languages.is_empty() {
            return Err(SettingsError::Empty("languages"));
        }
        // UTC-12 to UTC+14 are the zones in use.
        if !(-720..=840).contains(&settings.zone_offset_minutes) {
            return Err(SettingsError::BadZone(settings.zone_offset_minutes));
        }
        for (index, district) in settings.districts.iter().enumerate() {
            if settings.districts[..index].iter().any(|earlier| earlier.code == district.code) {
                return Err(SettingsError::DistrictTwice(district.code));
            }
        }
        for (index, person) in settings.people.iter().enumerate() {
            let unknown = person.districts.iter().find(|code| settings.district(**code).is_none());
            if let Some(district) = unknown {
                return Err(SettingsError::UnknownDistrict {
                    role: person.role.clone(),
                    number: index + 1,
                    district: *district,
                });
            }
        }
        Ok(settings)
    }

    /// What is published: the same without people and file names.
    pub fn to_published_json(&self) -> Vec<u8> {
        let published =
            Self { people: Vec::new(), forms: Vec::new(), lists: Vec::new(), note: String::new(), ..self.clone() };
        serde_json::to_vec(&published).expect("settings are plain text and numbers, which JSON can hold")
    }

    pub fn district(&self, code: DistrictCode) -> Option<&District> {
        self.districts.iter().find(|district| district.code == code)
    }

    /// The district's name, or its code where the programme has no name for it.
    pub fn district_name(&self, code: DistrictCode) -> String {
        self.district(code).map_or_else(|| code.to_string(), |district| district.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"name":"Prueba","zone_offset_minutes":-300,"languages":["es-PE"],
        "districts":[{"code":"050401","name":"Huanta","region":"Ayacucho"}],
        "people":[{"given":"Rosa","paternal":"Quispe","role":"agent","districts":["050401"]}],
        "projects":{"list":"p.csv","id":"name","name":"label","association":"o","district":"d"}}"#;

    #[test]
    fn people_are_not_published() {
        let settings = ProgrammeSettings::from_json(SMALL.as_bytes()).unwrap();
        assert_eq!(settings.people.len(), 1);
        let published = settings.to_published_json();
        assert!(!String::from_utf8_lossy(&published).contains("Rosa"));
        assert!(!format!("{settings:?}").contains("Rosa"));
        assert_eq!(ProgrammeSettings::from_json(&published).unwrap().name, "Prueba");
    }

    #[test]
    fn what_cannot_be_is_named() {
        let error = |text: &str| ProgrammeSettings::from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(error("{").starts_with("programme.json, line 1, column 1"));
        assert_eq!(
            error(&SMALL.replace(r#""districts":["050401"]"#, r#""districts":["050402"]"#)),
            "programme.json: agent number 1 works in district 050402, which is not among `districts`"
        );
        assert_eq!(
            error(&SMALL.replace("-300", "-3000")),
            "programme.json: a zone -3000 minutes from Greenwich does not exist"
        );
    }
}
