//! Patience with a slow peer, and its end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{BodyDataStream, Bytes};
use futures::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::ServeLimits;

/// How a body came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// All of it was read.
    Whole,
    Cut,
    /// It came more slowly than any link in the field.
    TooSlow,
}

/// A request's body, read under a least rate. Only the time spent waiting for the peer counts.
#[derive(Debug)]
pub(crate) struct PacedBody {
    body: BodyDataStream,
    limits: ServeLimits,
    waited: Duration,
    bytes: u64,
}

impl PacedBody {
    pub(crate) fn new(body: axum::body::Body, limits: ServeLimits) -> Self {
        Self { body: body.into_data_stream(), limits, waited: Duration::ZERO, bytes: 0 }
    }

    pub(crate) async fn next(&mut self) -> Result<Bytes, BodyEnd> {
        let began = Instant::now();
        let piece = timeout(self.limits.silence, self.body.next()).await;
        self.waited += began.elapsed();
        let bytes = match piece {
            Err(_) => return Err(BodyEnd::TooSlow),
            Ok(None) => return Err(BodyEnd::Whole),
            Ok(Some(Err(_))) => return Err(BodyEnd::Cut),
            Ok(Some(Ok(bytes))) => bytes,
        };
        self.bytes += bytes.len() as u64;
        let least = self.waited.as_secs_f64() * f64::from(self.limits.least_bytes_per_second);
        // A count of bytes that a float cannot hold exactly is far above any rate asked for here.
        if self.waited > self.limits.silence && (self.bytes as f64) < least { Err(BodyEnd::TooSlow) } else { Ok(bytes) }
    }

    /// Reads all of it into memory, up to a limit.
    pub(crate) async fn collect(mut self, limit: usize) -> Result<Vec<u8>, Option<BodyEnd>> {
        let mut bytes = Vec::new();
        loop {
            match self.next().await {
                Ok(piece) if bytes.len() + piece.len() > limit => {
                    drop(piece);
                    self.drain().await;
                    return Err(None);
                }
                Ok(piece) => bytes.extend_from_slice(&piece),
                Err(BodyEnd::Whole) => return Ok(bytes),
                Err(end) => return Err(Some(end)),
            }
        }
    }

    /// Reads what is left and throws it away, within bounds: a peer that is still sending when the connection closes
    /// would lose the answer that tells it why.
    pub(crate) async fn drain(&mut self) {
        const BYTES: usize = 1024 * 1024;
        const TIME: Duration = Duration::from_secs(3);
        let mut left = BYTES;
        let read = async {
            while let Some(Ok(piece)) = self.body.next().await {
                left = left.saturating_sub(piece.len());
                if left == 0 {
                    break;
                }
            }
        };
        let _ = timeout(TIME, read).await;
    }
}

/// A connection on which a write that makes no progress for too long is an error: a peer that asks and never reads must not
/// hold a connection for ever.
#[derive(Debug)]
pub(crate) struct PacedStream<S> {
    inner: S,
    stall: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> PacedStream<S> {
    pub(crate) fn new(inner: S, stall: Duration) -> Self {
        Self { inner, stall, stalled: None }
    }

    fn judge<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let stall = self.stall;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(stall)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.judge(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(context);
        self.judge(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_shutdown(context);
        self.judge(context, polled)
    }
}
