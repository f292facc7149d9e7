//! Entries of the ledger. What stands beside `entry_json` is taken from it, to find it by.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entry")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// The kind of event, by name.
    pub kind: String,
    /// The id of the agreement that it is about.
    pub agreement: Option<String>,
    pub transaction_id: String,
    pub entry_json: String,
    pub previous_hash: String,
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
