//! Receipts of stops: entered in the ledger once, by whichever process is first, when every
//! enforcement point confirmed or fell silent for so long that it has cut by itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use platform::clock::Clock;
use platform::identity::Caller;
use platform::shutdown::Shutdown;
use platform::task::keep_running;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, sleep};

use super::{Error, View, shown};
use crate::domain::agreement::Agreement;
use crate::domain::entry::{Event, NewEntry};
use crate::domain::stop::{Awaited, Confirmed, HEARD_LAG, How, Outcome};
use crate::store::{self, Heard, Stop, Store};

/// How often is looked for receipts that are complete.
const PERIOD: Duration = Duration::from_millis(250);
/// Most receipts in one look.
const AT_ONCE: usize = 100;
/// How long a stop that is damaged is left alone: to look at it again holds up who enters something.
const DAMAGED_AGAIN: Duration = Duration::from_secs(60);
/// How long an answer waits for completion, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A receipt as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    /// The stop.
    pub(crate) stop: Stop,
    /// What became of it at each point; none while it is waited for.
    pub(crate) points: Vec<(Awaited, Option<Outcome>)>,
    /// Within what time no row leaves any more.
    pub(crate) bound: Duration,
}

/// The streams and points that a stop would touch.
#[derive(Clone, Debug)]
pub(crate) struct Touched {
    /// The agreement.
    pub(crate) agreement: Agreement,
    /// Whether it permits anything now.
    pub(crate) active: bool,
    /// Open streams by recipient.
    pub(crate) recipients: BTreeMap<String, u64>,
    /// The points that would have to confirm, and the streams that are open there.
    pub(crate) points: Vec<(Heard, u64)>,
}

/// Completes receipts, and shows them.
#[derive(Clone, Debug)]
pub(crate) struct Receipts {
    store: Store,
    clock: Clock,
    bound: Duration,
    confirmed: Arc<Notify>,
}

/// What this process knows of the stops without a receipt.
#[derive(Debug, Default)]
struct Known {
    stops: HashMap<u64, Open>,
    /// The one that was looked at last.
    last: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    /// Since when it is known.
    since: Instant,
    /// When it was last found to be damaged.
    damaged: Option<Instant>,
}

impl Known {
    /// Those to look at now: they take turns, so that those that stay open keep none of the others back.
    fn turn(&mut self, open: &[u64]) -> Vec<u64> {
        self.stops.retain(|stop, _| open.binary_search(stop).is_ok());
        let (before, after) = open.split_at(open.partition_point(|stop| *stop <= self.last));
        let turn: Vec<u64> = after.iter().chain(before).take(AT_ONCE).copied().collect();
        self.last = turn.last().copied().unwrap_or_default();
        turn
    }
}

impl Receipts {
    /// Starts completing, until the order to stop. `confirmed` tells that it is worth a look.
    pub(crate) fn start(
        store: Store,
        clock: Clock,
        bound: Duration,
        confirmed: Arc<Notify>,
        shutdown: Shutdown,
    ) -> Self {
        let receipts = Self { store, clock, bound, confirmed };
        let completing = receipts.clone();
        let told = shutdown.clone();
        keep_running("receipts", shutdown, async move {
            tokio::select! {
                () = completing.complete_all_the_time() => {}
                () = told.wait() => {}
            }
        });
        receipts
    }

    async fn complete_all_the_time(&self) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut working, mut known) = (true, Known::default());
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.confirmed.notified() => {}
            }
            let done = self.complete(&mut known).await;
            if let (Err(error), true) = (&done, working) {
                tracing::warn!(%error, "receipts of stops cannot be completed now");
            }
            working = done.is_ok();
        }
    }

    /// Enters what is complete. What is damaged has no receipt, and keeps no other one back.
    async fn complete(&self, known: &mut Known) -> Result<(), store::Error> {
        let now = self.store.database_time(self.clock.now()).await?;
        for stop in known.turn(&self.store.open_stops().await?) {
            let open = known.stops.entry(stop).or_insert(Open { since: Instant::now(), damaged: None });
            if open.damaged.is_some_and(|at| at.elapsed() < DAMAGED_AGAIN) {
                continue;
            }
            match self.complete_one(stop, open.since, now).await {
                Err(error @ store::Error::Corrupt(_)) => {
                    if open.damaged.replace(Instant::now()).is_none() {
                        tracing::error!(%error, stop, "a stop cannot be read; it has no receipt");
                    }
                }
                completed => completed?,
            }
        }
        Ok(())
    }

    async fn complete_one(&self, stop: u64, known: Instant, now: OffsetDateTime) -> Result<(), store::Error> {
        match self.store.stop(stop).await? {
            Some(open) if self.outcomes(&open, known, now).is_some() => self.enter(stop, known).await,
            Some(_) | None => Ok(()),
        }
    }

    /// What became of a stop everywhere; none while a point is waited for. Nobody is called silent
    /// before the bound has passed since the stop is known, so since it committed: until then a
    /// point may still go on by what was looked at before.
    fn outcomes(&self, stop: &Stop, known: Instant, now: OffsetDateTime) -> Option<Vec<Outcome>> {
        let bound = self.bound.try_into().ok()?;
        let over = known.elapsed() >= self.bound;
        let outcome = |awaited: &Awaited| {
            awaited.outcome(now, bound).filter(|one| over || matches!(one.how, How::ConfirmedAt(_)))
        };
        stop.points.iter().map(outcome).collect()
    }

    /// Enters a receipt, unless another process did.
    async fn enter(&self, stop: u64, known: Instant) -> Result<(), store::Error> {
        let mut ledger = self.store.begin_append().await?;
        // Read before the points are: who is heard meanwhile is not silent.
        let now = ledger.database_time(self.clock.now()).await?;
        let Some(stop) = ledger.stop(stop).await?.filter(|stop| stop.complete.is_none()) else {
            return Ok(());
        };
        let Some(points) = self.outcomes(&stop, known, now) else {
            return Ok(());
        };
        let Some(agreement) = ledger.followed(stop.agreement).await? else {
            return Err(store::Error::Corrupt("a stop without an agreement"));
        };
        if !agreement.was_brought_to(stop.state, stop.stop) {
            return Err(store::Error::Corrupt("a stop that was not entered"));
        }
        let silent: Vec<(&Awaited, OffsetDateTime)> = stop
            .points
            .iter()
            .zip(&points)
            .filter_map(|(awaited, outcome)| match outcome.how {
                How::SilentSince(since) => Some((awaited, since)),
                How::ConfirmedAt(_) => None,
            })
            .collect();
        let confirmed = Confirmed {
            agreement: stop.agreement.name(),
            stop: stop.stop,
            points: points.clone(),
            complete_at: now,
            bound_ms: u64::try_from(self.bound.as_millis()).unwrap_or(u64::MAX),
        };
        let new = NewEntry {
            agreement: Some(agreement.id),
            parties: agreement.course.parties,
            transaction_id: self.clock.uuid().to_string(),
            trace_id: String::new(),
            event: Event::StopConfirmed(confirmed),
        };
        let entry = ledger.append(new, self.clock.now())?.entry.index;
        ledger.complete_stop(&stop, &silent, now, entry).await?;
        ledger.commit().await
    }

    /// The receipt of the newest stop of an agreement, once it is complete or some time has passed.
    pub(crate) async fn get(&self, caller: &Caller, name: &str) -> Result<Receipt, Error> {
        // Who stopped it gets the receipt whatever became of its row.
        let agreement = shown::followed(&self.store, &View::of(caller), name).await?;
        let patience = Instant::now() + PATIENCE;
        loop {
            let now = self.store.database_time(self.clock.now()).await?;
            let Some(stop) = self.store.newest_stop(agreement.id).await? else {
                let state = agreement.course.state(self.clock.now());
                return Err(Error::NeverStopped { agreement: name.to_owned(), state });
            };
            if stop.complete.is_some() || Instant::now() >= patience {
                return Ok(self.receipt(stop, now));
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    fn receipt(&self, stop: Stop, now: OffsetDateTime) -> Receipt {
        let bound = time::Duration::try_from(self.bound).unwrap_or_default();
        let complete = stop.complete.is_some();
        // What was not entered is not known; what was entered as silent stays so.
        let at = if complete { now + HEARD_LAG + bound } else { now };
        let outcome = |awaited: &Awaited| match awaited.outcome(at, bound) {
            Some(Outcome { how: How::SilentSince(_), .. }) if !complete => None,
            outcome => outcome,
        };
        let points = stop.points.iter().map(|awaited| (awaited.clone(), outcome(awaited))).collect();
        Receipt { stop, points, bound: self.bound }
    }

    /// The streams and points that a stop of an agreement would touch.
    pub(crate) async fn touched(&self, caller: &Caller, name: &str) -> Result<Touched, Error> {
        let agreement = shown::agreement(&self.store, &View::of(caller), name).await?;
        let now = self.clock.now();
        let bound = time::Duration::try_from(self.bound).unwrap_or_default();
        let terms = agreement.document.content.terms();
        let mut recipients: BTreeMap<String, u64> =
            terms.recipients.iter().map(|party| (party.oin.to_string(), 0)).collect();
        let mut points = Vec::new();
        for heard in self.store.points_heard(bound + HEARD_LAG, now).await? {
            let mut total = 0_u64;
            for open in heard.open.iter().filter(|open| open.agreement == name) {
                total = total.saturating_add(open.count);
                let of_recipient = recipients.entry(open.recipient.clone()).or_default();
                *of_recipient = of_recipient.saturating_add(open.count);
            }
            points.push((heard, total));
        }
        let active = agreement.holds(now);
        Ok(Touched { agreement, active, recipients, points })
    }
}
