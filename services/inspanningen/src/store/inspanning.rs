//! Inspanningen in the database.

use platform::clock::{from_micros, micros};
use platform::db::{damaged, rows_after};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::entity::inspanning::{Column, Entity, Model};
use crate::domain::code::Code;
use crate::domain::inspanning::{Content, Inspanning, Place};

/// The inspanning with a code.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    code: &Code,
) -> Result<Option<Inspanning>, DbErr> {
    let row = Entity::find_by_id(code.as_str().to_owned()).one(connection).await?;
    row.map(Inspanning::try_from).transpose()
}

/// At most `most` inspanningen without a parent, by code, those that come after `after`.
pub(crate) async fn list_main(
    connection: &impl ConnectionTrait,
    after: Option<&Code>,
    most: u64,
) -> Result<Vec<Inspanning>, DbErr> {
    let select =
        Entity::find().filter(Column::ParentCode.is_null()).order_by_asc(Column::OrderKey).limit(most);
    rows_after(select, Column::OrderKey, Column::Code, after.map(Code::as_str))
        .all(connection)
        .await?
        .into_iter()
        .map(Inspanning::try_from)
        .collect()
}

/// All parts, at any depth, of these main inspanningen, by code.
pub(crate) async fn list_parts(
    connection: &impl ConnectionTrait,
    roots: impl IntoIterator<Item = &Code>,
) -> Result<Vec<Inspanning>, DbErr> {
    let roots: Vec<&str> = roots.into_iter().map(Code::as_str).collect();
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::RootCode.is_in(roots))
        .filter(Column::ParentCode.is_not_null())
        .order_by_asc(Column::OrderKey)
        .all(connection)
        .await?
        .into_iter()
        .map(Inspanning::try_from)
        .collect()
}

/// Adds an inspanning.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Inspanning) -> Result<(), DbErr> {
    row(new).into_active_model().insert(connection).await.map(drop)
}

/// Writes what changed of an inspanning that is there.
pub(crate) async fn update(connection: &impl ConnectionTrait, changed: &Inspanning) -> Result<(), DbErr> {
    row(changed).into_active_model().reset_all().update(connection).await.map(drop)
}

fn row(inspanning: &Inspanning) -> Model {
    let place = &inspanning.place;
    let content = &inspanning.content;
    Model {
        code: inspanning.code.to_string(),
        order_key: inspanning.code.order_key(),
        parent_code: place.parent.as_ref().map(Code::to_string),
        root_code: place.root.to_string(),
        level: place.level.into(),
        display_name: content.display_name.as_str().to_owned(),
        description: content.description.as_ref().map(|text| text.as_str().to_owned()),
        create_time: micros(inspanning.create_time),
        update_time: micros(inspanning.update_time),
    }
}

impl TryFrom<Model> for Inspanning {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let damaged = || damaged("inspanning", &row.code);
        Ok(Self {
            code: row.code.parse().map_err(|_| damaged())?,
            place: Place {
                parent: row.parent_code.map(|code| code.parse()).transpose().map_err(|_| damaged())?,
                root: row.root_code.parse().map_err(|_| damaged())?,
                level: row.level.try_into().map_err(|_| damaged())?,
            },
            content: Content {
                display_name: row.display_name.parse().map_err(|_| damaged())?,
                description: row.description.map(|text| text.parse()).transpose().map_err(|_| damaged())?,
            },
            create_time: from_micros(row.create_time),
            update_time: from_micros(row.update_time),
        })
    }
}
