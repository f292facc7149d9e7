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
        self.all_cells(release).await
    }

    /// The cells of a release. They leave the store through [`Store::cells`] only.
    pub(super) async fn all_cells(&self, release: &Release) -> Result<Arc<Table>, Error> {
        if release.state != ReleaseState::Published {
            return self.read_cells(&release.id).await;
        }
        // Who comes while it is being read waits for that.
        let read = async { self.read_cells(&release.id).await.map(Kept::Cells) };
        match self.cache.try_get_with(Key::Cells(release.id.clone()), read).await.map_err(Error::Shared)? {
            Kept::Cells(table) => Ok(table),
            Kept::Mask(_) => Err(Error::Damaged(release.id.resource_name())),
        }
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
            let decode = move || {
                let mut parts = parts.iter();
                parts.try_for_each(|part| part::decode(&part.content, &mut builder)).map(|()| builder)
            };
            builder = aside(decode).await?.ok_or_else(damaged)?;
        }
        let builder = builder.ok_or_else(damaged)?;
        Ok(Arc::new(aside(move || builder.finish()).await?))
    }

    /// The mask of a published release under a policy: the one that is kept, or else a new one that
    /// is kept from now on.
    pub(crate) async fn mask(
        &self,
        release: &Release,
        table: &Arc<Table>,
        policy: Policy,
    ) -> Result<Arc<Mask>, Error> {
        let key = Key::Mask(release.id.clone(), policy);
        let read = async { self.read_mask(&release.id, table, policy).await.map(Arc::new).map(Kept::Mask) };
        match self.cache.try_get_with(key, read).await.map_err(Error::Shared)? {
            Kept::Mask(mask) => Ok(mask),
            Kept::Cells(_) => Err(damaged_mask(&release.id)),
        }
    }

    async fn read_mask(&self, id: &ReleaseId, table: &Arc<Table>, policy: Policy) -> Result<Mask, Error> {
        if let Some(mask) = self.kept_mask(id, table, policy).await? {
            return Ok(mask);
        }
        let mask = new_mask(table, policy).await?;
        keep_mask(self.database.pool(), id, policy, &mask).await?;
        Ok(mask)
    }

    async fn kept_mask(
        &self,
        id: &ReleaseId,
        table: &Arc<Table>,
        policy: Policy,
    ) -> Result<Option<Mask>, Error> {
        let row = (id.dataset.clone(), stored(id.number), policy_name(policy));
        let Some(row) = mask::Entity::find_by_id(row).one(self.database.pool()).await? else {
            return Ok(None);
        };
        let mask = Mask::from_bytes(&row.content).ok().filter(|mask| mask.len() == table.len());
        mask.map(Some).ok_or_else(|| damaged_mask(id))
    }

    /// The mask of a release under a policy that may never come to hold: the kept one, or else a new
    /// one that is not kept.
    pub(super) async fn mask_once(
        &self,
        release: &Release,
        table: &Arc<Table>,
        policy: Policy,
    ) -> Result<Mask, Error> {
        match self.kept_mask(&release.id, table, policy).await? {
            Some(mask) => Ok(mask),
            None => new_mask(table, policy).await,
        }
    }
}

fn damaged_mask(id: &ReleaseId) -> Error {
    Error::Damaged(format!("the mask of {}", id.resource_name()))
}

/// Does long work where it holds up no other request.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::BrokenOff)
}

/// Computes which cells a policy hides.
pub(crate) async fn new_mask(table: &Arc<Table>, policy: Policy) -> Result<Mask, Error> {
    let table = Arc::clone(table);
    aside(move || compute(&table, policy)).await
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

#[cfg(test)]
mod tests {
    use super::*;

    use time::macros::datetime;

    use crate::domain::area::AreaKind;
    use crate::domain::dataset::{Dataset, Visibility};
    use crate::domain::decimal::Decimal;
    use crate::domain::observation::Status;
    use crate::domain::period::Period;
    use crate::domain::permit::OwnerAccess;
    use crate::domain::table::{AreaEntry, IndicatorEntry, NewCell, TableBuilder};
    use crate::migration::Migrator;
    use crate::store;

    const OWNER: &str = "00000099000000002000";

    fn table() -> Table {
        let mut builder = TableBuilder::new(Vec::new());
        builder.push(&NewCell {
            indicator: &IndicatorEntry { code: "aantal".to_owned(), additive: true },
            area: &AreaEntry { code: "GM1".to_owned(), kind: AreaKind::Municipality },
            period: Period::Quarter(2025, 1),
            categories: &[],
            source: "",
            value: Some(Decimal::parse("5").expect("a decimal")),
            status: Status::Final,
            note: "",
            line: 2,
        });
        builder.finish()
    }

    #[tokio::test]
    async fn readers_at_the_same_time_share_one_reading() {
        for database in testkit::both().await {
            database.database.migrate::<Migrator>().await.expect("the schema");
            let store = Store::new(database.database.clone());
            let dataset = Dataset {
                code: "huur".to_owned(),
                name: "Huur".to_owned(),
                description: String::new(),
                owner: OWNER.to_owned(),
                visibility: Visibility::Shared,
                indicators: Vec::new(),
                dimensions: Vec::new(),
                fictitious: true,
                latest_release: None,
            };
            let release = Release {
                id: ReleaseId { dataset: dataset.code.clone(), number: 1 },
                state: ReleaseState::Published,
                cell_count: 1,
                digest: String::new(),
                create_time: datetime!(2026-11-23 12:00 UTC),
                publish_time: Some(datetime!(2026-11-23 12:00 UTC)),
                publish_order: Some(1),
                note: String::new(),
                transaction_id: None,
            };
            let pool = store.database().pool();
            store::dataset::add(pool, &dataset).await.expect("a dataset");
            let parts = store::release::parts(&table());
            store::release::add(pool, &release, parts).await.expect("a release");
            let owner = OwnerAccess::of(&dataset, OWNER).expect("the owner");
            let cells = || store.cells(&release, Access::Owner(&owner));
            let (one, other) = tokio::join!(cells(), cells());
            let (one, other) = (one.expect("cells"), other.expect("cells"));
            assert!(Arc::ptr_eq(&one, &other), "{}", database.kind);
            let policy = Policy { minimum_count: 10, protect_zeros: false };
            let mask = || store.mask(&release, &one, policy);
            let (mask, same) = tokio::join!(mask(), mask());
            assert!(Arc::ptr_eq(&mask.expect("a mask"), &same.expect("a mask")), "{}", database.kind);
        }
    }
}
