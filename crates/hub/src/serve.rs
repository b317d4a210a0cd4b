//! Listening: our own accept loop, because what a stranger may make a hub hold has to be bounded from the first byte.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::pace::PacedStream;
use crate::routes::{Desk, blocking, router};
use crate::settle::{Left, Retitling};
use crate::strangers::{Acquaintance, Strangers};
use crate::{Hub, HubError, Result, tls};

/// What a peer may make the hub hold, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeLimits {
    /// Connections at once; further ones wait in the system's queue. A stranger's exchange holds half a megabyte at most
    /// (a greeting), so all of them together stay within 128 MiB.
    pub connections: usize,
    /// To show who one is, by a device's signature, a one-time code or the console's token, from the first byte on.
    pub acquaintance: Duration,
    /// Connections at once from one address before that. A tablet has one, for the blink of an eye.
    pub strangers: usize,
    /// To finish the TLS handshake, and again to send a request's headers or to begin the next request.
    pub greeting: Duration,
    /// Between two pieces of a request's body. As long as a link in the field is silent before it is given up.
    pub silence: Duration,
    /// Over a body that takes longer than `silence`, and an answer that takes longer than `stall`: a twentieth of the slowest link we promise to serve.
    pub least_bytes_per_second: u32,
    /// A response that nobody reads.
    pub stall: Duration,
    /// For exchanges to finish when the hub is told to stop.
    pub farewell: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            acquaintance: Duration::from_secs(60),
            strangers: 8,
            greeting: Duration::from_secs(20),
            silence: Duration::from_secs(45),
            least_bytes_per_second: 128,
            stall: Duration::from_secs(60),
            farewell: Duration::from_secs(10),
        }
    }
}

/// The most a request line and its headers may take. An honest tablet sends 200 bytes.
const HEADER_BYTES: usize = 16 * 1024;
/// How often the hub looks for what another process published, and writes down who was here.
const LOOK: Duration = Duration::from_secs(2);
/// A breath between two turns of settling, in which whoever waits for the lock gets it.
const BREATH: Duration = Duration::from_millis(1);

impl Hub {
    /// Serves until `shutdown` comes, then lets exchanges finish and settles what is at hand.
    ///
    /// # Errors
    /// When the hub's certificate or TLS key cannot be used.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<()> {
        self.serve_within(listener, shutdown, ServeLimits::default()).await
    }

    /// The same under other limits.
    ///
    /// # Errors
    /// As [`Self::serve`].
    pub async fn serve_within(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
        limits: ServeLimits,
    ) -> Result<()> {
        let acceptor = TlsAcceptor::from(tls::server(&self.0.folder, &self.certified_tls()?)?);
        let console_token = self.0.folder.console_token()?.into();
        let router = router(Desk { hub: self.clone(), limits, console_token });
        let (stop, stopping) = watch::channel(());
        let settling = tokio::spawn(settle(self.clone(), stopping.clone()));
        let room = Arc::new(Semaphore::new(limits.connections));
        let strangers = Strangers::default();
        let mut connections = JoinSet::new();
        tracing::info!(hub = %self.id(), "serving");
        let accept = async {
            loop {
                let permit = Arc::clone(&room).acquire_owned().await.map_err(|_| HubError::Task)?;
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        let Some(stranger) = strangers.admit(peer.ip(), limits.strangers) else { continue };
                        let acquaintance = Acquaintance::with(stranger);
                        let connection =
                            Connection { limits, acquaintance, stopping: stopping.clone(), _permit: permit };
                        connections.spawn(connection.run(acceptor.clone(), stream, router.clone()));
                    }
                    Err(error) => {
                        // Too many open files, or a peer that went away: neither is a reason to stop.
                        tracing::warn!(%error, "a connection could not be accepted");
                        sleep(Duration::from_millis(100)).await;
                    }
                }
                while connections.try_join_next().is_some() {}
            }
        };
        let outcome: Result<()> = tokio::select! {
            outcome = accept => outcome,
            () = shutdown => Ok(()),
        };
        drop(listener);
        tracing::info!(open = connections.len(), "stopping");
        drop(stop);
        let _ = timeout(limits.farewell, async { while connections.join_next().await.is_some() {} }).await;
        connections.shutdown().await;
        let _ = settling.await;
        tracing::info!("stopped");
        outcome
    }

    /// The hash of the TLS key that the programme's root certified for this hub.
    fn certified_tls(&self) -> Result<[u8; 32]> {
        let holdings = self.holdings();
        let own = holdings.rules.roster.hubs().find(|hub| hub.hub() == self.id()).map(|hub| hub.tls_spki_sha256);
        own.ok_or_else(|| HubError::damaged(self.0.folder.path().join("certificates"), "they do not name this hub"))
    }
}

struct Connection {
    limits: ServeLimits,
    acquaintance: Acquaintance,
    stopping: watch::Receiver<()>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(mut self, acceptor: TlsAcceptor, stream: TcpStream, router: axum::Router) {
        let mut patience = pin!(sleep(self.limits.acquaintance));
        let _ = stream.set_nodelay(true);
        let stream = match timeout(self.limits.greeting, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => PacedStream::new(stream, self.limits),
            Ok(Err(error)) => return tracing::debug!(%error, "no TLS"),
            Err(_) => return tracing::debug!("a TLS handshake took too long"),
        };
        let acquaintance = self.acquaintance.clone();
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(acquaintance.clone());
            router.clone().oneshot(request.map(axum::body::Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.greeting)
            .max_buf_size(HEADER_BYTES)
            .max_headers(32)
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let (mut known, mut stopping) = (false, false);
        let served = loop {
            tokio::select! {
                served = connection.as_mut() => break served,
                () = self.acquaintance.made(), if !known => known = true,
                () = patience.as_mut(), if !known => return tracing::debug!("a stranger took too long"),
                // The channel closes when the hub stops; nothing is ever sent on it.
                _ = self.stopping.changed(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}

/// Brings records up to date whenever entries came, until the hub stops.
async fn settle(hub: Hub, mut stopping: watch::Receiver<()>) {
    let retitling = Arc::new(std::sync::Mutex::new(Retitling::default()));
    loop {
        let mut left = Left::More;
        while left == Left::More {
            let (hub, retitling) = (hub.clone(), Arc::clone(&retitling));
            let turn = blocking(move || {
                let mut retitling = retitling.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                hub.settle_some(&mut retitling)
            });
            left = match turn.await {
                Ok(Ok((left, _))) => left,
                Ok(Err(error)) | Err(error) => {
                    tracing::error!(%error, "records could not be brought up to date");
                    Left::Nothing
                }
            };
            if stopping.has_changed().is_err() {
                break;
            }
            sleep(BREATH).await;
        }
        let writing = hub.clone();
        let written = blocking(move || writing.0.visits.write(&mut writing.holdings().store)).await;
        if let Ok(Err(error)) | Err(error) = written {
            tracing::error!(%error, "who was here could not be written down");
        }
        if stopping.has_changed().is_err() {
            return;
        }
        tokio::select! {
            () = hub.0.unsettled.notified() => {}
            () = sleep(LOOK) => {}
            _ = stopping.changed() => {}
        }
    }
}
