//! Bodies that break off. An HTTP/2 caller that gives up resets its stream (CANCEL), and tonic shows
//! that to a service as the end of the messages: half a file would look whole.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::Version;
use http_body::{Body as _, Frame, SizeHint};
use tokio::runtime::Handle;

/// How long a call may go on after its caller has left, to hear that the body broke off.
const LINGER: Duration = Duration::from_secs(5);

/// Whether a body came to its good end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended(Arc<AtomicBool>);

impl Ended {
    /// It did.
    pub(crate) fn tell(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn told(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The request with a body that fails when it breaks off, and with its `Ended` among the
/// extensions.
pub(crate) fn checked(request: Request) -> Request {
    let (mut head, body) = request.into_parts();
    let ended = Ended::default();
    if body.is_end_stream() {
        ended.tell();
    }
    head.extensions.insert(ended.clone());
    let body = Checked { body, resets: head.version == Version::HTTP_2, ended, failed: false };
    Request::from_parts(head, Body::new(body))
}

struct Checked {
    body: Body,
    /// Whether the caller can reset the stream; over HTTP/1 a body that breaks off is an error.
    resets: bool,
    ended: Ended,
    failed: bool,
}

impl http_body::Body for Checked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let at_end = self.body.is_end_stream();
        // A stream that is reset without an error ends too, and is no more whole.
        let cut_short = frame.is_none() && self.resets && !at_end;
        if cut_short || matches!(frame, Some(Err(_))) {
            self.failed = true;
            // Not the error itself: what stands for a reset in it would be taken for an end again.
            return Poll::Ready(Some(Err(axum::Error::new(std::io::Error::other("the caller gave up")))));
        }
        if frame.is_none() || at_end {
            self.ended.tell();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.failed || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A call that may outlive its caller for a moment: when it is dropped before its body has ended,
/// it goes on until the failure of the body has reached the service. Dropped at once, it would be
/// reset with CANCEL, and the service would take that for the end.
pub(crate) struct Lingering<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    call: Option<Pin<Box<F>>>,
    ended: Ended,
}

impl<F> Lingering<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    /// The call whose body tells `ended`.
    pub(crate) fn new(call: F, ended: Ended) -> Self {
        Self { call: Some(Box::pin(call)), ended }
    }
}

impl<F> Future for Lingering<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(call) = &mut self.call else {
            return Poll::Pending;
        };
        let output = ready!(call.as_mut().poll(cx));
        self.call = None;
        Poll::Ready(output)
    }
}

impl<F> Drop for Lingering<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    fn drop(&mut self) {
        if let Some(call) = self.call.take()
            && !self.ended.told()
            && let Ok(runtime) = Handle::try_current()
        {
            drop(runtime.spawn(tokio::time::timeout(LINGER, call)));
        }
    }
}
