//! Counts what passes between a tablet and its hub: bytes of HTTP inside TLS, headers and all, and bytes on the connection.
//!
//! It stands between them with the hub's own TLS key, so that the tablet, which knows the hub by that key, speaks to it as
//! it would to the hub.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use chaski_tests::story::Broken;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What passed since it was last asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// HTTP, from the tablet.
    pub(crate) up: u64,
    /// HTTP, to the tablet.
    pub(crate) down: u64,
    /// Both ways, with TLS and its handshake.
    pub(crate) wire: u64,
    /// From the first byte of HTTP to the last.
    pub(crate) took: Duration,
}

#[derive(Debug, Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
    wire: AtomicU64,
    span: Mutex<Option<(Instant, Instant)>>,
}

#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) url: String,
    counts: Arc<Counts>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Meter {
    /// Stands before the hub at `url`, whose folder is `hub`.
    pub(crate) async fn before(url: &str, hub: &Path) -> Result<Self, Broken> {
        let certificate = CertificateDer::from_pem_file(hub.join("keys/tls.pem"))?;
        let key = PrivateKeyDer::from_pem_file(hub.join("keys/tls.key"))?;
        let provider = Arc::new(crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone())?;
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        // As the hub does.
        server.send_tls13_tickets = 1;
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let own = format!("https://127.0.0.1:{}", listener.local_addr()?.port());
        let counts = Arc::new(Counts::default());
        let passage = Passage {
            acceptor: TlsAcceptor::from(Arc::new(server)),
            connector: TlsConnector::from(Arc::new(client)),
            hub: url.trim_start_matches("https://").to_owned(),
            counts: Arc::clone(&counts),
        };
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let passage = passage.clone();
                // A connection that breaks shows in the exchange that was on it.
                tokio::spawn(async move { passage.carry(stream).await.ok() });
            }
        });
        Ok(Self { url: own, counts, task })
    }

    pub(crate) fn read(&self) -> Reading {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        let span = self.counts.span.lock().unwrap_or_else(PoisonError::into_inner).take();
        Reading {
            up: take(&self.counts.up),
            down: take(&self.counts.down),
            wire: take(&self.counts.wire),
            took: span.map_or(Duration::ZERO, |(first, last)| last - first),
        }
    }
}

#[derive(Clone)]
struct Passage {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    hub: String,
    counts: Arc<Counts>,
}

impl Passage {
    async fn carry(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let wire = Counted { inner: stream, counts: Arc::clone(&self.counts), layer: Layer::Connection };
        let tablet = self.acceptor.accept(wire).await?;
        let mut tablet = Counted { inner: tablet, counts: Arc::clone(&self.counts), layer: Layer::Http };
        let hub = TcpStream::connect(&self.hub).await?;
        hub.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let mut hub = self.connector.connect(name, hub).await?;
        copy_bidirectional(&mut tablet, &mut hub).await.map(drop)
    }
}

#[derive(Debug, Clone, Copy)]
enum Layer {
    Connection,
    Http,
}

/// A stream of the tablet: what is read from it goes up, what is written to it goes down.
#[derive(Debug)]
struct Counted<S> {
    inner: S,
    counts: Arc<Counts>,
    layer: Layer,
}

impl<S> Counted<S> {
    fn count(&self, http: &AtomicU64, bytes: usize) {
        if bytes == 0 {
            return;
        }
        match self.layer {
            Layer::Connection => self.counts.wire.fetch_add(bytes as u64, Ordering::Relaxed),
            Layer::Http => {
                let now = Instant::now();
                let mut span = self.counts.span.lock().unwrap_or_else(PoisonError::into_inner);
                *span = Some((span.map_or(now, |(first, _)| first), now));
                http.fetch_add(bytes as u64, Ordering::Relaxed)
            }
        };
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buffer);
        self.count(&self.counts.up, buffer.filled().len() - before);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = &polled {
            self.count(&self.counts.down, *written);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
