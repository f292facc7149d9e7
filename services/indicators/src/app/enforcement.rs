//! Listens for agreements that end, for all open streams of this process. A listener that has heard
//! nothing for too long cuts by itself.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use platform::clock::Clock;
use platform::shutdown::Shutdown;
use time::OffsetDateTime;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::decision::{DecisionPoint, Heard};
use crate::domain::permit::Reason;

/// Shortest and longest wait before the connection is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// Agreements that may end before a stream looks; a stream that missed some asks again.
const BACKLOG: usize = 256;
/// The end of an agreement by the clock is looked at this often at least, as clocks are set.
const TICK: Duration = Duration::from_millis(500);

/// When the decision point was heard last, and over which connection.
#[derive(Clone, Copy, Debug)]
struct LastHeard {
    at: Instant,
    /// Changes when a new connection is heard: what ended before that may have been missed.
    connection: u64,
}

#[derive(Clone, Debug)]
struct Ended {
    agreement: String,
    reason: Box<Reason>,
}

/// What all open streams of this process listen to.
#[derive(Clone, Debug)]
pub(crate) struct Enforcement {
    heard: watch::Receiver<LastHeard>,
    ended: broadcast::Sender<Ended>,
    limit: Duration,
}

/// Why a stream cannot just go on.
#[derive(Debug)]
pub(crate) enum Cut {
    /// The agreement ended.
    Ended(Box<Reason>),
    /// The agreement ended by the clock.
    Expired,
    /// The decision point has been silent for too long.
    Silent,
    /// Something may have been missed: it has to be asked whether the agreement still holds.
    AskAgain,
}

/// Watches over one stream under one agreement.
#[derive(Debug)]
pub(crate) struct Guard {
    agreement: String,
    heard: watch::Receiver<LastHeard>,
    connection: u64,
    ended: broadcast::Receiver<Ended>,
    limit: Duration,
    clock: Clock,
}

impl Enforcement {
    /// Starts listening, until the order to stop.
    pub(crate) fn start(
        decisions: Arc<dyn DecisionPoint>,
        point: String,
        limit: Duration,
        shutdown: Shutdown,
    ) -> Self {
        let (heard, last_heard) = watch::channel(LastHeard { at: Instant::now(), connection: 0 });
        let (ended, _) = broadcast::channel(BACKLOG);
        let listener = Listener { decisions, point, limit, heard, ended: ended.clone() };
        tokio::spawn(async move {
            tokio::select! {
                // First: where everything stops together, the end of what is listened to is no news.
                biased;
                () = shutdown.wait() => {}
                () = listener.run() => {}
            }
        });
        Self { heard: last_heard, ended, limit }
    }

    /// Watches over a stream under `agreement`. To be called before the decision is asked for, so
    /// that nothing falls between the two.
    pub(crate) fn guard(&self, agreement: &str, clock: &Clock) -> Guard {
        Guard {
            agreement: agreement.to_owned(),
            heard: self.heard.clone(),
            connection: self.heard.borrow().connection,
            ended: self.ended.subscribe(),
            limit: self.limit,
            clock: clock.clone(),
        }
    }
}

struct Listener {
    decisions: Arc<dyn DecisionPoint>,
    point: String,
    limit: Duration,
    heard: watch::Sender<LastHeard>,
    ended: broadcast::Sender<Ended>,
}

impl Listener {
    async fn run(self) {
        let (shortest, longest) = BACKOFF;
        let mut wait = shortest;
        loop {
            if self.listen().await {
                wait = shortest;
            }
            sleep(wait).await;
            wait = wait.saturating_mul(2).min(longest);
        }
    }

    /// Listens until the connection is lost or silent. Tells whether anything was heard.
    async fn listen(&self) -> bool {
        let opened = timeout(self.limit, self.decisions.listen(&self.point)).await;
        let mut listening = match opened {
            Ok(Ok(listening)) => listening,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot listen for agreements that end");
                return false;
            }
            Err(_) => {
                tracing::warn!("cannot listen for agreements that end: no answer in time");
                return false;
            }
        };
        let mut first = true;
        loop {
            match timeout(self.limit, listening.next()).await {
                Ok(Some(Ok(heard))) => {
                    self.take(heard, first);
                    first = false;
                }
                Ok(Some(Err(error))) => {
                    tracing::warn!(%error, "no longer hearing of agreements that end");
                    return !first;
                }
                Ok(None) | Err(_) => {
                    tracing::warn!("no longer hearing of agreements that end");
                    return !first;
                }
            }
        }
    }

    fn take(&self, heard: Heard, first: bool) {
        // Streams wake for a new connection only, and look at the time themselves.
        self.heard.send_if_modified(|last| {
            last.at = Instant::now();
            last.connection += u64::from(first);
            first
        });
        if let Heard::Ended { agreement, reason } = heard {
            // Without open streams nobody receives it.
            drop(self.ended.send(Ended { agreement, reason }));
        }
    }
}

impl Guard {
    /// Why the stream cannot go on now, if so.
    pub(crate) fn cut_now(&mut self, expires: OffsetDateTime) -> Option<Cut> {
        loop {
            match self.ended.try_recv() {
                Ok(ended) if ended.agreement == self.agreement => return Some(Cut::Ended(ended.reason)),
                Ok(_) => {}
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Lagged(_)) => return Some(Cut::AskAgain),
                Err(TryRecvError::Closed) => return Some(Cut::Silent),
            }
        }
        let last = *self.heard.borrow_and_update();
        if last.at.elapsed() >= self.limit {
            return Some(Cut::Silent);
        }
        if self.clock.now() >= expires {
            return Some(Cut::Expired);
        }
        if last.connection != self.connection {
            self.connection = last.connection;
            return Some(Cut::AskAgain);
        }
        None
    }

    /// Waits until the stream cannot go on.
    pub(crate) async fn cut(&mut self, expires: OffsetDateTime) -> Cut {
        loop {
            if let Some(cut) = self.cut_now(expires) {
                return cut;
            }
            let silent = self.heard.borrow().at + self.limit;
            let left = Duration::try_from(expires - self.clock.now()).unwrap_or_default();
            let tick = Instant::now() + left.clamp(Duration::from_millis(1), TICK);
            tokio::select! {
                ended = self.ended.recv() => match ended {
                    Ok(ended) if ended.agreement == self.agreement => return Cut::Ended(ended.reason),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Cut::AskAgain,
                    Err(RecvError::Closed) => return Cut::Silent,
                },
                Ok(()) = self.heard.changed() => {}
                () = sleep_until(silent.min(tick)) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::BoxFuture;
    use futures_util::stream;
    use time::macros::datetime;
    use tokio::sync::Mutex;
    use tokio::sync::mpsc;
    use tokio_stream::wrappers::UnboundedReceiverStream;

    use crate::app::decision::{DeliveryRecord, Listening, ReleaseRecord, Unreachable};
    use crate::domain::permit::{Answer, Question};

    const LIMIT: Duration = Duration::from_millis(400);
    const NOON: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
    const LATER: OffsetDateTime = datetime!(2027-11-23 12:00 UTC);

    /// Says what the test puts in; each connection is one channel.
    #[derive(Debug, Default)]
    struct Mouth {
        connections: Mutex<Vec<mpsc::UnboundedReceiver<Heard>>>,
    }

    impl DecisionPoint for Mouth {
        fn decide<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Answer, Unreachable>> {
            Box::pin(async { Err(Unreachable(String::new())) })
        }

        fn record_release(&self, _: ReleaseRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
            Box::pin(async { Ok(()) })
        }

        fn record_delivery(&self, _: DeliveryRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
            Box::pin(async { Ok(()) })
        }

        fn listen<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Listening, Unreachable>> {
            Box::pin(async {
                let mut connections = self.connections.lock().await;
                if connections.is_empty() {
                    return Ok(stream::pending().boxed());
                }
                Ok(UnboundedReceiverStream::new(connections.remove(0)).map(Ok).boxed())
            })
        }
    }

    async fn start(connections: usize) -> (Enforcement, Vec<mpsc::UnboundedSender<Heard>>, Shutdown) {
        let mouth = Mouth::default();
        let mut senders = Vec::new();
        for _ in 0..connections {
            let (sender, receiver) = mpsc::unbounded_channel();
            senders.push(sender);
            mouth.connections.lock().await.push(receiver);
        }
        let shutdown = Shutdown::new();
        let limit = LIMIT;
        let enforcement =
            Enforcement::start(Arc::new(mouth), "indicators/0".to_owned(), limit, shutdown.clone());
        if let Some(first) = senders.first() {
            first.send(Heard::Alive).expect("a listener");
            tokio::task::yield_now().await;
            sleep(Duration::from_millis(20)).await;
        }
        (enforcement, senders, shutdown)
    }

    fn ended(agreement: &str) -> Heard {
        let reason = Reason {
            code: "AGREEMENT_REVOKED".to_owned(),
            message_nl: String::new(),
            message_en: String::new(),
            metadata: Vec::new(),
        };
        Heard::Ended { agreement: agreement.to_owned(), reason: Box::new(reason) }
    }

    #[tokio::test]
    async fn silence_for_longer_than_the_limit_cuts() {
        let (enforcement, senders, _shutdown) = start(1).await;
        let mut guard = enforcement.guard("agreements/a", &Clock::held_at(NOON));
        sleep(LIMIT / 2).await;
        senders[0].send(Heard::Alive).expect("a listener");
        let begin = Instant::now();
        assert!(matches!(guard.cut(LATER).await, Cut::Silent));
        let silent = begin.elapsed();
        assert!(silent >= LIMIT - LIMIT / 10 && silent <= LIMIT * 2, "{silent:?}");
    }

    #[tokio::test]
    async fn the_end_of_its_own_agreement_cuts_at_once() {
        let (enforcement, senders, _shutdown) = start(1).await;
        let mut guard = enforcement.guard("agreements/a", &Clock::held_at(NOON));
        let mut other = enforcement.guard("agreements/b", &Clock::held_at(NOON));
        let begin = Instant::now();
        let say = async {
            sleep(Duration::from_millis(100)).await;
            senders[0].send(ended("agreements/a")).expect("a listener");
        };
        let (cut, ()) = tokio::join!(guard.cut(LATER), say);
        assert!(matches!(cut, Cut::Ended(_)));
        assert!(begin.elapsed() < LIMIT);
        assert!(other.cut_now(LATER).is_none());
    }

    #[tokio::test]
    async fn what_may_have_been_missed_is_asked_again() {
        let (enforcement, mut senders, _shutdown) = start(2).await;
        let mut guard = enforcement.guard("agreements/a", &Clock::held_at(NOON));
        senders[1].send(Heard::Alive).expect("a listener");
        drop(senders.remove(0));
        assert!(matches!(guard.cut(LATER).await, Cut::AskAgain));
        assert!(guard.cut_now(LATER).is_none(), "it was asked");
    }

    #[tokio::test]
    async fn the_clock_ends_an_agreement() {
        let (enforcement, senders, _shutdown) = start(1).await;
        let clock = Clock::held_at(NOON);
        let mut guard = enforcement.guard("agreements/a", &clock);
        let expires = datetime!(2026-11-23 12:01 UTC);
        let pass = async {
            for _ in 0..4 {
                sleep(LIMIT / 2).await;
                senders[0].send(Heard::Alive).expect("a listener");
            }
            clock.advance(Duration::from_secs(60));
            for _ in 0..4 {
                sleep(LIMIT / 2).await;
                senders[0].send(Heard::Alive).expect("a listener");
            }
        };
        let (cut, ()) = tokio::join!(guard.cut(expires), pass);
        assert!(matches!(cut, Cut::Expired));
    }
}
