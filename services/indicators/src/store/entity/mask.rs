//! Table `mask`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mask")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) dataset: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) number: i32,
    /// Name of the policy, for example "min10".
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) policy: String,
    /// The bitmap, see `sdc::Mask::to_bytes`.
    pub(in crate::store) content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
