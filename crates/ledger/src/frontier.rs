//! The frontier of a log: the roots of the full subtrees that it consists of. With these alone
//! the log can grow and its root be told.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// The roots of the full subtrees of a log, one for every set bit of its size, the largest
/// subtree first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

/// The number of hashes does not go with the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log of {size} entries has a frontier of {} hashes, not {found}", .size.count_ones())]
pub struct NotAFrontier {
    /// The size of the log, in entries.
    pub size: u64,
    /// How many hashes were given.
    pub found: usize,
}

impl Frontier {
    /// The frontier of a log without entries.
    #[must_use]
    pub const fn empty() -> Self {
        Self { size: 0, hashes: Vec::new() }
    }

    /// The frontier of a log of `size` entries, as it was kept.
    ///
    /// # Errors
    /// When there is not one hash for every set bit of the size.
    pub fn new(size: u64, hashes: Vec<Hash>) -> Result<Self, NotAFrontier> {
        if u32::try_from(hashes.len()) != Ok(size.count_ones()) {
            return Err(NotAFrontier { size, found: hashes.len() });
        }
        Ok(Self { size, hashes })
    }

    /// How many entries the log has; the index of the next one.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, the largest subtree first.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Adds a leaf by its hash. A log of 2^64 - 1 entries does not grow any more.
    pub fn append(&mut self, leaf: Hash) {
        let Some(grown) = self.size.checked_add(1) else { return };
        let mut hash = leaf;
        // Every full subtree of the same height as the new one makes one of twice the size with it.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.hashes.push(hash);
        self.size = grown;
    }

    /// The root of the log (RFC 6962, section 2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.hashes)
    }
}

/// The root over full subtrees, the largest first.
pub(crate) fn fold(hashes: &[Hash]) -> Hash {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
}
