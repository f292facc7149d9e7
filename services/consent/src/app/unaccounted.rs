//! Deliveries of which nobody will tell how they ended. The process through which rows leave enters itself how
//! far each delivery came; one that was killed cannot. When it has been silent for long enough, this one
//! enters of each of its permits that is still open that nobody told.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use platform::clock::Clock;
use platform::shutdown::Shutdown;
use platform::task::keep_running;
use time::OffsetDateTime;
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use super::Error;
use super::decisions::{Decisions, Exchange};
use crate::domain::entry::Entry;
use crate::domain::name::AgreementId;
use crate::domain::unaccounted::Unaccounted;
use crate::store::{self, Sign, Store, Unended};

/// How often is looked for processes that are silent.
const PERIOD: Duration = Duration::from_secs(1);
/// After how long without a look nothing is known of the silence of others.
const LATE: Duration = Duration::from_secs(10);
/// How long ago a permit may be given whose delivery is still under way when its process is gone.
const LONGEST: time::Duration = time::Duration::WEEK;

/// How many are entered at the same time: they share the commits of the writer with each other and with all else.
const TOGETHER: usize = 64;
/// How soon is searched again for what could not be entered: the first time, and at most, as each time takes
/// twice as long as the one before.
const AGAIN: Duration = Duration::from_secs(10);
const AGAIN_AT_MOST: Duration = Duration::from_secs(600);

/// Starts looking, until the order to stop. A process is gone when it has been silent for `silent_for`.
pub(crate) fn start(
    store: Store,
    clock: Clock,
    decisions: Decisions,
    silent_for: Duration,
    shutdown: Shutdown,
) {
    let told = shutdown.clone();
    let (searched, again) = (HashSet::new(), Again::at_once());
    let mut looking = Looking { store, clock, decisions, silent_for, seen: Seen::nothing(), searched, again };
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
    decisions: Decisions,
    silent_for: Duration,
    seen: Seen,
    /// The processes that were gone when was last searched for what is open of them.
    searched: HashSet<String>,
    /// When to search although nobody else is gone: at first, and for what could not be entered.
    again: Again,
}

/// When to search again.
struct Again {
    at: Option<Instant>,
    /// How long after the next search that leaves something.
    wait: Duration,
}

impl Again {
    fn at_once() -> Self {
        Self { at: Some(Instant::now()), wait: AGAIN }
    }

    fn is_due(&self) -> bool {
        self.at.is_some_and(|at| Instant::now() >= at)
    }

    /// After a search that entered all there was, or left something.
    fn searched(&mut self, all: bool) {
        (self.at, self.wait) = if all {
            (None, AGAIN)
        } else {
            (Some(Instant::now() + self.wait), (self.wait * 2).min(AGAIN_AT_MOST))
        };
    }
}

/// What a search could not enter.
#[derive(Default)]
struct Left {
    /// How many permits.
    count: u64,
    /// The index of the first of them, and why.
    first: Option<(u64, Error)>,
    /// Whether there are permits that cannot be read.
    unread: bool,
}

impl Left {
    fn add(&mut self, permit: u64, why: Error) {
        self.count += 1;
        self.first.get_or_insert((permit, why));
    }

    /// Says so, in one line; tells whether there is nothing.
    fn is_nothing(&self) -> bool {
        if let Some((permit, why)) = &self.first {
            tracing::error!(
                ?why,
                permit,
                count = self.count,
                "it cannot be entered now that nobody tells how deliveries ended; it is tried again for a week"
            );
        }
        self.count == 0 && !self.unread
    }
}

/// What is to be entered of a permit.
struct Open {
    permit: u64,
    agreement: AgreementId,
    unaccounted: Unaccounted,
    exchange: Exchange,
}

impl Open {
    fn of(permit: Entry) -> Option<Self> {
        let unaccounted = Unaccounted::of_permit(&permit)?;
        let agreement = AgreementId::of_name(permit.agreement.as_deref()?)?;
        let exchange = Exchange { transaction_id: permit.transaction_id, trace_id: permit.trace_id };
        Some(Self { permit: permit.index, agreement, unaccounted, exchange })
    }
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
        // One that came back may go again.
        self.searched.retain(|process| self.seen.gone.contains(process));
        if !self.again.is_due() && self.searched.len() == self.seen.gone.len() {
            return Ok(());
        }
        let gone = self.seen.gone.clone();
        let left = self.search().await?;
        self.searched = gone;
        self.again.searched(left.is_nothing());
        Ok(())
    }

    /// Enters what is open of processes that are gone, some permits at a time. Tells what could not be read
    /// and entered.
    async fn search(&mut self) -> Result<Left, store::Error> {
        let mut after = Uuid::from_u128(millis(self.clock.now() - LONGEST) << 80).to_string();
        let mut left = Left::default();
        loop {
            let Unended { permits, damaged, last } = self.store.unended_after(&after).await?;
            let Some(last) = last else { return Ok(left) };
            after = last;
            // Read after the permits: who has one of them registered before.
            self.seen.take(&self.store.signs(self.clock.now()).await?, self.silent_for);
            let open = permits.into_iter().filter_map(Open::of);
            let open = open.filter(|open| !self.seen.is_there(&open.unaccounted.process));
            self.enter(open, &mut left).await;
            left.unread |= damaged;
        }
    }

    async fn enter(&self, open: impl Iterator<Item = Open>, left: &mut Left) {
        let entering = open.map(async |Open { permit, agreement, unaccounted, exchange }| {
            let entered = self.decisions.record_unaccounted(unaccounted, agreement, exchange).await;
            entered.err().map(|why| (permit, why))
        });
        let mut entered = stream::iter(entering).buffer_unordered(TOGETHER);
        while let Some(one) = entered.next().await {
            if let Some((permit, why)) = one {
                left.add(permit, why);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_entered_is_tried_again_ever_later_and_at_once_for_the_next_process() {
        let mut again = Again::at_once();
        assert!(again.is_due());
        let mut waits = Vec::new();
        for _ in 0..9 {
            let begin = Instant::now();
            again.searched(false);
            waits.push(again.at.expect("a time").duration_since(begin).as_secs());
            assert!(!again.is_due());
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
        again.searched(true);
        assert!(again.at.is_none(), "there is nothing to search for");
        again.searched(false);
        assert!(again.at.expect("a time").elapsed().is_zero() && again.wait == 2 * AGAIN);
    }

    #[test]
    fn a_search_tells_how_much_it_left_and_what_came_first() {
        assert!(Left::default().is_nothing());
        assert!(!Left { unread: true, ..Left::default() }.is_nothing());
        let mut left = Left::default();
        for permit in [7, 3] {
            left.add(permit, Error::LedgerUnavailable);
        }
        assert!(left.count == 2 && left.first.as_ref().is_some_and(|(permit, _)| *permit == 7));
        assert!(!left.is_nothing());
    }
}
