//! Table `stakeholder`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stakeholder")]
pub(in crate::store) struct Model {
    /// Place in the order of the programme.
    #[sea_orm(primary_key)]
    pub(in crate::store) position: i64,
    #[sea_orm(unique)]
    pub(in crate::store) id: String,
    pub(in crate::store) display_name: String,
    pub(in crate::store) kind: Option<String>,
    pub(in crate::store) ambassador_group: Option<String>,
    #[sea_orm(unique)]
    pub(in crate::store) oin: Option<String>,
    /// Microseconds since 1970, like every time here.
    pub(in crate::store) oin_update_time: Option<i64>,
    pub(in crate::store) create_time: i64,
    pub(in crate::store) update_time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
