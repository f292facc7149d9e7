//! The protections that the releases of a dataset have shields under.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::Error;
use super::entity::protection;
use crate::domain::protection::{Known, Protection};

/// The protections that a dataset ever had, in the order in which they came.
pub(crate) async fn known(db: &impl ConnectionTrait, dataset: &str) -> Result<Vec<Known>, Error> {
    let select = protection::Entity::find()
        .filter(protection::Column::Dataset.eq(dataset))
        .order_by_asc(protection::Column::Position);
    let known = |row: protection::Model| {
        Some(Known { protection: Protection::named(&row.name)?, retired: row.retired })
    };
    let all = select.all(db).await?.into_iter().map(known).collect::<Option<_>>();
    all.ok_or_else(|| Error::Damaged(format!("datasets/{dataset}")))
}

/// Those that new releases need a shield under.
pub(crate) async fn in_force(db: &impl ConnectionTrait, dataset: &str) -> Result<Vec<Protection>, Error> {
    let known = known(db, dataset).await?;
    Ok(known.into_iter().filter(|it| !it.retired).map(|it| it.protection).collect())
}

/// Those, and one that is wanted now.
pub(crate) async fn with(
    db: &impl ConnectionTrait,
    dataset: &str,
    wanted: Protection,
) -> Result<Vec<Protection>, Error> {
    let mut protections = in_force(db, dataset).await?;
    if !protections.contains(&wanted) {
        protections.push(wanted);
    }
    Ok(protections)
}

/// Puts a protection in force, as the last one that came.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    dataset: &str,
    protection: Protection,
) -> Result<(), Error> {
    let last = protection::Entity::find()
        .filter(protection::Column::Dataset.eq(dataset))
        .order_by_desc(protection::Column::Position)
        .one(db)
        .await?;
    let row = protection::ActiveModel {
        dataset: Set(dataset.to_owned()),
        name: Set(protection.name()),
        position: Set(last.map_or(0, |last| last.position).saturating_add(1)),
        retired: Set(false),
    };
    let again = OnConflict::columns([protection::Column::Dataset, protection::Column::Name])
        .update_columns([protection::Column::Position, protection::Column::Retired])
        .to_owned();
    protection::Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// Says that new releases need no shield under a protection of a dataset any more.
pub(crate) async fn retire(
    db: &impl ConnectionTrait,
    dataset: &str,
    protection: Protection,
) -> Result<(), Error> {
    let row = protection::ActiveModel {
        dataset: Set(dataset.to_owned()),
        name: Set(protection.name()),
        retired: Set(true),
        ..Default::default()
    };
    protection::Entity::update(row).exec(db).await?;
    Ok(())
}
