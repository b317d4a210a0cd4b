//! The task that exchanges by itself.

use std::sync::Arc;
use std::time::Duration;

use chaski_device::view::{Changed, SyncState};
use chaski_device::{SharedDevice, Wish};
use chaski_sync::Outcome;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use crate::LinkError;
use crate::driver::{exchange, problem, with};

/// What the screens are told.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// How the exchange stands changed: read it again.
    Sync,
    /// Records, forms or people changed.
    Changed(Changed),
}

/// How long the link waits between attempts.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// After an exchange that went well.
    pub content: Duration,
    /// After the first that did not; twice as long after each further one.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Patience {
    /// An exchange every so often while all is well; while the hub is away, from at most three seconds to five times that.
    pub fn every(content: Duration) -> Self {
        let usual = Self::default();
        Self { content, first: usual.first.min(content), longest: usual.longest.min(content.saturating_mul(5)) }
    }
}

impl Default for Patience {
    /// A minute while all is well; from three seconds to five minutes while the hub is away. A phone that is asked for a
    /// signal every five minutes loses little of its battery, and a tablet that passes one is not kept waiting long.
    fn default() -> Self {
        Self { content: Duration::from_secs(60), first: Duration::from_secs(3), longest: Duration::from_secs(300) }
    }
}

/// The running link. Dropping it ends the task.
#[derive(Debug)]
pub struct Link {
    asked: Arc<Notify>,
    stop: watch::Sender<bool>,
    events: broadcast::Sender<LinkEvent>,
    task: JoinHandle<()>,
}

/// Events that a slow listener may be behind; it reads everything again after that anyway.
const BACKLOG: usize = 64;

impl Link {
    /// Starts exchanging for a device. Must be called on a tokio runtime.
    pub fn start(device: SharedDevice, patience: Patience) -> Self {
        let asked = Arc::new(Notify::new());
        let (stop, stopped) = watch::channel(false);
        let (events, _) = broadcast::channel(BACKLOG);
        let task = tokio::spawn(run(device, patience, Arc::clone(&asked), stopped, events.clone()));
        Self { asked, stop, events, task }
    }

    /// Exchange now, whatever the timer says.
    pub fn ask(&self) {
        self.asked.notify_one();
    }

    pub fn events(&self) -> broadcast::Receiver<LinkEvent> {
        self.events.subscribe()
    }

    /// Ends the task after the step it is at, and waits for that.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    device: SharedDevice,
    patience: Patience,
    asked: Arc<Notify>,
    mut stopped: watch::Receiver<bool>,
    events: broadcast::Sender<LinkEvent>,
) {
    let mut failures: u32 = 0;
    let mut wish = Wish::ByItself;
    loop {
        let attempt = tokio::select! {
            outcome = attempt(&device, wish, &events) => outcome,
            // An exchange can be left at any moment: what came is kept.
            _ = stopped.wait_for(|stop| *stop) => return,
        };
        failures = match attempt {
            Ended::Well => 0,
            // There is a link, however bad: what is left goes on soon.
            Ended::Moving => 1,
            Ended::Badly | Ended::Shut => failures.saturating_add(1),
        };
        let pause = match attempt {
            Ended::Well => patience.content,
            Ended::Moving | Ended::Badly => {
                patience.longest.min(patience.first.saturating_mul(2_u32.saturating_pow(failures.min(16) - 1)))
            }
            // Nobody has unlocked the tablet since it was started, or confirmed who enrolled: both ask when they do.
            Ended::Shut => patience.longest,
        };
        let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let next = move |device: &mut chaski_device::Device| {
            let at = device.now().plus_millis(millis);
            device.set_standing(|standing| standing.next_attempt = Some(at));
        };
        // A step that breaks off ends nothing: the next attempt may do better.
        let _ = with(&device, next).await;
        let _ = events.send(LinkEvent::Sync);
        tokio::select! {
            () = asked.notified() => wish = Wish::Asked,
            () = tokio::time::sleep(pause) => wish = Wish::ByItself,
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// How an attempt ended, as far as the next one is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    /// It was cut, and entries came or went before that.
    Moving,
    Badly,
    Shut,
}

async fn attempt(device: &SharedDevice, wish: Wish, events: &broadcast::Sender<LinkEvent>) -> Ended {
    let begin = |device: &mut chaski_device::Device| {
        let now = device.now();
        device.set_standing(|standing| {
            standing.last_attempt = Some(now);
            standing.progress = None;
        });
    };
    if with(device, begin).await.is_err() {
        return Ended::Badly;
    }
    // Nobody may be listening, which is no fault.
    let outcome = exchange(device, wish, |event| drop(events.send(event))).await;
    let (state, code, ended) = match &outcome {
        Ok(summary) => match problem(&summary.outcome) {
            None => (SyncState::Idle, None, Ended::Well),
            Some(code) if summary.outcome == Outcome::Interrupted => {
                let moved = summary.new > 0 || summary.progress.sent.entries > 0;
                (SyncState::Offline, Some(code), if moved { Ended::Moving } else { Ended::Badly })
            }
            Some(code) => (SyncState::Refused, Some(code), Ended::Badly),
        },
        Err(LinkError::Device(error)) if matches!(error.code(), "locked" | "not_enrolled" | "unconfirmed") => {
            (SyncState::Idle, None, Ended::Shut)
        }
        Err(error) if error.is_offline() => (SyncState::Offline, Some(error.code()), Ended::Badly),
        Err(error) => (SyncState::Refused, Some(error.code()), Ended::Badly),
    };
    let offline = outcome.is_err() && ended == Ended::Badly;
    let standing = move |device: &mut chaski_device::Device| {
        device.set_standing(|standing| {
            standing.state = Some(state);
            standing.progress = None;
            standing.problem = code;
        });
        match code {
            Some(code) if offline => device.note_offline(code),
            Some(_) | None => Ok(()),
        }
    };
    match with(device, standing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(code = error.code(), "what happened could not be noted"),
        Err(_) => return Ended::Badly,
    }
    ended
}

#[cfg(test)]
mod tests {
    use chaski_device::{Device, System};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_step_that_panics_does_not_end_the_link() {
        let folder = tempfile::tempdir().unwrap();
        let around = Arc::new(System::new(folder.path().join("device-secret")));
        let device = Device::open(folder.path(), around).unwrap().share();
        let soon = Duration::from_millis(1);
        let link = Link::start(device.clone(), Patience { content: soon, first: soon, longest: soon });
        for _ in 0..3 {
            let broken: Result<(), LinkError> = with(&device, |_| panic!("this panic is part of the test")).await;
            assert_eq!(broken.unwrap_err().code(), "internal");
            // Each attempt tells how it ended; the one that met the panic may have told before.
            let mut events = link.events();
            for _ in 0..4 {
                let told =
                    tokio::time::timeout(Duration::from_secs(60), events.recv()).await.expect("the link goes on");
                assert!(!matches!(told, Err(broadcast::error::RecvError::Closed)));
            }
        }
        let standing = with(&device, |device| {
            let mut seen = None;
            device.set_standing(|standing| seen = Some(*standing));
            seen
        });
        assert!(standing.await.unwrap().is_some_and(|standing| standing.last_attempt.is_some()));
        link.stop().await;
    }

    #[tokio::test]
    async fn a_device_that_is_shut_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let around = Arc::new(System::new(folder.path().join("device-secret")));
        let device = Device::open(folder.path(), around).unwrap().share();
        assert!(attempt(&device, Wish::ByItself, &broadcast::channel(1).0).await == Ended::Shut);
    }
}
