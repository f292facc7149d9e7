//! Agreements as the entries about them leave them, whatever their rows say, and what a party then does with
//! them.

use std::collections::HashSet;

use ledger::{Salt, commitment, leaf_data, leaf_hash};
use platform::clock::micros;
use sea_orm::ActiveValue::{NotSet, Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, Select,
};
use time::OffsetDateTime;

use super::last::{Last, last_rows};
use super::reading::{kept_entry, read};
use super::{Appending, Count};
use crate::domain::agreement::{Agreement, State};
use crate::domain::entry::Entry;
use crate::domain::followed::Followed;
use crate::domain::name::AgreementId;
use crate::domain::signature::Signature;
use crate::store::entity::{agreement, agreement_signature, ledger_entry};
use crate::store::{DamagedAgreement, Error, Store, agreements, apart};

/// What a row keeps of where its agreement stands: state, number of entries and hash of the leaf of the last
/// one. What cannot be read is what no entry leaves.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row(String, Option<i64>, Option<String>);

impl Row {
    /// What the last entry leaves.
    fn left_by(last: &Last) -> Self {
        let state = last.state.unwrap_or(State::Draft).name().to_owned();
        Self(state, Some(last.entries), last.leaf.clone())
    }
}

impl Store {
    /// An agreement as its entries leave it; none when there is no such agreement.
    pub(crate) async fn followed(&self, id: AgreementId) -> Result<Option<Followed>, Error> {
        Ok(follow(self.database.pool(), id).await?.map(|(followed, ..)| followed))
    }

    /// Those of these agreements, of which there are at most some hundreds, whose rows are not as the last
    /// entries about them left them, or are gone: nothing is decided under them.
    pub(crate) async fn unfit(&self, ids: &[AgreementId]) -> Result<HashSet<AgreementId>, Error> {
        let mut unfit: HashSet<AgreementId> = ids.iter().copied().collect();
        for (id, last, row) in rows(self.database.pool(), &unfit).await? {
            if last.as_ref().map(Row::left_by) == Some(row)
                && let Some(id) = AgreementId::of_id(&id)
            {
                unfit.remove(&id);
            }
        }
        Ok(unfit)
    }
}

impl Appending {
    /// An agreement as its entries leave it. What is entered about it follows the last one of them, and what
    /// its row says otherwise is logged.
    pub(crate) async fn followed(&mut self, id: AgreementId) -> Result<Option<Followed>, Error> {
        let Some((followed, last, row)) = follow(&self.tx, id).await? else { return Ok(None) };
        let left = Row::left_by(&last);
        if row != left {
            let agreement = id.name();
            tracing::error!(agreement, ?row, ?left, "an agreement is not as its entries left it; they count");
        }
        self.counts.insert(id, Count::of(last, followed.course.parties.clone()));
        Ok(Some(followed))
    }

    /// Keeps what a party did, by its signature, with an agreement that stood as its entries left it. All
    /// that its row says of where it stands is as it has to be then.
    pub(crate) async fn update_followed(
        &mut self,
        before: &Followed,
        after: &Followed,
        signature: &Signature,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let (id, recorded) = (after.id, after.course.recorded);
        self.stops.changed(id, [before.course.recorded, recorded], now);
        if let Some(count) = self.counts.get_mut(&id) {
            count.last.state = Some(recorded);
        }
        agreement::ActiveModel {
            id: Unchanged(id.id()),
            state: Set(recorded.name().to_owned()),
            update_time: if before.course.recorded == recorded { NotSet } else { Set(micros(now)) },
            replaced_by: Set(after.course.replaced_by.map(|by| by.id())),
            ..Default::default()
        }
        .update_without_returning(&self.tx)
        .await?;
        agreement_signature::ActiveModel {
            agreement: Set(id.id()),
            position: Set(self.next_signature(id).await?),
            oin: Set(signature.oin.to_string()),
            kind: Set(signature.kind.name().to_owned()),
            jws: Set(signature.jws.clone()),
            create_time: Set(micros(signature.create_time)),
        }
        .insert(&self.tx)
        .await?;
        Ok(())
    }

    /// An agreement to show to its parties, where it stands by its entries.
    pub(crate) async fn shown(
        &self,
        followed: &Followed,
    ) -> Result<Result<Agreement, DamagedAgreement>, Error> {
        let (id, recorded) = (followed.id, followed.course.recorded);
        match agreements::load(&self.tx, id).await {
            Ok(Some(agreement)) => Ok(Ok(Agreement { recorded, ..agreement })),
            Ok(None) | Err(Error::Corrupt(_)) => Ok(Err(DamagedAgreement { id })),
            Err(error) => Err(error),
        }
    }

    /// The place of the next signature under an agreement, also when some are not there any more.
    async fn next_signature(&self, id: AgreementId) -> Result<i32, Error> {
        use agreement_signature::{Column, Entity};
        let last: Option<i32> = Entity::find()
            .select_only()
            .column(Column::Position)
            .filter(Column::Agreement.eq(id.id()))
            .order_by_desc(Column::Position)
            .limit(1)
            .into_tuple()
            .one(&self.tx)
            .await?;
        Ok(last.map_or(0, |last| last.saturating_add(1)))
    }
}

/// The entries of the changes of an agreement, in order.
pub(in crate::store) fn change_rows(id: AgreementId) -> Select<ledger_entry::Entity> {
    ledger_entry::Entity::find()
        .filter(ledger_entry::Column::Agreement.eq(id.id()))
        // Written as in the index of them.
        .filter(Expr::cust("kind = 'AGREEMENT_CHANGED'"))
        .order_by_asc(ledger_entry::Column::Position)
}

/// The last entry about an agreement.
fn newest_row(id: AgreementId) -> Select<ledger_entry::Entity> {
    ledger_entry::Entity::find()
        .filter(ledger_entry::Column::Agreement.eq(id.id()))
        .order_by_desc(ledger_entry::Column::Position)
        .limit(1)
}

/// Of each of these agreements that is there: its id, what the last entry about it comes to when that can be
/// read, and what its row says.
pub(super) async fn rows(
    on: &impl ConnectionTrait,
    ids: &HashSet<AgreementId>,
) -> Result<Vec<(String, Option<Last>, Row)>, Error> {
    use agreement::Column;
    let postgres = on.get_database_backend() == DatabaseBackend::Postgres;
    let select = last_rows(ids, postgres).columns([Column::State, Column::Entries, Column::LastLeaf]);
    let read = |row: &QueryResult| {
        let of_last = |column: &str| row.try_get::<Option<String>>("", column).unwrap_or_default();
        let last = Last::entered(of_last("leaf_hash").zip(of_last("header_json")));
        let state = apart::text(row, "", Column::State);
        let entries = apart::number(row, "", Column::Entries);
        let leaf = apart::optional_text(row, "", Column::LastLeaf);
        (apart::text(row, "", Column::Id), last, Row(state, entries, leaf))
    };
    Ok(apart::rows(on, &select).await?.iter().map(read).collect())
}

/// An agreement as its entries leave it, what the last of them comes to, and what its row says. What of the
/// entries cannot be read, or is not what was entered, is left out.
async fn follow(on: &impl ConnectionTrait, id: AgreementId) -> Result<Option<(Followed, Last, Row)>, Error> {
    let Some((_, last, row)) = rows(on, &[id].into()).await?.pop() else { return Ok(None) };
    let last = last.ok_or(Error::Corrupt("the last entry of an agreement"))?;
    // What follows it takes number and state from its header, so it has to be what was entered.
    if let Some(newest) = apart::rows(on, &newest_row(id)).await?.first() {
        entered(&kept_entry(newest, "")?).ok_or(Error::Corrupt("the last entry of an agreement"))?;
    }
    let changes = apart::rows(on, &change_rows(id)).await?;
    let changes: Vec<Entry> = changes.iter().filter_map(|row| entered(&kept_entry(row, "").ok()?)).collect();
    let followed = Followed::of(id, &changes, last.state.unwrap_or(State::Draft));
    let followed = followed.ok_or(Error::Corrupt("the entries of the changes of an agreement"))?;
    Ok(Some((followed, last, row)))
}

/// The entry of a row whose texts are those that were entered.
fn entered(row: &ledger_entry::Model) -> Option<Entry> {
    let salts = row.header_salt.parse::<Salt>().ok().zip(row.body_salt.parse::<Salt>().ok());
    let leaf = salts.map(|(header, body)| {
        let header = commitment(&header, row.header_json.as_bytes());
        leaf_hash(&leaf_data(&header, &commitment(&body, row.body_json.as_bytes())))
    });
    let same = leaf.is_some_and(|leaf| row.leaf_hash.parse() == Ok(leaf));
    same.then(|| read(row.position, &row.header_json, &row.body_json)).flatten()
}
