//! This process as an enforcement point: it listens for agreements that stop, shuts the gates under
//! them, confirms that nothing flows any more, and is never sure for longer than its limit.

mod outbox;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use platform::clock::Clock;
use platform::shutdown::Shutdown;
use platform::task::keep_running;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::outbox::{Lost, Outbox};
use super::decision::{DecisionPoint, EnforcementPoint, Heard, Said, Unreachable};
use super::gates::{Enforced, Gate};

/// Shortest and longest wait before the connection is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// Which streams are open is said this often at most.
const TELL_OPEN: Duration = Duration::from_millis(500);
/// How long is waited for streams to let go of gates that are shut, before a stop is confirmed.
const RELEASE: Duration = Duration::from_millis(250);
/// Stops whose count of streams is remembered, for a decision point that asks again.
const REMEMBERED: usize = 10_000;

/// The gates of this process, and the task that shuts them.
#[derive(Clone, Debug)]
pub(crate) struct Enforcement {
    enforced: Arc<Enforced>,
}

impl Enforcement {
    /// Starts listening, until the order to stop.
    pub(crate) fn start(
        decisions: Arc<dyn DecisionPoint>,
        point: EnforcementPoint,
        shutdown: Shutdown,
    ) -> Self {
        let enforced = Enforced::new(point.limit);
        let mut listener =
            Listener { decisions, point, enforced: Arc::clone(&enforced), number: 0, cut: BTreeMap::new() };
        let told = shutdown.clone();
        keep_running("enforcement", shutdown, async move {
            tokio::select! {
                // First: where everything stops together, the end of what is listened to is no news.
                biased;
                () = told.wait() => {}
                () = listener.run() => {}
            }
        });
        Self { enforced }
    }

    /// Opens a gate for a stream of a recipient under an agreement, or for one answer to it, before
    /// the permit is asked for.
    pub(crate) async fn gate(
        &self,
        agreement: &str,
        recipient: &str,
        stream: bool,
        clock: &Clock,
    ) -> Result<Gate, Unreachable> {
        self.enforced.gate(agreement, recipient, stream, clock).await
    }
}

struct Listener {
    decisions: Arc<dyn DecisionPoint>,
    point: EnforcementPoint,
    enforced: Arc<Enforced>,
    /// The last sign of life that was sent.
    number: i64,
    /// How many streams each stop cut.
    cut: BTreeMap<i64, u64>,
}

impl Listener {
    async fn run(&mut self) {
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
    async fn listen(&mut self) -> bool {
        // What was sent over another connection is not answered over this one.
        let (mut outbox, says) = Outbox::new();
        let (confirm, mut confirmations) = mpsc::unbounded_channel();
        if self.say_alive(&mut outbox).is_err() {
            return false;
        }
        let opened = timeout(self.point.limit, self.decisions.listen(&self.point, says)).await;
        let mut listening = match opened {
            Ok(Ok(listening)) => listening,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot listen for agreements that stop");
                return false;
            }
            Err(_) => {
                tracing::warn!("cannot listen for agreements that stop: no answer in time");
                return false;
            }
        };
        let enforced = Arc::clone(&self.enforced);
        let (mut told, mut changed, mut tell_at) = (BTreeMap::new(), true, Instant::now());
        let mut silent_at = Instant::now() + self.point.limit;
        let mut any = false;
        loop {
            tokio::select! {
                heard = listening.next() => match heard {
                    Some(Ok(heard)) => {
                        any = true;
                        match self.take(heard, &mut outbox, &confirm) {
                            Ok(true) => silent_at = Instant::now() + self.point.limit,
                            Ok(false) => {}
                            Err(Lost) => {
                                tracing::warn!("the decision point takes no messages any more");
                                return any;
                            }
                        }
                    }
                    Some(Err(error)) => {
                        tracing::warn!(%error, "no longer hearing of agreements that stop");
                        return any;
                    }
                    None => {
                        tracing::warn!("no longer hearing of agreements that stop");
                        return any;
                    }
                },
                () = sleep_until(silent_at) => {
                    tracing::warn!("no longer hearing of agreements that stop: silence");
                    return any;
                }
                Some(confirmation) = confirmations.recv() => if outbox.confirm(confirmation).is_err() {
                    return any;
                },
                () = enforced.changed.notified(), if !changed => changed = true,
                () = sleep_until(tell_at), if changed => {
                    changed = false;
                    let open = enforced.open_streams();
                    if open != told {
                        if outbox.open(open.clone()).is_err() {
                            return any;
                        }
                        told = open;
                    }
                    tell_at = Instant::now() + TELL_OPEN;
                }
            }
        }
    }

    fn say_alive(&mut self, outbox: &mut Outbox) -> Result<(), Lost> {
        self.number += 1;
        outbox.alive(self.number)
    }

    /// Tells whether something new was heard; a sign of life that answers nothing is not. What is to be
    /// confirmed goes to `confirm` once the gates are let go.
    fn take(
        &mut self,
        heard: Heard,
        outbox: &mut Outbox,
        confirm: &mpsc::UnboundedSender<Said>,
    ) -> Result<bool, Lost> {
        match heard {
            Heard::Alive(answered) => {
                let newest = outbox.answered(answered)?;
                if let Some(asked) = newest {
                    self.enforced.prolong(asked);
                }
                self.say_alive(outbox)?;
                Ok(newest.is_some())
            }
            Heard::AllEnded(reason) => {
                self.enforced.shut_all(&reason);
                Ok(true)
            }
            Heard::Ended { agreement, reason, stop } => {
                let shut = self.enforced.shut(&agreement, stop, &reason);
                let Some(stop) = stop else { return Ok(true) };
                let count = self.cut.entry(stop).or_default();
                *count += shut.streams;
                let streams_cut = *count;
                if self.cut.len() > REMEMBERED {
                    self.cut.pop_first();
                }
                let confirm = confirm.clone();
                tokio::spawn(async move {
                    shut.released(RELEASE).await;
                    // Over another connection it is told again, and confirmed again.
                    drop(confirm.send(Said::Confirmed { agreement, stop, streams_cut }));
                });
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests;
