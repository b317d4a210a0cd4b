/// What a signature is for. A signature made for one purpose never verifies for another.
///
/// **Frozen:** the tag's bytes, then a zero byte, stand before the signed bytes. Tags are never reused or renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    ProgrammeRoot,
    HubCertificate,
    RosterCertificate,
    DeviceCertificate,
    Grant,
    Binding,
    /// The person's own key agrees to be bound.
    UserKeyProof,
    Revocations,
    EnrolRequest,
    EnrolReply,
    CertificateRequest,
    /// `sync`: the opening of a log.
    LogOpening,
    /// `sync`: an entry's hash, by the device that wrote it.
    Entry,
    /// `sync`: a device's side of an exchange.
    SyncRequest,
    /// `sync`: a hub's side of an exchange.
    SyncResponse,
    /// `sync`: what a hub holds and when it said so.
    Acknowledgement,
    /// `sync`: two entries of one log with the same number.
    ForkEvidence,
    /// A bundle carried on a USB stick or a phone.
    Bundle,
    /// A form, catalogue or setting published by an administrator.
    Publication,
    /// An officer's signature under a receipt.
    SignOff,
    /// A supervisor's review.
    Review,
    /// A witness's or hub's counter-signature under a sign-off.
    CounterSignature,
}

impl Domain {
    /// Every domain, for the test that no two share a tag.
    pub const ALL: [Self; 22] = [
        Self::ProgrammeRoot,
        Self::HubCertificate,
        Self::RosterCertificate,
        Self::DeviceCertificate,
        Self::Grant,
        Self::Binding,
        Self::UserKeyProof,
        Self::Revocations,
        Self::EnrolRequest,
        Self::EnrolReply,
        Self::CertificateRequest,
        Self::LogOpening,
        Self::Entry,
        Self::SyncRequest,
        Self::SyncResponse,
        Self::Acknowledgement,
        Self::ForkEvidence,
        Self::Bundle,
        Self::Publication,
        Self::SignOff,
        Self::Review,
        Self::CounterSignature,
    ];

    /// The text that is signed before the bytes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ProgrammeRoot => "chaski 2026 programme root",
            Self::HubCertificate => "chaski 2026 hub certificate",
            Self::RosterCertificate => "chaski 2026 roster certificate",
            Self::DeviceCertificate => "chaski 2026 device certificate",
            Self::Grant => "chaski 2026 grant",
            Self::Binding => "chaski 2026 binding",
            Self::UserKeyProof => "chaski 2026 user key proof",
            Self::Revocations => "chaski 2026 revocations",
            Self::EnrolRequest => "chaski 2026 enrol request",
            Self::EnrolReply => "chaski 2026 enrol reply",
            Self::CertificateRequest => "chaski 2026 certificate request",
            Self::LogOpening => "chaski 2026 log opening",
            Self::Entry => "chaski 2026 entry",
            Self::SyncRequest => "chaski 2026 sync request",
            Self::SyncResponse => "chaski 2026 sync response",
            Self::Acknowledgement => "chaski 2026 acknowledgement",
            Self::ForkEvidence => "chaski 2026 fork evidence",
            Self::Bundle => "chaski 2026 bundle",
            Self::Publication => "chaski 2026 publication",
            Self::SignOff => "chaski 2026 sign-off",
            Self::Review => "chaski 2026 review",
            Self::CounterSignature => "chaski 2026 counter-signature",
        }
    }

    /// What is really signed: tag, zero byte, bytes.
    pub(crate) fn message(self, bytes: &[u8]) -> Vec<u8> {
        let tag = self.tag().as_bytes();
        let mut message = Vec::with_capacity(tag.len() + 1 + bytes.len());
        message.extend_from_slice(tag);
        message.push(0);
        message.extend_from_slice(bytes);
        message
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tags_are_distinct_and_hold_no_zero_byte() {
        let tags: BTreeSet<&str> = Domain::ALL.iter().map(|domain| domain.tag()).collect();
        assert_eq!(tags.len(), Domain::ALL.len());
        assert!(tags.iter().all(|tag| tag.is_ascii() && !tag.contains('\0')));
    }
}
