//! Deliveries of which nobody will tell how they ended. The process through which rows leave enters itself how
//! far each delivery came; one that was killed cannot. When it has been silent for long enough, this one
//! enters of each of its permits that is still open that nobody told.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use platform::clock::Clock;
use platform::shutdown::Shutdown;
use platform::task::keep_running;
use time::OffsetDateTime;
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use crate::domain::entry::{Entry, Kind};
use crate::domain::name::AgreementId;
use crate::domain::unaccounted::Unaccounted;
use crate::store::{self, Sign, Store};

/// How often is looked for processes that are silent.
const PERIOD: Duration = Duration::from_secs(1);
/// After how long without a look nothing is known of the silence of others.
const LATE: Duration = Duration::from_secs(10);
/// How long ago a permit may be given whose delivery is still under way when its process is gone.
const LONGEST: time::Duration = time::Duration::WEEK;

/// Starts looking, until the order to stop. A process is gone when it has been silent for `silent_for`.
pub(crate) fn start(store: Store, clock: Clock, silent_for: Duration, shutdown: Shutdown) {
    let told = shutdown.clone();
    let mut looking = Looking { store, clock, silent_for, seen: Seen::nothing(), settled: None };
    keep_running("unaccounted", shutdown, async move {
        tokio::select! {
            () = looking.run() => {}
            () = told.wait() => {}
        }
    });
}

struct Looking {
    store: Store,
    clock: Clock,
    silent_for: Duration,
    seen: Seen,
    /// The processes that are gone and of which no permit is open any more; none before the first time that
    /// this was looked at.
    settled: Option<HashSet<String>>,
}

impl Looking {
    async fn run(&mut self) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut working, mut looked) = (true, Instant::now());
        loop {
            ticks.tick().await;
            if looked.elapsed() > LATE {
                self.seen = Seen::nothing();
            }
            let done = self.look().await;
            if let Err(error) = &done {
                // Who could not be heard meanwhile was not silent.
                self.seen = Seen::nothing();
                if working {
                    tracing::warn!(%error, "it cannot be told now of which deliveries nobody tells");
                }
            }
            (working, looked) = (done.is_ok(), Instant::now());
        }
    }

    async fn look(&mut self) -> Result<(), store::Error> {
        if !self.seen.take(&self.store.signs(self.clock.now()).await?, self.silent_for) {
            return Ok(());
        }
        if let Some(settled) = &mut self.settled {
            // One that came back may go again.
            settled.retain(|process| self.seen.gone.contains(process));
            if settled.len() == self.seen.gone.len() {
                return Ok(());
            }
        }
        let gone = self.seen.gone.clone();
        let oldest = Uuid::from_u128(millis(self.clock.now() - LONGEST) << 80).to_string();
        let open = self.store.unaccounted_after(&oldest).await?;
        // Read after the permits: who has one of them registered before.
        self.seen.take(&self.store.signs(self.clock.now()).await?, self.silent_for);
        for permit in &open {
            if let Some(unaccounted) = Unaccounted::of_permit(permit)
                && !self.seen.is_there(&unaccounted.process)
            {
                match self.enter(permit, unaccounted).await {
                    Err(error @ store::Error::Corrupt(_)) => {
                        tracing::error!(%error, permit = permit.index, "it cannot be entered that nobody tells how a delivery ended");
                    }
                    entered => entered?,
                }
            }
        }
        self.settled = Some(gone);
        Ok(())
    }

    /// Enters it, unless it was told meanwhile, or another process entered it.
    async fn enter(&self, permit: &Entry, unaccounted: Unaccounted) -> Result<(), store::Error> {
        let mut ledger = self.store.begin_append().await?;
        let kinds = [Kind::Delivered, Kind::DeliveryUnaccounted];
        let told = ledger.entries_of(&[&permit.transaction_id], &kinds).await?;
        let agreement = permit.agreement.as_deref().and_then(AgreementId::of_name);
        let (true, Some(agreement)) = (told.is_empty(), agreement) else { return Ok(()) };
        let Some(agreement) = ledger.followed(agreement).await? else {
            return Err(store::Error::Corrupt("a permit without an agreement"));
        };
        let process = unaccounted.process.clone();
        let entered = ledger.append(unaccounted.entry(permit, &agreement), self.clock.now())?;
        tracing::warn!(
            index = entered.entry.index,
            permit = permit.index,
            process,
            "a process is gone, and nobody tells how a delivery ended"
        );
        ledger.commit().await
    }
}

fn millis(at: OffsetDateTime) -> u128 {
    u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// What this process has seen of the signs of others, by its own monotonic clock.
struct Seen {
    since: Instant,
    /// The last sign of each process, and since when there was no other one.
    last: HashMap<String, (i64, Instant)>,
    /// Those that have been silent for too long.
    gone: HashSet<String>,
}

impl Seen {
    fn nothing() -> Self {
        Self { since: Instant::now(), last: HashMap::new(), gone: HashSet::new() }
    }

    /// Takes what is seen now. Tells whether it has been seen for as long as a silence has to last.
    fn take(&mut self, signs: &[Sign], silent_for: Duration) -> bool {
        let now = Instant::now();
        let mut last = HashMap::new();
        for Sign { process, at } in signs {
            let before = self.last.get(process).filter(|(before, _)| before == at);
            last.insert(process.clone(), before.copied().unwrap_or((*at, now)));
        }
        self.last = last;
        let silent = self.last.iter().filter(|(_, (_, since))| since.elapsed() >= silent_for);
        self.gone = silent.map(|(process, _)| process.clone()).collect();
        self.since.elapsed() >= silent_for
    }

    /// Whether this process is not gone. Of one that was gone for a day nothing is kept.
    fn is_there(&self, process: &str) -> bool {
        self.last.contains_key(process) && !self.gone.contains(process)
    }
}
