//! How the cells of a table lie in its dimensions.

use std::collections::BTreeMap;

use super::CellId;
use crate::arr::Arr;

/// How many leaves of a node are looked at for the fullest, and how many of these are taken.
const SCANNED: usize = 64;
const PER_LEVEL: usize = 3;

/// The dimensions of a table whose every node is a set of leaves.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(super) sides: Vec<Side>,
    /// The cell for each combination of nodes, the last dimension fastest.
    pub(super) cell_at: Arr<CellId>,
    /// For each cell its node in each dimension.
    pub(super) nodes: Arr<usize>,
}

/// One dimension.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// How many nodes it has.
    pub(super) size: usize,
    /// The leaves under each node.
    pub(super) leaves: Arr<Vec<usize>>,
    /// For each leaf the nodes that hold it, those with few leaves first; of equal nodes one.
    pub(super) holders: Arr<Vec<usize>>,
}

impl Side {
    pub(super) fn new(leaves: Arr<Vec<usize>>, representatives: &Arr<usize>) -> Self {
        let mut holders: Arr<Vec<usize>> = Arr::of(Vec::new(), leaves.len());
        for node in (0..leaves.len()).filter(|node| representatives[*node] == *node) {
            leaves[node].iter().for_each(|leaf| holders[*leaf].push(node));
        }
        holders.iter_mut().for_each(|nodes| nodes.sort_by_key(|node| (leaves[*node].len(), *node)));
        Self { size: leaves.len(), leaves, holders }
    }
}

impl Frame {
    /// How many dimensions there are.
    pub(crate) fn sides(&self) -> usize {
        self.sides.len()
    }

    /// Ways to add one unit to a node of a cell along a dimension: a unit more in a leaf under it,
    /// and one less in a leaf elsewhere or nowhere. Each as the nodes that change with their change.
    /// At most `most` ways, with leaves nearby first, and of those the ones with the most in them.
    pub(crate) fn shifts(
        &self,
        cell: CellId,
        side: usize,
        most: usize,
        value: impl Fn(CellId) -> i64,
    ) -> Vec<Vec<(usize, i64)>> {
        let (Some(own), node) = (self.sides.get(side), self.nodes[cell * self.sides.len() + side]) else {
            return Vec::new();
        };
        let mut ways = Vec::new();
        let inside = &own.leaves[node];
        let per_leaf = (most / inside.len().max(1)).max(2);
        for leaf in inside {
            if ways.len() >= most {
                break;
            }
            let mut others: Vec<usize> = Vec::new();
            for holder in &own.holders[*leaf] {
                let near = own.leaves[*holder].iter().take(SCANNED);
                let mut new: Vec<usize> = near
                    .filter(|other| !inside.contains(other) && !others.contains(other))
                    .copied()
                    .collect();
                new.sort_by_key(|other| (std::cmp::Reverse(value(self.beside(cell, side, *other))), *other));
                new.truncate(PER_LEVEL);
                others.extend(new);
            }
            others.truncate(per_leaf - 1);
            for other in others.into_iter().map(Some).chain([None]) {
                let mut change: BTreeMap<usize, i64> = BTreeMap::new();
                own.holders[*leaf].iter().for_each(|node| *change.entry(*node).or_default() += 1);
                if let Some(other) = other {
                    own.holders[other].iter().for_each(|node| *change.entry(*node).or_default() -= 1);
                }
                ways.push(change.into_iter().filter(|(_, change)| *change != 0).collect());
            }
        }
        ways
    }

    /// The cell that differs from another in its node along one dimension only.
    fn beside(&self, cell: CellId, side: usize, node: usize) -> CellId {
        let at = cell * self.sides.len();
        let place = (0..self.sides.len()).fold(0, |place, other| {
            self.extend(place, other, if other == side { node } else { self.nodes[at + other] })
        });
        self.cell(place)
    }

    /// The cell at the node of each dimension, given with how many nodes each dimension has.
    pub(crate) fn extend(&self, place: usize, side: usize, node: usize) -> usize {
        place * self.sides.get(side).map_or(1, |own| own.size) + node
    }

    /// The cell at a place that [`Frame::extend`] gave.
    pub(crate) fn cell(&self, place: usize) -> CellId {
        self.cell_at[place]
    }
}
