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

/// An entry that is there, and of which what somebody may read cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// Its index.
    pub(crate) index: i64,
    /// The hash of its leaf as it is kept.
    pub(crate) leaf_hash: String,
    /// What of it cannot be read.
    pub(crate) what: &'static str,
}

impl From<Damaged> for Error {
    fn from(damaged: Damaged) -> Self {
        Self::Unreadable { index: damaged.index, what: damaged.what }
    }
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
    ) -> Result<Option<Result<StoredEntry, Damaged>>, Error> {
        let select = ledger_entry::Entity::find_by_id(index);
        let Some(party) = party else {
            let row = select.one(self.database.pool()).await?;
            return Ok(row.map(|row| as_read(row, true)));
        };
        let row = seen_by(select, party).one(self.database.pool()).await?;
        Ok(row.map(|(row, seen)| as_read(row, is_whole(seen))))
    }

    /// Entries in order. One that is damaged keeps none of the others back.
    pub(crate) async fn ledger_entries(
        &self,
        filter: &LedgerFilter,
    ) -> Result<Vec<Result<StoredEntry, Damaged>>, Error> {
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
            return Ok(rows.into_iter().map(|row| as_read(row, true)).collect());
        };
        let mut select = seen_by(select, party);
        if filter.kind.is_some() {
            select = select.filter(ledger_party::Column::Whole.eq(true));
        }
        let rows = select.all(self.database.pool()).await?;
        Ok(rows.into_iter().map(|(row, seen)| as_read(row, is_whole(seen))).collect())
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
fn entry_of(row: &ledger_entry::Model) -> Result<Entry, Damaged> {
    let header = Header::read(&row.header_json).ok_or_else(|| damaged(row, "its header"))?;
    Entry::of(header, &row.body_json).ok_or_else(|| damaged(row, "its body"))
}

/// The entry of a header and a body as they are kept. A damaged one is none: it shows nothing.
pub(super) fn read(index: i64, header_json: &str, body_json: &str) -> Option<Entry> {
    let entry = Header::read(header_json).and_then(|header| Entry::of(header, body_json));
    if entry.is_none() {
        tracing::error!(index, "an entry of the ledger cannot be read");
    }
    entry
}

fn damaged(row: &ledger_entry::Model, what: &'static str) -> Damaged {
    tracing::error!(index = row.position, what, "an entry of the ledger cannot be read");
    Damaged { index: row.position, leaf_hash: row.leaf_hash.clone(), what }
}

/// Who may read the header alone gets it whatever the state of the body.
fn as_read(row: ledger_entry::Model, whole: bool) -> Result<StoredEntry, Damaged> {
    let salt = |text: &str| text.parse::<Salt>().map_err(|_| damaged(&row, "a salt"));
    let hash = |text: &str| text.parse::<Hash>().map_err(|_| damaged(&row, "a commitment"));
    let header = Header::read(&row.header_json).ok_or_else(|| damaged(&row, "its header"))?;
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
