//! Table `signing_key`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) thumbprint: String,
    pub(in crate::store) stakeholder_id: String,
    pub(in crate::store) oin: String,
    pub(in crate::store) public_key_pem: String,
    pub(in crate::store) algorithm: String,
    /// Microseconds since 1970.
    pub(in crate::store) create_time: i64,
    pub(in crate::store) demo: bool,
    pub(in crate::store) withdraw_time: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
