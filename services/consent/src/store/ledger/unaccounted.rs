//! Permits of which the ledger does not say how the delivery ended.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::{Store, reading};
use crate::domain::entry::{Entry as LedgerEntry, Kind};
use crate::store::entity::ledger_entry::{Column, Entity};
use crate::store::{Error, apart};

/// Most permits that are read at once.
const AT_ONCE: u64 = 200;
/// Comes after every transaction, which is a UUID, and before what is none and could not be passed.
const AFTER_ALL: &str = "g";

/// The permits of transactions after this one without an entry that says how the delivery ended, in the order
/// of their transactions.
pub(in crate::store) fn permits_after(transaction: &str) -> Select<Entity> {
    let told = Alias::new("told");
    let ended = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, told.clone())
        .and_where(Expr::col((told.clone(), Column::TransactionId)).equals((Entity, Column::TransactionId)))
        .and_where(
            Expr::col((told, Column::Kind))
                .is_in([Kind::Delivered, Kind::DeliveryUnaccounted].map(Kind::name)),
        )
        .to_owned();
    Entity::find()
        .filter(Column::TransactionId.gt(transaction))
        .filter(Column::TransactionId.lt(AFTER_ALL))
        .filter(Column::Kind.eq(Kind::Permitted.name()))
        .filter(Expr::not_exists(ended))
        .order_by_asc(Column::TransactionId)
        .limit(AT_ONCE)
}

/// Some of the permits without an entry that says how the delivery ended.
#[derive(Debug)]
pub(crate) struct Unended {
    /// The permits that can be read.
    pub(crate) permits: Vec<LedgerEntry>,
    /// Whether there are others, which show nothing.
    pub(crate) damaged: bool,
    /// The transaction after which there may be more; none when there are none.
    pub(crate) last: Option<String>,
}

impl Store {
    /// Some of the permits of transactions after this one without an entry that says how the delivery ended.
    pub(crate) async fn unended_after(&self, transaction: &str) -> Result<Unended, Error> {
        let rows = apart::rows(self.database.pool(), &permits_after(transaction)).await?;
        let read = |row| {
            let row = reading::kept_entry(row, "").ok()?;
            reading::read(row.position, &row.header_json, &row.body_json)
        };
        let last = rows.last().map(|last| apart::text(last, "", Column::TransactionId));
        let permits: Vec<LedgerEntry> = rows.iter().filter_map(read).collect();
        Ok(Unended { damaged: permits.len() < rows.len(), permits, last })
    }
}
