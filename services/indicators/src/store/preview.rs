//! What is told of a release to who has no right to its values: numbers of cells, and periods. The
//! cells stay in here.

use sdc::Policy;

use super::table::aside;
use super::{Error, Store};
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;
use crate::domain::permit::Scope;
use crate::domain::preview::{Counts, count};
use crate::domain::release::Release;

impl Store {
    /// What a delivery of a release under this scope and policy would come to.
    pub(crate) async fn counts(
        &self,
        release: &Release,
        scope: Scope,
        dimensions: Vec<Dimension>,
        policy: Policy,
    ) -> Result<Counts, Error> {
        let table = self.all_cells(release).await?;
        let mask = self.mask_once(release, &table, policy).await?;
        aside(move || count(&table, &scope, &dimensions, &mask)).await
    }

    /// The periods that a release has cells for, in order.
    pub(crate) async fn periods(&self, release: &Release) -> Result<Vec<Period>, Error> {
        Ok(self.all_cells(release).await?.periods().to_vec())
    }
}
