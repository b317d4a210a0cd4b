//! A form's definition, normalised: what is stored, sent and hashed.
//!
//! It is kept as text expressions and not compiled, so that its version depends on what the author wrote and on nothing of
//! this program. A workbook's layout (blank rows, order of columns, the author's notes) leaves no trace in it.

use chaski_values::{FormId, FormVersion};
use minicbor::data::Type;
use thiserror::Error;

pub(crate) use definition::{
    Attributes, DefinedAction, DefinedAttachment, DefinedChoice, DefinedChoices, DefinedElement, DefinedEntity,
    DefinedLanguage, DefinedList, DefinedNode, DefinedRow, DefinedTree, DefinedValue, Definition, EVERY_LANGUAGE,
    Event, Spoken, Texts,
};

use crate::form::search;
use crate::reading::references::pulled;

mod definition;

/// A form's definition as versioned CBOR. The hash of its bytes is the form's version.
///
/// **Frozen:** an array of the number 1 and a map whose keys only ever grow in number.
#[derive(Debug, Clone, PartialEq)]
pub struct FormSource {
    bytes: Vec<u8>,
    form_id: FormId,
    definition: Definition,
}

/// Why bytes are not a form's definition.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("not a form definition: {0}")]
    Malformed(String),
    #[error("a form definition of {0} bytes is too long: at most {max}", max = FormSource::MAX_BYTES)]
    TooLong(usize),
    #[error("form definition version {0} is newer than this program's: {ours}", ours = FormSource::FORMAT)]
    Newer(u32),
}

impl FormSource {
    const FORMAT: u32 = 1;
    const DOMAIN: &str = "chaski 2026 form source v1";
    /// The most bytes a definition may have.
    pub const MAX_BYTES: usize = 32 << 20;

    /// # Errors
    /// When the form's id is none or the definition is too long.
    pub(crate) fn new(definition: Definition) -> Result<Self, SourceError> {
        let malformed = |error: &dyn std::fmt::Display| SourceError::Malformed(error.to_string());
        let form_id = FormId::new(definition.form_id.clone()).map_err(|error| malformed(&error))?;
        let bytes = minicbor::to_vec((Self::FORMAT, &definition)).map_err(|error| malformed(&error))?;
        if bytes.len() > Self::MAX_BYTES {
            return Err(SourceError::TooLong(bytes.len()));
        }
        Ok(Self { bytes, form_id, definition })
    }

    /// The bytes to store and to send.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads what [`Self::as_bytes`] gave. The bytes are kept as they came, so the version never changes on the way, even
    /// when a newer program wrote fields that this one leaves aside.
    ///
    /// # Errors
    /// When the bytes are not a definition, or of a newer format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SourceError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(SourceError::TooLong(bytes.len()));
        }
        let malformed = |error: minicbor::decode::Error| SourceError::Malformed(error.to_string());
        let mut decoder = minicbor::Decoder::new(bytes);
        if decoder.datatype().map_err(malformed)? != Type::Array || decoder.array().map_err(malformed)? != Some(2) {
            return Err(SourceError::Malformed("it does not begin with its version".to_owned()));
        }
        let format = decoder.u32().map_err(malformed)?;
        if format > Self::FORMAT {
            return Err(SourceError::Newer(format));
        }
        let definition: Definition = decoder.decode().map_err(malformed)?;
        if decoder.position() != bytes.len() {
            return Err(SourceError::Malformed("bytes follow its end".to_owned()));
        }
        let form_id =
            FormId::new(definition.form_id.clone()).map_err(|error| SourceError::Malformed(error.to_string()))?;
        Ok(Self { bytes: bytes.to_vec(), form_id, definition })
    }

    pub fn version(&self) -> FormVersion {
        FormVersion::of(Self::DOMAIN, &[&self.bytes])
    }

    pub fn form_id(&self) -> &FormId {
        &self.form_id
    }

    /// What the form is called.
    pub fn title(&self) -> &str {
        &self.definition.title
    }

    /// The version its author gave it, for people to read; may be blank.
    pub fn author_version(&self) -> &str {
        &self.definition.author_version
    }

    /// The names of the tables it looks things up in, as their files are called.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self
            .definition
            .nodes
            .iter()
            .filter_map(|node| match &node.choices {
                Some(DefinedChoices::File(file)) => Some(file.as_str()),
                Some(_) | None => None,
            })
            .chain(self.definition.attached.iter().map(|attached| attached.file.as_str()))
            // The record saved last is no file.
            .filter(|file| *file != crate::Lookups::LAST_SAVED)
            .map(str::to_owned)
            .collect();
        let is_list = |name: &str| self.definition.lists.iter().any(|list| list.name == name);
        for node in &self.definition.nodes {
            for name in node.expressions().flat_map(pulled).chain(search::table(node)) {
                let stem = name.strip_suffix(".csv").unwrap_or(&name);
                let is_known = files.iter().any(|file| file.rsplit_once('.').is_some_and(|(known, _)| known == stem));
                if !is_known && !is_list(stem) {
                    files.push(format!("{stem}.csv"));
                }
            }
        }
        files.sort_unstable();
        files.dedup();
        files
    }

    /// The names of the files that are shown or played with its labels and choices.
    pub fn media(&self) -> Vec<&str> {
        let of_nodes =
            self.definition.nodes.iter().flat_map(|node| [&node.image, &node.big_image, &node.audio, &node.video]);
        let lists = self.definition.lists.iter().chain(&self.definition.external);
        let choices = lists.flat_map(|list| &list.choices);
        let of_choices = choices.flat_map(|choice| [&choice.image, &choice.big_image, &choice.audio, &choice.video]);
        let names = of_nodes.chain(of_choices).flat_map(|texts| texts.values());
        // Which file a computed name means is known when the form is filled in.
        let mut names: Vec<&str> = names.map(String::as_str).filter(|name| !name.contains("${")).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(crate) fn definition(&self) -> &Definition {
        &self.definition
    }
}

#[cfg(test)]
mod tests;
