//! Counts what is sent under a permit, for the ledger.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::App;
use super::decision::{DeliveryRecord, Unreachable};
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

/// What was sent so far.
#[derive(Debug)]
pub(super) struct Tally {
    record: DeliveryRecord,
    hash: Sha256,
}

impl Tally {
    pub(super) fn new(permit: &Permit, release: ReleaseId, mask_digest: String) -> Self {
        let record = DeliveryRecord {
            transaction_id: permit.transaction_id(),
            agreement: permit.agreement().to_owned(),
            recipient: permit.recipient().to_owned(),
            release,
            rows: 0,
            withheld: 0,
            digest: String::new(),
            complete: false,
            mask_digest,
        };
        Self { record, hash: Sha256::new() }
    }

    pub(super) fn add(&mut self, app: &App, observations: &[Observation]) {
        for observation in observations {
            self.record.rows += 1;
            self.record.withheld += u64::from(observation.shown.is_none());
            self.hash.update((app.wire.observation)(observation));
        }
    }

    /// Enters in the ledger that everything permitted was sent.
    pub(super) async fn complete(self, app: &App) -> Result<(), Unreachable> {
        let record = self.into_record(true);
        app.in_time(app.decisions.record_delivery(record)).await
    }

    fn into_record(self, complete: bool) -> DeliveryRecord {
        DeliveryRecord { digest: hex(self.hash.finalize()), complete, ..self.record }
    }
}

/// Enters in the ledger what has left. That goes on when nobody waits for it, and is tried again
/// when it fails: the ledger enters the same transaction once.
fn enter(app: Arc<App>, record: DeliveryRecord) -> JoinHandle<Result<(), Unreachable>> {
    tokio::spawn(async move {
        let mut waits = RETRIES.into_iter();
        loop {
            let Err(error) = app.in_time(app.decisions.record_delivery(record.clone())).await else {
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

/// A tally of a stream. However the stream ends, the ledger is told how far it came.
#[derive(Debug)]
pub(super) struct StreamTally {
    app: Arc<App>,
    tally: Option<Tally>,
    /// Whether everything permitted was sent.
    complete: bool,
}

impl StreamTally {
    pub(super) fn new(app: Arc<App>, permit: &Permit, release: ReleaseId, mask_digest: String) -> Self {
        Self { app, tally: Some(Tally::new(permit, release, mask_digest)), complete: false }
    }

    /// Counts a batch; nothing follows the last one.
    pub(super) fn add(&mut self, observations: &[Observation], last: bool) {
        if let Some(tally) = &mut self.tally {
            tally.add(&self.app, observations);
            self.complete = last;
        }
    }

    /// Begins to enter it in the ledger; gives what can be waited for.
    pub(super) fn end(mut self) -> Option<JoinHandle<Result<(), Unreachable>>> {
        let record = self.take()?;
        Some(enter(self.app.clone(), record))
    }

    fn take(&mut self) -> Option<DeliveryRecord> {
        self.tally.take().map(|tally| tally.into_record(self.complete))
    }
}

impl Drop for StreamTally {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent any more.
        if tokio::runtime::Handle::try_current().is_ok()
            && let Some(record) = self.take()
        {
            drop(enter(self.app.clone(), record));
        }
    }
}
