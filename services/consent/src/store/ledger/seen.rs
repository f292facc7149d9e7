//! What an organisation may see of the ledger, counted.

use std::collections::{BTreeMap, BTreeSet};

use ledger::Frontier;
use platform::identity::Oin;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IsolationLevel, JoinType, PaginatorTrait, QueryFilter,
    QueryResult, QuerySelect, RelationTrait, TransactionOptions, TransactionTrait,
};

use super::{Store, frontier, number};
use crate::domain::name::AgreementId;
use crate::store::entity::{agreement, agreement_party, ledger_party};
use crate::store::masks::{self, KeptMask};
use crate::store::{Error, apart};

/// What is read in the place of a count that is no number.
const NO_COUNT: i64 = -1;

/// How far the ledger is at one moment, and what is kept beside it.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// How far the ledger is.
    pub(crate) frontier: Frontier,
    /// By the id of each agreement, how many entries are about it, and the hash of the leaf of the last.
    pub(crate) agreements: BTreeMap<String, (i64, Option<String>)>,
    /// The masks that deliveries are held against.
    pub(crate) masks: BTreeSet<KeptMask>,
}

/// What an organisation may see of the ledger at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// How far the ledger is.
    pub(crate) frontier: Frontier,
    /// How many entries the organisation may read, whole or the header alone.
    pub(crate) entries: u64,
    /// Its agreements, with the number of the last entry about each.
    pub(crate) agreements: Vec<(AgreementId, u64)>,
}

impl Store {
    /// A transaction that reads all from one moment, while the ledger grows.
    async fn one_moment(&self) -> Result<DatabaseTransaction, Error> {
        // SQLite does so by itself.
        let postgres = self.database.is_postgres();
        let isolation_level = postgres.then_some(IsolationLevel::RepeatableRead);
        let options = TransactionOptions { isolation_level, ..Default::default() };
        Ok(self.database.pool().begin_with_options(options).await?)
    }

    /// How far the ledger is, and what is kept beside it.
    pub(crate) async fn beside(&self) -> Result<Beside, Error> {
        let tx = self.one_moment().await?;
        let frontier = frontier(&tx).await?;
        let select = agreement::Entity::find().select_only().columns([
            agreement::Column::Id,
            agreement::Column::Entries,
            agreement::Column::LastLeaf,
        ]);
        let rows = apart::rows(&tx, &select).await?;
        let masks = masks::kept(&tx).await?;
        tx.rollback().await?;
        let kept = |row: &QueryResult| {
            let entries = apart::number(row, "", agreement::Column::Entries);
            let leaf = apart::optional_text(row, "", agreement::Column::LastLeaf);
            (apart::text(row, "", agreement::Column::Id), (entries.unwrap_or(NO_COUNT), leaf))
        };
        let agreements = rows.iter().map(kept).collect();
        Ok(Beside { frontier, agreements, masks })
    }

    /// What this organisation may see.
    pub(crate) async fn seen_by(&self, oin: &Oin) -> Result<Seen, Error> {
        let tx = self.one_moment().await?;
        let frontier = frontier(&tx).await?;
        let entries = ledger_party::Entity::find()
            .filter(ledger_party::Column::Oin.eq(oin.as_str()))
            .count(&tx)
            .await?;
        let rows: Vec<(String, i64)> = agreement::Entity::find()
            .join(JoinType::InnerJoin, agreement_party::Relation::Agreement.def().rev())
            .filter(agreement_party::Column::Oin.eq(oin.as_str()))
            .select_only()
            .columns([agreement::Column::Id, agreement::Column::Entries])
            .into_tuple()
            .all(&tx)
            .await?;
        tx.rollback().await?;
        let mut agreements = Vec::with_capacity(rows.len());
        for (id, entries) in rows {
            let id = AgreementId::of_id(&id).ok_or(Error::Corrupt("the id of an agreement"))?;
            agreements.push((id, number(entries)?));
        }
        agreements.sort();
        Ok(Seen { frontier, entries, agreements })
    }
}
