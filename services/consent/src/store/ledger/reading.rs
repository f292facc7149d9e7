//! Reading entries, for those who may.

use ledger::{Hash, Salt};
use platform::identity::Oin;
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait, SelectTwo,
};

use super::Store;
use crate::domain::entry::{Entry, Header, Kind};
use crate::domain::name::AgreementId;
use crate::store::Error;
use crate::store::entity::{ledger_entry, ledger_party};

/// Which entries to list.
#[derive(Clone, Debug)]
pub(crate) struct LedgerFilter {
    /// Only those that this organisation may read, whole or the header alone.
    pub(crate) party: Option<Oin>,
    /// Only those about this agreement.
    pub(crate) agreement: Option<AgreementId>,
    /// Only those of this kind, as far as the party may know the kind.
    pub(crate) kind: Option<Kind>,
    /// Only those after this one.
    pub(crate) after: Option<i64>,
    /// At most this many.
    pub(crate) limit: u64,
}

/// An entry as somebody may read it.
#[derive(Clone, Debug)]
pub(crate) struct StoredEntry {
    /// The header.
    pub(crate) header: Header,
    /// The header as it is kept.
    pub(crate) header_json: String,
    /// The salt of the commitment to the header.
    pub(crate) header_salt: Salt,
    /// The commitment to the header.
    pub(crate) header_commitment: Hash,
    /// The commitment to the body.
    pub(crate) body_commitment: Hash,
    /// The hash of the leaf.
    pub(crate) leaf_hash: String,
    /// The rest; none for who may read the header alone.
    pub(crate) whole: Option<Whole>,
}

/// What only those that an entry concerns may read.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    /// The entry.
    pub(crate) entry: Entry,
    /// The body as it is kept.
    pub(crate) body_json: String,
    /// The salt of the commitment to the body.
    pub(crate) body_salt: Salt,
}

impl Store {
    /// One entry, as this organisation may read it; `None` reads for who may read all.
    pub(crate) async fn ledger_entry(
        &self,
        index: i64,
        party: Option<&Oin>,
    ) -> Result<Option<StoredEntry>, Error> {
        let select = ledger_entry::Entity::find_by_id(index);
        let Some(party) = party else {
            let row = select.one(self.database.pool()).await?;
            return row.map(|row| as_read(row, true)).transpose();
        };
        let row = seen_by(select, party).one(self.database.pool()).await?;
        row.map(|(row, seen)| as_read(row, is_whole(seen))).transpose()
    }

    /// Entries in order.
    pub(crate) async fn ledger_entries(&self, filter: &LedgerFilter) -> Result<Vec<StoredEntry>, Error> {
        let mut select = ledger_entry::Entity::find();
        if let Some(after) = filter.after {
            select = select.filter(ledger_entry::Column::Position.gt(after));
        }
        if let Some(agreement) = &filter.agreement {
            select = select.filter(ledger_entry::Column::Agreement.eq(agreement.id()));
        }
        if let Some(kind) = filter.kind {
            select = select.filter(ledger_entry::Column::Kind.eq(kind.name()));
        }
        let select = select.order_by_asc(ledger_entry::Column::Position).limit(filter.limit);
        let Some(party) = &filter.party else {
            let rows = select.all(self.database.pool()).await?;
            return rows.into_iter().map(|row| as_read(row, true)).collect();
        };
        let mut select = seen_by(select, party);
        if filter.kind.is_some() {
            select = select.filter(ledger_party::Column::Whole.eq(true));
        }
        let rows = select.all(self.database.pool()).await?;
        rows.into_iter().map(|(row, seen)| as_read(row, is_whole(seen))).collect()
    }
}

fn seen_by(
    select: sea_orm::Select<ledger_entry::Entity>,
    party: &Oin,
) -> SelectTwo<ledger_entry::Entity, ledger_party::Entity> {
    select
        .join(JoinType::InnerJoin, ledger_party::Relation::Entry.def().rev())
        .filter(ledger_party::Column::Oin.eq(party.as_str()))
        .select_also(ledger_party::Entity)
}

fn is_whole(seen: Option<ledger_party::Model>) -> bool {
    seen.is_some_and(|seen| seen.whole)
}

/// The whole entry of a row.
pub(super) fn entry_of(row: &ledger_entry::Model) -> Result<Entry, Error> {
    let header = Header::read(&row.header_json).ok_or_else(|| unreadable(row, "its header"))?;
    Entry::of(header, &row.body_json).ok_or_else(|| unreadable(row, "its body"))
}

fn unreadable(row: &ledger_entry::Model, what: &'static str) -> Error {
    Error::Unreadable { index: row.position, what }
}

/// Who may read the header alone gets it whatever the state of the body.
fn as_read(row: ledger_entry::Model, whole: bool) -> Result<StoredEntry, Error> {
    let salt = |text: &str| text.parse::<Salt>().map_err(|_| unreadable(&row, "a salt"));
    let hash = |text: &str| text.parse::<Hash>().map_err(|_| unreadable(&row, "a commitment"));
    let header = Header::read(&row.header_json).ok_or_else(|| unreadable(&row, "its header"))?;
    let header_salt = salt(&row.header_salt)?;
    let (header_commitment, body_commitment) = (hash(&row.header_commitment)?, hash(&row.body_commitment)?);
    let rest = if whole { Some((entry_of(&row)?, salt(&row.body_salt)?)) } else { None };
    Ok(StoredEntry {
        header,
        header_json: row.header_json,
        header_salt,
        header_commitment,
        body_commitment,
        leaf_hash: row.leaf_hash,
        whole: rest.map(|(entry, body_salt)| Whole { entry, body_json: row.body_json, body_salt }),
    })
}
