//! The Merkle log in tiles: full ones are kept when they become full, all others are made from the
//! rows of entries and from the tiles of the level below.

use std::collections::HashMap;
use std::ops::Range;

use ledger::{Frontier, Hash, TILE_WIDTH, TileId, entry_bundle, leaf_data, subtree_root};
use platform::db::Writes;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Statement,
};

use super::{Store, hashes_of, stored, text_of};
use crate::store::Error;
use crate::store::entity::{ledger_entry, ledger_tile};

/// Levels that a log can have.
const LEVELS: u8 = 8;
/// Hashes in a full tile.
const FULL: usize = 256;

/// Keeps the tiles that become full by new leaves, on all levels. `start` is how many there were
/// before. Reads at most one tile a level, and only for a tile that becomes full.
pub(super) async fn complete(tx: &impl Writes, start: u64, leaves: Vec<Hash>) -> Result<(), Error> {
    let (mut before, mut fresh) = (start, leaves);
    for level in 0..LEVELS {
        let first = before / TILE_WIDTH;
        let kept = usize::try_from(before % TILE_WIDTH).unwrap_or(FULL);
        if kept.saturating_add(fresh.len()) < FULL {
            return Ok(());
        }
        let read = tx.rows(nodes(level, first * TILE_WIDTH..before, tx.backend())?).await?;
        let mut hashes = read_hashes(read)?;
        if hashes.len() != kept {
            return Err(Error::Corrupt("a tile of the ledger"));
        }
        hashes.append(&mut fresh);
        let mut rows = Vec::new();
        for (number, hashes) in (first..).zip(hashes.chunks_exact(FULL)) {
            let root = subtree_root(hashes);
            fresh.push(root);
            rows.push(ledger_tile::ActiveModel {
                level: Set(i32::from(level)),
                number: Set(stored(number)?),
                hashes: Set(text_of(hashes)),
                root: Set(root.to_string()),
            });
        }
        tx.run(ledger_tile::Entity::insert_many(rows).build(tx.backend())).await?;
        before = first;
    }
    Ok(())
}

/// Asks for the hashes of a level in these places, as far as they are there.
fn nodes(level: u8, places: Range<u64>, backend: DatabaseBackend) -> Result<Statement, Error> {
    let (from, to) = (stored(places.start)?, stored(places.end)?);
    Ok(match level.checked_sub(1) {
        None => ledger_entry::Entity::find()
            .select_only()
            .column(ledger_entry::Column::LeafHash)
            .filter(ledger_entry::Column::Position.gte(from))
            .filter(ledger_entry::Column::Position.lt(to))
            .order_by_asc(ledger_entry::Column::Position)
            .build(backend),
        Some(below) => ledger_tile::Entity::find()
            .select_only()
            .column(ledger_tile::Column::Root)
            .filter(ledger_tile::Column::Level.eq(i32::from(below)))
            .filter(ledger_tile::Column::Number.gte(from))
            .filter(ledger_tile::Column::Number.lt(to))
            .order_by_asc(ledger_tile::Column::Number)
            .build(backend),
    })
}

fn read_hashes(texts: Vec<(String,)>) -> Result<Vec<Hash>, Error> {
    texts.iter().map(|(text,)| text.parse().map_err(|_| Error::Corrupt("a hash"))).collect()
}

impl Store {
    /// The hashes of a tile that the log has.
    pub(crate) async fn tile(&self, tile: TileId) -> Result<Option<Vec<Hash>>, Error> {
        let TileId { level, number, width } = tile;
        let pool = self.database.pool();
        let full = ledger_tile::Entity::find_by_id((i32::from(level), stored(number)?)).one(pool).await?;
        let mut hashes = match full {
            Some(row) => hashes_of(&row.hashes).ok_or(Error::Corrupt("a hash"))?,
            None => {
                let first = number * TILE_WIDTH;
                let asked = nodes(level, first..first + u64::from(width), pool.get_database_backend())?;
                let rows = pool.query_all_raw(asked).await?;
                let rows = rows.iter().map(|row| row.try_get_by_index(0).map(|text| (text,)));
                read_hashes(rows.collect::<Result<_, _>>()?)?
            }
        };
        hashes.truncate(usize::from(width));
        Ok((hashes.len() == usize::from(width)).then_some(hashes))
    }

    /// A bundle of entries that the log has: the data of their leaves.
    pub(crate) async fn bundle(&self, number: u64, width: u16) -> Result<Option<Vec<u8>>, Error> {
        let first = stored(number * TILE_WIDTH)?;
        let rows: Vec<(String, String)> = ledger_entry::Entity::find()
            .select_only()
            .columns([ledger_entry::Column::HeaderCommitment, ledger_entry::Column::BodyCommitment])
            .filter(ledger_entry::Column::Position.gte(first))
            .filter(ledger_entry::Column::Position.lt(first + i64::from(width)))
            .order_by_asc(ledger_entry::Column::Position)
            .into_tuple()
            .all(self.database.pool())
            .await?;
        if rows.len() != usize::from(width) {
            return Ok(None);
        }
        let committed = |text: &str| text.parse().map_err(|_| Error::Corrupt("a commitment"));
        let mut leaves = Vec::with_capacity(rows.len());
        for (header, body) in &rows {
            leaves.push(leaf_data(&committed(header)?, &committed(body)?));
        }
        let bundle = entry_bundle(leaves.iter().map(<[u8; 64]>::as_slice));
        bundle.map(Some).map_err(|_| Error::Corrupt("an entry of the ledger"))
    }

    /// The root that the log had when it had `size` entries, made from its tiles; nothing when it is
    /// not that large.
    pub(crate) async fn root_at(&self, size: u64, now: &Frontier) -> Result<Option<Hash>, Error> {
        if size > now.size() {
            return Ok(None);
        }
        let mut tiles = HashMap::new();
        for level in 0..LEVELS {
            // What is in no full tile of this level, and so in no node of the level above.
            let nodes = size >> (8 * u32::from(level));
            let width = u16::try_from(nodes % TILE_WIDTH).unwrap_or(0);
            if width > 0 {
                let tile = TileId { level, number: nodes / TILE_WIDTH, width };
                let hashes = self.tile(tile).await?;
                tiles.insert(tile, hashes.ok_or(Error::Corrupt("a tile of the ledger"))?);
            }
        }
        let root = ledger::root(size, |tile: TileId| {
            tiles.get(&tile).cloned().ok_or(Error::Corrupt("a tile of the ledger"))
        });
        root.map(Some).map_err(|_| Error::Corrupt("a tile of the ledger"))
    }
}
