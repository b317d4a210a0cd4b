//! What the programme's roster says of the peer of an exchange and of the devices whose logs it brings.
//!
//! This is about machines: whether a device may take part, and which partitions its certificates cover. Whether the person
//! named in an entry may do what the entry does is asked of the same roster when the entry is applied, with the time it
//! claims; an entry that fails that is kept and relayed all the same.

use chaski_trust::{Action, Denial, DeviceCertificate, Role, Roster, Signed, VerifyingKey};
use chaski_values::{DeviceId, Partition, Timestamp};

use crate::{Entry, EntryKind, Introduction, LogOpening, ProblemCode, Refusal};

/// A device at the other end, known to be certified.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) device: DeviceId,
    pub(crate) key: VerifyingKey,
    /// The certificate it showed, when the roster does not have the device yet.
    shown: Option<DeviceCertificate>,
}

impl Peer {
    /// # Errors
    /// The refusal to answer with.
    pub(crate) fn known(
        roster: &Roster,
        device: DeviceId,
        certificate: Option<&Signed<DeviceCertificate>>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if roster.is_device_revoked(device) {
            return Err(Refusal::Revoked);
        }
        match roster.readable(device, now) {
            Ok(_) => {
                let key = roster.device_key(device).ok_or(Refusal::CertificateNeeded)?;
                return Ok(Self { device, key, shown: None });
            }
            Err(Denial::DeviceRevoked(_)) => return Err(Refusal::Revoked),
            // Unknown or ended: it may have a certificate that has not come here yet.
            Err(_) if certificate.is_none() => return Err(Refusal::CertificateNeeded),
            Err(_) => {}
        }
        let shown = certificate.and_then(|signed| certified(roster, signed)).ok_or(Refusal::Uncertified)?;
        if shown.device() != device {
            Err(Refusal::Uncertified)
        } else if now >= shown.not_after {
            Err(Refusal::CertificateExpired)
        } else {
            Ok(Self { device, key: shown.key, shown: Some(shown.clone()) })
        }
    }

    /// Whether it may be given this partition's entries.
    pub(crate) fn may_receive(&self, roster: &Roster, partition: Partition, now: Timestamp) -> bool {
        match &self.shown {
            Some(certificate) => certificate.scope.covers(partition),
            None => roster.may(None, self.device, Action::Read, partition, now).is_ok(),
        }
    }

    /// Whether it may bring entries of this partition: any certificate it ever had will do, so that late work from a
    /// former district is still taken.
    pub(crate) fn may_bring(&self, roster: &Roster, partition: Partition, now: Timestamp) -> bool {
        let Some(certificate) = &self.shown else {
            return match roster.may(None, self.device, Action::Capture, partition, now) {
                Ok(()) => true,
                Err(
                    Denial::DeviceUnknown(_)
                    | Denial::DeviceRevoked(_)
                    | Denial::DeviceOutsideScope { .. }
                    | Denial::DeviceExpired { .. },
                ) => false,
                // The device was found good; these are about the person or the action, which are not in question here.
                Err(
                    Denial::NobodyNamed(_)
                    | Denial::PersonUnknown(_)
                    | Denial::PersonRevoked(_)
                    | Denial::NotEnrolledHere { .. }
                    | Denial::RoleForbids { .. }
                    | Denial::WrongPartition { .. }
                    | Denial::OutsideScope { .. }
                    | Denial::TermNotBegun { .. }
                    | Denial::TermOver { .. },
                ) => true,
            };
        };
        certificate.scope.covers(partition)
    }
}

/// Whether an entry may be applied: its device and author may do what its kind does, in its log's partition, at the time it
/// claims. Of a kind that is not known here it asks whether the author may be there at all.
///
/// # Errors
/// With why not.
pub fn judge(roster: &Roster, opening: &LogOpening, entry: &Entry) -> Result<(), Denial> {
    let header = entry.header();
    let action = match header.kind {
        EntryKind::RecordChanges | EntryKind::Media => Action::Capture,
        EntryKind::Form | EntryKind::Catalogue | EntryKind::Roster | EntryKind::Setting => Action::Publish,
        EntryKind::Unknown(_) => Action::Read,
    };
    roster.may(header.author, opening.device(), action, opening.partition(), header.hlc.at())
}

/// Whether a log may be kept: its device is a hub of the programme, or was certified by one, for the log's partition. In the
/// programme's own partition, which everybody holds, only a device on which an administrator enrolled may have logs.
///
/// A certificate that has ended and a device that was revoked since do not matter here: what the device wrote before is
/// part of the programme's history, and each entry is judged when it is applied.
///
/// # Errors
/// The problem to tell.
pub(crate) fn check_introduction(roster: &Roster, introduction: &Introduction) -> Result<(), ProblemCode> {
    let opening = &introduction.opening;
    let (device, partition) = (opening.device(), opening.partition());
    if let Some(hub) = roster.hubs().find(|hub| hub.hub() == device) {
        return if hub.scope.covers(partition) { Ok(()) } else { Err(ProblemCode::OutOfScope) };
    }
    let shown = introduction.certificate.as_ref().and_then(|signed| certified(roster, signed));
    let shown = shown.filter(|certificate| certificate.key == *opening.device_key());
    let covers = |certificate: &&DeviceCertificate| certificate.scope.covers(partition);
    let held = roster.device(device);
    if shown.filter(covers).or(held.filter(covers)).is_some() {
        if partition == Partition::Programme && !publishes(roster, device) {
            return Err(ProblemCode::OutOfScope);
        }
        Ok(())
    } else if shown.or(held).is_some() {
        Err(ProblemCode::OutOfScope)
    } else {
        Err(ProblemCode::Uncertified)
    }
}

/// Whether anybody who enrolled on the device ever was somebody who publishes.
fn publishes(roster: &Roster, device: DeviceId) -> bool {
    let administers = |person: &chaski_trust::Person| {
        person.is_bound_to(device) && person.grants.iter().any(|(_, grant)| grant.role == Role::Administrator)
    };
    roster.people().any(administers)
}

/// What a certificate says, if a hub of the programme gave it, inside what that hub may give.
fn certified<'a>(roster: &Roster, signed: &'a Signed<DeviceCertificate>) -> Option<&'a DeviceCertificate> {
    let claims = signed.claims();
    let hub = roster.hub(claims.hub, claims.issued_at)?;
    let certificate = signed.verify(&hub.key).ok()?;
    (hub.scope.contains(&certificate.scope) && certificate.not_after <= hub.validity.until).then_some(certificate)
}
