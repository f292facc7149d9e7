//! Consents of people for their story.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "story_consent")]
pub(in crate::store) struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub reference: String,
    pub story: String,
    /// Names of uses, with commas between them.
    pub uses: String,
    pub give_time: i64,
    pub withdraw_time: Option<i64>,
    /// SHA-256 of the withdrawal code, hexadecimal.
    pub code_digest: String,
    /// Whether it was taken out as one that nobody gave.
    pub mistaken: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
