//! What a hub reads off the roster to certify a device.

use chaski_values::{DeviceId, Timestamp};

use super::{Person, Roster};
use crate::{DeviceCertificate, Grant, Label, Scope, Signed, SigningKey, VerifyingKey};

impl Roster {
    /// The districts of everybody who uses this device and whose term holds.
    pub fn scope_of_people_on(&self, device: DeviceId, at: Timestamp) -> Scope {
        self.grants_on(device, at).fold(Scope::districts([]), |scope, grant| scope.union(&grant.scope))
    }

    /// Whether anybody whose term holds uses this device.
    pub fn is_used(&self, device: DeviceId, at: Timestamp) -> bool {
        self.grants_on(device, at).next().is_some()
    }

    fn grants_on(&self, device: DeviceId, at: Timestamp) -> impl Iterator<Item = &Grant> {
        let counts = move |person: &&Person| person.is_bound_to(device) && !self.is_person_revoked(person.id);
        let grants = self.people().filter(counts).flat_map(|person| &person.grants);
        grants.map(|(_, grant)| grant).filter(move |grant| grant.term.holds(at))
    }

    /// A certificate by this hub, held inside what the hub's own gives it. None if the hub's own does not hold.
    pub fn certify(
        &self,
        key: VerifyingKey,
        name: Label,
        scope: Scope,
        hub: &SigningKey,
        now: Timestamp,
    ) -> Option<Signed<DeviceCertificate>> {
        let hub_id = hub.verifying_key().device_id();
        let own = self.hub(hub_id, now)?;
        let certificate = DeviceCertificate {
            key,
            hub: hub_id,
            name,
            scope: scope.intersection(&own.scope),
            issued_at: now,
            not_after: now.plus_millis(DeviceCertificate::LIFE_MILLIS).min(own.validity.until),
        };
        Some(Signed::sign(certificate, hub))
    }
}
