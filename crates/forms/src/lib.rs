//! chaski-forms
