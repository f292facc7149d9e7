//! Observations as they are published: the newest release, and then every one that follows. Under
//! an agreement the stream ends as soon as the agreement no longer holds.

use std::sync::Arc;

use futures_util::Stream;
use platform::identity::Caller;
use tokio::time::sleep;

use super::App;
use super::access::{Reader, reader};
use super::enforcement::{Cut, Guard};
use super::error::Error;
use super::read::{Asked, Heading, ground, heading};
use super::tally::StreamTally;
use crate::domain::dataset::Dataset;
use crate::domain::observation::Observation;
use crate::domain::permit::{Delivery, Permit, Reason, Refusal};
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
    /// For who needs a permit: what ends the stream, and the permit that it is under.
    governed: Option<(Guard, Permit)>,
}

/// Opens the stream. Who is refused learns it here, before the stream begins.
pub(crate) async fn watch(
    app: Arc<App>,
    caller: &Caller,
    asked: Asked,
) -> Result<impl Stream<Item = Result<Batch, Error>> + Send + 'static, Error> {
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
    let mut watcher = Watcher { app, dataset, asked, filter, reader, governed: None };
    // The guard listens before the decision is asked for, so that nothing falls between the two.
    watcher.decide(release.as_ref().map(|release| &release.id)).await?;
    Ok(async_stream::try_stream! {
        let mut next = release;
        let mut order = 0;
        loop {
            if let Some(release) = next.take() {
                order = release.publish_order.unwrap_or(order);
                let mut part = watcher.begin(&release).await?;
                while let Some(batch) = part.next() {
                    let checked = watcher.check().await;
                    if checked.is_err() {
                        part.break_off();
                    }
                    checked?;
                    part.count(&batch);
                    yield batch;
                }
                watcher.finish(part).await?;
            }
            while next.is_none() {
                watcher.check().await?;
                next = store::release::published_after(
                    watcher.app.store.database().pool(), &watcher.dataset.code, order,
                ).await.map_err(Error::from)?;
                if next.is_none() {
                    watcher.wait(&mut published).await?;
                }
            }
            watcher.decide(next.as_ref().map(|release| &release.id)).await?;
        }
    })
}

impl Watcher {
    /// Asks for a permit for a release, where one is needed.
    async fn decide(&mut self, release: Option<&ReleaseId>) -> Result<(), Error> {
        let Reader::Recipient(recipient) = &self.reader else {
            return Ok(());
        };
        let guard = self.app.enforcement.guard(&self.asked.agreement, &self.app.clock);
        let question = (&self.asked, &self.filter);
        let permit = self.app.permit(recipient, &self.dataset, question, Delivery::Stream, release).await?;
        self.governed = Some((guard, permit));
        Ok(())
    }

    /// Goes on only while the agreement holds and the process runs.
    async fn check(&mut self) -> Result<(), Error> {
        if self.app.shutdown.told() {
            return Err(Error::Stopping);
        }
        let Some((guard, permit)) = &mut self.governed else {
            return Ok(());
        };
        match guard.cut_now(permit.expire_time()) {
            Some(cut) => self.resolve(cut).await,
            None => Ok(()),
        }
    }

    /// Waits until there may be a new release, or the stream has to end.
    async fn wait(&mut self, published: &mut tokio::sync::watch::Receiver<u64>) -> Result<(), Error> {
        let poll = self.app.config.release_poll;
        let shutdown = self.app.shutdown.clone();
        let cut = async {
            match &mut self.governed {
                Some((guard, permit)) => guard.cut(permit.expire_time()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown.wait() => Err(Error::Stopping),
            cut = cut => self.resolve(cut).await,
            _ = published.changed() => Ok(()),
            () = sleep(poll) => Ok(()),
        }
    }

    /// Ends the stream, unless asking again shows that the agreement still holds.
    async fn resolve(&mut self, cut: Cut) -> Result<(), Error> {
        let Some((_, permit)) = &self.governed else {
            return Ok(());
        };
        let agreement = permit.agreement().to_owned();
        let refused = |reason: Reason| {
            Error::Refused(Box::new(Refusal {
                agreement: agreement.clone(),
                reasons: vec![reason],
                ledger_entry: String::new(),
                transaction_id: permit.transaction_id(),
            }))
        };
        match cut {
            Cut::Ended(reason) => Err(refused(*reason)),
            Cut::Expired => Err(refused(expired(permit))),
            Cut::Silent => Err(Error::Silent { agreement }),
            Cut::AskAgain => {
                let Reader::Recipient(recipient) = &self.reader else {
                    return Ok(());
                };
                let question = (&self.asked, &self.filter);
                let answer =
                    self.app.permit(recipient, &self.dataset, question, Delivery::Stream, None).await;
                match answer {
                    Ok(_) => Ok(()),
                    Err(Error::Unreachable(_)) => Err(Error::Silent { agreement }),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Enters in the ledger that a release was delivered, unless the stream has to end before that.
    async fn finish(&mut self, part: Part) -> Result<(), Error> {
        let end = part.end();
        tokio::pin!(end);
        loop {
            let cut = async {
                match &mut self.governed {
                    Some((guard, permit)) => guard.cut(permit.expire_time()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                ended = &mut end => return ended,
                cut = cut => self.resolve(cut).await?,
            }
        }
    }

    async fn begin(&self, release: &Release) -> Result<Part, Error> {
        let permit = self.governed.as_ref().map(|(_, permit)| permit);
        let ground = ground(&self.reader, permit).ok_or(store::Error::OtherDataset)?;
        let extract = self.app.extract(&self.dataset, release, &self.filter, &ground).await?;
        let tally = permit.map(|permit| StreamTally::new(self.app.clone(), permit, release.id.clone()));
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

    /// Nothing more is sent: the ledger is told now, however long the reader keeps the stream.
    fn break_off(&mut self) {
        self.tally = None;
    }

    async fn end(self) -> Result<(), Error> {
        match self.tally.and_then(StreamTally::end) {
            Some(entered) => Ok(entered.await.map_err(|_| Error::Stopping)??),
            None => Ok(()),
        }
    }
}

fn expired(permit: &Permit) -> Reason {
    let agreement = permit.agreement();
    let until = permit.expire_time();
    Reason {
        code: "AGREEMENT_EXPIRED".to_owned(),
        message_nl: format!(
            "De afspraak {agreement} is verlopen. Vraag de aanbieder om een nieuwe afspraak."
        ),
        message_en: format!("The agreement {agreement} has expired. Ask the provider for a new one."),
        metadata: vec![("expire_time".to_owned(), until.to_string())],
    }
}
