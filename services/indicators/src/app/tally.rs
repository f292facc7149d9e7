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

/// What was sent so far under a permit for a release. However it ends, the ledger is told how far it
/// came: a tally that is dropped is entered as it stands.
#[derive(Debug)]
pub(super) struct Tally {
    deliveries: Deliveries,
    /// None once it is entered.
    record: Option<DeliveryRecord>,
    hash: Sha256,
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
        Self::of(deliveries.clone(), Some(record), Sha256::new())
    }

    fn of(deliveries: Deliveries, record: Option<DeliveryRecord>, hash: Sha256) -> Self {
        let open = deliveries.open.token();
        Self { deliveries, record, hash, _open: open }
    }

    /// By which mask cells are withheld; empty for none.
    pub(super) fn masked_by(&mut self, digest: String) {
        if let Some(record) = &mut self.record {
            record.mask_digest = digest;
        }
    }

    /// Counts what is handed out; `last` when all that is permitted is then.
    pub(super) fn add(&mut self, observations: &[Observation], last: bool) {
        if let Some(record) = &mut self.record {
            record.complete = last;
            for observation in observations {
                record.rows += 1;
                record.withheld += u64::from(observation.shown.is_none());
                self.hash.update((self.deliveries.observation)(observation));
            }
        }
    }

    /// Begins to enter it in the ledger; gives what can be waited for.
    pub(super) fn end(mut self) -> Option<Entering> {
        let record = self.take()?;
        Some(self.deliveries.enter_surely(record))
    }

    /// Enters an answer before it is given. Until it is, the tally itself stays as it was: when the
    /// answer is kept back after all, that is entered too.
    pub(super) async fn enter_ahead(&self, observations: &[Observation]) -> Result<(), Unreachable> {
        let mut ahead = Self::of(self.deliveries.clone(), self.record.clone(), self.hash.clone());
        ahead.add(observations, true);
        match ahead.take() {
            Some(record) => self.deliveries.enter(record).await,
            None => Ok(()),
        }
    }

    /// What was entered ahead is given.
    pub(super) fn given(mut self) {
        self.record = None;
    }

    fn take(&mut self) -> Option<DeliveryRecord> {
        let record = self.record.take()?;
        Some(DeliveryRecord { digest: hex(self.hash.finalize_reset()), ..record })
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent any more.
        if Handle::try_current().is_ok()
            && let Some(record) = self.take()
        {
            drop(self.deliveries.enter_surely(record));
        }
    }
}
