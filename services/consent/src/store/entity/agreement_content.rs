//! Terms and text of agreements, apart from where the agreements stand. They are written once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_content")]
pub(in crate::store) struct Model {
    /// The hash of the content, which an agreement knows it by.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_hash: String,
    pub content_json: String,
    pub text_nl: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
