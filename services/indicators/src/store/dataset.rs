//! Datasets.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};

use platform::db::{Database, lock_exclusive};

use super::entity::dataset;
use super::{Error, json, stored, texts};
use crate::domain::dataset::{Dataset, Dimension, Visibility};
use crate::domain::subtotal::Subtotal;

/// The table that who adds datasets locks. Who publishes locks rows of it alone.
const ADDING: &str = "dataset";

/// A breakdown as it stands in its column.
#[derive(Debug, Serialize, Deserialize)]
struct StoredDimension {
    code: String,
    name: String,
    total: Option<String>,
    categories: Vec<String>,
    /// Of datasets from before there were sub-totals nothing is told.
    #[serde(default)]
    subtotals: Vec<StoredSubtotal>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredSubtotal {
    category: String,
    parts: Vec<String>,
}

fn dataset_of(row: dataset::Model) -> Result<Dataset, Error> {
    let damaged = || Error::Damaged(format!("datasets/{}", row.code));
    let dimensions: Vec<StoredDimension> = serde_json::from_str(&row.dimensions).map_err(|_| damaged())?;
    let subtotal = |own: StoredSubtotal| Subtotal { category: own.category, parts: own.parts };
    let dimension = |stored: StoredDimension| Dimension {
        code: stored.code,
        name: stored.name,
        total: stored.total,
        categories: stored.categories,
        subtotals: stored.subtotals.into_iter().map(subtotal).collect(),
    };
    Ok(Dataset {
        visibility: Visibility::of_dutch(&row.visibility).ok_or_else(damaged)?,
        indicators: texts(&row.indicators, &row.code)?,
        dimensions: dimensions.into_iter().map(dimension).collect(),
        latest_release: row.latest_release.map(u32::try_from).transpose().map_err(|_| damaged())?,
        code: row.code,
        name: row.name,
        description: row.description,
        owner: row.owner,
        fictitious: row.fictitious,
    })
}

/// The dataset with that code.
pub(crate) async fn dataset(db: &impl ConnectionTrait, code: &str) -> Result<Option<Dataset>, Error> {
    dataset::Entity::find_by_id(code).one(db).await?.map(dataset_of).transpose()
}

/// The dataset with that code, which nobody else changes until the transaction ends.
pub(crate) async fn lock(db: &impl ConnectionTrait, code: &str) -> Result<Option<Dataset>, Error> {
    // SQLite has one writer at a time and no row locks.
    dataset::Entity::find_by_id(code).lock_exclusive().one(db).await?.map(dataset_of).transpose()
}

/// Starts a transaction that adds datasets, and is the only one that does so until it ends.
pub(crate) async fn begin_adding(database: &Database) -> Result<DatabaseTransaction, Error> {
    Ok(database.begin_exclusive(ADDING).await?)
}

/// Makes a transaction the only one that adds datasets until it ends.
pub(super) async fn lock_adding(tx: &DatabaseTransaction) -> Result<(), Error> {
    Ok(lock_exclusive(tx, ADDING).await?)
}

/// The datasets of an organisation, by code.
pub(crate) async fn of_owner(db: &impl ConnectionTrait, owner: &str) -> Result<Vec<Dataset>, Error> {
    let select = dataset::Entity::find().filter(dataset::Column::Owner.eq(owner));
    select.order_by_asc(dataset::Column::Code).all(db).await?.into_iter().map(dataset_of).collect()
}

/// The shared datasets with an indicator, by code.
pub(crate) async fn shared_with(db: &impl ConnectionTrait, indicator: &str) -> Result<Vec<Dataset>, Error> {
    let select = dataset::Entity::find().filter(dataset::Column::Visibility.eq(Visibility::Shared.dutch()));
    let rows = select.order_by_asc(dataset::Column::Code).all(db).await?;
    let datasets: Vec<Dataset> = rows.into_iter().map(dataset_of).collect::<Result<_, _>>()?;
    let has_it = |dataset: &Dataset| dataset.indicators.iter().any(|own| own == indicator);
    Ok(datasets.into_iter().filter(has_it).collect())
}

/// Datasets by code: at most `limit`, after the one with code `after`.
pub(crate) async fn datasets(
    db: &impl ConnectionTrait,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Dataset>, Error> {
    let mut select = dataset::Entity::find().order_by_asc(dataset::Column::Code).limit(limit);
    if let Some(after) = after {
        select = select.filter(dataset::Column::Code.gt(after));
    }
    select.all(db).await?.into_iter().map(dataset_of).collect()
}

/// The breakdowns of a dataset as they stand in their column.
fn written(code: &str, dimensions: &[Dimension]) -> Result<String, Error> {
    let subtotal =
        |own: &Subtotal| StoredSubtotal { category: own.category.clone(), parts: own.parts.clone() };
    let dimension = |dimension: &Dimension| StoredDimension {
        code: dimension.code.clone(),
        name: dimension.name.clone(),
        total: dimension.total.clone(),
        categories: dimension.categories.clone(),
        subtotals: dimension.subtotals.iter().map(subtotal).collect(),
    };
    let dimensions: Vec<StoredDimension> = dimensions.iter().map(dimension).collect();
    serde_json::to_string(&dimensions).map_err(|_| Error::Damaged(format!("datasets/{code}")))
}

/// Declares a breakdown of a dataset anew.
pub(crate) async fn declare(
    db: &impl ConnectionTrait,
    code: &str,
    declared: &Dimension,
) -> Result<(), Error> {
    let there = dataset(db, code).await?.ok_or_else(|| Error::Damaged(format!("datasets/{code}")))?;
    let now = |own: Dimension| if own.code == declared.code { declared.clone() } else { own };
    let dimensions: Vec<Dimension> = there.dimensions.into_iter().map(now).collect();
    let update = dataset::ActiveModel {
        code: Set(code.to_owned()),
        dimensions: Set(written(code, &dimensions)?),
        ..Default::default()
    };
    dataset::Entity::update(update).exec(db).await?;
    Ok(())
}

/// Adds a dataset.
pub(crate) async fn add(db: &impl ConnectionTrait, dataset: &Dataset) -> Result<(), Error> {
    let row = dataset::ActiveModel {
        code: Set(dataset.code.clone()),
        name: Set(dataset.name.clone()),
        description: Set(dataset.description.clone()),
        owner: Set(dataset.owner.clone()),
        visibility: Set(dataset.visibility.dutch().to_owned()),
        indicators: Set(json(&dataset.indicators)),
        dimensions: Set(written(&dataset.code, &dataset.dimensions)?),
        fictitious: Set(dataset.fictitious),
        latest_release: Set(dataset.latest_release.map(stored)),
    };
    dataset::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Makes a release the newest one of its dataset.
pub(crate) async fn set_latest(db: &impl ConnectionTrait, code: &str, number: u32) -> Result<(), Error> {
    let update = dataset::ActiveModel {
        code: Set(code.to_owned()),
        latest_release: Set(Some(stored(number))),
        ..Default::default()
    };
    dataset::Entity::update(update).exec(db).await?;
    Ok(())
}
