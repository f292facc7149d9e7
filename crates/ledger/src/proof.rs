//! Proofs, made from the tiles of a log (RFC 6962, sections 2.1.1 and 2.1.2).
//!
//! The functions make one proof; a [`Tree`] makes many of one log and reads and hashes nothing
//! twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::checkpoint::Checkpoint;
use crate::frontier::fold;
use crate::hash::{Hash, node_hash};
use crate::tile::{TILE_WIDTH, TileId, TilePath, available, subtree_root};

/// Where tiles come from. A closure from a tile's name to its hashes is one.
pub trait TileSource {
    /// Why a tile was not read.
    type Error;

    /// The hashes of a tile, as many as its width says.
    ///
    /// # Errors
    /// When the tile is not there or was not read.
    fn hashes(&mut self, tile: TileId) -> Result<Vec<Hash>, Self::Error>;
}

impl<F, E> TileSource for F
where
    F: FnMut(TileId) -> Result<Vec<Hash>, E>,
{
    type Error = E;

    fn hashes(&mut self, tile: TileId) -> Result<Vec<Hash>, E> {
        self(tile)
    }
}

/// Why a proof was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// The log has no such entry or was never that small.
    #[error("a log of {size} entries does not have {wanted}")]
    OutOfRange {
        /// The index, or the older size, that was asked for.
        wanted: u64,
        /// The size of the log.
        size: u64,
    },
    /// A tile was not read.
    #[error("{0}")]
    Source(E),
    /// A tile has another number of hashes than its name says.
    #[error("{} has {found} hashes, not {}", TilePath::Hashes(*.tile), .tile.width)]
    Width {
        /// The tile.
        tile: TileId,
        /// How many hashes it has.
        found: usize,
    },
}

/// The audit path of the entry at `index` in the log of `size` entries, from the leaf upwards.
///
/// # Errors
/// When the log has no such entry, or a tile was not read.
pub fn inclusion_proof<S: TileSource>(
    index: u64,
    size: u64,
    source: S,
) -> Result<Vec<Hash>, ReadError<S::Error>> {
    Tree::new(size, source).inclusion_proof(index)
}

/// The proof that the log of `new` entries begins with the log of `old` entries. Empty when both
/// are as large, or the older is empty: there is nothing to prove.
///
/// # Errors
/// When the older log is the larger, or a tile was not read.
pub fn consistency_proof<S: TileSource>(
    old: u64,
    new: u64,
    source: S,
) -> Result<Vec<Hash>, ReadError<S::Error>> {
    Tree::new(new, source).consistency_proof(old)
}

/// The root of the log of `size` entries.
///
/// # Errors
/// When a tile was not read.
pub fn root<S: TileSource>(size: u64, source: S) -> Result<Hash, ReadError<S::Error>> {
    Tree::new(size, source).root()
}

/// The leaf hash of the entry at `index` in the log of `size` entries.
///
/// # Errors
/// When the log has no such entry, or its tile was not read.
pub fn leaf<S: TileSource>(index: u64, size: u64, source: S) -> Result<Hash, ReadError<S::Error>> {
    Tree::new(size, source).leaf(index)
}

/// Which of these tiles of a log do not lead to its root: a full tile by the hash over it in the tile
/// above, the others, which are the last of their level, together. A tile that was not read is wrong.
#[must_use]
pub fn wrong_tiles<S: TileSource>(
    log: &Checkpoint,
    tiles: &BTreeSet<TileId>,
    mut source: S,
) -> BTreeSet<TileId> {
    let read = |tile: &TileId| Some((*tile, source.hashes(*tile).ok()?));
    let read: BTreeMap<TileId, Vec<Hash>> = tiles
        .iter()
        .filter_map(read)
        .filter(|(tile, hashes)| hashes.len() == usize::from(tile.width))
        .collect();
    let kept = |tile: TileId| read.get(&tile).cloned().ok_or(());
    let sound = Tree::new(log.size, kept).root().is_ok_and(|root| root == log.root);
    let mut wrong = BTreeSet::new();
    // From the top: under a wrong tile nothing is known to be right.
    for tile in tiles.iter().rev() {
        let right = if u64::from(tile.width) < TILE_WIDTH {
            sound && read.contains_key(tile)
        } else {
            let (level, number) = (tile.level + 1, tile.number / TILE_WIDTH);
            let above = TileId { level, number, width: available(level, number, log.size) };
            let hashes = read.get(&above).filter(|_| !wrong.contains(&above));
            let at = usize::try_from(tile.number % TILE_WIDTH).unwrap_or(usize::MAX);
            let expected = hashes.and_then(|hashes| hashes.get(at));
            let found = read.get(tile).map(|hashes| subtree_root(hashes));
            found.is_some() && found.as_ref() == expected
        };
        if !right {
            wrong.insert(*tile);
        }
    }
    wrong
}

/// The largest power of two smaller than `leaves`, which is more than 1.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// A log at one size. It keeps the tiles that it read and the nodes that it computed.
#[derive(Debug)]
pub struct Tree<S> {
    size: u64,
    source: S,
    tiles: HashMap<TileId, Vec<Hash>>,
    /// The roots of full subtrees of 2^height leaves, by height and place among those.
    nodes: HashMap<(u32, u64), Hash>,
}

impl<S: TileSource> Tree<S> {
    /// The log of `size` entries.
    pub fn new(size: u64, source: S) -> Self {
        Self { size, source, tiles: HashMap::new(), nodes: HashMap::new() }
    }

    /// The audit path of the entry at `index`, from the leaf upwards.
    ///
    /// # Errors
    /// When the log has no such entry, or a tile was not read.
    pub fn inclusion_proof(&mut self, index: u64) -> Result<Vec<Hash>, ReadError<S::Error>> {
        self.check_index(index)?;
        let (mut low, mut high) = (0, self.size);
        let mut path = Vec::new();
        while high - low > 1 {
            let middle = low + split(high - low);
            if index < middle {
                path.push(self.range(middle, high)?);
                high = middle;
            } else {
                path.push(self.range(low, middle)?);
                low = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that this log begins with the log of `old` entries; empty when that is as large,
    /// or empty.
    ///
    /// # Errors
    /// When the older log is the larger, or a tile was not read.
    pub fn consistency_proof(&mut self, old: u64) -> Result<Vec<Hash>, ReadError<S::Error>> {
        if old > self.size {
            return Err(ReadError::OutOfRange { wanted: old, size: self.size });
        }
        if old == 0 || old == self.size {
            return Ok(Vec::new());
        }
        let (mut low, mut high) = (0, self.size);
        let mut proof = Vec::new();
        while high != old {
            let middle = low + split(high - low);
            if old <= middle {
                proof.push(self.range(middle, high)?);
                high = middle;
            } else {
                proof.push(self.range(low, middle)?);
                low = middle;
            }
        }
        // The older root is known to who checks: only when it is not a subtree, its last one is given.
        if low != 0 {
            proof.push(self.range(low, high)?);
        }
        proof.reverse();
        Ok(proof)
    }

    /// The root of the log.
    ///
    /// # Errors
    /// When a tile was not read.
    pub fn root(&mut self) -> Result<Hash, ReadError<S::Error>> {
        self.range(0, self.size)
    }

    /// The leaf hash of the entry at `index`.
    ///
    /// # Errors
    /// When the log has no such entry, or its tile was not read.
    pub fn leaf(&mut self, index: u64) -> Result<Hash, ReadError<S::Error>> {
        self.check_index(index)?;
        self.node(0, index)
    }

    fn check_index(&self, index: u64) -> Result<(), ReadError<S::Error>> {
        if index < self.size { Ok(()) } else { Err(ReadError::OutOfRange { wanted: index, size: self.size }) }
    }

    /// The hash over the leaves from `low` up to `high`; `low` is a multiple of the largest power
    /// of two within the range, as it is in every tree and subtree of RFC 6962.
    fn range(&mut self, low: u64, high: u64) -> Result<Hash, ReadError<S::Error>> {
        let mut subtrees = Vec::new();
        let mut from = low;
        while from < high {
            let height = (high - from).ilog2();
            subtrees.push(self.node(height, from >> height)?);
            from += 1 << height;
        }
        Ok(fold(&subtrees))
    }

    /// The root of a full subtree of 2^height leaves, by its place among those of that height.
    fn node(&mut self, height: u32, place: u64) -> Result<Hash, ReadError<S::Error>> {
        // A tile holds every eighth height; those between follow from its hashes.
        if height.is_multiple_of(8) {
            return self.kept(height / 8, place);
        }
        if let Some(node) = self.nodes.get(&(height, place)) {
            return Ok(*node);
        }
        let (left, right) = (self.node(height - 1, place * 2)?, self.node(height - 1, place * 2 + 1)?);
        let node = node_hash(&left, &right);
        self.nodes.insert((height, place), node);
        Ok(node)
    }

    /// A hash that a tile holds, by its place in the level.
    fn kept(&mut self, level: u32, place: u64) -> Result<Hash, ReadError<S::Error>> {
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        let number = place / TILE_WIDTH;
        let tile = TileId { level, number, width: available(level, number, self.size) };
        if !self.tiles.contains_key(&tile) {
            let hashes = self.source.hashes(tile).map_err(ReadError::Source)?;
            if hashes.len() != usize::from(tile.width) {
                return Err(ReadError::Width { tile, found: hashes.len() });
            }
            self.tiles.insert(tile, hashes);
        }
        let at = usize::try_from(place % TILE_WIDTH).unwrap_or(usize::MAX);
        // A full subtree within the log is in a tile of the log.
        let hash = self.tiles.get(&tile).and_then(|hashes| hashes.get(at));
        hash.copied().ok_or(ReadError::OutOfRange { wanted: place, size: self.size })
    }
}
