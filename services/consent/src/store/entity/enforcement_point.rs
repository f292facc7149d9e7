//! Enforcement points: processes through which rows leave. Times are by the clock of the database.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enforcement_point")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// UUID of the process.
    #[sea_orm(primary_key, auto_increment = false)]
    pub process: String,
    /// UUID of the process of this service that it is connected to.
    pub replica: String,
    /// When it registered last.
    pub registered_time: i64,
    /// When it last showed that it hears, at least; written about once a second.
    pub heard_time: i64,
    /// Its open streams, as JSON.
    pub open_streams: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
