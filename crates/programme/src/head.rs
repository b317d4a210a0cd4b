//! What a record says of itself: the keys of its head, and its answers as a form wants them.

use std::collections::BTreeMap;

use chaski_values::{DistrictCode, FormId, FormVersion, Key, ProjectId, Scalar};

/// What a record says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    pub form: Option<FormId>,
    pub version: Option<FormVersion>,
    pub project: Option<ProjectId>,
    pub district: Option<DistrictCode>,
    pub is_final: bool,
}

/// The head's keys, as `values::Key` lists them.
/// The kind of record; today always [`KIND_FORM`].
pub const KIND: &str = "_t";
pub const DISTRICT: &str = "_p";
pub const FORM: &str = "_f";
pub const VERSION: &str = "_fv";
pub const PROJECT: &str = "_proj";
pub const STATE: &str = "_st";
pub const DELETED: &str = "_del";

pub const KIND_FORM: &str = "form";
pub const STATE_DRAFT: &str = "draft";
pub const STATE_FINAL: &str = "final";

pub fn head_key(name: &str) -> Key {
    Key::of_head(name).expect("the head's keys are constants of the key grammar")
}

impl Head {
    pub fn of(answers: &BTreeMap<Key, Scalar>) -> Self {
        let text = |name: &str| answers.get(&head_key(name)).and_then(Scalar::as_text);
        Self {
            form: text(FORM).and_then(|text| FormId::new(text).ok()),
            version: text(VERSION).and_then(|text| text.parse().ok()),
            project: text(PROJECT).and_then(|text| ProjectId::new(text).ok()),
            district: text(DISTRICT).and_then(|text| text.parse().ok()),
            is_final: text(STATE) == Some(STATE_FINAL),
        }
    }

    /// What a new record's first writes say.
    pub fn writes(&self) -> Vec<(Key, Scalar)> {
        let optional = [
            (DISTRICT, self.district.map(|district| district.to_string())),
            (FORM, self.form.as_ref().map(FormId::to_string)),
            (VERSION, self.version.map(|version| version.to_string())),
            (PROJECT, self.project.as_ref().map(ProjectId::to_string)),
        ];
        let state = if self.is_final { STATE_FINAL } else { STATE_DRAFT };
        let fixed = [(KIND, KIND_FORM.to_owned()), (STATE, state.to_owned())];
        let present = optional.into_iter().filter_map(|(name, text)| Some((name, text?)));
        fixed.into_iter().chain(present).map(|(name, text)| (head_key(name), Scalar::Text(text))).collect()
    }
}
