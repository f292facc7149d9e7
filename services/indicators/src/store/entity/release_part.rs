//! Table `release_part`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release_part")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) dataset: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) number: i32,
    /// Place of the part in the release, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) part: i32,
    /// The cells, see `store::part`.
    pub(in crate::store) content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
