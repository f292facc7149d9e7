//! Telling listeners at once that an agreement ended.
//!
//! One task looks in the database several times a second, and at once after a revoke in this
//! process, so that a revoke through another process is seen too. A sign of life follows only from
//! having looked: a listener never relies on a service that cannot see what others revoked.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use platform::clock::Clock;
use platform::shutdown::Shutdown;
use tokio::sync::{Notify, broadcast};
use tokio::time::MissedTickBehavior;

use super::Error;
use super::story_withdrawals::ToldWithdrawals;
use super::task::keep_running;
use crate::domain::reason::{About, Explained, Reason};
use crate::store::{self, Ended, Ending, Store, WithdrawnConsent};

/// Listeners hear something every 500 ms, the time that looking takes included.
const PERIOD: Duration = Duration::from_millis(400);
/// Signals that a listener may be behind; one that is further behind is cut.
const BACKLOG: usize = 256;

/// What a listener hears.
#[derive(Clone, Debug)]
pub(crate) enum Signal {
    /// An agreement ended.
    Ended(Ended),
    /// Consent for a story was withdrawn.
    StoryWithdrawn(WithdrawnConsent),
    /// Nothing, but everything was looked at.
    Alive,
}

/// Tells about agreements that end.
#[derive(Clone, Debug)]
pub(crate) struct Revocations {
    store: Store,
    clock: Clock,
    signals: broadcast::Sender<Signal>,
    look: Arc<Notify>,
}

impl Revocations {
    /// Starts looking, until the order to stop.
    pub(crate) fn start(store: Store, clock: Clock, shutdown: Shutdown) -> Self {
        let (signals, _) = broadcast::channel(BACKLOG);
        let revocations = Self { store, clock, signals, look: Arc::new(Notify::new()) };
        let looking = revocations.clone();
        let told = shutdown.clone();
        keep_running("revocations", shutdown, async move {
            tokio::select! {
                () = looking.look_all_the_time() => {}
                () = told.wait() => {}
            }
        });
        revocations
    }

    /// An agreement ended: look now.
    pub(crate) fn look_now(&self) {
        self.look.notify_one();
    }

    /// What ended in the last hour, and then everything that ends.
    pub(crate) async fn watch(&self) -> Result<(Vec<Ended>, broadcast::Receiver<Signal>), Error> {
        // Subscribed first: what ends in between is heard twice rather than never.
        let signals = self.signals.subscribe();
        let endings = self.store.recently_ended(self.clock.now()).await?;
        Ok((self.store.ended(&endings).await?, signals))
    }

    /// The consents for stories that were withdrawn in the last hour.
    pub(crate) async fn recently_withdrawn(&self) -> Result<Vec<WithdrawnConsent>, Error> {
        Ok(self.store.recently_withdrawn(self.clock.now()).await?)
    }

    async fn look_all_the_time(&self) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut told, mut seeing) = (HashSet::new(), true);
        let mut told_stories = ToldWithdrawals::default();
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.look.notified() => {}
            }
            let looked = async {
                let seen = self.look(&told).await?;
                Ok::<_, store::Error>((seen, told_stories.untold(&self.store, self.clock.now()).await?))
            };
            match looked.await {
                Ok(((ended, endings), stories)) => {
                    for withdrawn in stories {
                        self.tell(Signal::StoryWithdrawn(withdrawn));
                    }
                    for new in ended {
                        self.tell(Signal::Ended(new));
                    }
                    told = endings;
                    self.tell(Signal::Alive);
                    seeing = true;
                }
                Err(error) => {
                    if seeing {
                        tracing::error!(%error, "ended agreements cannot be read; listeners hear nothing until they can");
                    }
                    seeing = false;
                }
            }
        }
    }

    /// What ended that was not told yet, and everything that ended in the last hour.
    async fn look(&self, told: &HashSet<Ending>) -> Result<(Vec<Ended>, HashSet<Ending>), store::Error> {
        let endings: HashSet<Ending> =
            self.store.recently_ended(self.clock.now()).await?.into_iter().collect();
        let new: Vec<Ending> = endings.difference(told).copied().collect();
        Ok((self.store.ended(&new).await?, endings))
    }

    fn tell(&self, signal: Signal) {
        // Fails when nobody listens.
        drop(self.signals.send(signal));
    }
}

/// Why an agreement ended, in words.
pub(crate) fn explain(ended: &Ended) -> Explained {
    let reason = match ended.ending.revoked {
        Some(since) => Reason::AgreementRevoked { since },
        None => Reason::AgreementExpired { valid_until: ended.valid_until },
    };
    reason.explain(About { agreement: &ended.ending.id.name(), dataset: "", contact: Some(&ended.contact) })
}
