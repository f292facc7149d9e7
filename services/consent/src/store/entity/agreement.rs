//! Agreements. Everything but `state`, `update_time`, `entries`, `last_leaf`, `replaced_by` and
//! `last_permit_time` is written once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The recorded state, by name.
    pub state: String,
    pub content_hash: String,
    /// The first moment at which it no longer holds by the clock, in microseconds.
    pub end_time: i64,
    pub create_time: i64,
    pub update_time: i64,
    /// How many entries of the ledger are about it, from its proposal on.
    pub entries: i64,
    /// The hash of the leaf of the last of them, in lower-case hexadecimal.
    pub last_leaf: Option<String>,
    /// The id of the agreement that took its place.
    pub replaced_by: Option<String>,
    /// When a request under it was last permitted, in microseconds.
    pub last_permit_time: Option<i64>,
    /// The first moment at which it holds by the clock, in microseconds.
    pub start_time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {
    #[sea_orm(
        belongs_to = "super::agreement_content::Entity",
        from = "Column::ContentHash",
        to = "super::agreement_content::Column::ContentHash"
    )]
    Content,
}

impl Related<super::agreement_content::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Content.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
