//! Seeded simulation of a programme: tablets, a hub, the network between them, their clocks and their disks.
//!
//! One number decides everything that happens in a run: what people answer, when the power fails, which byte of a request is
//! the last to arrive, how many years a clock is wrong, which backup replaces which disk. So a run that breaks a promise is
//! played again from its number, step by step ([`Run::trace`]), until the reason is found.
//!
//! The tablets are real [`chaski_device::Device`]s on real databases, the hub is the protocol's real server over a real
//! store. What is simulated is what lies outside them: the machine ([`chaski_device::Surroundings`]), the network and the
//! people. Against them stands a ledger of everything that a screen called saved. When the storm is over and all have
//! exchanged, it must be on every replica that may read it, and all replicas must be the same to the byte.
//!
//! Rejected: a model of the devices instead of the devices. It would be quicker, and would prove something of the model.

mod broken;
mod dice;
mod disk;
mod machine;
mod sabotage;

mod cast;
mod centre;
mod ledger;
mod session;
mod tablet;

mod check;
mod people;
mod world;

pub use broken::Broken;
pub use world::{Figures, Run, run};

#[cfg(test)]
mod tests;
