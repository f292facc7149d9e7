//! The definitions of RFC 6962, section 2.1, to the letter, over all leaf hashes.

use ledger::{EMPTY_ROOT, Hash, TileId, leaf_hash, node_hash};

/// Leaf hashes of which no two are the same.
pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

/// MTH(D[n]).
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH(m, D[n]).
pub(crate) fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    if index < k {
        [inclusion(index, left), vec![root(right)]].concat()
    } else {
        [inclusion(index - k, right), vec![root(left)]].concat()
    }
}

/// PROOF(m, D[n]).
pub(crate) fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old, leaves, true)
}

fn subproof(old: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    if old <= k {
        [subproof(old, left, known), vec![root(right)]].concat()
    } else {
        [subproof(old - k, right, false), vec![root(left)]].concat()
    }
}

/// The hashes of a tile, by the definition of tlog-tiles: MTH over 256^level leaves each.
pub(crate) fn tile(tile: TileId, leaves: &[Hash]) -> Vec<Hash> {
    let span = 256_usize.pow(u32::from(tile.level));
    let start = usize::try_from(tile.number).unwrap() * 256 * span;
    (0..usize::from(tile.width)).map(|at| root(&leaves[start + at * span..start + (at + 1) * span])).collect()
}

fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}
