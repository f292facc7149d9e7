//! When organisations last co-signed checkpoints of the log.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_witness")]
pub(in crate::store) struct Model {
    /// The name that the log had in the checkpoint.
    #[sea_orm(primary_key, auto_increment = false)]
    pub origin: String,
    /// Who co-signed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub oin: String,
    /// From when on the age of its latest co-signature is counted, in seconds since 1970.
    pub time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
