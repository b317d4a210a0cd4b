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
    /// What the form's outermost element is called in an XForm; `data` when the author does not say.
    #[n(7)]
    pub(crate) root: Option<String>,
    /// What only an XForm says, by the setting's name, such as `submission_url`.
    #[cbor(n(8), default, skip_if = "Attributes::is_empty")]
    pub(crate) settings: Attributes,
    /// Files that expressions read by `instance()`, whether or not a question names them.
    #[cbor(n(9), default, skip_if = "Vec::is_empty")]
    pub(crate) attached: Vec<DefinedAttachment>,
    #[cbor(n(10), default, skip_if = "Vec::is_empty")]
    pub(crate) entities: Vec<DefinedEntity>,
    /// Lists for `select_one_external`, kept apart because they may bear the names of others.
    #[cbor(n(11), default, skip_if = "Vec::is_empty")]
    pub(crate) external: Vec<DefinedList>,
    /// Tags of map features, for questions of type `osm`.
    #[cbor(n(12), default, skip_if = "Vec::is_empty")]
    pub(crate) tags: Vec<DefinedList>,
    /// Texts that expressions look up by their id (`jr:itext`).
    #[cbor(n(20), default, skip_if = "BTreeMap::is_empty")]
    pub(crate) texts: BTreeMap<String, Texts>,
    /// What `instance()` reads besides lists, where it is no list of rows and columns.
    #[cbor(n(21), default, skip_if = "Vec::is_empty")]
    pub(crate) trees: Vec<DefinedTree>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedLanguage {
    #[n(0)]
    pub(crate) code: String,
    #[n(1)]
    pub(crate) name: String,
    /// Texts in columns without a language are in this one.
    #[cbor(n(2), default, skip_if = "is_false")]
    pub(crate) is_assumed: bool,
    /// The author says that this is the default language.
    #[cbor(n(3), default, skip_if = "is_false")]
    pub(crate) is_chosen: bool,
    /// As the author wrote it, where name and code do not tell.
    #[n(4)]
    pub(crate) written: Option<String>,
    /// The words whose own columns name this language though others' name none.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub(crate) named: Vec<Spoken>,
}

/// Spoken that an XForm holds in place or, where their language is named, by language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Spoken {
    #[n(0)]
    Label,
    #[n(1)]
    Hint,
    #[n(2)]
    ConstraintMessage,
    #[n(3)]
    RequiredMessage,
    #[n(4)]
    NoAppError,
    #[n(5)]
    Choice,
}

impl DefinedLanguage {
    pub(crate) fn new(code: String, name: String) -> Self {
        Self { code, name, is_assumed: false, is_chosen: false, written: None, named: Vec::new() }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Further attributes of an element of an XForm, by name.
pub(crate) type Attributes = BTreeMap<String, String>;

/// A file that comes with the form.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedAttachment {
    #[n(0)]
    pub(crate) name: String,
    #[n(1)]
    pub(crate) file: String,
    /// The place in [`Definition::nodes`] of the node it stands before.
    #[n(2)]
    pub(crate) before: u32,
}

/// A list of entities that a record adds to or changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedEntity {
    #[n(0)]
    pub(crate) list: String,
    #[n(1)]
    pub(crate) entity_id: Option<String>,
    #[n(2)]
    pub(crate) create_if: Option<String>,
    #[n(3)]
    pub(crate) update_if: Option<String>,
    #[n(4)]
    pub(crate) label: Option<String>,
    /// The place in [`Definition::nodes`] of the group or repeat that holds it; nothing for the record itself.
    #[n(5)]
    pub(crate) container: Option<u32>,
}

/// The key of a text that is the same in every language of its form; no other stands beside it.
pub(crate) const EVERY_LANGUAGE: u16 = u16::MAX;

/// A text by language: the language's place in [`Definition::languages`], or [`EVERY_LANGUAGE`].
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
    #[cbor(n(23), default, skip_if = "Texts::is_empty")]
    pub(crate) video: Texts,
    #[cbor(n(24), default, skip_if = "Texts::is_empty")]
    pub(crate) big_image: Texts,
    /// Further attributes of its bind.
    #[cbor(n(25), default, skip_if = "Attributes::is_empty")]
    pub(crate) bind: Attributes,
    /// Further attributes of what asks it.
    #[cbor(n(26), default, skip_if = "Attributes::is_empty")]
    pub(crate) body: Attributes,
    /// Further attributes of its element in the instance.
    #[cbor(n(27), default, skip_if = "Attributes::is_empty")]
    pub(crate) instance: Attributes,
    /// The property of an entity that its answer becomes.
    #[n(28)]
    pub(crate) save_to: Option<String>,
    #[cbor(n(29), default, skip_if = "Texts::is_empty")]
    pub(crate) no_app_error: Texts,
    /// What puts a value into this node when something happens (`setvalue`).
    #[cbor(n(40), default, skip_if = "Vec::is_empty")]
    pub(crate) actions: Vec<DefinedAction>,
    /// For a repeat: the rows that a new record, or a new row around it, begins with.
    #[cbor(n(41), default, skip_if = "Vec::is_empty")]
    pub(crate) rows: Vec<DefinedRow>,
    /// For a repeat of an XForm: it has a template and no row. An XLSForm does not say, and other programs then show a first one.
    #[cbor(n(43), default, skip_if = "is_false")]
    pub(crate) begins_empty: bool,
    /// For a repeat: no one may add or remove a row (`jr:noAddRemove`).
    #[cbor(n(42), default, skip_if = "is_false")]
    pub(crate) is_fixed: bool,
}

/// What makes an action happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Event {
    /// A record is opened for the first time.
    #[n(0)]
    FirstLoad,
    /// A record is opened.
    #[n(1)]
    Load,
    /// A row is added after that.
    #[n(2)]
    NewRow,
    /// The value of the action's trigger changes.
    #[n(3)]
    ValueChanged,
}

/// A value put into a node when one of some events happens.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedAction {
    #[n(0)]
    pub(crate) on: Vec<Event>,
    /// The place in [`Definition::nodes`] of the node whose value may change.
    #[n(1)]
    pub(crate) trigger: Option<u32>,
    #[n(2)]
    pub(crate) value: DefinedValue,
    /// Which of the node's rows are meant, where the author says so: a path with predicates.
    #[n(3)]
    pub(crate) at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum DefinedValue {
    #[n(0)]
    Text(#[n(0)] String),
    /// An expression, seen from the node that gets the value.
    #[n(1)]
    Computed(#[n(0)] String),
}

/// A row that is there from the beginning: what it holds that differs from any new row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedRow {
    /// By the node's place in [`Definition::nodes`]; blank text is no answer.
    #[cbor(n(0), default, skip_if = "BTreeMap::is_empty")]
    pub(crate) values: BTreeMap<u32, String>,
    /// The number of rows of each repeat directly inside it.
    #[cbor(n(1), default, skip_if = "BTreeMap::is_empty")]
    pub(crate) inside: BTreeMap<u32, u32>,
}

/// An XML document that expressions read.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedTree {
    #[n(0)]
    pub(crate) name: String,
    /// In document order; an element stands before what it holds, and the first is the outermost.
    #[n(1)]
    pub(crate) elements: Vec<DefinedElement>,
}

/// An element, or an attribute: its name begins with `@`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DefinedElement {
    #[n(0)]
    pub(crate) name: String,
    #[n(1)]
    pub(crate) parent: Option<u32>,
    #[cbor(n(2), default, skip_if = "String::is_empty")]
    pub(crate) text: String,
}

impl DefinedNode {
    /// Every expression that computes something of it or decides about it.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &str> {
        let all = [
            &self.calculation,
            &self.constraint,
            &self.readonly,
            &self.required,
            &self.relevant,
            &self.choice_filter,
            &self.repeat_count,
            &self.default,
        ];
        all.into_iter().flatten().map(String::as_str)
    }

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
            video: Texts::new(),
            big_image: Texts::new(),
            bind: Attributes::new(),
            body: Attributes::new(),
            instance: Attributes::new(),
            save_to: None,
            no_app_error: Texts::new(),
            actions: Vec::new(),
            rows: Vec::new(),
            begins_empty: false,
            is_fixed: false,
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
    /// A list of [`Definition::external`].
    #[n(3)]
    External(#[n(0)] String),
    /// A list of [`Definition::tags`].
    #[n(4)]
    Tags(#[n(0)] String),
    /// The answers that a question was given in all rows: its reference, such as `${name}`.
    #[n(5)]
    Answers(#[n(0)] String),
    /// What an expression leads to: each node is a choice, with its code and label in paths from there.
    #[n(2)]
    Nodes(#[n(0)] String, #[n(1)] String, #[n(2)] String),
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
    #[cbor(n(4), default, skip_if = "Texts::is_empty")]
    pub(crate) audio: Texts,
    #[cbor(n(5), default, skip_if = "Texts::is_empty")]
    pub(crate) video: Texts,
    #[cbor(n(6), default, skip_if = "Texts::is_empty")]
    pub(crate) big_image: Texts,
}

impl DefinedChoice {
    pub(crate) fn new(code: String) -> Self {
        Self {
            code,
            label: Texts::new(),
            image: Texts::new(),
            extra: BTreeMap::new(),
            audio: Texts::new(),
            video: Texts::new(),
            big_image: Texts::new(),
        }
    }
}
