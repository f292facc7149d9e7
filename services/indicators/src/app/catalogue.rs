//! Areas, themes, indicators and datasets: get, list, and announce a dataset.

use platform::idempotency::Key;
use platform::identity::Caller;
use platform::page::Page;
use platform::status::FieldViolation;

use super::error::Error;
use super::{App, Done};
use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::{Dataset, Problem};
use crate::domain::indicator::{Indicator, Theme};
use crate::store;

/// A page of a list and the token of the next one.
pub(crate) type Listed<T> = (Vec<T>, String);

/// How many rows a list reads: one more than the page, to see whether there is a next one.
fn limit(page: &Page) -> u64 {
    u64::from(page.size) + 1
}

impl App {
    pub(crate) async fn area(&self, code: &str) -> Result<Area, Error> {
        let found = store::catalogue::area(self.store.database().pool(), code).await?;
        found.ok_or_else(|| Error::NotFound(format!("areas/{code}")))
    }

    pub(crate) async fn areas(&self, kind: Option<AreaKind>, page: &Page) -> Result<Listed<Area>, Error> {
        let pool = self.store.database().pool();
        let mut areas = store::catalogue::areas(pool, kind, page.after.as_deref(), limit(page)).await?;
        let next = page.cut(&mut areas, |area| area.code.clone());
        Ok((areas, next))
    }

    pub(crate) async fn themes(&self) -> Result<Vec<Theme>, Error> {
        Ok(store::catalogue::themes(self.store.database().pool()).await?)
    }

    pub(crate) async fn indicator(&self, code: &str) -> Result<Indicator, Error> {
        let found = store::catalogue::indicator(self.store.database().pool(), code).await?;
        found.ok_or_else(|| Error::NotFound(format!("indicators/{code}")))
    }

    pub(crate) async fn indicators(
        &self,
        theme: Option<&str>,
        page: &Page,
    ) -> Result<Listed<Indicator>, Error> {
        let pool = self.store.database().pool();
        if let Some(theme) = theme
            && store::catalogue::themes(pool).await?.iter().all(|known| known.code != theme)
        {
            return Err(Error::Invalid(vec![unknown("theme")]));
        }
        let after = page.after_as()?;
        let mut found = store::catalogue::indicators(pool, theme, after, limit(page)).await?;
        let next = page.cut(&mut found, |(place, _)| place.to_string());
        Ok((found.into_iter().map(|(_, indicator)| indicator).collect(), next))
    }

    pub(crate) async fn get_dataset(&self, code: &str) -> Result<Dataset, Error> {
        self.dataset(code).await
    }

    pub(crate) async fn datasets(&self, page: &Page) -> Result<Listed<Dataset>, Error> {
        let pool = self.store.database().pool();
        let mut datasets = store::dataset::datasets(pool, page.after.as_deref(), limit(page)).await?;
        let next = page.cut(&mut datasets, |dataset| dataset.code.clone());
        Ok((datasets, next))
    }

    /// Announces a dataset of the caller's organisation.
    pub(crate) async fn create_dataset(
        &self,
        caller: &Caller,
        mut dataset: Dataset,
        key: Option<Key>,
    ) -> Result<Done<Dataset>, Error> {
        dataset.owner = caller.organisation.as_ref().map(ToString::to_string).unwrap_or_default();
        dataset.latest_release = None;
        let tx = store::dataset::begin_adding(self.store.database()).await?;
        if let Some(key) = &key
            && let Some(before) = key.recall(&tx).await?
        {
            return Ok(Done::Before(before));
        }
        let mut violations: Vec<FieldViolation> = dataset.problems().into_iter().map(violation).collect();
        let known = store::catalogue::indicators_named(&tx, &dataset.indicators).await?;
        for (index, code) in dataset.indicators.iter().enumerate() {
            if known.iter().all(|indicator| indicator.code != *code) {
                violations.push(unknown(format!("dataset.indicators[{index}]")));
            }
        }
        let others = store::dataset::of_owner(&tx, &dataset.owner).await?;
        violations.extend(dataset.problems_beside(&others).into_iter().map(violation));
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        let name = format!("datasets/{}", dataset.code);
        if store::dataset::dataset(&tx, &dataset.code).await?.is_some() {
            return Err(Error::AlreadyExists(name));
        }
        match store::dataset::add(&tx, &dataset).await {
            Err(error) if error.is_double() => return Err(Error::AlreadyExists(name)),
            added => added?,
        }
        if let Some(key) = &key {
            key.remember(&tx, (self.wire.dataset)(&dataset), self.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(Done::Now(dataset))
    }
}

fn violation(problem: Problem) -> FieldViolation {
    FieldViolation::new(problem.field, problem.en, problem.nl)
}

/// The field names something that does not exist.
pub(super) fn unknown(field: impl Into<String>) -> FieldViolation {
    FieldViolation::new(field, "does not exist", "bestaat niet")
}
