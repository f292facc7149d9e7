//! Table `indicator`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) code: String,
    /// Place of the theme times a million, plus the place within the theme.
    pub(in crate::store) position: i64,
    pub(in crate::store) theme: String,
    pub(in crate::store) name: String,
    pub(in crate::store) unit: String,
    pub(in crate::store) population: String,
    /// As the data files name it.
    pub(in crate::store) polarity: String,
    pub(in crate::store) polarity_source: String,
    pub(in crate::store) additive: bool,
    pub(in crate::store) adds_up_over_time: bool,
    pub(in crate::store) distribution: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
