//! Table `release`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) dataset: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) number: i32,
    /// Name of the state in the contract.
    pub(in crate::store) state: String,
    pub(in crate::store) cell_count: i32,
    pub(in crate::store) digest: String,
    /// Microseconds since 1970, like every time here.
    pub(in crate::store) create_time: i64,
    pub(in crate::store) publish_time: Option<i64>,
    /// 1 for the release of its dataset that was published first, and so on.
    pub(in crate::store) publish_order: Option<i32>,
    pub(in crate::store) note: String,
    /// UUID of the publication, fixed before the ledger is told.
    pub(in crate::store) transaction_id: Option<String>,
    /// What its digest in the ledger begins with; null where that is the digest of its cells.
    pub(in crate::store) digest_salt: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
