//! A tablet's use cases, one function an intention of a person.
//!
//! A [`Device`] is one installation of the app: a folder with a keyring (who can unlock it) and an encrypted database (what
//! they have done). It is blocking and single-threaded; whoever shares it puts it behind a lock ([`SharedDevice`]) and
//! calls it from a thread that may wait. It reads no clock and draws no random number but through [`Surroundings`], opens
//! no socket, and gives the screens plain data ([`view`]).
//!
//! A failure is a [`DeviceError`] with a stable code; the screens have the words. Whatever fails, what was saved stands.

mod audit;
mod conflicts;
mod device;
mod enrol;
mod error;
mod exchange;
mod fill;
mod filling;
mod home;
mod identity;
mod last_saved;
mod lists;
mod media;
mod prefill;
mod record;
mod renewal;
mod rules;
mod salvage;
mod surroundings;
mod unlock;
mod upkeep;
mod versions;
pub mod view;
mod work;

pub use device::{Device, SharedDevice};
pub use enrol::PendingEnrolment;
pub use error::{DeviceError, Result};
pub use exchange::{HubEndpoint, Standing, Wish};
pub use surroundings::{Surroundings, System};
