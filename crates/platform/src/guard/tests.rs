use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use tokio::sync::Notify;
use tonic::Code;

use super::*;

/// Lets pass what `passes` says, one after the other; what it is asked is kept.
#[derive(Clone, Default)]
pub(super) struct Scripted {
    passes: Arc<Mutex<VecDeque<bool>>>,
    asked: Arc<Mutex<Vec<bool>>>,
    cut: Arc<Notify>,
}

impl Scripted {
    fn letting(passes: impl IntoIterator<Item = bool>) -> Self {
        Self { passes: Arc::new(Mutex::new(passes.into_iter().collect())), ..Self::default() }
    }

    fn asked(&self) -> Vec<bool> {
        self.asked.lock().expect("what was asked").clone()
    }
}

fn revoked() -> Status {
    Status::permission_denied("revoked")
}

impl Guard for Scripted {
    fn pass(&self, last: bool) -> Result<Leave, Status> {
        self.asked.lock().expect("what was asked").push(last);
        let passes = self.passes.lock().expect("the script").pop_front();
        let leave = Leave { until: Instant::now(), holds: Arc::new(|| true) };
        if passes.unwrap_or(true) { Ok(leave) } else { Err(revoked()) }
    }

    fn cut(&self) -> BoxFuture<'static, Status> {
        let cut = Arc::clone(&self.cut);
        Box::pin(async move {
            cut.notified().await;
            revoked()
        })
    }
}

fn pieces(body: Body, guard: &Scripted) -> Pieces {
    Pieces::new(body, Arc::new(guard.clone()), None)
}

fn code(frame: &Frame<Bytes>) -> Option<Code> {
    Status::from_header_map(frame.trailers_ref()?).map(|status| status.code())
}

/// Frames of data by length, and the code at the end.
async fn read(mut body: Pieces) -> (Vec<usize>, Option<Code>) {
    let (mut lengths, mut end) = (Vec::new(), None);
    while let Some(frame) = body.frame().await {
        let frame = frame.expect("a frame");
        end = code(&frame).or(end);
        lengths.extend(frame.data_ref().map(Bytes::len));
    }
    (lengths, end)
}

#[tokio::test]
async fn a_message_is_handed_on_in_pieces_and_each_of_them_is_asked_for() {
    let messages = [2 * PIECE + 5, 0, PIECE, 1].map(|length| Ok::<_, axum::Error>(vec![7; length]));
    let guard = Scripted::default();
    let (lengths, end) = read(pieces(Body::from_stream(stream::iter(messages)), &guard)).await;
    assert_eq!((lengths.as_slice(), end), ([PIECE, PIECE, 5, PIECE, 1].as_slice(), None));
    assert_eq!(guard.asked(), [false, false, true, true, true]);
}

#[tokio::test]
async fn what_is_cut_halfway_ends_with_its_status_and_without_the_rest() {
    for passed in 0..3 {
        let guard = Scripted::letting((0..=passed).map(|piece| piece < passed));
        let mut body = pieces(Body::from(vec![7; 3 * PIECE]), &guard);
        for _ in 0..passed {
            assert!(body.frame().await.expect("a frame").expect("well").is_data());
        }
        assert!(!http_body::Body::is_end_stream(&body));
        let end = body.frame().await.expect("a frame").expect("well");
        assert_eq!(code(&end), Some(Code::PermissionDenied));
        assert!(http_body::Body::is_end_stream(&body));
        assert!(body.frame().await.is_none());
    }
}

#[tokio::test]
async fn an_answer_that_waits_is_cut_and_lets_go_of_what_it_holds() {
    let held = Arc::new(());
    let weak = Arc::downgrade(&held);
    let waiting = stream::pending::<Result<Bytes, axum::Error>>().map(move |item| {
        let _held = &held;
        item
    });
    let guard = Scripted::default();
    let mut body = pieces(Body::from_stream(waiting), &guard);
    let cut = Arc::clone(&guard.cut);
    let later = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        cut.notify_one();
    });
    let end = body.frame().await.expect("a frame").expect("well");
    assert_eq!(code(&end), Some(Code::PermissionDenied));
    assert!(weak.upgrade().is_none());
    later.await.expect("it was cut");
}

#[tokio::test]
async fn only_the_body_of_an_answer_that_asks_for_it_is_guarded() {
    for asks in [false, true] {
        let guard = Scripted::letting([false]);
        let answer = move || async move {
            let mut answer = tonic::Response::new(Body::from("rows"));
            if asks {
                super::guard(&mut answer, guard);
            }
            let (_, body, extensions) = answer.into_parts();
            let mut answer = Response::new(body);
            *answer.extensions_mut() = extensions;
            answer
        };
        let router = axum::Router::new()
            .route("/", axum::routing::get(answer))
            .layer(axum::middleware::from_fn(layer));
        let answer =
            tower::ServiceExt::oneshot(router, Request::new(Body::empty())).await.expect("an answer");
        let rows = answer.into_body().collect().await.expect("its body").to_bytes();
        assert_eq!(rows.as_ref(), if asks { b"".as_slice() } else { b"rows" });
    }
}

/// Whether a late piece may leave.
#[derive(Clone)]
pub(super) struct Holds(Arc<AtomicBool>);

impl Holds {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(super) fn end(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    pub(super) fn leave(&self, until: Instant) -> Leave {
        let holds = Arc::clone(&self.0);
        Leave { until, holds: Arc::new(move || holds.load(Ordering::SeqCst)) }
    }
}

/// Lets everything pass while that holds.
pub(super) struct Until {
    pub(super) holds: Holds,
    pub(super) until: Instant,
}

impl Until {
    pub(super) fn guards(self, answer: &mut Response) {
        answer.extensions_mut().insert(Guarded(Arc::new(self)));
    }
}

impl Guard for Until {
    fn pass(&self, _: bool) -> Result<Leave, Status> {
        if self.holds.0.load(Ordering::SeqCst) { Ok(self.holds.leave(self.until)) } else { Err(revoked()) }
    }

    fn cut(&self) -> BoxFuture<'static, Status> {
        Box::pin(std::future::pending())
    }
}
