//! Table `protection`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "protection")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) dataset: String,
    /// For example "min10-width5".
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) name: String,
    /// 1 for the first of its dataset, and so on.
    pub(in crate::store) position: i32,
    /// Whether later releases need no shield under it any more.
    pub(in crate::store) retired: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
