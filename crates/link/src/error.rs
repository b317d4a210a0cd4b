use chaski_device::DeviceError;
use thiserror::Error;

/// Why an exchange or an enrolment did not come about. Nothing that was saved is touched by it.
#[derive(Debug, Error)]
pub enum LinkError {
    #[error("the hub cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the connection to the hub was cut")]
    Cut(#[source] reqwest::Error),
    #[error("the hub said nothing for too long")]
    Silent,
    #[error("the hub answered with status {0}")]
    Status(u16),
    #[error("what answered is not the hub of this programme")]
    NotTheHub,
    #[error("the hub's answer is over {limit} bytes")]
    TooLong { limit: usize },
    #[error("the hub refused: {0}")]
    Refused(String),
    #[error("the hub's address is not known")]
    NoHub,
    #[error("a secure connection cannot be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error("a step on the device broke off")]
    BrokeOff,
}

impl LinkError {
    /// The code by which the screens find their words.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Silent => "hub_unreachable",
            Self::Cut(_) => "hub_cut",
            Self::Status(_) | Self::TooLong { .. } => "hub_rubbish",
            Self::NotTheHub => "hub_not_ours",
            Self::Refused(_) => "hub_refused",
            Self::NoHub => "hub_unknown",
            Self::Tls(_) => "tls",
            Self::Device(error) => error.code(),
            Self::BrokeOff => "internal",
        }
    }

    /// Whether there is simply no way to the hub: the everyday case in the highlands, and no fault.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Cut(_) | Self::Silent)
    }
}
