//! How far the ledger is: one row. Who holds its lock appends.

use sea_orm::entity::prelude::*;

/// The id of the one row.
pub(in crate::store) const ONLY: i32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_head")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// How many entries there are.
    pub size: i64,
    /// The hashes of the frontier of the Merkle tree, the largest subtree first, in lower-case
    /// hexadecimal, one after the other.
    pub frontier: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
