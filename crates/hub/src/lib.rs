//! The hub: where tablets enrol, and where what they wrote meets.
//!
//! A hub is a folder ([`Hub::init`]) that is opened ([`Hub::open`]) and served ([`Hub::serve`]). Its truth is the same log
//! that a tablet keeps, in the same store; what the centre publishes (settings, tables, forms, the roster) are entries of the
//! hub's own log, so that they reach a tablet by the one way that everything else does.
//!
//! An exchange takes entries in without opening a document: a frame is verified, stored and acknowledged, and records are
//! brought up to date in the background ([`Hub::settle`]), a few at a time. Everything that comes over the network is bounded
//! before it is read: connections, headers, the time they may take, a request's bytes, what a frame may unpack to.
//!
//! **What a captured hub can do** is read and withhold. The keys that make officers (the programme's root and the roster's
//! issuer) are in the folder `offline/` that [`Hub::init`] makes, and belong on a USB stick in a safe.
//!
//! Rejected: tables of the hub's own beside the store. What it knows more than a tablet (when a device was last here) is one
//! small setting, and only `store` speaks SQL.

mod environment;
mod error;
mod event;

mod folder;
mod tls;

mod papers;
mod programme;
mod rules;

mod holdings;
mod hub;
mod init;
mod invite;
mod publish;
mod stranding;

mod enrol;
mod exchange;
mod settle;
mod slip;
mod strangers;
mod visits;

mod console;
mod pace;
mod reading;
mod renew;
mod routes;
mod serve;

pub use environment::Environment;
pub use error::{BadForm, HubError, Result};
pub use event::HubEvent;
pub use exchange::{Exchange, Next, Turn};
pub use hub::{DeviceNote, Hub, SetAside};
pub use init::{FormNote, InitOptions, InitReport, Ticketed};
pub use invite::{Invitee, NewPerson, Prolonged, Terms};
pub use publish::{PublishReport, Published};
pub use reading::Reading;
pub use serve::ServeLimits;
pub use slip::Wording;
pub use stranding::{Stranded, Stranding};
pub use visits::Visit;
