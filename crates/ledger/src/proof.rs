//! Proofs, made from the tiles of a log (RFC 6962, sections 2.1.1 and 2.1.2).

use std::collections::HashMap;

use crate::frontier::fold;
use crate::hash::Hash;
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
    if index >= size {
        return Err(ReadError::OutOfRange { wanted: index, size });
    }
    let mut tree = Tree::new(size, source);
    let (mut low, mut high) = (0, size);
    let mut path = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(tree.range(middle, high)?);
            high = middle;
        } else {
            path.push(tree.range(low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
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
    if old > new {
        return Err(ReadError::OutOfRange { wanted: old, size: new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut tree = Tree::new(new, source);
    let (mut low, mut high) = (0, new);
    let mut proof = Vec::new();
    while high != old {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(tree.range(middle, high)?);
            high = middle;
        } else {
            proof.push(tree.range(low, middle)?);
            low = middle;
        }
    }
    // The older root is known to who checks: only when it is not a subtree, its last one is given.
    if low != 0 {
        proof.push(tree.range(low, high)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The root of the log of `size` entries.
///
/// # Errors
/// When a tile was not read.
pub fn root<S: TileSource>(size: u64, source: S) -> Result<Hash, ReadError<S::Error>> {
    Tree::new(size, source).range(0, size)
}

/// The leaf hash of the entry at `index` in the log of `size` entries.
///
/// # Errors
/// When the log has no such entry, or its tile was not read.
pub fn leaf<S: TileSource>(index: u64, size: u64, source: S) -> Result<Hash, ReadError<S::Error>> {
    if index >= size {
        return Err(ReadError::OutOfRange { wanted: index, size });
    }
    Tree::new(size, source).range(index, index + 1)
}

/// The largest power of two smaller than `leaves`, which is more than 1.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// A log of which tiles are read once.
struct Tree<S> {
    size: u64,
    source: S,
    read: HashMap<TileId, Vec<Hash>>,
}

impl<S: TileSource> Tree<S> {
    fn new(size: u64, source: S) -> Self {
        Self { size, source, read: HashMap::new() }
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
        let within = height % 8;
        let first = place << within;
        let level = u8::try_from(height / 8).unwrap_or(u8::MAX);
        let number = first / TILE_WIDTH;
        let tile = TileId { level, number, width: available(level, number, self.size) };
        if !self.read.contains_key(&tile) {
            let hashes = self.source.hashes(tile).map_err(ReadError::Source)?;
            if hashes.len() != usize::from(tile.width) {
                return Err(ReadError::Width { tile, found: hashes.len() });
            }
            self.read.insert(tile, hashes);
        }
        let start = usize::try_from(first % TILE_WIDTH).unwrap_or(usize::MAX);
        let hashes =
            self.read.get(&tile).and_then(|hashes| hashes.get(start..start.saturating_add(1 << within)));
        // A full subtree within the log lies within a tile of the log.
        hashes.map(subtree_root).ok_or(ReadError::OutOfRange { wanted: place, size: self.size })
    }
}
