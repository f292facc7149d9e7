//! Counts what is sent under a permit, for the ledger.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::App;
use super::decision::{DeliveryRecord, Unreachable};
use super::deliver::hex;
use crate::domain::observation::Observation;
use crate::domain::permit::Permit;
use crate::domain::release::ReleaseId;

/// What was sent so far.
#[derive(Debug)]
pub(super) struct Tally {
    record: DeliveryRecord,
    hash: Sha256,
}

impl Tally {
    pub(super) fn new(permit: &Permit, release: ReleaseId) -> Self {
        let record = DeliveryRecord {
            transaction_id: permit.transaction_id(),
            agreement: permit.agreement().to_owned(),
            recipient: permit.recipient().to_owned(),
            release,
            rows: 0,
            withheld: 0,
            digest: String::new(),
            complete: false,
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

/// A tally of a stream: when the stream breaks off, the ledger is told how far it came.
#[derive(Debug)]
pub(super) struct StreamTally {
    app: Arc<App>,
    tally: Option<Tally>,
}

impl StreamTally {
    pub(super) fn new(app: Arc<App>, permit: &Permit, release: ReleaseId) -> Self {
        Self { app, tally: Some(Tally::new(permit, release)) }
    }

    pub(super) fn add(&mut self, observations: &[Observation]) {
        if let Some(tally) = &mut self.tally {
            tally.add(&self.app, observations);
        }
    }

    pub(super) async fn complete(mut self) -> Result<(), Unreachable> {
        match self.tally.take() {
            Some(tally) => tally.complete(&self.app).await,
            None => Ok(()),
        }
    }
}

impl Drop for StreamTally {
    fn drop(&mut self) {
        let (Some(tally), Ok(runtime)) = (self.tally.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let app = self.app.clone();
        runtime.spawn(async move {
            let record = tally.into_record(false);
            if let Err(error) = app.in_time(app.decisions.record_delivery(record)).await {
                tracing::error!(%error, "a delivery that broke off is not in the ledger");
            }
        });
    }
}
