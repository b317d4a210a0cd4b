//! A change as it was written: its bytes, its header, its operations.

mod columns;
mod hash;
mod raw;
mod shape;
mod wire;

pub use hash::ChangeHash;
pub use raw::RawChange;
pub(crate) use shape::{Header, encode};
pub use shape::{OpId, Put, Shape};
#[cfg(test)]
pub(crate) use {raw::close_chunk, wire::write_signed, wire::write_unsigned};
