//! The roster: every certificate, grant, binding and revocation that verifies, and the one function that says who may do
//! what.
//!
//! It is built from a set of items, in any order, and is the same for the same set: two replicas that hold the same items
//! give the same verdicts. An item that does not verify is left out and named, never an error of the whole, since one bad
//! item from a captured hub must not lock a tablet.

mod certify;
mod may;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chaski_values::{DeviceId, Hash32, PersonId, Timestamp};
use thiserror::Error;

use crate::{
    Binding, DeviceCertificate, Fingerprint, Grant, HubCertificate, Names, ProgrammeRoot, Revocations, Role,
    RosterCertificate, RosterItem, Signed, Statement, VerifyingKey,
};

pub use may::{Action, Denial};

/// Who is who in a programme, verified down from its root.
#[derive(Debug, Clone)]
pub struct Roster {
    root: ProgrammeRoot,
    hubs: BTreeMap<DeviceId, Vec<HubCertificate>>,
    issuers: Vec<RosterCertificate>,
    /// The certificates of each device, the latest issued first.
    devices: BTreeMap<DeviceId, Vec<DeviceCertificate>>,
    people: BTreeMap<PersonId, Person>,
    invitations: BTreeMap<VerifyingKey, Invite>,
    revoked: Revoked,
}

/// One person of the roster: what was granted, and which keys speak for them on which device.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: PersonId,
    /// Grants that are not revoked, by the hash of their statement, the latest issued first.
    pub grants: Vec<(Hash32, Grant)>,
    pub bindings: Vec<Binding>,
}

/// An item that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedItem {
    pub id: Hash32,
    pub kind: u16,
    pub reason: Refusal,
}

/// Why an item was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("it was not signed by the key that should have")]
    WrongSigner,
    #[error("its signer's certificate is not here")]
    UnknownSigner,
    #[error("its signer's key was revoked")]
    SignerRevoked,
    #[error("it goes beyond what its signer was given")]
    BeyondSigner,
    #[error("no grant holds its invitation")]
    NoInvitation,
    #[error("its invitation was used for two keys, so it counts for neither")]
    InvitationContested,
}

/// Why there is no roster at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RosterError {
    #[error("no programme with the fingerprint {0} is among the items")]
    NoRoot(Fingerprint),
}

#[derive(Debug, Clone)]
struct Invite {
    grant: Hash32,
    person: PersonId,
    bindings: Vec<Signed<Binding>>,
    /// Two grants named two people by one invitation: an issuer's mistake that must bind nobody.
    ambiguous: bool,
}

#[derive(Debug, Clone, Default)]
struct Revoked {
    devices: BTreeSet<DeviceId>,
    people: BTreeSet<PersonId>,
    grants: BTreeSet<Hash32>,
    keys: BTreeSet<VerifyingKey>,
}

impl Roster {
    /// The roster of the programme whose root has this fingerprint, and the items that were left out of it.
    ///
    /// # Errors
    /// When no item is that programme's root: nothing can be verified then.
    pub fn from_items<'a>(
        fingerprint: &Fingerprint,
        items: impl IntoIterator<Item = &'a RosterItem>,
    ) -> Result<(Self, Vec<RefusedItem>), RosterError> {
        // By id: the order of arrival, and an item that arrived twice, make no difference.
        let items: BTreeMap<Hash32, &RosterItem> = items.into_iter().map(|item| (item.id(), item)).collect();
        let root = items
            .values()
            .filter_map(|item| match item {
                RosterItem::Root(signed) => signed.verify(&signed.claims().key).ok(),
                _ => None,
            })
            .filter(|root| root.fingerprint() == *fingerprint)
            .max_by_key(|root| (root.founded, root.name.clone()))
            .ok_or(RosterError::NoRoot(*fingerprint))?;
        let mut build = Build {
            roster: Self {
                root: root.clone(),
                hubs: BTreeMap::new(),
                issuers: Vec::new(),
                devices: BTreeMap::new(),
                people: BTreeMap::new(),
                invitations: BTreeMap::new(),
                revoked: Revoked::default(),
            },
            refused: Vec::new(),
        };
        build.run(&items);
        Ok((build.roster, build.refused))
    }

    pub fn programme(&self) -> &ProgrammeRoot {
        &self.root
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.root.fingerprint()
    }

    /// A hub's certificate that holds at this time.
    pub fn hub(&self, hub: DeviceId, at: Timestamp) -> Option<&HubCertificate> {
        self.hubs.get(&hub)?.iter().find(|certificate| certificate.validity.holds(at))
    }

    /// Every hub, in the order of their ids.
    pub fn hubs(&self) -> impl Iterator<Item = &HubCertificate> {
        self.hubs.values().filter_map(|certificates| certificates.last())
    }

    /// A device's latest certificate, whatever its end and even if the device was revoked: to know its name and key.
    pub fn device(&self, device: DeviceId) -> Option<&DeviceCertificate> {
        self.devices.get(&device)?.first()
    }

    /// Every device, in the order of their ids.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceCertificate> {
        self.devices.values().filter_map(|certificates| certificates.first())
    }

    /// The key of a device or hub, even of a revoked device: what it signed can still be told from what it did not.
    pub fn device_key(&self, device: DeviceId) -> Option<VerifyingKey> {
        let hub = || self.hubs.get(&device)?.first().map(|certificate| certificate.key);
        self.device(device).map(|certificate| certificate.key).or_else(hub)
    }

    /// What people call a device or a hub.
    pub fn device_name(&self, device: DeviceId) -> Option<&str> {
        let hub = || self.hubs.get(&device)?.last().map(|certificate| certificate.name.as_str());
        self.device(device).map(|certificate| certificate.name.as_str()).or_else(hub)
    }

    pub fn is_device_revoked(&self, device: DeviceId) -> bool {
        self.revoked.devices.contains(&device)
    }

    pub fn is_person_revoked(&self, person: PersonId) -> bool {
        self.revoked.people.contains(&person)
    }

    pub fn person(&self, person: PersonId) -> Option<&Person> {
        self.people.get(&person)
    }

    /// Everybody, in the order of their ids.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// The grant that holds this invitation, and its hash.
    pub fn invitation(&self, invitation: &VerifyingKey) -> Option<(Hash32, &Grant)> {
        let invite = self.invitations.get(invitation).filter(|invite| !invite.ambiguous)?;
        let person = self.people.get(&invite.person)?;
        person.grants.iter().find(|(hash, _)| *hash == invite.grant).map(|(hash, grant)| (*hash, grant))
    }

    /// The bindings that used this invitation: none, one, or several that contest each other.
    pub fn bindings_by(&self, invitation: &VerifyingKey) -> &[Signed<Binding>] {
        self.invitations.get(invitation).map_or(&[], |invite| &invite.bindings)
    }
}

impl Person {
    /// The names of the latest grant.
    pub fn names(&self) -> Option<&Names> {
        self.grants.first().map(|(_, grant)| &grant.names)
    }

    /// The roles whose term holds at this time.
    pub fn roles(&self, at: Timestamp) -> BTreeSet<Role> {
        self.grants.iter().filter(|(_, grant)| grant.term.holds(at)).map(|(_, grant)| grant.role).collect()
    }

    pub fn is_bound_to(&self, device: DeviceId) -> bool {
        self.bindings.iter().any(|binding| binding.device() == device)
    }

    /// Whether this key speaks for the person on this device.
    pub fn holds(&self, user_key: &VerifyingKey, device: DeviceId) -> bool {
        self.bindings.iter().any(|binding| binding.user_key == *user_key && binding.device() == device)
    }
}

/// The steps of building, each standing on the ones before.
struct Build {
    roster: Roster,
    refused: Vec<RefusedItem>,
}

impl Build {
    fn run(&mut self, items: &BTreeMap<Hash32, &RosterItem>) {
        self.revocations_of_root(items);
        self.certificates(items);
        self.revocations_of_issuers(items);
        self.devices(items);
        self.grants(items);
        self.bindings(items);
    }

    fn refuse(&mut self, id: Hash32, item: &RosterItem, reason: Refusal) {
        self.refused.push(RefusedItem { id, kind: item.kind(), reason });
    }

    fn revocations_of_root(&mut self, items: &BTreeMap<Hash32, &RosterItem>) {
        let root = self.roster.root.key;
        if let Some(list) = latest_list(items, &root) {
            self.roster.revoked.keys.extend(list.keys.iter().map(|revoked| revoked.key));
            self.take(list);
        }
    }

    fn take(&mut self, list: &Revocations) {
        let revoked = &mut self.roster.revoked;
        revoked.devices.extend(list.devices.iter().map(|revoked| revoked.device));
        revoked.people.extend(list.people.iter().map(|revoked| revoked.person));
        revoked.grants.extend(list.grants.iter().map(|revoked| revoked.grant));
    }

    fn certificates(&mut self, items: &BTreeMap<Hash32, &RosterItem>) {
        let root = self.roster.root.key;
        for (id, item) in items {
            let outcome = match item {
                RosterItem::Hub(signed) => self.signed_by_root(signed, &root, |hub| &hub.key).map(|hub| {
                    self.roster.hubs.entry(hub.hub()).or_default().push(hub);
                }),
                RosterItem::Issuer(signed) => self
                    .signed_by_root(signed, &root, |issuer| &issuer.key)
                    .map(|issuer| self.roster.issuers.push(issuer)),
                RosterItem::Root(signed) => match signed.verify(&root) {
                    Ok(_) => Ok(()),
                    Err(_) => Err(Refusal::WrongSigner),
                },
                RosterItem::Device(_)
                | RosterItem::Grant(_)
                | RosterItem::Binding(_)
                | RosterItem::Revocations(_)
                | RosterItem::Unknown { .. } => Ok(()),
            };
            if let Err(reason) = outcome {
                self.refuse(*id, item, reason);
            }
        }
        for certificates in self.roster.hubs.values_mut() {
            certificates.sort_by_key(|certificate| (certificate.validity.until, certificate.validity.from));
        }
    }

    fn signed_by_root<T: Statement + Clone>(
        &self,
        signed: &Signed<T>,
        root: &VerifyingKey,
        key: impl Fn(&T) -> &VerifyingKey,
    ) -> Result<T, Refusal> {
        let value = signed.verify(root).map_err(|_| Refusal::WrongSigner)?;
        if self.roster.revoked.keys.contains(key(value)) { Err(Refusal::SignerRevoked) } else { Ok(value.clone()) }
    }

    fn revocations_of_issuers(&mut self, items: &BTreeMap<Hash32, &RosterItem>) {
        let issuers: BTreeSet<VerifyingKey> = self.roster.issuers.iter().map(|issuer| issuer.key).collect();
        for issuer in &issuers {
            if let Some(list) = latest_list(items, issuer) {
                self.take(list);
            }
        }
        let root = self.roster.root.key;
        for (id, item) in items {
            if let RosterItem::Revocations(signed) = item
                && !issuers.iter().chain([&root]).any(|key| signed.verify(key).is_ok())
            {
                self.refuse(*id, item, Refusal::WrongSigner);
            }
        }
    }

    fn devices(&mut self, items: &BTreeMap<Hash32, &RosterItem>) {
        for (id, item) in items {
            let RosterItem::Device(signed) = item else { continue };
            match self.device(signed) {
                Ok(device) => self.roster.devices.entry(device.device()).or_default().push(device),
                Err(reason) => self.refuse(*id, item, reason),
            }
        }
        for certificates in self.roster.devices.values_mut() {
            certificates.sort_by_key(|certificate| std::cmp::Reverse((certificate.issued_at, certificate.not_after)));
        }
    }

    fn device(&self, signed: &Signed<DeviceCertificate>) -> Result<DeviceCertificate, Refusal> {
        let hubs = self.roster.hubs.get(&signed.claims().hub).ok_or(Refusal::UnknownSigner)?;
        let key = hubs.first().ok_or(Refusal::UnknownSigner)?.key;
        let device = signed.verify(&key).map_err(|_| Refusal::WrongSigner)?;
        let inside = hubs.iter().any(|hub| {
            hub.scope.contains(&device.scope)
                && hub.validity.holds(device.issued_at)
                && device.not_after <= hub.validity.until
        });
        if inside { Ok(device.clone()) } else { Err(Refusal::BeyondSigner) }
    }

    fn grants(&mut self, items: &BTreeMap<Hash32, &RosterItem>) {
        for (id, item) in items {
            let RosterItem::Grant(signed) = item else { continue };
            match self.grant(signed) {
                Ok(grant) => self.add_grant(signed.hash(), grant),
                Err(reason) => self.refuse(*id, item, reason),
            }
        }
        for person in self.roster.people.values_mut() {
            person.grants.sort_by_key(|(hash, grant)| (std::cmp::Reverse(grant.issued_at), *hash));
            person.grants.dedup_by_key(|(hash, _)| *hash);
        }
    }

    fn grant(&self, signed: &Signed<Grant>) -> Result<Grant, Refusal> {
        let issuer = self.roster.issuers.iter().find(|issuer| signed.verify(&issuer.key).is_ok());
        let issuer = issuer.ok_or(Refusal::WrongSigner)?;
        let grant = signed.claims();
        let held = |other: &&RosterCertificate| other.key == issuer.key && other.validity.holds(grant.issued_at);
        if self.roster.issuers.iter().any(|other| held(&other)) {
            Ok(grant.clone())
        } else {
            Err(Refusal::BeyondSigner)
        }
    }

    fn add_grant(&mut self, hash: Hash32, grant: Grant) {
        if self.roster.revoked.grants.contains(&hash) {
            return;
        }
        let id = grant.person;
        if let Some(invitation) = grant.invitation {
            let fresh = Invite { grant: hash, person: id, bindings: Vec::new(), ambiguous: false };
            let invite = self.roster.invitations.entry(invitation.key).or_insert(fresh);
            invite.ambiguous |= invite.person != id;
        }
        let person = self.roster.people.entry(id);
        person.or_insert_with(|| Person { id, grants: Vec::new(), bindings: Vec::new() }).grants.push((hash, grant));
    }

    fn bindings(&mut self, items: &BTreeMap<Hash32, &RosterItem>) {
        let mut by_invitation: BTreeMap<VerifyingKey, Vec<(Hash32, &RosterItem)>> = BTreeMap::new();
        for (id, item) in items {
            let RosterItem::Binding(signed) = item else { continue };
            let invitation = signed.claims().invitation;
            let refusal = if signed.verify(&invitation).is_err() {
                Some(Refusal::WrongSigner)
            } else {
                match self.roster.invitations.get_mut(&invitation) {
                    None => Some(Refusal::NoInvitation),
                    Some(invite) => {
                        invite.bindings.push(signed.clone());
                        by_invitation.entry(invitation).or_default().push((*id, item));
                        None
                    }
                }
            };
            if let Some(reason) = refusal {
                self.refuse(*id, item, reason);
            }
        }
        for (invitation, used) in by_invitation {
            let Some(invite) = self.roster.invitations.get(&invitation) else { continue };
            let keys: BTreeSet<(VerifyingKey, VerifyingKey)> =
                invite.bindings.iter().map(|signed| (signed.claims().device_key, signed.claims().user_key)).collect();
            if keys.len() == 1 && !invite.ambiguous {
                let binding = invite.bindings.first().map(|signed| signed.claims().clone());
                if let Some(person) = self.roster.people.get_mut(&invite.person) {
                    person.bindings.extend(binding);
                }
            } else {
                for (id, item) in used {
                    self.refuse(id, item, Refusal::InvitationContested);
                }
            }
        }
    }
}

/// The list with the highest epoch that `signer` signed.
fn latest_list<'a>(items: &BTreeMap<Hash32, &'a RosterItem>, signer: &VerifyingKey) -> Option<&'a Revocations> {
    items
        .iter()
        .filter_map(|(id, item)| match item {
            RosterItem::Revocations(signed) => signed.verify(signer).ok().map(|list| (list.epoch, *id, list)),
            _ => None,
        })
        .max_by_key(|(epoch, id, _)| (*epoch, *id))
        .map(|(_, _, list)| list)
}
