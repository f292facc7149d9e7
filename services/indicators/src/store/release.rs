//! Releases: what is known of them. Their cells are in `store::table`.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use time::OffsetDateTime;
use uuid::Uuid;

use super::entity::{release, release_part};
use super::{Error, part, stored};
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::domain::table::Table;

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

fn instant(micros: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()
}

fn release_of(row: release::Model) -> Result<Release, Error> {
    let name = format!("datasets/{}/releases/{}", row.dataset, row.number);
    let read = || -> Option<Release> {
        Some(Release {
            id: ReleaseId { dataset: row.dataset, number: u32::try_from(row.number).ok()? },
            state: ReleaseState::of_name(&row.state)?,
            cell_count: u32::try_from(row.cell_count).ok()?,
            digest: row.digest,
            create_time: instant(row.create_time)?,
            publish_time: match row.publish_time {
                Some(at) => Some(instant(at)?),
                None => None,
            },
            publish_order: row.publish_order.map(u32::try_from).transpose().ok()?,
            note: row.note,
            transaction_id: row.transaction_id.map(|id| Uuid::parse_str(&id)).transpose().ok()?,
            digest_salt: row.digest_salt,
        })
    };
    read().ok_or(Error::Damaged(name))
}

fn row_of(release: &Release) -> release::ActiveModel {
    release::ActiveModel {
        dataset: Set(release.id.dataset.clone()),
        number: Set(stored(release.id.number)),
        state: Set(release.state.name().to_owned()),
        cell_count: Set(stored(release.cell_count)),
        digest: Set(release.digest.clone()),
        create_time: Set(micros(release.create_time)),
        publish_time: Set(release.publish_time.map(micros)),
        publish_order: Set(release.publish_order.map(stored)),
        note: Set(release.note.clone()),
        transaction_id: Set(release.transaction_id.map(|id| id.to_string())),
        digest_salt: Set(release.digest_salt.clone()),
    }
}

/// One release.
pub(crate) async fn release(db: &impl ConnectionTrait, id: &ReleaseId) -> Result<Option<Release>, Error> {
    let key = (id.dataset.clone(), stored(id.number));
    release::Entity::find_by_id(key).one(db).await?.map(release_of).transpose()
}

/// Releases of a dataset, the newest number first: at most `limit`, before the number `before`.
pub(crate) async fn releases(
    db: &impl ConnectionTrait,
    dataset: &str,
    drafts_too: bool,
    before: Option<u32>,
    limit: u64,
) -> Result<Vec<Release>, Error> {
    let mut select = release::Entity::find()
        .filter(release::Column::Dataset.eq(dataset))
        .order_by_desc(release::Column::Number)
        .limit(limit);
    if !drafts_too {
        select = select.filter(release::Column::State.eq(ReleaseState::Published.name()));
    }
    if let Some(before) = before {
        select = select.filter(release::Column::Number.lt(stored(before)));
    }
    select.all(db).await?.into_iter().map(release_of).collect()
}

/// The next release that was published after the one with that order.
pub(crate) async fn published_after(
    db: &impl ConnectionTrait,
    dataset: &str,
    order: u32,
) -> Result<Option<Release>, Error> {
    let select = release::Entity::find()
        .filter(release::Column::Dataset.eq(dataset))
        .filter(release::Column::PublishOrder.gt(stored(order)))
        .order_by_asc(release::Column::PublishOrder)
        .limit(1);
    select.one(db).await?.map(release_of).transpose()
}

/// The highest number and the highest order of publication so far; 0 when there is none.
pub(crate) async fn highest(db: &impl ConnectionTrait, dataset: &str) -> Result<(u32, u32), Error> {
    let maxima = release::Entity::find()
        .select_only()
        .column_as(release::Column::Number.max(), "number")
        .column_as(release::Column::PublishOrder.max(), "publish_order")
        .filter(release::Column::Dataset.eq(dataset))
        .into_tuple::<(Option<i32>, Option<i32>)>()
        .one(db)
        .await?;
    let (number, order) = maxima.unwrap_or_default();
    let read = |stored: Option<i32>| u32::try_from(stored.unwrap_or(0)).unwrap_or(0);
    Ok((read(number), read(order)))
}

/// The cells of a release as they are kept, the contents of its parts in order. Takes a while for a
/// large one.
pub(crate) fn parts(table: &Table) -> Vec<Vec<u8>> {
    let mut cells = table.cells();
    std::iter::from_fn(|| part::encode(table.dimensions(), cells.by_ref().take(part::CELLS))).collect()
}

/// Adds a release with the parts that its cells are kept in.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    release: &Release,
    parts: Vec<Vec<u8>>,
) -> Result<(), Error> {
    release::Entity::insert(row_of(release)).exec_without_returning(db).await?;
    for (number, content) in (0..).zip(parts) {
        let row = release_part::ActiveModel {
            dataset: Set(release.id.dataset.clone()),
            number: Set(stored(release.id.number)),
            part: Set(number),
            content: Set(content),
        };
        release_part::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Saves what changed in a release.
pub(crate) async fn save(db: &impl ConnectionTrait, release: &Release) -> Result<(), Error> {
    release::Entity::update(row_of(release)).exec(db).await?;
    Ok(())
}

/// The published releases of a dataset, in the order of their publication.
pub(crate) async fn published(db: &impl ConnectionTrait, dataset: &str) -> Result<Vec<Release>, Error> {
    let select = release::Entity::find()
        .filter(release::Column::Dataset.eq(dataset))
        .filter(release::Column::State.eq(ReleaseState::Published.name()))
        .order_by_asc(release::Column::PublishOrder);
    select.all(db).await?.into_iter().map(release_of).collect()
}
