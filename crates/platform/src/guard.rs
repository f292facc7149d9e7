//! Answers that are held back when what they rest on ends while they are under way. What guards an answer is
//! asked for each piece of it that is handed to a connection, and again for what is late in leaving that.

mod leaving;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use tokio::time::Instant;
use tonic::Status;

pub(crate) use leaving::{Leaving, Outgoing};

/// Most bytes that are handed on at once, so that no more waits where nobody asks: a frame of HTTP/2.
const PIECE: usize = 16 * 1024;

/// What an answer rests on.
pub trait Guard: Send + Sync {
    /// One more piece is handed on now, the last one of its message or not.
    ///
    /// # Errors
    /// How the answer ends instead, when nothing of it may leave any more.
    fn pass(&self, last: bool) -> Result<Leave, Status>;

    /// Waits until nothing may leave any more; gives how the answer ends.
    fn cut(&self) -> BoxFuture<'static, Status>;
}

/// Until when a piece that was handed on may leave the process.
#[derive(Clone)]
pub struct Leave {
    /// Until then it may, whatever happens meanwhile.
    pub until: Instant,
    /// Later it may while this says so.
    pub holds: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Leave {
    fn is_allowed(&self, now: Instant) -> bool {
        now < self.until || (self.holds)()
    }
}

impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leave").field("until", &self.until).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Guarded(Arc<dyn Guard>);

/// Lets the body of this answer leave only past `guard`. Each frame of data of the body has to be one message.
pub fn guard<T>(response: &mut tonic::Response<T>, guard: impl Guard + 'static) {
    response.extensions_mut().insert(Guarded(Arc::new(guard)));
}

/// The layer: sets the guards that answers ask for.
pub(crate) async fn layer(request: Request, next: middleware::Next) -> Response {
    let outgoing = request.extensions().get::<Outgoing>().cloned();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Guarded>() {
        Some(Guarded(guard)) => response.map(|body| Body::new(Pieces::new(body, guard, outgoing))),
        None => response,
    }
}

/// A body that is handed on in pieces, past its guard. What is held back ends with trailers that say why.
struct Pieces {
    /// None once it has ended.
    open: Option<Open>,
}

/// What a body says next.
type Next = Option<Result<Frame<Bytes>, axum::Error>>;

struct Open {
    body: Body,
    guard: Arc<dyn Guard>,
    cut: BoxFuture<'static, Status>,
    /// The connection that it is handed to, where that is known.
    outgoing: Option<Outgoing>,
    /// What of a frame was not handed on yet.
    rest: Bytes,
}

impl Pieces {
    fn new(body: Body, guard: Arc<dyn Guard>, outgoing: Option<Outgoing>) -> Self {
        let cut = guard.cut();
        Self { open: Some(Open { body, guard, cut, outgoing, rest: Bytes::new() }) }
    }
}

impl Open {
    /// The next frame; none at the end. An error is how the answer ends instead.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, Status>> {
        if let Poll::Ready(status) = self.cut.as_mut().poll(cx) {
            return Poll::Ready(Err(status));
        }
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Ok(Some(Ok(trailers)))),
                },
                end => return Poll::Ready(Ok(end)),
            }
        }
        let piece = self.rest.split_to(PIECE.min(self.rest.len()));
        let leave = self.guard.pass(self.rest.is_empty())?;
        let piece = match &self.outgoing {
            Some(outgoing) => outgoing.take(piece, leave),
            None => piece,
        };
        Poll::Ready(Ok(Some(Ok(Frame::data(piece)))))
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Next> {
        let Some(open) = &mut self.open else {
            return Poll::Ready(None);
        };
        let frame = match ready!(open.poll_piece(cx)) {
            Ok(frame) => frame,
            Err(status) => {
                let mut trailers = HeaderMap::new();
                // A status of ours always fits into headers.
                drop(status.add_header(&mut trailers));
                Some(Ok(Frame::trailers(trailers)))
            }
        };
        // What it holds is let go of at its end, however long its reader keeps it.
        if !matches!(&frame, Some(Ok(frame)) if frame.is_data()) {
            self.open = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.open.is_none()
    }
}

#[cfg(test)]
mod tests;
