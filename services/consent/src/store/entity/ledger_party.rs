//! Which organisations may read an entry of the ledger.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_party")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub oin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// Whether it may read the body too, or the header alone.
    pub whole: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {
    #[sea_orm(
        belongs_to = "super::ledger_entry::Entity",
        from = "Column::Position",
        to = "super::ledger_entry::Column::Position"
    )]
    Entry,
}

impl ActiveModelBehavior for ActiveModel {}
