//! The listener of a service: it takes connections, gives none of them for ever to who says
//! nothing, and ends in order.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};

use super::opening::Opening;
use crate::guard::{Leaving, Outgoing};
use crate::shutdown::Shutdown;

/// Most connections that are open at once; more wait until one closes.
const MOST_CONNECTIONS: usize = 4096;
/// Most requests under way over one connection: all that a service takes may come from one gateway.
const MOST_STREAMS: u32 = 2048;
/// How long to wait when the machine has no room for one more connection.
const BREATH: Duration = Duration::from_secs(1);

/// How long what may take.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// The first bytes of a connection, and every head of an HTTP/1 request.
    head: Duration,
    /// Between two signs of life over HTTP/2, and how long an answer to one may stay out.
    sign_of_life: Duration,
    /// Requests under way, after the order to stop.
    drain: Duration,
}

const TIMES: Times = Times {
    head: Duration::from_secs(10),
    sign_of_life: Duration::from_secs(20),
    drain: Duration::from_secs(8),
};

/// A listener on `address`; port 0 picks a free one.
///
/// # Errors
/// When the port is taken or not allowed.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves until the order to stop. From then on connections are refused, requests under way may
/// end, and what goes on for longer than 8 s is cut. Every request has the address of the peer
/// among its extensions (`ConnectInfo<SocketAddr>`).
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown) -> io::Result<()> {
    listener.local_addr()?;
    run(listener, router, shutdown, TIMES, MOST_CONNECTIONS).await;
    Ok(())
}

async fn run(listener: TcpListener, router: Router, shutdown: Shutdown, times: Times, most: usize) {
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(most));
    let cut = CancellationToken::new();
    let _cut_at_end = cut.clone().drop_guard();
    loop {
        let (stream, peer, permit) = tokio::select! {
            biased;
            () = shutdown.wait() => break,
            Some(accepted) = accept(&listener, &permits) => accepted,
        };
        let connection =
            Connection { peer, router: router.clone(), times, watcher: graceful.watcher(), permit };
        let cut = cut.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = cut.cancelled() => {}
                () = connection.serve(stream) => {}
            }
        });
    }
    // Closed before anything else, so that newcomers go elsewhere at once.
    drop(listener);
    // What is not done by then is cut.
    drop(tokio::time::timeout(times.drain, graceful.shutdown()).await);
}

/// The next connection, once there is room; nothing when it was lost on the way.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    loop {
        let permit = Arc::clone(permits).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, peer, permit)),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Whether the peer left before it was taken; the listener has nothing.
fn is_of_one_connection(error: &io::Error) -> bool {
    [io::ErrorKind::ConnectionRefused, io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset]
        .contains(&error.kind())
}

/// A connection that was taken.
struct Connection {
    peer: SocketAddr,
    router: Router,
    times: Times,
    watcher: Watcher,
    permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        let Self { peer, router, times, watcher, permit } = self;
        // Small answers wait for nothing; a connection that refuses the option works without.
        drop(stream.set_nodelay(true));
        let outgoing = Outgoing::default();
        let stream = Leaving::new(Opening::new(stream, times.head), outgoing.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            answer(router.clone(), peer, outgoing.clone(), request)
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(times.head);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MOST_STREAMS)
            .keep_alive_interval(times.sign_of_life)
            .keep_alive_timeout(times.sign_of_life);
        let connection =
            builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(error, "a connection broke");
        }
        drop(permit);
    }
}

/// Who is at the other end is known to what limits callers without credentials, and the connection to
/// what guards answers.
async fn answer(
    router: Router,
    peer: SocketAddr,
    outgoing: Outgoing,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(outgoing);
    router.oneshot(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    const SHORT: Times = Times {
        head: Duration::from_millis(300),
        sign_of_life: Duration::from_millis(300),
        drain: Duration::from_millis(600),
    };
    const LONG: Duration = Duration::from_secs(10);

    async fn start(most: usize) -> (SocketAddr, Shutdown, JoinHandle<()>) {
        let listener = bind("127.0.0.1:0".parse().expect("an address")).await.expect("a listener");
        let address = listener.local_addr().expect("its address");
        let shutdown = Shutdown::new();
        let router = Router::new()
            .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
            .route(
                "/slow",
                get(|| async {
                    tokio::time::sleep(SHORT.drain / 2).await;
                    "slow"
                }),
            )
            .route("/endless", get(|| async { tokio::time::sleep(LONG * 10).await }));
        let served = tokio::spawn(run(listener, router, shutdown.clone(), SHORT, most));
        (address, shutdown, served)
    }

    /// What comes back until the connection closes.
    async fn says(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request).await.expect("it is sent");
        let mut text = Vec::new();
        // A reset closes it too.
        drop(tokio::time::timeout(LONG, stream.read_to_end(&mut text)).await.expect("it is closed"));
        String::from_utf8_lossy(&text).into_owned()
    }

    fn asks(path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").into_bytes()
    }

    #[tokio::test]
    async fn a_connection_that_never_finishes_its_head_is_closed() {
        let (address, _shutdown, _served) = start(10).await;
        for beginning in
            ["", "P", "PRI * HTTP/2.0", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\nx-more: and-more"]
        {
            let text = says(address, beginning.as_bytes()).await;
            assert!(!text.contains("200 OK"), "{beginning:?} {text}");
        }
        // Over HTTP/2, one that gives no sign of life.
        says(address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    }

    #[tokio::test]
    async fn a_request_knows_its_peer_and_may_take_longer_than_its_head() {
        let (address, _shutdown, _served) = start(10).await;
        assert!(says(address, &asks("/")).await.contains("127.0.0.1:"));
        assert!(says(address, b"GET /slow HTTP/1.0\r\n\r\n").await.contains("slow"));
    }

    #[tokio::test]
    async fn connections_over_the_most_wait_for_one_to_close() {
        let (address, _shutdown, _served) = start(1).await;
        let first = TcpStream::connect(address).await.expect("a connection");
        let second = tokio::spawn(async move { says(address, &asks("/")).await });
        tokio::time::sleep(SHORT.head / 3).await;
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.expect("an answer").contains("200 OK"));
    }

    #[tokio::test]
    async fn after_the_order_to_stop_requests_end_and_newcomers_are_refused() {
        let (address, shutdown, served) = start(10).await;
        let under_way = tokio::spawn(async move { says(address, &asks("/slow")).await });
        let endless = tokio::spawn(async move { says(address, &asks("/endless")).await });
        tokio::time::sleep(SHORT.drain / 6).await;
        shutdown.tell();
        tokio::time::sleep(SHORT.drain / 6).await;
        TcpStream::connect(address).await.expect_err("refused");
        assert!(under_way.await.expect("an answer").contains("slow"));
        tokio::time::timeout(LONG, served).await.expect("it ends").expect("well");
        assert_eq!(endless.await.expect("cut"), "");
    }
}
