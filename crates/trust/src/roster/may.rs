//! The rule: role × action × partition × term × revocation.

use chaski_values::{DeviceId, Partition, PersonId, Timestamp};
use thiserror::Error;

use super::Roster;
use crate::{DeviceCertificate, Grant, Role, Scope};

/// What somebody is about to do. Every entry and every exchange is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Receive a partition's entries.
    Read,
    /// Start and edit records.
    Capture,
    /// Choose between values that several people gave.
    Resolve,
    /// Review or return a record.
    Review,
    /// Sign for an association.
    Sign,
    /// Publish forms, lists and settings.
    Publish,
    /// Invite people and certify devices.
    Administer,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Denial {
    #[error("device {0} has no certificate of this programme")]
    DeviceUnknown(DeviceId),
    #[error("device {0} was revoked")]
    DeviceRevoked(DeviceId),
    #[error("device {device} has no certificate for {partition}")]
    DeviceOutsideScope { device: DeviceId, partition: Partition },
    #[error("the certificate of device {device} ended at {not_after}")]
    DeviceExpired { device: DeviceId, not_after: Timestamp },
    #[error("{0:?} needs a person and none is named")]
    NobodyNamed(Action),
    #[error("person {0} is not in the roster")]
    PersonUnknown(PersonId),
    #[error("person {0} was revoked")]
    PersonRevoked(PersonId),
    #[error("person {person} has not enrolled on device {device}")]
    NotEnrolledHere { person: PersonId, device: DeviceId },
    #[error("no role of person {person} allows {action:?}")]
    RoleForbids { person: PersonId, action: Action },
    #[error("{action:?} has no meaning in {partition}")]
    WrongPartition { action: Action, partition: Partition },
    #[error("no grant of person {person} covers {partition}")]
    OutsideScope { person: PersonId, partition: Partition },
    #[error("the term of person {person} begins at {from}")]
    TermNotBegun { person: PersonId, from: Timestamp },
    #[error("the term of person {person} ended at {until}")]
    TermOver { person: PersonId, until: Timestamp },
}

impl Denial {
    /// The code by which a screen and a log name it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DeviceUnknown(_) => "device_unknown",
            Self::DeviceRevoked(_) => "device_revoked",
            Self::DeviceOutsideScope { .. } => "device_outside_scope",
            Self::DeviceExpired { .. } => "device_expired",
            Self::NobodyNamed(_) => "nobody_named",
            Self::PersonUnknown(_) => "person_unknown",
            Self::PersonRevoked(_) => "person_revoked",
            Self::NotEnrolledHere { .. } => "not_enrolled_here",
            Self::RoleForbids { .. } => "role_forbids",
            Self::WrongPartition { .. } => "wrong_partition",
            Self::OutsideScope { .. } => "outside_scope",
            Self::TermNotBegun { .. } => "term_not_begun",
            Self::TermOver { .. } => "term_over",
        }
    }
}

impl Action {
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Capture, Self::Resolve, Self::Review, Self::Sign, Self::Publish, Self::Administer];

    /// Whether the action is one on a district's records, on what the whole programme shares, or either.
    const fn belongs_in(self, partition: Partition) -> bool {
        match self {
            Self::Read => true,
            Self::Capture | Self::Resolve | Self::Review | Self::Sign => matches!(partition, Partition::District(_)),
            Self::Publish | Self::Administer => matches!(partition, Partition::Programme),
        }
    }
}

impl Role {
    /// The table of roles and actions.
    pub const fn allows(self, action: Action) -> bool {
        match action {
            Action::Read => true,
            Action::Capture | Action::Resolve => !matches!(self, Self::Administrator),
            Action::Review => matches!(self, Self::Supervisor | Self::Office),
            Action::Sign => matches!(self, Self::Officer),
            Action::Publish | Action::Administer => matches!(self, Self::Administrator),
        }
    }
}

impl Roster {
    /// Whether `person`, on `device`, may do this in this partition at this time.
    ///
    /// Asked by the hub and by every receiving device of every entry, with the time the entry claims, and by a hub of every
    /// exchange, with its own time. `person` is None where the machine itself acts: any device may read what its
    /// certificate covers, and a hub may also publish.
    ///
    /// A device's certificate counts up to its end and has no beginning, because a tablet's clock may be years behind. Any
    /// certificate it ever had covers what it writes, so that late work from a former district is still taken; only the
    /// latest one says what it may read.
    ///
    /// # Errors
    /// The reason that stands in the way; of several grants, the one that came nearest to allowing it.
    pub fn may(
        &self,
        person: Option<PersonId>,
        device: DeviceId,
        action: Action,
        partition: Partition,
        at: Timestamp,
    ) -> Result<(), Denial> {
        let machine = self.machine_may(device, action, partition, at)?;
        if !action.belongs_in(partition) {
            return Err(Denial::WrongPartition { action, partition });
        }
        match (person, machine) {
            (Some(person), _) => self.person_may(person, device, action, partition, at),
            (None, Machine::Hub) if matches!(action, Action::Read | Action::Publish) => Ok(()),
            (None, Machine::Device) if matches!(action, Action::Read) => Ok(()),
            (None, _) => Err(Denial::NobodyNamed(action)),
        }
    }

    /// What a device may receive at this time.
    ///
    /// # Errors
    /// When the device is unknown, revoked, or its latest certificate has ended.
    pub fn readable(&self, device: DeviceId, at: Timestamp) -> Result<&Scope, Denial> {
        self.machine_may(device, Action::Read, Partition::Programme, at)?;
        let hub = self.hub(device, at).map(|hub| &hub.scope);
        let scope = hub.or_else(|| self.device(device).map(|certificate| &certificate.scope));
        scope.ok_or(Denial::DeviceUnknown(device))
    }

    fn machine_may(
        &self,
        device: DeviceId,
        action: Action,
        partition: Partition,
        at: Timestamp,
    ) -> Result<Machine, Denial> {
        if self.revoked.devices.contains(&device) {
            return Err(Denial::DeviceRevoked(device));
        }
        let outside = Denial::DeviceOutsideScope { device, partition };
        if let Some(certificates) = self.hubs.get(&device) {
            let latest = certificates.last().ok_or(Denial::DeviceUnknown(device))?;
            let hub = self.hub(device, at);
            let hub = hub.ok_or(Denial::DeviceExpired { device, not_after: latest.validity.until })?;
            return if hub.scope.covers(partition) { Ok(Machine::Hub) } else { Err(outside) };
        }
        let certificates = self.devices.get(&device).ok_or(Denial::DeviceUnknown(device))?;
        let counted = if matches!(action, Action::Read) { 1 } else { certificates.len() };
        let covering: Vec<&DeviceCertificate> =
            certificates.iter().take(counted).filter(|certificate| certificate.scope.covers(partition)).collect();
        let not_after = covering.iter().map(|certificate| certificate.not_after).max().ok_or(outside)?;
        if at < not_after { Ok(Machine::Device) } else { Err(Denial::DeviceExpired { device, not_after }) }
    }

    fn person_may(
        &self,
        id: PersonId,
        device: DeviceId,
        action: Action,
        partition: Partition,
        at: Timestamp,
    ) -> Result<(), Denial> {
        if self.revoked.people.contains(&id) {
            return Err(Denial::PersonRevoked(id));
        }
        let person = self.people.get(&id).ok_or(Denial::PersonUnknown(id))?;
        if !person.is_bound_to(device) {
            return Err(Denial::NotEnrolledHere { person: id, device });
        }
        let mut nearest = (0, Denial::PersonUnknown(id));
        for (_, grant) in &person.grants {
            match grant_may(grant, action, partition, at) {
                Ok(()) => return Ok(()),
                Err(denial) if denial.0 > nearest.0 => nearest = denial,
                Err(_) => {}
            }
        }
        Err(nearest.1)
    }
}

#[derive(Debug, Clone, Copy)]
enum Machine {
    Device,
    Hub,
}

/// The denial with how far the grant came: one that has ended is a better answer than one of another role.
fn grant_may(grant: &Grant, action: Action, partition: Partition, at: Timestamp) -> Result<(), (u8, Denial)> {
    let person = grant.person;
    if !grant.role.allows(action) {
        Err((1, Denial::RoleForbids { person, action }))
    } else if !grant.scope.covers(partition) {
        Err((2, Denial::OutsideScope { person, partition }))
    } else if at < grant.term.from {
        Err((3, Denial::TermNotBegun { person, from: grant.term.from }))
    } else if at >= grant.term.until {
        Err((4, Denial::TermOver { person, until: grant.term.until }))
    } else {
        Ok(())
    }
}
