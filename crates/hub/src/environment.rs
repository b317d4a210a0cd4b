use std::fmt;
use std::sync::Arc;

use chaski_values::Timestamp;

/// The clock and the random source, which a simulation replaces. Cheap to clone.
#[derive(Clone)]
pub struct Environment {
    now: Arc<Clock>,
    random: Arc<Random>,
}

type Clock = dyn Fn() -> Timestamp + Send + Sync;
type Random = dyn Fn(&mut [u8]) + Send + Sync;

impl Environment {
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        random: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), random: Arc::new(random) }
    }

    /// The machine's clock and random source.
    pub fn of_system() -> Self {
        let now = || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let epoch = Timestamp::from_millis(0).expect("1970 is a moment");
            epoch.plus_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        };
        Self::new(now, |bytes| getrandom::fill(bytes).expect("a machine that runs a hub gives random bytes"))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}
