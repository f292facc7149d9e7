//! How far the ledger is.

use ledger::Frontier;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, Select};

use super::{hashes_of, number};
use crate::store::Error;
use crate::store::entity::ledger_head;

/// Size and frontier.
pub(super) type HeadRow = (i64, String);

pub(super) fn head() -> Select<ledger_head::Entity> {
    ledger_head::Entity::find_by_id(ledger_head::ONLY)
        .select_only()
        .columns([ledger_head::Column::Size, ledger_head::Column::Frontier])
}

pub(super) async fn frontier(connection: &impl ConnectionTrait) -> Result<Frontier, Error> {
    frontier_of(head().into_tuple().one(connection).await?)
}

pub(super) fn frontier_of(row: Option<HeadRow>) -> Result<Frontier, Error> {
    let (size, frontier) = row.ok_or(Error::Corrupt("the ledger has no head"))?;
    let hashes = hashes_of(&frontier).ok_or(Error::Corrupt("a hash"))?;
    Frontier::new(number(size)?, hashes).map_err(|_| Error::Corrupt("the head of the ledger"))
}
