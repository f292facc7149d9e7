//! A TCP proxy between two processes that loses what the test wants lost.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loses {
    /// Nothing.
    Nothing,
    /// What the server says.
    FromServer,
    /// What both say.
    Everything,
}

/// Bytes in one direction.
#[derive(Debug, Default)]
struct Bytes {
    passed: AtomicU64,
    lost: AtomicU64,
}

/// A proxy that listens as long as it is there.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    target: Arc<Mutex<SocketAddr>>,
    loses: watch::Sender<Loses>,
    from_server: Arc<Bytes>,
    to_server: Arc<Bytes>,
}

impl Proxy {
    /// A proxy to `target`.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (loses, _) = watch::channel(Loses::Nothing);
        let target = Arc::new(Mutex::new(target));
        let (from_server, to_server) = (Arc::new(Bytes::default()), Arc::new(Bytes::default()));
        let proxy = Self { address, target, loses, from_server, to_server };
        let (target, loses) = (Arc::clone(&proxy.target), proxy.loses.clone());
        let (from_server, to_server) = (Arc::clone(&proxy.from_server), Arc::clone(&proxy.to_server));
        tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { return };
                let target = *target.lock().expect("the target");
                let mode = loses.subscribe();
                let (from_server, to_server) = (Arc::clone(&from_server), Arc::clone(&to_server));
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(target).await else { return };
                    drop((client.set_nodelay(true), server.set_nodelay(true)));
                    let ((client_says, to_client), (server_says, to_it)) =
                        (client.into_split(), server.into_split());
                    let down = |loses: Loses| loses != Loses::Nothing;
                    let up = |loses: Loses| loses == Loses::Everything;
                    // When one direction ends, the other one does.
                    tokio::select! {
                        () = copy(server_says, to_client, mode.clone(), down, &from_server) => {}
                        () = copy(client_says, to_it, mode, up, &to_server) => {}
                    }
                });
            }
        });
        proxy
    }

    /// "http://address".
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where new connections go.
    ///
    /// # Panics
    /// When the lock is poisoned.
    pub fn aim(&self, target: SocketAddr) {
        *self.target.lock().expect("the target") = target;
    }

    /// Loses this from now on. Connections that lost something break when nothing is lost any more.
    pub fn lose(&self, loses: Loses) {
        self.loses.send_replace(loses);
    }

    /// Bytes from the server that passed and that were lost.
    #[must_use]
    pub fn from_server(&self) -> (u64, u64) {
        (self.from_server.passed.load(Ordering::SeqCst), self.from_server.lost.load(Ordering::SeqCst))
    }

    /// Bytes to the server that passed and that were lost.
    #[must_use]
    pub fn to_server(&self) -> (u64, u64) {
        (self.to_server.passed.load(Ordering::SeqCst), self.to_server.lost.load(Ordering::SeqCst))
    }
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Loses>,
    loses: impl Fn(Loses) -> bool,
    bytes: &Bytes,
) {
    let mut buffer = vec![0; 64 * 1024];
    let mut lost = false;
    loop {
        tokio::select! {
            read = from.read(&mut buffer) => {
                let Ok(count @ 1..) = read else { return };
                if loses(*mode.borrow()) {
                    lost = true;
                    bytes.lost.fetch_add(count as u64, Ordering::SeqCst);
                    continue;
                }
                if lost || to.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
                bytes.passed.fetch_add(count as u64, Ordering::SeqCst);
            }
            changed = mode.changed() => {
                if changed.is_err() || (lost && !loses(*mode.borrow())) {
                    return;
                }
            }
        }
    }
}
