//! The gates through which rows under agreements leave this process. Nothing passes a gate that was
//! shut, or that was opened before the decision point was silent for too long.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use platform::clock::Clock;
use time::OffsetDateTime;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::decision::Unreachable;
use crate::domain::permit::Reason;

/// The end of an agreement by the clock is looked at this often at least, as clocks are set.
const TICK: Duration = Duration::from_millis(500);

/// Until when rows may leave, unless a newer sign of life comes.
#[derive(Clone, Copy, Debug, Default)]
struct Lease {
    until: Option<Instant>,
    /// Changes when it ran out in between: what was open before stays shut.
    epoch: u64,
}

impl Lease {
    fn holds(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() < until)
    }
}

/// Why rows cannot go on through a gate.
#[derive(Clone, Debug)]
pub(crate) enum Cut {
    /// The agreement stopped.
    Ended(Box<Reason>),
    /// The agreement ended by the clock.
    Expired,
    /// The decision point has been silent for too long.
    Silent,
}

/// A gate as those who shut it see it.
#[derive(Debug)]
struct Open {
    recipient: String,
    /// The ledger's number of the newest permit; none while the first one is asked for.
    permit: Option<i64>,
    /// The newest stop that came while the first permit was asked for.
    stopped: Option<(i64, Box<Reason>)>,
    /// Whether it is a stream, and counts among the open ones once it has a permit.
    stream: bool,
    shut: watch::Sender<Option<Cut>>,
}

impl Open {
    fn flows(&self) -> bool {
        self.stream && self.permit.is_some()
    }
}

/// An agreement, and the number of a gate under it: a stop finds its gates, however many others there are.
type Place = (Arc<str>, u64);

#[derive(Debug, Default)]
struct Gates {
    last: u64,
    open: BTreeMap<Place, Open>,
}

/// All gates of this process.
#[derive(Debug)]
pub(crate) struct Enforced {
    limit: Duration,
    gates: Mutex<Gates>,
    lease: watch::Sender<Lease>,
    /// Told when streams open or end.
    pub(super) changed: Notify,
}

/// Gates that were shut; gives a sign when nobody holds them any more.
#[derive(Debug)]
pub(super) struct Shut {
    /// How many open streams were cut.
    pub(super) streams: u64,
    senders: Vec<watch::Sender<Option<Cut>>>,
}

impl Shut {
    /// Waits until all who held the gates let go, at most this long. A reader that does not read
    /// holds its gate, through which nothing passes any more.
    pub(super) async fn released(self, at_most: Duration) {
        let released = async {
            for sender in &self.senders {
                sender.closed().await;
            }
        };
        drop(timeout(at_most, released).await);
    }
}

impl Enforced {
    /// No gates yet, and no sign of life.
    pub(super) fn new(limit: Duration) -> Arc<Self> {
        let (lease, _) = watch::channel(Lease::default());
        Arc::new(Self { limit, gates: Mutex::default(), lease, changed: Notify::new() })
    }

    fn gates(&self) -> MutexGuard<'_, Gates> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows may leave until `asked` plus the limit: the decision point looked for stops after that.
    pub(super) fn prolong(&self, asked: Instant) {
        self.lease.send_if_modified(|lease| {
            let lapsed = !lease.holds();
            lease.epoch += u64::from(lapsed);
            lease.until = lease.until.max(Some(asked + self.limit));
            // Others look at the time themselves.
            lapsed
        });
    }

    /// Shuts the gates under an agreement whose permits are older than the stop; all of them when
    /// there is no number, which is when it expired.
    pub(super) fn shut(&self, agreement: &str, stop: Option<i64>, reason: &Reason) -> Shut {
        let mut shut = Shut { streams: 0, senders: Vec::new() };
        let agreement: Arc<str> = agreement.into();
        let mut gates = self.gates();
        let mut older = Vec::new();
        for (place, gate) in gates.open.range_mut((Arc::clone(&agreement), 0)..=(agreement, u64::MAX)) {
            match (stop, gate.permit) {
                (Some(stop), Some(permit)) if permit > stop => {}
                // Whether the permit is older shows when it comes.
                (Some(stop), None) => {
                    if gate.stopped.as_ref().is_none_or(|(known, _)| *known < stop) {
                        gate.stopped = Some((stop, Box::new(reason.clone())));
                    }
                }
                (Some(_), Some(_)) | (None, _) => older.push(place.clone()),
            }
        }
        for gate in older.iter().filter_map(|place| gates.open.remove(place)) {
            shut.streams += u64::from(gate.flows());
            gate.shut.send_replace(Some(Cut::Ended(Box::new(reason.clone()))));
            shut.senders.push(gate.shut);
        }
        drop(gates);
        self.changed.notify_one();
        shut
    }

    /// Shuts every gate that is there now. A later one opens: whether it may is decided again.
    pub(super) fn shut_all(&self, reason: &Reason) {
        let open = std::mem::take(&mut self.gates().open);
        for gate in open.into_values() {
            gate.shut.send_replace(Some(Cut::Ended(Box::new(reason.clone()))));
        }
        self.changed.notify_one();
    }

    /// The open streams, by agreement and recipient.
    pub(super) fn open_streams(&self) -> BTreeMap<(String, String), u64> {
        let mut counts = BTreeMap::new();
        for ((agreement, _), gate) in self.gates().open.iter().filter(|(_, gate)| gate.flows()) {
            *counts.entry((agreement.to_string(), gate.recipient.clone())).or_default() += 1;
        }
        counts
    }

    /// Opens a gate under an agreement, once the decision point gives signs of life. To be called
    /// before the permit is asked for, so that nothing falls between the two.
    pub(crate) async fn gate(
        self: &Arc<Self>,
        agreement: &str,
        recipient: &str,
        stream: bool,
        clock: &Clock,
    ) -> Result<Gate, Unreachable> {
        let mut lease = self.lease.subscribe();
        let holds = lease.wait_for(Lease::holds);
        let Ok(Ok(now)) = timeout(self.limit, holds).await.map(|lease| lease.map(|lease| *lease)) else {
            return Err(Unreachable("no sign of life, so nothing is delivered".to_owned()));
        };
        let (sender, shut) = watch::channel(None);
        let mut gates = self.gates();
        gates.last += 1;
        let (place, recipient): (Place, _) = ((agreement.into(), gates.last), recipient.to_owned());
        let gate = Open { recipient, permit: None, stopped: None, stream, shut: sender };
        gates.open.insert(place.clone(), gate);
        drop(gates);
        let key = GateKey { enforced: Arc::clone(self), place };
        Ok(Gate { key, shut, lease, epoch: now.epoch, clock: clock.clone() })
    }
}

/// Names a gate to those who bring permits.
#[derive(Clone, Debug)]
pub(crate) struct GateKey {
    enforced: Arc<Enforced>,
    place: Place,
}

impl GateKey {
    /// A permit came, entered in the ledger under this number.
    pub(crate) fn permitted(&self, number: i64) -> Result<(), Cut> {
        let mut gates = self.enforced.gates();
        // One that was shut meanwhile says so itself.
        if let Some(gate) = gates.open.get_mut(&self.place) {
            if let Some((_, reason)) = gate.stopped.take_if(|(stop, _)| *stop >= number) {
                return Err(Cut::Ended(reason));
            }
            let first = gate.permit.replace(number).is_none();
            if first && gate.stream {
                self.enforced.changed.notify_one();
            }
        }
        Ok(())
    }
}

/// A gate as those see it whose rows pass it, until it is dropped.
#[derive(Debug)]
pub(crate) struct Gate {
    key: GateKey,
    shut: watch::Receiver<Option<Cut>>,
    lease: watch::Receiver<Lease>,
    epoch: u64,
    clock: Clock,
}

impl Gate {
    /// What to bring permits with.
    pub(crate) fn key(&self) -> GateKey {
        self.key.clone()
    }

    /// Until when what passes now may leave, whatever is heard meanwhile.
    ///
    /// # Errors
    /// Why nothing passes.
    pub(crate) fn open_until(&self, expires: OffsetDateTime) -> Result<Instant, Cut> {
        // Before anything else: a stop from before this sign of life was heard before it.
        let lease = *self.lease.borrow();
        if let Some(cut) = self.shut.borrow().clone() {
            return Err(cut);
        }
        match lease.until {
            Some(until) if lease.epoch == self.epoch && lease.holds() => {
                if self.clock.now() < expires {
                    Ok(until)
                } else {
                    Err(Cut::Expired)
                }
            }
            Some(_) | None => Err(Cut::Silent),
        }
    }

    /// Waits until nothing passes any more.
    pub(crate) async fn cut(&self, expires: OffsetDateTime) -> Cut {
        let (mut shut, mut lease) = (self.shut.clone(), self.lease.clone());
        loop {
            let until = match self.open_until(expires) {
                Ok(until) => until,
                Err(cut) => return cut,
            };
            let left = Duration::try_from(expires - self.clock.now()).unwrap_or_default();
            let tick = Instant::now() + left.clamp(Duration::from_millis(1), TICK);
            tokio::select! {
                changed = shut.changed() => {
                    // Nobody can shut it any more.
                    if changed.is_err() && shut.borrow().is_none() {
                        return Cut::Silent;
                    }
                }
                Ok(()) = lease.changed() => {}
                () = sleep_until(until.min(tick)) => {}
            }
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let gone = self.key.enforced.gates().open.remove(&self.key.place);
        if gone.is_some_and(|gate| gate.flows()) {
            self.key.enforced.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
