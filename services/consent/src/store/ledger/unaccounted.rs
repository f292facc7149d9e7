//! Permits of which the ledger does not say how the delivery ended.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::{Store, reading};
use crate::domain::entry::{Entry as LedgerEntry, Kind};
use crate::store::entity::ledger_entry::{Column, Entity};
use crate::store::{Error, apart};

/// Most permits that are read at once.
const AT_ONCE: u64 = 1000;
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

impl Store {
    /// The permits of transactions after this one without an entry that says how the delivery ended. A damaged
    /// one is left out: it shows nothing.
    pub(crate) async fn unaccounted_after(&self, transaction: &str) -> Result<Vec<LedgerEntry>, Error> {
        let (mut after, mut permits) = (transaction.to_owned(), Vec::new());
        loop {
            let rows = apart::rows(self.database.pool(), &permits_after(&after)).await?;
            let Some(last) = rows.last() else { return Ok(permits) };
            after = apart::text(last, "", Column::TransactionId);
            for row in &rows {
                let row = reading::kept_entry(row, "")?;
                permits.extend(reading::read(row.position, &row.header_json, &row.body_json));
            }
        }
    }
}
