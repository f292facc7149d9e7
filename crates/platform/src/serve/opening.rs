//! The first bytes of a connection, which say what it speaks. Nothing else watches how long they
//! stay out.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How every HTTP/2 connection begins (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that fails when it has not said in time what it speaks.
#[derive(Debug)]
pub(super) struct Opening {
    stream: TcpStream,
    /// Runs until that is known.
    patience: Option<Pin<Box<Sleep>>>,
    /// How much of the preface came.
    matched: usize,
}

impl Opening {
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience: Some(Box::pin(tokio::time::sleep(patience))), matched: 0 }
    }

    fn look_at(&mut self, bytes: &[u8]) {
        let wanted = PREFACE.get(self.matched..).unwrap_or_default();
        let begins_so = wanted.iter().zip(bytes).all(|(wanted, came)| wanted == came);
        self.matched += bytes.len();
        if !begins_so || self.matched >= PREFACE.len() {
            self.patience = None;
        }
    }
}

impl AsyncRead for Opening {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let Some(patience) = &mut self.patience else {
            return read;
        };
        if read.is_pending() {
            return patience.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        self.look_at(buffer.filled().get(before..).unwrap_or_default());
        read
    }
}

impl AsyncWrite for Opening {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
