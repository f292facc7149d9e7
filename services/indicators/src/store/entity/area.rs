//! Table `area`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) code: String,
    pub(in crate::store) name: String,
    /// Name of the level, for example "NEIGHBOURHOOD".
    pub(in crate::store) kind: String,
    /// Codes, nearest first, as a JSON list.
    pub(in crate::store) parents: String,
    pub(in crate::store) valid_from: Option<i32>,
    pub(in crate::store) valid_until: Option<i32>,
    /// Codes as a JSON list.
    pub(in crate::store) consists_of: String,
    pub(in crate::store) note: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
