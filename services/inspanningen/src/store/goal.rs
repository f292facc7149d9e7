//! Goals in the database.

use platform::clock::{from_micros, micros};
use platform::db::{damaged, rows_after};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryOrder, QuerySelect,
};

use super::entity::goal::{Column, Entity, Model};
use crate::domain::code::Code;
use crate::domain::goal::{Content, Goal, GoalKind};

/// The goal with a code.
pub(crate) async fn find(connection: &impl ConnectionTrait, code: &Code) -> Result<Option<Goal>, DbErr> {
    let row = Entity::find_by_id(code.as_str().to_owned()).one(connection).await?;
    row.map(Goal::try_from).transpose()
}

/// At most `most` goals in the order in which they are shown, those that come after `after`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    after: Option<&Code>,
    most: u64,
) -> Result<Vec<Goal>, DbErr> {
    let select = Entity::find().order_by_asc(Column::OrderKey).limit(most);
    rows_after(select, Column::OrderKey, Column::Code, after.map(Code::as_str))
        .all(connection)
        .await?
        .into_iter()
        .map(Goal::try_from)
        .collect()
}

/// Adds a goal.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Goal) -> Result<(), DbErr> {
    row(new).into_active_model().insert(connection).await.map(drop)
}

/// Writes what changed of a goal that is there.
pub(crate) async fn update(connection: &impl ConnectionTrait, changed: &Goal) -> Result<(), DbErr> {
    row(changed).into_active_model().reset_all().update(connection).await.map(drop)
}

fn row(goal: &Goal) -> Model {
    Model {
        code: goal.code.to_string(),
        order_key: goal.order_key(),
        display_name: goal.content.display_name.as_str().to_owned(),
        kind: kind_code(goal.content.kind).to_owned(),
        theme: goal.content.theme.as_ref().map(Code::to_string),
        create_time: micros(goal.create_time),
        update_time: micros(goal.update_time),
    }
}

fn kind_code(kind: GoalKind) -> &'static str {
    match kind {
        GoalKind::Ambition => "ambition",
        GoalKind::Strategic => "strategic",
        GoalKind::Operational => "operational",
    }
}

fn kind_of_code(code: &str) -> Option<GoalKind> {
    [GoalKind::Ambition, GoalKind::Strategic, GoalKind::Operational]
        .into_iter()
        .find(|kind| kind_code(*kind) == code)
}

impl TryFrom<Model> for Goal {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let damaged = || damaged("goal", &row.code);
        Ok(Self {
            code: row.code.parse().map_err(|_| damaged())?,
            content: Content {
                display_name: row.display_name.parse().map_err(|_| damaged())?,
                kind: kind_of_code(&row.kind).ok_or_else(damaged)?,
                theme: row.theme.map(|code| code.parse()).transpose().map_err(|_| damaged())?,
            },
            create_time: from_micros(row.create_time),
            update_time: from_micros(row.update_time),
        })
    }
}
