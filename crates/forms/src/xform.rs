//! Forms as ODK XForms XML.

pub(crate) mod read;
pub(crate) mod write;
pub(crate) mod xml;
