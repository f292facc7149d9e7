//! Entries of the ledger. What stands beside the texts is taken from them, to find an entry by.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entry")]
pub(in crate::store) struct Model {
    /// The index of the entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// The kind of event, by name.
    pub kind: String,
    /// The id of the agreement that it is about.
    pub agreement: Option<String>,
    pub transaction_id: String,
    pub header_json: String,
    /// Lower-case hexadecimal, as the other salt, the commitments and the hash.
    pub header_salt: String,
    pub header_commitment: String,
    pub body_json: String,
    pub body_salt: String,
    pub body_commitment: String,
    pub leaf_hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
