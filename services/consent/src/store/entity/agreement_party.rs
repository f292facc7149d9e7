//! Which organisations may see an agreement: the provider, and the recipients once it is proposed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_party")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub oin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub agreement: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {
    #[sea_orm(
        belongs_to = "super::agreement::Entity",
        from = "Column::Agreement",
        to = "super::agreement::Column::Id"
    )]
    Agreement,
}

impl ActiveModelBehavior for ActiveModel {}
