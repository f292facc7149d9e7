//! Agreements, outside of the ledger's transaction.

use std::collections::HashMap;
use std::sync::Arc;

use platform::identity::Oin;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
};
use time::{Duration, OffsetDateTime};

use super::entity::{agreement, agreement_party, agreement_signature};
use super::{Error, Store, micros, moment};
use crate::domain::agreement::{Agreement, Document, State, read_content};
use crate::domain::name::AgreementId;
use crate::domain::signature::{Signature, SignatureKind};

/// Which agreements to list.
#[derive(Clone, Debug)]
pub(crate) struct AgreementFilter {
    /// Only those of this party.
    pub(crate) party: Option<Oin>,
    /// Only those in this state.
    pub(crate) state: Option<State>,
    /// Only those before this one: the list runs from new to old.
    pub(crate) before: Option<String>,
    /// At most this many.
    pub(crate) limit: u64,
}

/// An agreement that ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ended {
    /// Which.
    pub(crate) id: AgreementId,
    /// When a party ended it; none when its last day passed.
    pub(crate) revoked: Option<OffsetDateTime>,
    /// Its last day.
    pub(crate) valid_until: time::Date,
    /// Whom to ask.
    pub(crate) contact: String,
}

impl Store {
    /// One agreement.
    pub(crate) async fn agreement(&self, id: AgreementId) -> Result<Option<Agreement>, Error> {
        load(self.database.pool(), id).await
    }

    /// Agreements, the newest first.
    pub(crate) async fn agreements(
        &self,
        filter: &AgreementFilter,
        now: OffsetDateTime,
    ) -> Result<Vec<Agreement>, Error> {
        let mut select = agreement::Entity::find();
        if let Some(party) = &filter.party {
            select = select
                .join(JoinType::InnerJoin, agreement_party::Relation::Agreement.def().rev())
                .filter(agreement_party::Column::Oin.eq(party.as_str()));
        }
        if let Some(state) = filter.state {
            select = select.filter(in_state(state, now));
        }
        if let Some(before) = &filter.before {
            select = select.filter(agreement::Column::Id.lt(before.as_str()));
        }
        // Ids are UUIDv7, so they run with the time.
        let rows =
            select.order_by_desc(agreement::Column::Id).limit(filter.limit).all(self.database.pool()).await?;
        with_signatures(self.database.pool(), rows).await
    }

    /// The agreements that ended in the hour before now: revoked, or past their last day.
    pub(crate) async fn recently_ended(&self, now: OffsetDateTime) -> Result<Vec<Ended>, Error> {
        let since = micros(now - Duration::HOUR);
        let revoked = Condition::all()
            .add(agreement::Column::State.eq(State::Revoked.name()))
            .add(agreement::Column::UpdateTime.gte(since));
        let expired = Condition::all()
            .add(agreement::Column::State.eq(State::Active.name()))
            .add(agreement::Column::EndTime.between(since, micros(now)));
        let rows = agreement::Entity::find()
            .filter(Condition::any().add(revoked).add(expired))
            .all(self.database.pool())
            .await?;
        rows.into_iter()
            .map(|row| {
                let content =
                    read_content(&row.content_json).ok_or(Error::Corrupt("the content of an agreement"))?;
                Ok(Ended {
                    id: id_of(&row)?,
                    revoked: if state_of(&row)? == State::Revoked {
                        Some(moment(row.update_time)?)
                    } else {
                        None
                    },
                    valid_until: content.terms().valid_until,
                    contact: content.terms().contact.clone(),
                })
            })
            .collect()
    }
}

/// One agreement, in whatever transaction.
pub(super) async fn load(on: &impl ConnectionTrait, id: AgreementId) -> Result<Option<Agreement>, Error> {
    let row = agreement::Entity::find_by_id(id.id()).one(on).await?;
    Ok(with_signatures(on, row.into_iter().collect()).await?.pop())
}

pub(super) fn state_of(row: &agreement::Model) -> Result<State, Error> {
    State::named(&row.state).ok_or(Error::Corrupt("the state of an agreement"))
}

pub(super) fn id_of(row: &agreement::Model) -> Result<AgreementId, Error> {
    AgreementId::of_id(&row.id).ok_or(Error::Corrupt("the id of an agreement"))
}

/// Agreements that stand in a state now; some states follow from the clock.
fn in_state(state: State, now: OffsetDateTime) -> Condition {
    let unended = [State::Draft, State::Proposed, State::Active];
    let (column, now) = (agreement::Column::State, micros(now));
    match state {
        State::Expired => Condition::all()
            .add(column.is_in(unended.map(State::name)))
            .add(agreement::Column::EndTime.lte(now)),
        State::Draft | State::Proposed | State::Active => {
            Condition::all().add(column.eq(state.name())).add(agreement::Column::EndTime.gt(now))
        }
        State::Rejected | State::Revoked => Condition::all().add(column.eq(state.name())),
    }
}

async fn with_signatures(
    on: &impl ConnectionTrait,
    rows: Vec<agreement::Model>,
) -> Result<Vec<Agreement>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let placed = agreement_signature::Entity::find()
        .filter(agreement_signature::Column::Agreement.is_in(rows.iter().map(|row| row.id.as_str())))
        .order_by_asc(agreement_signature::Column::Position)
        .all(on)
        .await?;
    let mut signatures: HashMap<String, Vec<Signature>> = HashMap::new();
    for row in placed {
        let signature = Signature {
            oin: row.oin.parse().map_err(|_| Error::Corrupt("the OIN of a signature"))?,
            kind: SignatureKind::named(&row.kind).ok_or(Error::Corrupt("the kind of a signature"))?,
            jws: row.jws,
            create_time: moment(row.create_time)?,
        };
        signatures.entry(row.agreement).or_default().push(signature);
    }
    rows.into_iter()
        .map(|row| {
            let content =
                read_content(&row.content_json).ok_or(Error::Corrupt("the content of an agreement"))?;
            Ok(Agreement {
                id: id_of(&row)?,
                recorded: state_of(&row)?,
                signatures: signatures.remove(&row.id).unwrap_or_default(),
                create_time: moment(row.create_time)?,
                update_time: moment(row.update_time)?,
                document: Arc::new(Document {
                    content,
                    content_json: row.content_json,
                    content_hash: row.content_hash,
                    text: row.text_nl,
                }),
            })
        })
        .collect()
}
