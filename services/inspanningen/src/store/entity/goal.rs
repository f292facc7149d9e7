//! Table `goal`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "goal")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) code: String,
    /// The place among all goals: by kind, then by code.
    pub(in crate::store) order_key: Vec<u8>,
    pub(in crate::store) display_name: String,
    pub(in crate::store) kind: String,
    pub(in crate::store) theme: Option<String>,
    /// Microseconds since 1970, like every time here.
    pub(in crate::store) create_time: i64,
    pub(in crate::store) update_time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
