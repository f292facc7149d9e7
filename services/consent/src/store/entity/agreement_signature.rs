//! Signatures under agreements.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_signature")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agreement: String,
    /// Place in the order of time, 0 for the first.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub oin: String,
    /// "accept", "reject", "revoke", "suspend" or "resume".
    pub kind: String,
    pub jws: String,
    pub create_time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
