//! Co-signatures of organisations under checkpoints of the log.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_cosignature")]
pub(in crate::store) struct Model {
    /// The name that the log had in the checkpoint.
    #[sea_orm(primary_key, auto_increment = false)]
    pub origin: String,
    /// The size of the log in the checkpoint.
    #[sea_orm(primary_key, auto_increment = false)]
    pub size: i64,
    /// Who co-signed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub oin: String,
    /// The root in the checkpoint, in lower-case hexadecimal.
    pub root: String,
    /// When, in seconds since 1970: as it was co-signed.
    pub time: i64,
    /// The line of the signed note.
    pub signature: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
