//! The way of an answer under a permit out of this process: nothing takes it that its gate keeps back, and what
//! took it is counted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::error::Error;
use super::gates::{Cut, Gate};
use super::tally::{Entering, Tally};
use super::watch::Batch;
use crate::domain::permit::{Permit, Reason, Receipt, Refusal};

/// The permit that rows pass a gate under.
#[derive(Debug)]
pub(super) struct Under {
    receipt: Receipt,
    /// Why nothing passes once the agreement has ended by the clock.
    expired: Reason,
}

impl Under {
    pub(super) fn of(permit: &Permit) -> Self {
        Self { receipt: permit.receipt(), expired: permit.expired().clone() }
    }

    /// What was permitted was entered: who is cut off after that is told where.
    pub(super) fn refusal(&self, cut: Cut) -> Error {
        let receipt = self.receipt.clone();
        let reason = match cut {
            Cut::Ended(reason) => *reason,
            Cut::Expired => self.expired.clone(),
            Cut::Silent => return Error::Silent(Box::new(receipt)),
        };
        let Receipt { agreement, transaction_id, ledger_entry, place, .. } = receipt;
        let reasons = vec![reason];
        Error::Refused(Box::new(Refusal { agreement, reasons, ledger_entry, place, transaction_id }))
    }
}

/// The way of one answer.
#[derive(Debug)]
pub(crate) struct Passage {
    gate: Arc<Gate>,
    /// When the agreement ends by the clock.
    expires: OffsetDateTime,
    way: Mutex<Way>,
    /// Told when all of a message has passed.
    passed: Notify,
}

/// What is on its way.
#[derive(Debug)]
struct Way {
    under: Under,
    tally: Option<Tally>,
    /// Whether a message has not passed whole.
    taken: bool,
    /// Of a release that has passed whole.
    entering: Option<Entering>,
}

impl Passage {
    /// The way through a gate that was opened before the permit was asked for.
    ///
    /// # Errors
    /// When nothing passes.
    pub(super) fn open(gate: Gate, permit: &Permit) -> Result<Self, Error> {
        let (under, expires) = (Under::of(permit), permit.expire_time());
        let permitted = gate.key().permitted(permit.ledger_number());
        permitted.and_then(|()| gate.open_until(expires)).map_err(|cut| under.refusal(cut))?;
        let way = Way { under, tally: None, taken: false, entering: None };
        Ok(Self { gate: Arc::new(gate), expires, way: Mutex::new(way), passed: Notify::new() })
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A whole answer follows, which was entered in the ledger ahead.
    pub(super) fn answers(&self, tally: Tally) {
        let mut way = self.way();
        (way.tally, way.taken) = (Some(tally), true);
    }

    /// A part of a stream follows; with the first part of a release, what counts it.
    pub(super) fn sends(&self, part: &Batch, begun: Option<Tally>) {
        let mut way = self.way();
        if let Some(receipt) = &part.heading.receipt {
            way.under.receipt.clone_from(receipt);
        }
        way.tally = begun.or(way.tally.take());
        if let Some(tally) = &mut way.tally {
            tally.follows(&part.observations, part.complete);
        }
        way.taken = true;
    }

    /// A piece of what follows passes now, the last one of its message or not. Gives until when it may leave the process,
    /// whatever is heard meanwhile.
    ///
    /// # Errors
    /// When nothing passes any more.
    pub(crate) fn pass(&self, last: bool) -> Result<Instant, Error> {
        let mut way = self.way();
        let until = self.gate.open_until(self.expires).map_err(|cut| way.under.refusal(cut))?;
        if let Some(tally) = &mut way.tally {
            tally.begins();
        }
        if last {
            if let Some(tally) = way.tally.take() {
                (way.tally, way.entering) = tally.ends();
            }
            way.taken = false;
            self.passed.notify_waiters();
        }
        Ok(until)
    }

    /// Tells of what has passed, and is late in leaving, whether it may. It holds the gate.
    pub(crate) fn holds(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let (gate, expires) = (Arc::clone(&self.gate), self.expires);
        move || gate.open_until(expires).is_ok()
    }

    /// Waits until all that followed has passed; a release that has is in the ledger then.
    pub(super) async fn passed(&self) -> Result<(), Error> {
        let entering = loop {
            let passed = self.passed.notified();
            {
                let mut way = self.way();
                if !way.taken {
                    break way.entering.take();
                }
            }
            passed.await;
        };
        match entering {
            Some(entering) => Ok(entering.await??),
            None => Ok(()),
        }
    }

    /// Waits until nothing passes any more; gives why.
    pub(crate) async fn cut(&self) -> Error {
        let cut = self.gate.cut(self.expires).await;
        self.way().under.refusal(cut)
    }
}

#[cfg(test)]
mod tests;
