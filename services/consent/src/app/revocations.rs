//! Telling enforcement points at once that an agreement stopped.
//!
//! One task looks in the database several times a second, and at once after a stop in this
//! process, so that a stop through another process is seen too. A sign of life follows only from
//! having looked, and answers only what came in before: an enforcement point never relies on a
//! service that cannot see what others stopped, nor on a message that was long under way.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use platform::clock::Clock;
use platform::shutdown::Shutdown;
use platform::task::keep_running;
use time::OffsetDateTime;
use tokio::sync::{Notify, broadcast};
use tokio::time::MissedTickBehavior;

use super::Error;
use super::fitness::Fitness;
use super::points::{Answered, Point, Points};
use super::story_withdrawals::ToldWithdrawals;
use crate::config::Witnesses;
use crate::domain::agreement::State;
use crate::domain::name::AgreementId;
use crate::domain::oversight::Oversight;
use crate::domain::reason::{About, Explained, Reason};
use crate::store::{self, Ended, Store, WithdrawnConsent};

/// How often is looked.
const PERIOD: Duration = Duration::from_millis(250);
/// How much time of a look there is to hold agreements with open streams against the ledger.
const FITNESS: Duration = Duration::from_millis(50);
/// Signals that a listener may be behind; one that is further behind is cut. A look gives two at most, however
/// much there is to tell.
const BACKLOG: usize = 256;

/// What a listener hears.
#[derive(Clone, Debug)]
pub(crate) enum Signal {
    /// Something stopped.
    Stopped(Arc<Stopped>),
    /// Everything was looked at.
    Looked(Arc<Looked>),
}

/// What stopped since the last look, or in the last hour.
#[derive(Debug, Default)]
pub(crate) struct Stopped {
    /// Agreements that stopped or expired; any of them may have, when it cannot be read which.
    pub(crate) ended: Vec<Ended>,
    /// Consents for stories that were withdrawn.
    pub(crate) withdrawn: Vec<WithdrawnConsent>,
}

/// What a look came to.
#[derive(Debug)]
pub(crate) struct Looked {
    /// The agreements with open streams that are not as the ledger has them: nothing is decided under them.
    pub(crate) unfit: Vec<AgreementId>,
    /// How many organisations keep an eye on the ledger, when these are too few: nothing may leave under any
    /// agreement.
    pub(crate) overdue: Option<Oversight>,
    /// What the points said before.
    pub(crate) answered: Answered,
}

/// A point that listens.
#[derive(Debug)]
pub(crate) struct Listening {
    /// The point.
    pub(crate) point: Point,
    /// What stopped in the last hour.
    pub(crate) recent: Stopped,
    /// Everything that follows.
    pub(crate) signals: broadcast::Receiver<Signal>,
}

/// Tells about agreements that stop.
#[derive(Clone, Debug)]
pub(crate) struct Revocations {
    store: Store,
    clock: Clock,
    points: Points,
    witnesses: Witnesses,
    signals: broadcast::Sender<Signal>,
    look: Arc<Notify>,
}

/// What was told already.
#[derive(Debug, Default)]
struct Told {
    /// The last stop.
    stop: Option<i64>,
    /// What expired in the last hour.
    expired: HashSet<AgreementId>,
    /// What was withdrawn in the last hour.
    withdrawals: ToldWithdrawals,
    /// What is not as the ledger has it.
    fitness: Fitness,
}

impl Revocations {
    /// Starts looking, until the order to stop.
    pub(crate) fn start(
        store: Store,
        clock: Clock,
        points: Points,
        witnesses: Witnesses,
        shutdown: Shutdown,
    ) -> Self {
        let (signals, _) = broadcast::channel(BACKLOG);
        let revocations = Self { store, clock, points, witnesses, signals, look: Arc::new(Notify::new()) };
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

    /// An agreement stopped: look now.
    pub(crate) fn look_now(&self) {
        self.look.notify_one();
    }

    /// Registers a point: from here on it has to confirm every stop, and is told of all of them.
    pub(crate) async fn listen(
        &self,
        name: String,
        process: String,
        limit: Duration,
    ) -> Result<Listening, Error> {
        let point = self.points.register(name, process, limit).await?;
        // Subscribed first: what stops in between is heard twice rather than never.
        let signals = self.signals.subscribe();
        let now = self.clock.now();
        let mut ended = self.store.recent_stops(now).await?;
        ended.extend(self.store.expired(&self.store.recently_expired(now).await?).await?);
        let withdrawn = self.store.recently_withdrawn(now).await?;
        Ok(Listening { point, recent: Stopped { ended, withdrawn }, signals })
    }

    /// Everything that follows.
    pub(crate) fn signals(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    async fn look_all_the_time(&self) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut told, mut seeing) = (Told::default(), true);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.look.notified() => {}
            }
            match self.look(&mut told).await {
                Ok(()) => seeing = true,
                Err(error) => {
                    if seeing {
                        tracing::error!(%error, "stopped agreements cannot be read; enforcement points hear nothing until they can");
                    }
                    seeing = false;
                }
            }
        }
    }

    /// Tells what stopped since the last look, and then that nothing was missed.
    async fn look(&self, told: &mut Told) -> Result<(), store::Error> {
        let answered = self.points.heard_so_far().await?;
        let now = self.clock.now();
        let (last, stops) = match told.stop {
            Some(last) => (last, self.store.stops_after(last).await?),
            None => {
                // Read first: a stop that commits after it is seen by the next look.
                let last = self.store.last_stop().await?;
                (last, self.store.recent_stops(now).await?)
            }
        };
        let oversight = self.oversight(now).await?;
        let expired: HashSet<AgreementId> = self.store.recently_expired(now).await?.into_iter().collect();
        let new: Vec<AgreementId> = expired.difference(&told.expired).copied().collect();
        let mut ended = self.store.expired(&new).await?;
        // Nothing can fail between this and telling: what counts as told is told.
        let withdrawn = told.withdrawals.untold(&self.store, now).await?;
        told.expired = expired;
        let numbers = stops.iter().filter_map(|ended| i64::try_from(ended.stop?).ok());
        told.stop = Some(numbers.fold(last, i64::max));
        ended.extend(stops);
        if !ended.is_empty() || !withdrawn.is_empty() {
            self.tell(Signal::Stopped(Arc::new(Stopped { ended, withdrawn })));
        }
        // Told at every look, for as long as a point says that streams are open there.
        let unfit = told.fitness.look(&self.store, self.points.in_use(), FITNESS).await?;
        let overdue = oversight.is_overdue().then_some(oversight);
        self.tell(Signal::Looked(Arc::new(Looked { unfit, overdue, answered })));
        Ok(())
    }

    /// How many organisations keep an eye on the ledger.
    async fn oversight(&self, now: OffsetDateTime) -> Result<Oversight, store::Error> {
        let Witnesses { origin, needed, max_age } = &self.witnesses;
        Ok(match *needed {
            0 => Oversight::none(),
            needed => Oversight { needed, fresh: self.store.fresh_witnesses(origin, now - *max_age).await? },
        })
    }

    fn tell(&self, signal: Signal) {
        // Fails when nobody listens.
        drop(self.signals.send(signal));
    }
}

/// Why nothing may leave under any agreement, in words.
pub(crate) fn explain_overdue(oversight: Oversight) -> Explained {
    let Oversight { needed, fresh } = oversight;
    Reason::WitnessesOverdue { needed, fresh }.explain(About::default())
}

/// Why nothing may leave under an agreement that is not as the ledger has it, in words.
pub(crate) fn explain_unfit(agreement: AgreementId) -> Explained {
    let agreement = agreement.name();
    Reason::AgreementDamaged.explain(About { agreement: &agreement, ..About::default() })
}

/// Why an agreement ended, in words; of one that cannot be read, that nothing is shared so.
pub(crate) fn explain(ended: &Ended) -> Explained {
    let Some(id) = ended.id else { return Reason::LedgerUnavailable.explain(About::default()) };
    let since = ended.since;
    let reason = match ended.state {
        State::Revoked => Reason::AgreementRevoked { since },
        State::Suspended => Reason::AgreementSuspended { since },
        State::Replaced => Reason::AgreementReplaced { since, by: ended.replaced_by.clone() },
        State::Expired => Reason::AgreementExpired { valid_until: ended.valid_until },
        state @ (State::Draft | State::Proposed | State::Active | State::Rejected) => {
            Reason::AgreementNotActive { state }
        }
    };
    reason.explain(About { agreement: &id.name(), contact: ended.contact.as_deref(), ..About::default() })
}

#[cfg(test)]
mod tests;
