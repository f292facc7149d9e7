//! What is told of a release to who has no right to its values: numbers of cells, and periods. The
//! cells stay in here.

use std::sync::Arc;

use super::shield::Unprotectable;
use super::table::aside;
use super::waiting::Awaited;
use super::{Error, Store, protections};
use crate::domain::dataset::Dataset;
use crate::domain::period::Period;
use crate::domain::permit::Scope;
use crate::domain::preview::{Counts, count};
use crate::domain::protection::Protection;
use crate::domain::release::Release;

impl Store {
    /// What a delivery of the last of these releases, in the order of their publication, would come to
    /// under this scope and protection. A shield that is not kept yet is made, and not kept.
    pub(crate) async fn counts(
        &self,
        dataset: &Dataset,
        releases: &[Release],
        scope: Scope,
        protection: Protection,
        awaited: Awaited,
    ) -> Result<Result<Counts, Unprotectable>, Error> {
        let Some(release) = releases.last() else { return Ok(Ok(Counts::default())) };
        let table = self.all_cells(release).await?;
        let wanted = protections::with(self.database.pool(), &dataset.code, protection).await?;
        let mask = match self.shield(release, table.len(), protection).await? {
            Some(kept) => kept.shield.mask.clone(),
            None => match self.make_shields(dataset, releases, &wanted, awaited).await? {
                Ok(made) => {
                    let mut made = made.into_iter();
                    let made = made.find(|made| made.release == release.id && made.protection == protection);
                    made.ok_or(Error::BrokenOff)?.shielded.shield.mask
                }
                Err(none) => return Ok(Err(none)),
            },
        };
        let (table, dimensions) = (Arc::clone(&table), dataset.dimensions.clone());
        aside(move || Ok(count(&table, &scope, &dimensions, &mask))).await
    }

    /// The periods that a release has cells for, in order.
    pub(crate) async fn periods(&self, release: &Release) -> Result<Vec<Period>, Error> {
        Ok(self.all_cells(release).await?.periods().to_vec())
    }
}
