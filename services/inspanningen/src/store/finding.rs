//! Findings in the database.

use platform::db::damaged;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set,
};

use super::entity::finding::{ActiveModel, Column, Entity, Model};
use crate::domain::code::Code;
use crate::domain::finding::{Finding, FindingKind};

/// Whether there is a finding with this code.
pub(crate) async fn exists(connection: &impl ConnectionTrait, code: &Code) -> Result<bool, DbErr> {
    Ok(Entity::find().filter(Column::Code.eq(code.as_str())).one(connection).await?.is_some())
}

/// All findings of a kind, or of every kind, in the order of the programme.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    kind: Option<FindingKind>,
) -> Result<Vec<Finding>, DbErr> {
    let mut select = Entity::find().order_by_asc(Column::Position);
    if let Some(kind) = kind {
        select = select.filter(Column::Kind.eq(kind_code(kind)));
    }
    select.all(connection).await?.into_iter().map(Finding::try_from).collect()
}

/// Adds a finding, at the end of the order.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Finding) -> Result<(), DbErr> {
    let row = ActiveModel {
        code: Set(new.code.to_string()),
        display_name: Set(new.display_name.as_str().to_owned()),
        kind: Set(kind_code(new.kind).to_owned()),
        ..Default::default()
    };
    row.insert(connection).await.map(drop)
}

fn kind_code(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::ProblemCluster => "problem_cluster",
        FindingKind::Opportunity => "opportunity",
    }
}

fn kind_of_code(code: &str) -> Option<FindingKind> {
    [FindingKind::ProblemCluster, FindingKind::Opportunity].into_iter().find(|kind| kind_code(*kind) == code)
}

impl TryFrom<Model> for Finding {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let damaged = || damaged("finding", &row.code);
        Ok(Self {
            code: row.code.parse().map_err(|_| damaged())?,
            display_name: row.display_name.parse().map_err(|_| damaged())?,
            kind: kind_of_code(&row.kind).ok_or_else(damaged)?,
        })
    }
}
