//! Observations as they are published: the newest release, and then every one that follows. Under
//! an agreement the stream ends as soon as the agreement no longer holds.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use platform::identity::Caller;
use platform::shutdown::Shutdown;
use tokio::time::sleep;

use super::App;
use super::access::{Reader, reader};
use super::error::Error;
use super::gates::{Gate, GateKey};
use super::passage::{Passage, Under};
use super::read::{Asked, Extract, Heading, ground, heading};
use super::tally::Tally;
use crate::domain::dataset::Dataset;
use crate::domain::observation::Observation;
use crate::domain::permit::{Delivery, Permit, Receipt};
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

/// A part that was made, and has not left.
pub(super) struct Made {
    pub batch: Batch,
    /// With the first part of a release under a permit: what counts those that leave.
    pub tally: Option<Tally>,
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

/// A stream that was opened.
pub(crate) struct Watch<S> {
    /// Of the decision that it begins with, where one was needed.
    pub receipt: Option<Receipt>,
    /// The way that what is under a permit has to go.
    pub passage: Option<Arc<Passage>>,
    pub batches: S,
}

/// Opens the stream. Who is refused learns it here, before the stream begins.
pub(crate) async fn watch(
    app: Arc<App>,
    caller: &Caller,
    asked: Asked,
) -> Result<Watch<impl Stream<Item = Result<Batch, Error>> + Send + 'static>, Error> {
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
    let passage = match gate.zip(watcher.governed.as_ref()) {
        Some((gate, (_, permit))) => Some(Arc::new(Passage::open(gate, permit)?)),
        None => None,
    };
    let batches = passing(app.shutdown.clone(), passage.clone(), watcher.releases(release, published));
    Ok(Watch { receipt, passage, batches })
}

/// What takes its way, one message after the other, until the order to stop.
pub(super) fn passing(
    shutdown: Shutdown,
    passage: Option<Arc<Passage>>,
    batches: impl Stream<Item = Result<Made, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Batch, Error>> + Send + 'static {
    async_stream::try_stream! {
        let mut batches = Box::pin(batches);
        loop {
            let made = async {
                // A release is in the ledger before the next one follows.
                if let Some(passage) = &passage {
                    passage.passed().await?;
                }
                batches.next().await.transpose()
            };
            let next = tokio::select! {
                // In this order: the order to stop comes before the next batch.
                biased;
                () = shutdown.wait() => Err(Error::Stopping),
                next = made => next,
            };
            let Some(Made { batch, tally }) = next? else { return };
            if let Some(passage) = &passage {
                passage.sends(&batch, tally);
            }
            yield batch;
        }
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
        // A stream has the time.
        let extract = self.app.extract(&self.dataset, release, &self.filter, &ground, Duration::MAX).await?;
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
