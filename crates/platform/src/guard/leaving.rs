//! A connection, and what was handed to it under a guard and has not left the process. That may wait there for long: while
//! its reader takes nothing, or while the process does not run.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::Leave;

/// What one connection was given under a guard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing(Arc<Mutex<Vec<Piece>>>);

/// A shorter piece may be copied by HTTP/2 rather than written from where it is.
const SHORT: usize = 1024;

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    /// Gone once the connection has written or copied it, or let go of it.
    waits: Weak<()>,
    leave: Leave,
}

/// The bytes of a piece, as the connection keeps them for as long as they wait.
struct Waiting {
    bytes: Bytes,
    _waits: Arc<()>,
}

impl AsRef<[u8]> for Waiting {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn place(bytes: &[u8]) -> Range<usize> {
    let start = bytes.as_ptr().addr();
    start..start.saturating_add(bytes.len())
}

impl Piece {
    /// Whether it is part of what is written. Others may wait for as long as their readers like.
    fn is_in(&self, written: &[u8]) -> bool {
        let (own, other) = (place(&self.bytes), place(written));
        let itself = other.start < own.end && own.start < other.end;
        let len = self.bytes.len();
        itself || (len < SHORT && written.windows(len.max(1)).any(|part| part == self.bytes))
    }
}

impl Outgoing {
    fn pieces(&self) -> MutexGuard<'_, Vec<Piece>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a piece; what is to be given to the connection comes back.
    pub(super) fn take(&self, bytes: Bytes, leave: Leave) -> Bytes {
        let waits = Arc::new(());
        self.pieces().push(Piece { bytes: bytes.clone(), waits: Arc::downgrade(&waits), leave });
        Bytes::from_owner(Waiting { bytes, _waits: waits })
    }

    /// Whether this may be written now.
    fn check<'a>(&self, written: impl Iterator<Item = &'a [u8]> + Clone) -> io::Result<()> {
        let pieces = self.pieces();
        if pieces.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        let mut late = pieces.iter().filter(|piece| !piece.leave.is_allowed(now));
        if late.any(|piece| written.clone().any(|bytes| piece.is_in(bytes))) {
            tracing::warn!("a connection is dropped: what was handed to it may not leave any more");
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    /// What does not wait any more has left, copies of it too.
    fn flushed(&self) {
        self.pieces().retain(|piece| piece.waits.strong_count() > 0);
    }
}

/// A connection that breaks rather than write what may not leave any more. It cannot be left out: what a connection has
/// begun to say cannot be taken back.
#[derive(Debug)]
pub(crate) struct Leaving<S> {
    stream: S,
    outgoing: Outgoing,
}

impl<S> Leaving<S> {
    pub(crate) fn new(stream: S, outgoing: Outgoing) -> Self {
        Self { stream, outgoing }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Leaving<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Leaving<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.outgoing.check(std::iter::once(bytes))?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed {
            self.outgoing.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.outgoing.check(bytes.iter().map(|slice| &**slice))?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
