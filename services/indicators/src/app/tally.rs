//! Counts what is sent under a permit, for the ledger.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::decision::{DecisionPoint, DeliveryRecord, Unreachable, in_time};
use super::deliver::hex;
use crate::domain::observation::Observation;
use crate::domain::permit::Permit;
use crate::domain::release::ReleaseId;

/// How long is waited before each time that an entry of what has left is tried again.
const RETRIES: [Duration; 8] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(30),
];

/// An entry that is under way.
pub(super) type Entering = JoinHandle<Result<(), Unreachable>>;

/// Enters in the ledger what was delivered. That goes on when nobody waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Deliveries {
    decisions: Arc<dyn DecisionPoint>,
    /// How long an entry may take.
    limit: Duration,
    /// An observation as on the wire, which the digest is taken of.
    observation: fn(&Observation) -> Vec<u8>,
    /// What is not in the ledger yet: tallies and entries.
    open: TaskTracker,
}

impl Deliveries {
    /// Each entry may take as long as `limit`.
    pub(crate) fn new(
        decisions: Arc<dyn DecisionPoint>,
        limit: Duration,
        observation: fn(&Observation) -> Vec<u8>,
    ) -> Self {
        Self { decisions, limit, observation, open: TaskTracker::new() }
    }

    /// Waits until every tally there is ended and was entered, or was tried for as long as there is
    /// any use in it.
    pub(crate) async fn entered(&self) {
        self.open.close();
        self.open.wait().await;
    }

    async fn enter(&self, record: DeliveryRecord) -> Result<(), Unreachable> {
        in_time(self.limit, self.decisions.record_delivery(record)).await
    }

    /// Enters it, and tries again when that fails: the ledger enters the same record once.
    fn enter_surely(&self, record: DeliveryRecord) -> Entering {
        let deliveries = self.clone();
        self.open.spawn(async move {
            let mut waits = RETRIES.into_iter();
            loop {
                let Err(error) = deliveries.enter(record.clone()).await else {
                    return Ok(());
                };
                let Some(wait) = waits.next() else {
                    let transaction = record.transaction_id;
                    tracing::error!(%error, %transaction, "a delivery is not in the ledger");
                    return Err(error);
                };
                tracing::warn!(%error, "a delivery is not in the ledger yet");
                sleep(wait).await;
            }
        })
    }
}

/// What was counted.
#[derive(Clone, Debug)]
struct Counted {
    record: DeliveryRecord,
    hash: Sha256,
}

impl Counted {
    fn record(self) -> DeliveryRecord {
        DeliveryRecord { digest: hex(self.hash.finalize()), ..self.record }
    }
}

/// What was sent so far under a permit for a release. However it ends, the ledger is told how far it
/// came: a tally that is dropped is entered as it stands.
#[derive(Debug)]
pub(super) struct Tally {
    deliveries: Deliveries,
    /// None once it is entered.
    sent: Option<Counted>,
    /// With the message that follows, of which nothing has left yet.
    next: Option<Counted>,
    /// Whether all that is permitted is sent when that message is.
    completes: bool,
    /// Whether it was entered then, before it was sent.
    ahead: bool,
    _open: TaskTrackerToken,
}

impl Tally {
    pub(super) fn new(deliveries: &Deliveries, permit: &Permit, release: ReleaseId) -> Self {
        let record = DeliveryRecord {
            transaction_id: permit.transaction_id(),
            agreement: permit.agreement().to_owned(),
            recipient: permit.recipient().to_owned(),
            release,
            rows: 0,
            withheld: 0,
            digest: String::new(),
            complete: false,
            mask_digest: String::new(),
        };
        let sent = Some(Counted { record, hash: Sha256::new() });
        let open = deliveries.open.token();
        let deliveries = deliveries.clone();
        Self { deliveries, sent, next: None, completes: false, ahead: false, _open: open }
    }

    /// By which mask cells are withheld; empty for none.
    pub(super) fn masked_by(&mut self, digest: String) {
        if let Some(sent) = &mut self.sent {
            sent.record.mask_digest = digest;
        }
    }

    /// A message follows, after which all that is permitted is sent when it `completes` that.
    pub(super) fn follows(&mut self, observations: &[Observation], completes: bool) {
        self.next.clone_from(&self.sent);
        self.completes = completes;
        if let Some(next) = &mut self.next {
            for observation in observations {
                next.record.rows += 1;
                next.record.withheld += u64::from(observation.shown.is_none());
                next.hash.update((self.deliveries.observation)(observation));
            }
        }
    }

    /// Enters what follows in the ledger before it is sent. Until it is, the tally itself stays as it was:
    /// when it is kept back after all, that is entered too.
    pub(super) async fn enter_ahead(&mut self) -> Result<(), Unreachable> {
        if let Some(next) = self.next.clone() {
            let record = DeliveryRecord { complete: self.completes, ..next.record() };
            self.deliveries.enter(record).await?;
            self.ahead = true;
        }
        Ok(())
    }

    /// Something of what follows leaves. All of it counts from then on: nobody can say what is made of a part.
    pub(super) fn begins(&mut self) {
        self.sent = self.next.take().or(self.sent.take());
    }

    /// All of what followed has left. When nothing follows after it, that is entered, unless it was ahead; gives what
    /// can be waited for.
    pub(super) fn ends(mut self) -> (Option<Self>, Option<Entering>) {
        if !self.completes {
            return (Some(self), None);
        }
        let sent = self.sent.take().filter(|_| !self.ahead);
        let record = sent.map(|sent| DeliveryRecord { complete: true, ..sent.record() });
        (None, record.map(|record| self.deliveries.enter_surely(record)))
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent any more.
        if Handle::try_current().is_ok()
            && let Some(sent) = self.sent.take()
        {
            drop(self.deliveries.enter_surely(sent.record()));
        }
    }
}
