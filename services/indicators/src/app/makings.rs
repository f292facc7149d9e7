//! Whose turn it is to make the masks of a dataset, and what was found that cannot be made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turns, OwnedMutexGuard, Semaphore, SemaphorePermit};

use super::error::Error;
use super::protecting::Basis;
use crate::domain::protection::Protection;
use crate::store::shield::Unprotectable;

/// Held by who makes the masks of a dataset, so that nobody else in this process makes the same ones.
pub(super) type Turn = OwnedMutexGuard<()>;

/// The makings of masks in this process.
#[derive(Debug)]
pub(crate) struct Makings {
    /// Room for masks that are computed.
    room: Semaphore,
    /// By dataset.
    turns: Mutex<HashMap<String, Arc<Turns<()>>>>,
    /// What could not be made, and from what that was found, of each dataset and protection: of a dataset all from
    /// the same.
    failed: Mutex<HashMap<(String, Protection), (Basis, Unprotectable)>>,
}

impl Makings {
    /// With room for the masks of so many datasets at a time.
    pub(crate) fn new(at_once: usize) -> Self {
        Self { room: Semaphore::new(at_once), turns: Mutex::default(), failed: Mutex::default() }
    }

    /// Waits until nobody else makes masks of this dataset.
    pub(super) async fn turn(&self, dataset: &str) -> Turn {
        let turns = Arc::clone(held(&self.turns).entry(dataset.to_owned()).or_default());
        turns.lock_owned().await
    }

    /// Waits for room to compute.
    pub(super) async fn room(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.room.acquire().await.map_err(|_| Error::Stopping)
    }

    /// Remembers that a protection cannot be given.
    pub(super) fn fails(&self, dataset: &str, protection: Protection, basis: Basis, none: Unprotectable) {
        let mut failed = held(&self.failed);
        failed.retain(|(of, _), (found_from, _)| of != dataset || *found_from == basis);
        failed.insert((dataset.to_owned(), protection), (basis, none));
    }

    /// Why a protection cannot be given, where that was found from the same.
    pub(super) fn failed(
        &self,
        dataset: &str,
        protection: Protection,
        basis: &Basis,
    ) -> Option<Unprotectable> {
        let failed = held(&self.failed);
        let (of, none) = failed.get(&(dataset.to_owned(), protection))?;
        (of == basis).then(|| none.clone())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn who_makes_masks_of_one_dataset_holds_up_nobody_with_another() {
        let makings = Makings::new(1);
        let turn = makings.turn("een").await;
        let waits = timeout(Duration::from_millis(20), makings.turn("een"));
        assert!(waits.await.is_err(), "it is somebody's turn");
        drop(makings.turn("ander").await);
        drop(turn);
        drop(makings.turn("een").await);
    }
}
