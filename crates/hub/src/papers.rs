//! The signed papers that a programme begins with, and the grants its people get.

use std::path::Path;

use chaski_trust::{
    Fingerprint, Grant, HubCertificate, Invitation, Label, ProgrammeRoot, RosterCertificate, RosterItem, Scope, Signed,
    SigningKey, Term, Ticket, Validity, VerifyingKey,
};
use chaski_values::Timestamp;

use crate::folder::{keep_secret, make_private, read_secret};
use crate::{Environment, HubError, Result};

const DAY: i64 = 24 * 60 * 60 * 1_000;
/// As long as a phase of a programme; a hub that goes on is certified again by the root.
const HUB_DAYS: i64 = 5 * 365;
const ISSUER_DAYS: i64 = 10 * 365;
/// A board changes yearly, and so do contracts.
const TERM_DAYS: i64 = 365;
/// Certificates and terms begin a day early: clocks differ.
const EARLY_DAYS: i64 = 1;

/// The keys that stay off the hub.
#[derive(Debug)]
pub(crate) struct OfflineKeys {
    pub(crate) root: SigningKey,
    pub(crate) issuer: SigningKey,
}

impl OfflineKeys {
    pub(crate) fn draw(environment: &Environment) -> Self {
        let key = || SigningKey::from_seed(&environment.random());
        Self { root: key(), issuer: key() }
    }

    pub(crate) fn keep(&self, folder: &Path) -> Result<()> {
        make_private(folder)?;
        keep_secret(&folder.join("root.key"), &self.root.to_seed())?;
        keep_secret(&folder.join("issuer.key"), &self.issuer.to_seed())
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.root.verifying_key())
    }

    /// Root, hub and issuer: what a roster starts from.
    pub(crate) fn certificates(
        &self,
        programme: Label,
        hub: Label,
        hub_key: VerifyingKey,
        tls_spki_sha256: [u8; 32],
        now: Timestamp,
    ) -> Vec<RosterItem> {
        let root = ProgrammeRoot { key: self.root.verifying_key(), name: programme, founded: now };
        let hub = HubCertificate {
            key: hub_key,
            name: hub,
            tls_spki_sha256,
            scope: Scope::Everywhere,
            validity: lasting(now, HUB_DAYS),
        };
        let issuer = RosterCertificate { key: self.issuer.verifying_key(), validity: lasting(now, ISSUER_DAYS) };
        vec![
            Signed::sign(root, &self.root).into(),
            Signed::sign(hub, &self.root).into(),
            Signed::sign(issuer, &self.root).into(),
        ]
    }
}

/// The roster issuer's key alone: all that inviting needs.
pub(crate) fn issuer_key(folder: &Path) -> Result<SigningKey> {
    Ok(SigningKey::from_seed(&*read_secret(&folder.join("issuer.key"))?))
}

/// The fingerprint of the programme that these certificates are of.
pub(crate) fn fingerprint_of(certificates: &[RosterItem]) -> Option<Fingerprint> {
    certificates.iter().find_map(|item| match item {
        RosterItem::Root(root) => Some(root.claims().fingerprint()),
        _ => None,
    })
}

/// A grant as `grant` says it, with a fresh invitation; and the ticket that uses it.
pub(crate) fn invite(
    environment: &Environment,
    grant: Grant,
    fingerprint: Fingerprint,
    issuer: &SigningKey,
) -> (Signed<Grant>, Ticket) {
    let now = environment.now();
    let ticket = Ticket::new(environment.random(), fingerprint);
    let invitation =
        Invitation { key: ticket.invitation_key().verifying_key(), until: now.plus_millis(Invitation::LIFE_MILLIS) };
    let grant = Grant { issued_at: now, invitation: Some(invitation), ..grant };
    (Signed::sign(grant, issuer), ticket)
}

/// The term that a new grant runs.
pub(crate) fn term(now: Timestamp) -> Term {
    lasting(now, TERM_DAYS)
}

fn lasting(now: Timestamp, days: i64) -> Validity {
    Validity { from: now.plus_millis(-EARLY_DAYS * DAY), until: now.plus_millis(days * DAY) }
}

/// Whether this key is one of the roster's issuers, which says whose `offline` folder it came from.
pub(crate) fn check_issuer(certificates: &[RosterItem], issuer: &SigningKey, folder: &Path) -> Result<()> {
    let key = issuer.verifying_key();
    let ours = certificates.iter().any(|item| match item {
        RosterItem::Issuer(certificate) => certificate.claims().key == key,
        _ => false,
    });
    if ours { Ok(()) } else { Err(HubError::OtherKeys(folder.to_owned())) }
}
