//! The commands, one file each.

pub(crate) mod form;
pub(crate) mod hub;
pub(crate) mod log;
mod place;
pub(crate) mod rebuild;
