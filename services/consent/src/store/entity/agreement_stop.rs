//! Stops: acts of a party that ended or paused an agreement. What waits for its receipt has no
//! `entry` yet.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_stop")]
pub(in crate::store) struct Model {
    /// The ledger's number of the entry of the stop.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stop: i64,
    pub agreement: String,
    /// The state that it brought, by name.
    pub state: String,
    /// When the agreement changed, by the clock of the process that did it.
    pub since: i64,
    /// When it was entered, by the clock of the database.
    pub stop_time: i64,
    /// When the receipt was complete, by the clock of the database.
    pub complete_time: Option<i64>,
    /// The ledger's number of the entry of the receipt.
    pub entry: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
