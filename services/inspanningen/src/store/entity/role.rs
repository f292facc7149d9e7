//! Table `role`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub(in crate::store) struct Model {
    /// Place in the order of the programme.
    #[sea_orm(primary_key)]
    pub(in crate::store) position: i64,
    #[sea_orm(unique)]
    pub(in crate::store) code: String,
    pub(in crate::store) display_name: String,
    pub(in crate::store) task: Option<String>,
    /// A list of texts in JSON.
    pub(in crate::store) holders: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
