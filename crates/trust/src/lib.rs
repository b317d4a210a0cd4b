//! Keys, certificates, grants and signed statements: who may do what, and how anybody can check it without a network.
//!
//! The **programme root**, kept offline, signs hub certificates and roster certificates. A **hub** certifies devices; the
//! **roster issuer**, which is not on the hub, grants people their role, districts and term. A person's key is bound to a
//! device by the *invitation key* that only the holder of a one-time code can derive. So a captured hub can read and
//! withhold, but it can neither make an officer nor speak for one.
//!
//! Everything here is pure: callers pass the time and the random bytes. There is no file, socket, clock or random source,
//! so every rule is tested with plain values and the same bytes always give the same verdict.
//!
//! Formats are versioned deterministic CBOR and **frozen**. What is signed is kept exactly as it was received, so a field
//! that this version does not know still verifies and is still passed on. A token format with self-described algorithms
//! (JWT, COSE) was rejected: one algorithm and one domain tag for each purpose leave nothing to negotiate or confuse.

pub mod cbor;
mod domain;
mod key;
mod secret;
mod signed;

mod certificate;
mod grant;
mod label;
mod revocation;
mod scope;

mod item;
mod roster;

mod enrolment;
mod renewal;
mod ticket;

mod gates;
mod keyring;
mod pin;
mod seal;
mod wrap;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(test)]
mod golden;

pub use cbor::CborError;
pub use certificate::{DeviceCertificate, Fingerprint, HubCertificate, ProgrammeRoot, RosterCertificate, Validity};
pub use domain::Domain;
pub use enrolment::{Confirmation, EnrolRefusal, EnrolReply, EnrolRequest, Enrolled, Invited};
pub use gates::Gates;
pub use grant::{Binding, Grant, Invitation, Names, Role, Term};
pub use item::RosterItem;
pub use key::{KeyError, Signature, SigningKey, VerifyingKey};
pub use keyring::{Keyring, KeyringPerson, Newcomer};
pub use label::{HubAddress, Label, LabelError};
pub use pin::{Pin, PinGate, PinLocked, PinRefusal};
pub use renewal::{CertificateRequest, RenewalRefusal};
pub use revocation::{Revocations, RevokedDevice, RevokedGrant, RevokedKey, RevokedPerson};
pub use roster::{Action, Denial, Person, Refusal, RefusedItem, Roster, RosterError};
pub use scope::Scope;
pub use seal::{SealError, open, seal};
pub use secret::{DatabaseKey, DeviceSecret, SealKey};
pub use signed::{Signed, Statement, TrustError};
pub use ticket::{Ticket, TicketError};
pub use wrap::{KdfParams, KdfParamsError, PersonKeys, WrapEntropy, WrapError, WrappedKeys};
