//! Stakeholders in the database.

use platform::clock::{from_micros, micros};
use platform::db::{damaged, rows_after};
use platform::identity::Oin;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};

use super::entity::stakeholder::{ActiveModel, Column, Entity, Model};
use crate::domain::stakeholder::{AmbassadorGroup, Profile, Stakeholder, StakeholderId};

/// The stakeholder with an id.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    id: &StakeholderId,
) -> Result<Option<Stakeholder>, DbErr> {
    let row = Entity::find().filter(Column::Id.eq(id.as_str())).one(connection).await?;
    row.map(Stakeholder::try_from).transpose()
}

/// The stakeholder with an OIN.
pub(crate) async fn find_by_oin(
    connection: &impl ConnectionTrait,
    oin: &Oin,
) -> Result<Option<Stakeholder>, DbErr> {
    let row = Entity::find().filter(Column::Oin.eq(oin.as_str())).one(connection).await?;
    row.map(Stakeholder::try_from).transpose()
}

/// The stakeholders with these OINs, in whatever order.
pub(crate) async fn find_by_oins(
    connection: &impl ConnectionTrait,
    oins: &[Oin],
) -> Result<Vec<Stakeholder>, DbErr> {
    let rows = Entity::find().filter(Column::Oin.is_in(oins.iter().map(Oin::as_str))).all(connection).await?;
    rows.into_iter().map(Stakeholder::try_from).collect()
}

/// At most `most` stakeholders in the order of the programme, those that come after `after`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    after: Option<&StakeholderId>,
    most: u64,
) -> Result<Vec<Stakeholder>, DbErr> {
    let select = Entity::find().order_by_asc(Column::Position).limit(most);
    rows_after(select, Column::Position, Column::Id, after.map(StakeholderId::as_str))
        .all(connection)
        .await?
        .into_iter()
        .map(Stakeholder::try_from)
        .collect()
}

/// Adds a stakeholder, at the end of the order.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Stakeholder) -> Result<(), DbErr> {
    row(new).insert(connection).await.map(drop)
}

/// Writes what changed of a stakeholder that is there.
pub(crate) async fn update(connection: &impl ConnectionTrait, changed: &Stakeholder) -> Result<(), DbErr> {
    Entity::update_many()
        .set(row(changed))
        .filter(Column::Id.eq(changed.id.as_str()))
        .exec(connection)
        .await
        .map(drop)
}

/// The row of a stakeholder, without its place in the order.
fn row(stakeholder: &Stakeholder) -> ActiveModel {
    let profile = &stakeholder.profile;
    ActiveModel {
        id: Set(stakeholder.id.as_str().to_owned()),
        display_name: Set(profile.display_name.as_str().to_owned()),
        kind: Set(profile.kind.as_ref().map(|kind| kind.as_str().to_owned())),
        ambassador_group: Set(profile.ambassador_group.map(|group| group_code(group).to_owned())),
        oin: Set(profile.oin.as_ref().map(|oin| oin.as_str().to_owned())),
        oin_update_time: Set(stakeholder.oin_update_time.map(micros)),
        create_time: Set(micros(stakeholder.create_time)),
        update_time: Set(micros(stakeholder.update_time)),
        ..Default::default()
    }
}

fn group_code(group: AmbassadorGroup) -> &'static str {
    match group {
        AmbassadorGroup::Residents => "residents",
        AmbassadorGroup::MunicipalStaff => "municipal_staff",
        AmbassadorGroup::ExternalParties => "external_parties",
    }
}

fn group_of_code(code: &str) -> Option<AmbassadorGroup> {
    [AmbassadorGroup::Residents, AmbassadorGroup::MunicipalStaff, AmbassadorGroup::ExternalParties]
        .into_iter()
        .find(|group| group_code(*group) == code)
}

impl TryFrom<Model> for Stakeholder {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let damaged = || damaged("stakeholder", &row.id);
        let group = |code: String| group_of_code(&code).ok_or_else(damaged);
        Ok(Self {
            id: row.id.parse().map_err(|_| damaged())?,
            profile: Profile {
                display_name: row.display_name.parse().map_err(|_| damaged())?,
                kind: row.kind.map(|kind| kind.parse()).transpose().map_err(|_| damaged())?,
                ambassador_group: row.ambassador_group.map(group).transpose()?,
                oin: row.oin.map(Oin::try_from).transpose().map_err(|_| damaged())?,
            },
            oin_update_time: row.oin_update_time.map(from_micros),
            create_time: from_micros(row.create_time),
            update_time: from_micros(row.update_time),
        })
    }
}
