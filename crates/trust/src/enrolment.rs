//! Enrolment: a person with a one-time code and a tablet on one side, a hub that must not be trusted with either on the
//! other.
//!
//! 1. The tablet makes its own key and the person's, derives the invitation key from the ticket, binds the person's key to
//!    the tablet with it, and sends an [`EnrolRequest`] signed by all three.
//! 2. The hub finds the grant with that invitation, checks that it is unused and not over, certifies the tablet, and
//!    answers with an [`EnrolReply`]: the certificates from the programme's root down, and the person's grant.
//! 3. The tablet verifies all of it from the fingerprint in the ticket, and that the TLS key it spoke to is this hub's.
//! 4. Both screens show the same six digits, so that nobody takes one tablet for another.
//!
//! The hub sees the invitation's public half only. It can refuse a person or delay them; it cannot enrol itself in
//! their place. A request that is sent again after a lost reply is answered again: it carries the same binding.

#[cfg(test)]
mod tests;

use std::fmt;

use chaski_values::{DeviceId, Hash32, PersonId, Timestamp};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{
    Action, Binding, Denial, DeviceCertificate, Domain, Fingerprint, Grant, HubCertificate, Label, Roster, RosterError,
    RosterItem, Scope, Signature, Signed, SigningKey, Statement, Ticket, TrustError, VerifyingKey, cbor,
};

/// What a tablet sends to be let in. Signed by the device key, which proves that the tablet holds it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct EnrolRequest {
    #[n(0)]
    pub device_name: Label,
    /// Signed by the invitation key: proves that the person holds the code.
    #[n(1)]
    pub binding: Signed<Binding>,
    /// The user key's signature over the binding: proves that the person holds it.
    #[n(2)]
    pub user_key_proof: Signature,
}

/// What the hub answers. Signed by the hub's key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct EnrolReply {
    /// The hash of the request it answers.
    #[cbor(n(0), with = "cbor::hash32")]
    pub request: Hash32,
    #[cbor(n(1), with = "cbor::device_id")]
    pub hub: DeviceId,
    #[cbor(n(2), with = "cbor::person_id")]
    pub person: PersonId,
    /// By the hub's clock: the first time the tablet can lean on.
    #[cbor(n(3), with = "cbor::timestamp")]
    pub at: Timestamp,
    /// At least the root, the hub's and the issuer's certificates, the tablet's certificate, and the person's grant and
    /// binding; the rest of the roster comes by sync.
    #[n(4)]
    pub items: Vec<RosterItem>,
}

/// A request that may be accepted, and for whom.
#[derive(Debug, Clone)]
pub struct Invited {
    pub person: PersonId,
    pub grant: Hash32,
    pub device_key: VerifyingKey,
    pub device_name: Label,
    /// To be kept in the roster, and passed on to every device.
    pub binding: Signed<Binding>,
    scope: Scope,
    request: Hash32,
}

/// What a tablet has when it is in.
#[derive(Debug, Clone)]
pub struct Enrolled {
    pub person: PersonId,
    pub grant: Grant,
    pub hub: HubCertificate,
    pub certificate: DeviceCertificate,
    /// The hub's time when it answered.
    pub at: Timestamp,
    pub roster: Roster,
    /// What to store, as it came.
    pub items: Vec<RosterItem>,
    pub confirmation: Confirmation,
}

/// Six digits that the tablet and the hub both show.
///
/// They tell two tablets apart that enrol at the same table. They are no proof against an attacker, who could try keys
/// until six digits fit: the proof is in the signatures and the ticket's fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Confirmation(#[n(0)] u32);

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnrolRefusal {
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Roster(#[from] RosterError),
    #[error("no grant holds this invitation")]
    UnknownInvitation,
    #[error("the invitation was for use before {0}")]
    InvitationOver(Timestamp),
    #[error("the invitation was used already")]
    InvitationUsed,
    #[error("the person does not hold the key they want to bind")]
    UserKeyUnproven,
    #[error("device {0} was revoked; a tablet that comes back is installed anew")]
    DeviceRevoked(DeviceId),
    #[error("the person was revoked")]
    PersonRevoked,
    #[error("the term of the grant ended at {0}")]
    TermOver(Timestamp),
    #[error("the hub's own certificate does not hold at {0}")]
    HubNotCertified(Timestamp),
    #[error("the reply is to another request")]
    OtherRequest,
    #[error("the connection was not to the hub that answered")]
    OtherHub,
    #[error("the reply does not let this tablet in")]
    Incomplete(#[source] Option<Denial>),
}

impl EnrolRefusal {
    /// The code by which a screen and a log name it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Trust(TrustError::WrongSigner(_)) => "enrol_not_signed",
            Self::Trust(TrustError::Cbor(_)) => "enrol_malformed",
            Self::Roster(_) => "enrol_other_programme",
            Self::UnknownInvitation => "enrol_unknown_invitation",
            Self::InvitationOver(_) => "enrol_invitation_over",
            Self::InvitationUsed => "enrol_invitation_used",
            Self::UserKeyUnproven => "enrol_user_key_unproven",
            Self::DeviceRevoked(_) => "enrol_device_revoked",
            Self::PersonRevoked => "enrol_person_revoked",
            Self::TermOver(_) => "enrol_term_over",
            Self::HubNotCertified(_) => "enrol_hub_not_certified",
            Self::OtherRequest => "enrol_other_request",
            Self::OtherHub => "enrol_other_hub",
            Self::Incomplete(_) => "enrol_incomplete",
        }
    }
}

impl EnrolRequest {
    /// Asks to be let in. Deterministic: sent again with the same keys and time, it is the same request.
    ///
    /// Both keys are kept before it is sent, or a lost reply costs the person a new ticket.
    pub fn make(
        ticket: &Ticket,
        device_key: &SigningKey,
        user_key: &SigningKey,
        device_name: Label,
        at: Timestamp,
    ) -> Signed<Self> {
        let invitation = ticket.invitation_key();
        let binding = Binding {
            invitation: invitation.verifying_key(),
            device_key: device_key.verifying_key(),
            user_key: user_key.verifying_key(),
            at,
        };
        let binding = Signed::sign(binding, &invitation);
        let user_key_proof = user_key.sign(Domain::UserKeyProof, binding.payload());
        Signed::sign(Self { device_name, binding, user_key_proof }, device_key)
    }

    /// The hub's side: whom this request lets in, by the hub's time.
    ///
    /// # Errors
    /// The reason why it lets nobody in.
    pub fn admit(request: &Signed<Self>, roster: &Roster, now: Timestamp) -> Result<Invited, EnrolRefusal> {
        let claimed = request.claims().binding.claims();
        let body = request.verify(&claimed.device_key)?;
        let binding = body.binding.verify(&claimed.invitation)?;
        if !binding.user_key.verifies(Domain::UserKeyProof, body.binding.payload(), &body.user_key_proof) {
            return Err(EnrolRefusal::UserKeyUnproven);
        }
        let (hash, grant) = roster.invitation(&binding.invitation).ok_or(EnrolRefusal::UnknownInvitation)?;
        let invitation = grant.invitation.ok_or(EnrolRefusal::UnknownInvitation)?;
        let used = roster.bindings_by(&binding.invitation);
        if used.iter().any(|other| other.hash() != body.binding.hash()) {
            return Err(EnrolRefusal::InvitationUsed);
        }
        if used.is_empty() && now >= invitation.until {
            return Err(EnrolRefusal::InvitationOver(invitation.until));
        }
        if now >= grant.term.until {
            return Err(EnrolRefusal::TermOver(grant.term.until));
        }
        if roster.is_person_revoked(grant.person) {
            return Err(EnrolRefusal::PersonRevoked);
        }
        if roster.is_device_revoked(binding.device()) {
            return Err(EnrolRefusal::DeviceRevoked(binding.device()));
        }
        Ok(Invited {
            person: grant.person,
            grant: hash,
            device_key: binding.device_key,
            device_name: body.device_name.clone(),
            binding: body.binding.clone(),
            scope: grant.scope.clone(),
            request: request.hash(),
        })
    }
}

impl Invited {
    pub fn device(&self) -> DeviceId {
        self.device_key.device_id()
    }

    /// The tablet's certificate: for the districts of this grant and of the others who already use the tablet.
    ///
    /// # Errors
    /// When the hub's own certificate does not hold.
    pub fn certify(
        &self,
        roster: &Roster,
        hub: &SigningKey,
        now: Timestamp,
    ) -> Result<Signed<DeviceCertificate>, EnrolRefusal> {
        let scope = self.scope.union(&roster.scope_of_people_on(self.device(), now));
        roster
            .certify(self.device_key, self.device_name.clone(), scope, hub, now)
            .ok_or(EnrolRefusal::HubNotCertified(now))
    }

    /// The hub's answer, with the items that the tablet needs to verify it.
    pub fn reply(&self, items: Vec<RosterItem>, hub: &SigningKey, now: Timestamp) -> Signed<EnrolReply> {
        let hub_id = hub.verifying_key().device_id();
        Signed::sign(EnrolReply { request: self.request, hub: hub_id, person: self.person, at: now, items }, hub)
    }
}

impl EnrolReply {
    /// The tablet's side: verifies everything from the fingerprint in the ticket down.
    ///
    /// The tablet's clock plays no part, since it may be years wrong; the hub's signed time does. `tls_spki_sha256` is the
    /// hash of the key that the connection was made to, which the tablet could not check before.
    ///
    /// # Errors
    /// The reason why this reply does not let the tablet in.
    pub fn accept(
        reply: &Signed<Self>,
        fingerprint: &Fingerprint,
        request: &Signed<EnrolRequest>,
        tls_spki_sha256: &[u8; 32],
    ) -> Result<Enrolled, EnrolRefusal> {
        let claims = reply.claims();
        let (roster, _) = Roster::from_items(fingerprint, &claims.items)?;
        let hub = roster.hub(claims.hub, claims.at).ok_or(EnrolRefusal::HubNotCertified(claims.at))?.clone();
        let body = reply.verify(&hub.key)?;
        if body.request != request.hash() {
            return Err(EnrolRefusal::OtherRequest);
        }
        if hub.tls_spki_sha256 != *tls_spki_sha256 {
            return Err(EnrolRefusal::OtherHub);
        }
        let binding = request.claims().binding.claims();
        let device = binding.device();
        let (_, grant) = roster.invitation(&binding.invitation).ok_or(EnrolRefusal::Incomplete(None))?;
        let grant = grant.clone();
        if grant.person != body.person {
            return Err(EnrolRefusal::Incomplete(None));
        }
        let certificate = roster.device(device).ok_or(EnrolRefusal::Incomplete(None))?.clone();
        let person = roster.person(body.person).ok_or(EnrolRefusal::Incomplete(None))?;
        if !person.holds(&binding.user_key, device) {
            return Err(EnrolRefusal::Incomplete(None));
        }
        roster
            .may(None, device, Action::Read, chaski_values::Partition::Programme, body.at)
            .map_err(|denial| EnrolRefusal::Incomplete(Some(denial)))?;
        Ok(Enrolled {
            person: body.person,
            grant,
            hub,
            certificate,
            at: body.at,
            items: body.items.clone(),
            confirmation: Confirmation::of(request, reply),
            roster,
        })
    }
}

impl Confirmation {
    /// The digits of this request and this reply. **Frozen:** both sides must show the same.
    pub fn of(request: &Signed<EnrolRequest>, reply: &Signed<EnrolReply>) -> Self {
        let hash =
            Hash32::of("chaski 2026 enrolment confirmation v1", &[request.hash().as_bytes(), reply.hash().as_bytes()]);
        let number = hash.as_bytes().iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        Self((number % 1_000_000) as u32)
    }
}

impl fmt::Display for Confirmation {
    /// `482 913`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {:03}", self.0 / 1_000, self.0 % 1_000)
    }
}

impl Statement for EnrolRequest {
    const NAME: &'static str = "enrolment request";
    const DOMAIN: Domain = Domain::EnrolRequest;
    const VERSION: u16 = 1;
    const MAX_BYTES: usize = 4 * 1024;
}

impl Statement for EnrolReply {
    const NAME: &'static str = "enrolment reply";
    const DOMAIN: Domain = Domain::EnrolReply;
    const VERSION: u16 = 1;
    const MAX_BYTES: usize = 2 * 1024 * 1024;
}
