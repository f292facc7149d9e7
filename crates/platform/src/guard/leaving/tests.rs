use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use futures_util::stream;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;
use tonic::transport::Endpoint;
use tower::ServiceExt;

use super::super::tests::{Holds, Until};
use super::super::{PIECE, layer};
use super::*;
use crate::serve::{bind, serve};
use crate::shutdown::Shutdown;

fn connection() -> (Leaving<tokio::io::DuplexStream>, tokio::io::DuplexStream, Outgoing) {
    let (here, there) = tokio::io::duplex(64 * 1024);
    let outgoing = Outgoing::default();
    (Leaving::new(here, outgoing.clone()), there, outgoing)
}

fn long() -> Bytes {
    vec![7; 2 * SHORT].into()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn what_was_handed_on_leaves_in_time_and_later_for_as_long_as_it_holds() {
    for (until, holds_on, leaves) in
        [(soon(), false, true), (Instant::now(), true, true), (Instant::now(), false, false)]
    {
        let (mut connection, mut there, outgoing) = connection();
        let holds = Holds::new();
        let piece = outgoing.take(long(), holds.leave(until));
        if !holds_on {
            holds.end();
        }
        let written = connection.write_all(&piece).await;
        assert_eq!(written.is_ok(), leaves, "{until:?} {holds_on}");
        drop(connection);
        let mut came = Vec::new();
        there.read_to_end(&mut came).await.expect("the end");
        assert_eq!(came.len(), if leaves { piece.len() } else { 0 });
    }
}

#[tokio::test]
async fn a_part_of_what_may_not_leave_and_a_copy_of_something_short_do_not() {
    let holds = Holds::new();
    let (mut connection, _there, outgoing) = connection();
    let long = outgoing.take(long(), holds.leave(Instant::now()));
    let short = outgoing.take(Bytes::from_static(b"one row"), holds.leave(Instant::now()));
    holds.end();
    connection.write_all(&long[SHORT..]).await.expect_err("a part");
    let copied = [b"head ".as_slice(), &short, b" and more"].concat();
    drop(short);
    connection
        .write_all(&copied)
        .await
        .expect_err("a copy, though the connection let go of the piece itself");
    connection
        .write_vectored(&[io::IoSlice::new(b"head"), io::IoSlice::new(&long)])
        .await
        .expect_err("beside others");
}

#[tokio::test]
async fn what_waits_for_its_reader_or_was_let_go_of_breaks_nothing() {
    let holds = Holds::new();
    let (mut connection, _there, outgoing) = connection();
    let waits = outgoing.take(long(), holds.leave(Instant::now()));
    drop(outgoing.take(long(), holds.leave(Instant::now())));
    holds.end();
    connection.write_all(b"an answer to somebody else").await.expect("it is written");
    connection.flush().await.expect("it is flushed");
    assert_eq!(outgoing.pieces().len(), 1, "what waits is kept in mind");
    connection.write_all(&waits).await.expect_err("and may not leave");
}

/// What a reader takes of one message at a time, over HTTP/2.
const WINDOW: u32 = 65_535;
/// Messages of an answer.
const MESSAGES: usize = 20;

/// A reader opens an answer and takes nothing of it; when it is cut, the reader takes what comes. Gives how much that is,
/// and what another answer over the same connection was before that.
async fn read_late(until: Instant) -> (usize, usize) {
    let holds = Holds::new();
    let guarded = {
        let holds = holds.clone();
        move || {
            let guard = Until { holds, until };
            async move {
                let messages =
                    stream::iter((0..MESSAGES).map(|_| Ok::<_, axum::Error>(vec![7_u8; 4 * PIECE])));
                let mut answer = http::Response::new(Body::from_stream(messages));
                guard.guards(&mut answer);
                answer
            }
        }
    };
    let router = Router::new()
        .route("/guarded", post(guarded))
        .route("/other", post(|| async { "other" }))
        .layer(axum::middleware::from_fn(layer));
    let listener = bind("127.0.0.1:0".parse().expect("an address")).await.expect("a listener");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let shutdown = Shutdown::new();
    let served = tokio::spawn(serve(listener, router, shutdown.clone()));
    let endpoint = Endpoint::from_shared(url).expect("a URL").initial_stream_window_size(WINDOW);
    let channel = endpoint.connect().await.expect("a connection");
    let ask = |path: &'static str| {
        let request = http::Request::post(path).body(tonic::body::Body::empty()).expect("a request");
        channel.clone().oneshot(request)
    };
    let answer = ask("/guarded").await.expect("an answer");
    sleep(Duration::from_millis(200)).await;
    holds.end();
    let other = ask("/other").await.expect("an answer").into_body().collect().await;
    let other = other.expect("it is whole").to_bytes().len();
    let (mut body, mut read) = (answer.into_body(), 0);
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
    shutdown.tell();
    drop((channel, body));
    served.await.expect("it ends").expect("well");
    (read, other)
}

#[tokio::test]
async fn a_reader_that_took_nothing_gets_no_more_than_was_on_its_way() {
    let window = usize::try_from(WINDOW).expect("a size");
    // What was handed on may leave still: the rest of a piece, and one that waits for its turn.
    let (read, other) = read_late(soon()).await;
    assert!(read >= window && read <= window + 2 * PIECE, "{read}");
    assert_eq!(other, 5);
    // It may not: nothing more leaves, and who shares the connection is served until it would.
    let (read, other) = read_late(Instant::now()).await;
    assert!(read >= window && read < window + 256, "but for the end of a piece that is copied: {read}");
    assert_eq!(other, 5);
}
