//! Stops of agreements: entered in the transaction in which the agreement changes, together with
//! the enforcement points that have to confirm, and read by those who announce them.

use std::collections::BTreeMap;

use platform::clock::{from_micros, micros};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, RelationTrait,
};
use time::{Date, Duration, OffsetDateTime};

use super::agreements::{content_of, id_of};
use super::entity::{agreement, agreement_content, agreement_stop, stop_confirmation};
use super::points::{database_time, heard_within};
use super::{Appending, Error, Store, apart};
use crate::domain::agreement::State;
use crate::domain::calendar::day_of;
use crate::domain::entry::Event;
use crate::domain::name::AgreementId;
use crate::domain::stop::{Awaited, is_stop};

/// Points that were heard this long before a stop have to confirm it. Others have cut long ago.
const HEARD_WITHIN: Duration = Duration::MINUTE;
/// How far back a listener that connects is told.
const TOLD_AGAIN: Duration = Duration::HOUR;
/// Most ids in one question: both databases limit the number of values.
const IDS_AT_ONCE: usize = 500;

/// An agreement that stopped or expired, with what there is to tell about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Which; none when that cannot be read, so that it may be any.
    pub(crate) id: Option<AgreementId>,
    /// The state that it is in: REVOKED, SUSPENDED, REPLACED or EXPIRED. REVOKED when that cannot be read.
    pub(crate) state: State,
    /// The ledger's number of the entry of the stop; none when it expired.
    pub(crate) stop: Option<u64>,
    /// Since when.
    pub(crate) since: OffsetDateTime,
    /// Its last day.
    pub(crate) valid_until: Date,
    /// Whom to ask; none when the terms are not there or cannot be read.
    pub(crate) contact: Option<String>,
    /// The agreement that took its place, "agreements/{id}".
    pub(crate) replaced_by: Option<String>,
}

/// A stop and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// The ledger's number of its entry.
    pub(crate) stop: u64,
    /// The agreement.
    pub(crate) agreement: AgreementId,
    /// The state that it brought.
    pub(crate) state: State,
    /// When it was entered, by the clock of the database.
    pub(crate) time: OffsetDateTime,
    /// When it was complete, and the ledger's number of the entry of the receipt.
    pub(crate) complete: Option<(OffsetDateTime, u64)>,
    /// The points that have to confirm, by name.
    pub(crate) points: Vec<Awaited>,
}

/// What stops agreements in one transaction.
#[derive(Debug, Default)]
pub(super) struct Stops {
    stopped: Vec<(AgreementId, State, OffsetDateTime)>,
    /// The entry of the last change of each agreement.
    changes: BTreeMap<AgreementId, i64>,
}

impl Stops {
    /// An agreement changed from one state to another, then.
    pub(super) fn changed(&mut self, id: AgreementId, [before, after]: [State; 2], at: OffsetDateTime) {
        if is_stop(before, after) {
            self.stopped.push((id, after, at));
        }
    }

    /// An entry was made.
    pub(super) fn entered(&mut self, agreement: Option<AgreementId>, event: &Event, number: i64) {
        if let (Some(agreement), Event::AgreementChanged(_)) = (agreement, event) {
            self.changes.insert(agreement, number);
        }
    }

    /// Keeps the stops, and which points have to confirm them.
    pub(super) async fn keep(self, tx: &DatabaseTransaction) -> Result<(), Error> {
        for (id, state, since) in self.stopped {
            let stop = *self.changes.get(&id).ok_or(Error::Corrupt("a stop without an entry"))?;
            let now = database_time(tx, since).await?;
            agreement_stop::Entity::insert(agreement_stop::ActiveModel {
                stop: Set(stop),
                agreement: Set(id.id()),
                state: Set(state.name().to_owned()),
                since: Set(micros(since)),
                stop_time: Set(micros(now)),
                complete_time: Set(None),
                entry: Set(None),
            })
            .exec_without_returning(tx)
            .await?;
            for point in heard_within(tx, HEARD_WITHIN, now).await? {
                stop_confirmation::Entity::insert(stop_confirmation::ActiveModel {
                    stop: Set(stop),
                    point: Set(point.name),
                    process: Set(point.process),
                    heard_time: Set(point.heard_time),
                    confirm_time: Set(None),
                    streams_cut: Set(0),
                    silent_since: Set(None),
                })
                .exec_without_returning(tx)
                .await?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// The stop with the highest number; -1 when there is none.
    pub(crate) async fn last_stop(&self) -> Result<i64, Error> {
        let last: Option<i64> = agreement_stop::Entity::find()
            .select_only()
            .column(agreement_stop::Column::Stop)
            .order_by_desc(agreement_stop::Column::Stop)
            .limit(1)
            .into_tuple()
            .one(self.database.pool())
            .await?;
        Ok(last.unwrap_or(-1))
    }

    /// The stops after one, in order. They commit in the order of their numbers, so none is missed. One that
    /// is damaged keeps none of the others back: what it may be about is told.
    pub(crate) async fn stops_after(&self, stop: i64) -> Result<Vec<Ended>, Error> {
        let select = agreement_stop::Entity::find()
            .filter(agreement_stop::Column::Stop.gt(stop))
            .order_by_asc(agreement_stop::Column::Stop);
        self.told(apart::rows(self.database.pool(), &select).await?).await
    }

    /// The stops of the last hour, in order.
    pub(crate) async fn recent_stops(&self, now: OffsetDateTime) -> Result<Vec<Ended>, Error> {
        let pool = self.database.pool();
        let since = database_time(pool, now).await? - TOLD_AGAIN;
        let select = agreement_stop::Entity::find()
            .filter(agreement_stop::Column::StopTime.gte(micros(since)))
            .order_by_asc(agreement_stop::Column::Stop);
        self.told(apart::rows(pool, &select).await?).await
    }

    /// The agreements whose last day passed in the hour before now.
    pub(crate) async fn recently_expired(&self, now: OffsetDateTime) -> Result<Vec<AgreementId>, Error> {
        let in_use = [State::Active, State::Suspended].map(State::name);
        let select = agreement::Entity::find()
            .select_only()
            .column(agreement::Column::Id)
            .filter(agreement::Column::State.is_in(in_use))
            .filter(agreement::Column::ReplacedBy.is_null())
            .filter(agreement::Column::EndTime.between(micros(now - TOLD_AGAIN), micros(now)));
        let rows = apart::rows(self.database.pool(), &select).await?;
        let id = |row: &QueryResult| id_of(&apart::text(row, "", agreement::Column::Id)).ok();
        Ok(rows.iter().filter_map(id).collect())
    }

    /// What there is to tell about agreements that expired.
    pub(crate) async fn expired(&self, ids: &[AgreementId]) -> Result<Vec<Ended>, Error> {
        let details = self.details(ids.iter().map(AgreementId::id).collect()).await?;
        details
            .into_iter()
            .map(|(id, Details { valid_until, contact, end_time, .. })| {
                let (id, since) = (Some(id_of(&id)?), from_micros(end_time));
                let (state, stop, replaced_by) = (State::Expired, None, None);
                Ok(Ended { id, state, stop, since, valid_until, contact, replaced_by })
            })
            .collect()
    }

    async fn told(&self, rows: Vec<QueryResult>) -> Result<Vec<Ended>, Error> {
        use agreement_stop::Column;
        let agreement = |row: &QueryResult| apart::text(row, "", Column::Agreement);
        let details = self.details(rows.iter().map(agreement).collect()).await?;
        let told = |row: &QueryResult| {
            let agreement = agreement(row);
            let details = details.get(&agreement);
            let (id, state) = (id_of(&agreement).ok(), after_stop(&apart::text(row, "", Column::State)).ok());
            let stop = apart::number(row, "", Column::Stop).and_then(|stop| u64::try_from(stop).ok());
            if details.is_none() || state.is_none() || stop.is_none() {
                tracing::error!(agreement, stop, "a stop cannot be read; what it may be about is told");
            }
            // That it stopped is told, also when it cannot be read since when.
            let since = from_micros(apart::number(row, "", Column::Since).unwrap_or_default());
            Ended {
                id,
                state: state.unwrap_or(State::Revoked),
                stop,
                since,
                valid_until: details.map_or_else(|| day_of(since), |details| details.valid_until),
                contact: details.and_then(|details| details.contact.clone()),
                replaced_by: details.and_then(|details| details.replaced_by.clone()),
            }
        };
        Ok(rows.iter().map(told).collect())
    }

    /// What there is to tell about agreements. Of one that is damaged, what can be read.
    async fn details(&self, ids: Vec<String>) -> Result<BTreeMap<String, Details>, Error> {
        let mut details = BTreeMap::new();
        for some in ids.chunks(IDS_AT_ONCE) {
            let select = agreement::Entity::find()
                .select_only()
                .join(JoinType::InnerJoin, agreement::Relation::Content.def())
                .column(agreement::Column::Id)
                .column(agreement_content::Column::ContentJson)
                .columns([
                    agreement::Column::ContentHash,
                    agreement::Column::EndTime,
                    agreement::Column::ReplacedBy,
                ])
                .filter(agreement::Column::Id.is_in(some.iter().map(String::as_str)));
            for row in apart::rows(self.database.pool(), &select).await? {
                let text = |column: agreement::Column| apart::text(&row, "", column);
                let content_json = apart::text(&row, "", agreement_content::Column::ContentJson);
                let (id, content_hash) = (text(agreement::Column::Id), text(agreement::Column::ContentHash));
                let end_time = apart::number(&row, "", agreement::Column::EndTime).unwrap_or_default();
                let replaced_by = apart::optional_text(&row, "", agreement::Column::ReplacedBy);
                let (valid_until, contact) = match content_of(&content_json, &content_hash) {
                    Ok(content) => (content.terms().valid_until, Some(content.terms().contact.clone())),
                    Err(error) => {
                        tracing::error!(%error, agreement = id, "an agreement that ended cannot be read");
                        (day_of(from_micros(end_time) - Duration::MICROSECOND), None)
                    }
                };
                let replaced_by = replaced_by.and_then(|by| id_of(&by).ok()).map(|by| by.name());
                details.insert(id, Details { valid_until, contact, end_time, replaced_by });
            }
        }
        Ok(details)
    }

    /// The newest stop of an agreement.
    pub(crate) async fn newest_stop(&self, agreement: AgreementId) -> Result<Option<Stop>, Error> {
        let select = agreement_stop::Entity::find()
            .filter(agreement_stop::Column::Agreement.eq(agreement.id()))
            .order_by_desc(agreement_stop::Column::Stop)
            .limit(1);
        only(self.database.pool(), &select).await
    }

    /// The numbers of the stops without a receipt, in order.
    pub(crate) async fn open_stops(&self) -> Result<Vec<u64>, Error> {
        let select = agreement_stop::Entity::find()
            .select_only()
            .column(agreement_stop::Column::Stop)
            .filter(agreement_stop::Column::Entry.is_null())
            .order_by_asc(agreement_stop::Column::Stop);
        let numbers: Vec<i64> = select.into_tuple().all(self.database.pool()).await?;
        Ok(numbers.into_iter().filter_map(|number| u64::try_from(number).ok()).collect())
    }

    /// A stop as it stands.
    pub(crate) async fn stop(&self, stop: u64) -> Result<Option<Stop>, Error> {
        find(self.database.pool(), stop).await
    }

    /// A point confirms a stop. Only the first time counts, and only for who has to.
    pub(crate) async fn confirm(
        &self,
        (point, process): (&str, &str),
        stop: u64,
        streams_cut: u64,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let Ok(stop) = i64::try_from(stop) else { return Ok(()) };
        let pool = self.database.writing();
        let now = micros(database_time(pool, now).await?);
        let cut = i64::try_from(streams_cut).unwrap_or(i64::MAX);
        stop_confirmation::Entity::update_many()
            .col_expr(stop_confirmation::Column::ConfirmTime, now.into())
            .col_expr(stop_confirmation::Column::StreamsCut, cut.into())
            .filter(stop_confirmation::Column::Stop.eq(stop))
            .filter(stop_confirmation::Column::Point.eq(point))
            .filter(stop_confirmation::Column::Process.eq(process))
            .filter(stop_confirmation::Column::ConfirmTime.is_null())
            .filter(stop_confirmation::Column::SilentSince.is_null())
            .exec(pool)
            .await?;
        Ok(())
    }
}

impl Appending {
    /// A stop as it stands in this transaction.
    pub(crate) async fn stop(&self, stop: u64) -> Result<Option<Stop>, Error> {
        find(self.transaction(), stop).await
    }

    /// Keeps that the receipt of a stop was entered, and who fell silent since when.
    pub(crate) async fn complete_stop(
        &self,
        stop: &Stop,
        silent: &[(&Awaited, OffsetDateTime)],
        at: OffsetDateTime,
        entry: u64,
    ) -> Result<(), Error> {
        let stored = |number: u64| i64::try_from(number).map_err(|_| Error::Corrupt("a sequence number"));
        let number = stored(stop.stop)?;
        for (awaited, since) in silent {
            stop_confirmation::Entity::update_many()
                .col_expr(stop_confirmation::Column::SilentSince, micros(*since).into())
                .filter(stop_confirmation::Column::Stop.eq(number))
                .filter(stop_confirmation::Column::Point.eq(awaited.point.as_str()))
                .filter(stop_confirmation::Column::Process.eq(awaited.process.as_str()))
                .exec(self.transaction())
                .await?;
        }
        agreement_stop::Entity::update_many()
            .col_expr(agreement_stop::Column::CompleteTime, micros(at).into())
            .col_expr(agreement_stop::Column::Entry, stored(entry)?.into())
            .filter(agreement_stop::Column::Stop.eq(number))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Now, by the clock of the database.
    pub(crate) async fn database_time(&self, now: OffsetDateTime) -> Result<OffsetDateTime, Error> {
        database_time(self.transaction(), now).await
    }
}

struct Details {
    valid_until: Date,
    contact: Option<String>,
    end_time: i64,
    replaced_by: Option<String>,
}

fn number(stored: i64) -> Result<u64, Error> {
    u64::try_from(stored).map_err(|_| Error::Corrupt("a sequence number"))
}

/// The state that a stop brings.
fn after_stop(name: &str) -> Result<State, Error> {
    State::named(name)
        .filter(|after| is_stop(State::Active, *after))
        .ok_or(Error::Corrupt("the state after a stop"))
}

async fn find(on: &impl ConnectionTrait, stop: u64) -> Result<Option<Stop>, Error> {
    match i64::try_from(stop) {
        Ok(stop) => only(on, &agreement_stop::Entity::find_by_id(stop)).await,
        Err(_) => Ok(None),
    }
}

/// The one stop that is selected.
async fn only(on: &impl ConnectionTrait, select: &impl QueryTrait) -> Result<Option<Stop>, Error> {
    let rows = apart::rows(on, select).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let row = agreement_stop::Model::from_query_result(row, "").map_err(|_| Error::Corrupt("a stop"))?;
    Ok(Some(with_points(on, row).await?))
}

async fn with_points(on: &impl ConnectionTrait, row: agreement_stop::Model) -> Result<Stop, Error> {
    let select = stop_confirmation::Entity::find()
        .filter(stop_confirmation::Column::Stop.eq(row.stop))
        .order_by_asc(stop_confirmation::Column::Point)
        .order_by_asc(stop_confirmation::Column::Process);
    let awaited = apart::rows(on, &select).await?;
    let mut points = Vec::with_capacity(awaited.len());
    for one in &awaited {
        let one = stop_confirmation::Model::from_query_result(one, "");
        let one = one.map_err(|_| Error::Corrupt("a point that has to confirm a stop"))?;
        // Once the receipt is entered, what it says stays.
        let heard = match one.silent_since {
            Some(since) => since,
            None => super::points::heard_time(on, &one.point, &one.process).await?.unwrap_or(one.heard_time),
        };
        points.push(Awaited {
            point: one.point,
            process: one.process,
            heard: from_micros(heard.max(one.heard_time)),
            // A confirmation that came when the receipt was being entered is not in it.
            confirmed: one.confirm_time.filter(|_| one.silent_since.is_none()).map(from_micros),
            streams_cut: match one.silent_since {
                Some(_) => 0,
                None => u64::try_from(one.streams_cut).unwrap_or_default(),
            },
        });
    }
    Ok(Stop {
        stop: number(row.stop)?,
        agreement: id_of(&row.agreement)?,
        state: after_stop(&row.state)?,
        time: from_micros(row.stop_time),
        complete: match (row.complete_time, row.entry) {
            (Some(at), Some(entry)) => Some((from_micros(at), number(entry)?)),
            _ => None,
        },
        points,
    })
}
