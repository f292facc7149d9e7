//! Signing keys in the database.

use platform::clock::{from_micros, micros};
use platform::db::damaged;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::entity::signing_key::{Column, Entity, Model};
use crate::domain::signing_key::SigningKey;
use crate::domain::stakeholder::StakeholderId;

/// The key with a thumbprint, whoever registered it.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    thumbprint: &str,
) -> Result<Option<SigningKey>, DbErr> {
    let row = Entity::find_by_id(thumbprint.to_owned()).one(connection).await?;
    row.map(SigningKey::try_from).transpose()
}

/// The keys of a stakeholder, the oldest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    stakeholder: &StakeholderId,
) -> Result<Vec<SigningKey>, DbErr> {
    Entity::find()
        .filter(Column::StakeholderId.eq(stakeholder.as_str()))
        .order_by_asc(Column::CreateTime)
        .order_by_asc(Column::Thumbprint)
        .all(connection)
        .await?
        .into_iter()
        .map(SigningKey::try_from)
        .collect()
}

/// Adds a key.
pub(crate) async fn insert(connection: &impl ConnectionTrait, key: &SigningKey) -> Result<(), DbErr> {
    let row = Model {
        thumbprint: key.thumbprint.clone(),
        stakeholder_id: key.stakeholder.as_str().to_owned(),
        oin: key.oin.as_str().to_owned(),
        public_key_pem: key.public_key_pem.clone(),
        algorithm: key.algorithm.clone(),
        create_time: micros(key.create_time),
        demo: key.demo,
        withdraw_time: key.withdraw_time.map(micros),
    };
    row.into_active_model().insert(connection).await.map(drop)
}

/// Writes when a key was withdrawn.
pub(crate) async fn update(connection: &impl ConnectionTrait, key: &SigningKey) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::WithdrawTime, Expr::value(key.withdraw_time.map(micros)))
        .filter(Column::Thumbprint.eq(key.thumbprint.as_str()))
        .exec(connection)
        .await
        .map(drop)
}

impl TryFrom<Model> for SigningKey {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let damaged = || damaged("signing_key", &row.thumbprint);
        Ok(Self {
            stakeholder: row.stakeholder_id.parse().map_err(|_| damaged())?,
            oin: row.oin.parse().map_err(|_| damaged())?,
            thumbprint: row.thumbprint,
            public_key_pem: row.public_key_pem,
            algorithm: row.algorithm,
            create_time: from_micros(row.create_time),
            demo: row.demo,
            withdraw_time: row.withdraw_time.map(from_micros),
        })
    }
}
