//! Themes, areas and indicators.

use std::collections::BTreeSet;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};

use platform::db::{Database, lock_exclusive, lock_shared};

use super::entity::{area, indicator, theme};
use super::{Error, dataset, json, stored, texts};
use crate::domain::area::{Area, AreaKind};
use crate::domain::indicator::{Indicator, Polarity, Theme};

/// Places between two themes in the order of indicators.
const THEME_STEP: i64 = 1_000_000;
/// Rows per statement, so that no statement has too many values.
const CHUNK: usize = 500;
/// The table that stands for the whole catalogue where it is locked.
const LOCKED: &str = "indicator";

/// Starts a transaction that changes the catalogue and adds datasets, and is the only one that does so until it
/// ends. It waits for those that [`hold`] the catalogue, before it reads what was published. The datasets that it
/// declares something of are locked first, as one that has a lock on them goes on to hold the catalogue.
pub(crate) async fn begin_import(
    database: &Database,
    datasets: impl Iterator<Item = &str>,
) -> Result<DatabaseTransaction, Error> {
    let tx = database.begin_write().await?;
    for code in datasets.collect::<BTreeSet<_>>() {
        dataset::lock(&tx, code).await?;
    }
    lock_exclusive(&tx, LOCKED).await?;
    // After the catalogue: who holds that may still write in a dataset.
    dataset::lock_adding(&tx).await?;
    Ok(tx)
}

/// Keeps the catalogue as it is until a transaction that writes ends.
pub(crate) async fn hold(tx: &DatabaseTransaction) -> Result<(), Error> {
    Ok(lock_shared(tx, LOCKED).await?)
}

fn theme_of(row: theme::Model) -> Theme {
    Theme { code: row.code, name: row.name, stability_element: row.stability_element }
}

fn area_of(row: area::Model) -> Result<Area, Error> {
    let damaged = || Error::Damaged(format!("areas/{}", row.code));
    let year = |year: Option<i32>| year.map(u16::try_from).transpose().map_err(|_| damaged());
    Ok(Area {
        name: row.name,
        kind: AreaKind::of_level(&row.kind).ok_or_else(damaged)?,
        parents: texts(&row.parents, &row.code)?,
        valid_from: year(row.valid_from)?,
        valid_until: year(row.valid_until)?,
        consists_of: texts(&row.consists_of, &row.code)?,
        note: row.note,
        code: row.code,
    })
}

fn indicator_of(row: indicator::Model) -> Result<Indicator, Error> {
    Ok(Indicator {
        polarity: Polarity::of_dutch(&row.polarity)
            .ok_or_else(|| Error::Damaged(format!("indicators/{}", row.code)))?,
        code: row.code,
        theme: row.theme,
        name: row.name,
        unit: row.unit,
        population: row.population,
        polarity_source: row.polarity_source,
        additive: row.additive,
        adds_up_over_time: row.adds_up_over_time,
        distribution: row.distribution,
    })
}

/// All themes, in the order of the programme.
pub(crate) async fn themes(db: &impl ConnectionTrait) -> Result<Vec<Theme>, Error> {
    let rows = theme::Entity::find().order_by_asc(theme::Column::Position).all(db).await?;
    Ok(rows.into_iter().map(theme_of).collect())
}

/// Adds the themes that are not there yet.
pub(crate) async fn add_themes(db: &impl ConnectionTrait, themes: &[Theme]) -> Result<(), Error> {
    let known = self::themes(db).await?;
    let new = themes.iter().filter(|theme| known.iter().all(|other| other.code != theme.code));
    for (position, theme) in (stored(known.len())..).zip(new) {
        let row = theme::ActiveModel {
            code: Set(theme.code.clone()),
            position: Set(position),
            name: Set(theme.name.clone()),
            stability_element: Set(theme.stability_element),
        };
        theme::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The area with that code.
pub(crate) async fn area(db: &impl ConnectionTrait, code: &str) -> Result<Option<Area>, Error> {
    area::Entity::find_by_id(code).one(db).await?.map(area_of).transpose()
}

/// Those of the areas with these codes that exist.
pub(crate) async fn areas_named(db: &impl ConnectionTrait, codes: &[String]) -> Result<Vec<Area>, Error> {
    let mut found = Vec::new();
    for codes in codes.chunks(CHUNK) {
        let rows = area::Entity::find().filter(area::Column::Code.is_in(codes)).all(db).await?;
        found.extend(rows.into_iter().map(area_of).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// Areas by code: at most `limit`, after the one with code `after`, of one kind or of all.
pub(crate) async fn areas(
    db: &impl ConnectionTrait,
    kind: Option<AreaKind>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Area>, Error> {
    let mut select = area::Entity::find().order_by_asc(area::Column::Code).limit(limit);
    if let Some(kind) = kind {
        select = select.filter(area::Column::Kind.eq(kind.level()));
    }
    if let Some(after) = after {
        select = select.filter(area::Column::Code.gt(after));
    }
    select.all(db).await?.into_iter().map(area_of).collect()
}

/// All areas.
pub(crate) async fn all_areas(db: &impl ConnectionTrait) -> Result<Vec<Area>, Error> {
    area::Entity::find().all(db).await?.into_iter().map(area_of).collect()
}

/// How many areas there are.
pub(crate) async fn area_count(db: &impl ConnectionTrait) -> Result<u64, Error> {
    Ok(area::Entity::find().count(db).await?)
}

/// Adds the areas that are not there yet.
pub(crate) async fn add_areas(db: &impl ConnectionTrait, areas: &[Area]) -> Result<(), Error> {
    for areas in areas.chunks(CHUNK) {
        let rows = areas.iter().map(|area| area::ActiveModel {
            code: Set(area.code.clone()),
            name: Set(area.name.clone()),
            kind: Set(area.kind.level().to_owned()),
            parents: Set(json(&area.parents)),
            valid_from: Set(area.valid_from.map(i32::from)),
            valid_until: Set(area.valid_until.map(i32::from)),
            consists_of: Set(json(&area.consists_of)),
            note: Set(area.note.clone()),
        });
        let keep = OnConflict::column(area::Column::Code).do_nothing().to_owned();
        unless_all_known(area::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(db).await)?;
    }
    Ok(())
}

/// An insert of which every row was there already is no error.
fn unless_all_known(inserted: Result<u64, DbErr>) -> Result<(), DbErr> {
    match inserted {
        Ok(_) | Err(DbErr::RecordNotInserted) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The indicator with that code.
pub(crate) async fn indicator(db: &impl ConnectionTrait, code: &str) -> Result<Option<Indicator>, Error> {
    indicator::Entity::find_by_id(code).one(db).await?.map(indicator_of).transpose()
}

/// Those of the indicators with these codes that exist, in order.
pub(crate) async fn indicators_named(
    db: &impl ConnectionTrait,
    codes: &[String],
) -> Result<Vec<Indicator>, Error> {
    let mut found = Vec::new();
    for codes in codes.chunks(CHUNK) {
        let select = indicator::Entity::find().filter(indicator::Column::Code.is_in(codes));
        found.extend(select.all(db).await?);
    }
    found.sort_by_key(|row| row.position);
    found.into_iter().map(indicator_of).collect()
}

/// Indicators in order, each with its place: at most `limit`, after that place, of one theme or of all.
pub(crate) async fn indicators(
    db: &impl ConnectionTrait,
    theme: Option<&str>,
    after: Option<i64>,
    limit: u64,
) -> Result<Vec<(i64, Indicator)>, Error> {
    let mut select = indicator::Entity::find().order_by_asc(indicator::Column::Position).limit(limit);
    if let Some(theme) = theme {
        select = select.filter(indicator::Column::Theme.eq(theme));
    }
    if let Some(after) = after {
        select = select.filter(indicator::Column::Position.gt(after));
    }
    let rows = select.all(db).await?;
    rows.into_iter().map(|row| Ok((row.position, indicator_of(row)?))).collect()
}

/// Adds the indicators that are not there yet, behind the others of their theme.
pub(crate) async fn add_indicators(db: &impl ConnectionTrait, indicators: &[Indicator]) -> Result<(), Error> {
    let codes: Vec<String> = indicators.iter().map(|indicator| indicator.code.clone()).collect();
    let known = indicators_named(db, &codes).await?;
    for (theme_place, theme) in (1i64..).zip(themes(db).await?) {
        let of_theme = indicator::Entity::find().filter(indicator::Column::Theme.eq(&theme.code));
        let count = i64::try_from(of_theme.count(db).await?).unwrap_or(THEME_STEP);
        let new = indicators.iter().filter(|indicator| {
            indicator.theme == theme.code && known.iter().all(|other| other.code != indicator.code)
        });
        for (place, indicator) in (count..).zip(new) {
            let row = indicator::ActiveModel {
                code: Set(indicator.code.clone()),
                position: Set(theme_place * THEME_STEP + place),
                theme: Set(indicator.theme.clone()),
                name: Set(indicator.name.clone()),
                unit: Set(indicator.unit.clone()),
                population: Set(indicator.population.clone()),
                polarity: Set(indicator.polarity.dutch().to_owned()),
                polarity_source: Set(indicator.polarity_source.clone()),
                additive: Set(indicator.additive),
                adds_up_over_time: Set(indicator.adds_up_over_time),
                distribution: Set(indicator.distribution),
            };
            indicator::Entity::insert(row).exec_without_returning(db).await?;
        }
    }
    Ok(())
}

/// Declares of an indicator whether it adds up over time, and whether it is a distribution.
pub(crate) async fn declare(
    db: &impl ConnectionTrait,
    code: &str,
    adds_up_over_time: bool,
    distribution: bool,
) -> Result<(), Error> {
    let row = indicator::ActiveModel {
        code: Set(code.to_owned()),
        adds_up_over_time: Set(adds_up_over_time),
        distribution: Set(distribution),
        ..Default::default()
    };
    indicator::Entity::update(row).exec(db).await?;
    Ok(())
}
