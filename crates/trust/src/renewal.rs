//! Renewal: a device whose certificate is about to end, or has ended, asks for the next one.

use chaski_values::{DeviceId, Timestamp};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{DeviceCertificate, Domain, Label, Roster, Signed, SigningKey, Statement, TrustError, VerifyingKey, cbor};

/// A device's wish for a new certificate, signed by its key, which proves that it still holds it.
///
/// It needs no challenge: whoever replays it makes the hub certify the same key again, which the owner can use and the
/// replayer cannot.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CertificateRequest {
    #[n(0)]
    pub key: VerifyingKey,
    #[n(1)]
    pub name: Label,
    /// The hub it asks.
    #[cbor(n(2), with = "cbor::device_id")]
    pub hub: DeviceId,
    /// By the device's clock: a claim.
    #[cbor(n(3), with = "cbor::timestamp")]
    pub at: Timestamp,
}

/// Why a device gets no new certificate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenewalRefusal {
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error("the request is to hub {0}")]
    OtherHub(DeviceId),
    #[error("device {0} has never enrolled here")]
    DeviceUnknown(DeviceId),
    #[error("device {0} was revoked")]
    DeviceRevoked(DeviceId),
    #[error("nobody with a grant uses device {0}")]
    NobodyLeft(DeviceId),
    #[error("the hub's own certificate does not hold at {0}")]
    HubNotCertified(Timestamp),
}

impl RenewalRefusal {
    /// A name for this kind of refusal that stays the same, for the answer and the hub's log.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Trust(TrustError::Cbor(_)) => "renewal_malformed",
            Self::Trust(_) => "renewal_not_signed",
            Self::OtherHub(_) => "renewal_other_hub",
            Self::DeviceUnknown(_) => "renewal_device_unknown",
            Self::DeviceRevoked(_) => "renewal_device_revoked",
            Self::NobodyLeft(_) => "renewal_nobody_left",
            Self::HubNotCertified(_) => "renewal_hub_not_certified",
        }
    }
}

impl CertificateRequest {
    /// Asks `hub` for the next certificate. Deterministic.
    pub fn make(key: &SigningKey, name: Label, hub: DeviceId, at: Timestamp) -> Signed<Self> {
        Signed::sign(Self { key: key.verifying_key(), name, hub, at }, key)
    }

    /// Whether a device should ask: half of its certificate's life is over, so that weeks without signal end with weeks to
    /// spare; or the people who use it were granted other districts since.
    pub fn is_due(certificate: &DeviceCertificate, roster: &Roster, now: Timestamp) -> bool {
        let device = certificate.device();
        let half_over = certificate.not_after <= now.plus_millis(DeviceCertificate::LIFE_MILLIS / 2);
        let moved = roster.is_used(device, now) && roster.scope_of_people_on(device, now) != certificate.scope;
        half_over || moved
    }

    /// The hub's side: the next certificate, for the districts of whoever uses the device now.
    ///
    /// # Errors
    /// The reason why there is none.
    pub fn renew(
        request: &Signed<Self>,
        roster: &Roster,
        hub: &SigningKey,
        now: Timestamp,
    ) -> Result<Signed<DeviceCertificate>, RenewalRefusal> {
        let body = request.verify(&request.claims().key)?;
        if body.hub != hub.verifying_key().device_id() {
            return Err(RenewalRefusal::OtherHub(body.hub));
        }
        let device = body.key.device_id();
        if roster.device(device).is_none() {
            return Err(RenewalRefusal::DeviceUnknown(device));
        }
        if roster.is_device_revoked(device) {
            return Err(RenewalRefusal::DeviceRevoked(device));
        }
        if !roster.is_used(device, now) {
            return Err(RenewalRefusal::NobodyLeft(device));
        }
        let scope = roster.scope_of_people_on(device, now);
        roster.certify(body.key, body.name.clone(), scope, hub, now).ok_or(RenewalRefusal::HubNotCertified(now))
    }
}

impl Statement for CertificateRequest {
    const NAME: &'static str = "certificate request";
    const DOMAIN: Domain = Domain::CertificateRequest;
    const VERSION: u16 = 1;
    const MAX_BYTES: usize = 1024;
}
