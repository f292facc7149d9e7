//! Reading entries, for those who may.

use ledger::{Hash, Salt};
use platform::identity::Oin;
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, JoinType, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    RelationTrait, SelectTwo,
};

use super::Store;
use crate::domain::entry::{Entry, Header, Kind};
use crate::domain::name::AgreementId;
use crate::store::entity::{ledger_entry, ledger_party};
use crate::store::{Error, apart};

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
        let on = self.database.pool();
        let read = match party {
            Some(party) => of_party(&apart::rows(on, &seen_by(select, party)).await?),
            None => of_all(&apart::rows(on, &select).await?),
        };
        Ok(read?.pop())
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
        let on = self.database.pool();
        let Some(party) = &filter.party else {
            return of_all(&apart::rows(on, &select).await?);
        };
        let mut select = seen_by(select, party);
        if filter.kind.is_some() {
            select = select.filter(ledger_party::Column::Whole.eq(true));
        }
        of_party(&apart::rows(on, &select).await?)
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

/// Entries as who may read all of them reads them.
fn of_all(rows: &[QueryResult]) -> Result<Vec<Result<StoredEntry, Damaged>>, Error> {
    rows.iter().map(|row| Ok(as_read(kept_entry(row, "")?, true))).collect()
}

/// Entries as a party reads them: the header alone, unless it is kept that it may read the whole.
fn of_party(rows: &[QueryResult]) -> Result<Vec<Result<StoredEntry, Damaged>>, Error> {
    let whole = |row: &QueryResult| row.try_get("B_", ledger_party::Column::Whole.as_str()).unwrap_or(false);
    rows.iter().map(|row| Ok(as_read(kept_entry(row, "A_")?, whole(row)))).collect()
}

/// An entry as it is kept, whatever the texts of it are.
pub(super) fn kept_entry(row: &QueryResult, prefix: &str) -> Result<ledger_entry::Model, Error> {
    use ledger_entry::Column;
    let text = |column: Column| apart::text(row, prefix, column);
    Ok(ledger_entry::Model {
        position: row.try_get(prefix, Column::Position.as_str())?,
        kind: text(Column::Kind),
        agreement: apart::optional_text(row, prefix, Column::Agreement),
        transaction_id: text(Column::TransactionId),
        header_json: text(Column::HeaderJson),
        header_salt: text(Column::HeaderSalt),
        header_commitment: text(Column::HeaderCommitment),
        body_json: text(Column::BodyJson),
        body_salt: text(Column::BodySalt),
        body_commitment: text(Column::BodyCommitment),
        leaf_hash: text(Column::LeafHash),
    })
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
