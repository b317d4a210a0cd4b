use chaski_values::{DeviceId, PersonId};

/// Something that happened at the hub, for its console. Ids, codes and counts; what a person is called is looked up by
/// whoever may show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubEvent {
    /// A tablet was let in. The digits are the ones on its screen.
    Enrolled { device: DeviceId, person: PersonId, confirmation: String },
    /// A tablet was not let in.
    EnrolRefused { code: &'static str },
    /// An exchange ended.
    Exchanged { device: DeviceId, new: u64, sent: u64, bytes_in: u64, bytes_out: u64 },
    /// An exchange was refused, or cut before it was known whose it was.
    ExchangeRefused { device: Option<DeviceId>, code: &'static str },
    /// An exchange was cut. What had come stands.
    ExchangeCut { device: DeviceId, new: u64 },
    /// Records were brought up to date.
    Settled { records: u64 },
    /// What the centre publishes changed.
    Republished,
}
