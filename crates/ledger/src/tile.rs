//! Tiles: the hashes of a log in pieces of 256, each of which can be fetched and kept by itself,
//! and the bundles of entries beside them (<https://c2sp.org/tlog-tiles>).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::frontier::Frontier;
use crate::hash::Hash;

/// How many hashes a full tile has, and how many entries a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// The width of a full tile, as a tile's name has it.
const FULL: u16 = 256;
/// The highest level that a path may name.
const MAX_LEVEL: u8 = 63;

/// A tile of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// 0 for the hashes of leaves; above that, every hash is the root of a full tile of the level
    /// below.
    pub level: u8,
    /// Its place in the level, from 0.
    pub number: u64,
    /// How many hashes it has: 256 when it is full, else 1 to 255.
    pub width: u16,
}

impl TileId {
    /// Whether a log of `size` entries has this tile: all its hashes, not necessarily no more.
    #[must_use]
    pub fn exists_in(&self, size: u64) -> bool {
        (1..=available(self.level, self.number, size)).contains(&self.width)
    }
}

/// How many nodes a level has in a log of `size` entries: full subtrees of 256^level leaves.
fn nodes(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * 8).unwrap_or(0)
}

/// How many hashes a log of `size` entries has in the place of a tile: 0 when it has no such tile.
pub(crate) fn available(level: u8, number: u64, size: u64) -> u16 {
    number
        .checked_mul(TILE_WIDTH)
        .map_or(0, |start| nodes(level, size).saturating_sub(start))
        .try_into()
        .map_or(FULL, |left: u16| left.min(FULL))
}

/// The root over nodes that stand beside each other (RFC 6962, section 2.1); of the hashes of a
/// full tile, its node in the level above.
#[must_use]
pub fn subtree_root(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::empty();
    for hash in hashes {
        frontier.append(*hash);
    }
    frontier.root()
}

/// All tiles of hashes of a log of `size` entries, the partial ones with their width.
pub fn tiles_of(size: u64) -> impl Iterator<Item = TileId> {
    (0..8).take_while(move |level| nodes(*level, size) > 0).flat_map(move |level| {
        (0..nodes(level, size).div_ceil(TILE_WIDTH)).map(move |number| TileId {
            level,
            number,
            width: available(level, number, size),
        })
    })
}

/// The tiles with which every entry of these indexes is proved to be in the log of `size` entries:
/// those above each entry, and at every level the last one. An index that the log does not have
/// adds nothing. With the index of the last entry of an older log, these prove too that the log
/// begins with that one.
#[must_use]
pub fn tiles_for(size: u64, indexes: impl IntoIterator<Item = u64>) -> BTreeSet<TileId> {
    let mut tiles = BTreeSet::new();
    let last = size.checked_sub(1);
    for index in indexes.into_iter().filter(|index| *index < size).chain(last) {
        for level in 0..8 {
            let number = nodes(level, index) / TILE_WIDTH;
            let width = available(level, number, size);
            if width > 0 {
                tiles.insert(TileId { level, number, width });
            }
        }
    }
    tiles
}

/// What a path under a log's prefix names: `tile/0/x001/x234/067.p/8`, `tile/entries/000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TilePath {
    /// A tile of hashes.
    Hashes(TileId),
    /// A bundle of entries.
    Entries {
        /// Its place, from 0: that of the tile of level 0 with the hashes of its entries.
        number: u64,
        /// How many entries it has: 256 when it is full, else 1 to 255.
        width: u16,
    },
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, width) = match self {
            Self::Hashes(tile) => {
                write!(f, "tile/{}/", tile.level)?;
                (tile.number, tile.width)
            }
            Self::Entries { number, width } => {
                f.write_str("tile/entries/")?;
                (*number, *width)
            }
        };
        write_number(number, f)?;
        if width == FULL { Ok(()) } else { write!(f, ".p/{width}") }
    }
}

/// Writes a tile's number in groups of three digits, all but the last with an `x` before it.
fn write_number(number: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut divisor = 1_000_000_000_000_000_000;
    while divisor > 1 {
        if number >= divisor {
            write!(f, "x{:03}/", number / divisor % 1000)?;
        }
        divisor /= 1000;
    }
    write!(f, "{:03}", number % 1000)
}

/// The path does not name a tile or a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the path of a tile, such as tile/0/x001/x234/067.p/8 or tile/entries/000")]
pub struct NotATilePath;

impl FromStr for TilePath {
    type Err = NotATilePath;

    /// Reads exactly what `Display` writes: every tile has one path.
    fn from_str(text: &str) -> Result<Self, NotATilePath> {
        let (kind, place) =
            text.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(NotATilePath)?;
        let (number, width) = match place.split_once(".p/") {
            Some((number, width)) => (number, decimal(width).filter(|width| (1..FULL).contains(width))),
            None => (place, Some(FULL)),
        };
        let (number, width) = (read_number(number)?, width.ok_or(NotATilePath)?);
        if kind == "entries" {
            return Ok(Self::Entries { number, width });
        }
        let level = decimal(kind).filter(|level| *level <= u16::from(MAX_LEVEL));
        let level = level.and_then(|level| u8::try_from(level).ok()).ok_or(NotATilePath)?;
        Ok(Self::Hashes(TileId { level, number, width }))
    }
}

/// A number without a sign or leading zeros.
fn decimal(text: &str) -> Option<u16> {
    let canonical = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
    canonical.then(|| text.parse().ok()).flatten()
}

/// A tile's number in groups of three digits.
fn read_number(text: &str) -> Result<u64, NotATilePath> {
    let (before, last) = text.rsplit_once('/').map_or((None, text), |(before, last)| (Some(before), last));
    let mut number = 0_u64;
    for group in before.into_iter().flat_map(|before| before.split('/')) {
        number = add_group(number, group.strip_prefix('x').ok_or(NotATilePath)?)?;
        // A group of zeros before the first other digit would give a tile a second path.
        if number == 0 {
            return Err(NotATilePath);
        }
    }
    add_group(number, last)
}

fn add_group(number: u64, group: &str) -> Result<u64, NotATilePath> {
    if group.len() != 3 || !group.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(NotATilePath);
    }
    let value = group.parse().map_err(|_| NotATilePath)?;
    number.checked_mul(1000).and_then(|number| number.checked_add(value)).ok_or(NotATilePath)
}

/// Why entries do not make a bundle, or bytes are not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is longer than its length can tell.
    #[error("an entry in a bundle has 65535 bytes at most")]
    TooLong,
    /// The bytes end within an entry.
    #[error("the bundle ends within an entry")]
    CutOff,
}

/// The bundle of these entries: each with its length before it, 2 bytes, big-endian.
///
/// # Errors
/// When an entry is longer than 65,535 bytes.
pub fn entry_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, BundleError> {
    let mut bundle = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong)?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle.
///
/// # Errors
/// When the bytes end within an entry.
pub fn parse_entry_bundle(bundle: &[u8]) -> Result<Vec<Vec<u8>>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(BundleError::CutOff)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(BundleError::CutOff)?;
        entries.push(entry.to_vec());
        rest = after;
    }
    Ok(entries)
}
