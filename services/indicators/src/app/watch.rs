//! Observations as they are published: the newest release, and then every one that follows. Under
//! an agreement the stream ends as soon as the agreement no longer holds.

use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use platform::identity::Caller;
use platform::shutdown::Shutdown;
use time::OffsetDateTime;
use tokio::time::sleep;

use super::App;
use super::access::{Reader, reader};
use super::error::Error;
use super::gates::{Cut, Gate, GateKey};
use super::read::{Asked, Extract, Heading, ground, heading};
use super::tally::{Entering, Tally};
use crate::domain::dataset::Dataset;
use crate::domain::observation::Observation;
use crate::domain::permit::{Delivery, Permit, Reason, Receipt, Refusal};
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

/// A part that was made, and is not handed out yet.
struct Made {
    batch: Batch,
    /// With the first part of a release under a permit: what counts those that are handed out.
    tally: Option<Tally>,
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
    /// Of the release that comes next.
    tally: Option<Tally>,
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
    let (governed, tally) = (None, None);
    let mut watcher = Watcher { app: Arc::clone(&app), dataset, asked, filter, reader, governed, tally };
    // The gate is there before the decision is asked for, so that nothing falls between the two.
    let gate = watcher.gate().await?;
    watcher.decide(release.as_ref().map(|release| &release.id), gate.as_ref()).await?;
    let receipt = watcher.governed.as_ref().map(|(_, permit)| permit.receipt());
    let gate = gate.zip(watcher.governed.as_ref().map(|(_, permit)| Under::of(permit)));
    Ok((receipt, gated(app.shutdown.clone(), gate, watcher.releases(release, published))))
}

/// What passes the gate, until nothing does any more. What passes is counted, and nothing else.
fn gated(
    shutdown: Shutdown,
    mut gate: Option<(Gate, Under)>,
    batches: impl Stream<Item = Result<Made, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Batch, Error>> + Send + 'static {
    async_stream::try_stream! {
        let mut batches = Box::pin(batches);
        let mut tally: Option<Tally> = None;
        let mut entering: Option<Entering> = None;
        loop {
            let cut = async {
                match &mut gate {
                    Some((gate, under)) => under.refusal(gate.cut(under.expires).await),
                    None => std::future::pending().await,
                }
            };
            let made = async {
                // A release is in the ledger before the next one follows.
                if let Some(entering) = entering.take() {
                    entering.await.map_err(|_| Error::Stopping)??;
                }
                batches.next().await.transpose()
            };
            let next = tokio::select! {
                // In this order: a batch passes only when nothing ends the stream at that moment.
                biased;
                () = shutdown.wait() => Err(Error::Stopping),
                error = cut => Err(error),
                next = made => next,
            };
            // Making a batch takes time: what ends the stream meanwhile keeps it back.
            let next = next.and_then(|next| match gate.as_ref() {
                Some((gate, under)) => match gate.cut_now(under.expires) {
                    Some(cut) => Err(under.refusal(cut)),
                    None => Ok(next),
                },
                None => Ok(next),
            });
            let Made { batch, tally: begun } = match next {
                Ok(Some(made)) => made,
                Ok(None) => return,
                Err(error) => {
                    // Let go of, however long the reader keeps the stream: the ledger is told now.
                    drop((batches, tally, gate));
                    Err(error)?;
                    return;
                }
            };
            if let (Some((_, under)), Some(receipt)) = (&mut gate, &batch.heading.receipt) {
                under.receipt.clone_from(receipt);
            }
            tally = begun.or(tally);
            if let Some(counted) = &mut tally {
                counted.add(&batch.observations, batch.complete);
            }
            if batch.complete {
                entering = tally.take().and_then(Tally::end);
            }
            yield batch;
        }
    }
}

/// The permit that rows pass a gate under.
pub(super) struct Under {
    receipt: Receipt,
    /// When the agreement ends by the clock.
    expires: OffsetDateTime,
    /// Why nothing passes from then on.
    expired: Reason,
}

impl Under {
    pub(super) fn of(permit: &Permit) -> Self {
        let expired = permit.expired().clone();
        Self { receipt: permit.receipt(), expires: permit.expire_time(), expired }
    }

    /// A single answer passes the gate now.
    ///
    /// # Errors
    /// When nothing does.
    pub(super) fn pass(&self, permit: &Permit, gate: &Gate) -> Result<(), Error> {
        let cut = gate.key().permitted(permit.ledger_number()).err();
        cut.or_else(|| gate.cut_now(self.expires)).map_or(Ok(()), |cut| Err(self.refusal(cut)))
    }

    /// What was permitted was entered: who is cut off after that is told where.
    fn refusal(&self, cut: Cut) -> Error {
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
    async fn decide(&mut self, release: Option<&ReleaseId>, gate: Option<&Gate>) -> Result<(), Error> {
        let key = self.governed.as_ref().map(|(key, _)| key.clone()).or(gate.map(Gate::key));
        let (Reader::Recipient(recipient), Some(key)) = (&self.reader, key) else {
            return Ok(());
        };
        let room = self.app.stream_decisions.acquire().await.map_err(|_| Error::Stopping)?;
        let question = (&self.asked, &self.filter);
        let (permit, tally) =
            self.app.permit(recipient, &self.dataset, question, Delivery::Stream, release).await?;
        drop(room);
        key.permitted(permit.ledger_number()).map_err(|cut| Under::of(&permit).refusal(cut))?;
        self.governed = Some((key, permit));
        self.tally = tally;
        Ok(())
    }

    /// The release that is there, and every one that follows.
    fn releases(
        mut self,
        mut next: Option<Release>,
        mut published: tokio::sync::watch::Receiver<u64>,
    ) -> impl Stream<Item = Result<Made, Error>> + Send + 'static {
        async_stream::try_stream! {
            let mut order = 0;
            loop {
                if let Some(release) = next.take() {
                    order = release.publish_order.unwrap_or(order);
                    let mut part = self.begin(&release).await?;
                    while let Some(made) = part.next() {
                        yield made;
                    }
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
                self.decide(next.as_ref().map(|release| &release.id), None).await?;
            }
        }
    }

    async fn begin(&mut self, release: &Release) -> Result<Part, Error> {
        let mut tally = self.tally.take();
        let permit = self.governed.as_ref().map(|(_, permit)| permit);
        let ground = ground(&self.reader, permit).ok_or(store::Error::OtherDataset)?;
        let extract = self.app.extract(&self.dataset, release, &self.filter, &ground).await?;
        if let Some(tally) = &mut tally {
            tally.masked_by(extract.mask_digest());
        }
        Ok(Part { extract, heading: heading(&self.dataset, Some(release), permit), next: Some(0), tally })
    }
}

/// A release on its way to a reader.
struct Part {
    extract: Extract,
    heading: Heading,
    /// At which cell of the table the next batch begins; none when the last one was made.
    next: Option<usize>,
    tally: Option<Tally>,
}

impl Part {
    fn next(&mut self) -> Option<Made> {
        let (observations, next) = self.extract.part(self.next?, BATCH);
        self.next = next;
        let batch = Batch { heading: self.heading.clone(), observations, complete: next.is_none() };
        Some(Made { batch, tally: self.tally.take() })
    }
}

#[cfg(test)]
mod tests;
