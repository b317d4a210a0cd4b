//! Letting a tablet in. The rules are `trust`'s; here the binding and the certificate are kept and published, so that every
//! device learns of them.

use chaski_sync::EntryKind;
use chaski_trust::{
    Confirmation, DeviceCertificate, EnrolRefusal, EnrolRequest, Invited, RosterItem, Signed, TrustError,
};
use chaski_values::Timestamp;

use crate::holdings::Holdings;
use crate::{Hub, HubError, HubEvent};

/// Why there is no reply.
#[derive(Debug)]
pub(crate) enum EnrolFailure {
    Refused(EnrolRefusal),
    /// The hub could not keep what it has to.
    Failed(HubError),
}

impl From<EnrolRefusal> for EnrolFailure {
    fn from(refusal: EnrolRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<TrustError> for EnrolFailure {
    fn from(error: TrustError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<HubError> for EnrolFailure {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

/// A certificate that ends sooner is not given again.
const WORTH_GIVING_AGAIN_MILLIS: i64 = 30 * 24 * 60 * 60 * 1_000;

impl Hub {
    /// Answers a request to enrol: the bytes of the reply. A request that is sent again is answered again and changes nothing.
    pub(crate) fn enrol(&self, request: &[u8]) -> Result<Vec<u8>, EnrolFailure> {
        let outcome = self.try_enrol(request);
        match &outcome {
            Ok(_) => {}
            Err(EnrolFailure::Refused(refusal)) => {
                tracing::info!(code = refusal.code(), "enrolment refused");
                self.tell(HubEvent::EnrolRefused { code: refusal.code() });
            }
            Err(EnrolFailure::Failed(error)) => tracing::error!(%error, "enrolment failed"),
        }
        outcome
    }

    fn try_enrol(&self, request: &[u8]) -> Result<Vec<u8>, EnrolFailure> {
        let request: Signed<EnrolRequest> = Signed::from_bytes(request)?;
        let now = self.now();
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let roster = std::sync::Arc::clone(&holdings.rules.roster);
        let invited = EnrolRequest::admit(&request, &roster, now)?;
        let certificate = match given(&holdings, &invited, now)? {
            Some(certificate) => certificate,
            None => {
                let certificate = invited.certify(&roster, &self.0.key, now)?;
                let items = [RosterItem::from(certificate.clone()), invited.binding.clone().into()];
                let payloads = items.iter().map(|item| (EntryKind::Roster, item.to_bytes())).collect();
                holdings.publish(self.writer(), payloads)?;
                certificate
            }
        };
        let items = papers(&holdings, &invited, certificate)?;
        drop(holdings);
        let reply = invited.reply(items, &self.0.key, now);
        let confirmation = Confirmation::of(&request, &reply).to_string();
        let (device, person) = (invited.device(), invited.person);
        tracing::info!(%device, %person, confirmation, "enrolled");
        self.tell(HubEvent::Enrolled { device, person, confirmation });
        Ok(reply.to_bytes())
    }
}

/// The certificate this request was answered with before, if its binding is known and the certificate lasts.
fn given(
    holdings: &Holdings,
    invited: &Invited,
    now: Timestamp,
) -> Result<Option<Signed<DeviceCertificate>>, HubError> {
    let known = holdings.rules.roster.bindings_by(&invited.binding.claims().invitation);
    if !known.iter().any(|binding| binding.hash() == invited.binding.hash()) {
        return Ok(None);
    }
    let latest = holdings.device_certificate(invited.device())?;
    let lasts =
        |signed: &Signed<DeviceCertificate>| now.plus_millis(WORTH_GIVING_AGAIN_MILLIS) < signed.claims().not_after;
    Ok(latest.filter(lasts))
}

/// What the tablet needs to verify the reply: the rest of the roster comes by its first exchange.
fn papers(
    holdings: &Holdings,
    invited: &Invited,
    certificate: Signed<DeviceCertificate>,
) -> Result<Vec<RosterItem>, HubError> {
    let person = holdings.rules.roster.person(invited.person);
    let invitations: Vec<_> = person
        .into_iter()
        .flat_map(|person| &person.grants)
        .filter_map(|(_, grant)| grant.invitation.map(|invitation| invitation.key))
        .collect();
    let mut items: Vec<RosterItem> = holdings.roster_items()?;
    items.retain(|item| match item {
        RosterItem::Root(_) | RosterItem::Hub(_) | RosterItem::Issuer(_) | RosterItem::Revocations(_) => true,
        RosterItem::Grant(grant) => grant.claims().person == invited.person,
        RosterItem::Binding(binding) => invitations.contains(&binding.claims().invitation),
        RosterItem::Device(_) | RosterItem::Unknown { .. } => false,
    });
    items.push(certificate.into());
    Ok(items)
}
