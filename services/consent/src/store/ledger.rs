//! The ledger: the one transaction in which it grows, and reading it.

mod begins;
mod contents;
mod head;
mod kept;
mod last;
mod reading;
mod rows;
mod salt;
mod seen;
mod tiles;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ledger::{Frontier, Hash, commitment, leaf_data, leaf_hash};
use platform::clock::{from_micros, micros};
use platform::db::{Direct, Writes};
use platform::identity::Oin;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseBackend, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use time::OffsetDateTime;

use super::entity::{agreement, agreement_content, agreement_party, agreement_signature, ledger_entry};
use super::stops::Stops;
use super::{Error, NO_NUMBER, Store, agreements, masks};
use crate::domain::agreement::{Agreement, State};
use crate::domain::content::Content;
use crate::domain::decision::Standing;
use crate::domain::entry::{Entry, Event, InAgreement, Kind, NewEntry};
use crate::domain::mask::UsedMask;
use crate::domain::name::AgreementId;

/// Digits of a hash.
const HASH_DIGITS: usize = 64;

pub(crate) use begins::Begins;
pub(crate) use contents::Contents;
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
    /// How many entries there are about each agreement that was read here.
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

/// Agreements as they stand.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    /// Those that can be read.
    pub(crate) sound: HashMap<AgreementId, Standing>,
    /// Those that are there and cannot be read.
    pub(crate) damaged: HashSet<AgreementId>,
}

/// Id, state, hash of the content, time of the last change, number of entries and hash of the leaf of the
/// last one, and what replaced it.
type StandingRow = (String, String, String, Option<i64>, Option<i64>, Option<String>, Option<String>);

/// Where the agreement of a row stands, and what is kept of the entries about it; `entered` is what the
/// ledger has.
fn standing(
    id: AgreementId,
    row: StandingRow,
    contents: &HashMap<String, Arc<Content>>,
    entered: Option<&Last>,
) -> Result<(Standing, Last), Error> {
    let (_, state, content_hash, update_time, entries, last_leaf, replaced_by) = row;
    let recorded = State::named(&state).ok_or(Error::Corrupt("the state of an agreement"))?;
    let content =
        contents.get(&content_hash).cloned().ok_or(Error::Corrupt("the content of an agreement"))?;
    let last = Last { entries: entries.ok_or(NO_NUMBER)?, leaf: last_leaf }.held_against(entered)?;
    let replaced_by = replaced_by.as_deref().map(agreements::id_of).transpose()?;
    let since = from_micros(update_time.ok_or(NO_NUMBER)?);
    Ok((Standing { id, content, content_hash, recorded, since, replaced_by }, last))
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

    /// The agreements with these ids as they stand now. `contents` is asked for the terms first, and
    /// given those that were not in it; likewise `last_entries` for the last entry about each. An agreement that this service did not keep so is set apart:
    /// nothing can be entered about it, and the others have no part in that.
    pub(crate) async fn standings(
        &mut self,
        ids: HashSet<AgreementId>,
        contents: &Contents,
        last_entries: &mut LastEntries,
    ) -> Result<Standings, Error> {
        let mut standings = Standings::default();
        if ids.is_empty() {
            return Ok(standings);
        }
        let backend = self.tx.backend();
        let rows = agreements::standing_rows(&ids, backend == DatabaseBackend::Postgres).build(backend);
        let rows: Vec<StandingRow> = self.tx.rows(rows).await?;
        let known = self.contents_of(rows.iter().map(|row| row.2.as_str()), contents).await?;
        let there = rows.iter().filter_map(|row| AgreementId::of_id(&row.0));
        let last = self.last_entries(there, last_entries).await?;
        for row in rows {
            let id = AgreementId::of_id(&row.0).ok_or(Error::Corrupt("the id of an agreement"))?;
            match standing(id, row, &known, last.get(&id)) {
                Ok((standing, last)) => {
                    self.counts.insert(id, Count::of(last, standing.content.parties()));
                    standings.sound.insert(id, standing);
                }
                Err(error) => {
                    tracing::error!(%error, agreement = id.name(), "an agreement cannot be read; what is asked under it is refused");
                    standings.damaged.insert(id);
                }
            }
        }
        Ok(standings)
    }

    /// The terms with these hashes: those that are kept, and those that are read and kept now.
    async fn contents_of(
        &self,
        hashes: impl Iterator<Item = &str>,
        contents: &Contents,
    ) -> Result<HashMap<String, Arc<Content>>, Error> {
        let (mut known, mut unknown) = (HashMap::new(), Vec::new());
        for hash in hashes {
            match contents.get(hash) {
                Some(content) => drop(known.insert(hash.to_owned(), content)),
                None => unknown.push(hash),
            }
        }
        if !unknown.is_empty() {
            let read = agreements::content_rows(&unknown).build(self.tx.backend());
            let read: Vec<(String, String)> = self.tx.rows(read).await?;
            for (hash, json) in read {
                // What cannot be read is left out: the agreement has no content then.
                if let Ok(content) = agreements::content_of(&json, &hash).map(Arc::new) {
                    contents.keep(hash.clone(), content.clone(), json.len());
                    known.insert(hash, content);
                }
            }
        }
        Ok(known)
    }
}

impl Appending {
    /// One agreement as it stands now.
    pub(crate) async fn agreement(&mut self, id: AgreementId) -> Result<Option<Agreement>, Error> {
        let kept: Option<(i64, Option<String>)> = agreement::Entity::find_by_id(id.id())
            .select_only()
            .columns([agreement::Column::Entries, agreement::Column::LastLeaf])
            .into_tuple()
            .one(&self.tx)
            .await?;
        let agreement = agreements::load(&self.tx, id).await?;
        if let (Some((entries, leaf)), Some(agreement)) = (kept, &agreement) {
            let last = self.last_entries([id].into_iter(), &mut LastEntries::new()).await?;
            let kept = Last { entries, leaf }.held_against(last.get(&id))?;
            self.counts.insert(id, Count::of(kept, agreement.document.content.parties()));
        }
        Ok(agreement)
    }

    /// Keeps a new agreement.
    pub(crate) async fn create_agreement(&mut self, agreement: &Agreement) -> Result<(), Error> {
        let document = &agreement.document;
        agreement_content::ActiveModel {
            content_hash: Set(document.content_hash.clone()),
            content_json: Set(document.content_json.clone()),
            text_nl: Set(document.text.clone()),
        }
        .insert(&self.tx)
        .await?;
        agreement::ActiveModel {
            id: Set(agreement.id.id()),
            state: Set(agreement.recorded.name().to_owned()),
            content_hash: Set(document.content_hash.clone()),
            end_time: Set(micros(document.content.ends())),
            create_time: Set(micros(agreement.create_time)),
            update_time: Set(micros(agreement.update_time)),
            entries: Set(0),
            last_leaf: Set(None),
            replaced_by: Set(None),
            last_permit_time: Set(None),
            start_time: Set(micros(document.content.starts())),
        }
        .insert(&self.tx)
        .await?;
        let provider = document.content.terms().provider.oin.clone();
        self.show_to(agreement.id, vec![provider]).await?;
        let parties = document.content.parties();
        self.counts.insert(agreement.id, Count::of(Last::default(), parties));
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
    pub(crate) async fn update_agreement(
        &mut self,
        before: &Agreement,
        after: &Agreement,
    ) -> Result<(), Error> {
        self.stops.changed(before, after);
        agreement::ActiveModel {
            id: Unchanged(after.id.id()),
            state: Set(after.recorded.name().to_owned()),
            update_time: Set(micros(after.update_time)),
            replaced_by: Set(after.replaced_by.map(|by| by.id())),
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
}

impl<T: Writes> Appending<T> {
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
            in_agreement =
                InAgreement { sequence: number(count.last.entries)?, previous: count.last.leaf.take() };
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
                let Last { entries, leaf } = count.last;
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
