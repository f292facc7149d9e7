//! How cells lie in a table of several dimensions, where only cells and sums are given.
//!
//! Sums along the same dimension are told by how they cross, see [`blocks`]. Cells that are bound by sums along the
//! other dimensions only are at the same node along this one, and its sums say which leaves are under each node. With
//! that the corners of boxes are known. A table may have gaps: a cell that is not there is in no sum.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks;
use crate::arr::Arr;
use crate::model::{CellId, Frame, Universe};

/// Of how many levels sums along one dimension may be.
const LEVELS: usize = 32;
/// How many dimensions a table may have: a box has two corners along each.
const SIDES: usize = 8;
/// How many leaves the nodes of one dimension may have together.
const LEAVES: usize = 1 << 22;

/// The frame of all that is bound together and lies in a table; none where two cells would lie at one place,
/// and where there are too many dimensions.
pub(super) fn frame(universe: &Universe) -> Option<Frame> {
    let pieces = blocks::without(universe, |_| false).of;
    let along = along(universe, &pieces);
    let count = along.iter().max()? + 1;
    if count > SIDES {
        return None;
    }
    let mut sides: Vec<Side> = (0..count).map(|side| Side::of(universe, &along, side)).collect();
    let broken: BTreeSet<Option<CellId>> = (0..universe.len())
        .filter(|cell| sides.iter().any(|side| side.leaves[side.nodes[*cell]].is_empty()))
        .map(|cell| pieces[cell])
        .collect();
    for cell in (0..universe.len()).filter(|cell| broken.contains(&pieces[*cell])) {
        sides.iter_mut().for_each(|side| side.leaves[side.nodes[cell]].clear());
    }
    let nodes = (0..universe.len()).flat_map(|cell| sides.iter().map(move |side| side.nodes[cell])).collect();
    Frame::of(sides.into_iter().map(|side| side.leaves).collect(), nodes)
}

/// For each relation its dimension, numbered from zero in each piece of what is bound together.
fn along(universe: &Universe, pieces: &Arr<Option<CellId>>) -> Arr<usize> {
    let dimensions = blocks::dimensions(universe);
    let mut of_piece: BTreeMap<Option<CellId>, Vec<usize>> = BTreeMap::new();
    let number = |id: usize| {
        let own = of_piece.entry(pieces[universe.relation(id).total]).or_default();
        own.iter().position(|dimension| *dimension == dimensions[id]).unwrap_or_else(|| {
            own.push(dimensions[id]);
            own.len() - 1
        })
    };
    (0..universe.relation_count()).map(number).collect()
}

/// One dimension.
struct Side {
    /// For each cell its node.
    nodes: Arr<usize>,
    /// For each node its leaves, in order; none where its sums do not agree, or are too many.
    leaves: Arr<Vec<usize>>,
}

impl Side {
    fn of(universe: &Universe, along: &Arr<usize>, side: usize) -> Self {
        let blocks = blocks::without(universe, |id| along[id] == side).of;
        let mut numbers: BTreeMap<Option<CellId>, usize> = BTreeMap::new();
        let number = |block: &Option<CellId>| {
            let next = numbers.len();
            *numbers.entry(*block).or_insert(next)
        };
        let nodes: Arr<usize> = blocks.iter().map(number).collect();
        let mut sums: BTreeSet<(usize, Vec<usize>)> = BTreeSet::new();
        for id in (0..universe.relation_count()).filter(|id| along[*id] == side) {
            let relation = universe.relation(id);
            let parts = relation.parts.iter().map(|part| nodes[*part]).collect();
            sums.insert((nodes[relation.total], parts));
        }
        Self { leaves: leaves(numbers.len(), &sums), nodes }
    }
}

/// The leaves under each of so many nodes, which are nodes too.
fn leaves(count: usize, sums: &BTreeSet<(usize, Vec<usize>)>) -> Arr<Vec<usize>> {
    let mut leaves: Arr<Vec<usize>> = (0..count).map(|node| vec![node]).collect();
    sums.iter().for_each(|(total, _)| leaves[*total].clear());
    let under = |leaves: &Arr<Vec<usize>>, parts: &[usize]| {
        let is_known = parts.iter().all(|part| !leaves[*part].is_empty());
        let all = parts.iter().flat_map(|part| leaves[*part].iter().copied());
        let mut all: Vec<usize> = all.take(if is_known { LEAVES } else { 0 }).collect();
        all.sort_unstable();
        all
    };
    let mut left = LEAVES;
    for _ in 0..LEVELS {
        for (total, parts) in sums {
            if leaves[*total].is_empty() {
                let own = under(&leaves, parts);
                if own.len() <= left {
                    left -= own.len();
                    leaves[*total] = own;
                }
            }
        }
    }
    let wrong = sums.iter().filter(|(total, parts)| {
        let own = &leaves[*total];
        own.array_windows().any(|[one, other]| one == other) || *own != under(&leaves, parts)
    });
    let wrong: Vec<usize> = wrong.map(|(total, _)| *total).collect();
    wrong.into_iter().for_each(|node| leaves[node].clear());
    leaves
}
