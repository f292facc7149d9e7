//! Roles in the database.

use platform::db::damaged;
use platform::text::Line;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set,
};

use super::entity::role::{ActiveModel, Column, Entity, Model};
use crate::domain::code::Code;
use crate::domain::role::Role;

/// Whether there is a role with this code.
pub(crate) async fn exists(connection: &impl ConnectionTrait, code: &Code<63>) -> Result<bool, DbErr> {
    Ok(Entity::find().filter(Column::Code.eq(code.as_str())).one(connection).await?.is_some())
}

/// All roles, in the order of the programme.
pub(crate) async fn list(connection: &impl ConnectionTrait) -> Result<Vec<Role>, DbErr> {
    let rows = Entity::find().order_by_asc(Column::Position).all(connection).await?;
    rows.into_iter().map(Role::try_from).collect()
}

/// Adds a role, at the end of the order.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Role) -> Result<(), DbErr> {
    let holders: Vec<&str> = new.holders.iter().map(Line::as_str).collect();
    let row = ActiveModel {
        code: Set(new.code.to_string()),
        display_name: Set(new.display_name.as_str().to_owned()),
        task: Set(new.task.as_ref().map(|task| task.as_str().to_owned())),
        holders: Set(serde_json::to_string(&holders).map_err(|error| DbErr::Json(error.to_string()))?),
        ..Default::default()
    };
    row.insert(connection).await.map(drop)
}

impl TryFrom<Model> for Role {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let damaged = || damaged("role", &row.code);
        let holders: Vec<String> = serde_json::from_str(&row.holders).map_err(|_| damaged())?;
        let holders: Result<Vec<_>, _> = holders.iter().map(|holder| holder.parse()).collect();
        Ok(Self {
            code: row.code.parse().map_err(|_| damaged())?,
            display_name: row.display_name.parse().map_err(|_| damaged())?,
            task: row.task.map(|task| task.parse()).transpose().map_err(|_| damaged())?,
            holders: holders.map_err(|_| damaged())?,
        })
    }
}
