use std::fmt::Display;

/// Why a run stopped: a promise that was not kept, or something that no weather explains.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("a promise is broken: {0}")]
    Promise(String),
    #[error("the device refuses with `{code}`: {what}")]
    Device { code: &'static str, what: String },
    #[error("the store fails: {0}")]
    Store(String),
    #[error("the disk under the simulation fails: {0}")]
    Disk(String),
    #[error("the cast cannot be assembled: {0}")]
    Cast(String),
    #[error("it panicked: {0}")]
    Panic(String),
}

impl Broken {
    pub(crate) fn promise(what: impl Into<String>) -> Self {
        Self::Promise(what.into())
    }

    pub(crate) fn device(error: chaski_device::DeviceError) -> Self {
        Self::Device { code: error.code(), what: format!("{error} ({error:?})") }
    }

    pub(crate) fn store(error: chaski_store::StoreError) -> Self {
        Self::Store(format!("{error} ({error:?})"))
    }

    pub(crate) fn disk(error: std::io::Error) -> Self {
        Self::Disk(error.to_string())
    }

    pub(crate) fn other(error: impl Display) -> Self {
        Self::Cast(error.to_string())
    }
}
