//! The sheet `settings`.

use std::collections::BTreeMap;

use chaski_values::FormId;

use super::parameters::is_name;
use super::sheet::compare_headers;
use super::{Options, Place, Problems, Truth, truth};
use crate::source::Attributes;
use crate::workbook::Sheet;
use crate::{Cause, Column};

/// What the sheet `settings` says.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) form_id: String,
    pub(super) title: String,
    pub(super) author_version: String,
    pub(super) default_language: Option<String>,
    pub(super) instance_name: Option<String>,
    pub(super) allow_choice_duplicates: bool,
    /// Whether runs of spaces in the survey are as good as one.
    pub(super) cleans_texts: bool,
    pub(super) root: Option<String>,
    /// What only an XForm says.
    pub(super) attributes: Attributes,
    places: BTreeMap<String, Place>,
}

/// Settings that only an XForm says, by their usual names.
pub(crate) const OF_XFORM: &[&str] = &[
    "submission_url",
    "public_key",
    "auto_send",
    "auto_delete",
    "style",
    "namespaces",
    "instance_xmlns",
    "omit_instanceid",
    "instance_id",
    "client_editable",
    "prefix",
    "delimiter",
];

/// Settings that are read by no program any more, with what was meant.
pub(crate) const UNREAD: &[(&str, &str)] = &[
    ("flat", "groups always hold their questions; ODK Tables, which wanted them flat, is no more"),
    ("sms_keyword", "records are not sent by text message"),
    ("sms_separator", "records are not sent by text message"),
    ("sms_allow_media", "records are not sent by text message"),
    ("sms_date_format", "records are not sent by text message"),
    ("sms_datetime_format", "records are not sent by text message"),
    ("sms_response", "records are not sent by text message"),
];

/// Settings that this program reads for itself, each by its names, the usual one first.
pub(crate) const OF_FORM: &[&[&str]] = &[
    &["form_id", "id_string", "set_form_id"],
    &["form_title", "title", "set_form_title"],
    &["version"],
    &["default_language"],
    &["instance_name"],
    &["allow_choice_duplicates"],
    &["clean_text_values"],
    &["name"],
];

impl Settings {
    pub(super) fn place(&self, name: &str) -> Place {
        self.places.get(name).cloned().unwrap_or_default()
    }
}

/// A setting as the reference calls it. It lets `form_id` and `id_string` stand side by side.
fn known(header: &str) -> String {
    match crate::columns::usual(header).as_str() {
        "form_title" | "set_form_title" => "title".to_owned(),
        "form_id" if header == "form_id" => header.to_owned(),
        "form_id" | "set_form_id" => "id_string".to_owned(),
        name => name.to_owned(),
    }
}

/// Reads the settings; a form without them is called as the options say, or else `form`.
pub(super) fn settings(sheet: Option<&Sheet>, options: &Options, problems: &mut Problems) -> Settings {
    let mut settings = Settings::default();
    let rows = sheet.map(|sheet| sheet.rows.as_slice()).unwrap_or_default();
    let mut said = BTreeMap::new();
    if let Some(sheet) = sheet {
        compare_headers(sheet, known, problems);
    }
    if let (Some(sheet), [headers, values, ..]) = (sheet, rows) {
        for (column, header) in headers.cells.iter() {
            let Some(value) = values.cells.get(column) else { continue };
            let mut name = crate::columns::usual(header);
            let attribute = header.strip_prefix("attribute::").or_else(|| header.strip_prefix("attribute:"));
            if let Some(attribute) = attribute {
                name = format!("attribute::{}", attribute.trim());
            }
            let known = OF_FORM.iter().find(|names| names[1..].contains(&name.as_str()));
            if let Some([usual, ..]) = known {
                // The usual name goes before any other.
                if said.contains_key(*usual) {
                    continue;
                }
                name = (*usual).to_owned();
            }
            let place = Place {
                sheet: Some(sheet.name.clone()),
                row: Some(values.number),
                column: Some(Column::new(column, header)),
            };
            settings.places.insert(name.clone(), place);
            said.insert(name, value.to_owned());
        }
    }
    let mut take = |name: &str| said.remove(name);
    settings.default_language = take("default_language");
    settings.instance_name = take("instance_name");
    settings.author_version = take("version").unwrap_or_default();
    settings.allow_choice_duplicates = take("allow_choice_duplicates").is_some_and(|text| truth(&text) == Truth::Yes);
    settings.cleans_texts = take("clean_text_values").is_none_or(|text| truth(&text) != Truth::No);
    settings.root = take("name").or_else(|| options.root.clone());
    let form_id = take("form_id");
    let title = take("form_title");
    settings.form_id = match (form_id, &options.form_id) {
        (Some(form_id), _) if FormId::new(form_id.clone()).is_ok() => form_id,
        (Some(form_id), _) => {
            problems.error(settings.place("form_id"), Cause::BadFormId { form_id });
            "form".to_owned()
        }
        (None, given) => {
            problems.warn(Place::default(), Cause::MissingFormId);
            let given = given.clone().filter(|given| FormId::new(given.clone()).is_ok());
            given.unwrap_or_else(|| "form".to_owned())
        }
    };
    settings.title = title.unwrap_or_else(|| settings.form_id.clone());
    if let Some(root) = settings.root.take_if(|root| !is_name(root)) {
        problems.fault(settings.place("name"), Cause::BadName { name: root });
    }
    if let Some(given) = said.get("type").filter(|given| *given != "survey") {
        let expected = "nothing: a form is a survey";
        problems.fault(settings.place("type"), Cause::BadValue { given: given.clone(), expected });
    }
    for (name, reason) in UNREAD {
        if said.get(*name).is_some_and(|text| truth(text) != Truth::No) {
            problems.warn(settings.place(name), Cause::UnreadSetting { name, reason });
        }
    }
    let is_attribute = |name: &String| OF_XFORM.contains(&name.as_str()) || name.starts_with("attribute::");
    settings.attributes = said.into_iter().filter(|(name, _)| is_attribute(name)).collect();
    let omits_id = settings.attributes.get("omit_instanceid").is_some_and(|text| truth(text) == Truth::Yes);
    if omits_id && settings.attributes.contains_key("public_key") {
        let expected = "`no`: an encrypted record needs its id";
        let given = settings.attributes.get("omit_instanceid").cloned().unwrap_or_default();
        problems.fault(settings.place("omit_instanceid"), Cause::BadValue { given, expected });
    }
    settings
}
