//! Table `shield`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shield")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) dataset: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) number: i32,
    /// Name of the protection, for example "min10-width5".
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) protection: String,
    /// Which cells are withheld, see `sdc::Mask::to_bytes`.
    pub(in crate::store) mask: Vec<u8>,
    /// What the digest of the mask begins with; null where the digest is of the mask alone.
    pub(in crate::store) mask_salt: Option<Vec<u8>>,
    /// Which of the others are rounded upwards, in the same form; null without rounding.
    pub(in crate::store) upwards: Option<Vec<u8>>,
    /// Of which of the others the denominator is rounded upwards, in the same form.
    pub(in crate::store) denominators_upwards: Option<Vec<u8>>,
    /// What was done and found, as JSON.
    pub(in crate::store) report: String,
    /// The program that computed and audited it, with its version.
    pub(in crate::store) engine: String,
    /// By which it is known that mask and roundings are as they were kept.
    pub(in crate::store) seal: String,
    /// Microseconds since 1970.
    pub(in crate::store) create_time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
