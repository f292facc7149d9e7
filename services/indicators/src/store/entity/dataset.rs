//! Table `dataset`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dataset")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) code: String,
    pub(in crate::store) name: String,
    pub(in crate::store) description: String,
    /// OIN.
    pub(in crate::store) owner: String,
    /// As the data files name it.
    pub(in crate::store) visibility: String,
    /// Codes as a JSON list.
    pub(in crate::store) indicators: String,
    /// As a JSON list of objects.
    pub(in crate::store) dimensions: String,
    pub(in crate::store) fictitious: bool,
    /// Number of the release that was published last.
    pub(in crate::store) latest_release: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
