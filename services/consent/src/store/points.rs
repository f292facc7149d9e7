//! Enforcement points as this service knows them. Their times are by the clock of the database:
//! the one that all replicas of this service share, whatever their own clocks say.

use std::collections::HashSet;

use platform::clock::{from_micros, micros};
use platform::db::is_postgres;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    Statement,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::entity::enforcement_point::{ActiveModel, Column, Entity, Model};
use super::{Error, Store, apart};

/// What is kept of a process that is gone.
const KEPT: Duration = Duration::DAY;

/// Now, by the clock of the database. A SQLite file has no other one than the process that writes
/// it: `now`.
pub(super) async fn database_time(
    on: &impl ConnectionTrait,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, Error> {
    if !is_postgres(on) {
        return Ok(now);
    }
    let select = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT";
    let row = on.query_one_raw(Statement::from_string(on.get_database_backend(), select)).await?;
    let row = row.ok_or(Error::Corrupt("the database does not tell the time"))?;
    Ok(from_micros(row.try_get_by_index(0)?))
}

/// The points that were heard or registered within this time before now, by name. Those whose names cannot be
/// read are one.
pub(super) async fn heard_within(
    on: &impl ConnectionTrait,
    within: Duration,
    now: OffsetDateTime,
) -> Result<Vec<Model>, Error> {
    let since = micros(now - within);
    let heard = Condition::any().add(Column::HeardTime.gte(since)).add(Column::RegisteredTime.gte(since));
    let select = Entity::find().filter(heard).order_by_asc(Column::Name).order_by_asc(Column::Process);
    let rows = apart::rows(on, &select).await?;
    let mut names = HashSet::new();
    let points = rows.iter().map(|row| read(row, micros(now)));
    Ok(points.filter(|point| names.insert((point.name.clone(), point.process.clone()))).collect())
}

/// A point, whatever is kept of it: SQLite gives one whose times are no numbers too. It may have been heard
/// just now then.
fn read(row: &QueryResult, now: i64) -> Model {
    let text = |column| apart::text(row, "", column);
    let time = |column| apart::number(row, "", column).unwrap_or(now);
    Model {
        name: text(Column::Name),
        process: text(Column::Process),
        replica: text(Column::Replica),
        registered_time: time(Column::RegisteredTime),
        heard_time: time(Column::HeardTime),
        open_streams: text(Column::OpenStreams),
    }
}

/// When a point was heard last.
pub(super) async fn heard_time(
    on: &impl ConnectionTrait,
    name: &str,
    process: &str,
) -> Result<Option<i64>, Error> {
    let select = Entity::find_by_id((name.to_owned(), process.to_owned()));
    let rows = apart::rows(on, &select.select_only().column(Column::HeardTime)).await?;
    Ok(rows.first().and_then(|row| apart::number(row, "", Column::HeardTime)))
}

/// A sign that a process is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    /// UUID of the process.
    pub(crate) process: String,
    /// When it last registered or was heard, in microseconds: another number with every sign.
    pub(crate) at: i64,
}

/// How many streams one recipient has open under one agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenStreams {
    /// "agreements/{id}".
    pub(crate) agreement: String,
    /// OIN.
    pub(crate) recipient: String,
    /// How many.
    pub(crate) count: u64,
}

/// An enforcement point that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Its name.
    pub(crate) name: String,
    /// UUID of its process.
    pub(crate) process: String,
    /// What is open there.
    pub(crate) open: Vec<OpenStreams>,
}

impl Store {
    /// Now, by the clock of the database.
    pub(crate) async fn database_time(&self, now: OffsetDateTime) -> Result<OffsetDateTime, Error> {
        database_time(self.database.pool(), now).await
    }

    /// The last sign of each process that is kept.
    pub(crate) async fn signs(&self, now: OffsetDateTime) -> Result<Vec<Sign>, Error> {
        let rows = apart::rows(self.database.pool(), &Entity::find()).await?;
        let sign = |row: &QueryResult| {
            let point = read(row, micros(now));
            Sign { process: point.process, at: point.heard_time.max(point.registered_time) }
        };
        Ok(rows.iter().map(sign).collect())
    }

    /// Keeps that a point is there, connected to `replica` of this service. Whether it hears
    /// anything shows later.
    pub(crate) async fn register_point(
        &self,
        (name, process): (&str, &str),
        replica: &str,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let pool = self.database.writing();
        let now = micros(database_time(pool, now).await?);
        let row = ActiveModel {
            name: Set(name.to_owned()),
            process: Set(process.to_owned()),
            replica: Set(replica.to_owned()),
            registered_time: Set(now),
            heard_time: Set(now),
            open_streams: Set("[]".to_owned()),
        };
        let known = OnConflict::columns([Column::Name, Column::Process])
            .update_columns([Column::Replica, Column::RegisteredTime])
            .to_owned();
        Entity::insert(row).on_conflict(known).exec_without_returning(pool).await?;
        let kept = i64::try_from(KEPT.whole_microseconds()).unwrap_or(i64::MAX);
        // What is no number, which is more than any to SQLite, or lies far ahead would be kept for ever.
        let (gone, wrong) = (now.saturating_sub(kept), now.saturating_add(kept));
        Entity::update_many()
            .col_expr(Column::HeardTime, now.into())
            .col_expr(Column::RegisteredTime, now.into())
            .filter(Condition::any().add(Column::HeardTime.gt(wrong)).add(Column::RegisteredTime.gt(wrong)))
            .exec(pool)
            .await?;
        Entity::delete_many()
            .filter(Column::HeardTime.lt(gone))
            .filter(Column::RegisteredTime.lt(gone))
            .exec(pool)
            .await?;
        Ok(())
    }

    /// Keeps that these points were heard just now.
    pub(crate) async fn heard(
        &self,
        points: &[(String, String)],
        replica: &str,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let pool = self.database.writing();
        let now = micros(database_time(pool, now).await?);
        let any = points.iter().fold(Condition::any(), |any, (name, process)| {
            any.add(
                Condition::all()
                    .add(Column::Name.eq(name.as_str()))
                    .add(Column::Process.eq(process.as_str())),
            )
        });
        Entity::update_many()
            .col_expr(Column::HeardTime, now.into())
            .col_expr(Column::Replica, replica.into())
            .filter(any)
            .exec(pool)
            .await?;
        Ok(())
    }

    /// Keeps which streams are open at a point.
    pub(crate) async fn keep_open_streams(
        &self,
        (name, process): (&str, &str),
        open: &[OpenStreams],
    ) -> Result<(), Error> {
        let open = serde_json::to_string(open).map_err(|_| Error::Corrupt("open streams"))?;
        Entity::update_many()
            .col_expr(Column::OpenStreams, open.into())
            .filter(Column::Name.eq(name))
            .filter(Column::Process.eq(process))
            .exec(self.database.writing())
            .await?;
        Ok(())
    }

    /// The points that were heard within this time, and what is open there.
    pub(crate) async fn points_heard(
        &self,
        within: Duration,
        now: OffsetDateTime,
    ) -> Result<Vec<Heard>, Error> {
        let pool = self.database.pool();
        let rows = heard_within(pool, within, database_time(pool, now).await?).await?;
        let heard = |row: Model| {
            let open = serde_json::from_str(&row.open_streams).unwrap_or_else(|error| {
                tracing::error!(%error, point = row.name, "the open streams of a point cannot be read");
                Vec::new()
            });
            Heard { name: row.name, process: row.process, open }
        };
        Ok(rows.into_iter().map(heard).collect())
    }
}
