//! Co-signatures of organisations under checkpoints of the log.

use ledger::Hash;
use platform::db::Writes;
use platform::identity::Oin;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use time::OffsetDateTime;

use super::entity::ledger_cosignature::{ActiveModel, Column, Entity};
use super::entity::ledger_witness;
use super::{Appending, Error, Store};

/// A co-signature of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cosignature {
    /// The name of the log.
    pub(crate) origin: String,
    /// How many entries the log had.
    pub(crate) size: u64,
    /// Its root.
    pub(crate) root: Hash,
    /// Who co-signed.
    pub(crate) oin: Oin,
    /// When, in seconds since 1970, by the clock of who co-signed.
    pub(crate) time: i64,
    /// From when on its age is counted: when it was made, and not after it came here.
    pub(crate) counts_from: i64,
    /// The line of the signed note.
    pub(crate) signature: String,
}

/// A checkpoint with all co-signatures under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cosigned {
    /// How many entries the log had.
    pub(crate) size: u64,
    /// Its root.
    pub(crate) root: Hash,
    /// The lines of the signed note, in order of OIN.
    pub(crate) signatures: Vec<String>,
}

impl Store {
    /// Keeps a co-signature in the place of the earlier ones of the same organisation: a later
    /// checkpoint stands for all before it, so that of each the newest is kept. Tells how many
    /// organisations have this checkpoint as their newest.
    pub(crate) async fn keep_cosignature(&self, cosignature: &Cosignature) -> Result<u64, Error> {
        let size = stored(cosignature.size)?;
        let row = ActiveModel {
            origin: Set(cosignature.origin.clone()),
            size: Set(size),
            oin: Set(cosignature.oin.to_string()),
            root: Set(cosignature.root.to_string()),
            time: Set(cosignature.time),
            signature: Set(cosignature.signature.clone()),
        };
        let tx = self.database.begin_write().await?;
        let key = (cosignature.origin.clone(), size, cosignature.oin.to_string());
        let before = Entity::find_by_id(key).one(&tx).await?;
        let again = before.is_some_and(|before| cosignature.time <= before.time);
        let place = OnConflict::columns([Column::Origin, Column::Size, Column::Oin])
            .update_columns([Column::Root, Column::Time, Column::Signature])
            .to_owned();
        Entity::insert(row).on_conflict(place).exec_without_returning(&tx).await?;
        // One that is sent again, or was made before, is not newer by that.
        if !again {
            keep_latest(&tx, cosignature).await?;
        }
        let of_witness =
            || Column::Origin.eq(&cosignature.origin).and(Column::Oin.eq(cosignature.oin.as_str()));
        let newest = Entity::find().filter(of_witness()).order_by_desc(Column::Size).one(&tx).await?;
        let newest = newest.map_or(size, |newest| newest.size);
        Entity::delete_many().filter(of_witness()).filter(Column::Size.lt(newest)).exec(&tx).await?;
        let same = Entity::find()
            .filter(Column::Origin.eq(&cosignature.origin))
            .filter(Column::Size.eq(size))
            .count(&tx)
            .await?;
        tx.commit().await?;
        Ok(same)
    }

    /// How many organisations co-signed a checkpoint of the log of this origin since then.
    pub(crate) async fn fresh_witnesses(&self, origin: &str, since: OffsetDateTime) -> Result<u32, Error> {
        fresh_witnesses(self.database.pool(), origin, since).await
    }

    /// The newest checkpoint of the log of this origin that was co-signed.
    pub(crate) async fn newest_cosigned(&self, origin: &str) -> Result<Option<Cosigned>, Error> {
        let pool = self.database.pool();
        let of_origin = || Entity::find().filter(Column::Origin.eq(origin));
        let Some(newest) = of_origin().order_by_desc(Column::Size).one(pool).await? else {
            return Ok(None);
        };
        let rows =
            of_origin().filter(Column::Size.eq(newest.size)).order_by_asc(Column::Oin).all(pool).await?;
        Ok(Some(Cosigned {
            size: u64::try_from(newest.size).map_err(|_| Error::Corrupt("a number of the ledger"))?,
            root: newest.root.parse().map_err(|_| Error::Corrupt("a hash"))?,
            signatures: rows.into_iter().map(|row| row.signature).collect(),
        }))
    }
}

impl<T: Writes> Appending<T> {
    /// How many organisations co-signed a checkpoint of the log of this origin since then.
    pub(crate) async fn fresh_witnesses(&self, origin: &str, since: OffsetDateTime) -> Result<u32, Error> {
        let tx = self.writes();
        let counts: Vec<(i64,)> = tx.rows(fresh(origin, since).build(tx.backend())).await?;
        Ok(counted(counts.first().map(|(count,)| *count)))
    }
}

/// The same, outside of the ledger's transaction.
pub(super) async fn fresh_witnesses(
    connection: &impl ConnectionTrait,
    origin: &str,
    since: OffsetDateTime,
) -> Result<u32, Error> {
    Ok(counted(fresh(origin, since).into_tuple().one(connection).await?))
}

fn fresh(origin: &str, since: OffsetDateTime) -> Select<ledger_witness::Entity> {
    ledger_witness::Entity::find()
        .select_only()
        .column_as(ledger_witness::Column::Oin.count(), "fresh")
        .filter(ledger_witness::Column::Origin.eq(origin))
        .filter(ledger_witness::Column::Time.gte(since.unix_timestamp()))
}

fn counted(count: Option<i64>) -> u32 {
    u32::try_from(count.unwrap_or_default()).unwrap_or_default()
}

/// Keeps that an organisation co-signed, when it did not do so later.
async fn keep_latest(tx: &DatabaseTransaction, cosignature: &Cosignature) -> Result<(), Error> {
    let row = ledger_witness::ActiveModel {
        origin: Set(cosignature.origin.clone()),
        oin: Set(cosignature.oin.to_string()),
        time: Set(cosignature.counts_from),
    };
    let (origin, oin) = (ledger_witness::Column::Origin, ledger_witness::Column::Oin);
    let time = ledger_witness::Column::Time;
    let later = OnConflict::columns([origin, oin])
        .update_column(time)
        .action_and_where(Expr::col((ledger_witness::Entity, time)).lt(cosignature.counts_from))
        .to_owned();
    ledger_witness::Entity::insert(row).on_conflict(later).exec_without_returning(tx).await?;
    Ok(())
}

fn stored(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| Error::Corrupt("a number of the ledger"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples::{GGD, WELLER, oin};

    #[tokio::test]
    async fn organisations_are_fresh_that_cosigned_this_log_not_too_long_ago() {
        for test in testkit::both().await {
            test.database.migrate::<crate::Migrator>().await.expect("a schema");
            let store = Store::new(test.database.clone());
            let cosign = |origin: &str, size, party, time| Cosignature {
                origin: origin.to_owned(),
                size,
                root: Hash::from_bytes([1; 32]),
                oin: oin(party),
                time: time + 5,
                counts_from: time,
                signature: format!("x{time}"),
            };
            for (cosignature, same) in [
                (cosign("a", 1, WELLER, 100), 1),
                (cosign("a", 1, GGD, 200), 2),
                (cosign("a", 2, GGD, 300), 1),
                (cosign("b", 3, WELLER, 400), 1),
                (cosign("a", 1, WELLER, 150), 1),
                (Cosignature { counts_from: 160, ..cosign("a", 1, WELLER, 150) }, 1),
                // Of an older checkpoint, and made earlier.
                (cosign("a", 1, GGD, 250), 1),
            ] {
                assert_eq!(store.keep_cosignature(&cosignature).await.expect("kept"), same);
            }
            let kept = Entity::find().count(test.database.pool()).await.expect("a number");
            assert_eq!(kept, 3, "{}: one for each organisation and log", test.kind);
            for (since, fresh) in [(0, 2), (150, 2), (151, 1), (300, 1), (301, 0)] {
                let since = OffsetDateTime::from_unix_timestamp(since).expect("a time");
                let ledger = store.begin_append().await.expect("a transaction");
                let found = ledger.fresh_witnesses("a", since).await.expect("a number");
                assert_eq!(found, fresh, "{} {since}", test.kind);
            }
        }
    }
}
