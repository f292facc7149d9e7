//! The ledger: reading it, and the one transaction in which it grows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ledger::{Chain, Hash, Head, Link};
use platform::clock::{from_micros, micros};
use platform::identity::Oin;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};
use time::OffsetDateTime;

use super::entity::{
    agreement, agreement_party, agreement_signature, ledger_entry, ledger_head, ledger_party,
};
use super::{Error, Store, agreements};
use crate::domain::agreement::{Agreement, State};
use crate::domain::canonical;
use crate::domain::content::Content;
use crate::domain::decision::Standing;
use crate::domain::entry::{Entry, Kind, NewEntry};
use crate::domain::name::AgreementId;

/// Most rows in one INSERT: both databases limit the number of values.
const ROWS_AT_ONCE: usize = 1000;
/// Stands for a hash that cannot be read.
const UNREADABLE: Hash = Hash::ZERO;

/// Which entries to list.
#[derive(Clone, Debug)]
pub(crate) struct LedgerFilter {
    /// Only those that this organisation may read.
    pub(crate) party: Option<Oin>,
    /// Only those about this agreement.
    pub(crate) agreement: Option<AgreementId>,
    /// Only those of this kind.
    pub(crate) kind: Option<Kind>,
    /// Only those after this one.
    pub(crate) after: i64,
    /// At most this many.
    pub(crate) limit: u64,
}

/// An entry with its place in the chain.
#[derive(Clone, Debug)]
pub(crate) struct StoredEntry {
    /// The entry.
    pub(crate) entry: Entry,
    /// What was hashed.
    pub(crate) entry_json: String,
    /// The hash of the entry before.
    pub(crate) previous_hash: String,
    /// Its hash.
    pub(crate) hash: String,
}

impl Store {
    /// One entry, if this organisation may read it; `None` reads for who may read all.
    pub(crate) async fn ledger_entry(
        &self,
        sequence: i64,
        party: Option<&Oin>,
    ) -> Result<Option<StoredEntry>, Error> {
        let mut select = ledger_entry::Entity::find_by_id(sequence);
        if let Some(party) = party {
            select = visible_to(select, party);
        }
        select.one(self.database.pool()).await?.map(from_row).transpose()
    }

    /// Entries in order.
    pub(crate) async fn ledger_entries(&self, filter: &LedgerFilter) -> Result<Vec<StoredEntry>, Error> {
        let mut select = ledger_entry::Entity::find().filter(ledger_entry::Column::Sequence.gt(filter.after));
        if let Some(party) = &filter.party {
            select = visible_to(select, party);
        }
        if let Some(agreement) = &filter.agreement {
            select = select.filter(ledger_entry::Column::Agreement.eq(agreement.id()));
        }
        if let Some(kind) = filter.kind {
            select = select.filter(ledger_entry::Column::Kind.eq(kind.name()));
        }
        let rows = select
            .order_by_asc(ledger_entry::Column::Sequence)
            .limit(filter.limit)
            .all(self.database.pool())
            .await?;
        rows.into_iter().map(from_row).collect()
    }

    /// The chain after an entry, at most `limit` entries, as it is kept.
    pub(crate) async fn links(&self, after: u64, limit: u64) -> Result<Vec<Link>, Error> {
        let after = i64::try_from(after).map_err(|_| Error::Corrupt("a sequence number"))?;
        let rows = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::Sequence.gt(after))
            .order_by_asc(ledger_entry::Column::Sequence)
            .limit(limit)
            .all(self.database.pool())
            .await?;
        rows.into_iter()
            .map(|row| {
                // What cannot be read as a hash is no entry's hash: the verification names its entry.
                Ok(Link {
                    sequence: sequence(row.sequence)?,
                    previous: row.previous_hash.parse().unwrap_or(UNREADABLE),
                    hash: row.hash.parse().unwrap_or(UNREADABLE),
                    entry_json: row.entry_json.into_bytes(),
                })
            })
            .collect()
    }

    /// Where the ledger stands.
    pub(crate) async fn ledger_head(&self) -> Result<Head, Error> {
        let row = ledger_head::Entity::find_by_id(ledger_head::ONLY).one(self.database.pool()).await?;
        head_of(row)
    }

    /// Starts the transaction in which the ledger grows. Only one runs at a time, in all processes:
    /// what is read in it holds until it commits.
    pub(crate) async fn begin_append(&self) -> Result<Appending, Error> {
        let tx = self.database.begin_write().await?;
        let row = ledger_head::Entity::find_by_id(ledger_head::ONLY).lock_exclusive().one(&tx).await?;
        Ok(Appending {
            chain: Chain::from_head(head_of(row)?),
            tx,
            entries: Vec::new(),
            parties: Vec::new(),
            counts: BTreeMap::new(),
        })
    }
}

fn visible_to(
    select: sea_orm::Select<ledger_entry::Entity>,
    party: &Oin,
) -> sea_orm::Select<ledger_entry::Entity> {
    select
        .join(JoinType::InnerJoin, ledger_party::Relation::Entry.def().rev())
        .filter(ledger_party::Column::Oin.eq(party.as_str()))
}

fn sequence(stored: i64) -> Result<u64, Error> {
    u64::try_from(stored).map_err(|_| Error::Corrupt("a sequence number"))
}

fn head_of(row: Option<ledger_head::Model>) -> Result<Head, Error> {
    let row = row.ok_or(Error::Corrupt("the ledger has no head"))?;
    Ok(Head {
        sequence: sequence(row.sequence)?,
        hash: row.hash.parse().map_err(|_| Error::Corrupt("a hash"))?,
    })
}

fn from_row(row: ledger_entry::Model) -> Result<StoredEntry, Error> {
    let entry =
        serde_json::from_str(&row.entry_json).map_err(|_| Error::Corrupt("an entry of the ledger"))?;
    Ok(StoredEntry { entry, entry_json: row.entry_json, previous_hash: row.previous_hash, hash: row.hash })
}

/// The transaction in which the ledger grows.
pub(crate) struct Appending {
    tx: DatabaseTransaction,
    chain: Chain,
    entries: Vec<ledger_entry::ActiveModel>,
    parties: Vec<ledger_party::ActiveModel>,
    /// How many entries there are about each agreement that was read here.
    counts: BTreeMap<AgreementId, Count>,
}

#[derive(Clone, Copy)]
struct Count {
    entries: i64,
    grown: bool,
}

/// Terms of agreements by the hash of their content. They never change, so they may be kept.
pub(crate) type Contents = HashMap<String, Arc<Content>>;

impl Appending {
    /// The transaction, for what is kept beside the ledger.
    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// The agreements with these ids as they stand now. `contents` is asked for the terms first, and
    /// given those that were not in it.
    pub(crate) async fn standings(
        &mut self,
        ids: HashSet<AgreementId>,
        contents: &mut Contents,
    ) -> Result<HashMap<AgreementId, Standing>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(String, String, String, i64, i64)> = agreement::Entity::find()
            .select_only()
            .columns([
                agreement::Column::Id,
                agreement::Column::State,
                agreement::Column::ContentHash,
                agreement::Column::UpdateTime,
                agreement::Column::Entries,
            ])
            .filter(agreement::Column::Id.is_in(ids.iter().map(AgreementId::id)))
            .into_tuple()
            .all(&self.tx)
            .await?;
        let unknown: Vec<&str> =
            rows.iter().map(|row| row.2.as_str()).filter(|hash| !contents.contains_key(*hash)).collect();
        if !unknown.is_empty() {
            let read: Vec<(String, String)> = agreement::Entity::find()
                .select_only()
                .columns([agreement::Column::ContentHash, agreement::Column::ContentJson])
                .filter(agreement::Column::ContentHash.is_in(unknown))
                .into_tuple()
                .all(&self.tx)
                .await?;
            for (hash, json) in read {
                let content = agreements::content_of(&json, &hash)?;
                contents.insert(hash, Arc::new(content));
            }
        }
        let mut standings = HashMap::new();
        for (id, state, content_hash, update_time, entries) in rows {
            let id = AgreementId::of_id(&id).ok_or(Error::Corrupt("the id of an agreement"))?;
            let recorded = State::named(&state).ok_or(Error::Corrupt("the state of an agreement"))?;
            let content =
                contents.get(&content_hash).cloned().ok_or(Error::Corrupt("an agreement without content"))?;
            self.counts.insert(id, Count { entries, grown: false });
            standings.insert(
                id,
                Standing { id, content, content_hash, recorded, since: from_micros(update_time) },
            );
        }
        Ok(standings)
    }

    /// One agreement as it stands now.
    pub(crate) async fn agreement(&mut self, id: AgreementId) -> Result<Option<Agreement>, Error> {
        let count: Option<i64> = agreement::Entity::find_by_id(id.id())
            .select_only()
            .column(agreement::Column::Entries)
            .into_tuple()
            .one(&self.tx)
            .await?;
        if let Some(entries) = count {
            self.counts.insert(id, Count { entries, grown: false });
        }
        agreements::load(&self.tx, id).await
    }

    /// Keeps a new agreement.
    pub(crate) async fn create_agreement(&mut self, agreement: &Agreement) -> Result<(), Error> {
        let document = &agreement.document;
        agreement::ActiveModel {
            id: Set(agreement.id.id()),
            state: Set(agreement.recorded.name().to_owned()),
            content_json: Set(document.content_json.clone()),
            content_hash: Set(document.content_hash.clone()),
            text_nl: Set(document.text.clone()),
            end_time: Set(micros(document.content.ends())),
            create_time: Set(micros(agreement.create_time)),
            update_time: Set(micros(agreement.update_time)),
            entries: Set(0),
        }
        .insert(&self.tx)
        .await?;
        let provider = document.content.terms().provider.oin.clone();
        self.show_to(agreement.id, vec![provider]).await?;
        self.counts.insert(agreement.id, Count { entries: 0, grown: false });
        Ok(())
    }

    /// Makes an agreement one of those that these parties may see.
    async fn show_to(&self, id: AgreementId, parties: Vec<Oin>) -> Result<(), Error> {
        let rows = parties
            .into_iter()
            .map(|oin| agreement_party::ActiveModel { oin: Set(oin.to_string()), agreement: Set(id.id()) });
        agreement_party::Entity::insert_many(rows).exec_without_returning(&self.tx).await?;
        Ok(())
    }

    /// Keeps where an agreement stands now, and the signature that was added to it.
    pub(crate) async fn update_agreement(&self, before: &Agreement, after: &Agreement) -> Result<(), Error> {
        agreement::ActiveModel {
            id: Unchanged(after.id.id()),
            state: Set(after.recorded.name().to_owned()),
            update_time: Set(micros(after.update_time)),
            ..Default::default()
        }
        .update(&self.tx)
        .await?;
        if before.recorded == State::Draft && after.recorded != State::Draft {
            let content = &after.document.content;
            let recipients = content.terms().recipients.iter().map(|party| party.oin.clone()).collect();
            self.show_to(after.id, recipients).await?;
        }
        for (position, placed) in (0..).zip(&after.signatures).skip(before.signatures.len()) {
            agreement_signature::ActiveModel {
                agreement: Set(after.id.id()),
                position: Set(position),
                oin: Set(placed.oin.to_string()),
                kind: Set(placed.kind.name().to_owned()),
                jws: Set(placed.jws.clone()),
                create_time: Set(micros(placed.create_time)),
            }
            .insert(&self.tx)
            .await?;
        }
        Ok(())
    }

    /// The entries of some kinds with these transaction ids, in order.
    pub(crate) async fn entries_of(
        &self,
        transactions: &[&str],
        kinds: &[Kind],
    ) -> Result<Vec<Entry>, Error> {
        if transactions.is_empty() {
            return Ok(Vec::new());
        }
        let rows = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::TransactionId.is_in(transactions.iter().copied()))
            .filter(ledger_entry::Column::Kind.is_in(kinds.iter().map(|kind| kind.name())))
            .order_by_asc(ledger_entry::Column::Sequence)
            .all(&self.tx)
            .await?;
        rows.into_iter().map(|row| Ok(from_row(row)?.entry)).collect()
    }

    /// Adds an entry; it is stored at the commit. The agreement that it is about was read or created
    /// in this transaction.
    pub(crate) fn append(&mut self, new: NewEntry, now: OffsetDateTime) -> Result<Entry, Error> {
        let agreement_sequence = match &new.agreement {
            None => 0,
            Some(_) if new.is_draft() => 0,
            Some(id) => {
                let count =
                    self.counts.get_mut(id).ok_or(Error::Corrupt("an entry about an unread agreement"))?;
                count.entries += 1;
                count.grown = true;
                sequence(count.entries)?
            }
        };
        let agreement = new.agreement.map(|agreement| agreement.id());
        let entry = new.placed(self.chain.next_sequence(), agreement_sequence, now);
        let entry_json = canonical::json(&entry)?;
        let previous = self.chain.head().hash;
        let head = self.chain.append(entry_json.as_bytes());
        let stored = i64::try_from(head.sequence).map_err(|_| Error::Corrupt("a sequence number"))?;
        self.entries.push(ledger_entry::ActiveModel {
            sequence: Set(stored),
            kind: Set(entry.event.kind().name().to_owned()),
            agreement: Set(agreement),
            transaction_id: Set(entry.transaction_id.clone()),
            entry_json: Set(entry_json),
            previous_hash: Set(previous.to_string()),
            hash: Set(head.hash.to_string()),
        });
        self.parties.extend(
            entry
                .parties
                .iter()
                .map(|oin| ledger_party::ActiveModel { oin: Set(oin.to_string()), sequence: Set(stored) }),
        );
        Ok(entry)
    }

    /// Stores everything, durably, or nothing.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        let Self { tx, chain, entries, parties, counts } = self;
        if !entries.is_empty() {
            for rows in entries.chunks(ROWS_AT_ONCE) {
                ledger_entry::Entity::insert_many(rows.to_vec()).exec_without_returning(&tx).await?;
            }
            for rows in parties.chunks(ROWS_AT_ONCE) {
                ledger_party::Entity::insert_many(rows.to_vec()).exec_without_returning(&tx).await?;
            }
            let head = chain.head();
            ledger_head::ActiveModel {
                id: Unchanged(ledger_head::ONLY),
                sequence: Set(i64::try_from(head.sequence).map_err(|_| Error::Corrupt("a sequence number"))?),
                hash: Set(head.hash.to_string()),
            }
            .update(&tx)
            .await?;
        }
        for (id, count) in counts.into_iter().filter(|(_, count)| count.grown) {
            agreement::Entity::update_many()
                .col_expr(agreement::Column::Entries, Expr::value(count.entries))
                .filter(agreement::Column::Id.eq(id.id()))
                .exec(&tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}
