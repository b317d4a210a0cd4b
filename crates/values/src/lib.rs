//! The values every other crate speaks in: ids, times, money, places, answers and the keys they are stored under.
//!
//! Each type has a private field and a checked constructor, so a value that exists is a valid one. Nothing here reads a
//! clock, a file or the network, and nothing here knows a form, a record or a log.

mod answer;
mod decimal;
mod geo;
mod hash;
mod id;
mod key;
mod money;
mod name;
mod partition;
mod path;
mod scalar;
mod time;

pub use answer::{Answer, MediaRef};
pub use decimal::{Decimal, DecimalError};
pub use geo::{GeoError, GeoPoint};
pub use hash::Hash32;
pub use id::{DeviceId, FormId, FormVersion, IdError, LogId, PersonId, ProjectId, RecordId, RowId};
pub use key::{Key, KeyError};
pub use money::{Currency, Money, MoneyError};
pub use name::{begins_name, continues_name, is_name};
pub use partition::{DistrictCode, Partition, PartitionError};
pub use path::{NodePath, PathError, Step};
pub use scalar::Scalar;
pub use time::{CivilDate, CivilTime, TimeError, Timestamp};
