//! The cells of releases. Rows come out of here against a proof of the right to read them only.

use std::sync::Arc;

use moka::future::Cache as Moka;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::release_part;
use super::shield::KeptShield;
use super::{Error, Store, part, stored};
use crate::domain::permit::Access;
use crate::domain::protection::Protection;
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::domain::table::Table;

/// What is kept of published releases, which never change: their decoded cells and shields.
pub(super) type Cache = Moka<Key, Kept>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Cells(ReleaseId),
    Shield(ReleaseId, Protection),
}

#[derive(Clone, Debug)]
pub(super) enum Kept {
    Cells(Arc<Table>),
    Shield(Arc<KeptShield>),
}

/// A cache that holds about `bytes`.
pub(super) fn cache(bytes: u64) -> Cache {
    Moka::builder()
        .max_capacity(bytes)
        .weigher(|_, kept: &Kept| {
            let size = match kept {
                Kept::Cells(table) => table.size(),
                // Three bitmaps at the most.
                Kept::Shield(kept) => kept.shield.mask.len() / 8 * 3,
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
            Kept::Shield(_) => Err(Error::Damaged(release.id.resource_name())),
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
}

/// Does long work where it holds up no other request.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::BrokenOff)
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
            indicator: &IndicatorEntry { code: "aantal".to_owned(), additive: true, per: None },
            area: &AreaEntry { code: "GM1".to_owned(), kind: AreaKind::Municipality },
            period: Period::Quarter(2025, 1),
            categories: &[],
            source: "",
            value: Some(Decimal::parse("5").expect("a decimal")),
            ratio: None,
            contributions: None,
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
                digest_salt: None,
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
        }
    }
}
