//! Which enforcement points have to confirm a stop, fixed when it commits, and what came of it.
//! Times are by the clock of the database.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stop_confirmation")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub stop: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub point: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub process: String,
    /// When the point was heard last, as known at the stop.
    pub heard_time: i64,
    pub confirm_time: Option<i64>,
    pub streams_cut: i64,
    /// When it was heard last, for a point that fell silent.
    pub silent_since: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
