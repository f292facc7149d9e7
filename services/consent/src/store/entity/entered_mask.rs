//! Masks that were entered in the ledger, to hold deliveries against.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entered_mask")]
pub(in crate::store) struct Model {
    /// "datasets/{code}/releases/{number}".
    #[sea_orm(primary_key, auto_increment = false)]
    pub release: String,
    /// SHA-256 of the mask, in lower-case hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// The protection, in canonical JSON.
    #[sea_orm(primary_key, auto_increment = false)]
    pub protection: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
