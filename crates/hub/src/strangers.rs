//! Connections of whom nobody knows yet who they are.
//!
//! Anybody may connect, so whoever has not shown a device's signature, a one-time code or the console's token has little time
//! for it, and few connections at once from one address: else one machine could take every connection there is.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How many of its connections each address has whose other end is not known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strangers(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

/// A place among an address's strangers, until it is dropped.
#[derive(Debug)]
pub(crate) struct Stranger {
    strangers: Strangers,
    address: IpAddr,
}

/// Whether it is known who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Acquaintance(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    stranger: Mutex<Option<Stranger>>,
    made: Notify,
}

impl Strangers {
    /// A place for one more from this address, if there is one. This machine's own programs are the operator's.
    pub(crate) fn admit(&self, address: IpAddr, most: usize) -> Option<Stranger> {
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= most && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Stranger { strangers: self.clone(), address })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut counts = self.strangers.counts();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

impl Acquaintance {
    pub(crate) fn with(stranger: Stranger) -> Self {
        Self(Arc::new(Parts { stranger: Mutex::new(Some(stranger)), made: Notify::new() }))
    }

    /// The other end has shown who it is.
    pub(crate) fn make(&self) {
        let stranger = self.0.stranger.lock().unwrap_or_else(PoisonError::into_inner).take();
        if stranger.is_some() {
            self.0.made.notify_one();
        }
    }

    /// Waits until it has.
    pub(crate) async fn made(&self) {
        self.0.made.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_strangers_and_its_acquaintances_do_not_count() {
        let strangers = Strangers::default();
        let (one, other): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let mut held: Vec<Stranger> = (0..8).map(|_| strangers.admit(one, 8).unwrap()).collect();
        assert!(strangers.admit(one, 8).is_none());
        assert!(strangers.admit(other, 8).is_some());
        held.pop();
        let known = Acquaintance::with(strangers.admit(one, 8).unwrap());
        assert!(strangers.admit(one, 8).is_none());
        known.make();
        known.make();
        held.push(strangers.admit(one, 8).unwrap());
        drop(held);
        assert!(strangers.counts().is_empty(), "nothing is kept of who went");
    }

    #[test]
    fn this_machines_own_programs_are_no_strangers() {
        let strangers = Strangers::default();
        let held: Vec<Stranger> = (0..20).filter_map(|_| strangers.admit([127, 0, 0, 1].into(), 8)).collect();
        assert_eq!(held.len(), 20);
    }
}
