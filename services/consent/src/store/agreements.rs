//! Agreements, outside of the ledger's transaction.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use platform::clock::{from_micros, micros};
use platform::db::one_of;
use platform::identity::Oin;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, RelationTrait, Select,
};
use time::OffsetDateTime;

use super::entity::{agreement, agreement_content, agreement_party, agreement_signature};
use super::{Error, Store, apart};
use crate::domain::agreement::{Agreement, Document, State, read_content, read_text_hash};
use crate::domain::content::Content;
use crate::domain::decision::DamagedStanding;
use crate::domain::hash;
use crate::domain::name::AgreementId;
use crate::domain::signature::{Signature, SignatureKind};

/// Which agreements to list.
#[derive(Clone, Debug)]
pub(crate) struct AgreementFilter {
    /// Only those that this party may see.
    pub(crate) party: Option<Oin>,
    /// Only those in this state.
    pub(crate) state: Option<State>,
    /// Only those in force, or in the state that is asked for, that end by this moment.
    pub(crate) ending_by: Option<OffsetDateTime>,
    /// Only proposals that this party has not signed.
    pub(crate) unsigned_by: Option<Oin>,
    /// Only those that are active, and could be used, since this moment, and were not.
    pub(crate) unused_since: Option<OffsetDateTime>,
    /// Only those before this one: the list runs from new to old.
    pub(crate) before: Option<AgreementId>,
    /// At most this many.
    pub(crate) limit: u64,
}

impl Store {
    /// One agreement, if it is as the entries about it left it.
    pub(crate) async fn agreement(&self, id: AgreementId) -> Result<Option<Agreement>, Error> {
        let found = load(self.database.pool(), id).await?;
        if found.is_some() && self.unfit(&[id]).await?.contains(&id) {
            return Err(Error::Corrupt("the row of an agreement"));
        }
        Ok(found)
    }

    /// Whether an agreement is among those that this organisation may see, whatever became of it.
    pub(crate) async fn lists(&self, id: AgreementId, oin: &Oin) -> Result<bool, Error> {
        let listed = agreement_party::Entity::find_by_id((oin.to_string(), id.id()));
        Ok(!apart::rows(self.database.pool(), &listed).await?.is_empty())
    }

    /// Agreements, the newest first. One that is damaged keeps none of the others back.
    pub(crate) async fn agreements(
        &self,
        filter: &AgreementFilter,
        now: OffsetDateTime,
    ) -> Result<Vec<Result<Agreement, DamagedAgreement>>, Error> {
        let mut select = agreement::Entity::find();
        if let Some(party) = &filter.party {
            select = select
                .join(JoinType::InnerJoin, agreement_party::Relation::Agreement.def().rev())
                .filter(agreement_party::Column::Oin.eq(party.as_str()));
        }
        if let Some(state) = filter.state {
            select = select.filter(in_state(state, now));
        }
        for condition in narrowed(filter, now) {
            select = select.filter(condition);
        }
        if let Some(before) = &filter.before {
            select = select.filter(agreement::Column::Id.lt(before.id()));
        }
        // Ids are UUIDv7, so they run with the time.
        let select = select.order_by_desc(agreement::Column::Id);
        let read = async |select| with_signatures(self.database.pool(), select).await;
        let read = apart::listed(select, filter.limit, read, |(id, read): (String, _)| listed(&id, read));
        self.as_entered(read.await?).await
    }

    /// Those of these agreements that can be read and are as the entries about them left them.
    pub(crate) async fn sound_agreements(
        &self,
        ids: &HashSet<AgreementId>,
    ) -> Result<HashMap<AgreementId, Agreement>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let select =
            agreement::Entity::find().filter(agreement::Column::Id.is_in(ids.iter().map(AgreementId::id)));
        let read = with_signatures(self.database.pool(), select).await?;
        let read = read.into_iter().filter_map(|(id, read)| listed(&id, read)).collect();
        let sound = self.as_entered(read).await?.into_iter().filter_map(Result::ok);
        Ok(sound.map(|agreement| (agreement.id, agreement)).collect())
    }

    /// The same, of which those that are not as the last entries about them left them are damaged.
    async fn as_entered(
        &self,
        read: Vec<Result<Agreement, DamagedAgreement>>,
    ) -> Result<Vec<Result<Agreement, DamagedAgreement>>, Error> {
        let ids: Vec<_> =
            read.iter().filter_map(|read| read.as_ref().ok()).map(|agreement| agreement.id).collect();
        let unfit = if ids.is_empty() { HashSet::new() } else { self.unfit(&ids).await? };
        let held = |read: Result<Agreement, DamagedAgreement>| match read {
            Ok(Agreement { id, .. }) if unfit.contains(&id) => {
                tracing::error!(agreement = id.name(), "an agreement is not as its entries left it");
                Err(DamagedAgreement { id })
            }
            read => read,
        };
        Ok(read.into_iter().map(held).collect())
    }
}

/// An agreement that is there and cannot be read, or is not as it was signed and entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DamagedAgreement {
    /// Which.
    pub(crate) id: AgreementId,
}

/// An agreement in a list; none when it cannot even be named.
fn listed(id: &str, read: Result<Agreement, Error>) -> Option<Result<Agreement, DamagedAgreement>> {
    if let Err(error) = &read {
        tracing::error!(%error, agreement = id, "an agreement cannot be read");
    }
    match (read, AgreementId::of_id(id)) {
        (Ok(agreement), _) => Some(Ok(agreement)),
        (Err(_), id) => id.map(|id| Err(DamagedAgreement { id })),
    }
}

/// One agreement, in whatever transaction.
pub(super) async fn load(on: &impl ConnectionTrait, id: AgreementId) -> Result<Option<Agreement>, Error> {
    let select = agreement::Entity::find_by_id(id.id());
    with_signatures(on, select).await?.pop().map(|(_, read)| read).transpose()
}

pub(super) fn state_of(name: &str) -> Result<State, Error> {
    State::named(name).ok_or(Error::Corrupt("the state of an agreement"))
}

pub(super) fn id_of(id: &str) -> Result<AgreementId, Error> {
    AgreementId::of_id(id).ok_or(Error::Corrupt("the id of an agreement"))
}

/// The terms in stored content. Only those that have the stored hash, which is what was signed, are
/// the terms of the agreement.
pub(super) fn content_of(content_json: &str, content_hash: &str) -> Result<Content, Error> {
    if hash::of_content(content_json) != content_hash {
        return Err(Error::Corrupt("content of an agreement that has another hash"));
    }
    read_content(content_json).ok_or(Error::Corrupt("the content of an agreement"))
}

/// Agreements that stand in a state now; some states follow from the clock.
fn in_state(state: State, now: OffsetDateTime) -> Condition {
    let unended = [State::Draft, State::Proposed, State::Active, State::Suspended].map(State::name);
    let (column, by, now) = (agreement::Column::State, agreement::Column::ReplacedBy, micros(now));
    match state {
        State::Expired => Condition::all()
            .add(column.is_in(unended))
            .add(by.is_null())
            .add(agreement::Column::EndTime.lte(now)),
        State::Draft | State::Proposed | State::Active | State::Suspended => Condition::all()
            .add(column.eq(state.name()))
            .add(by.is_null())
            .add(agreement::Column::EndTime.gt(now)),
        // What has another one in its place is replaced, whatever else its row says.
        State::Replaced => Condition::any()
            .add(column.eq(state.name()))
            .add(Condition::all().add(column.is_in(unended)).add(by.is_not_null())),
        State::Rejected | State::Revoked => Condition::all().add(column.eq(state.name())),
    }
}

/// What a list asks for beside party and state.
fn narrowed(filter: &AgreementFilter, now: OffsetDateTime) -> Vec<Condition> {
    let mut conditions = Vec::new();
    if let Some(by) = filter.ending_by {
        let ends = agreement::Column::EndTime;
        let mut ending = Condition::all().add(ends.gt(micros(now))).add(ends.lte(micros(by)));
        if filter.state.is_none() {
            let in_force = [State::Active, State::Suspended].map(State::name);
            ending = ending
                .add(agreement::Column::State.is_in(in_force))
                .add(agreement::Column::ReplacedBy.is_null());
        }
        conditions.push(ending);
    }
    if let Some(party) = &filter.unsigned_by {
        let accepted = agreement_signature::Entity::find()
            .select_only()
            .column(agreement_signature::Column::Agreement)
            .filter(agreement_signature::Column::Oin.eq(party.as_str()))
            .filter(agreement_signature::Column::Kind.eq(SignatureKind::Accept.name()))
            .into_query();
        conditions.push(in_state(State::Proposed, now).add(agreement::Column::Id.not_in_subquery(accepted)));
    }
    if let Some(since) = filter.unused_since.map(micros) {
        let last = agreement::Column::LastPermitTime;
        conditions.push(
            in_state(State::Active, now)
                .add(agreement::Column::UpdateTime.lte(since))
                .add(agreement::Column::StartTime.lte(since))
                .add(Condition::any().add(last.is_null()).add(last.lte(since))),
        );
    }
    conditions
}

/// The agreements that are selected, each with its id.
async fn with_signatures(
    on: &impl ConnectionTrait,
    select: Select<agreement::Entity>,
) -> Result<Vec<(String, Result<Agreement, Error>)>, Error> {
    let rows = apart::rows(on, &select.find_also_related(agreement_content::Entity)).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| apart::text(row, "A_", agreement::Column::Id)).collect::<Vec<_>>();
    let placed = agreement_signature::Entity::find()
        .filter(agreement_signature::Column::Agreement.is_in(ids.iter().map(String::as_str)))
        .order_by_asc(agreement_signature::Column::Position);
    let mut signatures: HashMap<String, Vec<QueryResult>> = HashMap::new();
    for row in apart::rows(on, &placed).await? {
        let agreement = apart::text(&row, "", agreement_signature::Column::Agreement);
        signatures.entry(agreement).or_default().push(row);
    }
    let read = |(row, id): (&QueryResult, String)| {
        let placed = signatures.remove(&id).unwrap_or_default();
        (id, from_rows(row, &placed))
    };
    Ok(rows.iter().zip(ids).map(read).collect())
}

fn from_rows(row: &QueryResult, placed: &[QueryResult]) -> Result<Agreement, Error> {
    let unreadable = |what| move |_: DbErr| Error::Corrupt(what);
    let kept = agreement_content::Model::from_query_result_optional(row, "B_");
    let kept = kept.map_err(unreadable("the content of an agreement"))?;
    let kept = kept.ok_or(Error::Corrupt("an agreement without content"))?;
    let row = agreement::Model::from_query_result(row, "A_").map_err(unreadable("an agreement"))?;
    let signature = |row: &QueryResult| {
        let row = agreement_signature::Model::from_query_result(row, "");
        let row = row.map_err(unreadable("a signature"))?;
        Ok(Signature {
            oin: row.oin.parse().map_err(|_| Error::Corrupt("the OIN of a signature"))?,
            kind: SignatureKind::named(&row.kind).ok_or(Error::Corrupt("the kind of a signature"))?,
            jws: row.jws,
            create_time: from_micros(row.create_time),
        })
    };
    if read_text_hash(&kept.content_json) != Some(hash::of_text(&kept.text_nl)) {
        return Err(Error::Corrupt("the text of an agreement"));
    }
    Ok(Agreement {
        id: id_of(&row.id)?,
        recorded: state_of(&row.state)?,
        signatures: placed.iter().map(signature).collect::<Result<_, Error>>()?,
        create_time: from_micros(row.create_time),
        update_time: from_micros(row.update_time),
        replaced_by: row.replaced_by.as_deref().map(id_of).transpose()?,
        document: Arc::new(Document {
            content: content_of(&kept.content_json, &row.content_hash)?,
            content_json: kept.content_json,
            content_hash: row.content_hash,
            text: kept.text_nl,
        }),
    })
}

/// How these agreements stand: id, recorded state, hash of the content, since when, how many entries of
/// the ledger are about it, the hash of the leaf of the last one, and what replaced it.
pub(super) fn standing_rows(ids: &HashSet<AgreementId>, postgres: bool) -> Select<agreement::Entity> {
    agreement::Entity::find()
        .select_only()
        .columns([
            agreement::Column::Id,
            agreement::Column::State,
            agreement::Column::ContentHash,
            agreement::Column::UpdateTime,
            agreement::Column::Entries,
            agreement::Column::LastLeaf,
            agreement::Column::ReplacedBy,
        ])
        .filter(one_of(agreement::Column::Id, ids.iter().map(AgreementId::id), postgres))
}

/// Hash and text of the content with these hashes.
pub(super) fn content_rows(hashes: &[&str]) -> Select<agreement_content::Entity> {
    agreement_content::Entity::find()
        .select_only()
        .columns([agreement_content::Column::ContentHash, agreement_content::Column::ContentJson])
        .filter(agreement_content::Column::ContentHash.is_in(hashes.iter().copied()))
}

/// To which of these organisations these agreements are shown, whatever became of them: id and OIN.
pub(super) fn party_rows(
    ids: &HashSet<AgreementId>,
    oins: &BTreeSet<Oin>,
    postgres: bool,
) -> Select<agreement_party::Entity> {
    use agreement_party::Column;
    agreement_party::Entity::find()
        .select_only()
        .columns([Column::Agreement, Column::Oin])
        .filter(one_of(Column::Oin, oins.iter().map(Oin::to_string), postgres))
        .filter(one_of(Column::Agreement, ids.iter().map(AgreementId::id), postgres))
}

/// A damaged agreement, with the organisations that it is shown to by these rows.
pub(super) fn damaged(id: AgreementId, listed: &[(String, String)]) -> DamagedStanding {
    let own = listed.iter().filter(|(agreement, _)| *agreement == id.id());
    DamagedStanding { id, parties: own.filter_map(|(_, oin)| oin.parse().ok()).collect() }
}
