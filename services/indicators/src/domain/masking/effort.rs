//! The work of finding out which counts fit together.

use std::collections::HashMap;

use sdc::model::Given;
use sdc::{Phase, Watch};
use sha2::{Digest, Sha256};

/// Most cells that are put together to find out which older counts fit, and which totals are more than their
/// parts. Given cells are counted, of which each takes one to three microseconds where most cells are given, so all
/// of them minutes. In a table with many places without a cell it takes more for each, and that counts as the cells
/// that it goes with. Where the limit is not enough there is no mask, as what is not put together could tell what is
/// withheld.
pub(super) const MOST_PUT_TOGETHER: usize = 100_000_000;

/// The work that is done for one block and may still be done. The same counts come together time and again, as other
/// readers have seen the most of them too, and for each time that a mask is made again: what was found of them is
/// kept.
pub(super) struct Effort<'a> {
    /// How many given cells may still be put together, or as much other work be done.
    left: usize,
    watch: &'a dyn Watch,
    /// Whether `watch` ended the run.
    cancelled: bool,
    /// Whether counts fit together, by their digest.
    found: HashMap<[u8; 32], bool>,
}

impl<'a> Effort<'a> {
    /// Of at most so many cells put together, as long as `watch` lets it go on.
    pub(super) fn new(most: usize, watch: &'a dyn Watch) -> Self {
        Self { left: most, watch, cancelled: false, found: HashMap::new() }
    }

    /// Whether so many given cells may be put together once more.
    pub(super) fn spend(&mut self, cells: usize) -> bool {
        // Of how much work is left nothing is known.
        self.cancelled |= !self.watch.step(Phase::Protect, 0, 0);
        match self.left.checked_sub(cells).filter(|_| !self.cancelled) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// Whether `watch` ended the run.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// What was found of counts with this digest.
    pub(super) fn found(&self, digest: &[u8; 32]) -> Option<bool> {
        self.found.get(digest).copied()
    }

    /// Keeps what was found of counts with this digest.
    pub(super) fn keep(&mut self, digest: [u8; 32], fit: bool) {
        self.found.insert(digest, fit);
    }
}

/// A digest of counts and of how it is asked whether they fit, whatever order they are in.
pub(super) fn digest(given: &[Given], how: [bool; 2]) -> [u8; 32] {
    let mut sorted: Vec<&Given> = given.iter().collect();
    sorted.sort_unstable();
    let mut hash = Sha256::new().chain_update(how.map(u8::from));
    for cell in sorted {
        cell.nodes.iter().for_each(|node| hash.update(node.to_le_bytes()));
        hash.update(cell.value.to_le_bytes());
    }
    hash.finalize().into()
}
