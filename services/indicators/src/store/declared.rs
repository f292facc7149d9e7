//! What published figures are protected by of what is declared of their indicator.

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait;

use super::{Error, Store, dataset, release};
use crate::domain::dataset::{Dataset, Dimension, Visibility};
use crate::domain::declaration::Declarations;
use crate::domain::delivery::{OverTime, contradiction};
use crate::domain::subtotal::Subtotal;
use crate::domain::table::CellRef;

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

    /// The first published cell of a dataset that contradicts a declaration of a breakdown, in Dutch: with a
    /// category that is not the sum that it says. What the figures are is not told.
    pub(crate) async fn contradiction(
        &self,
        db: &impl ConnectionTrait,
        dataset: &Dataset,
        declared: &Dimension,
    ) -> Result<Option<String>, Error> {
        let now = |own: &Dimension| if own.code == declared.code { declared.clone() } else { own.clone() };
        let dimensions: Vec<Dimension> = dataset.dimensions.iter().map(now).collect();
        let indicators = super::catalogue::indicators_named(db, &dataset.indicators).await?;
        let of_indicators = Declarations::of(&indicators);
        for release in release::published(db, &dataset.code).await? {
            let table = self.all_cells(&release).await?;
            let found = contradiction(&table, &dimensions, &of_indicators);
            if let Some((cell, whole)) = found.and_then(|(row, whole)| Some((table.cell(row)?, whole))) {
                let CellRef { indicator, area, period, .. } = cell;
                let name = release.id.resource_name();
                return Ok(Some(format!(
                    "{whole} is niet de som van zijn delen bij {indicator} van {area} in {period} ({name})"
                )));
            }
        }
        Ok(None)
    }

    /// The first sub-total of a breakdown that published figures of a dataset are protected by, and that does
    /// not follow from a new declaration of it; none of a dataset that is not shared.
    pub(crate) async fn lost_protection(
        &self,
        db: &impl ConnectionTrait,
        dataset: &Dataset,
        declared: &Dimension,
    ) -> Result<Option<Subtotal>, Error> {
        let at = dataset.dimensions.iter().position(|own| own.code == declared.code);
        let own = at.and_then(|at| dataset.dimensions.get(at));
        let lost: Vec<&Subtotal> = own.into_iter().flat_map(|own| own.lost_in(declared)).collect();
        if lost.is_empty() || dataset.visibility == Visibility::Public {
            return Ok(None);
        }
        for release in release::published(db, &dataset.code).await? {
            let table = self.all_cells(&release).await?;
            let category = |cell: CellRef<'_>| at.and_then(|at| cell.categories.get(at)).cloned();
            let told: BTreeSet<String> = table.cells().filter_map(category).collect();
            let is_told =
                |own: &&&Subtotal| own.parts.iter().chain([&own.category]).any(|code| told.contains(code));
            if let Some(lost) = lost.iter().find(is_told) {
                return Ok(Some((*lost).clone()));
            }
        }
        Ok(None)
    }
}
