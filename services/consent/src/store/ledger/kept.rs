//! The ledger as it is kept, to be verified: nothing is taken for right.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Hash, TILE_WIDTH};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, IdenStatic, QueryFilter, QueryOrder, QuerySelect};

use super::reading::kept_entry;
use super::{Store, hashes_of, stored};
use crate::store::entity::{agreement_party, ledger_cosignature, ledger_entry, ledger_party, ledger_tile};
use crate::store::{Error, apart};

/// Most OINs in one question: both databases limit the number of values.
const OINS_AT_ONCE: usize = 1000;

/// An entry as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Its index.
    pub(crate) position: i64,
    /// The kind that it is found by.
    pub(crate) kind: String,
    /// The agreement that it is found by.
    pub(crate) agreement: Option<String>,
    /// The transaction that it is found by.
    pub(crate) transaction_id: String,
    /// The header.
    pub(crate) header_json: String,
    /// Its salt.
    pub(crate) header_salt: String,
    /// The commitment to the header.
    pub(crate) header_commitment: String,
    /// The body.
    pub(crate) body_json: String,
    /// Its salt.
    pub(crate) body_salt: String,
    /// The commitment to the body.
    pub(crate) body_commitment: String,
    /// The hash of the leaf.
    pub(crate) leaf_hash: String,
    /// The OINs of who may read it, and whether the whole.
    pub(crate) readers: BTreeMap<String, bool>,
    /// The OINs of the parties to the agreement.
    pub(crate) agreement_parties: Vec<String>,
}

/// A full tile as it is kept. What cannot be read is none.
#[derive(Clone, Debug)]
pub(crate) struct KeptTile {
    /// Its hashes.
    pub(crate) hashes: Option<Vec<Hash>>,
    /// The root over them.
    pub(crate) root: Option<Hash>,
}

impl Store {
    /// The OINs of all that may read an entry: the rows about readers are found by them.
    pub(crate) async fn readers(&self) -> Result<Vec<String>, Error> {
        let select = ledger_party::Entity::find().select_only().column(ledger_party::Column::Oin).distinct();
        let rows = apart::rows(self.database.pool(), &select).await?;
        Ok(rows.iter().map(|row| apart::text(row, "", ledger_party::Column::Oin)).collect())
    }

    /// The entries from `first` on that fill one tile, as far as they are there. Of the readers, those
    /// with these OINs.
    pub(crate) async fn kept(&self, first: u64, oins: &[String]) -> Result<Vec<Kept>, Error> {
        let (from, to) = (stored(first)?, stored(first.saturating_add(TILE_WIDTH))?);
        let pool = self.database.pool();
        let select = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::Position.gte(from))
            .filter(ledger_entry::Column::Position.lt(to))
            .order_by_asc(ledger_entry::Column::Position);
        let rows = apart::rows(pool, &select).await?;
        let rows = rows.iter().map(|row| kept_entry(row, "")).collect::<Result<Vec<_>, _>>()?;
        let mut readers: BTreeMap<i64, BTreeMap<String, bool>> = BTreeMap::new();
        for oins in oins.chunks(OINS_AT_ONCE) {
            let select = ledger_party::Entity::find()
                .filter(ledger_party::Column::Oin.is_in(oins))
                .filter(ledger_party::Column::Position.gte(from))
                .filter(ledger_party::Column::Position.lt(to));
            // One that cannot be read stands for a reader that the entry does not have.
            for row in apart::rows(pool, &select).await? {
                // SQLite keeps any number in the place of true and false.
                let number: Result<i64, _> = row.try_get("", ledger_party::Column::Whole.as_str());
                let odd = number.is_ok_and(|number| !(0..=1).contains(&number));
                let (position, oin, whole) = match ledger_party::Model::from_query_result(&row, "") {
                    Ok(party) if !odd => (party.position, party.oin, party.whole),
                    Ok(_) | Err(_) => {
                        let position = row.try_get("", ledger_party::Column::Position.as_str())?;
                        (position, platform::db::DAMAGED.to_owned(), false)
                    }
                };
                readers.entry(position).or_default().insert(oin, whole);
            }
        }
        let about: BTreeSet<&String> = rows.iter().filter_map(|row| row.agreement.as_ref()).collect();
        let select = agreement_party::Entity::find().filter(agreement_party::Column::Agreement.is_in(about));
        let mut agreement_parties: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in apart::rows(pool, &select).await? {
            let text = |column: agreement_party::Column| apart::text(&row, "", column);
            let (agreement, oin) =
                (text(agreement_party::Column::Agreement), text(agreement_party::Column::Oin));
            agreement_parties.entry(agreement).or_default().push(oin);
        }
        let mut kept = |row: ledger_entry::Model| Kept {
            agreement_parties: row
                .agreement
                .as_ref()
                .and_then(|agreement| agreement_parties.get(agreement).cloned())
                .unwrap_or_default(),
            readers: readers.remove(&row.position).unwrap_or_default(),
            position: row.position,
            kind: row.kind,
            agreement: row.agreement,
            transaction_id: row.transaction_id,
            header_json: row.header_json,
            header_salt: row.header_salt,
            header_commitment: row.header_commitment,
            body_json: row.body_json,
            body_salt: row.body_salt,
            body_commitment: row.body_commitment,
            leaf_hash: row.leaf_hash,
        };
        Ok(rows.into_iter().map(&mut kept).collect())
    }

    /// A full tile, when it is there.
    pub(crate) async fn kept_tile(&self, level: u8, number: u64) -> Result<Option<KeptTile>, Error> {
        let row = ledger_tile::Entity::find_by_id((i32::from(level), stored(number)?));
        let row = row.one(self.database.pool()).await?;
        Ok(row.map(|row| KeptTile { hashes: hashes_of(&row.hashes), root: row.root.parse().ok() }))
    }

    /// Whether somebody may read an entry that a ledger of `size` entries has not.
    pub(crate) async fn read_beyond(&self, size: u64) -> Result<bool, Error> {
        let position = ledger_party::Column::Position;
        let select = ledger_party::Entity::find()
            .select_only()
            .column(position)
            .filter(position.lt(0).or(position.gte(stored(size)?)))
            .limit(1);
        Ok(!apart::rows(self.database.pool(), &select).await?.is_empty())
    }

    /// The index of the last entry that is there.
    pub(crate) async fn last_kept(&self) -> Result<Option<i64>, Error> {
        let last = ledger_entry::Entity::find()
            .select_only()
            .column(ledger_entry::Column::Position)
            .order_by_desc(ledger_entry::Column::Position);
        Ok(last.into_tuple().one(self.database.pool()).await?)
    }

    /// The sizes at which organisations co-signed the ledger, with the roots that they saw, in order.
    pub(crate) async fn cosigned(&self) -> Result<Vec<(i64, String)>, Error> {
        let select = ledger_cosignature::Entity::find()
            .select_only()
            .columns([ledger_cosignature::Column::Size, ledger_cosignature::Column::Root])
            .distinct()
            .order_by_asc(ledger_cosignature::Column::Size);
        Ok(select.into_tuple().all(self.database.pool()).await?)
    }
}
