//! A tablet's use cases, on a real database in a temporary folder.

mod fills;
mod office;
mod unlocks;
