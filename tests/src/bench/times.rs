//! Durations, sorted.

use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let value = work();
        self.0.push(started.elapsed());
        value
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds.
    pub(crate) fn median(&self) -> f64 {
        self.share(0.5)
    }

    /// In milliseconds.
    pub(crate) fn worst(&self) -> f64 {
        self.share(1.0)
    }

    /// The duration that this share of them does not exceed, in milliseconds; not a number when there are none.
    pub(crate) fn share(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_taken_of_the_sorted() {
        let times = Times([5, 1, 3].map(Duration::from_millis).to_vec());
        assert_eq!((times.median(), times.worst()), (3.0, 5.0));
        assert!(Times::default().median().is_nan());
    }
}
