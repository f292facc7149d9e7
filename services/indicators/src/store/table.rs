//! The cells of releases and the masks over them. Rows come out of here against a proof of the
//! right to read them only.

use std::sync::Arc;

use moka::future::Cache as Moka;
use sdc::{Mask, Policy};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::entity::{mask, release_part};
use super::{Error, Store, part, stored};
use crate::domain::mask::{compute, policy_name};
use crate::domain::permit::Access;
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::domain::table::Table;

/// What is kept of published releases, which never change: their decoded cells and masks.
pub(super) type Cache = Moka<Key, Kept>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Cells(ReleaseId),
    Mask(ReleaseId, Policy),
}

#[derive(Clone, Debug)]
pub(super) enum Kept {
    Cells(Arc<Table>),
    Mask(Arc<Mask>),
}

/// A cache that holds about `bytes`.
pub(super) fn cache(bytes: u64) -> Cache {
    Moka::builder()
        .max_capacity(bytes)
        .weigher(|_, kept: &Kept| {
            let size = match kept {
                Kept::Cells(table) => table.size(),
                Kept::Mask(mask) => mask.len() / 8,
            };
            u32::try_from(size.saturating_add(256)).unwrap_or(u32::MAX)
        })
        .build()
}

/// Parts that are read at a time.
const PARTS: u64 = 8;

impl Store {
    /// The cells of a release, for who proves the right to read its dataset.
    pub(crate) async fn cells(&self, release: &Release, access: Access<'_>) -> Result<Arc<Table>, Error> {
        if !access.covers(&release.id.dataset) {
            return Err(Error::OtherDataset);
        }
        if release.state != ReleaseState::Published {
            return self.read_cells(&release.id).await;
        }
        let key = Key::Cells(release.id.clone());
        if let Some(Kept::Cells(table)) = self.cache.get(&key).await {
            return Ok(table);
        }
        let table = self.read_cells(&release.id).await?;
        self.cache.insert(key, Kept::Cells(table.clone())).await;
        Ok(table)
    }

    async fn read_cells(&self, id: &ReleaseId) -> Result<Arc<Table>, Error> {
        let damaged = || Error::Damaged(id.resource_name());
        let mut builder = None;
        let mut next = 0;
        loop {
            let parts = release_part::Entity::find()
                .filter(release_part::Column::Dataset.eq(&id.dataset))
                .filter(release_part::Column::Number.eq(stored(id.number)))
                .filter(release_part::Column::Part.gte(next))
                .order_by_asc(release_part::Column::Part)
                .limit(PARTS)
                .all(self.database.pool())
                .await?;
            let Some(last) = parts.last() else { break };
            next = last.part + 1;
            for part in &parts {
                part::decode(&part.content, &mut builder).ok_or_else(damaged)?;
            }
        }
        Ok(Arc::new(builder.ok_or_else(damaged)?.finish()))
    }

    /// The mask of a published release under a policy: the one that is kept, or else a new one that
    /// is kept from now on.
    pub(crate) async fn mask(
        &self,
        release: &Release,
        table: &Table,
        policy: Policy,
    ) -> Result<Arc<Mask>, Error> {
        let key = Key::Mask(release.id.clone(), policy);
        if let Some(Kept::Mask(mask)) = self.cache.get(&key).await {
            return Ok(mask);
        }
        let row = (release.id.dataset.clone(), stored(release.id.number), policy_name(policy));
        let pool = self.database.pool();
        let mask = match mask::Entity::find_by_id(row).one(pool).await? {
            Some(row) => {
                let mask = Mask::from_bytes(&row.content).ok().filter(|mask| mask.len() == table.len());
                mask.ok_or_else(|| Error::Damaged(format!("the mask of {}", release.id.resource_name())))?
            }
            None => {
                let mask = compute(table, policy);
                keep_mask(pool, &release.id, policy, &mask).await?;
                mask
            }
        };
        let mask = Arc::new(mask);
        self.cache.insert(key, Kept::Mask(mask.clone())).await;
        Ok(mask)
    }
}

/// Keeps a mask; one that is kept already is the same one.
pub(crate) async fn keep_mask(
    db: &impl ConnectionTrait,
    id: &ReleaseId,
    policy: Policy,
    mask: &Mask,
) -> Result<(), Error> {
    let row = mask::ActiveModel {
        dataset: Set(id.dataset.clone()),
        number: Set(stored(id.number)),
        policy: Set(policy_name(policy)),
        content: Set(mask.to_bytes()),
    };
    let same = OnConflict::columns([mask::Column::Dataset, mask::Column::Number, mask::Column::Policy])
        .do_nothing()
        .to_owned();
    match mask::Entity::insert(row).on_conflict(same).exec_without_returning(db).await {
        Ok(_) | Err(DbErr::RecordNotInserted) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
