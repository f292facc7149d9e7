//! Bodies that break off or stop coming. An HTTP/2 caller that gives up resets its stream (CANCEL), and tonic shows
//! that to a service as the end of the messages: half a file would look whole.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::Version;
use http_body::{Body as _, Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::Sleep;

/// How long a call may go on after its caller has left, to hear that the body broke off.
const LINGER: Duration = Duration::from_secs(5);

/// The body came whole.
const WHOLE: u8 = 1;
/// Nothing came of it for too long.
const STALLED: u8 = 2;

/// Whether a body came to its good end; 0 while it may still.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended(Arc<AtomicU8>);

impl Ended {
    /// It did.
    pub(crate) fn tell(&self) {
        self.0.store(WHOLE, Ordering::Release);
    }

    fn told(&self) -> bool {
        self.0.load(Ordering::Acquire) == WHOLE
    }

    /// Whether nothing came of it for too long.
    pub(crate) fn stalled(&self) -> bool {
        self.0.load(Ordering::Acquire) == STALLED
    }
}

/// The request with a body that fails when it breaks off or when nothing comes for `patience`,
/// and with its `Ended` among the extensions.
pub(crate) fn checked(request: Request, patience: Duration) -> Request {
    let (mut head, body) = request.into_parts();
    let ended = Ended::default();
    if body.is_end_stream() {
        ended.tell();
    }
    head.extensions.insert(ended.clone());
    let resets = head.version == Version::HTTP_2;
    let body = Checked { body, resets, ended, failed: false, patience, pause: None };
    Request::from_parts(head, Body::new(body))
}

struct Checked {
    body: Body,
    /// Whether the caller can reset the stream; over HTTP/1 a body that breaks off is an error.
    resets: bool,
    ended: Ended,
    failed: bool,
    patience: Duration,
    /// Runs while nothing comes.
    pause: Option<Pin<Box<Sleep>>>,
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
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            let patience = self.patience;
            let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
            ready!(pause.as_mut().poll(cx));
            self.failed = true;
            self.ended.0.store(STALLED, Ordering::Release);
            return Poll::Ready(Some(Err(failure("nothing came for too long"))));
        };
        self.pause = None;
        let at_end = self.body.is_end_stream();
        // A stream that is reset without an error ends too, and is no more whole.
        let cut_short = frame.is_none() && self.resets && !at_end;
        if cut_short || matches!(frame, Some(Err(_))) {
            self.failed = true;
            // Not the error itself: what stands for a reset in it would be taken for an end again.
            return Poll::Ready(Some(Err(failure("the caller gave up"))));
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

fn failure(why: &'static str) -> axum::Error {
    axum::Error::new(std::io::Error::other(why))
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;

    const PATIENCE: Duration = Duration::from_millis(200);

    fn piece() -> Result<Bytes, std::io::Error> {
        Ok(Bytes::from_static(b"x"))
    }

    #[tokio::test]
    async fn a_body_of_which_nothing_comes_fails() {
        let body = Body::from_stream(stream::iter([piece()]).chain(stream::pending()));
        let request = checked(Request::new(body), PATIENCE);
        let ended: Ended = request.extensions().get().cloned().expect("an end");
        let read = tokio::time::timeout(10 * PATIENCE, request.into_body().collect()).await.expect("an end");
        read.expect_err("it is not whole");
        assert!(ended.stalled() && !ended.told());
    }

    #[tokio::test]
    async fn a_slow_body_is_read_to_its_end() {
        let pieces = stream::iter(0..6).then(|_| async {
            tokio::time::sleep(PATIENCE / 4).await;
            piece()
        });
        let request = checked(Request::new(Body::from_stream(pieces)), PATIENCE);
        let ended: Ended = request.extensions().get().cloned().expect("an end");
        let read = request.into_body().collect().await.expect("all of it");
        assert_eq!(read.to_bytes().len(), 6);
        assert!(ended.told());
    }
}
