//! Table `inspanning`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inspanning")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) code: String,
    /// The place of the code in the order that people expect.
    pub(in crate::store) order_key: Vec<u8>,
    pub(in crate::store) parent_code: Option<String>,
    pub(in crate::store) root_code: String,
    pub(in crate::store) level: i32,
    pub(in crate::store) display_name: String,
    pub(in crate::store) description: Option<String>,
    /// Microseconds since 1970, like every time here.
    pub(in crate::store) create_time: i64,
    pub(in crate::store) update_time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
