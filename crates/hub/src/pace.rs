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

/// A connection on which writing is under a least rate, as reading a body is: a peer that asks and reads nothing, or next to
/// nothing, must not hold a connection for ever. Only the time spent waiting for the peer counts.
#[derive(Debug)]
pub(crate) struct PacedStream<S> {
    inner: S,
    limits: ServeLimits,
    stalled: Option<(Instant, Pin<Box<Sleep>>)>,
    waited: Duration,
    bytes: u64,
}

impl<S> PacedStream<S> {
    pub(crate) fn new(inner: S, limits: ServeLimits) -> Self {
        Self { inner, limits, stalled: None, waited: Duration::ZERO, bytes: 0 }
    }

    fn judge<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            if let Some((since, _)) = self.stalled.take() {
                self.waited += since.elapsed();
            }
            let least = self.waited.as_secs_f64() * f64::from(self.limits.least_bytes_per_second);
            // A count of bytes that a float cannot hold exactly is far above any rate asked for here.
            let too_slow = self.waited > self.limits.stall && (self.bytes as f64) < least;
            return if too_slow { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { polled };
        }
        let stall = self.limits.stall;
        let (_, stalled) = self.stalled.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(stall))));
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
        if let Poll::Ready(Ok(written)) = &polled {
            self.bytes = self.bytes.saturating_add(*written as u64);
        }
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// How a long answer ends for a peer that reads so many bytes a second.
    async fn answered(bytes_per_second: usize) -> io::Result<()> {
        let limits = ServeLimits { least_bytes_per_second: 128, ..ServeLimits::default() };
        let (ours, mut theirs) = duplex(64);
        let reading = tokio::spawn(async move {
            let mut buffer = vec![0; bytes_per_second];
            while theirs.read_exact(&mut buffer).await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let written = PacedStream::new(ours, limits).write_all(&[7; 20_000]).await;
        reading.abort();
        written
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_an_answer_byte_by_byte_is_let_go() {
        assert_eq!(answered(1).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        answered(200).await.unwrap();
    }
}
