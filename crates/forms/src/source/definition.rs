//! What a form's definition holds. Everything is as the author wrote it, only in one place and under one name: expressions
//! and texts are still text, so a better engine can compile an old form.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::kind::Kind;

/// The whole of a form. **Frozen: field numbers are part of every form's hash.** New fields get new numbers and are left out
/// when blank, so that old forms keep their hash.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Definition {
    #[n(0)]
    pub(crate) form_id: String,
    #[n(1)]
    pub(crate) title: String,
    /// The author's own version, for people to read.
    #[cbor(n(2), default, skip_if = "String::is_empty")]
    pub(crate) author_version: String,
    /// The default language first. Never empty: a form without languages has one without a name.
    #[n(3)]
    pub(crate) languages: Vec<DefinedLanguage>,
    #[n(4)]
    pub(crate) instance_name: Option<String>,
    /// In document order; a container stands before what it holds.
    #[n(5)]
    pub(crate) nodes: Vec<DefinedNode>,
    #[n(6)]
    pub(crate) lists: Vec<DefinedList>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedLanguage {
    #[n(0)]
    pub(crate) code: String,
    #[n(1)]
    pub(crate) name: String,
}

/// A text by language: the language's place in [`Definition::languages`].
pub(crate) type Texts = BTreeMap<u16, String>;

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedNode {
    #[n(0)]
    pub(crate) name: String,
    #[n(1)]
    pub(crate) kind: Kind,
    /// The place of its container in [`Definition::nodes`].
    #[n(2)]
    pub(crate) parent: Option<u32>,
    #[cbor(n(3), default, skip_if = "Texts::is_empty")]
    pub(crate) label: Texts,
    #[cbor(n(4), default, skip_if = "Texts::is_empty")]
    pub(crate) hint: Texts,
    #[cbor(n(5), default, skip_if = "Texts::is_empty")]
    pub(crate) guidance: Texts,
    #[n(6)]
    pub(crate) relevant: Option<String>,
    #[n(7)]
    pub(crate) required: Option<String>,
    #[cbor(n(8), default, skip_if = "Texts::is_empty")]
    pub(crate) required_message: Texts,
    #[n(9)]
    pub(crate) readonly: Option<String>,
    #[n(10)]
    pub(crate) constraint: Option<String>,
    #[cbor(n(11), default, skip_if = "Texts::is_empty")]
    pub(crate) constraint_message: Texts,
    #[n(12)]
    pub(crate) calculation: Option<String>,
    #[n(13)]
    pub(crate) choice_filter: Option<String>,
    #[n(14)]
    pub(crate) repeat_count: Option<String>,
    #[n(15)]
    pub(crate) default: Option<String>,
    #[n(16)]
    pub(crate) trigger: Option<String>,
    #[cbor(n(17), default, skip_if = "Vec::is_empty")]
    pub(crate) appearance: Vec<String>,
    #[cbor(n(18), default, skip_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
    /// Where a select's choices come from.
    #[n(19)]
    pub(crate) choices: Option<DefinedChoices>,
    /// Digits kept after the point of a decimal.
    #[n(20)]
    pub(crate) scale: Option<u8>,
    #[cbor(n(21), default, skip_if = "Texts::is_empty")]
    pub(crate) image: Texts,
    #[cbor(n(22), default, skip_if = "Texts::is_empty")]
    pub(crate) audio: Texts,
}

impl DefinedNode {
    pub(crate) fn new(name: String, kind: Kind, parent: Option<u32>) -> Self {
        Self {
            name,
            kind,
            parent,
            label: Texts::new(),
            hint: Texts::new(),
            guidance: Texts::new(),
            relevant: None,
            required: None,
            required_message: Texts::new(),
            readonly: None,
            constraint: None,
            constraint_message: Texts::new(),
            calculation: None,
            choice_filter: None,
            repeat_count: None,
            default: None,
            trigger: None,
            appearance: Vec::new(),
            parameters: BTreeMap::new(),
            choices: None,
            scale: None,
            image: Texts::new(),
            audio: Texts::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum DefinedChoices {
    /// A list of the form itself.
    #[n(0)]
    List(#[n(0)] String),
    /// A table that comes with the form: its file's name.
    #[n(1)]
    File(#[n(0)] String),
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedList {
    #[n(0)]
    pub(crate) name: String,
    #[n(1)]
    pub(crate) choices: Vec<DefinedChoice>,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedChoice {
    #[n(0)]
    pub(crate) code: String,
    #[cbor(n(1), default, skip_if = "Texts::is_empty")]
    pub(crate) label: Texts,
    #[cbor(n(2), default, skip_if = "Texts::is_empty")]
    pub(crate) image: Texts,
    /// Further columns, for filters and expressions.
    #[cbor(n(3), default, skip_if = "BTreeMap::is_empty")]
    pub(crate) extra: BTreeMap<String, String>,
}
