//! What the consent service asks about the figures: what there is to share, and what a scope comes
//! to. No value leaves through here.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::App;
use super::error::Error;
use crate::domain::area::AreaKind;
use crate::domain::dataset::Dataset;
use crate::domain::period::Period;
use crate::domain::permit::Scope;
use crate::domain::preview::Counts;
use crate::domain::protection::Protection;
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::store;
use crate::store::shield::Unprotectable;
use crate::store::waiting::{Awaited, Waiting};

/// What there is to know of a dataset and of areas.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    /// None when there is no such dataset.
    pub dataset: Option<Dataset>,
    /// Codes of those of its indicators that do not add up.
    pub rates: Vec<String>,
    /// The periods of its newest release, in order, when they are asked for and there is one.
    pub periods: Vec<Period>,
    /// Code and kind of those of the areas asked for that exist.
    pub areas: Vec<(String, AreaKind)>,
}

/// What a scope comes to.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// The release that it is computed on; none when there is none yet.
    pub release: Option<ReleaseId>,
    pub fictitious: bool,
    /// The counts, or why the release cannot be delivered so.
    pub counts: Result<Counts, Unprotectable>,
}

impl App {
    /// Describes a dataset, and areas with these codes.
    pub(crate) async fn describe(
        &self,
        dataset: &str,
        areas: &[String],
        with_periods: bool,
    ) -> Result<Description, Error> {
        let pool = self.store.database().pool();
        let mut described =
            Description { dataset: None, rates: Vec::new(), periods: Vec::new(), areas: Vec::new() };
        if !areas.is_empty() {
            let known = store::catalogue::areas_named(pool, areas).await?;
            described.areas = known.into_iter().map(|area| (area.code, area.kind)).collect();
        }
        if let Some(dataset) = store::dataset::dataset(pool, dataset).await? {
            if with_periods && let Some(release) = self.newest(&dataset).await? {
                let store = self.store.clone();
                described.periods = self.aside(|_| async move { store.periods(&release).await }).await?;
            }
            let indicators = store::catalogue::indicators_named(pool, &dataset.indicators).await?;
            let rates = indicators.into_iter().filter(|indicator| !indicator.additive);
            described.rates = rates.map(|indicator| indicator.code).collect();
            described.dataset = Some(dataset);
        }
        Ok(described)
    }

    /// Those of these codes that are indicators, of whatever dataset.
    pub(crate) async fn known_indicators(&self, codes: &[String]) -> Result<Vec<String>, Error> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let known = store::catalogue::indicators_named(self.store.database().pool(), codes).await?;
        Ok(known.into_iter().map(|indicator| indicator.code).collect())
    }

    /// What a delivery of the newest release under this scope and protection would come
    /// to.
    pub(crate) async fn preview(&self, scope: Scope, protection: Protection) -> Result<Preview, Error> {
        let dataset = self.dataset(&scope.dataset).await?;
        let fictitious = dataset.fictitious;
        let releases = store::release::published(self.store.database().pool(), &dataset.code).await?;
        let release = releases.last().map(|release| release.id.clone());
        let store = self.store.clone();
        let counting =
            |awaited| async move { store.counts(&dataset, &releases, scope, protection, awaited).await };
        Ok(Preview { release, fictitious, counts: self.aside(counting).await? })
    }

    async fn newest(&self, dataset: &Dataset) -> Result<Option<Release>, Error> {
        let Some(number) = dataset.latest_release else { return Ok(None) };
        let id = ReleaseId { dataset: dataset.code.clone(), number };
        let release = store::release::release(self.store.database().pool(), &id).await?;
        Ok(release.filter(|release| release.state == ReleaseState::Published))
    }

    /// Waits for room to read the cells of one more release, and reads them, so that previews never
    /// take what deliveries need.
    pub(super) async fn aside<T, W>(&self, work: impl FnOnce(Awaited) -> W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, store::Error>> + Send + 'static,
    {
        let room = timeout(self.config.preview_wait, Arc::clone(&self.previews).acquire_owned()).await;
        let room = room.map_err(|_| Error::Busy)?.map_err(|_| Error::Stopping)?;
        in_room(room, work).await
    }
}

/// Does work that is told when nobody waits for it any more. The room is kept until it has ended.
async fn in_room<T, W>(room: OwnedSemaphorePermit, work: impl FnOnce(Awaited) -> W) -> Result<T, Error>
where
    T: Send + 'static,
    W: Future<Output = Result<T, store::Error>> + Send + 'static,
{
    let waiting = Waiting::default();
    let work = work(waiting.awaited());
    let working = tokio::spawn(async move {
        let done = work.await;
        drop(room);
        done
    });
    Ok(working.await??)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sdc::{Phase, Watch};
    use tokio::sync::Semaphore;
    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn work_that_breaks_off_is_a_fault_and_no_stop() {
        let taken = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let broken = in_room(taken, |_| async { panic!("a fault") }).await;
        let broken: Result<(), Error> = broken;
        assert!(matches!(broken, Err(Error::Broken(_))), "{broken:?}");
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_told_so_and_keeps_its_room_until_it_has_ended() {
        let room = Arc::new(Semaphore::new(1));
        let taken = Arc::clone(&room).try_acquire_owned().unwrap();
        let (started, starting) = tokio::sync::oneshot::channel();
        let work = |awaited: Awaited| async move {
            started.send(()).unwrap();
            while awaited.step(Phase::Protect, 0, 0) {
                sleep(Duration::from_millis(1)).await;
            }
            sleep(Duration::from_millis(50)).await;
            Ok(())
        };
        let asking = tokio::spawn(in_room(taken, work));
        starting.await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert!(room.try_acquire().is_err(), "it has not ended yet");
        let free = timeout(Duration::from_secs(10), room.acquire()).await;
        assert!(free.expect("it ends").is_ok());
    }
}
