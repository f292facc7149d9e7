//! Masks that were entered in the ledger: kept beside it in the same transaction, and remembered, to hold
//! deliveries against.

use std::collections::{BTreeSet, HashSet};

use moka::sync::Cache;
use platform::db::Writes;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryResult, QuerySelect,
    QueryTrait,
};

use super::entity::entered_mask::{Column, Entity, Model};
use super::ledger::ROWS_AT_ONCE;
use super::{Appending, Error, apart};
use crate::domain::canonical;
use crate::domain::mask::UsedMask;

/// How many masks are remembered; those that are used least give way, and are looked up again.
const REMEMBERED: u64 = 10_000;

/// Masks of which is known that they were entered. That never changes, so it may be remembered.
#[derive(Debug)]
pub(crate) struct EnteredMasks(Cache<UsedMask, ()>);

impl EnteredMasks {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

/// A mask as it is kept, to be verified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeptMask {
    /// "datasets/{code}/releases/{number}".
    pub(crate) release: String,
    /// Its digest.
    pub(crate) digest: String,
    /// The protection, in canonical JSON.
    protection: String,
}

impl KeptMask {
    /// The mask as it is to be kept.
    pub(crate) fn of(mask: &UsedMask) -> Result<Self, Error> {
        let Model { release, digest, protection } = row(mask)?;
        Ok(Self { release, digest, protection })
    }
}

/// All masks that are kept.
pub(super) async fn kept(on: &impl ConnectionTrait) -> Result<BTreeSet<KeptMask>, Error> {
    let rows = apart::rows(on, &Entity::find()).await?;
    let text = |row: &QueryResult, column: Column| apart::text(row, "", column);
    let kept = |row: &QueryResult| KeptMask {
        release: text(row, Column::Release),
        digest: text(row, Column::Digest),
        protection: text(row, Column::Protection),
    };
    Ok(rows.iter().map(kept).collect())
}

impl<T: Writes> Appending<T> {
    /// Which of these masks were entered before.
    pub(crate) async fn entered_masks(
        &self,
        mut used: HashSet<UsedMask>,
        remembered: &EnteredMasks,
    ) -> Result<HashSet<UsedMask>, Error> {
        let unknown: Vec<&UsedMask> = used.iter().filter(|mask| remembered.0.get(*mask).is_none()).collect();
        if unknown.is_empty() {
            return Ok(used);
        }
        let (mut keys, mut releases, mut digests) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for mask in unknown {
            releases.insert(mask.release.as_str());
            digests.insert(mask.digest.as_str());
            keys.push((row(mask)?, mask.clone()));
        }
        let select = Entity::find()
            .select_only()
            .columns([Column::Release, Column::Digest, Column::Protection])
            .filter(Column::Release.is_in(releases))
            .filter(Column::Digest.is_in(digests));
        let tx = self.writes();
        let there: Vec<(String, String, String)> = tx.rows(select.build(tx.backend())).await?;
        for (row, mask) in keys {
            if there.contains(&(row.release, row.digest, row.protection)) {
                remembered.0.insert(mask, ());
            } else {
                used.remove(&mask);
            }
        }
        Ok(used)
    }
}

/// Keeps masks that are entered in this transaction.
pub(super) async fn keep(tx: &impl Writes, masks: &[UsedMask]) -> Result<(), Error> {
    // The same mask may be entered again, for another publication.
    let known =
        OnConflict::columns([Column::Release, Column::Digest, Column::Protection]).do_nothing().to_owned();
    for masks in masks.chunks(ROWS_AT_ONCE) {
        let rows = masks.iter().map(|mask| Ok(row(mask)?.into_active_model()));
        let rows = rows.collect::<Result<Vec<_>, Error>>()?;
        tx.run(Entity::insert_many(rows).on_conflict(known.clone()).build(tx.backend())).await?;
    }
    Ok(())
}

fn row(mask: &UsedMask) -> Result<Model, Error> {
    let protection = canonical::json(&mask.protection)?;
    Ok(Model { release: mask.release.clone(), digest: mask.digest.clone(), protection })
}

#[cfg(test)]
mod tests {
    use sea_orm::PaginatorTrait;

    use super::*;
    use crate::Migrator;
    use crate::domain::content::Protection;

    #[tokio::test]
    async fn as_many_masks_are_kept_as_one_commit_has() {
        let mask = |number: u64| UsedMask {
            release: "datasets/d/releases/1".to_owned(),
            protection: Protection::default(),
            digest: number.to_string(),
        };
        let masks: Vec<UsedMask> = (0..25_000).map(mask).collect();
        for test in testkit::both().await {
            test.database.migrate::<Migrator>().await.expect("the schema");
            let tx = test.database.begin_write().await.expect("a transaction");
            for _ in 0..2 {
                keep(&tx, &masks).await.expect("masks");
            }
            tx.commit().await.expect("an end");
            assert_eq!(Entity::find().count(test.database.pool()).await.expect("a count"), 25_000);
        }
    }
}
