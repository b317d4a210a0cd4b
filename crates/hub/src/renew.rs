//! Certifying a tablet again. The rules are `trust`'s; here the certificate is kept and published, so that every device learns
//! of it.

use std::sync::Arc;

use chaski_sync::EntryKind;
use chaski_trust::{CertificateRequest, RenewalRefusal, RosterItem, Signed, TrustError};

use crate::{Hub, HubError};

/// Why there is no certificate.
#[derive(Debug)]
pub(crate) enum RenewFailure {
    Refused(RenewalRefusal),
    /// The hub could not keep what it has to.
    Failed(HubError),
}

impl From<RenewalRefusal> for RenewFailure {
    fn from(refusal: RenewalRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<TrustError> for RenewFailure {
    fn from(error: TrustError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<HubError> for RenewFailure {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

impl Hub {
    /// Answers a device that asks for its next certificate: the bytes of the roster item that holds it. While the one it has
    /// need not be renewed it gets that again, so that asking often writes nothing.
    pub(crate) fn renew(&self, request: &[u8]) -> Result<Vec<u8>, RenewFailure> {
        let outcome = self.try_renew(request);
        match &outcome {
            Ok(_) => {}
            Err(RenewFailure::Refused(refusal)) => tracing::info!(code = refusal.code(), "renewal refused"),
            Err(RenewFailure::Failed(error)) => tracing::error!(%error, "renewal failed"),
        }
        outcome
    }

    fn try_renew(&self, request: &[u8]) -> Result<Vec<u8>, RenewFailure> {
        let request: Signed<CertificateRequest> = Signed::from_bytes(request)?;
        let now = self.now();
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let roster = Arc::clone(&holdings.rules.roster);
        let next = CertificateRequest::renew(&request, &roster, &self.0.key, now)?;
        let device = next.claims().device();
        if let Some(held) = holdings.device_certificate(device)?
            && !CertificateRequest::is_due(held.claims(), &roster, now)
        {
            return Ok(RosterItem::from(held).to_bytes());
        }
        let item = RosterItem::from(next).to_bytes();
        holdings.publish(self.writer(), vec![(EntryKind::Roster, item.clone())])?;
        tracing::info!(%device, "certified again");
        Ok(item)
    }
}
