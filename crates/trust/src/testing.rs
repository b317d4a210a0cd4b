//! A programme to test with: its keys, and people who enrol through the real enrolment. Behind the feature `testing`.
//!
//! Every key comes from a counter, so a test gives the same bytes each time.

use chaski_values::{DeviceId, DistrictCode, PersonId, Timestamp};

use crate::{
    EnrolRefusal, EnrolReply, EnrolRequest, Enrolled, Fingerprint, Grant, HubCertificate, Invitation, Label, Names,
    ProgrammeRoot, Role, Roster, RosterCertificate, RosterItem, Scope, Signed, SigningKey, Term, Ticket, Validity,
};

/// A programme with one hub and one roster issuer, and everything that was signed in it.
#[derive(Debug, Clone)]
pub struct TestProgramme {
    pub root: SigningKey,
    pub issuer: SigningKey,
    pub hub: SigningKey,
    pub founded: Timestamp,
    pub items: Vec<RosterItem>,
    made: u64,
}

/// Somebody who has enrolled on a tablet.
#[derive(Debug, Clone)]
pub struct TestMember {
    pub person: PersonId,
    pub device: DeviceId,
    pub device_key: SigningKey,
    pub user_key: SigningKey,
}

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// What the test hub's TLS key hashes to.
pub const TLS_SPKI_SHA256: [u8; 32] = [0x71; 32];

impl TestProgramme {
    /// A programme that begins now; its certificates hold for ten years.
    pub fn founded(at: Timestamp) -> Self {
        Self::another(0, at)
    }

    /// One of several programmes that know nothing of each other.
    pub fn another(number: u64, at: Timestamp) -> Self {
        let (root, issuer, hub) = (seeded(1, number), seeded(2, number), seeded(3, number));
        let validity = Validity { from: at, until: at.plus_millis(3_650 * DAY) };
        let programme = ProgrammeRoot { key: root.verifying_key(), name: label("Aliados"), founded: at };
        let hub_certificate = HubCertificate {
            key: hub.verifying_key(),
            name: label("Centro de Huanta"),
            tls_spki_sha256: TLS_SPKI_SHA256,
            scope: Scope::Everywhere,
            validity,
        };
        let issuer_certificate = RosterCertificate { key: issuer.verifying_key(), validity };
        let items = vec![
            Signed::sign(programme, &root).into(),
            Signed::sign(hub_certificate, &root).into(),
            Signed::sign(issuer_certificate, &root).into(),
        ];
        Self { root, issuer, hub, founded: at, items, made: number << 32 }
    }

    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.root.verifying_key())
    }

    pub fn hub_id(&self) -> DeviceId {
        self.hub.verifying_key().device_id()
    }

    /// Everything that verifies among the items.
    pub fn roster(&self) -> Roster {
        let (roster, _) = Roster::from_items(&self.fingerprint(), &self.items).expect("the root is among the items");
        roster
    }

    /// A new key, another each time.
    pub fn key(&mut self) -> SigningKey {
        self.made += 1;
        seeded(9, self.made)
    }

    /// A grant for a new person, for a year from now, and the ticket to use it by. It is not among the items yet.
    pub fn grant(&mut self, role: Role, districts: &[&str], at: Timestamp) -> (Grant, Ticket) {
        self.made += 1;
        let number = self.made.to_be_bytes();
        let mut id = [0x70; 16];
        id[8..].copy_from_slice(&number);
        let mut secret = [0x5e; 16];
        secret[8..].copy_from_slice(&number);
        let ticket = Ticket::new(secret, self.fingerprint());
        let invitation =
            Invitation { key: ticket.invitation_key().verifying_key(), until: at.plus_millis(Invitation::LIFE_MILLIS) };
        let grant = Grant {
            person: PersonId::from_bytes(id),
            names: Names::new("Nélida", "Mendoza", Some("Gutiérrez")).expect("these are names"),
            role,
            scope: scope(districts),
            term: Term { from: at, until: at.plus_millis(365 * DAY) },
            issued_at: at,
            invitation: Some(invitation),
            association: None,
        };
        (grant, ticket)
    }

    /// Signs a grant by the roster issuer and adds it to the items.
    pub fn issue(&mut self, grant: Grant) -> Signed<Grant> {
        let signed = Signed::sign(grant, &self.issuer);
        self.items.push(signed.clone().into());
        signed
    }

    /// The hub's whole side of one enrolment: admit, certify, keep, reply.
    ///
    /// # Errors
    /// When the hub does not let the request in.
    pub fn answer(
        &mut self,
        request: &Signed<EnrolRequest>,
        now: Timestamp,
    ) -> Result<Signed<EnrolReply>, EnrolRefusal> {
        let roster = self.roster();
        let invited = EnrolRequest::admit(request, &roster, now)?;
        self.items.push(invited.certify(&roster, &self.hub, now)?.into());
        self.items.push(invited.binding.clone().into());
        Ok(invited.reply(self.items.clone(), &self.hub, now))
    }

    /// Both sides of one enrolment.
    ///
    /// # Errors
    /// When either side refuses.
    pub fn enrol(
        &mut self,
        ticket: &Ticket,
        device_key: &SigningKey,
        user_key: &SigningKey,
        now: Timestamp,
    ) -> Result<Enrolled, EnrolRefusal> {
        let request = EnrolRequest::make(ticket, device_key, user_key, label("Tableta 3"), now);
        let reply = self.answer(&request, now)?;
        EnrolReply::accept(&reply, &ticket.fingerprint(), &request, &TLS_SPKI_SHA256)
    }

    /// A new person with a grant, enrolled on a new tablet.
    pub fn member(&mut self, role: Role, districts: &[&str], at: Timestamp) -> TestMember {
        let device_key = self.key();
        self.member_on(&device_key, role, districts, at)
    }

    /// A new person with a grant, enrolled on this tablet.
    pub fn member_on(&mut self, device_key: &SigningKey, role: Role, districts: &[&str], at: Timestamp) -> TestMember {
        let (grant, ticket) = self.grant(role, districts, at);
        self.issue(grant);
        let user_key = self.key();
        let enrolled = self.enrol(&ticket, device_key, &user_key, at).expect("an invited person is let in");
        TestMember {
            person: enrolled.person,
            device: enrolled.certificate.device(),
            device_key: device_key.clone(),
            user_key,
        }
    }
}

/// A label that is known to be one.
pub fn label(text: &str) -> Label {
    Label::new(text).expect("a test's label is one")
}

/// These districts; none for everywhere.
pub fn scope(districts: &[&str]) -> Scope {
    if districts.is_empty() {
        return Scope::Everywhere;
    }
    let code = |text: &&str| -> DistrictCode { text.parse().expect("a test's district is one") };
    Scope::districts(districts.iter().map(code))
}

fn seeded(kind: u8, number: u64) -> SigningKey {
    let mut seed = [kind; 32];
    seed[24..].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_seed(&seed)
}
