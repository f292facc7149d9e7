//! Checking proofs (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The log is too small for the entry.
    #[error("a log of {size} entries has no entry {index}")]
    NotInLog {
        /// The index of the entry.
        index: u64,
        /// The size of the log.
        size: u64,
    },
    /// The log has become smaller.
    #[error("a log of {old} entries cannot become one of {new}")]
    Shrunk {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
    /// The proof is too short or too long for these sizes.
    #[error("the proof does not have the length that goes with the size of the log")]
    Length,
    /// The entry is not in the log that the root stands for.
    #[error("the entry and the proof do not lead to the root")]
    Root,
    /// The proof does not lead to the older root.
    #[error("the proof does not lead to the older root")]
    OldRoot,
    /// The proof does not lead to the newer root.
    #[error("the proof does not lead to the newer root")]
    NewRoot,
}

/// Checks that the leaf is the entry at `index` of the log of `size` entries with this root.
///
/// # Errors
/// When it is not, or the proof does not show it.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::NotInLog { index, size });
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for beside in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place % 2 == 1 || place == last {
            hash = node_hash(beside, &hash);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the log of `new_size` entries begins with the log of `old_size` entries.
///
/// Every log begins with the empty one, and equal sizes need equal roots; both have an empty proof.
///
/// # Errors
/// When it does not, or the proof does not show it.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Shrunk { old: old_size, new: new_size });
    }
    if old_size == 0 || old_size == new_size {
        if !proof.is_empty() {
            return Err(ProofError::Length);
        }
        return match old_size {
            0 if *old_root != EMPTY_ROOT => Err(ProofError::OldRoot),
            _ if old_size == new_size && old_root != new_root => Err(ProofError::NewRoot),
            _ => Ok(()),
        };
    }
    // An older log that is one full subtree is itself the first hash of the proof.
    let (first, rest) = match proof.split_first() {
        _ if old_size.is_power_of_two() => (old_root, proof),
        Some(parts) => parts,
        None => return Err(ProofError::Length),
    };
    let skip = (old_size - 1).trailing_ones();
    let (mut place, mut last) = ((old_size - 1) >> skip, (new_size - 1) >> skip);
    let (mut old, mut new) = (*first, *first);
    for beside in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place % 2 == 1 || place == last {
            old = node_hash(beside, &old);
            new = node_hash(beside, &new);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            new = node_hash(&new, beside);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    match (last, old == *old_root, new == *new_root) {
        (0, true, true) => Ok(()),
        (0, true, false) => Err(ProofError::NewRoot),
        (0, false, _) => Err(ProofError::OldRoot),
        _ => Err(ProofError::Length),
    }
}
