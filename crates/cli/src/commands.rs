//! The commands, one file each.

pub(crate) mod form;
pub(crate) mod hub;
pub(crate) mod log;
pub(crate) mod rebuild;
