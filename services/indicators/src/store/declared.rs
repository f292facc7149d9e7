//! What published figures are protected by of what is declared of their indicator.

use sea_orm::ConnectionTrait;

use super::{Error, Store, dataset, release};
use crate::domain::delivery::OverTime;

/// A declaration that is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loosened {
    /// That the indicator adds up over time.
    OverTime,
    /// That it is a distribution.
    Distribution,
}

impl Store {
    /// The first shared dataset of which published figures of an indicator are protected by what is taken
    /// back. That an indicator adds up protects none where no period holds another, nor where the figures say
    /// themselves that it does not.
    pub(crate) async fn protected_by(
        &self,
        db: &impl ConnectionTrait,
        indicator: &str,
        loosened: Loosened,
    ) -> Result<Option<String>, Error> {
        for dataset in dataset::shared_with(db, indicator).await? {
            let mut tables = Vec::new();
            for release in release::published(db, &dataset.code).await? {
                tables.push(self.all_cells(&release).await?);
            }
            let tables: Vec<_> = tables.iter().map(AsRef::as_ref).collect();
            let is_protected = match loosened {
                Loosened::OverTime => OverTime::of(&tables, indicator) == OverTime::Possible,
                Loosened::Distribution => {
                    tables.iter().any(|table| table.cells().any(|cell| cell.indicator == indicator))
                }
            };
            if is_protected {
                return Ok(Some(dataset.code));
            }
        }
        Ok(None)
    }
}
