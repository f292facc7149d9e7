//! The ledger: the one transaction in which it grows, and reading it.

mod agreements;
mod begins;
mod contents;
mod documents;
mod following;
mod found;
mod head;
mod kept;
mod last;
mod reading;
mod rows;
mod salt;
mod seen;
mod standing;
mod stopped;
mod story_uses;
mod tiles;
mod unaccounted;
mod witnesses;

use std::collections::BTreeMap;

use ledger::{Frontier, Hash, commitment, leaf_data, leaf_hash};
use platform::clock::micros;
use platform::db::{Direct, Writes};
use platform::identity::Oin;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use time::OffsetDateTime;

use super::entity::ledger_entry;
use super::stops::Stops;
use super::{Error, Store, masks};
use crate::domain::entry::{Entry, Event, InAgreement, Kind, NewEntry};
use crate::domain::mask::UsedMask;
use crate::domain::name::AgreementId;

/// Digits of a hash.
const HASH_DIGITS: usize = 64;

pub(crate) use agreements::Standings;
pub(crate) use begins::Begins;
pub(crate) use contents::Contents;
pub(crate) use documents::KeptContent;
#[cfg(test)]
pub(super) use following::change_rows;
pub(super) use found::standings;
use head::{HeadRow, frontier, frontier_of, head};
pub(crate) use kept::Kept;
use last::Last;
pub(crate) use last::LastEntries;
#[cfg(test)]
pub(super) use last::last_rows;
pub(crate) use reading::{Damaged, LedgerFilter, StoredEntry, Whole};
pub(super) use rows::ROWS_AT_ONCE;
#[cfg(test)]
pub(super) use rows::counting;
use rows::{Batch, EntryRow};
pub(crate) use seen::Beside;
pub(crate) use standing::{KeptAgreement, KeptConsent, KeptSignature, Times};
pub(crate) use stopped::KeptStop;
#[cfg(test)]
pub(super) use story_uses::{confirmed, permitted_use};
pub(crate) use unaccounted::Unended;
#[cfg(test)]
pub(super) use unaccounted::permits_after;
pub(crate) use witnesses::KeptWitness;

impl Store {
    /// How far the ledger is.
    pub(crate) async fn frontier(&self) -> Result<Frontier, Error> {
        frontier(self.database.pool()).await
    }

    /// Starts the transaction in which the ledger grows. Only one runs at a time, in all processes:
    /// what is read in it holds until it commits.
    pub(crate) async fn begin_append(&self) -> Result<Appending, Error> {
        let tx = self.database.begin_write().await?;
        let mut head = head().lock_exclusive();
        if self.database.is_postgres() {
            // A process that hangs with the lock holds up nobody for longer than its silence may last.
            let limit = "set_config('idle_in_transaction_session_timeout', '2s', true)";
            head = head.expr_as(Expr::cust(limit), "silence");
        }
        let row = head.into_tuple().one(&tx).await?;
        Appending::from(tx, row)
    }

    /// A connection of its own for a thread of its own; none to PostgreSQL.
    pub(crate) fn direct(&self) -> Result<Option<Direct>, Error> {
        Ok(self.database.direct()?)
    }
}

/// Index, header and body of the entries of some kinds with these transaction ids, in order.
pub(super) fn rows_of(transactions: &[&str], kinds: &[Kind]) -> sea_orm::Select<ledger_entry::Entity> {
    ledger_entry::Entity::find()
        .select_only()
        .columns([
            ledger_entry::Column::Position,
            ledger_entry::Column::HeaderJson,
            ledger_entry::Column::BodyJson,
        ])
        .filter(ledger_entry::Column::TransactionId.is_in(transactions.iter().copied()))
        .filter(ledger_entry::Column::Kind.is_in(kinds.iter().map(|kind| kind.name())))
        .order_by_asc(ledger_entry::Column::Position)
}

/// Hashes as they are kept: in lower-case hexadecimal, one after the other.
fn hashes_of(text: &str) -> Option<Vec<Hash>> {
    let digits = text.as_bytes().chunks(HASH_DIGITS);
    digits.map(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).collect()
}

fn text_of(hashes: &[Hash]) -> String {
    hashes.iter().map(ToString::to_string).collect()
}

/// A number of the ledger from the database.
fn number(stored: i64) -> Result<u64, Error> {
    u64::try_from(stored).map_err(|_| Error::Corrupt("a number of the ledger"))
}

/// A number of the ledger for the database.
fn stored(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| Error::Corrupt("a number of the ledger"))
}

/// An entry that was added.
#[derive(Clone, Debug)]
pub(crate) struct Appended {
    /// The entry.
    pub(crate) entry: Entry,
    /// The hash of its leaf.
    pub(crate) leaf_hash: Hash,
}

/// The transaction in which the ledger grows.
pub(crate) struct Appending<T = DatabaseTransaction> {
    tx: T,
    /// The ledger at the start.
    start: Frontier,
    frontier: Frontier,
    /// The hashes of the leaves that were added.
    leaves: Vec<Hash>,
    batch: Batch,
    /// What the entries about each agreement that was read here come to.
    counts: BTreeMap<AgreementId, Count>,
    /// What stops agreements here.
    stops: Stops,
    /// The masks that are entered here.
    masks: Vec<UsedMask>,
}

struct Count {
    last: Last,
    grown: bool,
    /// The parties to the agreement, who see the header of every entry about it.
    parties: Vec<Oin>,
    /// When the last permit under it was entered here, in microseconds.
    permitted: Option<i64>,
}

impl Count {
    fn of(last: Last, parties: Vec<Oin>) -> Self {
        Self { last, grown: false, parties, permitted: None }
    }
}

impl Appending {
    /// The transaction, for what is kept beside the ledger.
    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

impl<T: Writes> Appending<T> {
    fn from(tx: T, head: Option<HeadRow>) -> Result<Self, Error> {
        let frontier = frontier_of(head)?;
        Ok(Self {
            start: frontier.clone(),
            frontier,
            tx,
            leaves: Vec::new(),
            batch: Batch::new(),
            counts: BTreeMap::new(),
            stops: Stops::default(),
            masks: Vec::new(),
        })
    }

    /// The transaction, for what is read with the agreements.
    pub(in crate::store) fn writes(&self) -> &T {
        &self.tx
    }

    /// The entries of some kinds with these transaction ids, in order. A damaged one is left out: it
    /// shows nothing, and keeps nobody else back.
    pub(crate) async fn entries_of(
        &self,
        transactions: &[&str],
        kinds: &[Kind],
    ) -> Result<Vec<Entry>, Error> {
        if transactions.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.tx.rows(rows_of(transactions, kinds).build(self.tx.backend())).await?;
        let entry = |(index, header, body): (i64, String, String)| reading::read(index, &header, &body);
        Ok(rows.into_iter().filter_map(entry).collect())
    }

    /// Adds an entry; it is stored at the commit. The agreement that it is about was read or created
    /// in this transaction.
    pub(crate) fn append(&mut self, new: NewEntry, now: OffsetDateTime) -> Result<Appended, Error> {
        let mut count = match &new.agreement {
            Some(id) if !new.event.is_about_a_draft() => {
                Some(self.counts.get_mut(id).ok_or(Error::Corrupt("an entry about an unread agreement"))?)
            }
            Some(_) | None => None,
        };
        let mut in_agreement = InAgreement::default();
        if let Some(count) = &mut count {
            count.last.entries += 1;
            count.grown = true;
            if new.event.kind() == Kind::Permitted {
                count.permitted = Some(micros(now));
            }
            in_agreement = InAgreement {
                sequence: number(count.last.entries)?,
                state: count.last.state,
                previous: count.last.leaf.take(),
            };
        }
        let new_id = new.agreement;
        let agreement = new.agreement.map(|agreement| agreement.id());
        let entry = new.placed(self.frontier.size(), in_agreement, now);
        let position = stored(entry.index)?;
        let (header_json, body_json) = (entry.header_json()?, entry.body_json()?);
        let [header_salt, body_salt] = salt::two()?;
        let header = commitment(&header_salt, header_json.as_bytes());
        let body = commitment(&body_salt, body_json.as_bytes());
        let leaf_hash = leaf_hash(&leaf_data(&header, &body));
        self.frontier.append(leaf_hash);
        self.leaves.push(leaf_hash);
        self.batch.entry(EntryRow {
            position,
            kind: entry.event.kind().name(),
            agreement,
            transaction_id: entry.transaction_id.clone(),
            header: [header_json, header_salt.to_string(), header.to_string()],
            body: [body_json, body_salt.to_string(), body.to_string()],
            leaf_hash: leaf_hash.to_string(),
        });
        let mut parties = &[][..];
        if let Some(count) = count {
            count.last.leaf = Some(leaf_hash.to_string());
            parties = &count.parties;
        }
        self.stops.entered(new_id, &entry.event, position);
        if let Event::MaskComputed(mask) = &entry.event {
            self.masks.push(mask.used());
        }
        // Who it does not concern sees its header, so that the list of every party has no gaps.
        let others = parties.iter().filter(|party| !entry.parties.contains(*party));
        let seen = entry.parties.iter().map(|party| (party, true)).chain(others.map(|party| (party, false)));
        seen.for_each(|(oin, whole)| self.batch.reader(oin.as_str(), position, whole));
        Ok(Appended { entry, leaf_hash })
    }

    /// Stores what was entered, durably, or nothing; `last_entries` learns it. For who changed no
    /// agreement.
    pub(crate) async fn commit_entries(self, last_entries: &mut LastEntries) -> Result<(), Error> {
        let (start, end) = (self.start.clone(), self.frontier.clone());
        let grown = self.counts.iter().filter(|(_, count)| count.grown);
        let grown: Vec<_> = grown.map(|(id, count)| (*id, count.last.clone())).collect();
        self.written().await?.0.end().await?;
        last_entries.entered(&start, end, grown.into_iter());
        Ok(())
    }

    /// Writes what was entered.
    async fn written(self) -> Result<(T, Stops), Error> {
        let Self { tx, start, frontier, leaves, mut batch, counts, stops, masks } = self;
        if !leaves.is_empty() {
            for (id, count) in counts.into_iter().filter(|(_, count)| count.grown) {
                let Last { entries, leaf, state: _ } = count.last;
                batch.count(id.id(), entries, leaf.unwrap_or_default(), count.permitted);
            }
            tiles::complete(&tx, start.size(), leaves).await?;
            batch.write(&tx, stored(frontier.size())?, text_of(frontier.hashes())).await?;
        }
        masks::keep(&tx, &masks).await?;
        Ok((tx, stops))
    }
}

impl Appending {
    /// Stores everything, durably, or nothing.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        let (tx, stops) = self.written().await?;
        stops.keep(&tx).await?;
        Ok(tx.commit().await?)
    }
}
