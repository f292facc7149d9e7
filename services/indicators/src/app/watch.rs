//! Observations as they are published: the newest release, and then every one that follows. Under
//! an agreement the stream ends as soon as the agreement no longer holds.

use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use platform::identity::Caller;
use platform::shutdown::Shutdown;
use time::OffsetDateTime;
use tokio::time::sleep;
use uuid::Uuid;

use super::App;
use super::access::{Reader, reader};
use super::error::Error;
use super::gates::{Cut, Gate, GateKey};
use super::read::{Asked, Heading, ground, heading};
use super::tally::StreamTally;
use crate::domain::dataset::Dataset;
use crate::domain::observation::Observation;
use crate::domain::permit::{Delivery, Permit, Place, Reason, Receipt, Refusal};
use crate::domain::release::{Release, ReleaseId};
use crate::domain::selection::Filter;
use crate::store;

/// Most observations of one message.
const BATCH: usize = 500;

/// A part of a release.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub heading: Heading,
    pub observations: Vec<Observation>,
    /// Whether it is the last part.
    pub complete: bool,
}

/// One open stream.
struct Watcher {
    app: Arc<App>,
    dataset: Dataset,
    asked: Asked,
    filter: Filter,
    reader: Reader,
    /// For who needs a permit: the key of its gate, and the permit that it is under.
    governed: Option<(GateKey, Permit)>,
}

/// Opens the stream; gives the receipt of the decision that it begins with, where one was needed. Who
/// is refused learns it here, before the stream begins.
pub(crate) async fn watch(
    app: Arc<App>,
    caller: &Caller,
    asked: Asked,
) -> Result<(Option<Receipt>, impl Stream<Item = Result<Batch, Error>> + Send + 'static), Error> {
    let dataset = app.dataset(&asked.dataset).await?;
    let filter = app.filter(&asked).await?;
    let reader = reader(caller, &dataset)?;
    let mut published = app.published.subscribe();
    published.mark_unchanged();
    let release = match dataset.latest_release {
        Some(number) => {
            let id = ReleaseId { dataset: dataset.code.clone(), number };
            store::release::release(app.store.database().pool(), &id).await?
        }
        None => None,
    };
    let mut watcher = Watcher { app: Arc::clone(&app), dataset, asked, filter, reader, governed: None };
    // The gate is there before the decision is asked for, so that nothing falls between the two.
    let gate = watcher.gate().await?;
    watcher.governed = watcher.decide(release.as_ref().map(|release| &release.id), gate.as_ref()).await?;
    let receipt = watcher.governed.as_ref().map(|(_, permit)| permit.receipt());
    let gate = gate.zip(watcher.governed.as_ref().map(|(_, permit)| Under::of(permit)));
    Ok((receipt, gated(app.shutdown.clone(), gate, watcher.releases(release, published))))
}

/// What passes the gate, until nothing does any more.
fn gated(
    shutdown: Shutdown,
    mut gate: Option<(Gate, Under)>,
    batches: impl Stream<Item = Result<Batch, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Batch, Error>> + Send + 'static {
    async_stream::try_stream! {
        let mut batches = Box::pin(batches);
        loop {
            let cut = async {
                match &mut gate {
                    Some((gate, under)) => under.refusal(gate.cut(under.expires).await),
                    None => std::future::pending().await,
                }
            };
            let next = tokio::select! {
                // In this order: a batch passes only when nothing ends the stream at that moment.
                biased;
                () = shutdown.wait() => Err(Error::Stopping),
                error = cut => Err(error),
                next = batches.next() => next.transpose(),
            };
            // Making a batch takes time: what ends the stream meanwhile keeps it back.
            let next = next.and_then(|next| match gate.as_ref() {
                Some((gate, under)) => match gate.cut_now(under.expires) {
                    Some(cut) => Err(under.refusal(cut)),
                    None => Ok(next),
                },
                None => Ok(next),
            });
            let batch = match next {
                Ok(Some(batch)) => batch,
                Ok(None) => return,
                Err(error) => {
                    // Let go of, however long the reader keeps the stream: the ledger is told now.
                    drop(batches);
                    drop(gate);
                    Err(error)?;
                    return;
                }
            };
            if let (Some((_, under)), Some(receipt)) = (&mut gate, &batch.heading.receipt) {
                under.transaction_id = receipt.transaction_id;
            }
            yield batch;
        }
    }
}

/// The permit that rows pass a gate under.
pub(super) struct Under {
    agreement: String,
    transaction_id: Uuid,
    /// When the agreement ends by the clock.
    expires: OffsetDateTime,
}

impl Under {
    pub(super) fn of(permit: &Permit) -> Self {
        Self {
            agreement: permit.agreement().to_owned(),
            transaction_id: permit.transaction_id(),
            expires: permit.expire_time(),
        }
    }

    /// Why nothing passes the gate now, if so.
    pub(super) fn refused(&self, permit: &Permit, gate: &Gate) -> Option<Error> {
        let cut = gate.key().permitted(permit.ledger_number()).err();
        cut.or_else(|| gate.cut_now(self.expires)).map(|cut| self.refusal(cut))
    }

    fn refusal(&self, cut: Cut) -> Error {
        let agreement = self.agreement.clone();
        let reason = match cut {
            Cut::Ended(reason) => *reason,
            Cut::Expired => expired(&agreement, self.expires),
            Cut::Silent => return Error::Silent { agreement },
        };
        Error::Refused(Box::new(Refusal {
            agreement,
            reasons: vec![reason],
            ledger_entry: String::new(),
            place: Place::default(),
            transaction_id: self.transaction_id,
        }))
    }
}

impl Watcher {
    /// The gate of this stream, where one is needed.
    async fn gate(&self) -> Result<Option<Gate>, Error> {
        let Reader::Recipient(recipient) = &self.reader else {
            return Ok(None);
        };
        let gates = &self.app.enforcement;
        Ok(Some(gates.gate(&self.asked.agreement, &recipient.oin, true, &self.app.clock).await?))
    }

    /// Asks for a permit for a release, where one is needed.
    async fn decide(
        &self,
        release: Option<&ReleaseId>,
        gate: Option<&Gate>,
    ) -> Result<Option<(GateKey, Permit)>, Error> {
        let key = self.governed.as_ref().map(|(key, _)| key.clone()).or(gate.map(Gate::key));
        let (Reader::Recipient(recipient), Some(key)) = (&self.reader, key) else {
            return Ok(None);
        };
        let room = self.app.stream_decisions.acquire().await.map_err(|_| Error::Stopping)?;
        let question = (&self.asked, &self.filter);
        let permit = self.app.permit(recipient, &self.dataset, question, Delivery::Stream, release).await?;
        drop(room);
        key.permitted(permit.ledger_number()).map_err(|cut| Under::of(&permit).refusal(cut))?;
        Ok(Some((key, permit)))
    }

    /// The release that is there, and every one that follows.
    fn releases(
        mut self,
        mut next: Option<Release>,
        mut published: tokio::sync::watch::Receiver<u64>,
    ) -> impl Stream<Item = Result<Batch, Error>> + Send + 'static {
        async_stream::try_stream! {
            let mut order = 0;
            loop {
                if let Some(release) = next.take() {
                    order = release.publish_order.unwrap_or(order);
                    let mut part = self.begin(&release).await?;
                    while let Some(batch) = part.next() {
                        part.count(&batch);
                        yield batch;
                    }
                    part.end().await?;
                }
                while next.is_none() {
                    next = store::release::published_after(
                        self.app.store.database().pool(), &self.dataset.code, order,
                    ).await.map_err(Error::from)?;
                    if next.is_none() {
                        tokio::select! {
                            _ = published.changed() => {}
                            () = sleep(self.app.config.release_poll) => {}
                        }
                    }
                }
                self.governed = self.decide(next.as_ref().map(|release| &release.id), None).await?;
            }
        }
    }

    async fn begin(&self, release: &Release) -> Result<Part, Error> {
        let permit = self.governed.as_ref().map(|(_, permit)| permit);
        let ground = ground(&self.reader, permit).ok_or(store::Error::OtherDataset)?;
        let extract = self.app.extract(&self.dataset, release, &self.filter, &ground).await?;
        let tally = permit.map(|permit| {
            StreamTally::new(self.app.clone(), permit, release.id.clone(), extract.mask_digest())
        });
        let heading = heading(&self.dataset, Some(release), permit);
        let indices = extract.indices();
        Ok(Part { extract, indices, heading, next: Some(0), tally })
    }
}

/// A release on its way to a reader.
struct Part {
    extract: super::read::Extract,
    indices: Vec<usize>,
    heading: Heading,
    /// Where the next batch begins; none when the last one was given.
    next: Option<usize>,
    tally: Option<StreamTally>,
}

impl Part {
    fn next(&mut self) -> Option<Batch> {
        let from = self.next?;
        let until = self.indices.len().min(from + BATCH);
        let complete = until == self.indices.len();
        self.next = (!complete).then_some(until);
        let indices = self.indices.get(from..until).unwrap_or_default();
        let observations = indices.iter().filter_map(|index| self.extract.observation(*index)).collect();
        Some(Batch { heading: self.heading.clone(), observations, complete })
    }

    fn count(&mut self, batch: &Batch) {
        if let Some(tally) = &mut self.tally {
            tally.add(&batch.observations, batch.complete);
        }
    }

    async fn end(self) -> Result<(), Error> {
        match self.tally.and_then(StreamTally::end) {
            Some(entered) => Ok(entered.await.map_err(|_| Error::Stopping)??),
            None => Ok(()),
        }
    }
}

fn expired(agreement: &str, until: OffsetDateTime) -> Reason {
    Reason {
        code: "AGREEMENT_EXPIRED".to_owned(),
        message_nl: format!(
            "De afspraak {agreement} is verlopen. Vraag de aanbieder om een nieuwe afspraak."
        ),
        message_en: format!("The agreement {agreement} has expired. Ask the provider for a new one."),
        metadata: vec![("expire_time".to_owned(), until.to_string())],
    }
}

#[cfg(test)]
mod tests;
